"""What to order from suppliers."""

from inventory_assets.framework import Computed, Inputs, result_asset, show_rows
from inventory_assets.plans.pairs import read_forecast, read_pairs
from optimization.feasibility import find_purchase_problems
from optimization.night import gather_purchase_inputs, purchase_stock
from quality_checks.checks import FEASIBLE, judge_feasibility

_SKIPPED_SHOWN = 20


@result_asset(
    "purchase_plan",
    reads=[
        "planning_pairs",
        "targets",
        "forecast",
        "launch_forecast",
        "season_factors",
        "lead_times",
        "item_suppliers",
    ],
    checks=[FEASIBLE],
)
def purchase_plan(inputs: Inputs) -> Computed:
    """Orders for nodes whose echelon is below its level, in minimums and multiples."""
    items = gather_purchase_inputs(
        read_pairs(inputs),
        read_forecast(inputs),
        inputs.read("targets"),
        inputs.query("purchase_terms"),
        business_date=inputs.business_date,
        seasons=inputs.read("season_factors"),
    )
    plan = purchase_stock(items, inputs.policy, business_date=inputs.business_date)
    violations = find_purchase_problems(plan.lines, items, as_of=inputs.business_date)
    return Computed(
        plan.lines,
        [judge_feasibility(violations)],
        {"not ordered": show_rows(plan.left_out, _SKIPPED_SHOWN)},
    )
