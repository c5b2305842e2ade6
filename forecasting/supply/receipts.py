"""When open documents bring their goods, and how many of their units plans can count on."""

import datetime as dt

import polars as pl

from forecasting.supply.lateness import PRIOR_LINES, judge_lateness
from quality_checks.contracts import (
    DeliveryRecord,
    OpenDocuments,
    ReceiptsAhead,
    find_contract,
    find_frame,
)


def predict_receipts(
    documents: pl.DataFrame, record: pl.DataFrame, *, as_of: dt.date, longest_days: int
) -> pl.DataFrame:
    """Predict the arrival of every open document line.

    A line comes on the day stated plus the mean lateness of its sender, given that it has not come
    by `as_of`, and never before the day after. One that is overdue may never come: its chance fades
    by the sender's record (`judge_lateness`). An exported line of ours that no document shows yet
    counts in full until it is given up.

    A day stated that lies before the order, or more than `longest_days` after it, is not believed:
    the line is taken to be due the sender's usual days after the order.

    Args:
        documents: frame `open_documents`.
        record: frame `delivery_record`.
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
    judged = judge_lateness(dated, seen)
    ours = pl.col("document_kind") == "proposal"
    to_come = pl.when(ours).then(-pl.col("days_late")).otherwise("days_to_come")
    chance = pl.when(ours).then(1.0).otherwise("chance")
    columns = find_contract(ReceiptsAhead).made_schema.names()
    return (
        judged.with_columns(
            due_on=pl.lit(as_of) + pl.duration(days=_round(to_come).clip(lower_bound=1)),
            overdue_days=pl.col("days_late").clip(lower_bound=0),
            chance=chance,
            expected_units=_round(pl.col("units") * chance),
        )
        .select(columns)
        .sort("document_kind", "document", "line")
    )


def _round(value: pl.Expr) -> pl.Expr:
    """Whole units or days, halves up."""
    # Values that agree to 9 decimals are ties.
    return (value.round(9) + 0.5).floor().cast(pl.Int64)


def believe_days(documents: pl.DataFrame, record: pl.DataFrame, longest: int) -> pl.DataFrame:
    """Add believed_on: the day stated, or what the sender's record makes of one that cannot be."""
    days = (pl.col("stated_on") - pl.col("ordered_on")).dt.total_days()
    lines = pl.col("lines")
    asked = (pl.col("lead_days") * lines).sum()
    pool = record.group_by("record", maintain_order=True).agg(pooled=asked / lines.sum())
    own = record.group_by("record", "sender", maintain_order=True).agg(
        days=asked, lines=lines.sum()
    )
    n = pl.col("lines").fill_null(0)
    usual = (pl.col("days").fill_null(0) + PRIOR_LINES * pl.col("pooled")) / (n + PRIOR_LINES)
    usual_on = pl.col("ordered_on") + pl.duration(days=_round(usual.fill_null(0.0)))
    return (
        documents.join(pool, on="record", how="left", maintain_order="left")
        .join(own, on=["record", "sender"], how="left", nulls_equal=True, maintain_order="left")
        .with_columns(
            believed_on=pl.when(days.is_between(0, longest)).then("stated_on").otherwise(usual_on)
        )
        .drop("pooled", "days", "lines")
    )
