"""What to order from suppliers."""

from inventory_assets.framework import Computed, Inputs, result_assets, show_rows, tabulate_reasons
from inventory_assets.plans.pairs import read_forecast, read_pairs
from optimization.feasibility import find_purchase_problems
from optimization.night import gather_purchase_inputs, purchase_stock
from quality_checks.checks import FEASIBLE, judge_feasibility

_SKIPPED_SHOWN = 20


@result_assets(
    {"purchase_plan": [FEASIBLE], "unordered": ()},
    reads=[
        "planning_pairs",
        "targets",
        "forecast",
        "launch_forecast",
        "lead_times",
        "item_suppliers",
    ],
)
def purchase_plan(inputs: Inputs) -> list[Computed]:
    """Orders for nodes whose echelon is below its level, in minimums and multiples."""
    items = gather_purchase_inputs(
        read_pairs(inputs),
        read_forecast(inputs),
        inputs.read("targets"),
        inputs.query("purchase_terms"),
        business_date=inputs.business_date,
    )
    plan = purchase_stock(items, inputs.policy, business_date=inputs.business_date)
    violations = find_purchase_problems(plan.lines, items, as_of=inputs.business_date)
    lines = Computed(
        plan.lines,
        [judge_feasibility(violations)],
        {"not ordered": show_rows(plan.left_out, _SKIPPED_SHOWN)},
    )
    unordered = plan.left_out.select("sku", location="destination", reason="problem")
    return [
        lines,
        Computed(unordered, metadata={"why": show_rows(tabulate_reasons(unordered), 20)}),
    ]
