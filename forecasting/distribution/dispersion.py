"""How far demand strays from its forecast: dispersion and correlations, by pair and pooled.

All come from forecasts over blocks of days made from the level known before the block, not from
the next day only, so that the drift of the level within a replenishment window is part of them.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

BLOCK_DAYS = 14
"""Days of a block, the usual length of a replenishment window."""

WARM_UP_DAYS = 28
"""Known days before the first block of a pair, for its level to settle."""

VOLUME_EDGES = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
"""Mean daily units between which a volume class lies."""

CLASS_DAYS = 500
"""Days a volume class needs for figures of its own."""

PAIR_SPREAD = 0.5
"""Assumed standard deviation of the dispersion of pairs of one class, as a share of its mean."""

MIN_DISPERSION = 0.05
"""Least dispersion that `PAIR_SPREAD` is taken of: a class at zero does not forbid all of it."""

DEFAULT_DISPERSION = 0.5
DEFAULT_CORRELATION = 0.2
DEFAULT_COMMON_VARIATION = 0.05
"""Assumed where no pair has a history long enough to measure them."""

MAX_CORRELATION = 0.9


@dataclass(frozen=True)
class Dispersion:
    """How demand spreads, by pair: variance = mean + alpha mean^2, and the correlation of its days.

    Attributes:
        alpha: dispersion.
        correlation: between two days of the pair.
        common_variation: squared coefficient of variation of what any days of two locations of the
            sku share; no more than the days of the pair do.
    """

    alpha: FloatArray
    correlation: FloatArray
    common_variation: FloatArray


@dataclass(frozen=True)
class _Blocks:
    """Errors and forecasts by pair, block and day, NaN on days that do not count."""

    error: FloatArray
    forecast: FloatArray


def estimate_dispersion(
    demand: FloatArray, fitted: FloatArray, season: FloatArray, level: FloatArray, sku: IntArray
) -> Dispersion:
    """Dispersion by moments, shrunk to the volume class; correlation by volume class.

    alpha solves sum(error^2 - mean - alpha mean^2) = 0 (the moment estimator of the negative
    binomial, Cameron and Trivedi, Regression Analysis of Count Data, 2013, section 3.3). A pair's
    own estimate and that of its class are weighed by their precisions, the error of the former
    from var(error^2) = m + 2 v^2, near that of a Poisson whose variance is v. The correlation rho
    solves sum((sum error)^2 - sum error^2 - rho ((sum s)^2 - sum s^2)) = 0 over blocks, each
    weighed by one over its variance, and is clipped to [0, `MAX_CORRELATION`]. What locations of
    a sku share is found alike by `estimate_common_variation`; it is at most what the days of a
    pair share.

    Args:
        demand: pairs x days, units; NaN where unknown.
        fitted: pairs x days, the deseasonalised level forecast a day ahead; NaN where unknown.
        season: pairs x days, the weekday factor.
        level: pairs, the deseasonalised level now, above 0, which sets the volume class; NaN
            gives NaN.
        sku: pairs, code of the sku.

    Returns:
        A value of each for every pair.
    """
    blocks = _block_errors(demand, fitted, season)
    counted = np.isfinite(blocks.error)
    volume = np.digitize(level, VOLUME_EDGES)
    excess = np.nansum(blocks.error**2 - blocks.forecast, axis=(1, 2))
    squares = np.nansum(np.where(counted, blocks.forecast**2, np.nan), axis=(1, 2))
    pooled = _by_class(excess, squares, counted.sum(axis=(1, 2)), volume, DEFAULT_DISPERSION)
    pooled = np.maximum(pooled, 0)
    noise = 1 / level + 2 * (1 + pooled * level) ** 2
    prior = (PAIR_SPREAD * np.maximum(pooled, MIN_DISPERSION)) ** -2
    alpha = np.maximum((excess / noise + prior * pooled) / (squares / noise + prior), 0)
    variance = blocks.forecast + alpha[:, None, None] * blocks.forecast**2
    correlation = _correlation(blocks, counted, variance, volume)
    errors, means, totals = (
        np.nansum(values, axis=2) for values in (blocks.error, blocks.forecast, variance)
    )
    shared = estimate_common_variation(errors, means, totals, sku)
    most = correlation * (1 / level + alpha)
    common = np.minimum(DEFAULT_COMMON_VARIATION if shared is None else shared, most)
    return Dispersion(alpha, correlation, common)


def estimate_common_variation(
    errors: FloatArray, means: FloatArray, variances: FloatArray, sku: IntArray
) -> float | None:
    """Estimate how strongly demand at all locations of an item moves together, pooled over items.

    kappa solves sum((sum E)^2 - sum E^2 - kappa ((sum M)^2 - sum M^2)) = 0, the inner sums over
    the locations of a sku in one stretch of days, the outer one over skus and stretches, each
    weighed by one over its variance.

    Args:
        errors: pairs x stretches, sums of errors E, units; 0 where nothing is known.
        means: the same of forecasts M, units.
        variances: the same of variances, units^2.
        sku: pairs, code of the sku.

    Returns:
        At least 0; None where no sku is known at two locations.
    """
    stretches = errors.shape[1]
    group = (sku[:, None] * stretches + np.arange(stretches)).ravel()

    def by_sku(values: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(group, values.ravel()), dtype=np.float64)

    total = by_sku(variances)
    weight = np.divide(1, total, out=np.zeros_like(total), where=total > 0)
    shared = (by_sku(errors) ** 2 - by_sku(errors**2)) * weight
    spread = (by_sku(means) ** 2 - by_sku(means**2)) * weight
    if spread.sum() <= 0:
        return None
    return float(max(shared.sum() / spread.sum(), 0.0))


def _block_errors(demand: FloatArray, fitted: FloatArray, season: FloatArray) -> _Blocks:
    pairs, days = demand.shape
    count = days // BLOCK_DAYS
    shape = (pairs, count, BLOCK_DAYS)
    last = slice(days - count * BLOCK_DAYS, days)
    known = np.isfinite(demand)
    before = np.cumsum(known, axis=1) - known
    levels = fitted[:, last].reshape(shape)
    seen = np.isfinite(levels)
    first = seen.argmax(axis=2)[:, :, None]
    origin = np.take_along_axis(levels, first, axis=2)
    settled = before[:, last].reshape(shape)[:, :, :1] >= WARM_UP_DAYS
    forecast = np.where(settled & seen, origin * season[:, last].reshape(shape), np.nan)
    return _Blocks(error=demand[:, last].reshape(shape) - forecast, forecast=forecast)


def _correlation(
    blocks: _Blocks, counted: BoolArray, variance: FloatArray, volume: IntArray
) -> FloatArray:
    total = np.nansum(variance, axis=2)
    weight = np.divide(1, total, out=np.zeros_like(total), where=total > 0)
    errors = np.nansum(blocks.error, axis=2) ** 2 - np.nansum(blocks.error**2, axis=2)
    spread = np.nansum(np.sqrt(variance), axis=2) ** 2 - total
    found = _by_class(
        (errors * weight).sum(axis=1),
        (spread * weight).sum(axis=1),
        counted.sum(axis=(1, 2)),
        volume,
        DEFAULT_CORRELATION,
    )
    return np.clip(found, 0, MAX_CORRELATION)


def _by_class(
    numerator: FloatArray,
    denominator: FloatArray,
    days: IntArray,
    volume: IntArray,
    default: float,
) -> FloatArray:
    """The ratio of two sums by volume class, or over all pairs where a class has too few days."""
    classes = len(VOLUME_EDGES) + 1
    below = np.bincount(volume, denominator, minlength=classes)
    above = np.bincount(volume, numerator, minlength=classes)
    total = denominator.sum()
    overall = numerator.sum() / total if total > 0 else default
    own = (np.bincount(volume, days, minlength=classes) >= CLASS_DAYS) & (below > 0)
    ratio = np.divide(above, below, out=np.full(classes, overall), where=own)
    return np.asarray(ratio[volume])
