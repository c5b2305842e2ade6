"""Forecasts made earlier against what sold."""

import polars as pl


def score(forecasts: pl.DataFrame, actual: pl.DataFrame) -> pl.DataFrame:
    """Sum errors by region, category and lead time.

    Pairs that were stocked out or whose sales are missing are left out: their sales are not their
    demand. So are forecast pairs without an actual.

    Args:
        forecasts: rows of the contract Forecast, all for one date, made on earlier ones.
        actual: sku, location, category, sales, out_of_stock of that date, at locations whose sales
            are known; a row for every pair, also where nothing sold.

    Returns:
        The columns of the contract ForecastAccuracy, sorted by key; business_date is the date
        forecast.

    Raises:
        ValueError: the forecasts are for more than one date, or were made on or after it.
    """
    dates = forecasts["date"].unique().sort()
    if len(dates) > 1:
        msg = f"forecasts are for {len(dates)} dates, {dates[0]} to {dates[-1]}, and not for one"
        raise ValueError(msg)
    late = forecasts.filter(pl.col("business_date") >= pl.col("date"))["business_date"]
    if len(late):
        msg = f"a forecast for {dates[0]} was made on {late[0]}"
        raise ValueError(msg)
    error = pl.col("mean") - pl.col("sales")
    return (
        forecasts.join(actual, on=["sku", "location"])
        .filter(~pl.col("out_of_stock"), pl.col("sales").is_not_null())
        .with_columns(lead_days=(pl.col("date") - pl.col("business_date")).dt.total_days())
        .group_by("date", "region", "category", "lead_days")
        .agg(
            pairs=pl.len().cast(pl.Int64),
            actual=pl.col("sales").sum().cast(pl.Float64),
            forecast=pl.col("mean").sum(),
            absolute_error=error.abs().sum(),
        )
        .rename({"date": "business_date"})
        .sort("region", "category", "lead_days")
    )
