"""Whether a supplier takes orders on a day, by the days of the week that it states."""

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


def word_order_days() -> pl.Expr:
    """Name the days of the week on which the supplier takes orders, by the same column."""
    named = [pl.when(_digit(i) == "1").then(pl.lit(name)) for i, name in enumerate(_NAMES)]
    return pl.concat_str(named, separator=", ", ignore_nulls=True)


def _digit(weekday: int) -> pl.Expr:
    return pl.col("supplier_weekdays").str.slice(weekday, 1)
