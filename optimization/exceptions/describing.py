"""What each exception is about, what it puts at risk, how that moved, and all of it in words."""

import hashlib

import polars as pl

from optimization.exceptions.words import say_closed, say_exception

_KEY = ["kind", "subject"]
_ABOUT = ["region", "department", "category", "sku", "location", "channel", "supplier", "document"]
_AT_RISK = ["units_at_risk", "money_at_risk"]
_ID_DIGITS = 16
_STEADY = 0.1
"""Share by which money at risk may move and still be steady."""


def describe_exceptions(
    states: pl.DataFrame, rows: pl.DataFrame, before: pl.DataFrame
) -> pl.DataFrame:
    """Add to each exception all that the contract Exceptions asks for.

    What it was about the date before is told again where no row is there today, and so is what was
    at risk where nothing is known today. One that has closed is told in the words that it had.

    Args:
        states: kind, subject, state, closed_by (quiet, over, unread or joined), unknown, category
            and the figures of the frame `judged_signals`.
        rows: frame `signal_rows`, those of shifts included.
        before: rows of the contract Exceptions, of the business date before.
    """
    told = before.select(*_KEY, "exception_id", "item_locations", *_ABOUT, *_AT_RISK, "words")
    joined = (
        states.drop("category")
        .join(_sum_rows(rows), on=_KEY, how="left", maintain_order="left")
        .join(
            told.filter(before["state"] != "closed").rename({"words": "words_before"}),
            on=_KEY,
            how="left",
            maintain_order="left",
            suffix="_before",
        )
    )
    again = pl.col("item_locations").is_null()
    known = joined.with_columns(
        pl.when(again).then(f"{name}_before").otherwise(name).alias(name) for name in _ABOUT
    ).with_columns(
        pl.when(pl.col("state") == "closed")
        .then(0)
        .when("unknown")
        .then(f"{name}_before")
        .when(again)
        .then(0)
        .otherwise(name)
        .alias(name)
        for name in ("item_locations", *_AT_RISK)
    )
    return _put_into_words(known.with_columns(trend=_find_trend()))


def _sum_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Sums of each subject, and what all of its rows have in common."""
    common = (
        pl.when(pl.col(name).n_unique() == 1).then(pl.col(name).first()).alias(name)
        for name in _ABOUT
    )
    known = (
        pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name) for name in _AT_RISK
    )
    return (
        rows.sort(*_KEY, "sku", "location")
        .group_by(_KEY, maintain_order=True)
        .agg(*common, *known, item_locations=pl.len().cast(pl.Int64))
    )


def _find_trend() -> pl.Expr:
    now, then = pl.col("money_at_risk"), pl.col("money_at_risk_before")
    return (
        pl.when(pl.col("state") == "new")
        .then(pl.lit("new"))
        .when(now > then * (1 + _STEADY))
        .then(pl.lit("worse"))
        .when(now < then * (1 - _STEADY))
        .then(pl.lit("better"))
        .otherwise(pl.lit("steady"))
    )


def _put_into_words(known: pl.DataFrame) -> pl.DataFrame:
    rows = known.rename({"observed_since": "observed", "expected_since": "expected"}).rename(
        {"upper": "threshold"}
    )
    ids = [
        row["exception_id"] or _make_id(row["kind"], row["subject"], row["first_seen_on"])
        for row in rows.iter_rows(named=True)
    ]
    words = [
        row["words_before"] if row["state"] == "closed" else say_exception(row)
        for row in rows.iter_rows(named=True)
    ]
    return rows.with_columns(
        pl.Series("exception_id", ids, pl.String),
        pl.Series("words", words, pl.String),
        pl.Series("closed_by", [say_closed(row) for row in rows.iter_rows(named=True)], pl.String),
    )


def _make_id(*parts: object) -> str:
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:_ID_DIGITS]
