"""Negative binomial levels of many series whose days are seen whole, in part, or from below.

A day's rate is gamma with its expectation m as mean and a shape k, its demand Poisson: negative
binomial with variance m + m^2 / k. A day in stock for the share e of its demand tells s of a
negative binomial with mean m e. That the shelf ran empty when it did adds nothing: given the sales
up to that moment, it does not depend on the rate (an ignorable stopping rule). Where only the empty
shelf at the close is known, a day tells that demand was at least s.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from compilation import compiled

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

SHAPE_BOUNDS = (0.1, 200.0)
"""Least and most of a day's shape; the latter is a Poisson but for 0.5 % of its mean."""

BLOCK_DAYS = 1_000_000
"""Days worked on at a time, which bounds the memory."""

_STEPS = 60
_LONGEST_STEP = 1.5
_EXACT = 1e-7
_LEAST_TAIL = 1e-250
_LEAST_SOLD = 1e-9


@dataclass(frozen=True)
class Days:
    """Days that tell something about the level, sorted by series; one array entry per day.

    Attributes:
        series: code of the series.
        sold: units sold.
        exposure: share of the day's demand that met stock, above 0; 1 on bounded days.
        bounded: demand is known only to be at least `sold`, which is above 0.
        factor: weekday's factor on the level of the series.
        starts: first day of each series, and the number of days at the end.
    """

    series: IntArray
    sold: FloatArray
    exposure: FloatArray
    bounded: BoolArray
    factor: FloatArray
    starts: IntArray

    def blocks(self) -> Iterator[tuple[slice, "Days"]]:
        """Series in blocks of about `BLOCK_DAYS` days, each with codes from 0."""
        first, count = 0, len(self.starts) - 1
        while first < count:
            until = int(np.searchsorted(self.starts, self.starts[first] + BLOCK_DAYS))
            until = min(max(until, first + 1), count)
            yield slice(first, until), self.of(first, until)
            first = until

    def of(self, first: int, until: int) -> "Days":
        """The days of the series from `first` up to `until`."""
        cut = slice(self.starts[first], self.starts[until])
        return Days(
            self.series[cut] - first,
            self.sold[cut],
            self.exposure[cut],
            self.bounded[cut],
            self.factor[cut],
            self.starts[first : until + 1] - self.starts[first],
        )

    def sums(self, values: FloatArray) -> FloatArray:
        """Sum of a value over the days of each series."""
        found = np.bincount(self.series, values, minlength=len(self.starts) - 1)
        return found.astype(np.float64)


@dataclass(frozen=True)
class CensoredLevels:
    """Level of each series, and how much its days tell of it.

    Attributes:
        level: most probable level, units a day.
        evidence: information of the days on the logarithm of the level, without the prior; units
            sold, were demand Poisson and never cut.
    """

    level: FloatArray
    evidence: FloatArray


def fit_levels(
    days: Days, shape: FloatArray, prior_mean: FloatArray, prior_shape: float
) -> CensoredLevels:
    """Most probable level of each series, by Newton's method on its logarithm.

    The likelihood of each day is that of the module, the prior gamma. All are concave in the
    logarithm of the level, so that capped steps lead to the one maximum.

    Args:
        days: what is known.
        shape: shape of the days of each series.
        prior_mean: expected level of each series, above 0.
        prior_shape: shape of the gamma around it.
    """
    level, evidence = np.empty(len(prior_mean)), np.empty(len(prior_mean))
    for block, part in days.blocks():
        log = np.log(prior_mean[block])
        for _ in range(_STEPS):
            score, info = _slopes(part, np.exp(log), shape[block])
            pull = prior_shape * np.exp(log) / prior_mean[block]
            step = (score + prior_shape - pull) / (info + pull)
            log += np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
            if np.abs(step).max(initial=0) < _EXACT:
                break
        level[block] = np.exp(log)
        evidence[block] = _slopes(part, level[block], shape[block])[1]
    return CensoredLevels(level, evidence)


def log_likelihood(days: Days, level: FloatArray, shape: float) -> float:
    """The log likelihood of all days together, up to a constant."""
    mean, sold = level[days.series] * days.factor * days.exposure, days.sold
    cut = days.bounded
    s, m = sold[~cut], mean[~cut]
    whole = (
        special.gammaln(s + shape)
        - special.gammaln(shape)
        + s * np.log(m / (m + shape))
        - shape * np.log1p(m / shape)
    )
    tail = special.betainc(sold[cut], shape, mean[cut] / (mean[cut] + shape))
    return float(whole.sum() + np.log(np.maximum(tail, _LEAST_TAIL)).sum())


def demand_at_least(
    sold: FloatArray, mean: FloatArray, shape: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of a negative binomial D, given D >= sold.

    With h = s P(D = s) / P(D >= s), the slope of log P(D >= s) in log m, the mean is
    m + (1 + m / k) h. The variance follows from the slope of h.

    Args:
        sold: s, units, any above 0 where it is to tell something.
        mean: m, above 0.
        shape: k.
    """
    spread = 1 + mean / shape
    hazard = _hazard(sold, mean, shape)
    found = np.maximum(mean + spread * hazard, sold)
    slope = hazard * ((sold - mean) / spread - hazard)
    return found, np.maximum(spread**2 * slope + mean * (1 + found / shape), 0)


def _slopes(days: Days, level: FloatArray, shape: FloatArray) -> tuple[FloatArray, FloatArray]:
    """First and negative second derivative of the log likelihood in log level, by series."""
    cut = np.flatnonzero(days.bounded)
    series = days.series[cut]
    mean = level[series] * days.factor[cut] * days.exposure[cut]
    hazard = np.zeros(len(days.sold))
    hazard[cut] = _hazard(days.sold[cut], mean, shape[series])
    columns = (days.sold, days.exposure, days.bounded, days.factor)
    return _sum_slopes(days.starts, *columns, hazard, level, shape)


@compiled
def _sum_slopes(  # noqa: PLR0913, PLR0917  # a kernel over the columns of `Days`
    starts: IntArray,
    sold: FloatArray,
    exposure: FloatArray,
    bounded: BoolArray,
    factor: FloatArray,
    hazard: FloatArray,
    level: FloatArray,
    shape: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Slopes summed over the days of each series; `hazard` is that of bounded days."""
    count = len(starts) - 1
    scores, infos = np.zeros(count), np.zeros(count)
    for series in range(count):
        k = shape[series]
        for day in range(starts[series], starts[series + 1]):
            mean = level[series] * factor[day] * exposure[day]
            spread = 1 + mean / k
            score = (sold[day] - mean) / spread
            if bounded[day]:
                scores[series] += hazard[day]
                infos[series] += max(hazard[day] * (hazard[day] - score), 0.0)
            else:
                scores[series] += score
                infos[series] += mean * (1 + sold[day] / k) / (spread * spread)
    return scores, infos


def _hazard(sold: FloatArray, mean: FloatArray, shape: FloatArray) -> FloatArray:
    """Slope of log P(D >= s) in log m: s P(D = s) / P(D >= s).

    P(D >= s) is the incomplete beta function I_p(s, k) with p = m / (m + k). Where it is too small
    for a number, the terms of the sum fall off geometrically by p (s + k) / (s + 1).
    """
    p = mean / (mean + shape)
    tail = special.betainc(np.maximum(sold, _LEAST_SOLD), shape, p)
    log_mass = (
        special.gammaln(sold + shape)
        - special.gammaln(shape)
        - special.gammaln(sold + 1)
        + sold * np.log(p)
        - shape * np.log1p(mean / shape)
    )
    far = 1 - p * (sold + shape) / (sold + 1)
    near = np.exp(log_mass) / np.maximum(tail, _LEAST_TAIL)
    return np.asarray(sold * np.where(tail > _LEAST_TAIL, near, np.clip(far, 0, 1)))
