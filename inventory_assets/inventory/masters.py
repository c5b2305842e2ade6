"""Master data held against each other and against what happened."""

from inventory_assets.framework import Computed, Inputs, result_asset
from quality_checks.checks import MASTERS_AGREE, judge_masters


@result_asset(
    "dates_in_force",
    reads=[
        "locations",
        "products",
        "suppliers",
        "item_suppliers",
        "item_locations",
        "prices",
        "promotions",
        "shipping_rates",
        "events",
        "pos_sales",
        "trading_days",
        "demand_history",
    ],
    earlier=["trading_days", "demand_history"],
    checks=[MASTERS_AGREE],
)
def dates_in_force(inputs: Inputs) -> Computed:
    """Dates of openings, launches and ends that plans go by where those stated cannot be."""
    frame = inputs.query("dates_in_force")
    return Computed(frame, judge_masters(frame, inputs.query("contradicting_masters")))
