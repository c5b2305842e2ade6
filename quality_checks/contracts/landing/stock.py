"""What the stock records say, and every movement that changes them."""

import polars as pl

from quality_checks.contracts.base import LOCATION, SKU, Table, Timestamp, column, landed


@landed(
    "stock",
    "state",
    key=("sku", "location"),
    moment="snapshot_time",
    references={**SKU, **LOCATION},
)
class Stock(Table):
    """Units by state at a node when the day closed; a zero row is sent when stock reaches zero.

    A pair that is not sent keeps its last known row: silence is not zero. A row that was read
    before the date of its file is a record of the day on which it was read.
    """

    snapshot_time: Timestamp = column("When the record was read.")
    sku: str = column("Item.")
    location: str = column("Node.")
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

    date: pl.Date = column("Day.")
    sku: str = column("Item.")
    location: str = column("Node.")
    hours: int = column("Opening hours without stock.", unit="hours", ge=0, le=24)
    mask: int = column("Bit h is set where hour h had no stock.", nullable=True, ge=0)


@landed(
    "stock_counts",
    "events",
    key=("count_id",),
    date="timestamp",
    moment="timestamp",
    references={**SKU, **LOCATION},
)
class StockCounts(Table):
    """Physical counts; the correction they cause comes as an adjustment."""

    count_id: str = column("Business key of the count line.", str_length={"min_value": 1})
    timestamp: Timestamp = column("When it was counted.")
    sku: str = column("Item.")
    location: str = column("Node.")
    counted: int = column("Units found.", unit="units", ge=0)
    reason: str = column("Why it was counted.")


@landed(
    "adjustments",
    "events",
    key=("adjustment_id",),
    date="timestamp",
    moment="timestamp",
    references={**SKU, **LOCATION},
)
class Adjustments(Table):
    """Corrections of the stock record that are no sale, return, receipt or transfer."""

    adjustment_id: str = column("Business key.", str_length={"min_value": 1})
    timestamp: Timestamp = column("When it was booked.")
    sku: str = column("Item.")
    location: str = column("Node.")
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

    transfer_id: str = column("Transfer document.", str_length={"min_value": 1})
    line: int = column("Line of the document.", ge=1)
    sku: str = column("Item.")
    origin: str = column("Node that shipped.")
    destination: str = column("Node that receives.")
    shipped_quantity: int = column("Units that left.", unit="units", ge=0)
    shipped_on: pl.Date = column("Day they left.")
    expected_on: pl.Date = column("Day they are due.")
    received_quantity: int = column(
        "Units that arrived; missing while on the way.", unit="units", nullable=True, ge=0
    )
    received_on: pl.Date = column("Day they arrived.", nullable=True)
    proposal_ref: str = column("Action of plenish that caused it.", nullable=True)


@landed("in_transit", "state", key=("shipment_id", "line"), references=SKU)
class InTransit(Table):
    """Supplier shipments on the way (advance ship notices)."""

    shipment_id: str = column("Shipment.", str_length={"min_value": 1})
    line: int = column("Line of the shipment.", ge=1)
    sku: str = column("Item.")
    supplier: str = column("Supplier that shipped.")
    destination: str = column("Node that receives.")
    po: str = column("Purchase order it belongs to.")
    po_line: int = column("Line of that order.", ge=1)
    quantity: int = column("Units on the way.", unit="units", ge=0)
    shipped_on: pl.Date = column("Day it left.")
    expected_on: pl.Date = column("Day it is due.")
    status: str = column("State.", isin=["shipped", "received", "cancelled"])


@landed(
    "receipts",
    "events",
    key=("receipt_id", "line"),
    date="timestamp",
    moment="timestamp",
    references={**SKU, **LOCATION},
)
class Receipts(Table):
    """Supplier goods that arrived. A transfer's arrival is not a receipt."""

    receipt_id: str = column("Goods receipt.", str_length={"min_value": 1})
    line: int = column("Line of the receipt.", ge=1)
    timestamp: Timestamp = column("When they arrived.")
    sku: str = column("Item.")
    location: str = column("Node that received.")
    po: str = column("Purchase order.")
    po_line: int = column("Line of that order.", ge=1)
    received: int = column("Units taken into stock.", unit="units", ge=0)
    rejected: int = column("Units refused.", unit="units", ge=0)
