"""Views of the read copy for analysts: what a plan says, with names beside codes.

Names and columns of views stay as they are while tables change; their SQL is in `warehouse/`.
"""

from collections.abc import Callable
from typing import Final

import polars as pl

from quality_checks.contracts.actions import ACTION_STATES, ExportLines, Proposals, Routed
from quality_checks.contracts.base import Statement, Table, Timestamp, column, column_of
from quality_checks.contracts.cases import Cases
from quality_checks.contracts.demand import ForecastAccuracy, OverrideValue
from quality_checks.contracts.finance import BudgetUse, CashAhead, WorkingCapital
from quality_checks.contracts.intake import Files, Quarantine
from quality_checks.contracts.landing import (
    ERP_ANSWERS,
    Acknowledgements,
    Locations,
    OnlineOrders,
    Products,
    Suppliers,
)
from quality_checks.contracts.plan_changes import PlanChanges
from quality_checks.contracts.plans import PlanVersions
from quality_checks.contracts.reporting import CheckOutcomes, DecisionSteps, Shortages, Worklist
from quality_checks.contracts.signals import Exceptions

VIEW_SCHEMA: Final = "analysis"
"""Schema of the views; no stage of tables has this name."""

VIEWS: Final[dict[str, Statement]] = {}
"""Every view by name, in the order in which they are stated."""


def view(name: str, *, key: tuple[str, ...]) -> Callable[[type[Table]], type[Table]]:
    """Register what a view of the read copy shows."""

    def register(model: type[Table]) -> type[Table]:
        VIEWS[name] = Statement(name, model, key)
        return model

    return register


@view("newest_plan", key=("business_date",))
class NewestPlan(Table):
    """The plan that the other views speak of, where they do not say otherwise: one row."""

    business_date: pl.Date = column_of(PlanVersions, "business_date")
    plan_version: int = column_of(PlanVersions, "plan_version")
    input_hash: str = column_of(PlanVersions, "input_hash")
    policy_hash: str = column_of(PlanVersions, "policy_hash")
    model_version: str = column_of(PlanVersions, "model_version")


@view("items", key=("sku",))
class NamedItems(Table):
    """Items as the newest plan knew them."""

    sku: str = column_of(Products, "sku")
    item_name: str = column("Style, colour and size of the item.")
    department: str = column_of(Products, "department")
    category: str = column_of(Products, "category")
    brand: str = column_of(Products, "brand")
    season: str = column_of(Products, "season")
    supplier: str = column_of(Products, "supplier")
    supplier_name: str = column_of(Suppliers, "name", nullable=True)
    unit_cost: float = column_of(Products, "unit_cost")
    list_price: float = column_of(Products, "list_price")
    currency: str = column_of(Products, "currency")
    launch_date: pl.Date = column_of(Products, "launch_date")
    exit_date: pl.Date = column_of(Products, "exit_date")


@view("places", key=("location",))
class NamedPlaces(Table):
    """Locations as the newest plan knew them."""

    location: str = column_of(Locations, "location")
    location_name: str = column("City and kind of the location.")
    kind: str = column_of(Locations, "kind")
    region: str = column_of(Locations, "region")
    city: str = column_of(Locations, "city")
    latitude: float = column_of(Locations, "latitude")
    longitude: float = column_of(Locations, "longitude")
    opened_on: pl.Date = column_of(Locations, "opened_on")
    closed_on: pl.Date = column_of(Locations, "closed_on")


class NamedEnds(Table):
    """What an action is about and where it goes, with names beside codes."""

    action_id: str = column("Action.")
    kind: str = column_of(Proposals, "kind")
    sku: str = column_of(Proposals, "sku")
    item_name: str = column_of(NamedItems, "item_name", nullable=True)
    department: str = column_of(NamedItems, "department", nullable=True)
    category: str = column_of(NamedItems, "category", nullable=True)
    origin: str = column_of(
        Proposals,
        "origin",
        description="Node that ships: the proposed one, or that of the override in force.",
    )
    origin_name: str = column_of(NamedPlaces, "location_name", nullable=True)
    destination: str = column_of(Proposals, "destination")
    destination_name: str = column_of(NamedPlaces, "location_name", nullable=True)
    region: str = column_of(NamedPlaces, "region", nullable=True)
    supplier: str = column_of(Proposals, "supplier")
    supplier_name: str = column_of(Suppliers, "name", nullable=True)
    due_on: pl.Date = column_of(
        Proposals,
        "due_on",
        description="Day it should be there: the proposed one, or that of the override in force.",
    )
    quantity: int = column_of(Proposals, "quantity")
    unit_value: float = column_of(Proposals, "unit_value")
    value: float = column_of(Proposals, "value")
    currency: str = column_of(Proposals, "currency")


@view("planned_actions", key=("action_id",))
class PlannedActions(NamedEnds):
    """Actions of the newest plan: what they are worth, who decided them, how far they have come."""

    business_date: pl.Date = column_of(Proposals, "business_date")
    plan_version: int = column_of(Proposals, "plan_version")
    standing: str = column(
        "How far it has come: waiting for people, approved and not handed out yet, rejected by "
        "people, blocked by policy, withdrawn for an alternative, exported to the ERP, "
        "acknowledged by it.",
        isin=[*ACTION_STATES, "exported", "acknowledged"],
    )
    route: str = column_of(Routed, "route")
    rule: str = column_of(Routed, "rule")
    roles: str = column_of(Routed, "roles")
    decided_by: str = column_of(Routed, "decided_by")
    approved_quantity: int = column_of(Routed, "approved_quantity")
    exported_quantity: int = column("Units handed to the ERP.", unit="units", nullable=True, ge=1)
    erp_status: str = column(
        "What the ERP answered to it, cancelled as it was called back, or waiting for its answer; "
        "missing where nothing was handed to it.",
        nullable=True,
        isin=[*ERP_ANSWERS, "cancelled", "waiting"],
    )
    erp_document: str = column_of(Acknowledgements, "erp_document")
    margin_kept: float = column_of(Proposals, "margin_kept")
    margin_given_up: float = column_of(Proposals, "margin_given_up")
    holding_cost: float = column_of(Proposals, "holding_cost")
    moving_cost: float = column_of(Proposals, "moving_cost")
    benefit: float = column_of(Proposals, "benefit")
    confidence: float = column_of(Proposals, "confidence")
    urgency_days: float = column_of(Proposals, "urgency_days")
    reason_codes: str = column_of(Proposals, "reason_codes")
    binding: str = column_of(Proposals, "binding")


@view("exported_lines", key=("idempotency_key",))
class ExportedLines(NamedEnds):
    """Lines handed to the ERP by every plan, each with what the ERP said of it."""

    business_date: pl.Date = column_of(ExportLines, "business_date")
    batch: int = column_of(ExportLines, "batch")
    idempotency_key: str = column_of(ExportLines, "idempotency_key")
    erp_status: str = column_of(PlannedActions, "erp_status", nullable=False)
    erp_quantity: int = column_of(Acknowledgements, "quantity")
    erp_document: str = column_of(Acknowledgements, "erp_document")
    message: str = column_of(Acknowledgements, "message")
    acknowledged_on: pl.Date = column_of(Acknowledgements, "acknowledged_on", nullable=True)


@view("projected_stock_outs", key=("sku", "location"))
class ProjectedStockOuts(Table):
    """Item-locations that are out of stock or about to be, with the margin lost and the cause."""

    business_date: pl.Date = column_of(Shortages, "business_date")
    sku: str = column_of(Shortages, "sku")
    item_name: str = column_of(NamedItems, "item_name", nullable=True)
    department: str = column_of(Shortages, "department")
    category: str = column_of(NamedItems, "category", nullable=True)
    location: str = column_of(Shortages, "location")
    location_name: str = column_of(NamedPlaces, "location_name", nullable=True)
    region: str = column_of(Shortages, "region")
    state: str = column_of(Shortages, "state")
    available: int = column_of(Shortages, "available")
    daily_demand: float = column_of(Shortages, "daily_demand")
    days_until_out: float = column_of(Shortages, "days_until_out")
    short_until: pl.Date = column_of(Shortages, "short_until")
    lost_units: float = column_of(Shortages, "lost_units")
    lost_margin: float = column_of(Shortages, "lost_margin")
    currency: str = column_of(Shortages, "currency")
    answer: str = column_of(Shortages, "answer")
    planned_units: int = column_of(Shortages, "planned_units")
    coming_units: int = column_of(Shortages, "coming_units")
    receipt_on: pl.Date = column_of(Shortages, "receipt_on")
    supply_location: str = column_of(Shortages, "supply_location")
    empty_on: pl.Date = column_of(Shortages, "empty_on")
    goods_on: pl.Date = column_of(Shortages, "goods_on")
    goods_units: int = column_of(Shortages, "goods_units")
    goods_share: float = column_of(Shortages, "goods_share")
    gap_lost_margin: float = column_of(Shortages, "gap_lost_margin")
    cause: str = column_of(Shortages, "reason")
    why: str = column_of(Shortages, "why")
    change: str = column_of(Shortages, "change")


@view("waiting_actions", key=("rank",))
class WaitingActions(NamedEnds):
    """Actions of the newest plan that wait for people, those worth most first.

    What is put off says until when.
    """

    business_date: pl.Date = column_of(Worklist, "business_date")
    rank: int = column_of(Worklist, "rank")
    roles: str = column_of(Worklist, "roles")
    deferred_until: Timestamp = column_of(Worklist, "deferred_until")
    benefit: float = column_of(Worklist, "benefit")
    confidence: float = column_of(Proposals, "confidence")
    urgency_days: float = column_of(Worklist, "urgency_days")
    summary: str = column_of(Worklist, "summary")
    reasons: str = column_of(Worklist, "reasons")


@view("category_accuracy", key=("business_date", "category", "lead_days"))
class CategoryAccuracy(Table):
    """How forecasts did by category, for every day that is known and every lead.

    Days that no night has forecast at a lead are those of the newest backtest.
    """

    business_date: pl.Date = column_of(ForecastAccuracy, "business_date")
    category: str = column_of(ForecastAccuracy, "category")
    lead_days: int = column_of(ForecastAccuracy, "lead_days")
    made_by: str = column("Who made the forecast.", isin=["night", "backtest"])
    pairs: int = column_of(ForecastAccuracy, "pairs")
    actual: float = column_of(ForecastAccuracy, "actual")
    forecast: float = column_of(ForecastAccuracy, "forecast")
    absolute_error: float = column_of(ForecastAccuracy, "absolute_error")
    naive_error: float = column_of(ForecastAccuracy, "naive_error")
    wape: float = column(
        "Absolute error over units sold; missing where nothing sold.",
        unit="share",
        nullable=True,
        ge=0,
    )
    bias: float = column(
        "Units forecast over units sold, less one; missing where nothing sold.",
        unit="share",
        nullable=True,
    )
    covered_80: float = column(
        "Share of item-locations whose sales the 80 % interval held.", unit="share", ge=0, le=1
    )


@view("plan_differences", key=("kind", "sku", "partner", "destination"))
class PlanDifferences(Table):
    """What the newest plan changes against the plan before it, and why, with names."""

    business_date: pl.Date = column_of(PlanChanges, "business_date")
    plan_version: int = column_of(PlanChanges, "plan_version")
    before_date: pl.Date = column_of(PlanChanges, "before_date")
    before_version: int = column_of(PlanChanges, "before_version")
    kind: str = column_of(PlanChanges, "kind")
    sku: str = column_of(PlanChanges, "sku")
    item_name: str = column_of(NamedItems, "item_name", nullable=True)
    category: str = column_of(PlanChanges, "category")
    partner: str = column_of(PlanChanges, "partner")
    partner_name: str = column(
        "City and kind of the node, or name of the supplier, that the units come from.",
        nullable=True,
    )
    destination: str = column_of(PlanChanges, "destination")
    destination_name: str = column_of(NamedPlaces, "location_name", nullable=True)
    region: str = column_of(PlanChanges, "region")
    change: str = column_of(PlanChanges, "change")
    cause: str = column_of(PlanChanges, "cause")
    words: str = column_of(PlanChanges, "words")
    quantity_before: int = column_of(PlanChanges, "quantity_before")
    quantity: int = column_of(PlanChanges, "quantity")
    value_before: float = column_of(PlanChanges, "value_before")
    value: float = column_of(PlanChanges, "value")
    currency: str = column_of(PlanChanges, "currency")


@view("customer_orders", key=("order_id", "line"))
class CustomerOrders(Table):
    """Lines of customers' orders that were still to be shipped by the newest plan, with names."""

    order_id: str = column_of(OnlineOrders, "order_id")
    line: int = column_of(OnlineOrders, "line")
    created: Timestamp = column_of(OnlineOrders, "created")
    promised_on: pl.Date = column_of(OnlineOrders, "promised_on")
    days_left: int = column(
        "Days from the business date to the day promised; below zero where it has passed.",
        unit="days",
    )
    sku: str = column_of(OnlineOrders, "sku")
    item_name: str = column_of(NamedItems, "item_name", nullable=True)
    quantity: int = column_of(OnlineOrders, "quantity")
    region: str = column_of(OnlineOrders, "region")
    channel: str = column_of(OnlineOrders, "channel")
    status: str = column_of(OnlineOrders, "status")
    location: str = column_of(OnlineOrders, "location")
    location_name: str = column_of(NamedPlaces, "location_name", nullable=True)
    collect_at: str = column_of(OnlineOrders, "collect_at")


@view("capital_ahead", key=("week", "department"))
class CapitalAhead(Table):
    """What stock and orders tie up by week ahead, the newest plan left alone and carried out."""

    business_date: pl.Date = column_of(WorkingCapital, "business_date")
    week: int = column_of(WorkingCapital, "week")
    ends_on: pl.Date = column_of(WorkingCapital, "ends_on")
    department: str = column_of(WorkingCapital, "department")
    currency: str = column_of(WorkingCapital, "currency")
    stock_as_is: float = column("Stock at landed cost, the plan left alone.", unit="currency", ge=0)
    exposure_as_is: float = column(
        "Stock, goods under way and orders at landed cost, the plan left alone.",
        unit="currency",
        ge=0,
    )
    stock_with_proposals: float = column(
        "Stock at landed cost, the plan carried out.", unit="currency", ge=0
    )
    exposure_with_proposals: float = column(
        "Stock, goods under way and orders at landed cost, the plan carried out.",
        unit="currency",
        ge=0,
    )


@view("budgets_left", key=("department", "month"))
class BudgetsLeft(BudgetUse):
    """Budgets of departments by month and what is left of them, by the newest plan."""


@view("payments_ahead", key=("week", "supplier", "department"))
class PaymentsAhead(Table):
    """What is due to suppliers by week ahead, by the newest plan, with names."""

    business_date: pl.Date = column_of(CashAhead, "business_date")
    week: int = column_of(CashAhead, "week")
    ends_on: pl.Date = column_of(CashAhead, "ends_on")
    supplier: str = column_of(CashAhead, "supplier")
    supplier_name: str = column_of(Suppliers, "name", nullable=True)
    department: str = column_of(CashAhead, "department")
    currency: str = column_of(CashAhead, "currency")
    payment_days: int = column_of(CashAhead, "payment_days")
    terms_assumed: bool = column_of(CashAhead, "terms_assumed")
    due_as_is: float = column_of(CashAhead, "due_as_is")
    changed: float = column_of(CashAhead, "changed")
    proposed: float = column_of(CashAhead, "proposed")
    fees: float = column_of(CashAhead, "fees")
    due_with_proposals: float = column_of(CashAhead, "due_with_proposals")


@view("automation_rates", key=("business_date", "kind", "region"))
class AutomationRates(Table):
    """What policy and people made of the actions of every business date, by its last run."""

    business_date: pl.Date = column_of(Proposals, "business_date")
    kind: str = column_of(Proposals, "kind")
    region: str = column_of(Proposals, "region")
    actions: int = column("Actions that were proposed.", ge=1)
    by_policy: int = column("Of these: approved by policy alone.", ge=0)
    by_people: int = column("Approved by people.", ge=0)
    overridden: int = column("Changed by people, however they stand.", ge=0)
    rejected: int = column("Rejected by people.", ge=0)
    waiting: int = column("Not decided.", ge=0)
    stopped: int = column("Blocked by policy, or withdrawn for an alternative.", ge=0)
    automated_share: float = column(
        "Approved by policy alone, of all that were not stopped.", nullable=True, ge=0, le=1
    )
    overridden_share: float = column(
        "Overridden for each that people approved or rejected; above 1 where more wait.",
        nullable=True,
        ge=0,
    )


@view("approval_times", key=("business_date", "kind", "region", "category", "role"))
class ApprovalTimes(Table):
    """How long roles take to answer what policy asks of them, and where actions wait."""

    business_date: pl.Date = column_of(DecisionSteps, "business_date")
    kind: str = column_of(DecisionSteps, "kind")
    region: str = column_of(DecisionSteps, "region")
    category: str = column_of(DecisionSteps, "category")
    role: str = column_of(DecisionSteps, "role")
    asked: int = column("Actions that the role was asked about.", ge=1)
    answered: int = column("Of these: answered.", ge=0)
    waiting: int = column("Still to be answered.", ge=0)
    rejected: int = column("Rejected by its last answer.", ge=0)
    overridden: int = column("Overridden by its last answer.", ge=0)
    done_over: int = column("Answers beyond the first of an action.", ge=0)
    median_hours: float = column(
        "Median hours until the first answer.", unit="hours", nullable=True, ge=0
    )
    slow_hours: float = column(
        "Hours within which nine of ten are answered.", unit="hours", nullable=True, ge=0
    )


@view(
    "override_values",
    key=("kind", "region", "category", "author", "role", "override_code", "direction", "size"),
)
class OverrideValues(Table):
    """What overrides of quantities were worth, by who made them, why, which way and how far.

    Judged once the demand of their days is known: the error of the forecast less that of the
    quantity that people put in place, each as expected demand.
    """

    kind: str = column_of(OverrideValue, "kind")
    region: str = column_of(OverrideValue, "region")
    category: str = column_of(OverrideValue, "category")
    author: str = column_of(OverrideValue, "author")
    role: str = column_of(OverrideValue, "role")
    override_code: str = column("Reason code of policy; empty where none was asked for.")
    direction: str = column("Whether more or less was asked for.", isin=["more", "less"])
    size: str = column(
        "By how much, as a share of what was proposed: up to a quarter, up to all of it, beyond.",
        isin=["small", "large", "multiple"],
    )
    overrides: int = column("Overrides that could be judged.", ge=1)
    nearer: int = column("Of these: nearer to demand than the forecast.", ge=0)
    units_changed: int = column("Units by which they changed it.", unit="units", ge=0)
    value_added: float = column(
        "Units of error that they took away; below 0 where they added to it.", unit="units"
    )


@view("health_by_cut", key=("cut", "name"))
class HealthByCut(Table):
    """How many item-locations run short by the newest plan, and what that loses, cut in ways."""

    cut: str = column(
        "What they are cut by.",
        isin=["all", "channel", "region", "department", "service class", "node"],
    )
    name: str = column("Which of it; empty for all.")
    item_locations: int = column("Item-locations that are replenished and sell.", ge=1)
    out_of_stock: int = column("Of these, out of stock.", ge=0)
    about_to_be_out: int = column("About to be before the goods of their next order.", ge=0)
    lost_margin: float = column(
        "Margin that these are expected to lose until goods come.", unit="currency", ge=0
    )
    stock_value: float = column("Units on hand at cost.", unit="currency", ge=0)


@view("units_by_state", key=("state",))
class UnitsByState(Table):
    """What the retailer has, by the state that it is in, as of the newest plan."""

    state: str = column(
        "State: available, reserved and damaged are on hand; proposed is our own, under way.",
        isin=["available", "reserved", "damaged", "in_transit", "on_order", "proposed"],
    )
    units: int = column("Units.", unit="units")
    value: float = column("The same at cost.", unit="currency")


@view("waiting_by_role", key=("role",))
class WaitingByRole(Table):
    """What waits for each role in the newest plan; what waits for two counts for both."""

    role: str = column("Role whose approval counts next.")
    actions: int = column("Actions that wait for it.", ge=1)
    value: float = column("What they are worth at cost.", unit="currency")
    benefit: float = column("What they are expected to gain.", unit="currency")
    urgent: int = column("Of these, with two days or fewer until a stock-out.", ge=0)
    currency: str = column_of(Proposals, "currency")


@view("automation_by_kind", key=("kind",))
class AutomationByKind(Table):
    """What policy and people made of the actions of the newest plan, by kind."""

    kind: str = column_of(Proposals, "kind")
    actions: int = column_of(AutomationRates, "actions")
    by_policy: int = column_of(AutomationRates, "by_policy")
    by_people: int = column_of(AutomationRates, "by_people")
    overridden: int = column_of(AutomationRates, "overridden")
    rejected: int = column_of(AutomationRates, "rejected")
    waiting: int = column_of(AutomationRates, "waiting")
    stopped: int = column_of(AutomationRates, "stopped")


@view("capital_by_week", key=("week",))
class CapitalByWeek(Table):
    """What stock and orders tie up by week ahead over all departments."""

    week: int = column_of(WorkingCapital, "week")
    ends_on: pl.Date = column_of(WorkingCapital, "ends_on")
    currency: str = column_of(WorkingCapital, "currency")
    stock_as_is: float = column_of(CapitalAhead, "stock_as_is")
    exposure_as_is: float = column_of(CapitalAhead, "exposure_as_is")
    stock_with_proposals: float = column_of(CapitalAhead, "stock_with_proposals")
    exposure_with_proposals: float = column_of(CapitalAhead, "exposure_with_proposals")


@view("plan_figures", key=("area", "figure", "name"))
class PlanFigures(Table):
    """What the newest plan comes to in money, service, stock and work, by which plans compare.

    What left earlier on its business date counts with it; of that no benefit is known.
    """

    area: str = column("What it is about.", isin=["money", "service", "stock", "work"])
    figure: str = column("What is counted or summed.")
    name: str = column("Of which kind, supplier or role; empty for all.")
    unit: str = column(
        "Unit of the value: currency stands for that of the items, empty for a count."
    )
    value: float = column("The figure; missing where it is not known.", nullable=True)


@view("plan_trend", key=("business_date",))
class PlanTrend(Table):
    """How the last eight weeks of plans went."""

    business_date: pl.Date = column("Business date.")
    out_share: float = column(
        "Share of item-locations that are out of stock.", nullable=True, ge=0, le=1
    )
    margin_a_day: float = column("Margin that these lose a day.", unit="currency", ge=0)
    stock_value: float = column("Units on hand at cost.", unit="currency", ge=0)
    money_at_risk: float = column(
        "Money that open exceptions put at risk; missing without any.",
        unit="currency",
        nullable=True,
    )
    actions: int = column("Actions that were proposed.", ge=0)
    automated_share: float = column_of(AutomationRates, "automated_share")
    failed_checks: int = column("Checks that failed.", nullable=True, ge=0)


@view("override_reasons", key=("business_date", "kind", "override_code", "currency"))
class OverrideReasons(Table):
    """What people put in place of what was proposed, by the reason that they named.

    Of what left with an earlier version of a plan it has the changes of quantity that name a
    reason, for the month that versions are kept.
    """

    business_date: pl.Date = column_of(Proposals, "business_date")
    kind: str = column_of(Proposals, "kind")
    override_code: str = column("Reason code of policy; empty where none was asked for.")
    actions: int = column("Actions that were changed.", ge=1)
    proposed: int = column("Units that were proposed.", unit="units", ge=1)
    instead: int = column("Units that people put in their place.", unit="units", ge=0)
    value_change: float = column("What the difference is worth.", unit="currency")
    currency: str = column_of(Proposals, "currency")


@view("implemented_lines", key=("business_date", "kind"))
class ImplementedLines(Table):
    """What became of the lines that left, by the documents that refer to them until now."""

    business_date: pl.Date = column_of(ExportLines, "business_date")
    kind: str = column_of(ExportLines, "kind")
    lines: int = column("Lines that left.", ge=1)
    units: int = column("Units of them.", unit="units", ge=1)
    answered: int = column("Lines that the ERP has answered.", ge=0)
    refused: int = column("Lines that it has rejected.", ge=0)
    cancelled: int = column("Lines called back that it has cancelled in full.", ge=0)
    shown_lines: int = column(
        "Lines to which an order or a transfer refers; of other kinds none does.", ge=0
    )
    shown_units: int = column("Units that these ordered or shipped.", unit="units", ge=0)


@view("line_outcomes", key=("idempotency_key",))
class LineOutcomes(NamedEnds):
    """Lines that left by every plan: what each promised, what documents show, and what it kept.

    What an allocation or a transfer kept is known once the goods of the next order were due; see
    `realised_benefits`, which sums it.
    """

    business_date: pl.Date = column_of(ExportLines, "business_date")
    batch: int = column_of(ExportLines, "batch")
    idempotency_key: str = column_of(ExportLines, "idempotency_key")
    erp_status: str = column_of(PlannedActions, "erp_status", nullable=False)
    erp_quantity: int = column_of(Acknowledgements, "quantity")
    promised_benefit: float = column(
        "Benefit that the plan stated; missing where its last version proposes it no more.",
        unit="currency",
        nullable=True,
    )
    shown_units: int = column(
        "Units that orders or transfers which refer to it ordered or shipped; missing without any.",
        unit="units",
        nullable=True,
        ge=0,
    )
    next_goods_on: pl.Date = column(
        "Day on which the goods of the next order were due; missing before it, and of other kinds.",
        nullable=True,
    )
    came_units: int = column(
        "Units that came, of a line that can be judged.", unit="units", nullable=True, ge=0
    )
    units_needed: int = column(
        "Of these, needed before the next goods.", unit="units", nullable=True, ge=0
    )
    promised: float = column(
        "Margin that the units that came were to keep.", unit="currency", nullable=True
    )
    given_up: float = column(
        "Margin that these units were to give up where they came from.",
        unit="currency",
        nullable=True,
    )
    trip_cost: float = column("What their trip was to cost.", unit="currency", nullable=True, ge=0)
    realised: float = column(
        "Margin of the units that were needed, less the keeping of the others; missing where that "
        "is not known.",
        unit="currency",
        nullable=True,
    )


@view("realised_benefits", key=("kind", "region", "category", "currency"))
class RealisedBenefits(Table):
    """What allocations and transfers kept of the margin that they promised, once that is known.

    Held against the same days without the units, all else as it was: they were needed as far as the
    least that was there, from the day they came until the goods of the next order were due, is
    below them; what was not needed costs its keeping until then. A line is judged whose arrival a
    transfer shows, with a stock record of that day, and that the date's last plan version has.
    """

    kind: str = column_of(ExportLines, "kind")
    region: str = column("Region of the node that receives.")
    category: str = column("Category of the item.")
    currency: str = column_of(ExportLines, "currency")
    lines: int = column("Lines that left, and whose next goods were due by now.", ge=1)
    judged: int = column("Of these, lines that can be judged; all that follows is theirs.", ge=0)
    units: int = column("Units that came.", unit="units", ge=0)
    units_needed: int = column("Of these, needed before the next goods.", unit="units", ge=0)
    promised: float = column("Margin that they were to keep.", unit="currency")
    given_up: float = column(
        "Margin that they were to give up where they came from.", unit="currency"
    )
    trip_cost: float = column("What their trips were to cost.", unit="currency", ge=0)
    realised: float = column(
        "Margin of the units that were needed, less the keeping of the others.", unit="currency"
    )
    realised_error: float = column(
        "Standard error of it, lines taken as independent of each other; 0 of one line.",
        unit="currency",
        ge=0,
    )


@view("open_exceptions", key=("exception_id",))
class OpenExceptions(Table):
    """What is wrong as of the newest plan and has not closed, with names."""

    business_date: pl.Date = column_of(Exceptions, "business_date")
    exception_id: str = column_of(Exceptions, "exception_id")
    kind: str = column_of(Exceptions, "kind")
    state: str = column_of(Exceptions, "state")
    words: str = column_of(Exceptions, "words")
    late_inputs: str = column_of(Exceptions, "late_inputs")
    first_seen_on: pl.Date = column_of(Exceptions, "first_seen_on")
    trend: str = column_of(Exceptions, "trend")
    region: str = column_of(Exceptions, "region")
    department: str = column_of(Exceptions, "department")
    category: str = column_of(Exceptions, "category")
    sku: str = column_of(Exceptions, "sku")
    item_name: str = column_of(NamedItems, "item_name", nullable=True)
    location: str = column_of(Exceptions, "location")
    location_name: str = column_of(NamedPlaces, "location_name", nullable=True)
    supplier: str = column_of(Exceptions, "supplier")
    supplier_name: str = column_of(Suppliers, "name", nullable=True)
    item_locations: int = column_of(Exceptions, "item_locations")
    units_at_risk: float = column_of(Exceptions, "units_at_risk")
    money_at_risk: float = column_of(Exceptions, "money_at_risk")
    case_id: str = column_of(
        Cases,
        "case_id",
        description="Case that answers it; missing where none does.",
        nullable=True,
    )


@view("cases_followed", key=("case_id",))
class CasesFollowed(Table):
    """Cases as of the newest plan: what each answers, whose turn it is and how far it has come."""

    business_date: pl.Date = column_of(Cases, "business_date")
    case_id: str = column_of(Cases, "case_id")
    exception_id: str = column_of(Cases, "exception_id")
    kind: str = column_of(Cases, "kind")
    state: str = column_of(Cases, "state")
    words: str = column_of(Cases, "words")
    playbook: str = column_of(Cases, "playbook")
    owner: str = column_of(Cases, "owner")
    in_charge: str = column_of(Cases, "in_charge")
    opened_on: pl.Date = column_of(Cases, "opened_on")
    due_on: pl.Date = column_of(Cases, "due_on")
    escalates_on: pl.Date = column_of(Cases, "escalates_on")
    escalates_to: str = column_of(Cases, "escalates_to")
    money_at_risk: float = column_of(Cases, "money_at_risk")
    actions: int = column_of(Cases, "actions")
    waiting: int = column_of(Cases, "waiting")
    by_itself: int = column_of(Cases, "by_itself")
    approved: int = column_of(Cases, "approved")
    rejected: int = column_of(Cases, "rejected")
    withdrawn: int = column_of(Cases, "withdrawn")
    exported: int = column_of(Cases, "exported")
    benefit_approved: float = column_of(Cases, "benefit_approved")
    benefit_waiting: float = column_of(Cases, "benefit_waiting")
    exposure_change: float = column_of(Cases, "exposure_change")
    outcome: str = column_of(Cases, "outcome")


@view("checks_made", key=("asset", "check"))
class ChecksMade(CheckOutcomes):
    """What every check of the newest plan found."""


@view("rows_waiting", key=("file_name", "row"))
class RowsWaiting(Table):
    """Landed rows that are set aside and still wait, as of the newest plan."""

    source: str = column_of(Quarantine, "source")
    business_date: pl.Date = column_of(Quarantine, "business_date")
    file_name: str = column_of(Quarantine, "file_name")
    row: int = column_of(Quarantine, "row")
    field: str = column_of(Quarantine, "field")
    reason: str = column_of(Quarantine, "reason")
    message: str = column_of(Quarantine, "message")
    known_on: pl.Date = column_of(Quarantine, "known_on")


@view("sources_landed", key=("source",))
class SourcesLanded(Table):
    """How far each landing source has come by the newest plan."""

    source: str = column_of(Files, "source")
    newest_file: pl.Date = column("Business date of its newest file that was taken.", nullable=True)
    days_behind: int = column(
        "Days between that and the business date of the plan.", unit="days", nullable=True, ge=0
    )
    files: int = column("Files taken.", ge=0)
    refused: int = column("Files refused.", ge=0)
    rows: int = column("Rows taken.", ge=0)
    waiting: int = column("Rows set aside that still wait.", ge=0)
