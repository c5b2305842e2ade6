"""Supplier scorecards and the lead time of every pair."""

from datetime import date

from forecasting.supply import lead_times as find_lead_times
from forecasting.supply import scorecard
from forecasting.supply import supplier_yields as find_yields
from inventory_assets.framework import Computed, Retailer, result_asset
from quality_checks.checks import PLANNED, judge_problems
from quality_checks.contracts import CONTRACTS


@result_asset("supplier_scorecard", deps=["purchase_orders", "suppliers"])
def supplier_scorecard(retailer: Retailer, business_date: date) -> Computed:
    """OTIF, lead-time quantiles, probabilities of lateness and shortfall."""
    orders = retailer.warehouse.known("purchase_orders", business_date)
    window = retailer.planning_policy.scorecard_window_days
    return Computed(
        scorecard(orders, as_of=business_date, window_days=window).drop("business_date")
    )


@result_asset("supplier_yields", deps=["purchase_orders"])
def supplier_yields(retailer: Retailer, business_date: date) -> Computed:
    """What share of a line comes in the end, and how much that varies."""
    orders = retailer.warehouse.known("purchase_orders", business_date)
    window = retailer.planning_policy.scorecard_window_days
    return Computed(find_yields(orders, as_of=business_date, window_days=window))


@result_asset(
    "lead_times",
    deps=["supplier_scorecard", "item_suppliers", "lanes", "item_locations", "products"],
    checks=[PLANNED],
)
def lead_times(retailer: Retailer, business_date: date) -> Computed:
    """From where each pair is replenished, and how long that takes."""
    warehouse = retailer.warehouse
    found, problems = find_lead_times(
        warehouse.query("supply_paths", business_date),
        warehouse.read(CONTRACTS["supplier_scorecard"], business_date),
        warehouse.query("supplier_terms", business_date),
        warehouse.known("lanes", business_date),
        supplier_review_days=retailer.planning_policy.supplier_review_days,
    )
    return Computed(found, [judge_problems(problems)])
