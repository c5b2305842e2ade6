"""Plans as actions, and what policy and people make of them."""

from datetime import timedelta

import dagster as dg
import polars as pl

from governance import (
    EVER,
    ActionContext,
    Decision,
    DecisionConflictError,
    Store,
    find_problems,
    propose_actions,
    route_actions,
)
from governance.exchange import sum_earlier_spend
from governance.kinds import KINDS
from inventory_assets.framework import Computed, Inputs, result_asset, show_rows
from quality_checks.checks import (
    DAILY_SOURCES,
    DECISIONS_COUNT,
    ROUTED_ONCE,
    judge_decisions,
    judge_routing,
)
from quality_checks.contracts import find_contract


def _context(inputs: Inputs) -> ActionContext:
    business_date, policy = inputs.business_date, inputs.policy
    version = inputs.plan_version()
    products = inputs.known("products")
    age = {
        source: (business_date - newest).days
        for source, newest in inputs.newest_files().items()
        if source in DAILY_SOURCES
    }
    position = inputs.read("position")
    stocked = position.filter(pl.col("on_hand").is_not_null())
    unsure = inputs.query("unsure_stock", frames={"stocked": position})
    return ActionContext(
        business_date=business_date,
        plan_version=version.plan_version,
        currency=_currency(products),
        items=products,
        lanes=inputs.known("lanes"),
        cautions=_cautions(inputs),
        stock_ages=stocked.select("sku", "location", age_days="record_age_days"),
        record_doubts=inputs.query("record_doubts", frames={"unsure": unsure}),
        stock_late_after_days=policy.late_after_days["stock"],
        late_inputs=policy.late(age),
        assumed_inputs=inputs.known("assumptions")["source"].unique().to_list(),
        model_version=f"{version.model_version}-{version.code_version[:12]}",
        policy_version=version.policy_hash,
        input_version=version.input_hash,
    )


def _cautions(inputs: Inputs) -> pl.DataFrame:
    """sku, location, cautions: of the level and of the price of a pair, where there are any."""
    both = [
        inputs.read(table).select("sku", "location", "cautions")
        for table in ("targets", "sale_values")
    ]
    return (
        pl.concat(both)
        .filter(pl.col("cautions") != "")
        .group_by("sku", "location", maintain_order=True)
        .agg(pl.col("cautions").str.join(";"))
        .sort("sku", "location")
    )


def _currency(products: pl.DataFrame) -> str:
    """The one currency of all items: amounts of several cannot be weighed against each other."""
    currencies = products["currency"].unique().sort().to_list()
    if len(currencies) != 1:
        raise dg.Failure(f"products come in {len(currencies)} currencies {currencies}; send one")
    return str(currencies[0])


_PLANS = {
    kind.name: find_contract(kind.plan.table) for kind in KINDS.values() if kind.plan is not None
}
"""Kind of action -> the table of its plan."""


@result_asset(
    "proposals",
    reads=[
        "targets",
        "sale_values",
        *(plan.name for plan in _PLANS.values()),
        "plan_versions",
        "assumptions",
        "products",
        "lanes",
        "position",
        "unconstrained",
        "book_balance",
    ],
    earlier=["quarantine"],
    by_item=True,
)
def proposals(inputs: Inputs) -> Computed:
    """Every plan line as an action, with its terms, reasons and the versions behind it."""
    context = _context(inputs)
    frame = pl.concat(
        [propose_actions(kind, inputs.read(plan.name), context) for kind, plan in _PLANS.items()]
    )
    by_kind = frame.group_by("kind").agg(
        pl.len().alias("actions"), pl.col("quantity", "value", "benefit").sum().round(2)
    )
    return Computed(frame, metadata={"by kind": show_rows(by_kind.sort("kind"), len(by_kind))})


@result_asset(
    "routed",
    reads=["proposals", "decisions", "plan_versions"],
    earlier=["export_lines"],
    checks=[ROUTED_ONCE, DECISIONS_COUNT],
)
def routed(inputs: Inputs) -> Computed:
    """Policy first, then the decisions of people, those that came as a file included."""
    business_date, store = inputs.business_date, inputs.store
    landed = inputs.known("decisions")
    refused = _record(store, landed)
    proposed = inputs.read("proposals")
    version = inputs.plan_version().plan_version
    spent = sum_earlier_spend(inputs.read_until("export_lines"), business_date, version)
    frame = route_actions(
        proposed,
        inputs.action_policy,
        store.decisions(EVER),
        store.automation(),
        # Actions of a business date go out the day after: an override must hold then.
        on=business_date + timedelta(days=1),
        budget_spent=spent,
    )
    by_route = frame.group_by("route", "status", "rule").agg(pl.len().alias("actions"))
    return Computed(
        frame,
        [judge_routing(proposed, frame), judge_decisions(refused)],
        {"by route": show_rows(by_route.sort("route", "status", "rule"), len(by_route))},
    )


def _record(store: Store, landed: pl.DataFrame) -> pl.DataFrame:
    """Record landed decisions, and return those that cannot count, each with its problem."""
    refused = find_problems(landed)
    conflicts = []
    usable = landed.join(refused, on="decision_id", how="anti", maintain_order="left")
    for row in usable.iter_rows(named=True):
        try:
            store.record_decision(Decision(**row), at=row["decided_at"])
        except DecisionConflictError as error:
            conflicts.append((row["decision_id"], row["action_id"], str(error)))
    return pl.concat([refused, pl.DataFrame(conflicts, schema=refused.schema, orient="row")])
