"""Exports as four systems lay them out, by their public documentation; all values are made up.

They stand in `samples` in UTF-8, and are written in the encoding of their system.
"""

from pathlib import Path

SAMPLES = Path(__file__).parent / "samples"

ENCODINGS = {
    "erpnext/Item.csv": "utf-8",
    "erpnext/Stock Balance 2025-09-30.csv": "utf-8",
    "erpnext/Supplier.csv": "utf-8",
    "odoo/Product Variant (product.product).csv": "utf-8-sig",
    "odoo/Vendor Pricelist (product.supplierinfo).csv": "utf-8-sig",
    "odoo/Point of Sale Orders (pos.order).csv": "utf-8-sig",
    "shopify/orders_export_1.csv": "utf-8",
    "shopify/inventory_export_1.csv": "utf-8",
    "kasse/Umsatz_30.09.2025.csv": "windows-1252",
    "kasse/Bestand_20250930.txt": "cp850",
}
"""Export -> how its system encodes it."""


def write_export(folder: Path, name: str) -> Path:
    """Write an export as its system would."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((SAMPLES / name).read_bytes().decode().encode(ENCODINGS[name]))
    return path
