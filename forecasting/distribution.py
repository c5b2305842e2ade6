"""The predictive distribution of demand: negative binomial, and sums of it over time and nodes.

A negative binomial stated by mean m and variance v > m has r = m^2 / (v - m) and success
probability m / v. Where the variance does not exceed the mean it is Poisson, and with a mean
of zero it is a point mass at zero.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numba
import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import special, stats

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_ENGINE: Final = "in-memory"
"""How frames are summed: the streaming engine adds in another order each time, and the last digits
of a sum would differ from run to run."""

TAIL_DAYS = 7
"""Last days of a horizon whose mean level is carried on beyond it."""

_OVERDISPERSED = 1 + 1e-9
"""A ratio of variance to mean up to here counts as Poisson: rounding, not dispersion."""

_LEAST_LOG = -600.0
"""Logarithm of P(D = 0) below which a double holds no probability to start from."""


def quantile(mean: npt.ArrayLike, variance: npt.ArrayLike, p: npt.ArrayLike) -> IntArray:
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
    found = _by_family(m, v, probability, stats.poisson.ppf, stats.nbinom.ppf, at_zero=_zeros)
    # scipy answers -1 for p = 0, one below the support.
    return np.maximum(found, 0).astype(np.int64)


def survival(mean: npt.ArrayLike, variance: npt.ArrayLike, k: npt.ArrayLike) -> FloatArray:
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

    def at_zero(values: FloatArray) -> FloatArray:
        return (values <= -1).astype(float)

    return _by_family(m, v, least - 1, stats.poisson.sf, stats.nbinom.sf, at_zero=at_zero)


def expected_sales(
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

    def biased_nbinom(k: FloatArray, r: FloatArray, p: FloatArray) -> FloatArray:
        return np.asarray(stats.nbinom.cdf(k, r + 1, p))

    below = _by_family(m, v, units - 1, stats.poisson.cdf, biased_nbinom, at_zero=_zeros)
    return np.asarray(m * below + units * survival(m, v, units + 1))


def window_demand(forecast: pl.DataFrame, windows: pl.DataFrame) -> pl.DataFrame:
    """Demand over the first days of the horizon, with random lead time.

    Daily variances s_i^2 and the correlation rho of a pair give the variance of the sum,
    (1 - rho) sum s_i^2 + rho (sum s_i)^2. A lead time with standard deviation S adds
    (mean daily demand)^2 S^2 (Silver, Pyke and Thomas, Inventory and Production Management in
    Supply Chains, 4th ed. 2017, section 6.10). The last day counts as a fraction, its variance in
    proportion. Beyond the horizon every day is like the mean of its last `TAIL_DAYS` days.

    Args:
        forecast: sku, location, date, mean, variance, correlation, as in the contract Forecast;
            every pair on every day of one horizon.
        windows: sku, location, days (> 0), lead_time_sd (days, >= 0).

    Returns:
        sku, location, mean (units) and variance (units^2), one row a window in the given order;
        windows of pairs without a forecast are left out.

    Raises:
        ValueError: a window has no days or a bad lead time, or a pair lacks days of the horizon.
    """
    _check_windows(windows)
    if forecast.is_empty():
        return windows.clear().select("sku", "location", mean=pl.lit(0.0), variance=pl.lit(0.0))
    days = forecast.select("date").unique().sort("date").with_row_index("offset")
    horizon = days.height
    daily = (
        windows.lazy()
        .with_row_index("window")
        .select("window", "sku", "location", "days", "lead_time_sd")
        .join(forecast.lazy(), on=["sku", "location"], maintain_order="left_right")
        .join(days.lazy(), on="date", maintain_order="left")
    )
    offset = pl.col("offset").cast(pl.Float64)
    part = (pl.col("days") - offset).clip(0, 1)
    beyond = (pl.col("days") - horizon).clip(0)
    tail = offset >= horizon - TAIL_DAYS
    tail_sd = pl.col("variance").filter(tail).mean().sqrt()
    tail_roots = beyond.first().floor() + (beyond.first() % 1).sqrt()
    sums = daily.group_by("window", maintain_order=True).agg(
        pl.len().alias("length"),
        pl.col("sku", "location", "days", "lead_time_sd", "correlation").first(),
        ((part * pl.col("mean")).sum() + beyond.first() * pl.col("mean").filter(tail).mean()).alias(
            "mean"
        ),
        ((part * pl.col("variance")).sum() + beyond.first() * tail_sd.pow(2)).alias("squares"),
        ((part * pl.col("variance")).sqrt().sum() + tail_roots * tail_sd).alias("roots"),
    )
    found = sums.sort("window").collect(engine=_ENGINE)
    _check_complete(found, horizon)
    rho = pl.col("correlation")
    of_demand = (1 - rho) * pl.col("squares") + rho * pl.col("roots").pow(2)
    of_lead_time = (pl.col("mean") / pl.col("days") * pl.col("lead_time_sd")).pow(2)
    return found.select("sku", "location", "mean", variance=of_demand + of_lead_time)


def aggregate(forecast: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Demand that a node faces from the pairs it feeds, taken as independent of each other.

    Means and variances add. The correlation between days is that of the pairs weighted by
    variance, which is exact where the variances do not change from day to day.

    Args:
        forecast: sku, location, date, mean, variance, correlation, as in the contract Forecast.
        groups: sku, location, node; a pair may feed several nodes.

    Returns:
        sku, location (the node), date, mean, variance, correlation, sorted by these keys.
    """
    members = forecast.lazy().join(
        groups.lazy(), on=["sku", "location"], maintain_order="left_right"
    )
    weighted = (pl.col("variance") * pl.col("correlation")).sum()
    total = pl.col("variance").sum()
    correlation = members.group_by("sku", "node").agg(
        correlation=pl.when(total > 0).then(weighted / total).otherwise(0.0).clip(0, 1)
    )
    return (
        members.group_by("sku", "node", "date")
        .agg(pl.col("mean").sum(), pl.col("variance").sum())
        .join(correlation, on=["sku", "node"])
        .select("sku", pl.col("node").alias("location"), "date", "mean", "variance", "correlation")
        .sort("sku", "location", "date")
        .collect(engine=_ENGINE)
    )


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


def _check_windows(windows: pl.DataFrame) -> None:
    finite = pl.col("days").is_finite() & pl.col("lead_time_sd").is_finite()
    good = finite & (pl.col("days") > 0) & (pl.col("lead_time_sd") >= 0)
    bad = windows.filter(~good.fill_null(value=False))
    if not bad.is_empty():
        row = bad.row(0, named=True)
        msg = (
            f"window of {row['sku']} at {row['location']}: days {row['days']} must be above 0 and "
            f"lead_time_sd {row['lead_time_sd']} must not be negative"
        )
        raise ValueError(msg)


def _check_complete(sums: pl.DataFrame, horizon: int) -> None:
    partial = sums.filter(pl.col("length") != horizon)
    if not partial.is_empty():
        row = partial.row(0, named=True)
        msg = (
            f"forecast of {row['sku']} at {row['location']} has {row['length']} rows for a horizon "
            f"of {horizon} days"
        )
        raise ValueError(msg)


def interpolated_quantiles(
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
    _mid_quantiles(m.ravel(), v.ravel(), asked, special.ndtri(asked), found)
    return found


def _walk_mid_quantiles(
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


_mid_quantiles: Callable[..., None] = numba.njit(cache=True)(_walk_mid_quantiles)
