"""What was ordered from suppliers, and what happens to them."""

import polars as pl

from quality_checks.contracts.base import LOCATION, SKU, SUPPLIER, Table, landed
from quality_checks.contracts.landing.columns import column, key_column, number
from quality_checks.contracts.statement import rule

DEFECTS = ("defective", "damaged", "wrong_item")
"""Reasons for which units go back that say that they were not what was ordered."""


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


@landed(
    "order_acknowledgements",
    "events",
    key=("acknowledgement", "po", "po_line"),
    date="acknowledged_on",
    references={**SUPPLIER, "po": ("purchase_orders", "po")},
)
class OrderAcknowledgements(Table):
    """What suppliers answer to order lines: accepted, changed or refused.

    What it leaves missing stands as the order has it. Of what is said of a line the newest word
    counts: this one from its day on, the order's own from the day on which it first said so; of one
    day the supplier's.
    """

    acknowledgement: str = key_column("Document of the supplier.")
    supplier: str = key_column("Supplier that answers; that of the order, or it does not count.")
    po: str = key_column("Purchase order.")
    po_line: int = number("Line of the order.", ge=1)
    acknowledged_on: pl.Date = column("Day of the answer.", happened=True)
    answer: str = column("What is answered.", isin=["accepted", "changed", "refused"])
    quantity: int = column(
        "Units of the line that will come in all; none where it is refused.",
        unit="units",
        nullable=True,
        ge=0,
    )
    promised_on: pl.Date = column(
        "Day of delivery; one before the order does not count.", nullable=True
    )
    reason: str = column("Why it is changed or refused.", nullable=True)


@landed(
    "supplier_capacity",
    "state",
    key=("supplier", "sku", "category", "week"),
    references={
        **SUPPLIER,
        **SKU,
        "category": ("products", "category"),
    },
    everywhere=("sku", "category"),
)
class SupplierCapacity(Table):
    """Units that a supplier says it can deliver in a week, of an item, of a category or in all."""

    supplier: str = key_column("Supplier.")
    sku: str = key_column("Item; * for every one.")
    category: str = key_column("Category; * for every one.")
    week: pl.Date = column("First of its seven days.")
    units: int = column("Most units that it can deliver in them.", unit="units", ge=0)


@landed(
    "supplier_returns",
    "events",
    key=("return_id", "line"),
    date="returned_on",
    references={**SUPPLIER, **SKU, **LOCATION, "po": ("purchase_orders", "po")},
)
class SupplierReturns(Table):
    """Units that went back to their supplier after they were taken in.

    What leaves the stock with them comes as an adjustment. Where the order is not known, the newest
    line of the supplier and the item there counts of which goods had come.
    """

    return_id: str = key_column("Document of the return.")
    line: int = number("Line of the document.", ge=1)
    returned_on: pl.Date = column("Day on which they left.", happened=True)
    supplier: str = key_column("Supplier that gets them back.")
    sku: str = key_column("Item.")
    location: str = key_column("Node that sends them.")
    po: str = key_column(
        "Purchase order that they came with; missing where unknown.", nullable=True
    )
    po_line: int = number("Line of that order; missing with it.", nullable=True, ge=1)
    units: int = column("Units that went back.", unit="units", ge=1)
    reason: str = column("Why.", isin=[*DEFECTS, "over_delivery", "agreed"])

    @rule
    @staticmethod
    def po_and_po_line_go_together(rows: pl.LazyFrame) -> pl.LazyFrame:
        """An order without its line, or a line without its order, names neither."""
        return rows.select(pl.col("po").is_null() == pl.col("po_line").is_null())


@landed("supplier_events", "events", key=("event_id",), date="date", references=SUPPLIER)
class SupplierEvents(Table):
    """Strikes, storms, insolvencies: what may delay a supplier or an origin."""

    event_id: str = key_column("Business key.")
    date: pl.Date = column("Day it became known.", happened=True)
    supplier: str = key_column("Supplier it touches; missing for a whole origin.", nullable=True)
    origin: str = key_column("Origin it touches.", nullable=True)
    kind: str = column("What happened.")
    severity: float = column("From 0, noise, to 1, standstill.", ge=0, le=1)
