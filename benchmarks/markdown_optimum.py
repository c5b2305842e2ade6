"""What a season is worth at most, unit by unit, with prices that may fall on any day.

And what policies earn. Apart from the planner: days instead of weeks, every unit instead of nodes,
and sums over the demand of a day instead of its recursion. No policy earns more than the fluid
bound of Gallego and van Ryzin (1994): a linear program in which demand is its mean.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

from optimization.markdown import Season

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Policy = Callable[[int, int, int, IntArray], IntArray]
"""Rung of a week, by week, lock, rung so far and units of stock."""

_DAYS = 7
_TAIL = 1e-12


def find_optimum(season: Season) -> float:
    """Worth of a season whose slope is known with the best price on every day, currency."""
    _, weeks, rungs = season.mean.shape
    locks, stock = season.locks * _DAYS, np.arange(season.stock + 1.0)
    worth = np.tile(season.salvage * stock, (locks, rungs, 1))
    keeping = season.keeping[0] / _DAYS
    for day in range(weeks * _DAYS - 1, -1, -1):
        at_rung = np.empty_like(worth)
        for rung in range(rungs):
            chance = _spread(season, day // _DAYS, rung, _DAYS)
            at_rung[:, rung] = _sell(chance, worth[:, rung], season.proceeds[rung], keeping)
        held = np.concatenate([at_rung[:1], at_rung[:-1]])
        for rung in range(rungs - 1):
            held[0, rung] = np.maximum(held[0, rung], at_rung[-1, rung + 1 :].max(0))
        worth = held
    return float(worth[0, 0, -1])


def evaluate_policy(season: Season, policy: Policy) -> float:
    """Worth of a season with prices that a policy sets each week, currency."""
    _, weeks, rungs = season.mean.shape
    stock = np.arange(season.stock + 1)
    worth = np.tile(season.salvage * stock.astype(float), (season.locks, rungs, 1))
    for week in range(weeks - 1, -1, -1):
        at_rung = np.empty_like(worth)
        for rung in range(rungs):
            chance = _spread(season, week, rung, 1)
            at_rung[:, rung] = _sell(
                chance, worth[:, rung], season.proceeds[rung], season.keeping[week]
            )
        before = np.concatenate([at_rung[:1], at_rung[:-1]])
        for rung in range(rungs):
            taken = policy(week, 0, rung, stock)
            fallen = at_rung[-1, taken, stock]
            before[0, rung] = np.where(taken > rung, fallen, at_rung[0, rung])
        worth = before
    return float(worth[0, 0, -1])


def bound_by_fluid(season: Season) -> float:
    """What no policy earns more than: demand is its mean, and prices may rise again, currency."""
    gain = (season.proceeds - season.salvage)[None, :] * season.mean[0]
    _, weeks, rungs = season.mean.shape
    one_price = np.kron(np.eye(weeks), np.ones(rungs))
    found = optimize.linprog(
        -gain.ravel(),
        A_ub=np.vstack([season.mean[0].ravel()[None, :], one_price]),
        b_ub=np.append(float(season.stock), np.ones(weeks)),
        method="highs",
    )
    return float(-found.fun) + season.salvage * season.stock


def _spread(season: Season, week: int, rung: int, parts: int) -> FloatArray:
    """Probabilities of the units that a part of a week sells, as far as they ever come."""
    mean, variance = season.mean[0, week, rung] / parts, season.variance[0, week, rung] / parts
    if variance <= mean * (1 + 1e-9):
        demand = stats.poisson(mean)
    else:
        demand = stats.nbinom(mean**2 / (variance - mean), mean / variance)
    return np.asarray(demand.pmf(np.arange(int(demand.isf(_TAIL)) + 2)))


def _sell(chance: FloatArray, later: FloatArray, earned: float, keeping: float) -> FloatArray:
    """Worth of stocks before a part of a week, by lock and units."""
    most = later.shape[1] - 1
    stock = np.arange(most + 1)
    found = np.zeros_like(later)
    sold = np.zeros(most + 1)
    left = 1.0
    for units, likely in enumerate(chance[: most + 1]):
        found[:, units:] += likely * later[:, : most + 1 - units]
        sold += likely * np.minimum(units, stock)
        found[:, :units] += likely * later[:, :1]
        left -= likely
    found += left * later[:, :1]
    sold += left * stock
    return np.asarray(found + earned * sold - keeping * (stock - sold / 2))
