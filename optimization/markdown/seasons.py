"""The rest of an item's season: what weeks sell at each price, and the best prices in every state.

With V(t, s, j, l) the worth of s units from week t on at rung j of the ladder with a lock of l
weeks, D(t, j) the demand of the week, p(j) what a sale brings, k what a kept unit costs and z its
salvage,

    V(t, s, j, l) = max over j' of E[p(j') min(D, s) - k (s - min(D, s) / 2)
                                     + V(t + 1, s - min(D, s), j', l')],     V(T, s, j, l) = z s,

j' = j while l > 0, else j' >= j: a price that has fallen stays down. It is exact where a node of
stock is one unit. With ever shorter weeks, a ladder without gaps and Poisson demand it is the
problem of Gallego and van Ryzin, Optimal Dynamic Pricing of Inventories with Stochastic Demand over
Finite Horizons, Management Science 40, 1994; markdowns only: Feng and Gallego, Management Science
41, 1995.

Nobody knows how demand answers to prices: the slope b is one of a few, and the same all season. V
is as above for each of them once it is known. Until then a price is chosen for all together,

    U(b, t, s, j, l) = E[... + w V(b, t + 1, s', j', l') + (1 - w) U(b, t + 1, s', j', l')],

j' that of the greatest mean of U over b, w the chance that the week tells b. So a price that falls
tonight is weighed against one that may still fall when more is known: preposterior analysis, Raiffa
and Schlaifer, Applied Statistical Decision Theory, 1961. That the stock left says something of b,
too, is not used.
"""

from typing import NamedTuple

import numpy as np

from optimization.markdown.kernels import roll_back, walk_path
from optimization.value import FloatArray, IntArray

MOST_NODES = 200
"""Nodes of stock: with more units than that a node has several, and values between are a line."""


class Season(NamedTuple):
    """What is left of an item's season in a price zone.

    Attributes:
        mean, variance: of demand by slope, week and rung of the ladder, units and units^2.
        chance: of each slope.
        told: chance that a week tells the slope to who did not know it, by week.
        prices: of the rungs, falling, the price in force first, currency.
        proceeds: what a sale at each brings net of returns, currency.
        keeping: cost of a unit kept through a week, by week, currency.
        salvage: worth of a unit that is left at the end, currency.
        stock: units now.
        locks: weeks between two steps at least.
        lock: weeks in which the price may not fall yet.
        below: price that a fall of the first week must lead below, currency; 0 where none may fall.
    """

    mean: FloatArray
    variance: FloatArray
    chance: FloatArray
    told: FloatArray
    prices: FloatArray
    proceeds: FloatArray
    keeping: FloatArray
    salvage: float
    stock: int
    locks: int
    lock: int
    below: float = np.inf

    def count_locks(self) -> int:
        """How many locks there are: none, those after a step, and that of now."""
        return max(self.locks, self.lock + 1)


class SolvedSeason(NamedTuple):
    """The worth of every state.

    Attributes:
        season: what was solved.
        unit: units of a node.
        value: currency now, by lock, rung and node.
        choice: rung where nothing locks the price: by what is known of the slope (nothing first,
            then each slope), week, rung and node.
        first: what the first week and all after it are worth at a rung with the lock after it:
            currency, by lock, rung and node.
    """

    season: Season
    unit: int
    value: FloatArray
    choice: IntArray
    first: FloatArray

    def value_stock(self, units: FloatArray) -> FloatArray:
        """Worth of so many units now, with the price and its lock as they are, currency."""
        return self._between_nodes(self.value[self.season.lock, 0], units)

    def value_rungs(self) -> FloatArray:
        """Worth of the stock where the first week takes each rung, currency; -inf where it may not.

        It may not while the price is locked, or would not fall below what it must.
        """
        season = self.season
        stock = np.array([float(season.stock)])
        held = self._between_nodes(self.first[max(season.lock - 1, 0), 0], stock)
        if season.lock > 0:
            return np.append(held, np.full(len(season.prices) - 1, -np.inf))
        stepped = [self._between_nodes(rung, stock)[0] for rung in self.first[season.locks - 1, 1:]]
        return np.append(held, np.where(season.prices[1:] < season.below, stepped, -np.inf))

    def _between_nodes(self, worth: FloatArray, units: FloatArray) -> FloatArray:
        return np.interp(units, np.arange(len(worth)) * float(self.unit), worth)


class PricePath(NamedTuple):
    """What is expected of a season along a path of prices.

    Attributes:
        at_rung: probability of each rung by week.
        sold: units by week and rung.
        left: units at the end.
        proceeds: of what is sold, currency.
        kept: cost of stock, currency.
        value: proceeds and salvage less that cost, currency.
    """

    at_rung: FloatArray
    sold: FloatArray
    left: float
    proceeds: float
    kept: float
    value: float


def solve_season(season: Season, headroom: int = 0) -> SolvedSeason:
    """Value every state of a season, and choose the price in each.

    Args:
        season: what is left of it.
        headroom: units beyond the stock that are valued, too.
    """
    slopes, weeks, rungs = season.mean.shape
    most = max(season.stock + headroom, 1)
    unit = -(-most // MOST_NODES)
    nodes = -(-most // unit) + 1
    value = np.empty((season.count_locks(), rungs, nodes))
    choice = np.empty((1 + slopes, weeks, rungs, nodes), dtype=np.int64)
    first = np.empty_like(value)
    roll_back(
        season.mean, season.variance, season.chance, season.told, season.proceeds, season.keeping,
        season.salvage, unit, season.locks - 1, value, choice, first,
    )  # fmt: skip
    return SolvedSeason(season, unit, value, choice, first)


def play_season(solved: SolvedSeason, forced: IntArray) -> PricePath:
    """Follow the best prices, or those that are forced, from the stock there is.

    Args:
        solved: the season.
        forced: rung that each week must take; below 0 where it is free.
    """
    season = solved.season
    _, weeks, rungs = season.mean.shape
    at_rung, sold, left = np.zeros((weeks, rungs)), np.zeros((weeks, rungs)), np.zeros(weeks + 1)
    walk_path(
        season.mean, season.variance, season.chance, season.told, solved.choice, forced,
        float(season.stock), season.lock, solved.unit, season.count_locks(), season.locks - 1,
        at_rung, sold, left,
    )  # fmt: skip
    proceeds = float((sold @ season.proceeds).sum())
    kept = float(season.keeping @ (left[:-1] - sold.sum(1) / 2))
    value = proceeds - kept + season.salvage * left[-1]
    return PricePath(at_rung, sold, float(left[-1]), proceeds, kept, float(value))
