"""What a season is worth from each price that tonight may have, worked out unit by unit."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from optimization.value import FloatArray

_DIRECT = 400
"""Units up to which sums of products are quicker than transforms."""


class WeekDemand(NamedTuple):
    """Demand of the weeks of a season at each price, rows of weeks, where demand answers so.

    Attributes:
        chance: that it does.
        mean, variance: units and units^2.
    """

    chance: float
    mean: FloatArray
    variance: FloatArray


def work_out_first_weeks(  # noqa: PLR0913  # a season
    demands: Sequence[WeekDemand],
    proceeds: Sequence[float],
    *,
    stock: int,
    salvage: float,
    keeping: float,
    weeks_between: int,
    locked: int,
    told: float,
) -> FloatArray:
    """What the stock is worth if the first week has each price and the best follow, currency.

    Args:
        demands: all that demand may be, by week and price, the price in force first, each lower
            than the one before.
        proceeds: of a unit sold at each price, currency.
        stock: units now.
        salvage: of a unit left at the end, currency.
        keeping: cost of a unit kept through a week, currency.
        weeks_between: weeks from one fall of the price to the next, at least.
        locked: weeks in which the price may not fall yet.
        told: chance that a week tells how demand answers.

    Returns:
        By price; -inf for those that are locked.
    """
    weeks, prices = demands[0].mean.shape
    units = np.arange(stock + 1.0)
    # Of each answer by weeks since the last fall, counted down to 0, price and units.
    known = [np.tile(salvage * units, (weeks_between, prices, 1)) for _ in demands]
    unsure = list(known)
    for week in range(weeks - 1, -1, -1):
        blind = [
            _price_week(demand, week, told * surely + (1 - told) * untold, proceeds, keeping)
            for demand, surely, untold in zip(demands, known, unsure, strict=True)
        ]
        unsure = _take_best(blind, demands)
        known = [
            _take_best([_price_week(demand, week, surely, proceeds, keeping)], [demand])[0]
            for demand, surely in zip(demands, known, strict=True)
        ]
    at_price = _expect(blind, demands)[:, :, -1]
    found = at_price[-1].copy()
    found[0] = at_price[max(locked - 1, 0), 0]
    found[1:] = -np.inf if locked else found[1:]
    return np.asarray(found)


def _price_week(
    demand: WeekDemand, week: int, later: FloatArray, proceeds: Sequence[float], keeping: float
) -> FloatArray:
    """Worth at each lock after the week, price and stock, of a week that is sold at the price."""
    stock = later.shape[2] - 1
    units = np.arange(stock + 1)
    found = np.empty(later.shape)
    for price, earned in enumerate(proceeds):
        chance = _spread(demand.mean[week, price], demand.variance[week, price], stock)
        more = 1 - np.cumsum(chance)
        sold = np.concatenate([[0.0], np.cumsum(more[:-1])])
        for lock in range(later.shape[0]):
            after = _convolve(chance, later[lock, price]) + more * later[lock, price, 0]
            found[lock, price] = after + earned * sold - keeping * (units - sold / 2)
    return np.asarray(found)


def _spread(mean: float, variance: float, most: int) -> FloatArray:
    """Probability of 0, 1, ... units."""
    from scipy import stats  # noqa: PLC0415  # slow import

    units = np.arange(most + 1)
    if mean <= 0:
        return np.asarray(units == 0, dtype=float)
    if variance <= mean * (1 + 1e-9):
        return np.asarray(stats.poisson.pmf(units, mean))
    return np.asarray(stats.nbinom.pmf(units, mean**2 / (variance - mean), mean / variance))


def _convolve(chance: FloatArray, worth: FloatArray) -> FloatArray:
    size = len(worth)
    if size <= _DIRECT:
        return np.convolve(chance, worth)[:size]
    from scipy import signal  # noqa: PLC0415  # slow import

    return np.asarray(signal.fftconvolve(chance, worth)[:size])


def _expect(worth: Sequence[FloatArray], demands: Sequence[WeekDemand]) -> FloatArray:
    """Mean over what demand may be."""
    total = sum(demand.chance for demand in demands)
    parts = [demand.chance / total * one for demand, one in zip(demands, worth, strict=True)]
    return np.asarray(sum(parts))


def _take_best(worth: Sequence[FloatArray], demands: Sequence[WeekDemand]) -> list[FloatArray]:
    """Worth before a week, by what demand may be, at the price that is best for all of it.

    Where no lock holds, the best from this one down; else this one.
    """
    mean = _expect(worth, demands)
    locks, prices, units = mean.shape
    found = [np.concatenate([one[:1], one[: locks - 1]]) for one in worth]
    for price in range(prices - 1):
        lower = price + 1 + np.argmax(mean[-1, price + 1 :], axis=0)
        falls = mean[-1, lower, np.arange(units)] > mean[0, price]
        for before, one in zip(found, worth, strict=True):
            fallen = one[-1, lower, np.arange(units)]
            before[0, price] = np.where(falls, fallen, one[0, price])
    return found
