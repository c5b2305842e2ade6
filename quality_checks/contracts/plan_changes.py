"""What is kept of each version of a plan, and how it differs from the plan before it."""

import polars as pl

from quality_checks.contracts.actions import Proposals, Routed
from quality_checks.contracts.base import Table, column, column_of, result
from quality_checks.contracts.plans import PlanningPairs, Targets
from quality_checks.contracts.vocabulary import KIND_NAMES

CHANGES = ["new", "gone", "larger", "smaller", "decided"]
"""What may happen to a line between two plans; `decided` is the same quantity at another status."""

CHANGE_CAUSES = [
    "demand",
    "model",
    "stock",
    "on_its_way",
    "lead_time",
    "price",
    "policy",
    "code",
    "sender",
    "limits",
    "range",
    "orders",
    "decision",
    "route",
]
"""Why a line differs from that of the plan before."""

_MONTH = 31


@result("plan_lines", "reporting", key=("plan_version", "action_id"), retain=_MONTH)
class PlanLines(Table):
    """The actions of every version of a business date's plan, for a month.

    What the other tables hold of a business date is that of its version in force.
    """

    business_date: pl.Date = column("Business date.")
    plan_version: int = column("Version of the plan.", ge=1)
    action_id: str = column("Action.")
    kind: str = column_of(Proposals, "kind")
    sku: str = column_of(Proposals, "sku")
    partner: str = column(
        "Node or supplier that the units come from; empty where they come from nowhere."
    )
    destination: str = column_of(Proposals, "destination")
    region: str = column_of(Proposals, "region")
    category: str = column_of(Proposals, "category")
    quantity: int = column_of(Proposals, "quantity")
    value: float = column_of(Proposals, "value")
    currency: str = column_of(Proposals, "currency")
    status: str = column_of(Routed, "status")
    approved_quantity: int = column_of(Routed, "approved_quantity")
    decided_by: str = column_of(Routed, "decided_by")


@result("plan_terms", "reporting", key=("plan_version", "sku", "location"), retain=2)
class PlanTerms(Table):
    """What the need of each item-location is made of, in the two newest versions of a plan.

    The need of a pair, or of its echelon where a supplier feeds it, is its order-up-to level less
    what is there and what is on its way.
    """

    business_date: pl.Date = column("Business date.")
    plan_version: int = column("Version of the plan.", ge=1)
    sku: str = column("Item.")
    location: str = column("Node.")
    order_up_to: int = column_of(Targets, "order_up_to")
    daily_demand: float = column(
        "Expected demand a day over the protection interval; missing where that is empty.",
        unit="units",
        nullable=True,
        ge=0,
    )
    protection_days: float = column_of(Targets, "protection_days")
    underage_cost: float = column_of(Targets, "underage_cost")
    overage_cost: float = column_of(Targets, "overage_cost")
    there: int = column(
        "Units available, of the echelon where the level is one; missing where unknown.",
        unit="units",
        nullable=True,
    )
    on_its_way: int = column(
        "Units of the position that are not there yet; missing where the stock is unknown.",
        unit="units",
        nullable=True,
    )
    own_available: int = column_of(PlanningPairs, "available")


@result(
    "plan_changes",
    "reporting",
    key=("plan_version", "kind", "sku", "partner", "destination"),
    retain=_MONTH,
)
class PlanChanges(Table):
    """Lines of a plan that differ from the plan before it, and why.

    The plan before is the version before of the business date, and of a first version the plan in
    force of the business date before that has one. What a line is smaller or larger is split by
    cause: quantity - quantity_before = from_demand + from_lead_time + from_costs + from_stock +
    from_on_its_way + from_limits.
    """

    business_date: pl.Date = column("Business date.")
    plan_version: int = column("Version of the plan.", ge=1)
    before_date: pl.Date = column("Business date of the plan before.")
    before_version: int = column("Version of the plan before.", ge=1)
    kind: str = column("Kind of action.", in_vocabulary=KIND_NAMES)
    sku: str = column("Item.")
    partner: str = column_of(PlanLines, "partner")
    destination: str = column_of(PlanLines, "destination")
    region: str = column_of(PlanLines, "region")
    category: str = column_of(PlanLines, "category")
    change: str = column("What happened to it.", isin=CHANGES)
    quantity_before: int = column("Units before; 0 where it is new.", unit="units", ge=0)
    quantity: int = column("Units now; 0 where it is gone.", unit="units", ge=0)
    value_before: float = column("Value before.", unit="currency", ge=0)
    value: float = column("Value now.", unit="currency", ge=0)
    currency: str = column_of(PlanLines, "currency")
    status_before: str = column_of(PlanLines, "status", nullable=True)
    status: str = column_of(PlanLines, "status", nullable=True)
    from_demand: float = column("Units that expected demand makes it larger.", unit="units")
    from_lead_time: float = column(
        "Units that more days until the next goods make it larger.", unit="units"
    )
    from_costs: float = column(
        "Units that the rest of the level makes it larger: what a unit earns and costs, the "
        "service asked for, how sure demand is.",
        unit="units",
    )
    from_stock: float = column("Units that less stock makes it larger.", unit="units")
    from_on_its_way: float = column("Units that less on its way makes it larger.", unit="units")
    from_limits: float = column(
        "Units that senders, limits and other needs leave it more.", unit="units"
    )
    cause: str = column("What most of the change comes from.", isin=CHANGE_CAUSES)
    words: str = column("The change in plain words.")
