"""What series of censored counts borrow from each other: weekdays, levels and dispersion."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import optimize

from forecasting.distribution import CLASS_DAYS, VOLUME_EDGES
from forecasting.history.censored_counts import (
    SHAPE_BOUNDS,
    CensoredLevels,
    Days,
    demand_at_least,
    fit_levels,
    log_likelihood,
)

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

WEEK = 7

ROOT_PRIOR_UNITS = 100.0
SKU_PRIOR_UNITS = 100.0
PAIR_PRIOR_UNITS = 50.0
"""Units by which a weekday's factor is shrunk: that of all to one, a sku's to all, a pair's to its
sku's."""

SCALE_PRIOR_UNITS = 20.0
"""Units by which the size of a location is shrunk to one."""

LEVEL_SHAPE_BOUNDS = (0.2, 5.0)
DEFAULT_LEVEL_SHAPE = 1.0
"""Least and most of the shape of levels around what is expected of them, and what it is where no
two pairs share a sku."""

DEFAULT_SHAPE = 2.0
"""Shape of the days of a series where too little is known to measure it."""

SETTLED_DAYS = 14
"""Days from which a series takes part in measuring shapes."""

SAMPLE_DAYS = 30_000
"""Days of a volume class that its shape is measured on."""

_FIRST_PRIOR_SHAPE = 0.5
_MOST_RELATIVE_LEVEL = 10.0


@dataclass(frozen=True)
class Series:
    """Codes of each series' sku and location, and the weekday of each day (0 for Monday)."""

    sku: IntArray
    location: IntArray
    weekday: IntArray


@dataclass(frozen=True)
class Model:
    """The negative binomial of every series; NaN where nothing is known of any.

    Attributes:
        level: units a day.
        evidence: information on the logarithm of the level, the prior included.
        shape: shape of the days.
        factor: series x weekdays.
    """

    level: FloatArray
    evidence: FloatArray
    shape: FloatArray
    factor: FloatArray


def first_model(days: Days, series: Series) -> Model:
    """Fit levels, weekdays and shapes a first time; the shapes are good enough for a second fit.

    Args:
        days: what is known; its factors are not read.
        series: of all series, and of all days in `days`.
    """
    even = replace(days, factor=np.ones(len(days.sold)))
    shape = np.full(len(series.sku), DEFAULT_SHAPE)
    crude = _over(_sum_by(series.sku, days.sums(days.sold)) + 0.5, _sku_days(days, series))
    expected = _filled(crude[series.sku], crude)
    levels = fit_levels(even, shape, expected, _FIRST_PRIOR_SHAPE)
    factor = weekday_factors(days, series, levels.level, shape)
    spread = replace(days, factor=factor[days.series, series.weekday])
    return refit(spread, series, Model(levels.level, levels.evidence, shape, factor), shapes=True)


def refit(days: Days, series: Series, model: Model, *, shapes: bool = False) -> Model:
    """Fit the model's levels again, with priors from all series and weekday factors on the days.

    Args:
        days: what is known.
        series: of all series.
        model: an earlier fit.
        shapes: measure the shapes as well.
    """
    levels = CensoredLevels(model.level, model.evidence)
    expected = expected_levels(series, levels)
    shape = day_shapes(days, model.level, expected) if shapes else model.shape
    around = level_shape(series, levels, expected)
    found = fit_levels(days, shape, expected, around)
    return Model(found.level, found.evidence + around, shape, model.factor)


def weekday_factors(days: Days, series: Series, level: FloatArray, shape: FloatArray) -> FloatArray:
    """Factor of each weekday on the level, series x 7.

    Units on a weekday over units had every day been average, shrunk in three steps: a pair's to
    its sku's, that to all, that to one. Of days known from below, the expected demand counts.

    Args:
        days: what is known; its factors are not read.
        series: of all series and days.
        level: of each series.
        shape: of the days of each series.
    """
    mean = level[days.series]
    units = days.sold.copy()
    cut = days.bounded
    units[cut] = demand_at_least(days.sold[cut], mean[cut], shape[days.series][cut])[0]
    cell = days.series * WEEK + series.weekday
    cells = len(level) * WEEK
    sold: FloatArray = np.bincount(cell, units, minlength=cells).reshape(-1, WEEK).astype(float)
    even: FloatArray = np.bincount(cell, mean * days.exposure, minlength=cells).astype(float)
    even = even.reshape(-1, WEEK)
    root = (sold.sum(axis=0) + ROOT_PRIOR_UNITS) / (even.sum(axis=0) + ROOT_PRIOR_UNITS)
    of_sku = (_sum_by(series.sku, sold) + SKU_PRIOR_UNITS * root) / (
        _sum_by(series.sku, even) + SKU_PRIOR_UNITS
    )
    return np.asarray((sold + PAIR_PRIOR_UNITS * of_sku[series.sku]) / (even + PAIR_PRIOR_UNITS))


def expected_levels(series: Series, levels: CensoredLevels) -> FloatArray:
    """Level expected of each series: the mean of its sku times the size of its location.

    The sku's mean carries Jeffreys' prior of half a unit. Skus that were never seen in stock have
    the mean of all.
    """
    days = levels.evidence / levels.level
    units = levels.evidence
    sku_mean = _over(_sum_by(series.sku, units) + 0.5, _sum_by(series.sku, days))
    mean = _filled(sku_mean[series.sku], sku_mean)
    scale = (_sum_by(series.location, units) + SCALE_PRIOR_UNITS) / (
        _sum_by(series.location, mean * days) + SCALE_PRIOR_UNITS
    )
    return np.asarray(mean * scale[series.location])


def level_shape(series: Series, levels: CensoredLevels, expected: FloatArray) -> float:
    """Shape of the gamma of levels around their expectation, by moments.

    One over the variance of level / expected less the noise of the level, one over its evidence
    (empirical Bayes in the gamma-Poisson form of Clayton and Kaldor 1987).
    """
    known = levels.evidence > 1
    shared = _sum_by(series.sku, known.astype(float))[series.sku] > 1
    settled = known & shared
    if not settled.any():
        return DEFAULT_LEVEL_SHAPE
    relative = np.minimum(levels.level[settled] / expected[settled], _MOST_RELATIVE_LEVEL)
    spread = float(((relative - 1) ** 2 - 1 / levels.evidence[settled]).mean())
    low, high = LEVEL_SHAPE_BOUNDS
    return float(np.clip(1 / max(spread, 1 / high), low, high))


def day_shapes(days: Days, level: FloatArray, expected: FloatArray) -> FloatArray:
    """Shape of the days of each series: that of its volume class, by maximum likelihood.

    The levels are fitted anew for every shape tried (profile likelihood): with days cut from
    above, a wide distribution of a high mean looks like a narrow one of a low mean.

    Args:
        days: what is known.
        level: an earlier fit, which sets the class.
        expected: expected level of each series.
    """
    long = np.diff(days.starts) >= SETTLED_DAYS
    volume = np.digitize(level, VOLUME_EDGES)
    everywhere = _measured(days, np.flatnonzero(long), expected)
    found = np.full(len(level), everywhere)
    for of_class in np.unique(volume[long]):
        members = np.flatnonzero(long & (volume == of_class))
        if np.diff(days.starts)[members].sum() >= CLASS_DAYS:
            found[volume == of_class] = _measured(days, members, expected)
    return found


def _measured(days: Days, members: IntArray, expected: FloatArray) -> float:
    """The shape of the days of some series, measured on a sample where there are many days."""
    if not len(members):
        return DEFAULT_SHAPE
    every = max(1, round(np.diff(days.starts)[members].sum() / SAMPLE_DAYS))
    chosen = members[::every]
    sample, start = _only(days, chosen), expected[chosen]

    def loss(log_shape: float) -> float:
        shape = float(np.exp(log_shape))
        level = fit_levels(sample, np.full(len(chosen), shape), start, _FIRST_PRIOR_SHAPE).level
        return -log_likelihood(sample, level, shape)

    bounds = (float(np.log(SHAPE_BOUNDS[0])), float(np.log(SHAPE_BOUNDS[1])))
    best = optimize.minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 0.02})
    return float(np.exp(best.x))


def _only(days: Days, chosen: IntArray) -> Days:
    """The days of chosen series, in their order."""
    lengths = np.diff(days.starts)[chosen]
    starts = np.concatenate([[0], lengths.cumsum()])
    at = np.arange(starts[-1]) + np.repeat(days.starts[chosen] - starts[:-1], lengths)
    return Days(
        np.repeat(np.arange(len(chosen)), lengths),
        days.sold[at],
        days.exposure[at],
        days.bounded[at],
        days.factor[at],
        starts,
    )


def _sku_days(days: Days, series: Series) -> FloatArray:
    return _sum_by(series.sku, days.sums(days.exposure))


def _filled(values: FloatArray, known: FloatArray) -> FloatArray:
    """Put the mean of the known values in place of NaN."""
    there = known[np.isfinite(known)]
    return np.where(np.isfinite(values), values, there.mean() if len(there) else np.nan)


def _over(above: FloatArray, below: FloatArray) -> FloatArray:
    return np.asarray(np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0))


def _sum_by(codes: IntArray, values: FloatArray) -> FloatArray:
    groups = int(codes.max(initial=-1)) + 1
    out = np.zeros((groups, *values.shape[1:]))
    np.add.at(out, codes, values)
    return out
