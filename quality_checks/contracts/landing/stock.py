"""What the stock records say, and every movement that changes them."""

import polars as pl

from quality_checks.contracts.base import LOCATION, SKU, SUPPLIER, Table, Timestamp, landed
from quality_checks.contracts.landing.columns import column, key_column, number


@landed(
    "stock",
    "state",
    key=("sku", "location"),
    references={**SKU, **LOCATION},
)
class Stock(Table):
    """Units by state at a node when the day closed; a zero row is sent when stock reaches zero.

    A pair that is not sent keeps its last known row: silence is not zero. A row that was read
    before the date of its file is a record of the day on which it was read.
    """

    snapshot_time: Timestamp = column("When the record was read.", happened=True)
    sku: str = key_column("Item.")
    location: str = key_column("Node.")
    on_hand: int = column(
        "Units physically there, in every state; below zero where more left than was booked in.",
        unit="units",
    )
    reserved: int = column("Of these, promised to customers.", unit="units", ge=0)
    damaged: int = column("Of these, not fit for sale.", unit="units", ge=0)


@landed(
    "stockout_hours",
    "events",
    key=("date", "sku", "location"),
    date="date",
    references={**SKU, **LOCATION},
)
class StockoutHours(Table):
    """Hours of a day in which a shelf was known to be empty."""

    date: pl.Date = column("Day.", happened=True)
    sku: str = key_column("Item.")
    location: str = key_column("Node.")
    hours: int = column("Opening hours without stock.", unit="hours", ge=0, le=24)
    mask: int = number("Bit h is set where hour h had no stock.", nullable=True, ge=0)


@landed(
    "stock_counts",
    "events",
    key=("count_id",),
    date="timestamp",
    references={**SKU, **LOCATION},
)
class StockCounts(Table):
    """Physical counts; the correction they cause comes as an adjustment."""

    count_id: str = key_column("Business key of the count line.")
    timestamp: Timestamp = column("When it was counted.", happened=True)
    sku: str = key_column("Item.")
    location: str = key_column("Node.")
    counted: int = column("Units found.", unit="units", ge=0)
    reason: str = column("Why it was counted.")


@landed(
    "adjustments",
    "events",
    key=("adjustment_id",),
    date="timestamp",
    references={**SKU, **LOCATION},
)
class Adjustments(Table):
    """Corrections of the stock record that are no sale, return, receipt or transfer."""

    adjustment_id: str = key_column("Business key.")
    timestamp: Timestamp = column("When it was booked.", happened=True)
    sku: str = key_column("Item.")
    location: str = key_column("Node.")
    quantity: int = column("Units added (positive) or taken off.", unit="units")
    reason: str = column("Why.")


@landed(
    "transfers",
    "state",
    key=("transfer_id", "line"),
    references={
        **SKU,
        "origin": ("locations", "location"),
        "destination": ("locations", "location"),
    },
)
class Transfers(Table):
    """Goods moved between nodes of ours, with what was shipped and what arrived."""

    transfer_id: str = key_column("Transfer document.")
    line: int = number("Line of the document.", ge=1)
    sku: str = key_column("Item.")
    origin: str = key_column("Node that shipped.")
    destination: str = key_column("Node that receives.")
    shipped_quantity: int = column("Units that left.", unit="units", ge=0)
    shipped_on: pl.Date = column("Day they left.")
    expected_on: pl.Date = column("Day they are due.")
    received_quantity: int = column(
        "Units that arrived; missing while on the way.", unit="units", nullable=True, ge=0
    )
    received_on: pl.Date = column("Day they arrived.", nullable=True)
    proposal_ref: str = key_column("Action of plenish that caused it.", nullable=True)


@landed(
    "in_transit",
    "state",
    key=("shipment_id", "line"),
    references={**SKU, **SUPPLIER, "destination": ("locations", "location")},
    mentions={"po": ("purchase_orders", "po")},
)
class InTransit(Table):
    """Supplier shipments on the way (advance ship notices)."""

    shipment_id: str = key_column("Shipment.")
    line: int = number("Line of the shipment.", ge=1)
    sku: str = key_column("Item.")
    supplier: str = key_column("Supplier that shipped.")
    destination: str = key_column("Node that receives.")
    po: str = key_column("Purchase order it belongs to.")
    po_line: int = number("Line of that order.", ge=1)
    quantity: int = column("Units on the way.", unit="units", ge=0)
    shipped_on: pl.Date = column("Day it left.")
    expected_on: pl.Date = column("Day it is due.")
    status: str = column("State.", isin=["shipped", "received", "cancelled"])


@landed(
    "receipts",
    "events",
    key=("receipt_id", "line"),
    date="timestamp",
    references={**SKU, **LOCATION},
    mentions={"po": ("purchase_orders", "po")},
)
class Receipts(Table):
    """Supplier goods that arrived. A transfer's arrival is not a receipt."""

    receipt_id: str = key_column("Goods receipt.")
    line: int = number("Line of the receipt.", ge=1)
    timestamp: Timestamp = column("When they arrived.", happened=True)
    sku: str = key_column("Item.")
    location: str = key_column("Node that received.")
    po: str = key_column("Purchase order.")
    po_line: int = number("Line of that order.", ge=1)
    received: int = column("Units taken into stock.", unit="units", ge=0)
    rejected: int = column("Units refused.", unit="units", ge=0)
