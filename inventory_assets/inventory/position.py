"""What is where when the business date closes, what is coming, and whether the books explain it."""

import polars as pl

from forecasting.supply import predict_receipts
from governance.exchange import list_open_proposals, sum_open_units
from inventory_assets.framework import Computed, Inputs, result_asset
from quality_checks.checks import (
    BALANCED,
    BOOKS_HOLD,
    DOCUMENTS_AGREE,
    STILL_COMING,
    STOCK_KNOWN,
    STOCK_YOUNG,
    judge_age,
    judge_balance,
    judge_position,
    judge_receipts,
)

_OPEN_PROPOSALS_FROM = ["purchase_orders", "transfers", "acknowledgements", "plan_versions"]


@result_asset(
    "receipts_ahead",
    reads=["in_transit", "receipts", "locations", *_OPEN_PROPOSALS_FROM],
    earlier=["export_lines"],
    checks=[STILL_COMING, DOCUMENTS_AGREE],
)
def receipts_ahead(inputs: Inputs) -> Computed:
    """Every open document line with the day it is expected on, and how surely."""
    reach = inputs.policy.scorecard_window_days
    documents = inputs.query("open_documents", frames={"open_proposals": _open_proposals(inputs)})
    frame = predict_receipts(
        documents,
        inputs.query("delivery_record", window_days=reach),
        as_of=inputs.business_date,
        longest_days=reach,
    )
    contradicting = inputs.query("contradicting_documents", window_days=reach)
    return Computed(frame, judge_receipts(frame, contradicting))


@result_asset(
    "position",
    reads=["stock", "item_locations", "locations", "receipts_ahead", *_OPEN_PROPOSALS_FROM],
    earlier=["export_lines"],
    checks=[STOCK_KNOWN, STOCK_YOUNG],
)
def position(inputs: Inputs) -> Computed:
    """Stock records, goods on the way, and our own proposals that no document shows yet."""
    proposals = sum_open_units(_open_proposals(inputs))
    frame = inputs.query("position", frames={"open_proposals": proposals})
    newest = inputs.newest_files()
    late_after = inputs.policy.late_after_days
    return Computed(
        frame, [*judge_position(frame), *judge_age(newest, inputs.business_date, late_after)]
    )


def _open_proposals(inputs: Inputs) -> pl.DataFrame:
    """Lines that we exported and no document of the ERP shows."""
    return list_open_proposals(
        inputs.read_until("export_lines"),
        inputs.known("acknowledgements"),
        inputs.known("purchase_orders"),
        inputs.known("transfers"),
        business_date=inputs.business_date,
        plan_version=inputs.plan_version().plan_version,
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
