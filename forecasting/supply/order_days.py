"""On which days suppliers take orders, and when the next such day is."""

import datetime as dt

import polars as pl

_WEEK = 7


def count_order_days(weekdays: pl.Expr) -> pl.Expr:
    """Count the days of a week on which a supplier takes orders; missing without a calendar.

    Args:
        weekdays: seven digits from Monday, 1 where it does.
    """
    return weekdays.str.count_matches("1")


def count_days_to_order(weekdays: pl.Expr, day: pl.Expr, as_of: dt.date) -> pl.Expr:
    """Count the days from a day until a supplier takes orders.

    Args:
        weekdays: seven digits from Monday, 1 where it does; missing where it takes them on any day.
        day: days from `as_of`; a part of a day counts as a whole one.
        as_of: business date.

    Returns:
        Days: 0 where the supplier takes orders on that day, or on no weekday at all.
    """
    start = day.ceil().cast(pl.Int64) + as_of.weekday()
    waits = [
        pl.when(weekdays.str.slice((start + ahead) % _WEEK, 1) == "1").then(pl.lit(ahead))
        for ahead in range(_WEEK)
    ]
    return pl.min_horizontal(waits).fill_null(0).cast(pl.Float64)
