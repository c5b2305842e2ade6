"""What is where when the business date closes, and whether the books explain it."""

from governance.exchange import find_open_proposals
from inventory_assets.framework import Computed, Inputs, result_asset
from quality_checks.checks import (
    BALANCED,
    BOOKS_HOLD,
    STOCK_KNOWN,
    STOCK_YOUNG,
    judge_age,
    judge_balance,
    judge_position,
)


@result_asset(
    "position",
    reads=[
        "stock",
        "transfers",
        "in_transit",
        "purchase_orders",
        "item_locations",
        "locations",
        "acknowledgements",
        "plan_versions",
    ],
    earlier=["export_lines"],
    checks=[STOCK_KNOWN, STOCK_YOUNG],
)
def position(inputs: Inputs) -> Computed:
    """Stock records, goods on the way, and our own proposals that no document shows yet."""
    proposals = find_open_proposals(
        inputs.read_until("export_lines"),
        inputs.known("acknowledgements"),
        inputs.known("purchase_orders"),
        inputs.known("transfers"),
        business_date=inputs.business_date,
        plan_version=inputs.plan_version().plan_version,
    )
    frame = inputs.query("position", frames={"open_proposals": proposals})
    newest = inputs.newest_files()
    late_after = inputs.policy.late_after_days
    return Computed(
        frame, [*judge_position(frame), *judge_age(newest, inputs.business_date, late_after)]
    )


@result_asset(
    "book_balance",
    reads=[
        "stock",
        "pos_sales",
        "returns",
        "receipts",
        "transfers",
        "adjustments",
        "products",
        "locations",
        "trading_days",
    ],
    checks=[BALANCED, BOOKS_HOLD],
)
def book_balance(inputs: Inputs) -> Computed:
    """Yesterday's stock, today's movements, today's stock."""
    frame = inputs.query("book_balance")
    return Computed(frame, judge_balance(frame))
