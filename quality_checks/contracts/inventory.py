"""The connected inventory model: what is where, what sold, and whether the books agree."""

import polars as pl

from quality_checks.contracts.base import Table, column, column_of, result
from quality_checks.contracts.landing import CHANNELS, StockCounts


@result("position", "inventory", key=("sku", "location"))
class Position(Table):
    """Units by sku, location and state when the business date closed.

    Every assortment pair has a row. Stock is its last record and what moved since that was read; a
    record below zero says that nothing is there. Where no record was ever sent, or the feed of the
    location is not planned on, the stock columns are missing, and no plan may take them for zero.
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
    snapshot_date: pl.Date = column("Day of which the stock record is.", nullable=True)
    recorded: int = column(
        "On hand by the record; below zero where more left than was booked in.",
        unit="units",
        nullable=True,
    )
    moved_since: int = column(
        "What sales, returns, receipts, transfers and adjustments added or took since the record "
        "was read; on_hand has it, at least 0.",
        unit="units",
        nullable=True,
    )
    record_age_days: int = column(
        "Days since the location last sent any stock record, those apart on which it was closed: "
        "a record that is not sent did not change.",
        unit="days",
        nullable=True,
    )


FEED_STATES = ["on_time", "late", "stopped", "never_came"]


@result("feeds", "inventory", key=("location", "source"))
class Feeds(Table):
    """Whether the stock and the sales of each location came, and whether they can be planned on.

    One location's broken feed stops that location: where one is `stopped`, its stock counts as
    unknown, and the others are planned. What `unbalanced_pairs` has is left out of its books.
    Receipts and transfers are judged at DCs that book them often: they are as old as their last
    booking, against the longest pause of a quarter before it.
    """

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the location.")
    location: str = column("Node.")
    source: str = column("Landing source.", isin=["stock", "pos_sales", "receipts", "transfers"])
    newest_on: pl.Date = column(
        "Newest day of which stock was read, sales are known, or goods were booked.", nullable=True
    )
    age_days: int = column(
        "Days since then on which the location was not closed, those after it closed for good "
        "and, of receipts and transfers, all counted.",
        unit="days",
        nullable=True,
        ge=0,
    )
    moved: int = column("Of stock, units that moved up to it.", unit="units", nullable=True, ge=0)
    unexplained: int = column(
        "Of stock, units by which its records differ from what moved.",
        unit="units",
        nullable=True,
        ge=0,
    )
    state: str = column(
        "Younger than policy says, later, not planned on, or nothing was ever sent; on a date that "
        "is still open, as of the close of the date before.",
        isin=FEED_STATES,
    )
    problem: str = column("What is wrong, in words; empty where nothing is.")


DOCUMENT_KINDS = ["purchase_order", "shipment", "transfer", "proposal"]
"""Documents that bring goods; a proposal is an exported line of ours without a document yet."""


@result("line_delays", "inventory", key=("document", "line"), retain=15)
class LineDelays(Table):
    """How likely open order lines are late by the model of delays, where it won its trial."""

    business_date: pl.Date = column("Business date.")
    record: str = column("Record of lateness that the line's day belongs to.")
    document: str = column("Purchase order.")
    line: int = column("Line of the order.")
    late_chance: float = column(
        "Probability that the line comes after its day, by what it is and what was known of lines "
        "like it.",
        ge=0,
        le=1,
    )


@result("delay_trials", "inventory", key=("record",), retain=400)
class DelayTrials(Table):
    """Whether the model of delays plans: its error beside that of suppliers' records."""

    business_date: pl.Date = column("Business date.")
    record: str = column("Record of lateness.", isin=["order_asked", "order_promised"])
    lines: int = column(
        "Lines of the trial: due in the last year, or in half of the time known.", ge=0
    )
    late: int = column("Of these, late ones.", ge=0)
    record_error: float = column(
        "Mean squared error of the chance to be late by the record of each supplier; missing where "
        "too few lines were late, or in time.",
        nullable=True,
        ge=0,
        le=1,
    )
    model_error: float = column("The same by the model of delays.", nullable=True, ge=0, le=1)
    model_plans: bool = column("The model was better by more than chance, and plans.")


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
        "Day on which the goods are expected, by how late earlier ones of the sender came and by "
        "closures."
    )
    closure_days: int = column(
        "Days by which a closure of the supplier moved that day.", unit="days", ge=0
    )
    units: int = column("Units that are still to come by the documents.", unit="units", ge=1)
    overdue_days: int = column("Days that the stated day has passed.", unit="days", ge=0)
    chance: float = column("Probability that the line still comes.", ge=0, le=1)
    share: float = column(
        "Share of the units that is expected to come if the line does, by what its supplier left "
        "short of others; 1 of what is no order's.",
        ge=0,
        le=1,
    )
    expected_units: int = column(
        "Whole units that plans count on: units times chance times share.", unit="units", ge=0
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


@result("dates_in_force", "inventory", key=("kind", "code"))
class DatesInForce(Table):
    """Dates of masters that contradict each other or what sold, and those that plans go by.

    A location that opens after it closed, or that sells after it closed or before it opens, is
    open; an item that launches after its exit, or sells before its launch, is on sale. An item that
    sells after its exit is named and stays without replenishment: what is left sells out. A
    location that sells on its days of rest is named; those on which it sells are open.
    """

    business_date: pl.Date = column("Business date.")
    kind: str = column("Of what the dates are.", isin=["location", "item"])
    code: str = column("Location or sku.")
    starts_on: pl.Date = column("First day open or on sale, as plans take it.", nullable=True)
    ends_on: pl.Date = column(
        "First day closed of a location, last day on sale of an item, as plans take it; missing "
        "while it has no end.",
        nullable=True,
    )
    last_sale: pl.Date = column("Last day on which it sold.", nullable=True)
    problem: str = column("What contradicts, and what is taken to be so.")


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
    sales: int = column(
        "Units sold, gross of returns; what a customer took in place of the item that he ordered "
        "is sold of that item.",
        unit="units",
        ge=0,
    )
    own_sales: int = column(
        "Of these, units of the item itself: no other one was sent in its place.",
        unit="units",
        ge=0,
    )
    returned: int = column("Units returned.", unit="units", ge=0)
    net_value: float = column("Paid for `own_sales`.", unit="currency", ge=0)
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
    """The stock record before the day, every movement since, and what should be there.

    discrepancy = closing - (opening - sales + returns + receipts + transfers_in - transfers_out
    + adjustments). Pairs without both stock records, those with neither change nor movement, and
    locations whose sales are unknown or whose stock of the day has not come are left out.
    """

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the location.")
    sku: str = column("Item.")
    location: str = column("Node.")
    opening: int = column(
        "On hand by the record before: of a day earlier, or of the last day that came.",
        unit="units",
    )
    sales: int = column("Units that left with customers.", unit="units")
    returns: int = column("Units that came back.", unit="units")
    receipts: int = column("Units received from suppliers.", unit="units")
    transfers_in: int = column("Units received from other nodes.", unit="units")
    transfers_out: int = column("Units shipped to other nodes.", unit="units")
    adjustments: int = column("Corrections.", unit="units")
    closing: int = column("On hand now.", unit="units")
    discrepancy: int = column("Units that no movement explains.", unit="units")
    discrepancy_value: float = column("The same at cost.", unit="currency")


@result("unbalanced_pairs", "inventory", key=("sku", "location"))
class UnbalancedPairs(Table):
    """Pairs whose own books break so far that they are not planned: their stock counts as unknown.

    Without them the books of their location hold. Either the record or a movement is wrong, such
    as 500 units that came back where 5 did, and nothing tells which.
    """

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the location.")
    sku: str = column("Item.")
    location: str = column("Node.")
    moved: int = column("Units that moved up to the record.", unit="units", ge=0)
    discrepancy: int = column("Units that no movement explains.", unit="units")
    discrepancy_value: float = column("The same at cost.", unit="currency")


@result("judged_counts", "inventory", key=("count_id",), retain=1)
class JudgedCounts(Table):
    """Counts of the last year with what the record stated before the correction each caused.

    There are none where no correction has a reason of a count, and none of a pair on a day on which
    it is counted twice: neither says how far a record was off.
    """

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the location.")
    location: str = column("Node.")
    sku: str = column("Item.")
    count_id: str = column_of(StockCounts, "count_id")
    counted_on: pl.Date = column("Day of the count.")
    recorded: int = column("Units that the record stated.", unit="units")
    counted: int = column_of(StockCounts, "counted")


@result("record_errors", "inventory", key=("location", "record_from", "units"))
class RecordErrors(Table):
    """How fast records of a location come to state too much, and by how much, by their size.

    d days after a count more than u units are missing of a record with the probability
    (1 - exp(-short_rate d)) more_share, if the node has not looked for the item in vain since.
    """

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the location.")
    location: str = column("Node.")
    record_from: int = column("Least units of the records of a size.", unit="units", ge=1)
    units: int = column("Units.", unit="units", ge=0)
    counts: int = column("Counts of records of the size at the node behind this.", ge=0)
    short_counts: int = column("Those that found fewer units than the record.", ge=0)
    short_rate: float = column("Rate at which a record that is right becomes short, a day.", ge=0)
    unfound_odds: float = column(
        "Times by which the odds are greater that a record is short where the node has looked for "
        "the item in vain since it was counted or came, over all locations.",
        ge=1,
    )
    more_share: float = column(
        "Share of the short records of the size, over all locations, that lack more than so many "
        "units.",
        ge=0,
        le=1,
    )
