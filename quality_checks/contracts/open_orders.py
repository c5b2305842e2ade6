"""Open order lines: what may become of them, and what to change of them."""

from typing import Final

import polars as pl

from quality_checks.contracts.base import Table, column, column_of, result
from quality_checks.contracts.inventory import ReceiptsAhead

CHANGE_FORMS = ["pull_in", "push_out", "cut", "cancel", "split"]
"""What a change of an open order line does."""


class OpenLine(Table):
    """An open line of a supplier: of an order, or of a ship notice."""

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the destination.")
    sku: str = column("Item.")
    destination: str = column("Node that receives.")
    supplier: str = column("Supplier.")


@result("order_risks", "plans", key=("document_kind", "document", "line"), retain=400)
class OrderRisks(OpenLine):
    """How likely each open line of a supplier is late or short, and what a delay would cost.

    The margin at risk is the expected margin that the echelon loses because the line may come after
    the day stated, other lines coming on the days that plans count on; it is missing where the item
    has no level there.
    """

    document_kind: str = column("Kind of document.", isin=["purchase_order", "shipment"])
    document: str = column("Order or shipment.")
    line: int = column("Line of the document.", ge=1)
    stated_on: pl.Date = column(
        "Day that the document states, or that its sender's record makes of one that cannot be."
    )
    units: int = column("Units that are still to come.", unit="units", ge=1)
    late_chance: float = column(
        "Probability that it comes after the day stated, or never.", ge=0, le=1
    )
    late_week_chance: float = column(
        "Probability that it comes more than 7 days after the day stated, or never.", ge=0, le=1
    )
    short_chance: float = column(
        "Probability that fewer units are taken in than were ordered, by the supplier's lines and "
        "what it has confirmed of this one; missing where nothing is known of them.",
        nullable=True,
        ge=0,
        le=1,
    )
    come_chance: float = column_of(ReceiptsAhead, "chance")
    due_p10: pl.Date = column("Day by which it has come once in ten times, if it comes.")
    due_p50: pl.Date = column("The same, once in two times.")
    due_p90: pl.Date = column("The same, nine times in ten.")
    margin_at_risk: float = column(
        "Margin expected to be lost because it may be late.", unit="currency", nullable=True, ge=0
    )
    margin_at_risk_together: float = column(
        "Its share of the margin expected to be lost because the supplier may be late with all its "
        "lines of the item together: these add up, by item, node and supplier.",
        unit="currency",
        nullable=True,
        ge=0,
    )
    margin_if_never: float = column(
        "Margin that would be lost if it never came.", unit="currency", nullable=True, ge=0
    )


ALTERNATIVES = ["pull_in", "push_out", "cut", "cancel", "split", "expedite", "accept"]
"""What can be done about an open order line."""

VERDICTS = [
    *("taken", "dearer", "no_benefit", "least_gain", "frozen", "most_days", "least_quantity"),
    *("as_cancel", "no_part", "no_terms", "supplier_capacity", "not_changeable"),
]
"""What became of an alternative."""


@result(
    "order_alternatives",
    "plans",
    key=("document_kind", "document", "line", "alternative"),
    retain=15,
)
class OrderAlternatives(OpenLine):
    """All that was weighed for each open order line at risk of a cent or more, or changed.

    Each alternative at its best, against accepting that the line comes as it may, with the other
    actions on its item in place. Its verdict: `taken`; `dearer`, it gains less than what is
    taken; `no_benefit`, it gains nothing beyond its fee; `least_gain`, it gains less than policy
    asks of a change. The others cannot be asked: the line is due in the frozen days (`frozen`),
    policy asks for no other day (`most_days`), the supplier delivers no fewer
    (`least_quantity`), a cut would leave nothing (`as_cancel`), no part of the line that reaches
    the minimum could bring back the fee of a split (`no_part`), he states no fee or days for speed
    (`no_terms`), he can deliver it on no such day by the capacities that he states
    (`supplier_capacity`), or the line is shipped or waits for an answer (`not_changeable`).
    """

    document_kind: str = column_of(OrderRisks, "document_kind")
    document: str = column_of(OrderRisks, "document")
    line: int = column_of(OrderRisks, "line")
    alternative: str = column("What can be done.", isin=ALTERNATIVES)
    due_on: pl.Date = column(
        "Day that it is to come then; missing where nothing comes or it cannot be asked.",
        nullable=True,
    )
    left_units: int = column(
        "Units still to come then; missing where it cannot be asked.",
        unit="units",
        nullable=True,
        ge=0,
    )
    gain: float = column(
        "Expected gain, its fee taken off, where the supplier may refuse; missing where it cannot "
        "be asked.",
        unit="currency",
        nullable=True,
    )
    fee: float = column(
        "What asking costs; missing likewise.", unit="currency", nullable=True, ge=0
    )
    gain_chance: float = column(
        "Probability that the supplier agrees and that it gains; missing likewise, and where "
        "nothing is asked.",
        nullable=True,
        ge=0,
        le=1,
    )
    verdict: str = column("Taken, or why not.", isin=VERDICTS)
    capacity_limit: str = column(
        "What the supplier says it can deliver that keeps it from another day, or more units, that "
        "would gain more; missing where nothing does.",
        nullable=True,
    )
    capacity_missing: int = column(
        "Units for which that has no room; missing likewise.", unit="units", nullable=True, ge=1
    )


CHANCES_OF_LINES: Final[dict[str, int]] = {
    "open_lines": 0,
    "open_lines_14": 14,
    "open_lines_7": 7,
}
"""When chances of open lines are judged -> most days that are left then; 0 when first seen."""


@result("risk_accuracy", "plans", key=("chances", "outcome", "part"), retain=400)
class RiskAccuracy(Table):
    """How well the chances hold that were stated of order lines before it was known.

    Of open lines they were stated when these were first seen, and again two weeks and a week before
    the day stated then; of lanes up to a week before the line was ordered. Of the lines whose day
    lies in the scorecard's window and of which the outcome is known by now; those that were
    cancelled, or changed at our wish, are left out. All lines are scored together, and the half
    with the earlier days and the half with the recent ones apart, so that chances that drift from
    what happens are seen.
    """

    business_date: pl.Date = column("Business date.")
    chances: str = column(
        "What they were stated of: lanes, or open lines when first seen, or the first time with at "
        "most 14 or 7 days left.",
        isin=[*CHANCES_OF_LINES, "lanes"],
    )
    outcome: str = column(
        "Late, more than a week late, or with fewer units taken in than were ordered.",
        isin=["late", "late_week", "short"],
    )
    part: str = column("Which lines of the window.", isin=["all", "earlier", "recent"])
    lines: int = column("Order lines.", ge=1)
    stated: float = column("Mean of the chances stated.", ge=0, le=1)
    share: float = column("Share of the lines to which it happened.", ge=0, le=1)
    brier: float = column("Mean squared error of the chances (Brier 1950).", ge=0, le=1)
    skill: float = column(
        "1 less that over the error of who states the share of each line; missing where it "
        "happened to all or none.",
        nullable=True,
        le=1,
    )
    auc: float = column(
        "Probability that of a line to which it happened and another the first had the higher "
        "chance; missing likewise.",
        nullable=True,
        ge=0,
        le=1,
    )
    slope: float = column(
        "Slope of the logistic regression of what happened on the logit of the chances (Cox 1958): "
        "1 where they hold, less where they are too bold; missing likewise.",
        nullable=True,
    )
    intercept: float = column("Its intercept: 0 where they hold.", nullable=True)


class LineAction(OpenLine):
    """What to do about an open order line, against leaving it alone."""

    po: str = column("Purchase order.")
    po_line: int = column("Line of the order.", ge=1)
    stated_on: pl.Date = column_of(OrderRisks, "stated_on")
    due_on: pl.Date = column("Day that it is to come.")
    quantity: int = column("Units that it is about.", unit="units", ge=1)
    packs: int = column("The same in order multiples.", ge=1)
    open_units: int = column("Units of the line still to come as it is.", unit="units", ge=1)
    left_units: int = column("Units of it still to come then.", unit="units", ge=0)
    unit_price: float = column("Price of a unit.", unit="currency", ge=0)
    inventory_position: int = column("Inventory position of the echelon.", unit="units")
    order_up_to: int = column("Order-up-to level of the echelon.", unit="units", ge=0)
    underage_cost: float = column("What a unit short costs.", unit="currency", ge=0)
    lost_as_is: float = column(
        "Units expected to be short in the protection interval as things are.", unit="units", ge=0
    )
    lost_then: float = column(
        "The same with it, where the supplier may refuse.", unit="units", ge=0
    )
    holding_as_is: float = column(
        "Expected cost of stock kept in the interval, and of what is left above the level or at "
        "the exit then, as things are.",
        unit="currency",
        ge=0,
    )
    holding_then: float = column("The same with it.", unit="currency", ge=0)
    margin_kept: float = column("Expected margin that it keeps.", unit="currency", ge=0)
    margin_given_up: float = column("Expected margin that it gives up.", unit="currency", ge=0)
    holding_cost: float = column(
        "Expected cost of holding that it adds; below 0 where it saves some.", unit="currency"
    )
    fee: float = column("What asking for it costs.", unit="currency", ge=0)
    refusal_chance: float = column(
        "Probability that the supplier refuses, and all stays as it is.", ge=0, le=1
    )
    gain_chance: float = column(
        "Probability that it gains: that the supplier agrees, and demand is such.", ge=0, le=1
    )
    urgency_days: float = column(
        "Days until the stock runs out without it; missing where less comes, or later.",
        unit="days",
        nullable=True,
        ge=0,
    )
    reason: str = column("Reason code.")
    binding: str = column("What kept it from going further.")
    capacity_limit: str = column_of(OrderAlternatives, "capacity_limit")
    capacity_missing: int = column_of(OrderAlternatives, "capacity_missing")
    rejected: str = column("Best rejected alternative.")


@result("change_plan", "plans", key=("po", "po_line"))
class ChangePlan(LineAction):
    """Changes of open order lines: earlier, later, fewer units, none, or a part on another day."""

    form: str = column("What changes.", isin=CHANGE_FORMS)
    rest_on: pl.Date = column(
        "Of a line that is split, the day on which the rest of its open units is to come; else "
        "missing.",
        nullable=True,
    )


@result("expedite_plan", "plans", key=("po", "po_line"))
class ExpeditePlan(LineAction):
    """Open order lines that the supplier is paid to speed up."""
