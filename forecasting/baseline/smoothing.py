"""Levels of many series by smoothing, in compiled loops: the two models that nearly all pairs get.

The same numbers as those of statsforecast, whose calls a series take twenty times as long.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from compilation import compiled

FloatArray = npt.NDArray[np.float64]


class Fit(NamedTuple):
    """A level fitted to each of n series.

    Attributes:
        level: forecast of the day after the last, [n].
        fitted: forecast of each known day by those before it, [n, days]; NaN on other days and on
            the first known one.
    """

    level: FloatArray
    fitted: FloatArray


def exponential_smoothing(demand: FloatArray, alpha: float) -> Fit:
    """Simple exponential smoothing from the first known day on.

    Args:
        demand: series x days, units; NaN where unknown, at least a day of each known.
        alpha: weight of the newest day.
    """
    fit = _nothing(demand)
    _smooth(demand, alpha, *fit)
    return fit


def smoothed_rates(demand: FloatArray, size_alpha: float, chance_alpha: float) -> Fit:
    """Smoothed size of demand times its smoothed chance (Teunter, Syntetos and Babai 2011).

    Sizes are smoothed over days with demand, chances over all. Before its first demand a series is
    forecast at zero.

    Args:
        demand: as for `exponential_smoothing`.
        size_alpha: weight of the newest size.
        chance_alpha: weight of the newest day in the chance.
    """
    fit = _nothing(demand)
    _smooth_rates(demand, size_alpha, chance_alpha, *fit)
    return fit


def _nothing(demand: FloatArray) -> Fit:
    return Fit(np.zeros(len(demand)), np.full(demand.shape, np.nan))


@compiled
def _smooth(demand: FloatArray, alpha: float, level: FloatArray, fitted: FloatArray) -> None:
    """Fill in the level of each series and its forecast of each day by simple smoothing."""
    for series in range(len(demand)):
        first = True
        for day in range(demand.shape[1]):
            value = demand[series, day]
            if np.isnan(value):
                continue
            if first:
                level[series], first = value, False
            else:
                fitted[series, day] = level[series]
            level[series] = alpha * value + (1 - alpha) * level[series]


@compiled
def _smooth_rates(
    demand: FloatArray,
    size_alpha: float,
    chance_alpha: float,
    level: FloatArray,
    fitted: FloatArray,
) -> None:
    """Fill in the level of each series and its forecast of each day by size times chance."""
    for series in range(len(demand)):
        chance, size = np.nan, 0.0
        for day in range(demand.shape[1]):
            value = demand[series, day]
            if np.isnan(value):
                continue
            sells = 1.0 if value > 0 else 0.0
            if np.isnan(chance):
                chance = sells
            else:
                fitted[series, day] = chance * size
            chance = chance_alpha * sells + (1 - chance_alpha) * chance
            if value > 0:
                size = value if size == 0 else size
                size = size_alpha * value + (1 - size_alpha) * size
        level[series] = chance * size
