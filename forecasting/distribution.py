"""The predictive distribution of demand: negative binomial, and sums of it over time and nodes.

A negative binomial stated by mean m and variance v > m has r = m^2 / (v - m) and success
probability m / v. Where the variance does not exceed the mean it is Poisson, and with a mean
of zero it is a point mass at zero.
"""

import datetime as dt
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


def window_demand(
    forecast: pl.DataFrame, windows: pl.DataFrame, *, first_day: dt.date
) -> pl.DataFrame:
    """Demand over the days from `first_day` on, with random lead time.

    Daily variances s_i^2 and the correlation rho of a pair give the variance of the sum,
    (1 - rho) sum s_i^2 + rho (sum s_i)^2. A lead time with standard deviation S adds
    (mean daily demand)^2 S^2 (Silver, Pyke and Thomas, Inventory and Production Management in
    Supply Chains, 4th ed. 2017, section 6.10). The last day counts as a fraction, its variance in
    proportion. Beyond its forecast every day is like the mean of the last `TAIL_DAYS` days of it.

    Args:
        forecast: sku, location, date, mean, variance, correlation, as in the contract Forecast;
            of each pair every day from its wait on, until its last.
        windows: sku, location, days (> 0), lead_time_sd (days, >= 0), wait_days (whole days from
            `first_day` before anything sells, 0 for an item on sale).
        first_day: first day of every window.

    Returns:
        sku, location, mean (units) and variance (units^2), one row a window in the given order;
        windows of pairs without a forecast are left out.

    Raises:
        ValueError: a window has no days or a bad lead time, or a pair lacks days of its forecast.
    """
    _check_windows(windows)
    sums = _sums(forecast, windows, first_day)
    return sums.select("sku", "location", "mean", variance=pl.col("variance") + _of_lead_time())


def echelon_demand(
    forecast: pl.DataFrame, windows: pl.DataFrame, members: pl.DataFrame, *, first_day: dt.date
) -> pl.DataFrame:
    """Demand that nodes face from the pairs of their echelons.

    As `window_demand`, summed over the members; the lead time is the node's, common to them all.
    Days of two members, of means m and m', have the covariance sqrt(k k') m m', k being their
    common_variation: what moves the demand of an item in all places, as a season or a fashion
    does, is not averaged out by adding them up.

    Args:
        forecast: as for `window_demand`, and common_variation.
        windows: sku, location (the node), days, lead_time_sd; one a node.
        members: sku, location, node, wait_days; a pair may be a member of several nodes.
        first_day: first day of every window.

    Returns:
        sku, location, mean and variance of nodes with any member that is forecast, in the order of
        `windows`.

    Raises:
        ValueError: as `window_demand`.
    """
    _check_windows(windows)
    nodes = windows.select("sku", "days", "lead_time_sd", node="location")
    own = members.select("sku", "location", "node", "wait_days")
    of_members = own.join(nodes, on=["sku", "node"], maintain_order="left")
    keys = ["sku", "location"]
    between = forecast.group_by(keys).agg(pl.col("common_variation").first())
    common = pl.col("common_variation").sqrt() * pl.col("mean")
    sums = (
        _sums(forecast, of_members, first_day)
        .join(between, on=keys, maintain_order="left")
        .group_by("sku", "node", maintain_order=True)
        .agg(
            pl.col("mean").sum(),
            pl.col("variance").sum() + common.sum().pow(2) - common.pow(2).sum(),
            pl.col("days", "lead_time_sd").first(),
        )
        .select("sku", "mean", location="node", variance=pl.col("variance") + _of_lead_time())
    )
    found = windows.select(keys).join(sums, on=keys, maintain_order="left")
    return found.select(*keys, "mean", "variance")


def _of_lead_time() -> pl.Expr:
    return (pl.col("mean") / pl.col("days") * pl.col("lead_time_sd")).pow(2)


def _sums(forecast: pl.DataFrame, windows: pl.DataFrame, first_day: dt.date) -> pl.DataFrame:
    """`windows` whose pair is forecast, with mean and variance of the demand of their days."""
    daily = (
        windows.lazy()
        .with_row_index("window")
        .select("window", "sku", "location", "days", "wait_days")
        .join(
            forecast.lazy().select("sku", "location", "date", "mean", "variance", "correlation"),
            on=["sku", "location"],
            maintain_order="left_right",
        )
        .with_columns(offset=(pl.col("date") - pl.lit(first_day)).dt.total_days())
        .filter(pl.col("offset") >= pl.col("wait_days"))
    )
    offset = pl.col("offset").cast(pl.Float64)
    part = (pl.col("days") - offset).clip(0, 1)
    last = offset.max()
    beyond = (pl.col("days").first() - last - 1).clip(0)
    tail = offset > last - TAIL_DAYS
    tail_sd = pl.col("variance").filter(tail).mean().sqrt()
    tail_roots = beyond.floor() + (beyond % 1).sqrt()
    sums = daily.group_by("window", maintain_order=True).agg(
        pl.len().alias("length"),
        last.alias("last"),
        pl.col("wait_days", "correlation").first(),
        ((part * pl.col("mean")).sum() + beyond * pl.col("mean").filter(tail).mean()).alias("mean"),
        ((part * pl.col("variance")).sum() + beyond * tail_sd.pow(2)).alias("squares"),
        ((part * pl.col("variance")).sqrt().sum() + tail_roots * tail_sd).alias("roots"),
    )
    found = sums.collect(engine=_ENGINE)
    rho = pl.col("correlation")
    of_demand = (1 - rho) * pl.col("squares") + rho * pl.col("roots").pow(2)
    timed = windows.with_row_index("window").join(
        found.select("window", "length", "last", "mean", variance=of_demand),
        on="window",
        maintain_order="left",
    )
    _check_complete(timed)
    return timed


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


def _check_complete(sums: pl.DataFrame) -> None:
    expected = pl.col("last") + 1 - pl.col("wait_days")
    partial = sums.filter(pl.col("length") != expected)
    if not partial.is_empty():
        row = partial.select("sku", "location", "length", expected=expected).row(0, named=True)
        msg = (
            f"forecast of {row['sku']} at {row['location']} has {row['length']} rows for "
            f"{row['expected']:.0f} days"
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
