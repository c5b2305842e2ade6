"""Days that goods of a sender usually take, and days stated that can be believed."""

import polars as pl

from forecasting.supply.lateness import PRIOR_LINES

_SENDER = ["record", "sender"]


def believe_days(documents: pl.DataFrame, record: pl.DataFrame, longest: int) -> pl.DataFrame:
    """Add the day that is believed of each document line.

    Args:
        documents: frame `open_documents`.
        record: frame `delivery_record`.
        longest: most days from an order to its day that are believed.

    Returns:
        `documents` in their order with believed_on: the day stated, or what the sender's record
        makes of one that cannot be; and usual_days, the mean days from an order of the sender to
        its day, missing without a record.
    """
    days = (pl.col("stated_on") - pl.col("ordered_on")).dt.total_days()
    usual_on = pl.col("ordered_on") + pl.duration(
        days=round_half_up(pl.col("usual_days").fill_null(0))
    )
    return add_usual_days(documents, record, pl.col("lead_days")).with_columns(
        believed_on=pl.when(days.is_between(0, longest)).then("stated_on").otherwise(usual_on)
    )


def add_usual_days(rows: pl.DataFrame, record: pl.DataFrame, days: pl.Expr) -> pl.DataFrame:
    """Add usual_days to rows: the mean days of their sender's lines, shrunk to all senders'.

    `PRIOR_LINES` lines are as those of all senders of the kind of record; of a kind without lines
    nothing is known.

    Args:
        rows: record, sender.
        record: frame `delivery_record`.
        days: days of a line of the record.
    """
    taken = (days * pl.col("lines")).sum()
    pool = record.group_by("record", maintain_order=True).agg(pooled=taken / pl.col("lines").sum())
    own = record.group_by(_SENDER, maintain_order=True).agg(days=taken, lines=pl.col("lines").sum())
    n = pl.col("lines").fill_null(0)
    usual = (pl.col("days").fill_null(0) + PRIOR_LINES * pl.col("pooled")) / (n + PRIOR_LINES)
    return (
        rows.join(pool, on="record", how="left", maintain_order="left")
        .join(own, on=_SENDER, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(usual_days=usual)
        .drop("pooled", "days", "lines")
    )


def round_half_up(value: pl.Expr) -> pl.Expr:
    """Round to whole units or days, halves up.

    Args:
        value: units or days, in parts.
    """
    # Values that agree to 9 decimals are ties.
    return (value.round(9) + 0.5).floor().cast(pl.Int64)
