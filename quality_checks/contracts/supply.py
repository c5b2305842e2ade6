"""Supply: how suppliers deliver, and how long each pair waits for goods."""

import polars as pl

from quality_checks.contracts.base import EVERYWHERE, Table, column, column_of, result
from quality_checks.contracts.landing import DEFECTS, Products, PurchaseOrders

FIGURES = {
    "otif": "higher",
    "fill_rate": "higher",
    "on_time_share": "higher",
    "early_share": "lower",
    "late_share": "lower",
    "lead_time": "lower",
    "lead_time_spread": "lower",
    "confirmation_slip": "lower",
    "estimate_slip": "lower",
    "rejected_share": "lower",
    "returned_share": "lower",
    "defect_share": "lower",
}
"""Figures of a supplier's scorecard, in the order in which they are read -> which way is better."""

FIGURES_IN_DAYS = ("lead_time", "lead_time_spread", "confirmation_slip", "estimate_slip")
"""Those of them that are days; the others are shares."""

UNSETTLED = (
    "fill_rate",
    "lead_time",
    "lead_time_spread",
    "estimate_slip",
    "rejected_share",
    "returned_share",
    "defect_share",
)
"""Those that lines still open can change: of the newest weeks they say less than of older ones."""

FAULTS = (
    "early",
    "late",
    "short",
    "confirmed_later",
    "estimate_moved",
    "rejected",
    "returned",
)
"""What may count against an order line."""

LEFT_OUT = (
    "cancelled",
    "asked_before_ordered",
    "received_before_ordered",
    "received_after_today",
)
"""Why an order line does not count: it was called off, or its dates contradict each other."""

TIMINGS = ("early", "on_time", "late")
TRENDS = ("better", "worse", "steady")


@result("supplier_scorecard", "supply", key=("supplier",))
class SupplierScorecard(Table):
    """How a supplier delivered over the window, in units, as plans count on it.

    What a buyer puts before the supplier, in cases and against a delivery window, is
    `scorecard_figures`.
    """

    business_date: pl.Date = column("Business date.")
    supplier: str = column("Supplier.")
    order_lines: int = column("Order lines due in the window.", ge=0)
    ordered_units: int = column("Units ordered on them.", unit="units", ge=0)
    otif: float = column(
        "Share of ordered units delivered by the day asked for.", nullable=True, ge=0, le=1
    )
    fill_rate: float = column("Share of ordered units ever delivered.", nullable=True, ge=0)
    lead_time_mean: float = column("Mean days from order to delivery.", unit="days", ge=0)
    lead_time_sd: float = column("Standard deviation of the same.", unit="days", ge=0)
    lead_time_p50: float = column("Median.", unit="days", ge=0)
    lead_time_p90: float = column("90 % quantile.", unit="days", ge=0)
    p_late: float = column(
        "Probability that a line is late, shrunk towards all suppliers.", ge=0, le=1
    )
    p_short: float = column(
        "Probability that a line is short, shrunk towards all suppliers.", ge=0, le=1
    )
    p_short_confirmed: float = column(
        "The same of a line that the supplier has confirmed in full.", ge=0, le=1
    )
    open_lines: int = column("Lines not yet delivered.", ge=0)
    overdue_lines: int = column("Of these, past the day asked for.", ge=0)


@result("scorecard_lines", "supply", key=("po", "line"), retain=15)
class ScorecardLines(Table):
    """An order line whose delivery window has closed, what came of it, and what counts against it.

    Every line that closed in the days of the scorecard is here, those left out with the reason.
    """

    business_date: pl.Date = column("Business date.")
    po: str = column_of(PurchaseOrders, "po")
    line: int = column_of(PurchaseOrders, "line")
    supplier: str = column_of(PurchaseOrders, "supplier")
    sku: str = column_of(PurchaseOrders, "sku")
    destination: str = column_of(PurchaseOrders, "destination")
    status: str = column_of(PurchaseOrders, "status")
    ordered_on: pl.Date = column_of(PurchaseOrders, "ordered_on")
    requested_on: pl.Date = column_of(PurchaseOrders, "requested_on")
    due_from: pl.Date = column("First day on which a delivery is in time.")
    due_until: pl.Date = column("Last day on which it is.")
    period: str = column(
        "Whether it was due in the newest weeks or in those before, which a trend compares; "
        "missing where it was due earlier still.",
        nullable=True,
        isin=["recent", "before"],
    )
    case_pack: int = column_of(Products, "case_pack", description="Units of a case.")
    ordered_units: int = column("Units ordered.", unit="units", ge=1)
    delivered_units: int = column(
        "Units accepted so far: booked by receipts, and what the order says beyond them.",
        unit="units",
        ge=0,
    )
    in_time_units: int = column(
        "Of these, delivered on a day that is in time; missing where the day of some is not known.",
        unit="units",
        nullable=True,
        ge=0,
    )
    booked_units: int = column(
        "Units that receipts book, accepted or not; missing without one.",
        unit="units",
        nullable=True,
        ge=0,
    )
    rejected_units: int = column(
        "Of these, refused; missing without a receipt.", unit="units", nullable=True, ge=0
    )
    returned_units: int = column(
        "Units that went back to the supplier within the days of policy after the last delivery; "
        "missing until these have passed, and where no return to any supplier is known.",
        unit="units",
        nullable=True,
        ge=0,
    )
    defective_units: int = column(
        f"Of these, those that were not what was ordered: {', '.join(DEFECTS)}.",
        unit="units",
        nullable=True,
        ge=0,
    )
    still_open: bool = column("The line counts, and goods of it are still to come.")
    came_on: pl.Date = column(
        "Day of the last delivery of a line that is done; missing while it is open, and where no "
        "day is known.",
        nullable=True,
    )
    timing: str = column(
        "When the line was done against its window; one that is still open is late, one of which "
        "nothing came or no day is known is none of these.",
        nullable=True,
        isin=[*TIMINGS],
    )
    lead_days: int = column(
        "Days from the order to its last delivery.", unit="days", nullable=True, ge=0
    )
    days_off: int = column(
        "Days by which the last delivery lies behind the day asked for.", unit="days", nullable=True
    )
    first_confirmed_on: pl.Date = column(
        "First day that the supplier confirmed, by what landed before the goods came.",
        nullable=True,
    )
    confirmation_slip: int = column(
        "Days by which it lies behind the day that was asked for then.", unit="days", nullable=True
    )
    estimate_slip: int = column(
        "Days by which the last estimate before the goods came lies behind it.",
        unit="days",
        nullable=True,
    )
    against: str = column(
        f"What counts against the line, joined by a semicolon: {', '.join(FAULTS)}.", nullable=True
    )
    left_out: str = column(
        "Why the line does not count; missing where it does.", nullable=True, isin=[*LEFT_OUT]
    )


@result("scorecard_figures", "supply", key=("supplier", "figure"))
class ScorecardFigures(Table):
    """A figure of a supplier, with the order lines behind it, its trend, and that of its peers.

    Made of `scorecard_lines` alone. Missing where no line tells.
    """

    business_date: pl.Date = column("Business date.")
    supplier: str = column("Supplier.")
    figure: str = column("What it says; see methods.", isin=[*FIGURES])
    better: str = column("Which way is better.", isin=["higher", "lower"])
    overall: float = column("The figure over all its lines: a share, or days.", nullable=True)
    lines: int = column("Order lines that it is made of.", ge=0)
    orders: int = column("Orders that they are of.", ge=0)
    lines_against: int = column(
        "Of these lines, those that keep it from its best; missing for days to deliver and their "
        "spread, of which no line is to blame by itself.",
        nullable=True,
        ge=0,
    )
    recent: float = column("The same of the newest weeks.", nullable=True)
    recent_lines: int = column("Order lines behind that.", ge=0)
    recent_orders: int = column("Orders behind that.", ge=0)
    before: float = column("The same of as many weeks before.", nullable=True)
    before_lines: int = column("Order lines behind that.", ge=0)
    before_orders: int = column("Orders behind that.", ge=0)
    change_error: float = column(
        "Standard error of recent less before, each order one draw; missing where either is of too "
        "few lines or orders.",
        nullable=True,
        ge=0,
    )
    trend: str = column(
        "What recent says against before: better or worse beyond chance, else steady; missing "
        "where either is of too few lines or orders, or of lines that can still change it.",
        nullable=True,
        isin=[*TRENDS],
    )
    peers: int = column("Other suppliers with enough lines and orders.", ge=0)
    peer_median: float = column(
        "Median of their figures; missing with fewer than three, of whom it would tell too much.",
        nullable=True,
    )
    peer_rank: int = column(
        "Place among them and itself, 1 for the best; missing where its own lines are too few.",
        nullable=True,
        ge=1,
    )


@result("supplier_yields", "supply", key=("supplier",))
class SupplierYields(Table):
    """What share of an order line a supplier delivers in the end."""

    business_date: pl.Date = column("Business date.")
    supplier: str = column("Supplier.")
    closed_lines: int = column("Order lines closed in the window.", ge=0)
    yield_mean: float = column(
        "Mean share of a line delivered, shrunk towards all suppliers.", gt=0, le=1
    )
    yield_sd: float = column("Standard deviation of the same between lines.", ge=0, le=1)
    confirmed_lines: int = column(
        "Of the closed lines, those of which the supplier had confirmed units.", ge=0
    )
    confirmed_yield_mean: float = column(
        "Mean share of the units first confirmed that is delivered, likewise; yield_mean while no "
        "confirmed line of any supplier has closed.",
        gt=0,
        le=1,
    )


@result("lead_times", "supply", key=("sku", "location"))
class LeadTimes(Table):
    """From where a pair is replenished, how long it takes, and how often it can be asked for."""

    business_date: pl.Date = column("Business date.")
    sku: str = column("Item.")
    location: str = column("Node.")
    origin: str = column("DC that replenishes it; missing for a supplier.", nullable=True)
    supplier: str = column("Supplier that replenishes it; missing for a DC.", nullable=True)
    lead_time_mean: float = column(
        "Mean days from order to shelf, of what is ordered on the day after the business date.",
        unit="days",
        ge=0,
    )
    lead_time_sd: float = column("Standard deviation of the same.", unit="days", ge=0)
    review_days: float = column("Mean days between two chances to order.", unit="days", gt=0)
    closure_days: float = column(
        "Days of it that a closure of the supplier costs.", unit="days", ge=0
    )
    next_receipt_days: float = column(
        "Days from the day after the business date until the goods of the next order to the "
        "supplier are there; missing for a DC, whose lane has its own days.",
        unit="days",
        nullable=True,
        ge=0,
    )


@result("other_lead_times", "supply", key=("sku", "location", "supplier"), retain=15)
class OtherLeadTimes(Table):
    """How long suppliers take that an item could be bought from as well."""

    business_date: pl.Date = column("Business date.")
    sku: str = column("Item.")
    location: str = column("Node that is replenished by a supplier.")
    supplier: str = column("The other supplier.")
    lead_time_mean: float = column_of(LeadTimes, "lead_time_mean")
    lead_time_sd: float = column_of(LeadTimes, "lead_time_sd")
    closure_days: float = column_of(LeadTimes, "closure_days")


@result("sourced_items", "supply", key=("sku",), retain=15)
class SourcedItems(Table):
    """An item on sale with its supplier, who else could deliver it, and how long it lasts."""

    business_date: pl.Date = column("Business date.")
    sku: str = column_of(Products, "sku")
    category: str = column_of(Products, "category")
    supplier: str = column("Supplier that plans buy it from.")
    valid_suppliers: int = column("Suppliers whose terms for it are in force.", ge=0)
    next_supplier: str = column(
        "The fastest of the others among them; missing where there is none.", nullable=True
    )
    daily_demand: float = column(
        "Expected demand a day over the horizon; missing without a forecast.",
        unit="units",
        nullable=True,
        ge=0,
    )
    daily_cost: float = column("The same at unit cost.", unit="currency", nullable=True, ge=0)
    daily_margin: float = column(
        "Margin that it is expected to earn a day where its price is known; missing where that is "
        "nowhere.",
        unit="currency",
        nullable=True,
        ge=0,
    )
    units_there: int = column(
        "Units in all locations, neither reserved nor damaged; missing without a record.",
        unit="units",
        nullable=True,
        ge=0,
    )
    units_shipped: int = column(
        "Units that have left their sender and are expected.", unit="units", ge=0
    )
    survive_days: float = column(
        "Days until both are sold by expected demand; missing where there is none.",
        unit="days",
        nullable=True,
        ge=0,
    )
    recover_days: float = column(
        "Days until the next supplier delivers, or its own where there is no other.",
        unit="days",
        nullable=True,
        ge=0,
    )
    exposed_margin: float = column(
        "Margin of the days between, if its supplier stopped today.",
        unit="currency",
        nullable=True,
        ge=0,
    )


@result("concentration", "supply", key=("supplier", "category"))
class Concentration(Table):
    """How much of a category rests on a supplier."""

    business_date: pl.Date = column("Business date.")
    supplier: str = column("Supplier that plans buy from.")
    category: str = column(f"Category; {EVERYWHERE} for all of them.")
    items: int = column("Items on sale that it delivers.", ge=1)
    single_sourced_items: int = column(
        "Of these, with one supplier whose terms are in force.", ge=0
    )
    items_without_terms: int = column("Of these, with none.", ge=0)
    unknown_items: int = column("Of these, without a forecast, which count in no sum.", ge=0)
    daily_cost: float = column(
        "Expected demand a day at unit cost.", unit="currency", nullable=True, ge=0
    )
    cost_share: float = column(
        "Its share of the category's; missing where nothing is expected.", nullable=True, ge=0
    )
    single_sourced_cost: float = column(
        "Of the cost a day, that of single-sourced items; missing without one.",
        unit="currency",
        nullable=True,
        ge=0,
    )
    daily_margin: float = column(
        "Margin that the items are expected to earn a day.", unit="currency", nullable=True, ge=0
    )
    margin_share: float = column(
        "Its share of the category's; missing where none is expected.", nullable=True, ge=0
    )


@result("supplier_exposure", "supply", key=("supplier",))
class SupplierExposure(Table):
    """What would be lost if a supplier stopped today: how long its items last, and until when."""

    business_date: pl.Date = column("Business date.")
    supplier: str = column("Supplier that plans buy from.")
    items: int = column("Items on sale that it delivers.", ge=1)
    single_sourced_items: int = column(
        "Of these, with one supplier whose terms are in force.", ge=0
    )
    judged_items: int = column(
        "Of these, those that sell, with stock, margin and lead time known: the rest of the row is "
        "of them.",
        ge=0,
    )
    exposed_items: int = column("Of these, gone before others deliver.", ge=0)
    daily_margin: float = column(
        "Margin that they are expected to earn a day.", unit="currency", nullable=True, ge=0
    )
    first_out_days: float = column(
        "Days until the first of them runs out.", unit="days", nullable=True, ge=0
    )
    survive_days: float = column(
        "Days until those that earn half of the margin have run out.",
        unit="days",
        nullable=True,
        ge=0,
    )
    recover_days: float = column(
        "Days until those that earn half of it are delivered by others, or by itself anew.",
        unit="days",
        nullable=True,
        ge=0,
    )
    margin_exposed: float = column(
        "Margin lost between both, item by item.", unit="currency", nullable=True, ge=0
    )


@result("lane_risks", "supply", key=("supplier", "destination"), retain=400)
class LaneRisks(Table):
    """How long a line takes that is ordered tonight, how surely, and what the lane has at risk."""

    business_date: pl.Date = column("Business date.")
    supplier: str = column("Supplier.")
    destination: str = column("Node that it delivers to.")
    items: int = column("Items that plans buy there.", ge=1)
    lead_days: int = column(
        "Days from order to shelf that plans count on, of the middle item, rounded up.",
        unit="days",
        ge=0,
    )
    closure_days: int = column("Days of it that a closure costs.", unit="days", ge=0)
    late_chance: float = column("Probability of more days than that, or never.", ge=0, le=1)
    late_week_chance: float = column("Probability of 7 days more than that, or never.", ge=0, le=1)
    short_chance: float = column(
        "Probability that fewer units come than are ordered; missing where nothing is known.",
        nullable=True,
        ge=0,
        le=1,
    )
    lead_p10: int = column("Days in which one line in ten comes, if it comes.", unit="days", ge=0)
    lead_p50: int = column("The same, of one in two.", unit="days", ge=0)
    lead_p90: int = column("The same, of nine in ten.", unit="days", ge=0)
    lines: int = column("Lines of the lane behind this, due in the scorecard's window.", ge=0)
    open_lines: int = column("Open lines of the lane tonight.", ge=0)
    margin_at_risk: float = column(
        "Sum of what each of them puts at risk by itself; missing where nothing is known.",
        unit="currency",
        nullable=True,
        ge=0,
    )
    margin_at_risk_together: float = column(
        "What they put at risk where the supplier is late with all of them together; missing "
        "likewise.",
        unit="currency",
        nullable=True,
        ge=0,
    )
