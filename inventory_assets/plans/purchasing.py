"""What to order from suppliers."""

from datetime import timedelta

from inventory_assets.framework import Computed, Inputs, result_asset, table
from inventory_assets.plans.pairs import read_forecast, read_pairs
from optimization.feasibility import purchase_problems
from optimization.levels import echelon_windows
from optimization.purchasing import plan_purchases, purchase_items
from quality_checks.checks import FEASIBLE, judge_feasibility

_SKIPPED_SHOWN = 20


@result_asset(
    "purchase_plan",
    reads=[
        "planning_pairs",
        "targets",
        "forecast",
        "launch_forecast",
        "lead_times",
        "item_suppliers",
    ],
    checks=[FEASIBLE],
)
def purchase_plan(inputs: Inputs) -> Computed:
    """Orders for nodes whose echelon is below its level, in minimums and multiples."""
    items = purchase_items(
        echelon_windows(
            read_pairs(inputs),
            read_forecast(inputs),
            first_day=inputs.business_date + timedelta(days=1),
        ),
        inputs.read("targets"),
        inputs.query("purchase_terms"),
    )
    plan = plan_purchases(items, inputs.policy.economics, as_of=inputs.business_date)
    violations = purchase_problems(plan.lines, items, as_of=inputs.business_date)
    return Computed(
        plan.lines,
        [judge_feasibility(violations)],
        {"not ordered": table(plan.left_out, _SKIPPED_SHOWN)},
    )
