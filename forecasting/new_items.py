"""Items without a history of their own, forecast like those that stand in for them."""

import polars as pl

MODEL = "pooled_like_sku"
BY_ATTRIBUTES = "pooled_attributes"

LAUNCH_SPREAD = 0.5
"""Least coefficient of variation of a new item's level around its stand-ins': that launches sell
half more or half less than the item they follow is common, and no history can tell yet."""

STAND_INS = 10
"""Items alike that a new one is forecast by where none is named."""

_MOMENTS = ("mean", "variance", "mean_in_stock", "variance_in_stock")
_KEYS = ["sku", "location"]


def forecast_new_items(
    forecast: pl.DataFrame, items: pl.DataFrame, attributes: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Forecast pairs that `forecast` lacks by the forecasts of items that stand in for theirs.

    Those are the like_sku, or where none is named or known, the `STAND_INS` items of the category
    that are nearest by list price; of the department where nothing of the category is forecast, of
    all where nothing of that is. A stand-in's forecast is that at the same location, or over its
    locations where it is not sold there.

    The mean is that of the stand-ins. The new item may be like any of them, so its variance is
    theirs on average and that of their means (law of total variance), the latter at least
    (`LAUNCH_SPREAD` mean)^2. All days share that level, which ties them together. Before its
    launch an item sells nothing.

    Args:
        forecast: the columns of the contract Forecast but business_date.
        items: region, sku, location, like_sku (null where none is named), launch_date (date) of
            pairs to forecast; those that `forecast` has already are passed over.
        attributes: sku, department, category, list_price (above 0), a row an item; further columns
            are not read. Without it only a like_sku stands in.

    Returns:
        The same columns for the pairs that anything stands in for, sorted by key.
    """
    wanted = items.join(forecast.select(_KEYS).unique(), on=_KEYS, how="anti")
    known = forecast.select("sku").unique()
    named = wanted.join(known, left_on="like_sku", right_on="sku", how="semi")
    parts = [_combined(_stand_ins(forecast, named), forecast.columns, MODEL)]
    if attributes is not None:
        rest = wanted.join(named.select(_KEYS), on=_KEYS, how="anti").drop("like_sku")
        alike = rest.join(_alike(rest, known, attributes), on="sku")
        parts.append(_combined(_stand_ins(forecast, alike), forecast.columns, BY_ATTRIBUTES))
    return pl.concat(parts).sort(*_KEYS, "date")


def _alike(rest: pl.DataFrame, known: pl.DataFrame, attributes: pl.DataFrame) -> pl.DataFrame:
    """sku, like_sku: the items nearest to each new one among those that are forecast."""
    attributes = attributes.select("sku", "department", "category", "list_price")
    candidates = attributes.join(known, on="sku", how="semi").rename({"sku": "like_sku"})
    found = []
    left = attributes.join(rest, on="sku", how="semi")
    for group in (["department", "category"], ["department"], []):
        within = (
            left.join(candidates, on=group, suffix="_like")
            if group
            else left.join(candidates, how="cross", suffix="_like")
        )
        distance = (pl.col("list_price").log() - pl.col("list_price_like").log()).abs()
        nearest = (
            within.with_columns(distance=distance)
            .sort("sku", "distance", "like_sku")
            .group_by("sku", maintain_order=True)
            .head(STAND_INS)
            .select("sku", "like_sku")
        )
        found.append(nearest)
        left = left.join(nearest, on="sku", how="anti")
    return pl.concat(found)


def _stand_ins(forecast: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """The forecast of each pair's stand-ins, at its location or over theirs."""
    like = forecast.select(
        pl.col("sku").alias("like_sku"), "location", "date", *_MOMENTS, "correlation"
    )
    there = pairs.join(like, on=["like_sku", "location"])
    keys = [*_KEYS, "like_sku"]
    elsewhere = pairs.join(there.select(keys).unique(), on=keys, how="anti").join(
        like.group_by("like_sku", "date").agg(pl.col(*_MOMENTS, "correlation").mean()),
        on="like_sku",
    )
    return pl.concat([there, elsewhere.select(there.columns)])


def _combined(rows: pl.DataFrame, columns: list[str], model: str) -> pl.DataFrame:
    """One forecast a pair out of those of its stand-ins, with the width of not knowing which."""

    def between(mean: str) -> pl.Expr:
        return pl.max_horizontal(
            pl.col(mean).var(ddof=0), (LAUNCH_SPREAD * pl.col(mean).mean()) ** 2
        )

    total = pl.col("variance") + pl.col("of_level")
    launched = pl.col("date") >= pl.col("launch_date")
    return (
        rows.sort("like_sku")
        .group_by("region", *_KEYS, "launch_date", "date", maintain_order=True)
        .agg(
            pl.col(*_MOMENTS).mean(),
            of_level=between("mean"),
            of_level_in_stock=between("mean_in_stock"),
            tied=(pl.col("correlation") * pl.col("variance")).mean(),
        )
        .with_columns(
            correlation=pl.when(total > 0)
            .then(((pl.col("tied") + pl.col("of_level")) / total).clip(0, 1))
            .otherwise(0.0),
            variance=pl.when(launched).then(total).otherwise(0.0),
            mean=pl.when(launched).then(pl.col("mean")).otherwise(0.0),
            mean_in_stock=pl.when(launched).then(pl.col("mean_in_stock")).otherwise(0.0),
            variance_in_stock=pl.when(launched)
            .then(pl.col("variance_in_stock") + pl.col("of_level_in_stock"))
            .otherwise(0.0),
            model=pl.lit(model),
        )
        .select(columns)
    )
