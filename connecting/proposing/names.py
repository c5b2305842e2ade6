"""What systems call things: names of columns that mean those of a source, and usual values."""

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path

import yaml

SYNONYMS: Mapping[str, Sequence[str]] = yaml.safe_load(
    Path(__file__).with_name("synonyms.yaml").read_text(encoding="utf-8")
)
"""Column of a source -> what it is called, the surest first."""

CONSTANTS: Mapping[tuple[str, str], object] = {
    ("suppliers", "origin"): "unknown",
    ("products", "department"): "all",
    ("products", "category"): "all",
    ("products", "season"): "basic",
    ("products", "currency"): "EUR",
    ("products", "case_pack"): 1,
    ("products", "volume"): 1,
    ("products", "launch_date"): "2000-01-01",
    ("locations", "kind"): "store",
    ("locations", "region"): "all",
    ("locations", "city"): "unknown",
    ("locations", "priority"): 1,
    ("locations", "ships_online"): False,
    ("locations", "open_weekdays"): "1111111",
    ("item_locations", "status"): "active",
    ("item_locations", "presentation_min"): 0,
    ("item_locations", "service_class"): "B",
    ("item_suppliers", "minimum_order_quantity"): 1,
    ("item_suppliers", "order_multiple"): 1,
    ("item_suppliers", "currency"): "EUR",
    ("item_suppliers", "preferred"): True,
    ("item_suppliers", "valid_from"): "2000-01-01",
    ("price_breaks", "currency"): "EUR",
    ("price_breaks", "valid_from"): "2000-01-01",
    ("pos_sales", "location"): "WEB",
    ("pos_sales", "channel"): "store",
    ("returns", "channel"): "store",
    ("returns", "disposition"): "resalable",
    ("stock", "reserved"): 0,
    ("stock", "damaged"): 0,
    ("purchase_orders", "delivered_quantity"): 0,
    ("purchase_orders", "status"): "open",
}
"""What is put where a file has no column for it; a person has to look at each."""

SAME_AS: Mapping[tuple[str, str], str] = {
    ("suppliers", "name"): "supplier",
    ("products", "style"): "sku",
    ("products", "department"): "category",
    ("locations", "city"): "location",
    ("pos_sales", "fulfilment_location"): "location",
    ("pos_sales", "list_value"): "net_value",
    ("purchase_orders", "requested_on"): "ordered_on",
}
"""Column that another one of the source stands in for where the file has none of its own."""

FILE_NAMES: Mapping[str, Sequence[str]] = {
    "suppliers": ("supplier", "vendor", "lieferant", "kreditor"),
    "products": ("product", "item", "artikel", "material"),
    "locations": ("location", "warehouse", "filial", "standort", "store"),
    "item_suppliers": ("supplierinfo", "pricelist", "item price", "konditionen", "item_supplier"),
    "price_breaks": ("price break", "quantity break", "staffelpreis"),
    "pos_sales": ("order", "sale", "umsatz", "bon", "kasse", "pos"),
    "returns": ("return", "retour", "refund"),
    "stock": ("stock", "quant", "inventory", "bestand", "lager"),
    "purchase_orders": ("purchase", "bestellung"),
}
"""Source -> what its files are often called."""


_STATES = {"financial status", "payment status", "order status", "status", "state", "docstatus"}
_ALIKE = 0.85
_SHORT = 3
_UMLAUTS = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss"}


def says_state(raw: str) -> bool:
    """Whether a raw column's name says that it holds the state of its row."""
    return _plain(raw) in _STATES


def score_name(source: str, column: str, raw: str) -> float:
    """How surely a raw column's name means a column of a source, from 0 to 1."""
    name = _plain(raw)
    best = 0.0
    for place, known in enumerate(
        [column, *SYNONYMS.get(column, ()), *SYNONYMS.get(f"{source}.{column}", ())]
    ):
        plain = _plain(known)
        if name == plain:
            best = max(best, 1.0 - place / 100)
        elif len(plain) > _SHORT and (
            f" {name} ".startswith(f" {plain} ") or f" {name} ".endswith(f" {plain} ")
        ):
            best = max(best, 0.75 - place / 100)
        elif SequenceMatcher(None, name, plain).ratio() > _ALIKE:
            best = max(best, 0.7 - place / 100)
    return best


def _plain(name: str) -> str:
    """A name by its letters and digits alone."""
    return re.sub(r"[^a-z0-9]+", " ", name.lower().translate(_UMLAUTS)).strip()
