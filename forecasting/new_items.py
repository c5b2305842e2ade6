"""Items without a history of their own, forecast like the item that stands in for them."""

import polars as pl

MODEL = "pooled_like_sku"

_MOMENTS = ("mean", "variance", "mean_in_stock", "variance_in_stock")

LAUNCH_SPREAD = 0.5
"""Coefficient of variation of a new item's level around its stand-in's: that launches sell half
more or half less than the item they follow is common, and no history can tell yet."""


def forecast_new_items(forecast: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Forecast pairs that `forecast` lacks by the forecast of their like_sku.

    The pair's mean is that of the like_sku at the same location, or over its locations where it
    is not sold there. The level itself is uncertain: with coefficient of variation c the variance
    grows by (c mean)^2 (law of total variance), and all days share the level, which ties them
    together. Before its launch an item sells nothing.

    Args:
        forecast: the columns of the contract Forecast but business_date.
        items: region, sku, location, like_sku, launch_date (date) of pairs to forecast; those that
            `forecast` has already are passed over.

    Returns:
        The same columns for the pairs whose like_sku has a forecast, sorted by key.
    """
    keys = ["sku", "location"]
    wanted = items.join(forecast.select(keys).unique(), on=keys, how="anti")
    like = forecast.select(
        pl.col("sku").alias("like_sku"), "location", "date", *_MOMENTS, "correlation"
    )
    there = wanted.join(like, on=["like_sku", "location"])
    elsewhere = wanted.join(there.select(keys).unique(), on=keys, how="anti").join(
        like.group_by("like_sku", "date").agg(pl.col(*_MOMENTS, "correlation").mean()),
        on="like_sku",
    )
    both = pl.concat([there, elsewhere.select(there.columns)])
    of_level = (LAUNCH_SPREAD * pl.col("mean")) ** 2
    total = pl.col("variance") + of_level
    shared = pl.col("correlation") * pl.col("variance") + of_level
    launched = pl.col("date") >= pl.col("launch_date")
    return (
        both.with_columns(
            correlation=pl.when(total > 0).then((shared / total).clip(0, 1)).otherwise(0.0),
            variance=pl.when(launched).then(total).otherwise(0.0),
            mean=pl.when(launched).then(pl.col("mean")).otherwise(0.0),
            mean_in_stock=pl.when(launched).then(pl.col("mean_in_stock")).otherwise(0.0),
            variance_in_stock=pl.when(launched)
            .then(pl.col("variance_in_stock") + (LAUNCH_SPREAD * pl.col("mean_in_stock")) ** 2)
            .otherwise(0.0),
            model=pl.lit(MODEL),
        )
        .select(forecast.columns)
        .sort("sku", "location", "date")
    )
