"""The best parcels of one order, when each candidate has a cost of its own.

Which parcels an order opens and which line goes in which is facility location. Up to EXACT_LINES
lines it is solved exactly, by dynamic programming over sets of lines, whatever the number of nodes.
Larger orders open parcels greedily and close what does not pay; their lower bound is the dual
ascent of Erlenkotter (A Dual-Based Procedure for Uncapacitated Facility Location, Operations
Research 26, 1978).
"""

from typing import NamedTuple

import numpy as np

from compilation import compiled
from optimization.sourcing.market import SourcingMarket
from optimization.value import FloatArray, IntArray

EXACT_LINES = 8
_SETS = 1 << EXACT_LINES
_LEAST_BID = 1e-6
"""Currency by which a bid must rise for another round of bids."""


class OrderRoom(NamedTuple):
    """Space in which an order is solved; what is in it between two orders means nothing.

    Attributes:
        cost: in each parcel of each line, infinite where it cannot go, shape (parcels, lines).
        candidate: number of the candidate, likewise.
        fixed: of each parcel, split penalty included, currency.
        is_open: whether each parcel is open.
        bid: what each line pays at most, currency.
        one, some, none: least cost of each set of lines in one parcel, in at least one, in none.
        parcel, part: the parcel of `one`; the set of lines that `some` ships in it, 0 if none.
        lot: sets of the lines that a parcel can hold.
    """

    cost: FloatArray
    candidate: IntArray
    fixed: FloatArray
    is_open: IntArray
    bid: FloatArray
    one: FloatArray
    some: FloatArray
    none: FloatArray
    parcel: IntArray
    part: IntArray
    lot: IntArray


@compiled
def make_order_room(market: SourcingMarket) -> OrderRoom:
    """Space for the largest order of a market."""
    lines, parcels = 1, 1
    for order in range(len(market.line_first) - 1):
        lines = max(lines, market.line_first[order + 1] - market.line_first[order])
        parcels = max(parcels, market.parcel_first[order + 1] - market.parcel_first[order])
    return OrderRoom(
        np.empty((parcels, lines)),
        np.empty((parcels, lines), dtype=np.int64),
        np.empty(parcels),
        np.empty(parcels, dtype=np.int64),
        np.empty(lines),
        np.empty(_SETS),
        np.empty(_SETS),
        np.empty(_SETS),
        np.empty(_SETS, dtype=np.int64),
        np.empty(_SETS, dtype=np.int64),
        np.empty(_SETS, dtype=np.int64),
    )


@compiled
def solve_order(
    market: SourcingMarket, room: OrderRoom, cost: FloatArray, order: int, choice: IntArray
) -> float:
    """The least cost of an order, or for a large one a lower bound of it.

    Args:
        market: the market.
        room: space.
        cost: of each candidate, its parcel left out, infinite where it is barred, currency.
        order: number of the order.
        choice: gets the candidate of each line of the order, -1 where it is shipped from nowhere.
    """
    first, last = market.line_first[order], market.line_first[order + 1]
    if last - first == 1:
        return ship_alone(market, cost, first, choice)
    _spread(market, room, cost, order)
    if last - first <= EXACT_LINES:
        return _solve_sets(market, room, order, choice)
    _open_greedily(market, room, order, choice)
    return _bound_large(market, room, order)


@compiled
def ship_alone(market: SourcingMarket, cost: FloatArray, line: int, choice: IntArray) -> float:
    """The least cost of an order of one line, which needs no room."""
    best = market.outside[line]
    choice[line] = -1
    for c in range(market.candidate_first[line], market.candidate_first[line + 1]):
        found = cost[c] + market.parcel_cost[market.parcel[c]]
        if found < best:
            best = found
            choice[line] = c
    return float(best)


@compiled
def _spread(market: SourcingMarket, room: OrderRoom, cost: FloatArray, order: int) -> None:
    """Lay the candidates of an order out by line and parcel."""
    first, parcels = market.line_first[order], market.parcel_first[order]
    lines = market.line_first[order + 1] - first
    for s in range(market.parcel_first[order + 1] - parcels):
        room.fixed[s] = market.parcel_cost[parcels + s] + market.split_penalty
        for n in range(lines):
            room.cost[s, n] = np.inf
    for n in range(lines):
        for c in range(market.candidate_first[first + n], market.candidate_first[first + n + 1]):
            s = market.parcel[c] - parcels
            room.cost[s, n] = cost[c]
            room.candidate[s, n] = c


@compiled
def _solve_sets(market: SourcingMarket, room: OrderRoom, order: int, choice: IntArray) -> float:
    """Solve an order exactly, by the sets of its lines."""
    first = market.line_first[order]
    lines = market.line_first[order + 1] - first
    parcels = market.parcel_first[order + 1] - market.parcel_first[order]
    whole = (1 << lines) - 1
    _ship_in_one(market, room, first, lines, parcels)
    room.some[0] = np.inf
    for lot in range(1, whole + 1):
        low = lot & -lot
        rest = lot ^ low
        room.some[lot] = room.some[rest] + room.none[low]
        room.part[lot] = 0
        others = rest
        while True:
            left = rest ^ others
            found = room.one[others | low] + min(room.some[left], room.none[left])
            if found < room.some[lot]:
                room.some[lot] = found
                room.part[lot] = others | low
            if others == 0:
                break
            others = (others - 1) & rest
    choice[first : first + lines] = -1
    shipped = room.some[whole] - market.split_penalty
    if room.none[whole] <= shipped:
        return float(room.none[whole])
    _read_parcels(room, first, whole, choice)
    return float(shipped)


@compiled
def _read_parcels(room: OrderRoom, first: int, whole: int, choice: IntArray) -> None:
    """Read from the sets which line goes where, at least one somewhere."""
    lot = whole
    while True:
        part = room.part[lot]
        if part == 0:
            lot ^= lot & -lot
            continue
        n = 0
        while part >> n:
            if part >> n & 1:
                choice[first + n] = room.candidate[room.parcel[part], n]
            n += 1
        lot ^= part
        if room.none[lot] <= room.some[lot]:
            return


@compiled
def _ship_in_one(
    market: SourcingMarket, room: OrderRoom, first: int, lines: int, parcels: int
) -> None:
    """The best single parcel of each set of lines, and what it costs to ship none of them."""
    room.none[0] = 0.0
    for n in range(lines):
        bit = 1 << n
        for lot in range(bit):
            room.none[lot | bit] = room.none[lot] + market.outside[first + n]
    room.one[: 1 << lines] = np.inf
    # `some` holds the sums of one parcel here, before it gets its own meaning.
    for s in range(parcels):
        room.some[0] = room.fixed[s]
        room.lot[0] = 0
        size = 1
        for n in range(lines):
            if room.cost[s, n] >= market.outside[first + n]:
                continue
            for k in range(size):
                total, lot = room.some[k] + room.cost[s, n], room.lot[k] | 1 << n
                room.some[size + k] = total
                room.lot[size + k] = lot
                if total < room.one[lot]:
                    room.one[lot] = total
                    room.parcel[lot] = s
            size *= 2


@compiled
def _open_greedily(market: SourcingMarket, room: OrderRoom, order: int, choice: IntArray) -> None:
    """Open the parcel that saves most until none does, then close those that do not pay."""
    parcels = market.parcel_first[order + 1] - market.parcel_first[order]
    room.is_open[:parcels] = 0
    best = _assign_lines(market, room, order, choice)
    for wanted in (1, 0):
        while True:
            chosen = -1
            for s in range(parcels):
                if room.is_open[s] != wanted:
                    room.is_open[s] = wanted
                    found = _assign_lines(market, room, order, choice)
                    room.is_open[s] = 1 - wanted
                    if found < best:
                        best, chosen = found, s
            if chosen < 0:
                break
            room.is_open[chosen] = wanted
    _assign_lines(market, room, order, choice)


@compiled
def _assign_lines(market: SourcingMarket, room: OrderRoom, order: int, choice: IntArray) -> float:
    """Put every line of an order where it costs least, given the open parcels; the whole cost."""
    first = market.line_first[order]
    parcels = market.parcel_first[order + 1] - market.parcel_first[order]
    total, opened = 0.0, 0
    for s in range(parcels):
        if room.is_open[s]:
            total += room.fixed[s]
            opened += 1
    for line in range(first, market.line_first[order + 1]):
        best = market.outside[line]
        choice[line] = -1
        for s in range(parcels):
            if room.is_open[s] and room.cost[s, line - first] < best:
                best = room.cost[s, line - first]
                choice[line] = room.candidate[s, line - first]
        total += best
    return total - (market.split_penalty if opened else 0.0)


@compiled
def _bound_large(market: SourcingMarket, room: OrderRoom, order: int) -> float:
    """A lower bound of an order: lines bid for parcels, none more than parcels cost in all."""
    first = market.line_first[order]
    lines = market.line_first[order + 1] - first
    parcels = market.parcel_first[order + 1] - market.parcel_first[order]
    nowhere = market.outside[first : first + lines].sum()
    for n in range(lines):
        room.bid[n] = min(market.outside[first + n], room.cost[:parcels, n].min())
    rising = True
    while rising:
        rising = False
        for n in range(lines):
            level, most = market.outside[first + n], np.inf
            for s in range(parcels):
                if room.cost[s, n] > room.bid[n]:
                    level = min(level, room.cost[s, n])
                else:
                    most = min(most, room.fixed[s])
            step = min(level - room.bid[n], most)
            if step <= 0.0:
                continue
            for s in range(parcels):
                if room.cost[s, n] <= room.bid[n]:
                    room.fixed[s] -= step
            room.bid[n] += step
            rising = rising or step > _LEAST_BID
    return float(min(nowhere, room.bid[:lines].sum() - market.split_penalty))
