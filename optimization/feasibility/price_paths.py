"""What a season is worth from each price that tonight may have, worked out unit by unit."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from optimization.value import FloatArray

_DIRECT = 400
"""Units up to which sums of products are quicker than transforms."""


class WeekDemand(NamedTuple):
    """Demand of the weeks of a season at each price, rows of weeks; units and units^2."""

    mean: FloatArray
    variance: FloatArray


def work_out_first_weeks(  # noqa: PLR0913  # a season
    demand: WeekDemand,
    proceeds: Sequence[float],
    *,
    stock: int,
    salvage: float,
    keeping: float,
    weeks_between: int,
    locked: int,
) -> FloatArray:
    """What the stock is worth if the first week has each price and the best follow, currency.

    Args:
        demand: by week and price, the price in force first, each lower than the one before.
        proceeds: of a unit sold at each price, currency.
        stock: units now.
        salvage: of a unit left at the end, currency.
        keeping: cost of a unit kept through a week, currency.
        weeks_between: weeks from one fall of the price to the next, at least.
        locked: weeks in which the price may not fall yet.

    Returns:
        By price; -inf for those that are locked.
    """
    weeks, prices = demand.mean.shape
    units = np.arange(stock + 1.0)
    # By weeks since the last fall, counted down to 0, and price.
    worth = np.tile(salvage * units, (weeks_between, prices, 1))
    for week in range(weeks - 1, 0, -1):
        at_price = _price_week(demand, week, worth, proceeds, keeping)
        worth = _take_best(at_price)
    at_price = _price_week(demand, 0, worth, proceeds, keeping)[:, :, -1]
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


def _take_best(at_price: FloatArray) -> FloatArray:
    """Worth before a week: where no lock holds the best price from this one down, else this one."""
    locks, prices, _ = at_price.shape
    found = np.concatenate([at_price[:1], at_price[: locks - 1]])
    for price in range(prices - 1):
        lower = at_price[-1, price + 1 :].max(0)
        found[0, price] = np.maximum(at_price[0, price], lower)
    return found
