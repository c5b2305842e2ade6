"""Which model of the level serves each class of series best, on a backtest.

Every model goes through the whole of `forecast_baseline`, weekday profile, pooling and dispersion
included, so that what is compared is what would be planned with.
"""

import datetime as dt
from collections.abc import Sequence

import numpy as np
import polars as pl
from utilsforecast.losses import mqloss, wape

from forecasting.baseline.forecast import (
    DEFAULT_CHOICE,
    LEVEL_MODELS,
    forecast_baseline,
    pair_classes,
)
from forecasting.distribution import find_quantile

WEEKDAY_MEAN = "WeekdayMean"
"""The yardstick: a weekday's mean over its last `WEEKS` known days, without any model."""

WEEKS = 4

ORIGINS = 3
"""Past origins that models are scored on."""

SAMPLE_SERIES = 500
"""Most series of a class that are drawn at an origin."""

LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Levels of the quantiles whose pinball loss is taken."""

LEAST_DAYS = 1000
"""Scored days below which a class keeps its default: its scores are chance."""

LEAST_GAIN = 0.01
"""Share of the default's pinball loss that a model must save to take its place: what 500 series can
tell from chance, and what is worth the time that the models of a library take each night."""

_KEYS = ["sku", "location"]
_COLUMNS = ["class", "model", "origin", "series", "days", "wape", "bias", "pinball"]


def backtest_challengers(
    demand: pl.DataFrame,
    *,
    horizon: int,
    as_of: dt.date,
    seed: int,
    offers: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Score every model of the level on past origins, by class of series.

    There are `ORIGINS` of them, `horizon` days apart, the last one `horizon` days before `as_of`,
    so that each day is scored once. A series counts in the class it had at the origin
    (Syntetos, Boylan and Croston 2005), of which at most `SAMPLE_SERIES` are drawn; their levels
    are pooled over the drawn series only. Only days on which sales were demand of a day without
    offers count: known, open, and without a stock-out.

    Args:
        demand: rows of the contract Unconstrained; those after `as_of` are not read.
        horizon: days forecast from each origin, at least 1.
        as_of: last day known.
        seed: seed of the sample.
        offers: frame `offer_effects`, taken out of the days that levels are learnt from; days that
            it lacks had none.

    Returns:
        class, model, origin (last day known to the forecast), series, days (scored), wape (null
        where nothing sold), bias (sum of forecast less demand over the sum of demand), pinball
        (units, mean over days and `LEVELS`; null for `WEEKDAY_MEAN`, which has no distribution).
        Sorted by class, model and origin; classes without a series at an origin are left out.

    Raises:
        ValueError: horizon is below 1; no series has a history at any origin;
            demand is NaN, infinite or negative, or a day comes twice.
    """
    if horizon < 1:
        raise ValueError(f"horizon must be at least 1, not {horizon}")
    found = []
    for back in range(1, ORIGINS + 1):
        origin = as_of - dt.timedelta(days=back * horizon)
        drawn = _draw(pair_classes(demand, origin), (seed, back))
        rows = demand.join(drawn, on=_KEYS, maintain_order="left")
        actual = _actual(rows, origin, horizon)
        if offers is not None:
            actual = actual.join(offers, on=[*_KEYS, "date"], how="anti", maintain_order="left")
        if not actual.is_empty():
            found += _score_origin(rows, actual, origin, horizon, offers)
    if not found:
        msg = f"no series has a history and known days on {ORIGINS} origins before {as_of}"
        raise ValueError(msg)
    return pl.concat(found).select(_COLUMNS).sort("class", "model", "origin")


def choose_level_models(scores: pl.DataFrame) -> dict[str, str]:
    """The model of each class with the least mean pinball loss over the origins, where it pays.

    The default stays unless the best saves `LEAST_GAIN` of its loss. Pinball loss and not WAPE, for
    the least absolute error of a series that mostly sells nothing is had by forecasting nothing.
    Ties go to the first name.

    Args:
        scores: result of `backtest_challengers`.

    Returns:
        Model by class, the `choice` of `forecast_baseline`. Classes with fewer scored days than
        `LEAST_DAYS` are left out.
    """
    means = (
        scores.filter(pl.col("model").is_in(list(LEVEL_MODELS)))
        .group_by("class", "model", maintain_order=True)
        .agg(pl.col("pinball").mean(), pl.col("days").sum())
        .filter(pl.col("days") >= LEAST_DAYS)
    )
    defaults = means.filter(pl.col("model") == pl.col("class").replace(DEFAULT_CHOICE))
    pays = pl.col("pinball") <= (1 - LEAST_GAIN) * pl.col("pinball_default")
    best = (
        means.join(defaults, on="class", suffix="_default")
        .filter(pays | (pl.col("model") == pl.col("model_default")))
        .sort("class", "pinball", "model")
        .unique("class", keep="first", maintain_order=True)
    )
    return dict(best.select("class", "model").iter_rows())


def _draw(classes: pl.DataFrame, seed: Sequence[int]) -> pl.DataFrame:
    """At most `SAMPLE_SERIES` pairs of each class that has a model of its own."""
    order = np.random.default_rng(seed).permutation(classes.height)
    return (
        classes[order]
        .filter(pl.col("class").is_in(list(DEFAULT_CHOICE)))
        .filter(pl.int_range(pl.len()).over("class") < SAMPLE_SERIES)
        .sort(_KEYS)
    )


def _actual(rows: pl.DataFrame, origin: dt.date, horizon: int) -> pl.DataFrame:
    """Demand of the days after the origin on which sales were demand."""
    last = origin + dt.timedelta(days=horizon)
    return rows.filter(
        pl.col("date") > origin,
        pl.col("date") <= last,
        pl.col("demand").is_not_null() & ~pl.col("censored") & ~pl.col("closed"),
    ).select(*_KEYS, "class", "date", y=pl.col("demand"))


def _score_origin(
    rows: pl.DataFrame,
    actual: pl.DataFrame,
    origin: dt.date,
    horizon: int,
    offers: pl.DataFrame | None,
) -> list[pl.DataFrame]:
    """Scores of every model and of the yardstick from one origin."""
    found = []
    for model in sorted(LEVEL_MODELS):
        choice = dict.fromkeys(DEFAULT_CHOICE, model)
        forecast = forecast_baseline(
            rows, horizon=horizon, as_of=origin, choice=choice, offers=offers
        )
        both = actual.join(forecast.select(*_KEYS, "date", "mean", "variance"), on=[*_KEYS, "date"])
        found.append((model, _errors(both).join(_pinball(both), on="class")))
    yardstick = actual.with_columns(weekday=pl.col("date").dt.weekday()).join(
        _weekday_mean(rows.filter(pl.col("date") <= origin)), on=[*_KEYS, "weekday"]
    )
    found.append((WEEKDAY_MEAN, _errors(yardstick).with_columns(pinball=pl.lit(None, pl.Float64))))
    return [
        scores.with_columns(model=pl.lit(model), origin=pl.lit(origin)) for model, scores in found
    ]


def _weekday_mean(history: pl.DataFrame) -> pl.DataFrame:
    known = history.filter(pl.col("demand").is_not_null() & ~pl.col("closed")).sort("date")
    return known.group_by(*_KEYS, weekday=pl.col("date").dt.weekday(), maintain_order=True).agg(
        mean=pl.col("demand").tail(WEEKS).mean()
    )


def _errors(both: pl.DataFrame) -> pl.DataFrame:
    """Errors of the mean summed over each class, which stands in for the id of one series."""
    absolute = wape(both, models=["mean"], id_col="class")
    total = pl.col("y").sum()
    return (
        both.group_by("class", maintain_order=True)
        .agg(
            series=pl.struct(_KEYS).n_unique().cast(pl.Int64),
            days=pl.len().cast(pl.Int64),
            bias=pl.when(total > 0).then((pl.col("mean") - pl.col("y")).sum() / total),
        )
        .join(absolute.rename({"mean": "wape"}), on="class")
        .with_columns(pl.col("wape").fill_nan(None))
    )


def _pinball(both: pl.DataFrame) -> pl.DataFrame:
    names = [f"q{level}" for level in LEVELS]
    mean, variance = both["mean"].to_numpy(), both["variance"].to_numpy()
    quantiles = [
        pl.Series(name, find_quantile(mean, variance, level))
        for name, level in zip(names, LEVELS, strict=True)
    ]
    loss = mqloss(
        both.with_columns(quantiles),
        models={"mean": names},
        quantiles=np.array(LEVELS),
        id_col="class",
    )
    return loss.rename({"mean": "pinball"})
