"""What suppliers can deliver, beside what they are asked for."""

from inventory_assets.framework import Computed, Inputs, result_asset
from quality_checks.checks import WITHIN_CAPACITY, judge_capacity


@result_asset(
    "capacity_use",
    reads=["supplier_capacity", "receipts_ahead", "purchase_plan", "products"],
    checks=[WITHIN_CAPACITY],
)
def capacity_use(inputs: Inputs) -> Computed:
    """Open orders and tonight's by week against the capacity that suppliers state."""
    frame = inputs.query("capacity_use")
    return Computed(frame, [judge_capacity(frame)])
