"""What departments may order from suppliers in a month, and what is left of it."""

from governance.exchange import list_proposed_orders
from inventory_assets.framework import Computed, Inputs, result_asset
from inventory_assets.inventory import OPEN_PROPOSALS_FROM
from inventory_assets.plans import read_exported_orders
from optimization.purchasing import list_budgets
from quality_checks.checks import BUDGETS_KEPT, judge_budgets


@result_asset(
    "budget_use",
    reads=["proposals", "routed", "products", *OPEN_PROPOSALS_FROM],
    earlier=["export_lines", "cancel_lines"],
    checks=[BUDGETS_KEPT],
)
def budget_use(inputs: Inputs) -> Computed:
    """Budgets of departments beside orders of the month and tonight's; empty without budgets."""
    frames = {
        "budgets": list_budgets(inputs.policy.purchasing),
        "exported": read_exported_orders(inputs),
        "proposed": list_proposed_orders(inputs.read("proposals"), inputs.read("routed")),
    }
    frame = inputs.query("budget_use", frames=frames)
    return Computed(frame, [judge_budgets(frame)])
