"""What a buyer puts before each supplier, and the order lines behind it."""

from forecasting.supply import measure_suppliers
from inventory_assets.framework import Computed, Inputs, result_asset
from quality_checks.checks import (
    FIGURES_RECOMPUTE,
    RETURNS_TRACED,
    judge_figures,
    judge_returns,
)


@result_asset(
    "scorecard_lines",
    reads=["purchase_orders", "order_acknowledgements", "receipts", "supplier_returns", "products"],
    checks=[RETURNS_TRACED],
    by_item=True,
)
def scorecard_lines(inputs: Inputs) -> Computed:
    """Order lines whose delivery window has closed, with what came of each."""
    rules = inputs.policy.scorecard
    frame = inputs.query(
        "scorecard_lines",
        window_days=inputs.policy.scorecard_window_days,
        days_early=rules.days_early,
        days_late=rules.days_late,
        trend_days=rules.trend_days,
        return_days=rules.return_days,
    )
    return Computed(frame, [judge_returns(inputs.query("untraced_returns"))])


@result_asset("scorecard_figures", reads=["scorecard_lines"], checks=[FIGURES_RECOMPUTE])
def scorecard_figures(inputs: Inputs) -> Computed:
    """The figures of every supplier, added up from its lines, with trend and peers."""
    rules = inputs.policy.scorecard
    frame = measure_suppliers(
        inputs.read("scorecard_lines"),
        least_lines=rules.least_lines,
        least_orders=rules.least_orders,
    )
    return Computed(frame, [judge_figures(frame, inputs.query("recomputed_figures"))])
