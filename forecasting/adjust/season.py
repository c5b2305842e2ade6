"""The forecast by day with the time of year in it, where its model knows only what sells now."""

import datetime as dt

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
    first: dt.date = factors["week"].min()  # type: ignore[assignment]  # a column of dates
    last = factors["week"].max()
    number = (pl.col("date") - pl.lit(first)).dt.total_days() // WEEK
    week = pl.lit(first) + pl.duration(days=WEEK * number)
    dated = forecast.with_columns(week=week.clip(first, last).cast(pl.Date))
    found = dated.join(
        factors.select("sku", "week", "factor"),
        on=["sku", "week"],
        how="left",
        maintain_order="left",
    )
    return scale_demand(found.drop("week"))
