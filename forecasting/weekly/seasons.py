"""What a week of the year does to demand, pooled over series by volume.

The ratio of a week's demand to the level around it (ratio to a centred moving average; Hyndman and
Athanasopoulos, Forecasting: Principles and Practice, 3.4) is noise for a slow series and sharp for
all series together. So it is taken from the top down: all series, then a group, then the series
itself, each step the posterior mean of a factor on the one above, with a gamma prior worth a number
of units (Clayton and Kaldor 1987). A forecast takes the mean ratio of the same week in the two
years before.
"""

from typing import NamedTuple

import numpy as np

from forecasting.weekly.history import YEAR, FloatArray, IntArray, WeeklyHistory, group_sums


class Step(NamedTuple):
    """One step down the hierarchy.

    Attributes:
        group: group of each series, shape (series,).
        prior_units: units that the step above is worth.
        smooth: weeks on either side that count as the same week.
    """

    group: IntArray
    prior_units: float
    smooth: int


def seasonal_ratios(history: WeeklyHistory, steps: list[Step]) -> FloatArray:
    """Ratio of each week's demand to the level around it, pooled, shape (series, weeks)."""
    counted = history.known & (history.around > 0)
    units = np.where(counted, history.units, 0.0)
    expected = np.where(counted, history.around, 0.0)
    ratios = np.ones_like(units)
    for step in steps:
        seen = _smooth(group_sums(step.group, units), step.smooth)
        due = _smooth(group_sums(step.group, expected * ratios), step.smooth)
        ratios *= (seen + step.prior_units) / (due + step.prior_units)
    return ratios


def seasons(ratios: FloatArray, horizon: int) -> FloatArray:
    """Factor of each week and of `horizon` weeks ahead, shape (series, weeks + horizon).

    The mean ratio of the same week in the two years before, as far as there are any; a week of the
    first year has its own ratio.

    Raises:
        ValueError: the horizon is beyond a year.
    """
    if not 0 <= horizon <= YEAR:
        raise ValueError(f"a horizon of {horizon} weeks; at most {YEAR} can be told")
    weeks = ratios.shape[1]
    factor = np.ones((len(ratios), weeks + horizon))
    factor[:, : min(YEAR, weeks)] = ratios[:, :YEAR]
    for years in (1, 2):
        start = years * YEAR
        if start < weeks + horizon:
            before = ratios[:, : weeks + horizon - start]
            share = 1.0 / years
            factor[:, start:] = (1 - share) * factor[:, start:] + share * before
    return factor


def _smooth(values: FloatArray, weeks: int) -> FloatArray:
    """Sums over `weeks` weeks on either side; the first and the last week repeat beyond."""
    padded = np.pad(values, ((0, 0), (weeks, weeks)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * weeks + 1, axis=1)
    sums: FloatArray = windows.sum(axis=2)
    return sums
