"""What policy and people make of the actions of a plan."""

import polars as pl

from governance import Desk, Terms, record_landed_decisions
from inventory_assets.framework import Computed, Inputs, result_asset, show_rows
from inventory_assets.pictures import tabulate_routes
from quality_checks.checks import (
    DECISIONS_COUNT,
    ONE_OPTION,
    ROUTED_ONCE,
    judge_choices,
    judge_decisions,
    judge_routing,
)

_TERMS_FROM = [
    *("lead_times", "other_lead_times", "item_suppliers", "suppliers", "price_breaks"),
    *("markdown_options", "markdown_plan"),
]
"""What tells who else sells what is ordered, and which prices policy allows."""


@result_asset(
    "routed",
    reads=[
        *("proposals", "decisions", "case_actions", "lanes", "locations", "products"),
        *_TERMS_FROM,
    ],
    earlier=["export_lines", "files", "plan_lines", "items_set_aside"],
    checks=[ROUTED_ONCE, DECISIONS_COUNT, ONE_OPTION],
)
def routed(inputs: Inputs) -> Computed:
    """Policy first, then the decisions of people, those that came as a file included."""
    business_date, store = inputs.business_date, inputs.store

    def find_terms() -> Terms:
        return Terms.read(inputs.query)

    refused = record_landed_decisions(
        store,
        inputs.known("decisions"),
        inputs.query("decided_actions"),
        codes=inputs.action_policy.reason_codes,
        lanes=inputs.known("lanes"),
        find_terms=find_terms,
    )
    shown = inputs.query("refused_decisions", frames={"refused": refused})
    proposed = inputs.read("proposals")
    exported = inputs.read_until("export_lines")
    linked = inputs.read("case_actions")
    lines = inputs.read_until("plan_lines").filter(pl.col("business_date") == business_date)
    policy = inputs.action_policy
    desk = Desk(
        business_date,
        proposed,
        exported,
        policy,
        store,
        linked,
        plan_lines=lines,
        find_terms=find_terms,
    )
    frame = desk.route()
    by_route = tabulate_routes(frame)
    return Computed(
        frame,
        [
            judge_routing(proposed, frame),
            judge_decisions(shown),
            judge_choices(desk.select_choices(), frame),
        ],
        {"by route": show_rows(by_route, len(by_route))},
    )
