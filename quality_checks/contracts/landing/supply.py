"""What was ordered from suppliers, and what happens to them."""

import polars as pl

from quality_checks.contracts.base import SKU, SUPPLIER, Table, landed
from quality_checks.contracts.landing.columns import column, key_column, number


@landed(
    "purchase_orders",
    "state",
    key=("po", "line"),
    references={**SKU, **SUPPLIER, "destination": ("locations", "location")},
)
class PurchaseOrders(Table):
    """Supplier order lines over their life: ordered, confirmed, estimated, delivered."""

    po: str = key_column("Purchase order.")
    line: int = number("Line of the order.", ge=1)
    supplier: str = key_column("Supplier.")
    sku: str = key_column("Item.")
    destination: str = key_column("Node that receives.")
    ordered_on: pl.Date = column("Day of the order.")
    requested_on: pl.Date = column("Day we asked for.")
    confirmed_on: pl.Date = column("Day the supplier confirmed.", nullable=True)
    estimated_on: pl.Date = column("Latest estimate of arrival.", nullable=True)
    delivered_on: pl.Date = column("Day of the last delivery.", nullable=True)
    ordered_quantity: int = column("Units ordered.", unit="units", ge=1)
    confirmed_quantity: int = column("Units confirmed.", unit="units", nullable=True, ge=0)
    delivered_quantity: int = column("Units delivered so far.", unit="units", ge=0)
    unit_price: float = column("Price of a unit.", unit="currency", ge=0)
    status: str = column("State.", isin=["open", "confirmed", "shipped", "received", "cancelled"])
    proposal_ref: str = key_column("Action of plenish that caused it.", nullable=True)


@landed("supplier_events", "events", key=("event_id",), date="date", references=SUPPLIER)
class SupplierEvents(Table):
    """Strikes, storms, insolvencies: what may delay a supplier or an origin."""

    event_id: str = key_column("Business key.")
    date: pl.Date = column("Day it became known.", happened=True)
    supplier: str = key_column("Supplier it touches; missing for a whole origin.", nullable=True)
    origin: str = key_column("Origin it touches.", nullable=True)
    kind: str = column("What happened.")
    severity: float = column("From 0, noise, to 1, standstill.", ge=0, le=1)
