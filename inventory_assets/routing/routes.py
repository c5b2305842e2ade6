"""What policy and people make of the actions of a plan."""

import polars as pl

from governance import (
    Decision,
    DecisionConflictError,
    Desk,
    Store,
    find_faults,
    find_problems,
)
from inventory_assets.framework import Computed, Inputs, result_asset, show_rows
from quality_checks.checks import (
    DECISIONS_COUNT,
    ROUTED_ONCE,
    judge_decisions,
    judge_routing,
)


@result_asset(
    "routed",
    reads=["proposals", "decisions"],
    earlier=["export_lines"],
    checks=[ROUTED_ONCE, DECISIONS_COUNT],
)
def routed(inputs: Inputs) -> Computed:
    """Policy first, then the decisions of people, those that came as a file included."""
    business_date, store = inputs.business_date, inputs.store
    landed = inputs.known("decisions")
    conflicts = _record(store, landed)
    faults = find_faults(landed, inputs.query("decided_actions"))
    refused = pl.concat([faults, conflicts]).unique("decision_id", keep="first").sort("decision_id")
    proposed = inputs.read("proposals")
    exported = inputs.read_until("export_lines")
    frame = Desk(business_date, proposed, exported, inputs.action_policy, store).route()
    by_route = frame.group_by("route", "status", "rule").agg(pl.len().alias("actions"))
    return Computed(
        frame,
        [judge_routing(proposed, frame), judge_decisions(refused)],
        {"by route": show_rows(by_route.sort("route", "status", "rule"), len(by_route))},
    )


def _record(store: Store, landed: pl.DataFrame) -> pl.DataFrame:
    """Record landed decisions, and return those that contradict one recorded before."""
    broken = find_problems(landed)
    conflicts = []
    usable = landed.join(broken, on="decision_id", how="anti", maintain_order="left")
    for row in usable.iter_rows(named=True):
        try:
            store.record_decision(Decision(**row), at=row["decided_at"])
        except DecisionConflictError as error:
            conflicts.append((row["decision_id"], row["action_id"], str(error)))
    return pl.DataFrame(conflicts, schema=broken.schema, orient="row")
