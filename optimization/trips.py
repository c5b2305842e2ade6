"""Which trips between locations to run, and what they carry: lazy greedy over lanes.

A trip on a lane carries every unit of every sku that is worth more at the destination than at the
origin plus the lane's unit cost, best first while the lane and the dock have room; it runs if
what it gains above its fixed cost reaches the least gain of policy. The most gainful trip is
taken first. Taking one never makes another more gainful (units left are worth more to their
owner, and further units less to the receiver), so a trip's old gain is a bound and only the top
of the queue is recomputed (Minoux, Accelerated greedy algorithms for maximizing submodular set
functions, 1978). Greedy is not optimal here, as lanes have fixed costs.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Self

import numba
import numpy as np
import polars as pl

from optimization.frames import numbered
from optimization.lanes import UNLIMITED
from optimization.marginal_value import FloatArray, IntArray, StockValue, ladders

GAIN_DECIMALS = 9
"""Gains that agree so far are ties, and a unit must gain more than that to move."""


class Way(NamedTuple):
    """A lane between two places, by the numbers of a `Market`; costs in currency."""

    from_place: int
    to_place: int
    fixed_cost: float
    unit_cost: float
    capacity: int


class Load(NamedTuple):
    """What a trip carries: pairs and units by sku, and units moved there before it."""

    way: int
    sender: IntArray
    receiver: IntArray
    quantity: IntArray
    sent_before: IntArray
    received_before: IntArray


@dataclass(frozen=True)
class Side:
    """What pairs give, or take, unit by unit.

    Attributes:
        most: units each pair may move, shape (n,).
        moved: units it has moved so far, changed by trips, shape (n,).
        first: position in `value` of its first unit, shape (n,).
        value: worth of each unit in the order in which the pair moves them, currency.
    """

    most: IntArray
    moved: IntArray
    first: IntArray
    value: FloatArray


@dataclass(frozen=True)
class Market:
    """Pairs as senders and receivers.

    Attributes:
        row: pair at [place, item], or -1.
        giving: units that pairs can spare.
        taking: units that pairs want.
        room: units each place can still receive, changed by trips.
    """

    row: IntArray
    giving: Side
    taking: Side
    room: IntArray

    @classmethod
    def of_pairs(cls, pairs: pl.DataFrame, worth: StockValue) -> Self:
        """Open the market; the i-th pair is the i-th row.

        Args:
            pairs: sku, location, inventory_position, spare, want (units), receiving_room (units,
                missing for no limit).
            worth: the value of their units.
        """
        item, place = (numbered(pairs, name).to_numpy() for name in ("sku", "location"))
        row = np.full((place.max(initial=-1) + 1, item.max(initial=-1) + 1), -1, dtype=np.int64)
        row[place, item] = np.arange(pairs.height)
        room = np.zeros(len(row), dtype=np.int64)
        room[place] = pairs["receiving_room"].fill_null(UNLIMITED).to_numpy()
        position = pairs["inventory_position"].to_numpy()

        def side(most: IntArray, step: int, start: int) -> Side:
            pair, rung = ladders(most)
            value = worth.of_unit(pair, position[pair] + start + step * rung)
            return Side(most, np.zeros_like(most), np.cumsum(most) - most, value)

        spare, want = pairs["spare"].to_numpy(), pairs["want"].to_numpy()
        return cls(row, side(spare, step=-1, start=0), side(want, step=1, start=1), room)

    def cargo(self, way: Way) -> tuple[FloatArray, IntArray, IntArray]:
        """Gain, sender and receiver of each unit that the best trip carries, best first."""
        gain, sender, receiver = _gainful_units(
            self.row[way.from_place],
            self.row[way.to_place],
            way.unit_cost,
            (self.giving.most, self.giving.moved, self.giving.first, self.giving.value),
            (self.taking.most, self.taking.moved, self.taking.first, self.taking.value),
        )
        gain = np.round(gain, GAIN_DECIMALS)
        most = min(way.capacity, int(self.room[way.to_place]))
        best = np.argsort(-gain, kind="stable")[:most]
        return gain[best], sender[best], receiver[best]

    def load(self, number: int, way: Way) -> Load:
        """Take the best trip: its units count as moved from here on."""
        _, senders, receivers = self.cargo(way)
        sender, first, quantity = np.unique(senders, return_index=True, return_counts=True)
        receiver = receivers[first]
        before = self.giving.moved[sender], self.taking.moved[receiver]
        self.giving.moved[sender] += quantity
        self.taking.moved[receiver] += quantity
        self.room[way.to_place] -= len(senders)
        return Load(number, sender, receiver, quantity, *before)


def best_trips(market: Market, ways: list[Way], min_gain: float) -> list[Load]:
    """Take trips, the most gainful first, until none gains `min_gain` (currency) after its cost.

    Ties go to the earlier way. `market` is left as the trips make it.
    """
    least = max(min_gain, 10.0**-GAIN_DECIMALS)

    def benefit(number: int) -> float:
        gain, _, _ = market.cargo(ways[number])
        return round(float(gain.sum()) - ways[number].fixed_cost, GAIN_DECIMALS)

    queue = [(-benefit(number), number) for number in range(len(ways))]
    heapq.heapify(queue)
    loads = []
    while queue and -queue[0][0] >= least:
        stale, number = heapq.heappop(queue)
        gains = benefit(number)
        if gains < -stale:
            heapq.heappush(queue, (-gains, number))
        else:
            loads.append(market.load(number, ways[number]))
    return loads


def _match_units(
    senders: IntArray,
    receivers: IntArray,
    unit_cost: float,
    giving: tuple[IntArray, IntArray, IntArray, FloatArray],
    taking: tuple[IntArray, IntArray, IntArray, FloatArray],
) -> tuple[FloatArray, IntArray, IntArray]:
    """Units worth moving between two places: gain, sender, receiver, item by item.

    `senders` and `receivers` are the pairs of the two places by item, -1 where there is none; the
    tuples are the fields of `Side`.
    """
    spare, sent, first_given, give = giving
    want, received, first_taken, take = taking
    most = 0
    for item in range(len(senders)):
        if senders[item] >= 0 and receivers[item] >= 0:
            most += min(spare[senders[item]], want[receivers[item]])
    gain = np.empty(most, dtype=np.float64)
    pairs = np.empty((2, most), dtype=np.int64)
    found = 0
    for item in range(len(senders)):
        a, b = senders[item], receivers[item]
        if a < 0 or b < 0 or received[a] > 0 or sent[b] > 0:
            continue
        for unit in range(min(spare[a] - sent[a], want[b] - received[b])):
            lost = give[first_given[a] + sent[a] + unit]
            gained = take[first_taken[b] + received[b] + unit]
            if gained - lost - unit_cost <= 10.0**-GAIN_DECIMALS:
                break
            gain[found] = gained - lost - unit_cost
            pairs[0, found] = a
            pairs[1, found] = b
            found += 1
    return gain[:found], pairs[0, :found], pairs[1, :found]


_gainful_units: Callable[..., tuple[FloatArray, IntArray, IntArray]] = numba.njit(cache=True)(
    _match_units
)
