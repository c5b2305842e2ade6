"""Whether a supplier takes orders on a day, and on which it is asked for the goods."""

import datetime as dt

import polars as pl

NO_ORDER_DAY = "no_order_day"
"""Why an item is not ordered whose supplier takes no orders on the day."""

_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def match_order_day(day: dt.date) -> pl.Expr:
    """Match a day with those on which the supplier takes orders.

    The column read is supplier_weekdays, seven digits from Monday; one that states none takes them
    always.
    """
    return (_digit(day.weekday()) == "1").fill_null(value=True)


def find_day_asked_for(order_day: dt.date) -> pl.Expr:
    """Find the day on which goods are asked for: that of the order and the days they take.

    The column read is lead_time_mean, of which a part counts as a whole day.
    """
    days = pl.col("lead_time_mean").ceil().cast(pl.Int64)
    return (pl.lit(order_day) + pl.duration(days=days)).cast(pl.Date)


def word_order_days() -> pl.Expr:
    """Name the days of the week on which the supplier takes orders, by the same column."""
    named = [pl.when(_digit(i) == "1").then(pl.lit(name)) for i, name in enumerate(_NAMES)]
    return pl.concat_str(named, separator=", ", ignore_nulls=True)


def _digit(weekday: int) -> pl.Expr:
    return pl.col("supplier_weekdays").str.slice(weekday, 1)
