"""Supplier scorecards and the lead time of every pair."""

from forecasting.supply import lead_times as find_lead_times
from forecasting.supply import scorecard
from forecasting.supply import supplier_yields as find_yields
from inventory_assets.framework import Computed, Inputs, result_asset
from quality_checks.checks import PLANNED, judge_problems


@result_asset("supplier_scorecard", reads=["purchase_orders"])
def supplier_scorecard(inputs: Inputs) -> Computed:
    """OTIF, lead-time quantiles, probabilities of lateness and shortfall."""
    orders = inputs.known("purchase_orders")
    window = inputs.policy.scorecard_window_days
    return Computed(
        scorecard(orders, as_of=inputs.business_date, window_days=window).drop("business_date")
    )


@result_asset("supplier_yields", reads=["purchase_orders"])
def supplier_yields(inputs: Inputs) -> Computed:
    """What share of a line comes in the end, and how much that varies."""
    orders = inputs.known("purchase_orders")
    window = inputs.policy.scorecard_window_days
    return Computed(find_yields(orders, as_of=inputs.business_date, window_days=window))


@result_asset(
    "lead_times",
    reads=["supplier_scorecard", "item_suppliers", "lanes", "item_locations", "products"],
    checks=[PLANNED],
)
def lead_times(inputs: Inputs) -> Computed:
    """From where each pair is replenished, and how long that takes."""
    found, problems = find_lead_times(
        inputs.query("supply_paths"),
        inputs.read("supplier_scorecard"),
        inputs.query("supplier_terms"),
        inputs.known("lanes"),
        supplier_review_days=inputs.policy.supplier_review_days,
    )
    return Computed(found, [judge_problems(problems)])
