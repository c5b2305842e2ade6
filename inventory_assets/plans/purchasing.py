"""What to order from suppliers."""

from datetime import date, timedelta

from inventory_assets.framework import Computed, Retailer, result_asset, table
from optimization.feasibility import purchase_problems
from optimization.levels import echelon_windows
from optimization.purchasing import plan_purchases, purchase_items
from quality_checks.checks import FEASIBLE, judge_feasibility
from quality_checks.contracts import CONTRACTS

_SKIPPED_SHOWN = 20


@result_asset(
    "purchase_plan",
    deps=["targets", "forecast", "launch_forecast", "position", "lead_times", "item_suppliers"],
    checks=[FEASIBLE],
)
def purchase_plan(retailer: Retailer, business_date: date) -> Computed:
    """Orders for nodes whose echelon is below its level, in minimums and multiples."""
    warehouse = retailer.warehouse
    items = purchase_items(
        echelon_windows(
            retailer.planning_pairs(business_date),
            retailer.planning_forecast(business_date),
            first_day=business_date + timedelta(days=1),
        ),
        warehouse.read(CONTRACTS["targets"], business_date),
        warehouse.query("purchase_terms", business_date),
    )
    plan = plan_purchases(items, retailer.planning_policy.economics, as_of=business_date)
    violations = purchase_problems(plan.lines, items, as_of=business_date)
    return Computed(
        plan.lines,
        [judge_feasibility(violations)],
        {"not ordered": table(plan.left_out, _SKIPPED_SHOWN)},
    )
