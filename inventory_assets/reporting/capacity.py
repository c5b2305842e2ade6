"""What suppliers can deliver, beside what they are asked for."""

from inventory_assets.framework import Computed, Inputs, result_asset
from inventory_assets.inventory import PENDING_MOVES_FROM, read_pending_moves
from quality_checks.checks import WITHIN_CAPACITY, judge_capacity


@result_asset(
    "capacity_use",
    reads=[
        "supplier_capacity",
        "receipts_ahead",
        "purchase_plan",
        "products",
        *PENDING_MOVES_FROM,
    ],
    earlier=["export_lines", "cancel_lines"],
    checks=[WITHIN_CAPACITY],
)
def capacity_use(inputs: Inputs) -> Computed:
    """Open orders and tonight's by week against the capacity that suppliers state."""
    frame = inputs.query("capacity_use", frames={"pending_moves": read_pending_moves(inputs)})
    return Computed(frame, [judge_capacity(frame)])
