"""Demand that is above its forecast in one place and below it in another of the same category."""

import polars as pl

from quality_checks.contracts import JudgedSignals, find_frame

SHIFT = "demand_shift"
SIDES_OF_SHIFT = ("demand_above", "demand_below")


def find_category() -> pl.Expr:
    """The category that a cell is of: the first key of its subject."""
    return pl.col("subject").str.split("|").list.first()


def list_sides(judged: pl.DataFrame) -> pl.DataFrame:
    """The side to which each cell is off, by the share of the threshold that it has reached.

    Args:
        judged: frame `judged_signals`.

    Returns:
        The rows of `judged` of cells that are off by enough to keep an exception open, one row a
        cell, with category and reached.
    """
    off = judged.filter(
        pl.col("kind").is_in(SIDES_OF_SHIFT),
        pl.col("score") >= pl.col("lower"),
        pl.col("score") > 0,
    )
    return (
        off.with_columns(category=find_category(), reached=pl.col("score") / pl.col("upper"))
        .sort("subject", "reached", "kind", descending=[False, True, False])
        .unique("subject", keep="first", maintain_order=True)
    )


def judge_shifts(sides: pl.DataFrame) -> pl.DataFrame:
    """Judge each category that is off to both sides by the side that is less so.

    Args:
        sides: what `list_sides` gives.

    Returns:
        The columns of the frame `judged_signals`: the score is a share of the threshold, which
        is 1. What is seen is missing: what is lost in one place is gained in the other.
    """
    by_side = sides.group_by("category", "kind", maintain_order=True).agg(
        pl.col("reached").max(),
        pl.col("began_on").min(),
        keeps=(pl.col("lower") / pl.col("upper")).max(),
    )
    both = by_side.group_by("category", maintain_order=True).agg(
        pl.col("reached").min(), pl.col("began_on").min(), pl.col("keeps").max(), sides=pl.len()
    )
    shifts = both.filter(pl.col("sides") == len(SIDES_OF_SHIFT)).sort("category")
    return shifts.select(
        kind=pl.lit(SHIFT),
        subject="category",
        score="reached",
        upper=pl.lit(1.0),
        lower="keeps",
        began_on="began_on",
        observed_since=pl.lit(None, pl.Float64),
        expected_since=pl.lit(None, pl.Float64),
    ).select(find_frame(JudgedSignals).columns)


def gather_shift_rows(
    rows: pl.DataFrame, sides: pl.DataFrame, shifts: pl.DataFrame
) -> pl.DataFrame:
    """The rows of cells that are part of a shift, as rows of it.

    Args:
        rows: frame `signal_rows`.
        sides: what `list_sides` gives.
        shifts: subject, of the shifts that are open.
    """
    cells = sides.join(shifts, left_on="category", right_on="subject", how="semi")
    return rows.join(cells, on=["kind", "subject"], how="semi").with_columns(
        kind=pl.lit(SHIFT), subject=find_category()
    )
