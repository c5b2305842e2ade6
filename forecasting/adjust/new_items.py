"""Items without a history of their own, forecast like those that stand in for them."""

import polars as pl

from forecasting.adjust.scaling import scale_demand
from forecasting.distribution import TAIL_DAYS
from quality_checks.contracts import ItemLikeness, LaunchCurves, NewItems, find_frame

MODEL = "pooled_like_sku"
BY_ATTRIBUTES = "pooled_attributes"

LAUNCH_SPREAD = 0.5
"""Least coefficient of variation of a new item's level around its stand-ins': that launches sell
half more or half less than the item they follow is common, and no history can tell yet."""

STAND_INS = 10
"""Items alike that a new one is forecast by where none is named."""

_MOMENTS = ("mean", "variance", "mean_in_stock", "variance_in_stock")
_SHARED = ("correlation", "common_variation")
_KEYS = ["sku", "location"]


def forecast_new_items(
    forecast: pl.DataFrame,
    items: pl.DataFrame,
    attributes: pl.DataFrame | None = None,
    curves: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Forecast pairs that the forecast lacks by the items that stand in for theirs.

    Those are the like_sku, or where none is named or known, the `STAND_INS` items of the category
    that are nearest by list price; of the department where nothing of the category is forecast, of
    all where nothing of that is. A stand-in's forecast is that at the same location, or over its
    locations where it is not sold there.

    The mean is that of the stand-ins. The new item may be like any of them, so its variance is
    theirs on average and that of their means (law of total variance), the latter at least
    (`LAUNCH_SPREAD` mean)^2. All days and locations share that level, which ties them together.
    Before its launch an item sells nothing. The first weeks after it sell by the launch curve of
    its category: what a stand-in sells is brought to its later level by its own weeks on sale, and
    the new item's weeks are brought back to the curve day by day, so that the rush wears off.

    Args:
        forecast: the columns of the contract Forecast but business_date.
        items: frame `new_items`: pairs to forecast; those that `forecast` has already, and those
            that launch after its last day, are passed over.
        attributes: frame `item_likeness`. Without it only a like_sku stands in.
        curves: frame `launch_curves`, read with `attributes`; without it launches are like later
            weeks.

    Returns:
        The same columns for the pairs that anything stands in for, sorted by key.
    """
    find_frame(NewItems).check(items)
    launching = pl.col("launch_date") <= pl.lit(forecast["date"].max(), pl.Date)
    lacking = items.filter(launching).join(
        forecast.select(_KEYS).unique(), on=_KEYS, how="anti", maintain_order="left"
    )
    curve = _curve(items, attributes, curves)
    rows = _on_curve(_by_stand_ins(_at_later_level(forecast, curve), lacking, attributes), curve)
    on_sale = pl.col("date") >= pl.col("launch_date")
    return rows.with_columns(pl.when(on_sale).then(pl.col(_MOMENTS)).otherwise(0.0)).select(
        forecast.columns
    )


def forecast_launches(
    forecast: pl.DataFrame,
    items: pl.DataFrame,
    attributes: pl.DataFrame | None = None,
    curves: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Forecast the first days on sale of pairs that launch near the end of `forecast` or after it.

    Goods for a launch are ordered a supplier's lead time before it, further ahead than demand is
    forecast by day. A pair that is forecast already goes on as it is forecast, another one as in
    `forecast_new_items`; days after the last are like the same weekday of its last week, without
    the season between. Pairs that are on sale for `TAIL_DAYS` days of `forecast` are passed over.

    Args:
        forecast: the columns of the contract Forecast but business_date, before what an item has
            before its launch is taken out of it.
        items: as for `forecast_new_items`.
        attributes: as for `forecast_new_items`.
        curves: as for `forecast_new_items`.

    Returns:
        The same columns, as many days a pair as `forecast` has, the first that of the launch;
        sorted by key.
    """
    find_frame(NewItems).check(items)
    horizon, last = forecast["date"].n_unique(), pl.lit(forecast["date"].max(), pl.Date)
    cycle = min(TAIL_DAYS, horizon)
    late = items.filter(pl.col("launch_date") > last - pl.duration(days=cycle - 1))
    known = late.join(forecast.select(_KEYS).unique(), on=_KEYS, how="semi", maintain_order="left")
    lacking = late.join(known, on=_KEYS, how="anti", maintain_order="left")
    own = forecast.join(known.select(*_KEYS, "launch_date"), on=_KEYS)
    curve = _curve(items, attributes, curves)
    standing_in = _by_stand_ins(_at_later_level(forecast, curve), lacking, attributes)
    rows = pl.concat(
        [own.with_columns(new=False), standing_in.with_columns(new=True)], how="diagonal"
    )
    ahead = pl.DataFrame({"ahead": range(horizon)})
    day = pl.col("launch_date") + pl.duration(days="ahead")
    beyond = (day - last).dt.total_days().clip(lower_bound=0)
    # The same weekday of the last week that is forecast, where the day lies beyond it.
    like = day - pl.duration(days=(beyond + cycle - 1) // cycle * cycle)
    dated = late.join(ahead, how="cross").select(*_KEYS, date=like, forecast=day)
    found = dated.join(rows, on=[*_KEYS, "date"]).with_columns(date="forecast")
    known_before, launched = (found.filter(pl.col("new") == new) for new in (False, True))
    return (
        pl.concat([known_before, _on_curve(launched, curve)])
        .select(forecast.columns)
        .sort(*_KEYS, "date")
    )


def _curve(
    items: pl.DataFrame, attributes: pl.DataFrame | None, curves: pl.DataFrame | None
) -> pl.DataFrame:
    """Sku, launch (of the item, where it came first), week on sale and factor."""
    launches = items.group_by("sku", maintain_order=True).agg(launch=pl.col("launch_date").min())
    if attributes is None or curves is None:
        return launches.clear().with_columns(week=pl.lit(0), factor=pl.lit(1.0))
    of = attributes.select("sku", "category").join(launches, on="sku")
    return of.join(find_frame(LaunchCurves).read(curves), on="category").drop("category")


def _at_later_level(forecast: pl.DataFrame, curve: pl.DataFrame) -> pl.DataFrame:
    """The forecast of items that are new themselves as if their rush was over.

    A forecast by day is made of what sells at its beginning, so all its days are of that week.
    """
    begins = pl.lit(forecast["date"].min(), pl.Date)
    now = (begins - pl.col("launch")).dt.total_days() // 7
    of = curve.filter(pl.col("week") == now).select("sku", factor=1 / pl.col("factor"))
    return scale_demand(forecast.join(of, on="sku", how="left", maintain_order="left"))


def _on_curve(rows: pl.DataFrame, curve: pl.DataFrame) -> pl.DataFrame:
    """Bring days of new items to the curve of their launch."""
    week = (pl.col("date") - pl.col("launch")).dt.total_days() // 7
    launches = curve.select("sku", "launch").unique("sku", maintain_order=True)
    timed = rows.join(launches, on="sku", how="left", maintain_order="left")
    return scale_demand(
        timed.with_columns(week=week)
        .join(
            curve.select("sku", "week", "factor"),
            on=["sku", "week"],
            how="left",
            maintain_order="left",
        )
        .drop("launch", "week")
    )


def _by_stand_ins(
    forecast: pl.DataFrame, items: pl.DataFrame, attributes: pl.DataFrame | None
) -> pl.DataFrame:
    """Forecasts of `items` as if on sale all along, with their launch_date, sorted by key."""
    known = forecast.select("sku").unique(maintain_order=True)
    named = items.join(known, left_on="like_sku", right_on="sku", how="semi")
    columns = [*forecast.columns, "launch_date"]
    parts = [_combined(_stand_ins(forecast, named), columns, MODEL)]
    if attributes is not None:
        rest = items.join(named.select(_KEYS), on=_KEYS, how="anti").drop("like_sku")
        alike = rest.join(_alike(rest, known, attributes), on="sku")
        parts.append(_combined(_stand_ins(forecast, alike), columns, BY_ATTRIBUTES))
    return pl.concat(parts).sort(*_KEYS, "date")


def _alike(rest: pl.DataFrame, known: pl.DataFrame, attributes: pl.DataFrame) -> pl.DataFrame:
    """For each new item, the forecast items that are most like it: sku, like_sku."""
    attributes = find_frame(ItemLikeness).read(attributes)
    candidates = attributes.join(known, on="sku", how="semi").rename({"sku": "like_sku"})
    found = []
    left = attributes.join(rest, on="sku", how="semi")
    for group in (["department", "category"], ["department"], []):
        within = (
            left.join(candidates, on=group, suffix="_like")
            if group
            else left.join(candidates, how="cross", suffix="_like")
        )
        # An item without a list price is as far from all others.
        distance = (_log_price("list_price") - _log_price("list_price_like")).abs()
        nearest = (
            within.with_columns(distance=distance.fill_null(float("inf")))
            .sort("sku", "distance", "like_sku")
            .group_by("sku", maintain_order=True)
            .head(STAND_INS)
            .select("sku", "like_sku")
        )
        found.append(nearest)
        left = left.join(nearest, on="sku", how="anti")
    return pl.concat(found)


def _log_price(name: str) -> pl.Expr:
    """The logarithm of a price; missing where there is none."""
    return pl.when(pl.col(name) > 0).then(pl.col(name)).log()


def _stand_ins(forecast: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """The forecast of each pair's stand-ins, at its location or over theirs."""
    like = forecast.select(pl.col("sku").alias("like_sku"), "location", "date", *_MOMENTS, *_SHARED)
    there = pairs.join(like, on=["like_sku", "location"])
    keys = [*_KEYS, "like_sku"]
    elsewhere = pairs.join(there.select(keys).unique(), on=keys, how="anti").join(
        like.group_by("like_sku", "date", maintain_order=True).agg(
            pl.col(*_MOMENTS, *_SHARED).mean()
        ),
        on="like_sku",
    )
    return pl.concat([there, elsewhere.select(there.columns)])


def _combined(rows: pl.DataFrame, columns: list[str], model: str) -> pl.DataFrame:
    """Combine the forecasts of a pair's stand-ins, widened as nobody knows which fits best."""

    def between(mean: str) -> pl.Expr:
        return pl.max_horizontal(
            pl.col(mean).var(ddof=0), (LAUNCH_SPREAD * pl.col(mean).mean()) ** 2
        )

    total = pl.col("variance") + pl.col("of_level")
    relative = (
        pl.when(pl.col("mean") > 0).then(pl.col("of_level") / pl.col("mean").pow(2)).otherwise(0.0)
    )
    return (
        rows.sort("like_sku")
        .group_by("region", *_KEYS, "launch_date", "date", maintain_order=True)
        .agg(
            pl.col(*_MOMENTS).mean(),
            of_level=between("mean"),
            of_level_in_stock=between("mean_in_stock"),
            tied=(pl.col("correlation") * pl.col("variance")).mean(),
            common=pl.col("common_variation").mean(),
        )
        .with_columns(
            correlation=pl.when(total > 0)
            .then(((pl.col("tied") + pl.col("of_level")) / total).clip(0, 1))
            .otherwise(0.0),
            common_variation=pl.col("common") + relative,
            variance=total,
            variance_in_stock=pl.col("variance_in_stock") + pl.col("of_level_in_stock"),
            model=pl.lit(model),
        )
        .select(columns)
    )
