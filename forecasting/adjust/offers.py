"""The forecast by day with what offers do to it, where its model knows only days without them.

Offers of the next `KNOWN_AHEAD_DAYS` are announced. A later day without one may still get one: it
takes what promotions of the category did to an average day of the past. Beyond the days that are
forecast one by one an item goes on as it ends, but for promotions that end by then.
"""

import datetime as dt

import polars as pl

from forecasting.adjust.scaling import scale_demand
from forecasting.distribution import aggregate_groups
from quality_checks.contracts import KNOWN_AHEAD_DAYS, OfferEffects, find_frame

WEEK = 7

_KEYS = ["sku", "location"]
_DATED = [*_KEYS, "date"]


def find_usual_offers(
    history: pl.DataFrame, effects: pl.DataFrame, items: pl.DataFrame
) -> pl.DataFrame:
    """Find what promotions do to an average day of each category, those without any included.

    Args:
        history: rows of the contract Unconstrained: the days that count.
        effects: frame `offer_effects`.
        items: sku and category of the contract Products.

    Returns:
        sku, usual (demand over that of days without a promotion), sorted by sku.
    """
    category = items.select("sku", "category").unique("sku", maintain_order=True)
    days = history.select(_DATED).group_by("sku", maintain_order=True).agg(days=pl.len())
    touched = (
        find_frame(OfferEffects)
        .read(effects)
        .filter("promoted")
        .join(history.select(_DATED), on=_DATED, how="semi")
    )
    added = aggregate_groups(touched.sort(_DATED), "sku", added=(pl.col("effect") - 1).sum())
    known = (
        category.sort("sku")
        .join(days, on="sku", how="left", maintain_order="left")
        .join(added, on="sku", how="left", maintain_order="left")
    )
    sums = aggregate_groups(known, "category", pl.col("added", "days").sum())
    usual = 1 + pl.when(pl.col("days") > 0).then(pl.col("added") / pl.col("days")).otherwise(0.0)
    return known.join(
        sums.select("category", usual=usual), on="category", maintain_order="left"
    ).select("sku", "usual")


def add_offers(
    forecast: pl.DataFrame, effects: pl.DataFrame, usual: pl.DataFrame, *, as_of: dt.date
) -> pl.DataFrame:
    """Scale each day of a forecast by what is offered on it.

    Args:
        forecast: the columns of the contract Forecast but business_date, of days without offers.
        effects: frame `offer_effects`.
        usual: what `find_usual_offers` gives.
        as_of: last day known.

    Returns:
        The same rows in the same order.
    """
    offered = _with_offers(forecast, effects, usual, as_of)
    return scale_demand(offered.rename({"offered": "factor"}))


def take_out_offers(
    forecast: pl.DataFrame, effects: pl.DataFrame, usual: pl.DataFrame, *, as_of: dt.date
) -> pl.DataFrame:
    """Scale each day of a forecast back to one without: what `add_offers` undoes.

    Args:
        forecast: the columns of the contract Forecast but business_date, with what offers do.
        effects: frame `offer_effects`.
        usual: what `find_usual_offers` gives.
        as_of: last day known.

    Returns:
        The same rows in the same order.
    """
    offered = _with_offers(forecast, effects, usual, as_of)
    return scale_demand(offered.with_columns(factor=1 / pl.col("offered")).drop("offered"))


def _with_offers(
    days: pl.DataFrame, effects: pl.DataFrame, usual: pl.DataFrame, as_of: dt.date
) -> pl.DataFrame:
    """Add offered: demand of each day over that of a day without offers."""
    told = pl.col("date") <= pl.lit(as_of + dt.timedelta(days=KNOWN_AHEAD_DAYS))
    announced = find_frame(OfferEffects).read(effects).filter(pl.col("date") > pl.lit(as_of))
    return (
        days.join(announced.select(*_DATED, "effect"), on=_DATED, how="left", maintain_order="left")
        .join(usual, on="sku", how="left", maintain_order="left")
        .with_columns(
            offered=pl.coalesce("effect", pl.when(told).then(1.0).otherwise("usual"), pl.lit(1.0))
        )
        .drop("effect", "usual")
    )


def add_offers_of_weeks(
    seasons: pl.DataFrame,
    forecast: pl.DataFrame,
    effects: pl.DataFrame,
    usual: pl.DataFrame,
    *,
    as_of: dt.date,
) -> pl.DataFrame:
    """State what offers do to each week of an item, so that no window goes on as a promotion does.

    Of a week of the forecast it is the mean over places and days, by their demand. Afterwards an
    offer goes on that is announced for the last day, but a promotion only if it runs on all days
    ahead; where none does, demand is that of usual offers.

    Args:
        seasons: the columns of the contract SeasonFactors without business_date; their offers are
            set anew.
        forecast: the columns of the contract Forecast but business_date, with what offers do.
        effects: frame `offer_effects`.
        usual: what `find_usual_offers` gives.
        as_of: last day known; the first week begins after it.

    Returns:
        `seasons` with offers, and factor times it.
    """
    last = forecast["date"].max()
    if seasons.is_empty() or not isinstance(last, dt.date):
        return seasons
    days = _with_offers(forecast.select(*_DATED, "mean"), effects, usual, as_of).with_columns(
        plain=pl.col("mean") / pl.col("offered")
    )
    first = pl.lit(as_of + dt.timedelta(days=1))
    week = first + pl.duration(days=(pl.col("date") - first).dt.total_days() // WEEK * WEEK)
    ratio = pl.col("mean").sum() / pl.col("plain").sum()
    within = aggregate_groups(
        days.filter(pl.col("plain") > 0).with_columns(week=week.cast(pl.Date)).sort(_DATED),
        ["sku", "week"],
        within=ratio,
    )
    ends = days.filter(pl.col("plain") > 0, pl.col("date") > pl.lit(last) - pl.duration(days=WEEK))
    lasting = _find_lasting(effects, as_of, last)
    going = ends.join(lasting, on=_KEYS, how="left", maintain_order="left").join(
        usual, on="sku", how="left", maintain_order="left"
    )
    on = pl.coalesce("lasting", "usual", pl.lit(1.0))
    after = aggregate_groups(
        going.sort(_DATED), "sku", after=(pl.col("plain") * on).sum() / pl.col("plain").sum()
    )
    beyond = pl.col("week") > pl.lit(last)
    return (
        seasons.join(within, on=["sku", "week"], how="left", maintain_order="left")
        .join(after, on="sku", how="left", maintain_order="left")
        .with_columns(
            offers=pl.when(beyond).then("after").otherwise("within").fill_null(1.0),
        )
        .with_columns(factor=pl.col("factor") * pl.col("offers"))
        .select(seasons.columns)
    )


def _find_lasting(effects: pl.DataFrame, as_of: dt.date, last: dt.date) -> pl.DataFrame:
    """sku, location, lasting: what offers do that go on after the last day of the forecast."""
    ahead = (
        find_frame(OfferEffects)
        .read(effects)
        .filter(pl.col("date").is_between(pl.lit(as_of), pl.lit(last), closed="right"))
    )
    whole = pl.len() == (last - as_of).days
    return (
        ahead.group_by(_KEYS, maintain_order=True)
        .agg(
            pl.col("date", "promoted", "effect").last(),
            whole=whole,
        )
        .filter(pl.col("date") == pl.lit(last), pl.col("whole") | ~pl.col("promoted"))
        .select(*_KEYS, lasting="effect")
    )
