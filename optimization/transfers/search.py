"""Which trips to run and what they carry: greedy at prices, then search over the open lanes.

The relaxation of `transfer_bound` says which lanes it opens and what the limits cost. From there:

1. Lanes are opened, the most gainful first, and closed again where that adds something; what a lane
   adds is exact at the prices of the limits, the units of an item being a min-cost flow.
   Where limits have prices this starts anew at parts of them, and the best plan stays.
2. Large-neighbourhood search closes lanes around a place or a lane and opens others (Shaw, Using
   constraint programming and local search methods to solve vehicle routing problems, 1998).
3. Prices of the limits are corrected for the lanes that are open; what still passes a limit is
   taken back and what is left of it given to others; trips below the least size are filled, with
   units of others where there is no room; lines, and then trips, that gain too little do not run.
   The best plan of all corrections stays, and in small markets single lanes and pairs of them are
   tried in it under the limits themselves.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from optimization.transfers.bound import Bound, least_bound
from optimization.transfers.kernels import (
    KINDS,
    Flows,
    Terms,
    close_lanes,
    drop_losing_lines,
    drop_losing_units,
    exchange_units,
    find_flows,
    keep_limits,
    make_closed_lanes,
    make_empty_flows,
    make_empty_plan,
    open_lanes,
    price_lanes,
    put_flows,
    search_lanes,
    settle_items,
    sum_trip_gains,
    sum_usage,
)
from optimization.transfers.market import LEAST_GAIN, Flags, TransferMarket
from optimization.value import FloatArray, IntArray

BOUND_STEPS = 400
"""Steps of the volume algorithm that make the bound small."""

FLOWS = 30_000
"""Flows of items after which a market's search ends."""

_LIKELY, _SURE = 0.02, 0.5
"""Opening of a lane by the relaxation from which it is looked at, and from which it starts open."""

_NEAR = 0.02
"""Share of its fixed cost that a lane's best load may lack at the prices to be looked at."""

POLISHED_ARCS = 3_000_000
"""Arcs that trials of the last step look at in all, about."""

EXCHANGED_ARCS = 5_000
"""Arcs up to which every plan is improved by exchanges, and not only the last, and up to which
units make room for those of trips that are too small."""

SCALES = (1.0, 0.7, 0.4, 0.0)
"""Parts of the relaxation's prices at which lanes are chosen; large markets take the first two.

Where limits are tight and trips few, full prices leave each lane about worth its cost.
"""

_CORRECTIONS, _STRIDE, _DECAY, _ROUNDS, _EXCHANGES = 16, 0.5, 0.9, 3, 50

_TAKEN_BACK = 4
"""Most units that make room for one of a trip that is too small: of its pairs, or its places."""


class Trips(NamedTuple):
    """A plan for a market.

    Attributes:
        moved: units on each arc, shape (arcs,).
        used: what each limit is drawn on, shape (limits,).
        gain: of all trips beyond what their lines and they must gain to run, currency.
        bound: no plan gains more, currency.
    """

    moved: IntArray
    used: FloatArray
    gain: float
    bound: float


def best_trips(market: TransferMarket, *, tries: int, seed: int) -> Trips:
    """Plan the trips of a market.

    Args:
        market: what may be moved.
        tries: neighbourhoods that the search tries, at most.
        seed: of the search.
    """
    bound = least_bound(market, BOUND_STEPS)
    flows, drawn = make_empty_flows(market), np.random.default_rng(seed)
    price, ways = bound.price.limit, _likely(market, bound)
    nothing = Trips(np.zeros_like(flows.moved), np.zeros_like(market.capacity), 0.0, bound.value)
    small = len(market.lane) <= EXCHANGED_ARCS
    scales = (SCALES if small else SCALES[:2]) if price.any() else SCALES[:1]
    best = nothing
    for scale in scales:
        net = make_empty_plan(market)
        net.terms.is_open[:] = bound.opened > _SURE
        price_lanes(market, price * scale, net.terms)
        settle_items(market, flows, net)
        open_lanes(market, flows, net, ways)
        close_lanes(market, flows, net, ways, -1)
        draws = drawn.integers([KINDS, max(len(ways), 1)], size=(tries if len(ways) else 0, 2))
        search_lanes(market, flows, net, ways, (draws, FLOWS))
        suited, found = _corrected(market, flows, net.terms.is_open, price, nothing)
        if price.any() or market.least_units > 1:
            found = (
                _polished(market, flows, ways, suited, found)
                if small
                else _exchanged(market, flows, found)
            )
        if found.gain > best.gain:
            best = found
    return best


def _exchanged(market: TransferMarket, flows: Flows, best: Trips) -> Trips:
    """A plan improved by exchanges of units on the lanes that run."""
    runs = np.bincount(market.lane, weights=best.moved, minlength=len(market.fixed)) > 0
    put_flows(market, flows, best.moved)
    used, before = best.used.copy(), best.gain
    for _ in range(_ROUNDS):
        if not exchange_units(market, flows, runs, used):
            break
    drop_losing_units(market, flows, used)
    drop_losing_lines(market, flows, used)
    gain, units = np.empty(len(runs)), np.empty(len(runs), dtype=np.int64)
    sum_trip_gains(market, flows, gain, units)
    beyond = gain - market.fixed
    fails = (units > 0) & ((units < market.least_units) | (beyond < 0))
    after = float(beyond[units > 0].sum())
    if fails.any() or after <= before:
        return best
    return best._replace(moved=flows.moved.copy(), used=used, gain=after)


def _likely(market: TransferMarket, bound: Bound) -> IntArray:
    near = bound.surplus > -_NEAR * market.fixed
    return np.flatnonzero((np.diff(market.lane_first) > 0) & (near | (bound.opened > _LIKELY)))


def _corrected(
    market: TransferMarket, flows: Flows, is_open: Flags, price: FloatArray, best: Trips
) -> tuple[FloatArray, Trips]:
    """Prices that suit the open lanes better, and the better of `best` and the plans at them."""
    terms = make_closed_lanes(market)
    terms.is_open[:] = is_open
    items, used = np.arange(len(market.volume)), np.empty(len(market.capacity))
    room = np.maximum(market.capacity, 1.0)
    dear = price[price > 0].mean() if price.any() else 1.0
    stride, best_price = _STRIDE, price
    for _ in range(_CORRECTIONS):
        price_lanes(market, price, terms)
        find_flows(market, flows, terms, items)
        sum_usage(market, flows, used)
        excess = (used - market.capacity) / room
        found = _fitted(market, flows, terms, used)
        if found.gain > best.gain:
            best, best_price = found._replace(bound=best.bound), price
        if not (excess > 0).any() and not price.any():
            break
        price = np.maximum(price + stride * np.clip(excess, -1, 1) * np.maximum(price, dear), 0.0)
        stride *= _DECAY
    return best_price, best


def _polished(
    market: TransferMarket, flows: Flows, ways: IntArray, price: FloatArray, best: Trips
) -> Trips:
    """Open, close and swap lanes while that makes a better plan under the limits themselves.

    Each trial makes the whole plan anew, from flows at prices of which only those of items on the
    lanes that it turns are found anew: for markets small enough for that.
    """
    terms = make_closed_lanes(market)
    price_lanes(market, price, terms)
    used = np.empty(len(market.capacity))
    left = POLISHED_ARCS // max(len(market.lane), 1)
    improved = True
    while improved and left > 0:
        improved = False
        runs = np.bincount(market.lane, weights=best.moved, minlength=len(market.fixed)) > 0
        terms.is_open[:] = runs
        find_flows(market, flows, terms, np.arange(len(market.volume)))
        moved = flows.moved.copy()
        for lanes in _turns(runs, ways):
            terms.is_open[:] = runs
            terms.is_open[lanes] ^= True
            put_flows(market, flows, moved)
            find_flows(market, flows, terms, _items_on(market, lanes))
            sum_usage(market, flows, used)
            found = _fitted(market, flows, terms, used)
            left -= 1
            if found.gain > best.gain + LEAST_GAIN:
                best, improved = found._replace(bound=best.bound), True
                break
            if left <= 0:
                break
    return best


def _items_on(market: TransferMarket, lanes: Iterable[int]) -> IntArray:
    """Items that lanes may carry."""
    first = market.lane_first
    return np.unique(np.concatenate([market.item[first[way] : first[way + 1]] for way in lanes]))


def _turns(runs: Flags, ways: IntArray) -> Iterator[list[int]]:
    """Lanes to turn together: one by one, then each open one with each closed one."""
    yield from ([int(way)] for way in ways)
    for shut in ways[runs[ways]]:
        yield from ([int(shut), int(way)] for way in ways[~runs[ways]])


def _fitted(market: TransferMarket, flows: Flows, terms: Terms, used: FloatArray) -> Trips:
    """Make flows keep the limits, without the trips that then gain too little or are too small."""
    # Exchanges, and units that make room for others, look at each arc for each unit.
    small = len(market.lane) <= EXCHANGED_ARCS
    tight, taken_back = small and len(market.capacity) > 0, _TAKEN_BACK if small else 0
    runs = terms.is_open.copy()
    running = terms._replace(is_open=runs)
    gain, units = np.empty(len(runs)), np.empty(len(runs), dtype=np.int64)
    moved = flows.moved.copy()
    while True:
        keep_limits(market, flows, running, used, taken_back)
        # To fill a trip may undo what an exchange gains, so that this need not come to an end.
        for _ in range(_EXCHANGES):
            if not (tight and exchange_units(market, flows, runs, used)):
                break
            keep_limits(market, flows, running, used, taken_back)
        # What a line leaves may gain on others, and makes those that share its ends gain less.
        for _ in range(_EXCHANGES):
            if not drop_losing_lines(market, flows, used):
                break
            keep_limits(market, flows, running, used, taken_back)
        drop_losing_lines(market, flows, used)
        sum_trip_gains(market, flows, gain, units)
        lacking = np.where(units > 0, gain - market.fixed, np.inf)
        failing = (lacking < -LEAST_GAIN) | ((units > 0) & (units < market.least_units))
        if not failing.any():
            beyond = float(lacking[units > 0].sum())
            return Trips(flows.moved.copy(), used.copy(), beyond, np.inf)
        # Those that lack most first: others may gain by what these leave.
        worst = np.sort(lacking[failing])[(failing.sum() - 1) // 2]
        closed = failing & (lacking <= worst)
        runs &= ~closed
        put_flows(market, flows, moved)
        find_flows(market, flows, running, _items_on(market, np.flatnonzero(closed)))
        moved[:] = flows.moved
        sum_usage(market, flows, used)
