"""The predictive distribution of counts: negative binomial, by mean and variance.

A negative binomial stated by mean m and variance v > m has r = m^2 / (v - m) and success
probability m / v. Where the variance does not exceed the mean it is Poisson, and with a mean
of zero it is a point mass at zero.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from scipy import special

from compilation import compiled

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_OVERDISPERSED = 1 + 1e-9
"""A ratio of variance to mean up to here counts as Poisson: rounding, not dispersion."""

_LEAST_LOG = -600.0
"""Logarithm of P(D = 0) below which a double holds no probability to start from."""


def find_quantile(mean: npt.ArrayLike, variance: npt.ArrayLike, p: npt.ArrayLike) -> IntArray:
    """The least whole k with P(D <= k) >= p.

    Args:
        mean: mean demand, units, at least 0.
        variance: variance of demand, units^2.
        p: probabilities in [0, 1); the three broadcast.

    Returns:
        Units, of the broadcast shape.

    Raises:
        ValueError: a mean or variance is negative or not finite, or p lies outside [0, 1).
    """
    m, v, probability = _broadcast(mean, variance, p)
    _refuse((probability < 0) | (probability >= 1), probability, "p must lie in [0, 1)")
    from scipy import stats  # noqa: PLC0415  # slow import, as below

    found = _by_family(m, v, probability, stats.poisson.ppf, stats.nbinom.ppf, at_zero=_zeros)
    # scipy answers -1 for p = 0, one below the support.
    return np.maximum(found, 0).astype(np.int64)


def compute_survival(mean: npt.ArrayLike, variance: npt.ArrayLike, k: npt.ArrayLike) -> FloatArray:
    """P(D >= k).

    Args:
        mean: mean demand, units, at least 0.
        variance: variance of demand, units^2.
        k: units; the three broadcast.

    Returns:
        Probabilities, of the broadcast shape.

    Raises:
        ValueError: a mean or variance is negative or not finite.
    """
    m, v, least = _broadcast(mean, variance, k)

    from scipy import stats  # noqa: PLC0415  # slow import

    def at_zero(values: FloatArray) -> FloatArray:
        return (values <= -1).astype(float)

    return _by_family(m, v, least - 1, stats.poisson.sf, stats.nbinom.sf, at_zero=at_zero)


def compute_expected_sales(
    mean: npt.ArrayLike, variance: npt.ArrayLike, stock: npt.ArrayLike
) -> FloatArray:
    """E[min(D, stock)], the units that sell from a stock without replenishment.

    By size biasing, E[D; D <= s] = m P(D' <= s - 1), where D' is Poisson with the same mean, or
    negative binomial with r + 1 in place of r. The rest of the mass sells the whole stock.

    Args:
        mean: mean demand, units, at least 0.
        variance: variance of demand, units^2.
        stock: whole units, at least 0; the three broadcast.

    Returns:
        Units, of the broadcast shape.

    Raises:
        ValueError: a mean or variance is negative or not finite, or a stock is negative.
    """
    m, v, units = _broadcast(mean, variance, stock)
    _refuse(units < 0, units, "stock must not be negative")

    from scipy import stats  # noqa: PLC0415  # slow import

    def biased_nbinom(k: FloatArray, r: FloatArray, p: FloatArray) -> FloatArray:
        return np.asarray(stats.nbinom.cdf(k, r + 1, p))

    below = _by_family(m, v, units - 1, stats.poisson.cdf, biased_nbinom, at_zero=_zeros)
    return np.asarray(m * below + units * compute_survival(m, v, units + 1))


def _broadcast(
    mean: npt.ArrayLike, variance: npt.ArrayLike, values: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    m, v, x = np.broadcast_arrays(
        np.asarray(mean, dtype=float),
        np.asarray(variance, dtype=float),
        np.asarray(values, dtype=float),
    )
    _refuse(~(np.isfinite(m) & (m >= 0)), m, "mean must be finite and not negative")
    _refuse(~(np.isfinite(v) & (v >= 0)), v, "variance must be finite and not negative")
    _refuse(np.isnan(x), x, "the value asked about must be a number")
    return m, v, x


def _refuse(bad: npt.NDArray[np.bool_], values: FloatArray, rule: str) -> None:
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        msg = f"{rule}: {values.ravel()[at]} at position {at}"
        raise ValueError(msg)


def _zeros(values: FloatArray) -> FloatArray:
    return np.zeros_like(values)


def _by_family(  # noqa: PLR0913  # three parameters, and a function for each of three families
    mean: FloatArray,
    variance: FloatArray,
    values: FloatArray,
    poisson: Callable[[FloatArray, FloatArray], FloatArray],
    nbinom: Callable[[FloatArray, FloatArray, FloatArray], FloatArray],
    *,
    at_zero: Callable[[FloatArray], FloatArray],
) -> FloatArray:
    out = np.empty(mean.shape)
    zero = mean == 0
    spread = ~zero & (variance > mean * _OVERDISPERSED)
    even = ~zero & ~spread
    out[zero] = at_zero(values[zero])
    out[even] = poisson(values[even], mean[even])
    m, v = mean[spread], variance[spread]
    out[spread] = nbinom(values[spread], m**2 / (v - m), m / v)
    return out


def interpolate_quantiles(
    mean: npt.ArrayLike, variance: npt.ArrayLike, levels: Sequence[float]
) -> npt.NDArray[np.float32]:
    """Quantiles between whole units, for scores that compare with continuous forecasts.

    The whole quantiles of small counts cover more than they promise. These invert the line through
    the points (k, P(D < k) + P(D = k) / 2) for whole k, the mid-distribution function (Ma, Genton
    and Parzen, Asymptotic properties of sample quantiles of discrete distributions, 2011).

    Args:
        mean: mean demand, units, at least 0, one dimension.
        variance: variance of demand, units^2, of the same length.
        levels: probabilities in (0, 1), increasing.

    Returns:
        Units, [level, row].

    Raises:
        ValueError: a mean or variance is negative or not finite, or levels do not increase within
            (0, 1).
    """
    m, v, p = _broadcast(mean, variance, 0.5)
    asked = np.asarray(levels, dtype=float)
    if not ((np.diff(asked) > 0).all() and (asked > 0).all() and (asked < 1).all()):
        msg = f"levels must increase within (0, 1), not {list(levels)}"
        raise ValueError(msg)
    found = np.zeros((len(asked), p.size), dtype=np.float32)
    _fill_mid_quantiles(m.flatten(), v.flatten(), asked, special.ndtri(asked), found)
    return found


@compiled
def _fill_mid_quantiles(
    mean: FloatArray,
    variance: FloatArray,
    levels: FloatArray,
    normal: FloatArray,
    out: npt.NDArray[np.float32],
) -> None:
    """Walk up the probabilities of each row once; far above zero, take the normal's quantiles."""
    for row in range(len(mean)):
        m, v = mean[row], max(variance[row], mean[row] * _OVERDISPERSED)
        if m <= 0:
            continue
        size = m * m / (v - m)
        log_zero = size * np.log(m / v)
        if log_zero < _LEAST_LOG:
            for level in range(len(levels)):
                out[level, row] = max(m + normal[level] * np.sqrt(v), 0.0)
            continue
        mass = np.exp(log_zero)
        below, before, units, level = 0.0, 0.0, 0.0, 0
        # Mass fades below the rest of a level only by rounding: then the rest stays where it is.
        while level < len(levels) and (mass > 0 or below == 0):
            middle = below + mass / 2
            while level < len(levels) and levels[level] <= middle:
                step = (levels[level] - before) / (middle - before)
                out[level, row] = max(units - 1 + step, 0.0)
                level += 1
            below, before = below + mass, middle
            mass *= (units + size) / (units + 1) * (1 - m / v)
            units += 1
        while level < len(levels):
            out[level, row] = units
            level += 1
