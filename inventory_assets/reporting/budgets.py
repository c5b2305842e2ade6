"""What departments may order from suppliers in a month, and what is left of it."""

import polars as pl

from governance.exchange import list_supplier_actions
from inventory_assets.framework import Computed, Inputs, result_asset
from inventory_assets.inventory import OPEN_PROPOSALS_FROM
from inventory_assets.plans import read_exported_orders
from optimization.purchasing import list_budgets
from quality_checks.checks import BUDGETS_KEPT, judge_budgets


@result_asset(
    "budget_use",
    reads=["proposals", "routed", "products", *OPEN_PROPOSALS_FROM],
    earlier=["export_lines"],
    checks=[BUDGETS_KEPT],
)
def budget_use(inputs: Inputs) -> Computed:
    """Budgets of departments beside orders of the month and tonight's; empty without budgets."""
    actions = list_supplier_actions(inputs.read("proposals"), inputs.read("routed"))
    orders = actions.filter(pl.col("po").is_null())
    frames = {
        "budgets": list_budgets(inputs.policy.purchasing),
        "exported": read_exported_orders(inputs),
        "proposed": orders.select("sku", value=pl.col("units") * pl.col("unit_price")),
    }
    frame = inputs.query("budget_use", frames=frames)
    return Computed(frame, [judge_budgets(frame)])
