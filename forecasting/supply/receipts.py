"""When open documents bring their goods, and how many of their units plans can count on."""

import datetime as dt

import polars as pl

from forecasting.supply.closures import find_moves, move_wait
from forecasting.supply.delay_trials import add_modelled_chances
from forecasting.supply.lateness import judge_lateness
from forecasting.supply.usual_days import believe_days, round_half_up
from quality_checks.contracts import (
    DeliveryRecord,
    OpenDocuments,
    ReceiptsAhead,
    find_contract,
    find_frame,
)


def predict_receipts(  # noqa: PLR0913  # documents, four records of suppliers, two numbers
    documents: pl.DataFrame,
    record: pl.DataFrame,
    closures: pl.DataFrame,
    delays: pl.DataFrame,
    yields: pl.DataFrame,
    *,
    as_of: dt.date,
    longest_days: int,
) -> pl.DataFrame:
    """Predict the arrival of every open document line.

    A line comes on the day stated plus the mean lateness of its sender, given that it has not come
    by `as_of`, and never before the day after. Where the model of delays plans, it tells how likely
    an order's line is late. One that is overdue may never come: its chance fades
    by the sender's record (`judge_lateness`). An exported line of ours that no document shows yet
    counts in full until it is given up.

    Of an order line counts the share that its supplier usually delivers: of the units confirmed,
    where it has confirmed any, else of those ordered. A ship notice and a transfer say what is on
    its way.

    A day stated that lies before the order, or more than `longest_days` after it, is not believed:
    the line is taken to be due the sender's usual days after the order. A closure of the supplier
    moves what it has not shipped by the days that it loses (`find_moves`).

    Args:
        documents: frame `open_documents`.
        record: frame `delivery_record`.
        closures: frame `supplier_closures`.
        delays: rows of the contract LineDelays of tonight.
        yields: the columns of the contract SupplierYields without business_date; a supplier without
            any is taken to deliver in full.
        as_of: business date.
        longest_days: most days from an order to its day that are believed.

    Returns:
        The columns of the contract ReceiptsAhead but business_date, sorted by key.

    Raises:
        ValueError: a frame breaks its contract.
    """
    stated = find_frame(OpenDocuments).read(documents)
    seen = find_frame(DeliveryRecord).read(record)
    overdue = (pl.lit(as_of) - pl.col("believed_on")).dt.total_days()
    dated = believe_days(stated, seen, longest_days).with_columns(days_late=overdue)
    moved = find_moves(add_modelled_chances(dated, delays), closures, seen, as_of=as_of)
    judged = judge_lateness(moved, seen)
    ours = pl.col("document_kind") == "proposal"
    to_come = pl.when(ours).then(-pl.col("days_late")).otherwise("days_to_come")
    wait = round_half_up(to_come).clip(lower_bound=1)
    chance = pl.when(ours).then(1.0).otherwise("chance")
    columns = find_contract(ReceiptsAhead).made_schema.names()
    return (
        judged.join(_list_shares(yields), on="supplier", how="left", maintain_order="left")
        .with_columns(share=_find_share())
        .with_columns(
            due_on=pl.lit(as_of) + pl.duration(days=move_wait(wait)),
            closure_days=move_wait(wait) - wait,
            overdue_days=pl.col("days_late").clip(lower_bound=0),
            chance=chance,
            expected_units=round_half_up(pl.col("units") * chance * pl.col("share")),
        )
        .select(columns)
        .sort("document_kind", "document", "line")
    )


def _list_shares(yields: pl.DataFrame) -> pl.DataFrame:
    """supplier, and the shares that it delivers of what it confirmed and of what was ordered."""
    return yields.select("supplier", of_confirmed="confirmed_yield_mean", of_ordered="yield_mean")


def _find_share() -> pl.Expr:
    """Share of the units of a line that is expected to come if the line does."""
    of_order = pl.col("document_kind") == "purchase_order"
    confirmed = pl.col("confirmed_short").is_not_null()
    usual = pl.when(confirmed).then("of_confirmed").otherwise("of_ordered")
    return pl.when(of_order).then(usual).fill_null(1.0)
