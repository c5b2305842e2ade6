"""Baseline forecasts, as a distribution for every listed pair.

A pair's demand is a level times a weekday profile. The level is fitted by a model chosen by the
class of the series, and shrunk to what the sku sells elsewhere where the pair's own history is
thin; the dispersion comes from how past forecasts erred.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.baseline.panel import (
    Panel,
    build_panel,
    regularly_closed,
    spread_factors,
    spread_offers,
)
from forecasting.baseline.pooling import expected_level, prior_shape, weekday_profile
from forecasting.baseline.smoothing import Fit, exponential_smoothing, smoothed_rates
from forecasting.distribution import (
    Dispersion,
    add_stock_outs,
    estimate_dispersion,
    estimate_stock_out_share,
    estimate_surge,
)
from quality_checks.contracts import ItemExits, LocationOpenings, find_frame

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
StrArray = npt.NDArray[np.str_]

INTERMITTENT_INTERVAL = 1.32
ERRATIC_CV2 = 0.49
"""Cut-offs of Syntetos, Boylan and Croston (2005): mean days between demands, and the squared
coefficient of variation of their sizes."""

NEW_DAYS = 14
"""Known days below which a series is new."""

SETTLED_DAYS = 7
"""Days in stock from which a pair is fitted on those alone."""

SPIKE = 20.0
"""A day above this many times the pair's median day with demand is cut back to it."""

SES_ALPHA = 0.1
TSB_SIZE_ALPHA = 0.1
TSB_PROBABILITY_ALPHA = 0.05

SMOOTHING = "SimpleExponentialSmoothing"
INTERMITTENT = "TSB"
AVERAGE = "HistoricAverage"
POOLED = "pooled"


def _by_library(name: str, **settings: Any) -> Callable[[FloatArray], Fit]:  # noqa: ANN401  # the models own
    """Fits a model of statsforecast, by its name, to each of some series.

    The models know no calendar, so unknown days are left out instead of being invented.
    """

    def fit(demand: FloatArray) -> Fit:
        # They bring statsmodels, which takes longer to import than a command may.
        from statsforecast import StatsForecast, models  # noqa: PLC0415

        row, day = np.nonzero(np.isfinite(demand))
        frame = pl.DataFrame({"unique_id": row, "ds": np.arange(len(row)), "y": demand[row, day]})
        engine = StatsForecast(models=[getattr(models, name)(**settings)], freq=1, n_jobs=1)
        ahead = engine.forecast(df=frame, h=1, fitted=True).sort("unique_id")
        known = engine.forecast_fitted_values()  # type: ignore[no-untyped-call]  # it states no types
        fitted = np.full(demand.shape, np.nan)
        fitted[row, day] = known.sort("unique_id", "ds")[engine.models[0].alias].to_numpy()
        return Fit(ahead[engine.models[0].alias].to_numpy(), fitted)

    return fit


LEVEL_MODELS: dict[str, Callable[[FloatArray], Fit]] = {
    "ADIDA": _by_library("ADIDA"),
    "AutoETS": _by_library("AutoETS", model="ZNN"),
    "CrostonSBA": _by_library("CrostonSBA"),
    SMOOTHING: lambda demand: exponential_smoothing(demand, SES_ALPHA),
    INTERMITTENT: lambda demand: smoothed_rates(demand, TSB_SIZE_ALPHA, TSB_PROBABILITY_ALPHA),
}
"""Models of a level without trend or season, whose fitted values are forecasts a day ahead (those
of AutoETS by parameters of the whole history, which flatters its dispersion a little)."""

DEFAULT_CHOICE = {
    "smooth": SMOOTHING,
    "erratic": SMOOTHING,
    "intermittent": INTERMITTENT,
    "lumpy": INTERMITTENT,
}
"""Model of each class where no other is chosen."""

MEMORY_DAYS = {
    SMOOTHING: (2 - SES_ALPHA) / SES_ALPHA,
    INTERMITTENT: (2 - TSB_PROBABILITY_ALPHA) / TSB_PROBABILITY_ALPHA,
}
"""Days of equal weight with the same variance as the exponential weights. Models that set their
weights by themselves count with the shortest of them, so that a level never seems too sure."""

QUIET_DAYS = 28
"""Known days without a sale after which only models that decay fit a pair."""

DECAYING = (SMOOTHING, INTERMITTENT)
"""Models whose level falls towards zero while nothing sells. That of Croston stays where it was
(Teunter, Syntetos and Babai 2011), and those that choose their weights may choose to."""

_MOMENTS = ["mean", "variance", "mean_in_stock", "variance_in_stock"]
_COLUMNS = [
    "region",
    "sku",
    "location",
    "date",
    "mean",
    "variance",
    "correlation",
    "common_variation",
    "mean_in_stock",
    "variance_in_stock",
    "model",
]


@dataclass(frozen=True)
class _Levels:
    """The deseasonalised level of each pair, its fit one day ahead, and how much data supports it.

    `level` is 0 where nothing is known; `fitted` is pairs x days, NaN where there is none.
    """

    level: FloatArray
    fitted: FloatArray
    days: FloatArray
    model: StrArray


def forecast_baseline(  # noqa: PLR0913  # history, the days ahead, and what is known of past days
    demand: pl.DataFrame,
    *,
    horizon: int,
    as_of: dt.date,
    choice: Mapping[str, str] | None = None,
    past: pl.DataFrame | None = None,
    offers: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Forecast the daily demand of every pair over the days after `as_of`.

    Smooth and erratic series get simple exponential smoothing, intermittent and lumpy ones the
    method of Teunter, Syntetos and Babai (2011), both on demand without its weekday profile, on
    the days in stock only; `choice` may name other models, as forecasting.challengers does. Series
    with less than `NEW_DAYS` known days get their mean; pairs without any the sku's mean elsewhere
    (model `pooled`). What `past` knows of the time of year, of events and of launches is taken out
    of past days before, and so is what `offers` did to them, so that neither level nor dispersion
    takes it for chance: the forecast is of days without offers. Every level is
    shrunk to the sku's mean times the size of the location by a gamma prior, so that no listed pair
    is forecast at zero; the uncertainty of a thin level widens the variance and ties the days
    together. Weekdays on which a location rests every week have mean and variance 0. What
    stock-out days ask for beyond that is added as `stock_out_days` says.

    Args:
        demand: rows of the contract Unconstrained, one a pair and day; days may lack, which means
            unknown. Rows after `as_of` are not read.
        horizon: days to forecast, at least 1.
        as_of: last day known.
        choice: model of `LEVEL_MODELS` by class, for the classes that shall not have that of
            `DEFAULT_CHOICE`.
        past: frame `past_factors`; days of weeks that it lacks are like today's.
        offers: frame `offer_effects`; days that it lacks had none.

    Returns:
        The columns of the contract Forecast but business_date, sorted by key. Pairs of a sku of
        which nothing is known anywhere are left out.

    Raises:
        ValueError: the horizon is below 1; the choice names an unknown class or model; demand is
            NaN, infinite or negative, or a day comes twice (names the first).
    """
    if horizon < 1:
        msg = f"horizon must be at least 1 day, not {horizon}"
        raise ValueError(msg)
    chosen = _complete(choice or {})
    panel = build_panel(demand, as_of)
    capped = _without_spikes(_seen(panel))
    offered = spread_offers(panel, offers)
    profile = weekday_profile(panel, capped / offered)
    season = profile[:, panel.weekday] * spread_factors(panel, past) * offered
    levels = _fit_levels(capped / season, classify(capped), chosen)
    expected = expected_level(panel, levels.level, levels.days)
    volume = np.where(levels.level > 0, levels.level, expected)
    spread = estimate_dispersion(capped, levels.fitted, season, volume, panel.sku)
    shape = prior_shape(panel, levels.level, expected, levels.days, spread.alpha)
    ahead = (as_of.weekday() + 1 + np.arange(horizon)) % 7
    factor = np.where(regularly_closed(panel), 0.0, profile)[:, ahead]
    moments = _moments(levels, spread, (expected, shape), factor)
    return _frame(panel, levels, moments, _surge(panel, volume[:, None] * season))


def clear_days_after_exit(forecast: pl.DataFrame, products: pl.DataFrame) -> pl.DataFrame:
    """Set mean and variance to 0 after the last day on which an item is on sale.

    Args:
        forecast: the columns of the contract Forecast but business_date.
        products: frame `item_exits`; skus that it lacks have no end.

    Returns:
        The same rows in the same order.

    Raises:
        ValueError: `products` breaks its contract.
    """
    exits = find_frame(ItemExits).read(products)
    return _nothing_where(pl.col("date") > pl.col("exit_date"), forecast, exits, "sku")


def clear_closed_days(forecast: pl.DataFrame, locations: pl.DataFrame) -> pl.DataFrame:
    """Set mean and variance to 0 before a location opens and after it has closed for good.

    Args:
        forecast: the columns of the contract Forecast but business_date.
        locations: frame `location_openings`; locations that it lacks never open or close.

    Returns:
        The same rows in the same order.

    Raises:
        ValueError: `locations` breaks its contract.
    """
    openings = find_frame(LocationOpenings).read(locations)
    before, after = (pl.col("date") < pl.col("opened_on")), (pl.col("date") >= pl.col("closed_on"))
    return _nothing_where(before | after, forecast, openings, "location")


def _nothing_where(
    over: pl.Expr, forecast: pl.DataFrame, dates: pl.DataFrame, key: str
) -> pl.DataFrame:
    """Set mean and variance to 0 where `over` holds for a row and its `dates`."""
    return (
        forecast.join(dates, on=key, how="left", maintain_order="left")
        .with_columns(pl.when(~over.fill_null(value=False)).then(pl.col(_MOMENTS)).otherwise(0.0))
        .select(forecast.columns)
    )


def pair_classes(demand: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    """The class of every pair, as `forecast_baseline` sees it on the same day.

    Args:
        demand: rows of the contract Unconstrained; those after `as_of` are not read.
        as_of: last day known.

    Returns:
        sku, location, class (of `DEFAULT_CHOICE`, new below `NEW_DAYS` known days), sorted.

    Raises:
        ValueError: demand is NaN, infinite or negative, or a day comes twice (names the first).
    """
    panel = build_panel(demand, as_of)
    new = panel.known.sum(axis=1) < NEW_DAYS
    found = np.where(new, "new", classify(_without_spikes(_seen(panel))))
    return panel.pairs.select("sku", "location", pl.Series("class", found.astype(str)))


def classify(demand: FloatArray) -> StrArray:
    """Class of each series by Syntetos, Boylan and Croston (2005).

    Args:
        demand: series x days, units; NaN where unknown.

    Returns:
        smooth, erratic, intermittent or lumpy; unknown where no day is known. A series without
        any demand is intermittent.
    """
    days = np.isfinite(demand).sum(axis=1)
    positive = np.where(demand > 0, demand, np.nan)
    times = np.isfinite(positive).sum(axis=1)
    divisor = np.maximum(times, 1)
    size = np.nansum(positive, axis=1) / divisor
    variance = np.nansum((positive - size[:, None]) ** 2, axis=1) / divisor
    erratic = variance > ERRATIC_CV2 * size**2
    rare = days > INTERMITTENT_INTERVAL * times
    named = np.where(
        rare,
        np.where(erratic, "lumpy", "intermittent"),
        np.where(erratic, "erratic", "smooth"),
    )
    return np.where(days == 0, "unknown", named)


def _seen(panel: Panel) -> FloatArray:
    """Demand on days in stock, or on all days for pairs that were hardly ever in stock."""
    settled = panel.in_stock.sum(axis=1) >= SETTLED_DAYS
    return np.where(panel.in_stock | ~settled[:, None], panel.demand, np.nan)


def _surge(panel: Panel, expected: FloatArray) -> FloatArray:
    """Demand of stock-out days over what the fitted level expects of them, by volume class."""
    out = panel.known & ~panel.in_stock & np.isfinite(expected)
    out &= (panel.in_stock.sum(axis=1) >= SETTLED_DAYS)[:, None]
    return estimate_surge(expected[out], panel.demand[out])


def _without_spikes(demand: FloatArray) -> FloatArray:
    """Demand with every day cut back to `SPIKE` times the pair's median day with demand."""
    ordered = np.sort(np.where(demand > 0, demand, np.nan), axis=1)
    times = np.isfinite(ordered).sum(axis=1)
    middle = np.maximum(times - 1, 0) // 2
    median = np.take_along_axis(ordered, middle[:, None], axis=1)
    cap = SPIKE * np.maximum(np.nan_to_num(median), 1.0)
    return np.asarray(np.minimum(demand, cap))


def _complete(choice: Mapping[str, str]) -> dict[str, str]:
    """The model of every class."""
    for kind, model in sorted(choice.items()):
        if kind not in DEFAULT_CHOICE:
            msg = f"{kind} is not a class of series; there are {', '.join(DEFAULT_CHOICE)}"
            raise ValueError(msg)
        if model not in LEVEL_MODELS:
            msg = f"{model} is not a model of a level; there are {', '.join(LEVEL_MODELS)}"
            raise ValueError(msg)
    return {**DEFAULT_CHOICE, **choice}


def _fit_levels(demand: FloatArray, kind: StrArray, choice: Mapping[str, str]) -> _Levels:
    """Fit the level of each series by the model of its class; `demand` is deseasonalised."""
    known = np.isfinite(demand)
    days = known.sum(axis=1).astype(float)
    mean = np.divide(np.nansum(demand, axis=1), days, out=np.zeros(len(days)), where=days > 0)
    model = np.full(len(days), POOLED, dtype=object)
    for name, by_choice in choice.items():
        model[kind == name] = by_choice
    model[_quiet(demand) & ~np.isin(model, DECAYING)] = INTERMITTENT
    model[days < NEW_DAYS] = AVERAGE
    model[days == 0] = POOLED
    levels = _Levels(mean, np.full(demand.shape, np.nan), days.copy(), model.astype(str))
    for name, fit_level in LEVEL_MODELS.items():
        chosen = np.flatnonzero(levels.model == name)
        if len(chosen):
            fit = fit_level(demand[chosen])
            levels.level[chosen] = np.maximum(fit.level, 0)
            # Some models extrapolate below zero, which no demand does.
            levels.fitted[chosen] = np.maximum(fit.fitted, 0)
            memory = MEMORY_DAYS.get(name, min(MEMORY_DAYS.values()))
            levels.days[chosen] = np.minimum(days[chosen], memory)
    return levels


def _quiet(demand: FloatArray) -> BoolArray:
    """Which series sold nothing on their last `QUIET_DAYS` known days."""
    known = np.isfinite(demand)
    after = known[:, ::-1].cumsum(axis=1)[:, ::-1]
    recent = known & (after <= QUIET_DAYS)
    return np.asarray((np.where(recent, demand, 0) <= 0).all(axis=1))


@dataclass(frozen=True)
class _Moments:
    """Mean and variance by pair and day, and what the days of a pair share; NaN where unknown."""

    mean: FloatArray
    variance: FloatArray
    correlation: FloatArray
    common_variation: FloatArray


def _moments(
    levels: _Levels, spread: Dispersion, prior: tuple[FloatArray, float], factor: FloatArray
) -> _Moments:
    """Demand while in stock.

    With a gamma prior of mean m and shape a, and `units` seen over `days` that are each worth
    1 / (1 + alpha m) of a Poisson day, the posterior of the level is gamma with shape a + units
    and rate a / m + days. Where a level is thin, its squared coefficient of variation,
    1 / (a + units), is that of a factor common to all days, and the location's own.
    """
    expected, shape = prior
    worth = 1 / (1 + spread.alpha * expected)
    units = levels.level * levels.days * worth
    level = (shape + units) / (shape / expected + levels.days * worth)
    thin = np.isin(levels.model, [AVERAGE, POOLED]) | (levels.level == 0)
    shared = np.where(thin, 1 / (shape + units), 0.0)[:, None]
    mean = level[:, None] * factor
    own = mean + spread.alpha[:, None] * mean**2 * (1 + shared)
    variance = own + shared * mean**2
    tied = spread.correlation * own.sum(axis=1) + (shared * mean**2).sum(axis=1)
    total = variance.sum(axis=1)
    correlation = np.divide(tied, total, out=np.zeros_like(total), where=total > 0)
    return _Moments(mean, variance, correlation, spread.common_variation)


def _frame(
    panel: Panel,
    levels: _Levels,
    moments: _Moments,
    surge: FloatArray,
) -> pl.DataFrame:
    mean_in_stock, variance_in_stock = moments.mean, moments.variance
    settled = panel.in_stock.sum(axis=1) >= SETTLED_DAYS
    share = np.where(settled, estimate_stock_out_share(panel.known, panel.in_stock), 0.0)
    mean, variance = add_stock_outs(mean_in_stock, variance_in_stock, share, surge)
    horizon = mean.shape[1]
    row = np.repeat(np.arange(len(mean)), horizon)
    dates = [panel.as_of + dt.timedelta(days=offset) for offset in range(1, horizon + 1)]
    return (
        panel.pairs.with_columns(pl.Series("model", levels.model.astype(str)))[row]
        .with_columns(
            date=pl.Series(dates)[np.tile(np.arange(horizon), len(mean))],
            mean=pl.Series(mean.ravel()),
            variance=pl.Series(variance.ravel()),
            correlation=pl.Series(moments.correlation[row]),
            common_variation=pl.Series(moments.common_variation[row]),
            mean_in_stock=pl.Series(mean_in_stock.ravel()),
            variance_in_stock=pl.Series(variance_in_stock.ravel()),
        )
        .filter(pl.col("mean").is_not_nan())
        .select(_COLUMNS)
    )
