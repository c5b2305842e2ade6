"""The forecast by day with the time of year in it, where its model knows only what sells now."""

import polars as pl

from forecasting.adjust.scaling import scale_demand
from quality_checks.contracts import WeekFactors, find_frame

WEEK = 7


def add_season(forecast: pl.DataFrame, seasons: pl.DataFrame) -> pl.DataFrame:
    """Scale each day of a forecast by the factor of its item and week.

    Args:
        forecast: the columns of the contract Forecast but business_date.
        seasons: frame `week_factors`; items that it lacks stay as they are.

    Returns:
        The same rows in the same order.
    """
    factors = find_frame(WeekFactors).read(seasons)
    if factors.is_empty():
        return forecast
    found = forecast.with_columns(week=find_week(factors)).join(
        factors.select("sku", "week", "factor"),
        on=["sku", "week"],
        how="left",
        maintain_order="left",
    )
    return scale_demand(found.drop("week"))


def find_week(seasons: pl.DataFrame) -> pl.Expr:
    """Find the week of the year ahead that the column `date` lies in.

    Args:
        seasons: week of the contract SeasonFactors, sorted by item and week, all items alike.

    Returns:
        First day of the week, of those that there are; missing where there are none.
    """
    if seasons.is_empty():
        return pl.lit(None, pl.Date)
    first, last = (pl.lit(seasons["week"].gather([row])).first() for row in (0, -1))
    number = (pl.col("date") - first).dt.total_days() // WEEK
    week = first + pl.duration(days=WEEK * number)
    return week.cast(pl.Date).clip(first, last)
