"""What people read first: the state of stock, what runs short, and what waits for them."""

import polars as pl

from quality_checks.contracts.actions import Proposals, Routed
from quality_checks.contracts.base import Table, Timestamp, column, column_of, result
from quality_checks.contracts.markdown import PriceAction
from quality_checks.contracts.plans import (
    PlanningPairs,
    SupplyGaps,
    Targets,
    Unordered,
    Unserved,
)
from quality_checks.contracts.shortage_reasons import SHORTAGE_REASONS

SHORTAGE_ANSWERS = ["planned", "on_its_way", "none"]
"""What is done about a shortage: an action of tonight, goods that are on their way, or nothing."""

SHORT_DC_STATES = ["empty", "about_to_be_empty"]
"""States of a DC that has nothing for the places it feeds, or soon will have nothing."""


@result("stock_health", "reporting", key=("region", "department"))
class StockHealth(Table):
    """Stock against target by region and department.

    Item-locations are counted that are replenished and sell, which a DC does not; units and their
    value are of every replenished node. The glossary defines each figure.
    """

    business_date: pl.Date = column("Business date.")
    region: str = column("Region.")
    department: str = column("Department.")
    pairs: int = column("Item-locations that are replenished and sell.", ge=0)
    unknown: int = column("Of these, without a stock record, or left out of the plan.", ge=0)
    out_of_stock: int = column("Of these, on sale with nothing available.", ge=0)
    about_to_be_out: int = column(
        "Of these, expected to run out within their protection interval, before goods that are on "
        "their way are there.",
        ge=0,
    )
    before_launch: int = column("Of these, not on sale yet, and none of the above.", ge=0)
    below_target: int = column("Of these, with a position below target.", ge=0)
    above_target: int = column("Of these, with more than twice their target available.", ge=0)
    units: int = column("Units on hand.", unit="units", ge=0)
    stock_value: float = column("The same at cost.", unit="currency", ge=0)
    days_of_cover: float = column(
        "Units over expected daily demand.", unit="days", nullable=True, ge=0
    )
    margin_a_day: float = column(
        "Margin that those out of stock are expected to lose a day.", unit="currency", ge=0
    )


class ShortItemLocation(Table):
    """What is known of an item-location that runs short, and what is done about it."""

    region: str = column_of(PlanningPairs, "region")
    department: str = column_of(PlanningPairs, "department")
    sku: str = column("Item.")
    location: str = column("Node.")
    currency: str = column_of(PlanningPairs, "currency")
    status: str = column_of(PlanningPairs, "status")
    state: str = column(
        "Out of stock; about to be out, within its protection interval and before goods that are "
        "on their way are there; or unknown, without a stock record or left out of the plan. A DC: "
        "empty, or about to be, while the places that it feeds will lack goods.",
        isin=[
            *("out", "about_to_be_out", "unknown", "before_launch", "enough", "not_replenished"),
            *SHORT_DC_STATES,
        ],
    )
    available: int = column_of(PlanningPairs, "available")
    inventory_position: int = column(
        "Units available and coming; missing where the stock is unknown.",
        unit="units",
        nullable=True,
    )
    order_up_to: int = column_of(Targets, "order_up_to", nullable=True)
    level_binding: str = column_of(Targets, "binding", nullable=True)
    level_held_by: str = column(
        "Changes of its level by people that state the most it may be, joined by a semicolon; "
        "missing where there is none, or the shelf holds less.",
        nullable=True,
    )
    protection_days: float = column_of(Targets, "protection_days", nullable=True)
    daily_demand: float = column(
        "Expected demand a day over the protection interval; missing where it has no level.",
        unit="units",
        nullable=True,
        ge=0,
    )
    margin_a_day: float = column(
        "Margin that it loses a day while it is out.", unit="currency", nullable=True, ge=0
    )
    days_until_out: float = column(
        "Days until it is out, goods on their way included; missing where it never is.",
        unit="days",
        nullable=True,
        ge=0,
    )
    coming_units: int = column("Units on their way.", unit="units", ge=0)
    receipt_on: pl.Date = column("Day of the next receipt of these.", nullable=True)
    receipt_units: int = column("Units of that receipt.", unit="units", nullable=True, ge=1)
    receipt_source: str = column(
        "Documents that say so, joined by a semicolon: transfer, ship_notice, purchase_order, or "
        "own_export where none does yet.",
        nullable=True,
    )
    planned_kinds: str = column(
        "Kinds of tonight's actions that bring units, joined by a semicolon.", nullable=True
    )
    planned_units: int = column("Units that they bring.", unit="units", nullable=True, ge=1)
    planned_on: pl.Date = column("Day on which the first of them is due.", nullable=True)
    planned_status: str = column(
        "Whether all of them are approved, or any waits for people.",
        nullable=True,
        isin=["approved", "waiting"],
    )
    refused_status: str = column(
        "What became of an action of tonight that will not leave.",
        nullable=True,
        isin=["blocked", "rejected", "withdrawn"],
    )
    refused_rule: str = column("Rule of policy that such an action met.", nullable=True)
    supply_location: str = column_of(PlanningPairs, "supply_location")
    supply_available: int = column(
        "Units available there; missing where unknown.", unit="units", nullable=True, ge=0
    )
    supply_receipt_on: pl.Date = column("Day of the next receipt there.", nullable=True)
    supply_receipt_units: int = column("Units of that receipt.", unit="units", nullable=True, ge=1)
    supply_planned_on: pl.Date = column(
        "Day on which tonight's order for it is due.", nullable=True
    )
    supply_planned_units: int = column("Units of that order.", unit="units", nullable=True, ge=1)
    supply_reason: str = column_of(
        Unordered, "reason", description="Why tonight orders nothing for it.", nullable=True
    )
    supply_limit: str = column_of(
        Unordered, "limit", description="What keeps it from being ordered for the DC."
    )
    next_order_on: pl.Date = column(
        "Next day on which the lane that replenishes it ships.", nullable=True
    )
    left_out: str = column(
        "Why the plan that replenishes it left it out, by its own words.", nullable=True
    )
    limit: str = column_of(Unserved, "limit")
    next_worth: float = column_of(Unserved, "next_worth")
    empty_on: pl.Date = column_of(
        SupplyGaps,
        "empty_on",
        description="Day on which its DC, or the DC itself, is likelier empty than not.",
        nullable=True,
    )
    goods_on: pl.Date = column_of(
        SupplyGaps, "goods_on", description="Day on which the next goods come there after that."
    )
    goods_units: int = column_of(SupplyGaps, "goods_units")
    goods_documents: str = column(
        "Documents that bring them, joined by a semicolon; missing where only orders of ours do "
        "that no document shows.",
        nullable=True,
    )
    goods_share: float = column_of(SupplyGaps, "goods_share")
    goods_here_on: pl.Date = column(
        "Day on which the place can have some of them; missing for a DC.", nullable=True
    )
    gap_lost_margin: float = column(
        "Margin that it loses while its DC has nothing for it; of a DC, that all its places lose. "
        "No part of a total: what lost_margin counts is in it again.",
        unit="currency",
        nullable=True,
        ge=0,
    )
    short_until: pl.Date = column(
        "Day on which goods are expected: the first receipt after it is out, or what is planned. "
        "Where neither is, the earliest on which goods could be there: from the next day of its "
        "lane, once its DC has them, or at the end of its protection interval.",
        nullable=True,
    )
    lost_units: float = column(
        "Demand expected while it is out, until then; of a place that waits for the goods of its "
        "DC, as plans/supply_gaps has it. Of a DC, what those of its places lose that "
        "are not short themselves, so that each place counts once; of a store that feeds others, "
        "both.",
        unit="units",
        nullable=True,
        ge=0,
    )
    lost_margin: float = column("Margin that this loses.", unit="currency", nullable=True, ge=0)


@result("shortages", "reporting", key=("sku", "location"))
class Shortages(ShortItemLocation):
    """Every item-location that is out of stock or about to be, and what is done about it.

    So has every DC that has nothing for the places it feeds, or soon will. Each has an answer, or a
    reason why nothing is done and what would have to change. Reasons are those that the plans hand
    out.
    """

    business_date: pl.Date = column("Business date.")
    answer: str = column("What is done about it.", isin=SHORTAGE_ANSWERS)
    reason: str = column(
        "Why tonight plans nothing for it; missing where it does.",
        nullable=True,
        isin=list(SHORTAGE_REASONS),
    )
    why: str = column("The same in plain words.")
    change: str = column("What would have to change; empty where goods are planned.")


@result("capacity_use", "reporting", key=("supplier", "sku", "category", "week"), retain=15)
class CapacityUse(Table):
    """What suppliers are asked for in weeks of which they say what they can deliver."""

    business_date: pl.Date = column("Business date.")
    supplier: str = column("Supplier.")
    sku: str = column("Item; * for every one.")
    category: str = column("Category; * for every one.")
    week: pl.Date = column("First of its seven days.")
    capacity_units: int = column("Most units that it can deliver in them.", unit="units", ge=0)
    ordered_units: int = column(
        "Units asked for by orders that are expected in them and not shipped: of each line times "
        "the chance that it still comes.",
        unit="units",
        ge=0,
    )
    proposed_units: int = column("Units that tonight's plan asks for in them.", unit="units", ge=0)
    beyond_units: int = column("Units of both beyond that.", unit="units", ge=0)


@result("worklist", "reporting", key=("rank",))
class Worklist(Table):
    """Actions that wait for people, ranked by the money at stake.

    What is put off is among them, since whoever reads it may do so after that: it says until when.
    Changes and expedites of open order lines that cost a fee share their places by the benefit that
    each brings for its fee.
    """

    business_date: pl.Date = column("Business date.")
    rank: int = column("1 is worth most.", ge=1)
    action_id: str = column("Action.")
    kind: str = column("What it is.")
    roles: str = column("Roles that must all approve.")
    missing_roles: str = column_of(Routed, "missing_roles")
    decided_by: str = column_of(Routed, "decided_by", description="Who has approved so far.")
    overridden: int = column_of(Routed, "overridden")
    deferred_until: Timestamp = column_of(Routed, "deferred_until")
    summary: str = column("The action in words.")
    benefit: float = column("Expected benefit.", unit="currency")
    value: float = column("Value moved or bought.", unit="currency", ge=0)
    urgency_days: float = column("Days to stock-out.", unit="days", nullable=True, ge=0)
    reasons: str = column("Why, in words.")


@result("check_outcomes", "reporting", key=("asset", "check"))
class CheckOutcomes(Table):
    """What every check of a business date found; later runs read it before they go on."""

    business_date: pl.Date = column("Business date.")
    asset: str = column("Asset that was checked.")
    check: str = column("Check.")
    passed: bool = column("Whether it passed.")
    blocking: bool = column("Whether its failure stops what is downstream.")
    message: str = column("What is wrong; empty when it passed.")
    failing_rows: int = column("Rows at fault.", ge=0)
    failing_file: str = column("Where they are, below the data folder.", nullable=True)
    remedy: str = column("What to do about it; empty where the check has no more to say.")


@result("items_set_aside", "reporting", key=("asset", "sku"))
class ItemsSetAside(Table):
    """Items on which a calculation of a business date broke, so that it went on without them."""

    business_date: pl.Date = column("Business date.")
    asset: str = column("Table that was to be calculated.")
    sku: str = column("Item.")
    error: str = column("What broke.")
    since: pl.Date = column("First business date of those in a row on which it broke.")


@result("sourcing_shadow", "reporting", key=("location",))
class SourcingShadow(Table):
    """What plenish would have chosen for the lines that the OMS allocated on the day, in money.

    A row is a node that the OMS chose; both sides are costed by the same terms. Lines that cannot
    be costed where the OMS put them are counted apart.
    """

    business_date: pl.Date = column("Business date.")
    region: str = column("Region of the node.")
    location: str = column("Node that the OMS chose.")
    lines: int = column("Lines allocated to it on the day, and costed.", unit="lines", ge=0)
    uncosted_lines: int = column(
        "Lines of it without a rate, a capacity row or a value of their units there.",
        unit="lines",
        ge=0,
    )
    units: int = column("Units of those costed.", unit="units", ge=0)
    same_lines: int = column(
        "Of the lines costed, those for which we choose it too.", unit="lines", ge=0
    )
    oms_cost: float = column("Cost of the OMS's choices.", unit="currency")
    our_cost: float = column("Cost of ours for the same lines.", unit="currency")
    saved: float = column("What ours would have saved.", unit="currency")


@result("price_outcomes", "reporting", key=("action_id",), retain=15)
class PriceOutcomes(Table):
    """Markdowns and deferrals that left, and what they brought against the price they replaced.

    What would have sold at that price is reckoned from what did, by the response to prices that the
    action was planned by. Before returns.
    """

    business_date: pl.Date = column("Business date of the judgement.")
    action_id: str = column_of(Routed, "action_id")
    kind: str = column("Kind of action.", isin=["markdown", "markdown_deferral"])
    sku: str = column("Item.")
    zone: str = column_of(PriceAction, "zone")
    first_day: pl.Date = column("First day on which the two prices differ.")
    last_day: pl.Date = column("Last day that is judged.")
    other_price: float = column("Price that it replaced.", unit="currency", gt=0)
    asked_price: float = column("Price that it asked for.", unit="currency", gt=0)
    paid_price: float = column(
        "What customers paid for a unit; missing where nothing sold.",
        unit="currency",
        nullable=True,
        gt=0,
    )
    promoted_share: float = column(
        "Share of a price that announced promotions left to be paid, over the units sold: 1 "
        "without any; missing where nothing sold.",
        nullable=True,
        gt=0,
        le=1,
    )
    implemented: bool = column(
        "What was paid is nearer to that share of the price that it asked for than to that of the "
        "other one; missing where nothing sold.",
        nullable=True,
    )
    known_share: float = column("Share of the days whose demand is known.", ge=0, le=1)
    sold: float = column("Units sold, brought up to all days.", unit="units", ge=0)
    demand: float = column("Estimated demand, likewise.", unit="units", ge=0)
    sold_otherwise: float = column(
        "Units that would have sold at the other price, less the same promotions.",
        unit="units",
        ge=0,
    )
    sell_through: float = column("Units sold over those that there were.", unit="share", ge=0)
    expected_sell_through: float = column(
        "The same as it was expected until the end of the season.", unit="share", ge=0
    )
    gain: float = column(
        "Proceeds that it added, less what the units it took out of stock would be worth at the "
        "end.",
        unit="currency",
    )
    gain_low: float = column("Lower end of the 80 % interval.", unit="currency")
    gain_high: float = column("Upper end of it.", unit="currency")


@result("decision_steps", "reporting", key=("action_id", "role"))
class DecisionSteps(Table):
    """Whom policy asked about the actions of a business date, and how long each role took.

    Times are those of the retailer's clocks.
    """

    business_date: pl.Date = column("Business date.")
    action_id: str = column_of(Proposals, "action_id")
    kind: str = column_of(Proposals, "kind")
    region: str = column_of(Proposals, "region")
    category: str = column_of(Proposals, "category")
    role: str = column("Role that was asked.")
    asked_at: Timestamp = column(
        "When the first version of the plan that proposes it was made, or the role before "
        "answered; missing where that is not on record.",
        nullable=True,
    )
    answered_at: Timestamp = column("Its first answer; missing while it waits.", nullable=True)
    hours: float = column("Hours between them.", unit="hours", nullable=True, ge=0)
    state: str = column("Whether it has answered.", isin=["answered", "waiting"])
    answer: str = column(
        "What it said last.", isin=["approve", "reject", "override"], nullable=True
    )
    author: str = column("Who said it.", nullable=True)
    answers: int = column(
        "How often it answered: what is beyond the first is done over.", nullable=True, ge=1
    )
