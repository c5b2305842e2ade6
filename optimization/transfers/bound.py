"""An upper bound on what transfers can gain, and prices of units and limits that lead to a plan.

Relaxed are the three that couple lanes: a unit leaves once, a unit is taken once, a limit holds.
With a price on each, every lane decides for itself: it takes the load that gains most at the
prices and runs if that exceeds its fixed cost. For any prices u of units given, v of units taken
and p of limits, none negative,

    sum u + sum v + sum p capacity + sum over lanes max(0, best load at u, v, p - fixed cost)

is at least what any plan gains. A lane's own capacity earns its price only if the lane runs. Every
unit is priced by itself, so that at its least the bound is that of the linear relaxation in which
each unit moves on a lane at most as far as the lane is open, the disaggregated one. It is made
small by the volume algorithm (Barahona and Anbil, The volume algorithm: producing primal solutions
with a subgradient method, Mathematical Programming 87, 2000), whose mean of the loads says how much
of each lane the relaxation opens.
"""

from dataclasses import dataclass

import numpy as np

from optimization.transfers.kernels import (
    Duals,
    load_lanes,
    make_closed_lanes,
    make_empty_flows,
    price_lanes,
    price_units,
)
from optimization.transfers.market import TransferMarket
from optimization.value import FloatArray

_WEIGHT = 0.1
"""Share of the newest slope and loads in their means."""

_PATIENCE = 6
"""Steps in vain before they get shorter."""

_SHORTER, _LONGER, _LONGEST = 0.66, 1.1, 2.0
_AIM = 0.95
"""Share of the bound that steps are aimed at."""


@dataclass(frozen=True)
class Bound:
    """The least dual value found.

    Attributes:
        value: no plan gains more, currency.
        price: the prices at it.
        surplus: what the best load of each lane gains at them beyond its fixed cost, currency.
        opened: how much of each lane the relaxation opens, from 0 to 1.
    """

    value: float
    price: Duals
    surplus: FloatArray
    opened: FloatArray


def least_bound(market: TransferMarket, steps: int) -> Bound:
    """Make the bound small.

    Args:
        market: what may be moved.
        steps: steps of the volume algorithm.
    """
    search = _Volume(market)
    for _ in range(steps):
        search.step()
    return search.best()


class _Volume:
    """State of the volume algorithm: best prices, and means of slopes and of open lanes."""

    def __init__(self, market: TransferMarket) -> None:
        self._market = market
        self._ends = np.cumsum([len(market.give), len(market.take)])
        lanes, size = len(market.fixed), self._ends[-1] + len(market.capacity)
        self._order = (np.arange(len(market.give)), np.arange(len(market.take)))
        self._terms = make_closed_lanes(market)
        self._terms.is_open[:] = True
        self._surplus, self._slope = np.empty(lanes), np.zeros(size)
        # A limit is drawn on by many units: its price moves by so much less.
        self._scale = np.ones(size)
        self._scale[self._ends[1] :] = 1.0 / np.maximum(market.capacity, 1.0)
        self._best = self._start(size)
        self._value = self._try(self._best)
        self._best_surplus = self._surplus.copy()
        self._mean, self._opened = self._slope.copy(), (self._surplus > 0).astype(float)
        self._aim = _AIM * self._value
        self._length, self._vain = 1.0, 0

    def _start(self, size: int) -> FloatArray:
        """Prices of the best flows on all lanes, each unit bearing its part of a full trip."""
        market, start = self._market, np.zeros(size)
        price = self._split(start)
        price_lanes(market, price.limit, self._terms)
        most = np.minimum(market.spare[market.sender], market.want[market.receiver])
        full = np.bincount(market.lane, weights=most, minlength=len(market.fixed))
        bearing = self._terms.per_unit + market.fixed / np.maximum(full, 1.0)
        price_units(market, make_empty_flows(market), self._terms._replace(per_unit=bearing), price)
        return start

    def _split(self, whole: FloatArray) -> Duals:
        return Duals(*np.split(whole, self._ends))

    def _try(self, price: FloatArray) -> float:
        slope = self._split(self._slope)
        return load_lanes(
            self._market, self._split(price), self._order, self._terms, self._surplus, slope
        )

    def step(self) -> None:
        """Go down along the mean slope, and on from there if the bound is less."""
        slope = np.where((self._best <= 0) & (self._mean > 0), 0.0, self._mean)
        norm = float((slope * slope * self._scale).sum())
        if norm == 0.0:
            return
        self._aim = min(self._aim, self._value * _AIM)
        stride = self._length * (self._value - self._aim) / norm
        trial = np.maximum(self._best - stride * self._scale * slope, 0.0)
        value = self._try(trial)
        agree = float((self._slope * slope * self._scale).sum())
        self._mean += _WEIGHT * (self._slope - self._mean)
        self._opened += _WEIGHT * ((self._surplus > 0) - self._opened)
        if value < self._value:
            self._best, self._value, self._vain = trial, value, 0
            self._best_surplus = self._surplus.copy()
            if agree > 0:
                self._length = min(_LONGEST, self._length * _LONGER)
            return
        self._vain += 1
        if self._vain == _PATIENCE:
            self._length, self._vain = self._length * _SHORTER, 0

    def best(self) -> Bound:
        """The best so far."""
        return Bound(self._value, self._split(self._best), self._best_surplus, self._opened)
