"""Intraday sensing: today's and the next days' forecast after the part of the day seen.

A pair's rate of demand today, relative to its forecast, is a factor of its location's day (rain,
an event) times one of its own. Both are credibility estimates, one within the other (Jewell 1975;
Bühlmann and Gisler, A Course in Credibility Theory and its Applications, 2005, chapter 6), which
for a pair alone is the gamma-Poisson update: (r + s) units in r + f m of exposure.
"""

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.history import EVERYWHERE, HOURS, DayFactor
from quality_checks.contracts import DailyDemand, SeenToday, find_frame

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_LEAST_TAIL = 1e-9
"""Below this a tail is too thin to divide by: the bound is then taken as what was asked for."""

_LEAST_VARIANCE = 1e-6
"""Relative variance of a gamma that stands in for none."""


@dataclass(frozen=True)
class _Split:
    """Variance of a factor in the part of the day seen, in the rest, and their covariance.

    `rest` is times (1 - f)^2, which is finite at the end of the day.
    """

    seen: FloatArray
    rest: FloatArray
    common: FloatArray


@dataclass(frozen=True)
class _Day:
    """Today's pairs at locations that have sent sales; each array has one entry per pair.

    Attributes:
        mean: forecast of the day; variance: likewise.
        sold: units so far, NaN where unknown.
        bounded: the shelf was empty, so `sold` is a lower bound.
        share: expected share of the day seen, above 0.
        spread: relative variance of that share at a location; pair_spread: what a pair has more.
        location: code of the location.
    """

    mean: FloatArray
    variance: FloatArray
    sold: FloatArray
    bounded: BoolArray
    share: FloatArray
    spread: FloatArray
    pair_spread: FloatArray
    location: IntArray

    @property
    def dispersion(self) -> FloatArray:
        """Variance of the day's rate relative to its mean."""
        return _dispersion(self.mean, self.variance)

    @property
    def counted(self) -> BoolArray:
        """Pairs whose units are what was asked for."""
        return np.isfinite(self.sold) & ~self.bounded


@dataclass(frozen=True)
class _Factor:
    """What the part of the day seen says about a factor on each pair's rate.

    Attributes:
        split: its variances before the day.
        whole: its variance over a whole day, before the day.
        deviation: expected deviation from one of the part seen.
        information: variance that it explains per squared covariance with the part seen.
    """

    split: _Split
    whole: FloatArray
    deviation: FloatArray
    information: FloatArray

    def expected(self, covariance: FloatArray) -> FloatArray:
        """Expected factor of a day, or rest of it, with this covariance with the part seen."""
        return 1 + _over(covariance, self.split.seen) * self.deviation

    def explained(self, covariance: FloatArray) -> FloatArray:
        """How much of such a factor's variance the part seen explains."""
        return np.asarray(covariance**2 * self.information)

    def only_where(self, moved: BoolArray) -> "_Factor":
        """The factor, of which nothing is learnt elsewhere."""
        deviation, information = (
            np.where(moved, values, 0.0) for values in (self.deviation, self.information)
        )
        return replace(self, deviation=deviation, information=information)

    def at(self, pair: IntArray) -> "_Factor":
        """The factor of chosen pairs."""
        split = _Split(self.split.seen[pair], self.split.rest[pair], self.split.common[pair])
        return _Factor(split, self.whole[pair], self.deviation[pair], self.information[pair])


def sense_demand(  # noqa: PLR0913  # forecast, what is seen, and by what it is held against
    forecast: pl.DataFrame,
    seen: pl.DataFrame,
    profile: pl.DataFrame,
    *,
    today: dt.date,
    factor: DayFactor,
    unlikely: float,
) -> pl.DataFrame:
    """Update the forecast of today and the following days by what today has sold so far.

    Today's row becomes the demand of the WHOLE day: units seen plus the expected rest, with the
    variance of the rest. Later days move by the part of the rate that days share: the stated
    correlation rho makes the covariance of two days' rates rho sd sd' / (m m'), at most the
    variance of the rates themselves. It runs through the location's factor as far as that persists,
    and through the pair's own for the rest. They move only where what was sold contradicts the
    forecast: a factor by which as much, or as little, was to be sold with a chance above `unlikely`
    is left at one. What sells as forecast would else move each item a little with each hour that is
    heard, and on real sales those moves make the next day's error larger, not smaller.

    The part seen and the rest are only as much alike as the noise of the shares lets them be. For
    a factor of variance p and a running share f that strays with variance t f (1 - f), their
    covariance is p - (1 + p) t; where that is not above 0, what is seen says nothing of the rest.
    A pair takes part in its location's factor by as much dispersion as it has: one forecast as
    Poisson has a rate that is known, and does not move.

    A pair of a location that is closed or late (no through_hour, or no rows at all) is left as it
    is. Where only the pair's own sales are unknown it moves with its location. An empty shelf makes
    sales a lower bound: such a pair is left out of its location's factor, its demand is the
    expectation given at least the units sold, and it is never lowered.

    Args:
        forecast: the columns of the contract Forecast (business_date may lack).
        seen: frame `seen_today`.
        profile: rows of the contract DayProfile, as `measure_day_profile` gives them.
        today: the open business date.
        factor: of the locations' days, as `measure_day_factor` gives it.
        unlikely: the chance, on either side, up to which later days move; at 1 they always do.

    Returns:
        The rows and columns of `forecast` in their order; only mean and variance of rows from
        `today` on change.

    Raises:
        ValueError: `forecast` or `seen` breaks its contract, or the profile lacks the hour.
    """
    find_frame(DailyDemand).check(forecast)
    find_frame(SeenToday).check(seen)
    now = _heard(forecast, seen, profile, today)
    if now.is_empty():
        return forecast
    day = _day(now)
    shared = _location_factor(day, factor)
    own = _own_factor(day, shared)
    mean, variance = _whole_day(day, shared, own)
    changed = now.select("row", new_mean=pl.Series(mean), new_variance=pl.Series(variance))
    rows = forecast.with_row_index("row")
    shared = _location_factor(day, factor, unlikely)
    own = _own_factor(day, shared, unlikely)
    later = _later_days(rows.filter(pl.col("date") > today), now, factor, shared, own)
    return (
        rows.join(pl.concat([changed, later]), on="row", how="left", maintain_order="left")
        .with_columns(
            mean=pl.coalesce("new_mean", "mean"), variance=pl.coalesce("new_variance", "variance")
        )
        .select(forecast.columns)
    )


def _heard(
    forecast: pl.DataFrame, seen: pl.DataFrame, profile: pl.DataFrame, today: dt.date
) -> pl.DataFrame:
    """Today's rows of locations that are open and of which a share of the day has been seen."""
    shares = profile.filter(pl.col("weekend") == (today.weekday() >= 5)).select(  # noqa: PLR2004
        "region",
        pl.col("hour").cast(pl.Int64),
        "spread",
        "pair_spread",
        # Rounding must not leave a rest of the day behind its last sale.
        share=pl.col("share").cum_sum().over("region", order_by="hour").round(12).clip(0, 1),
    )
    general = shares.filter(pl.col("region") == EVERYWHERE).drop("region")
    if general["hour"].n_unique() != HOURS or general.height != HOURS:
        msg = f"the profile lacks hours of {today} for region {EVERYWHERE}, or has one twice"
        raise ValueError(msg)
    heard = seen.filter(~pl.col("closed"), pl.col("through_hour").is_not_null()).select(
        "location", hour=pl.col("through_hour").cast(pl.Int64)
    )
    return (
        forecast.with_row_index("row")
        .filter(pl.col("date") == today)
        .join(heard.unique(), on="location", maintain_order="left")
        .join(shares, on=["region", "hour"], how="left", maintain_order="left")
        .join(general, on="hour", suffix="_general", maintain_order="left")
        .with_columns(
            pl.coalesce(name, f"{name}_general") for name in ("share", "spread", "pair_spread")
        )
        .join(
            seen.select("sku", "location", "sold", "out_of_stock"),
            on=["sku", "location"],
            how="left",
            maintain_order="left",
        )
        .filter(pl.col("share") > 0)
        .sort("location", "sku")
    )


def _day(now: pl.DataFrame) -> _Day:
    mean, variance, sold, share, spread, pair_spread = (
        now[name].cast(pl.Float64).to_numpy()
        for name in ("mean", "variance", "sold", "share", "spread", "pair_spread")
    )
    bounded = now["out_of_stock"].fill_null(value=False).to_numpy()
    location = now["location"].rank("dense").cast(pl.Int64).to_numpy() - 1
    return _Day(mean, variance, sold, bounded, share, spread, pair_spread, location)


def _location_factor(day: _Day, factor: DayFactor, unlikely: float = 1.0) -> _Factor:
    """The factor of each location's day, as strongly as each pair follows it.

    What a whole location sells is a sum of many, so its chance is taken from a normal distribution.

    Each pair's error is weighed by the inverse of its own noise. For pairs that are Poisson but
    for the location this is the conjugate update on the location's total,
    (1 / p + sum s) / (1 / p + sum f m).
    """
    from scipy import stats  # noqa: PLC0415  # slow import

    whole = np.minimum(day.dispersion, factor.variance)
    part = np.sqrt(_over(whole, np.full(len(whole), factor.variance)))
    full = _split(np.full(len(part), factor.variance), day.spread, day.share)
    expected = day.share * day.mean
    own = _split(day.dispersion - whole, day.pair_spread, day.share)
    noise = expected + expected**2 * own.seen
    signal = np.where(day.counted, part * expected, 0.0)
    error = np.where(day.counted, day.sold - expected, 0.0)
    told = np.bincount(day.location, _over(signal * error, noise))[day.location].astype(float)
    precision = np.bincount(day.location, _over(signal**2, noise))[day.location].astype(float)
    certainty = 1 + precision * full.seen
    # A rate is not negative.
    deviation = part * np.maximum(full.seen * told / certainty, -1)
    moved = stats.norm.sf(np.abs(_over(told, np.sqrt(precision * certainty)))) <= unlikely
    return _Factor(
        split=_Split(part**2 * full.seen, part**2 * full.rest, part**2 * full.common),
        whole=whole,
        deviation=np.where(day.bounded, np.maximum(deviation, 0), deviation),
        information=_over(precision / certainty, part**2),
    ).only_where(moved)


def _own_factor(day: _Day, shared: _Factor, unlikely: float = 1.0) -> _Factor:
    """What a pair's own units say beyond its location's factor: gamma-Poisson."""
    whole = day.dispersion - shared.whole
    split = _split(whole, day.pair_spread, day.share)
    expected = day.share * day.mean * (1 + shared.deviation)
    certainty = 1 + expected * split.seen
    exact = split.seen * (day.sold - expected) / certainty
    _, bound = _given_at_least(expected, split.seen, day.sold)
    known = np.isfinite(day.sold) & (day.mean > 0)
    return _Factor(
        split=split,
        whole=whole,
        deviation=np.where(known, np.where(day.bounded, bound, exact), 0.0),
        information=np.where(known & ~day.bounded, expected / certainty, 0.0),
    ).only_where(_chance(day, expected, split.seen) <= unlikely)


def _chance(day: _Day, expected: FloatArray, dispersion: FloatArray) -> FloatArray:
    """Chance of as much as a pair has sold, or of as little; an empty shelf tells nothing of less.

    It is 1 where nothing is known.
    """
    from scipy import stats  # noqa: PLC0415  # slow import

    shape = 1 / np.maximum(dispersion, _LEAST_VARIANCE)
    p = shape / (shape + expected)
    as_little = np.where(day.bounded, 1.0, stats.nbinom.cdf(day.sold, shape, p))
    as_much = stats.nbinom.sf(day.sold - 1, shape, p)
    return np.where(np.isfinite(day.sold), np.minimum(as_much, as_little), 1.0)


def _given_at_least(
    expected: FloatArray, dispersion: FloatArray, least: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Units expected when at least so many were asked for, and how far their rate is from one.

    With X negative binomial of shape r and rate L: E[L; X >= s] = P(X' >= s) and
    E[X; X >= s] = E[X] P(X' >= s - 1), X' with shape r + 1 and the same probability.
    """
    from scipy import stats  # noqa: PLC0415  # slow import

    shape = 1 / np.maximum(dispersion, _LEAST_VARIANCE)
    p = shape / (shape + expected)
    tail = stats.nbinom.sf(least - 1, shape, p)
    thick = tail > _LEAST_TAIL
    units = expected * _over(stats.nbinom.sf(least - 2, shape + 1, p), np.where(thick, tail, 0.0))
    rate = _over(stats.nbinom.sf(least - 1, shape + 1, p), np.where(thick, tail, 0.0))
    return (
        np.where(thick, units, np.maximum(least, expected)),
        np.where(thick, rate, (shape + least) / (shape + expected)) - 1,
    )


def _whole_day(day: _Day, shared: _Factor, own: _Factor) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of today's demand: what is seen, and the rest.

    Given gamma rates, variances grow in proportion to the expected rate, as in the conjugate case.
    """
    rate = shared.expected(shared.split.common) * own.expected(own.split.common)
    left = 1 - day.share
    rest = left * day.mean * rate
    unexplained = (
        shared.split.rest
        + own.split.rest
        - left**2 * (shared.explained(shared.split.common) + own.explained(own.split.common))
    )
    expected = day.share * day.mean * (1 + shared.deviation)
    bound, _ = _given_at_least(expected, own.split.seen, day.sold)
    bounded = day.bounded & np.isfinite(day.sold) & (day.mean > 0)
    so_far = np.where(day.counted, day.sold, np.where(bounded, bound, expected))
    mean = so_far + rest
    mean = np.where(day.bounded, np.maximum(mean, day.mean), mean)
    of_rest = rest + day.mean**2 * rate * np.maximum(unexplained, 0)
    unseen = day.variance * np.where(day.mean > 0, _over(mean, day.mean), 1.0)
    return mean, np.where(day.counted, of_rest, unseen)


def _later_days(
    later: pl.DataFrame, now: pl.DataFrame, factor: DayFactor, shared: _Factor, own: _Factor
) -> pl.DataFrame:
    """New mean and variance of the later days, as far as today's rate says anything about them."""
    first = now.with_row_index("pair").select(
        "sku", "location", "pair", mean_now="mean", variance_now="variance"
    )
    rows = later.join(first, on=["sku", "location"], maintain_order="left")
    m, v, m_now, v_now, rho = (
        rows[name].cast(pl.Float64).to_numpy()
        for name in ("mean", "variance", "mean_now", "variance_now", "correlation")
    )
    pair = rows["pair"].to_numpy().astype(np.int64)
    shared, own = shared.at(pair), own.at(pair)
    dispersion = _dispersion(m, v)
    tied = np.minimum(
        _over(rho * np.sqrt(v * v_now), m * m_now), np.sqrt(dispersion * _dispersion(m_now, v_now))
    )
    by_location = np.minimum(shared.whole * factor.correlation, tied)
    by_pair = np.minimum(tied - by_location, own.whole)
    rate = shared.expected(by_location) * own.expected(by_pair)
    explained = shared.explained(by_location) + own.explained(by_pair)
    mean = m * rate
    variance = rate * (m + m**2 * np.maximum(dispersion - explained, 0))
    # What nothing contradicts stays to the bit: reckoned anew its last digits would differ.
    moved = (tied > 0) & ((rate != 1) | (explained != 0))
    return rows.select("row", new_mean=pl.Series(mean), new_variance=pl.Series(variance)).filter(
        pl.Series(moved)
    )


def _split(variance: FloatArray, spread: FloatArray, share: FloatArray) -> _Split:
    """Variances of a day's factor in the part seen and the rest, from those of day and share."""
    strayed = (1 + variance) * spread
    return _Split(
        seen=variance + strayed * (1 - share) / share,
        rest=(1 - share) ** 2 * variance + strayed * share * (1 - share),
        common=np.maximum(variance - strayed, 0),
    )


def _dispersion(mean: FloatArray, variance: FloatArray) -> FloatArray:
    return _over(np.maximum(variance - mean, 0), mean**2)


def _over(above: FloatArray, below: FloatArray) -> FloatArray:
    """Divide, and give 0 where the divisor is 0."""
    out = np.zeros(np.shape(above))
    np.divide(above, below, out=out, where=below > 0)
    return out
