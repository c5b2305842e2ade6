"""What is where when the business date closes, and whether the books explain it."""

from datetime import date

from governance.exchange import open_proposals
from inventory_assets.framework import Computed, Retailer, result_asset
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
    deps=[
        "stock",
        "transfers",
        "in_transit",
        "purchase_orders",
        "item_locations",
        "acknowledgements",
        "plan_versions",
    ],
    checks=[STOCK_KNOWN, STOCK_YOUNG],
)
def position(retailer: Retailer, business_date: date) -> Computed:
    """Stock records, goods on the way, and our own proposals that no document shows yet."""
    warehouse = retailer.warehouse
    proposals = open_proposals(
        warehouse.exported(business_date),
        warehouse.known("acknowledgements", business_date),
        warehouse.known("purchase_orders", business_date),
        warehouse.known("transfers", business_date),
        business_date=business_date,
        plan_version=retailer.plan_version(business_date).plan_version,
    )
    frame = warehouse.query("position", business_date, frames={"open_proposals": proposals})
    newest = warehouse.newest_files(business_date)
    late_after = retailer.planning_policy.late_after_days
    return Computed(frame, [*judge_position(frame), *judge_age(newest, business_date, late_after)])


@result_asset(
    "book_balance",
    deps=[
        "stock",
        "pos_sales",
        "returns",
        "receipts",
        "transfers",
        "adjustments",
        "products",
        "trading_days",
    ],
    checks=[BALANCED, BOOKS_HOLD],
)
def book_balance(retailer: Retailer, business_date: date) -> Computed:
    """Yesterday's stock, today's movements, today's stock."""
    frame = retailer.warehouse.query("book_balance", business_date)
    return Computed(frame, judge_balance(frame))
