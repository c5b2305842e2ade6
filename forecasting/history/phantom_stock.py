"""Phantom stock: the record shows units, nothing sells, and by its past rate something should."""

import numpy as np
import numpy.typing as npt

from compilation import compiled

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

IMPROBABLE = 0.001
"""Probability of no sale below which a run of zeros is suspected."""

MEMORY_DAYS = 28.0
"""Mean age of the days that the rate before a run rests on."""

DRIFT_SHAPE = 10.0
"""Most that a rate is trusted: shape of the gamma around what it was before the run. Rates move by
about a third, so that some ten units must be missing, however sure the past."""

MOST_DAYS = 56
"""A longer run is a demand that has gone: counts find phantom stock before."""


def suspected(  # noqa: PLR0913, PLR0917  # the arrays of a panel
    starts: IntArray,
    sold: FloatArray,
    empty: BoolArray,
    factor: FloatArray,
    level: FloatArray,
    shape: FloatArray,
) -> BoolArray:
    """Days of runs of zero sales that are improbable although the record shows stock.

    The rate before a run is that of the earlier known days in stock, weighted by age, and at most
    the level, so that a few lucky weeks of a slow mover are no measure. With a gamma of mean r and
    shape A around it and negative binomial days of shape k, no sale over a run has about the
    probability (1 + sum_t k log(1 + r f_t / k) / A)^-A: a slow mover's run must be long.

    Args:
        starts: first day of each series, and the number of days at the end.
        sold: units by day, in order of date; NaN where unknown or closed.
        empty: days on which the record itself was at zero.
        factor: weekday's factor of each day.
        level: of each series, over all its days.
        shape: shape k of the days of each series.

    Returns:
        The days, as a mask.
    """
    marked = np.zeros(len(sold), dtype=np.bool_)
    _mark_runs(starts, np.array(sold), empty, factor, level, shape, marked)
    return marked


@compiled
def _mark_runs(  # noqa: PLR0913, PLR0917  # compiled: it takes arrays, not objects
    starts: IntArray,
    sold: FloatArray,
    empty: BoolArray,
    factor: FloatArray,
    level: FloatArray,
    shape: FloatArray,
    marked: BoolArray,
) -> None:
    """Mark the days of improbable runs in `marked`, series by series."""
    keep = 1 - 1 / MEMORY_DAYS
    for series in range(len(starts) - 1):
        k = shape[series]
        units, even = 0.0, 0.0
        first, last, length = -1, -1, 0
        for day in range(starts[series], starts[series + 1] + 1):
            ends = day == starts[series + 1] or empty[day] or sold[day] > 0
            if ends and first >= 0:
                rate = units / even if even > 0 else 0.0
                usual = min(rate, level[series])
                improbable = _is_improbable(first, last, sold, factor, usual, k, units)
                for at in range(first, last + 1):
                    if np.isnan(sold[at]):
                        continue
                    if improbable and length <= MOST_DAYS:
                        marked[at] = True
                    else:
                        worth = 1 / (1 + rate * factor[at] / k)
                        units, even = units * keep, even * keep + worth * factor[at]
                first, length = -1, 0
            if day == starts[series + 1] or empty[day] or np.isnan(sold[day]):
                continue
            if sold[day] > 0:
                rate = units / even if even > 0 else sold[day]
                worth = 1 / (1 + rate * factor[day] / k)
                units = units * keep + worth * sold[day]
                even = even * keep + worth * factor[day]
            else:
                first = day if first < 0 else first
                last, length = day, length + 1


@compiled
def _is_improbable(  # noqa: PLR0913, PLR0917  # compiled: it takes arrays, not objects
    first: int,
    last: int,
    sold: FloatArray,
    factor: FloatArray,
    rate: float,
    k: float,
    units: float,
) -> bool:
    """Whether a run is improbable, given `units` of evidence for the rate before it."""
    if units <= 0:
        return False
    missing = 0.0
    for day in range(first, last + 1):
        if not np.isnan(sold[day]):
            missing += k * np.log1p(rate * factor[day] / k)
    trust = min(units, DRIFT_SHAPE)
    return bool(trust * np.log1p(missing / trust) > -np.log(IMPROBABLE))
