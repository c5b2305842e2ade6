"""What is where when the business date closes, what is coming, and whether the books explain it."""

import polars as pl

from forecasting.night import find_yields
from forecasting.supply import predict_receipts
from governance.exchange import list_addressees, select_open_cancels, sum_open_units
from inventory_assets.framework import Computed, Inputs, result_asset
from inventory_assets.inventory.documents import (
    OPEN_DOCUMENTS_FROM,
    read_open_documents,
    read_open_proposals,
)
from quality_checks.checks import (
    ALL_PLANNED,
    ANSWERS_KNOWN,
    BALANCED,
    BOOKS_HOLD,
    CANCELS_ACCEPTED,
    DOCUMENTS_AGREE,
    LINES_ANSWERED,
    MOVES_BOOKED,
    ORDERS_ACCEPTED,
    PAIRS_PLANNED,
    STILL_COMING,
    STOCK_KNOWN,
    STOCK_SURE,
    STOCK_YOUNG,
    SUPPLIERS_UNDISTURBED,
    Outcome,
    find_unbalanced,
    judge_answers_known,
    judge_balance,
    judge_cancels,
    judge_feeds,
    judge_position,
    judge_receipts,
    judge_refusals,
    judge_troubles,
    judge_unanswered,
    judge_unbalanced,
    sum_books,
)

_MOVES = ["stock", "pos_sales", "returns", "receipts", "transfers", "adjustments"]
"""The stock record, and what changes it."""

_NEVER_DAYS = 36_500
"""An age that no feed reaches, for sources of which policy says nothing."""


@result_asset(
    "receipts_ahead",
    reads=[
        *OPEN_DOCUMENTS_FROM,
        "item_suppliers",
        "suppliers",
        "supplier_events",
        "line_delays",
    ],
    earlier=["export_lines", "cancel_lines"],
    checks=[
        STILL_COMING,
        DOCUMENTS_AGREE,
        ANSWERS_KNOWN,
        LINES_ANSWERED,
        CANCELS_ACCEPTED,
        ORDERS_ACCEPTED,
        SUPPLIERS_UNDISTURBED,
    ],
    by_item=True,
)
def receipts_ahead(inputs: Inputs) -> Computed:
    """Every open document line with the day it is expected on, and how surely."""
    reach = inputs.policy.scorecard_window_days
    documents = read_open_documents(inputs)
    # What suppliers leave short is theirs, also of an item that is set aside.
    lines = inputs.of_all().query("order_lines_as_confirmed")
    frame = predict_receipts(
        documents,
        inputs.query("delivery_record", window_days=reach),
        inputs.query("supplier_closures"),
        inputs.read("line_delays"),
        find_yields(lines, as_of=inputs.business_date, window_days=reach),
        as_of=inputs.business_date,
        longest_days=reach,
    )
    contradicting = inputs.query("contradicting_documents", window_days=reach)
    refused = judge_refusals(inputs.query("refused_lines"))
    troubles = judge_troubles(inputs.query("troubled_suppliers", frames={"receipts": frame}))
    answers = _judge_answers(inputs.of_all())
    return Computed(frame, [*judge_receipts(frame, contradicting), *answers, refused, troubles])


def _judge_answers(inputs: Inputs) -> list[Outcome]:
    """What the ERP says to what was handed to it, of items that are set aside, too."""
    answers = inputs.known("acknowledgements")
    cancels = inputs.read_until("cancel_lines")
    day, days = inputs.business_date, inputs.policy.erp_exchange.answer_days
    asked = select_open_cancels(cancels, answers, day)
    systems = list_addressees(inputs.policy.erp_exchange.addressees)
    return [
        judge_answers_known(answers, inputs.read_until("export_lines"), cancels, systems),
        judge_unanswered(read_open_proposals(inputs), asked, answers, day, days),
        judge_cancels(asked, answers, day),
    ]


@result_asset(
    "book_balance",
    reads=[*_MOVES, "products", "locations", "trading_days"],
    checks=[BALANCED, BOOKS_HOLD],
    by_item=True,
)
def book_balance(inputs: Inputs) -> Computed:
    """The stock record before, what moved since, and the record of the business date."""
    frame = inputs.query("book_balance")
    return Computed(frame, judge_balance(frame))


@result_asset("unbalanced_pairs", reads=["book_balance"], checks=[PAIRS_PLANNED])
def unbalanced_pairs(inputs: Inputs) -> Computed:
    """Which item-locations are not planned, since their own stock record cannot be explained."""
    frame = find_unbalanced(inputs.read("book_balance"))
    return Computed(frame, [judge_unbalanced(frame)])


@result_asset(
    "feeds",
    reads=[
        "stock",
        "receipts",
        "transfers",
        "item_locations",
        "locations",
        "trading_days",
        "book_balance",
    ],
    earlier=["trading_days"],
    checks=[STOCK_YOUNG, ALL_PLANNED, MOVES_BOOKED],
)
def feeds(inputs: Inputs) -> Computed:
    """How old the feeds of each location are, and which locations are not planned."""
    late, stop = inputs.policy.late_after_days, inputs.policy.stop_after_days
    frame = inputs.query(
        "feeds",
        frames={"books": sum_books(inputs.read("book_balance"))},
        stock_late_after=late.get("stock", _NEVER_DAYS),
        stock_stop_after=stop.get("stock", _NEVER_DAYS),
        sales_late_after=late.get("pos_sales", _NEVER_DAYS),
        sales_stop_after=stop.get("pos_sales", _NEVER_DAYS),
        # Both are what a DC books of its goods.
        moves_late_after=late.get("receipts", _NEVER_DAYS),
        moves_stop_after=stop.get("receipts", _NEVER_DAYS),
    )
    return Computed(frame, judge_feeds(frame))


@result_asset(
    "position",
    reads=[
        *_MOVES,
        *(name for name in OPEN_DOCUMENTS_FROM if name not in _MOVES),
        "item_locations",
        "feeds",
        "unbalanced_pairs",
        "stock_counts",
        "receipts_ahead",
    ],
    earlier=["export_lines", "cancel_lines", "quarantine"],
    checks=[STOCK_KNOWN, STOCK_SURE],
    by_item=True,
)
def position(inputs: Inputs) -> Computed:
    """Stock records and what moved since, goods on the way, and our own open proposals.

    An item whose receipts could not be calculated is left out: what is coming of it is unknown.
    """
    frames = {"open_proposals": _sum_open_proposals, "open_documents": read_open_documents}
    frame = inputs.query("position", frames=frames)
    unsure = inputs.query("unsure_stock", frames={"stocked": frame})
    return Computed(frame, judge_position(frame, unsure))


def _sum_open_proposals(inputs: Inputs) -> pl.DataFrame:
    """Units that our own open lines bring and take, by item, node and kind."""
    # What was called off is off its order line in receipts_ahead.
    ours = read_open_proposals(inputs).filter(pl.col("inbound") >= 0)
    return sum_open_units(ours)
