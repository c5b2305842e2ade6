"""The days of a window beyond the forecast: its last level, by week as season and events have it.

A window asks for sums of factors from one day to another. Running totals of the weeks of each item
give them by two look-ups, so that what a window costs does not depend on how long it is.
"""

import datetime as dt
from functools import reduce

import polars as pl

from quality_checks.contracts import WeekFactors, find_frame

WEEK = 7

_TOTALS = ("factors", "squares", "straying", "straying_by_factors", "straying_by_squares")


def add_beyond(
    windows: pl.DataFrame, first_day: dt.date, seasons: pl.DataFrame | None
) -> pl.DataFrame:
    """Add what is demanded after the last day of each window's forecast.

    With the mean m and variance v of the tail and the factor f of a day over that of the tail, a
    day has mean m f and variance m f + (v - m) f^2, as counts of a level f times as high have. What
    a level has strayed by a week stays: with d the squared variation that a week adds, and M what
    the window demands from that week on, that adds the variance sum d M^2.

    Args:
        windows: sku, days, last (offset of the forecast's last day from `first_day`), tail_mean,
            tail_variance, tail_days (how many days they are the mean of).
        first_day: first day of every window.
        seasons: frame `week_factors`; where an item lacks, factors are 1 and levels stay.

    Returns:
        The same rows with beyond_mean, beyond_squares (sum of variances), beyond_roots (sum of
        standard deviations) and level_sd.
    """
    start, days = pl.col("last") + 1, (pl.col("days") - pl.col("last") - 1).clip(0)
    timed = windows.with_columns(
        beyond=days, start=start, end=start + days, tail_start=start - pl.col("tail_days")
    )
    if seasons is None or seasons.is_empty():
        timed = _flat(timed)
    else:
        timed = _seasonal(timed, first_day, seasons)
    mean, over = pl.col("tail_mean"), pl.col("tail_variance") - pl.col("tail_mean")
    squares = (mean * pl.col("sum_factor") + over * pl.col("sum_square")).clip(0)
    sd = pl.when(pl.col("beyond") > 0).then((squares / pl.col("beyond")).sqrt()).otherwise(0.0)
    # The last day counts as a part, whose deviation is the root of its share of the variance.
    roots = pl.col("beyond").floor() + (pl.col("beyond") % 1).sqrt()
    return timed.with_columns(
        beyond_mean=mean * pl.col("sum_factor"),
        beyond_squares=squares,
        beyond_roots=roots * sd,
        level_sd=mean * pl.col("sum_straying").clip(0).sqrt(),
    )


def _flat(timed: pl.DataFrame) -> pl.DataFrame:
    return timed.with_columns(
        sum_factor=pl.col("beyond"), sum_square=pl.col("beyond"), sum_straying=pl.lit(0.0)
    )


def _seasonal(timed: pl.DataFrame, first_day: dt.date, seasons: pl.DataFrame) -> pl.DataFrame:
    """Add sums over the days beyond of f, f^2 and what levels add, f relative to the tail."""
    totals = _totals(find_frame(WeekFactors).read(seasons), first_day)
    ends = ("tail_start", "start", "end")
    found = reduce(lambda rows, at: _look_up(rows, totals, at), ends, timed)
    start, end = (pl.col(f"factors_{at}") for at in ("start", "end"))
    base = (start - pl.col("factors_tail_start")) / pl.col("tail_days")
    a, b, c = (pl.col(f"{name}_end") - pl.col(f"{name}_start") for name in _TOTALS[2:])
    straying = (
        pl.col("straying_start") * (end - start).pow(2) + a * end.pow(2) - 2 * b * end + c
    ) / base.pow(2)
    squares = (pl.col("squares_end") - pl.col("squares_start")) / base.pow(2)
    known = base.is_not_null()
    return found.with_columns(
        sum_factor=pl.when(known).then((end - start) / base).otherwise("beyond"),
        sum_square=pl.when(known).then(squares).otherwise("beyond"),
        sum_straying=pl.when(known & (pl.col("beyond") > 0)).then(straying).otherwise(0.0),
    )


def _totals(seasons: pl.DataFrame, first_day: dt.date) -> pl.DataFrame:
    """Running totals at the first day of each week of each item: sku, number, and `_TOTALS`."""
    first = seasons["week"].min()
    factor, strayed = pl.col("factor"), pl.col("level_variance")
    step = strayed - strayed.shift(1, fill_value=0.0)
    before = (WEEK * factor).cum_sum() - WEEK * factor
    return (
        seasons.with_columns(
            number=(pl.col("week") - first).dt.total_days() // WEEK,
            offset=(pl.col("week") - first_day).dt.total_days(),
        )
        .with_columns(factors=before.over("sku"), step=step.clip(0).over("sku"))
        .with_columns(
            squares=((WEEK * factor.pow(2)).cum_sum() - WEEK * factor.pow(2)).over("sku"),
            straying=pl.col("step").cum_sum().over("sku"),
            straying_by_factors=(pl.col("step") * pl.col("factors")).cum_sum().over("sku"),
            straying_by_squares=(pl.col("step") * pl.col("factors").pow(2)).cum_sum().over("sku"),
        )
        .select("sku", "number", "offset", "factor", *_TOTALS)
    )


def _look_up(rows: pl.DataFrame, totals: pl.DataFrame, at: str) -> pl.DataFrame:
    """Add the totals of each row's item at the day `at`, an offset from the first day.

    Days before the first week are like its days, those after the last one like the last one's.
    """
    first = int(totals["offset"].min())  # type: ignore[arg-type]  # a number of days
    last = int(totals["number"].max())  # type: ignore[arg-type]  # a number of weeks
    week = ((pl.col(at) - first) / WEEK).floor().clip(0, last).cast(pl.Int64)
    into = pl.col(at) - pl.col("_offset")
    found = rows.with_columns(number=week).join(
        totals.rename({name: f"{name}_{at}" for name in _TOTALS}).rename(
            {"offset": "_offset", "factor": "_factor"}
        ),
        on=["sku", "number"],
        how="left",
        maintain_order="left",
    )
    return found.with_columns(
        pl.col(f"factors_{at}") + into * pl.col("_factor"),
        pl.col(f"squares_{at}") + into * pl.col("_factor").pow(2),
    ).drop("number", "_offset", "_factor")
