"""The connected inventory model: what is where, what sold, and whether the books agree."""

import polars as pl

from quality_checks.contracts.base import Table, column, result
from quality_checks.contracts.landing import CHANNELS


@result("position", "inventory", key=("sku", "location"))
class Position(Table):
    """Units by sku, location and state when the business date closed.

    Every assortment pair has a row. Where no stock record was ever sent, the stock columns are
    missing, and no plan may take them for zero.
    """

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the location.")
    sku: str = column("Item.")
    location: str = column("Node.")
    on_hand: int = column("Physically there.", unit="units", nullable=True, ge=0)
    reserved: int = column("Promised to customers.", unit="units", nullable=True, ge=0)
    damaged: int = column("Not fit for sale.", unit="units", nullable=True, ge=0)
    in_transit: int = column(
        "Expected of what is on the way here: transfers and supplier shipments.",
        unit="units",
        ge=0,
    )
    on_order: int = column(
        "Expected of what is ordered from suppliers and not yet shipped.", unit="units", ge=0
    )
    proposed_inbound: int = column(
        "Coming here by our own exported actions that no ERP document shows yet, less what they "
        "call off.",
        unit="units",
    )
    proposed_outbound: int = column("Leaving here by the same.", unit="units", ge=0)
    available: int = column(
        "Available to promise: on hand less reserved, damaged and our own outbound proposals, "
        "at least 0.",
        unit="units",
        nullable=True,
        ge=0,
    )
    snapshot_date: pl.Date = column("Business date of the stock record.", nullable=True)


DOCUMENT_KINDS = ["purchase_order", "shipment", "transfer", "proposal"]
"""Documents that bring goods; a proposal is an exported line of ours without a document yet."""


@result("receipts_ahead", "inventory", key=("document_kind", "document", "line"))
class ReceiptsAhead(Table):
    """Document lines that will bring goods: when they are expected, and how many units.

    Each unit stands in one line: what a ship notice carries is no longer the order's, and what a
    document of the ERP shows is no longer our proposal's. A line that receipts book in full has no
    row, whatever its own figures say.
    """

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the location.")
    sku: str = column("Item.")
    location: str = column("Node that receives.")
    document_kind: str = column("Kind of document.", isin=DOCUMENT_KINDS)
    document: str = column("Order, shipment, transfer, or the action that we exported.")
    line: int = column("Line of the document.", ge=1)
    supplier: str = column("Supplier; missing for goods of our own nodes.", nullable=True)
    stated_on: pl.Date = column("Day that the document states.")
    due_on: pl.Date = column(
        "Day on which the goods are expected, by how late earlier ones of the sender came."
    )
    units: int = column("Units that are still to come by the documents.", unit="units", ge=1)
    overdue_days: int = column("Days that the stated day has passed.", unit="days", ge=0)
    chance: float = column("Probability that the line still comes.", ge=0, le=1)
    expected_units: int = column(
        "Whole units that plans count on: units times chance.", unit="units", ge=0
    )


@result("trading_days", "inventory", key=("location",))
class TradingDays(Table):
    """Whether a location traded on the business date, and whether its sales are known.

    A location that should have been open and sent no sales is `missing`: unknown, not zero. One of
    which only parts of the day came, files named <date>_<sequence>, that end an hour or more before
    its files ended on the same weekday of the last four weeks is `partial`: its units are not the
    day's.
    """

    business_date: pl.Date = column("Day.")
    region: str = column("Region of the location.")
    location: str = column("Node.")
    status: str = column("State.", isin=["open", "partial", "closed", "missing"])
    units: int = column("Units sold.", unit="units", ge=0)


@result("demand_history", "inventory", key=("sku", "location", "channel"))
class DemandHistory(Table):
    """Sales and returns of a day by sku, location and channel, with stock-out marks.

    A pair without a row on a day on which its location traded sold nothing and was in stock.
    """

    business_date: pl.Date = column("Day.")
    region: str = column("Region of the location.")
    sku: str = column("Item.")
    location: str = column("Node credited with the sale.")
    channel: str = column("Channel.", isin=CHANNELS)
    sales: int = column("Units sold, gross of returns.", unit="units", ge=0)
    returned: int = column("Units returned.", unit="units", ge=0)
    net_value: float = column("Paid for the units sold.", unit="currency", ge=0)
    list_value: float = column("The same at full price.", unit="currency", ge=0)
    out_of_stock: bool = column("The shelf was empty during the day or when it closed.")
    stockout_hours: int = column(
        "Hours without stock; missing where only the close is known.", unit="hours", nullable=True
    )
    stockout_mask: int = column(
        "Bit h is set where hour h had no stock; missing where unknown.", nullable=True, ge=0
    )


@result("book_balance", "inventory", key=("sku", "location"))
class BookBalance(Table):
    """Stock when the day before closed, every movement of the day, and what should be there.

    discrepancy = closing - (opening - sales + returns + receipts + transfers_in - transfers_out
    + adjustments). Pairs without both stock records, those with neither
    change nor movement, and locations whose sales are unknown are left out.
    """

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the location.")
    sku: str = column("Item.")
    location: str = column("Node.")
    opening: int = column("On hand a day earlier.", unit="units")
    sales: int = column("Units that left with customers.", unit="units")
    returns: int = column("Units that came back.", unit="units")
    receipts: int = column("Units received from suppliers.", unit="units")
    transfers_in: int = column("Units received from other nodes.", unit="units")
    transfers_out: int = column("Units shipped to other nodes.", unit="units")
    adjustments: int = column("Corrections.", unit="units")
    closing: int = column("On hand now.", unit="units")
    discrepancy: int = column("Units that no movement explains.", unit="units")
    discrepancy_value: float = column("The same at cost.", unit="currency")
