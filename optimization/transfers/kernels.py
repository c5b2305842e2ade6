"""Compiled loops of transfers: flows of items on open lanes, loads of lanes at prices, search.

On given open lanes and prices, the units of one item are a min-cost flow with convex costs at both
ends: the best augmenting path is taken until none gains (successive shortest paths; Ahuja, Magnanti
and Orlin, Network Flows, 1993, chapter 9). A pair that would both give and take is held to the
better of the two.

All of it stands in one module: a compiled function that is kept on disk does not notice that one
which it calls has changed in another file.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from compilation import compiled
from optimization.transfers.market import IN_UNITS, LEAST_GAIN, OF_LANE, Flags, Market
from optimization.value import FloatArray, IntArray


class Terms(NamedTuple):
    """On which lanes units may go, and at what price.

    Attributes:
        is_open: shape (lanes,).
        per_unit, per_litre: what a unit and a litre cost on each lane, currency, shape (lanes,).
        fixed: what a lane costs if open, currency, shape (lanes,): at prices of its own capacity
            it earns these, as a closed lane has no capacity to sell.
    """

    is_open: Flags
    per_unit: FloatArray
    per_litre: FloatArray
    fixed: FloatArray


def all_closed(market: Market) -> Terms:
    """No lane open, and no price yet."""
    lanes = len(market.fixed)
    return Terms(np.zeros(lanes, dtype=np.bool_), *np.empty((3, lanes)))


class Flows(NamedTuple):
    """Units moved, and room for the loops that find them.

    Attributes:
        moved: units on each arc, shape (arcs,).
        sent, got: units that each pair gives and takes, shape (pairs,).
        may_give, may_take: whether a pair may, shape (pairs,).
        reach_sender, reach_receiver: gain of the best path to a pair, shape (pairs,).
        into_sender, into_receiver: arc by which it comes, -1 for none, shape (pairs,).
        usable: open arcs of the item at hand, shape (most arcs of an item,).
        cost: what a unit costs on each of them.
    """

    moved: IntArray
    sent: IntArray
    got: IntArray
    may_give: Flags
    may_take: Flags
    reach_sender: FloatArray
    reach_receiver: FloatArray
    into_sender: IntArray
    into_receiver: IntArray
    usable: IntArray
    cost: FloatArray


def no_flows(market: Market) -> Flows:
    """Nothing moved yet."""
    pairs, arcs = len(market.spare), len(market.lane)
    most = int(np.diff(market.item_first).max(initial=0))
    return Flows(
        np.zeros(arcs, dtype=np.int64),
        np.zeros(pairs, dtype=np.int64),
        np.zeros(pairs, dtype=np.int64),
        np.ones(pairs, dtype=np.bool_),
        np.ones(pairs, dtype=np.bool_),
        np.empty(pairs),
        np.empty(pairs),
        np.empty(pairs, dtype=np.int64),
        np.empty(pairs, dtype=np.int64),
        np.empty(most, dtype=np.int64),
        np.empty(most),
    )


@compiled
def lane_prices(market: Market, price: FloatArray, terms: Terms) -> None:
    """What a unit and a litre cost on each lane at prices of the limits, its unit cost included."""
    per_unit, per_litre = terms.per_unit, terms.per_litre
    for way in range(len(market.fixed)):
        per_unit[way], per_litre[way] = market.unit_cost[way], 0.0
        terms.fixed[way] = market.fixed[way]
        for kind in range(market.limits.shape[1]):
            row = market.limits[way, kind]
            if row >= 0 and kind < IN_UNITS:
                per_unit[way] += price[row]
            elif row >= 0:
                per_litre[way] += price[row]
            if row >= 0 and kind in OF_LANE:
                terms.fixed[way] -= price[row] * market.capacity[row]


@compiled
def _augmented(  # noqa: C901  # two sweeps of one loop
    market: Market, flows: Flows, count: int
) -> float:
    """Move the best further unit of an item, if it gains; its gain, or 0."""
    for n in range(count):
        arc = flows.usable[n]
        a, b = market.sender[arc], market.receiver[arc]
        flows.into_sender[a], flows.into_receiver[b] = -1, -1
        flows.reach_receiver[b] = -np.inf
        left = flows.sent[a] < market.spare[a]
        flows.reach_sender[a] = (
            -market.give[market.give_first[a] + flows.sent[a]] if left else -np.inf
        )
    improved = True
    while improved:
        improved = False
        for n in range(count):
            arc = flows.usable[n]
            a, b = market.sender[arc], market.receiver[arc]
            reach = flows.reach_sender[a] - flows.cost[n]
            if reach > flows.reach_receiver[b] + LEAST_GAIN:
                flows.reach_receiver[b], flows.into_receiver[b] = reach, n
                improved = True
            reach = flows.reach_receiver[b] + flows.cost[n]
            if flows.moved[arc] > 0 and reach > flows.reach_sender[a] + LEAST_GAIN:
                flows.reach_sender[a], flows.into_sender[a] = reach, n
                improved = True
    best, end = LEAST_GAIN, -1
    for n in range(count):
        b = market.receiver[flows.usable[n]]
        if flows.got[b] < market.want[b]:
            gain = flows.reach_receiver[b] + market.take[market.take_first[b] + flows.got[b]]
            if gain > best:
                best, end = gain, b
    if end < 0:
        return 0.0
    flows.got[end] += 1
    n = flows.into_receiver[end]
    while True:
        arc = flows.usable[n]
        flows.moved[arc] += 1
        a = market.sender[arc]
        n = flows.into_sender[a]
        if n < 0:
            flows.sent[a] += 1
            return best
        arc = flows.usable[n]
        flows.moved[arc] -= 1
        n = flows.into_receiver[market.receiver[arc]]


@compiled
def _either(market: Market, flows: Flows, terms: Terms, i: int) -> float:
    """Best flow of an item whose pairs may give and take as `flows` says; its worth."""
    count = 0
    for n in range(market.item_first[i], market.item_first[i + 1]):
        arc = market.item_arcs[n]
        way, a, b = market.lane[arc], market.sender[arc], market.receiver[arc]
        flows.moved[arc] = 0
        flows.sent[a], flows.got[a], flows.sent[b], flows.got[b] = 0, 0, 0, 0
        if terms.is_open[way] and flows.may_give[a] and flows.may_take[b]:
            flows.usable[count] = arc
            flows.cost[count] = terms.per_unit[way] + market.volume[i] * terms.per_litre[way]
            count += 1
    worth = 0.0
    while count > 0:
        gain = _augmented(market, flows, count)
        if gain == 0.0:
            break
        worth += gain
    return worth


@compiled
def _torn(market: Market, flows: Flows, i: int) -> int:
    """A pair of an item that both gives and takes, or -1."""
    for n in range(market.item_first[i], market.item_first[i + 1]):
        a = market.sender[market.item_arcs[n]]
        if flows.sent[a] > 0 and flows.got[a] > 0:
            return int(a)
    return -1


@compiled
def item_flow(market: Market, flows: Flows, terms: Terms, i: int) -> float:
    """Move the units of an item as is best on open lanes at prices; what that is worth."""
    worth = _either(market, flows, terms, i)
    pair = _torn(market, flows, i)
    if pair < 0:
        return worth
    while pair >= 0:
        flows.may_give[pair] = False
        worth = _either(market, flows, terms, i)
        flows.may_give[pair], flows.may_take[pair] = True, False
        other = _either(market, flows, terms, i)
        if worth > other:
            flows.may_give[pair], flows.may_take[pair] = False, True
            worth = _either(market, flows, terms, i)
        else:
            worth = other
        pair = _torn(market, flows, i)
    for n in range(market.item_first[i], market.item_first[i + 1]):
        arc = market.item_arcs[n]
        for end in (market.sender[arc], market.receiver[arc]):
            flows.may_give[end], flows.may_take[end] = True, True
    return worth


@compiled
def all_flows(market: Market, flows: Flows, terms: Terms, worth: FloatArray) -> None:
    """The best flow of every item; what each is worth."""
    for i in range(len(worth)):
        worth[i] = item_flow(market, flows, terms, i)


@compiled
def usage(market: Market, flows: Flows, used: FloatArray) -> None:
    """Units and litres that flows draw on each limit."""
    used[:] = 0.0
    for arc in range(len(market.lane)):
        if flows.moved[arc] > 0:
            for kind in range(market.limits.shape[1]):
                row = market.limits[market.lane[arc], kind]
                if row >= 0:
                    drawn = 1.0 if kind < IN_UNITS else market.volume[market.item[arc]]
                    used[row] += drawn * flows.moved[arc]


@compiled
def _step(market: Market, flows: Flows, used: FloatArray, arc: int, units: int) -> None:
    """Move further units on an arc, or fewer; what that draws on limits."""
    flows.moved[arc] += units
    flows.sent[market.sender[arc]] += units
    flows.got[market.receiver[arc]] += units
    for kind in range(market.limits.shape[1]):
        row = market.limits[market.lane[arc], kind]
        if row >= 0:
            used[row] += units * (1.0 if kind < IN_UNITS else market.volume[market.item[arc]])


@compiled
def _next_gain(market: Market, flows: Flows, arc: int) -> float:
    """What the next unit on an arc gains; minus infinity where none may move."""
    a, b = market.sender[arc], market.receiver[arc]
    if flows.sent[a] >= market.spare[a] or flows.got[b] >= market.want[b]:
        return -np.inf
    if flows.got[a] > 0 or flows.sent[b] > 0:
        return -np.inf
    return float(
        market.take[market.take_first[b] + flows.got[b]]
        - market.give[market.give_first[a] + flows.sent[a]]
        - market.unit_cost[market.lane[arc]]
    )


@compiled
def _last_gain(market: Market, flows: Flows, arc: int) -> float:
    """What the last unit on an arc gains."""
    a, b = market.sender[arc], market.receiver[arc]
    return float(
        market.take[market.take_first[b] + flows.got[b] - 1]
        - market.give[market.give_first[a] + flows.sent[a] - 1]
        - market.unit_cost[market.lane[arc]]
    )


SLACK = 1e-6
"""Litres by which rounding may pass a limit."""


@compiled
def _over(market: Market, used: FloatArray, arc: int) -> bool:
    """Whether an arc draws on a limit that is passed."""
    for kind in range(market.limits.shape[1]):
        row = market.limits[market.lane[arc], kind]
        if row >= 0 and used[row] > market.capacity[row] + SLACK:
            return True
    return False


@compiled
def _fits(market: Market, used: FloatArray, arc: int) -> bool:
    """Whether the limits have room for one more unit on an arc."""
    for kind in range(market.limits.shape[1]):
        row = market.limits[market.lane[arc], kind]
        if row >= 0:
            drawn = 1.0 if kind < IN_UNITS else market.volume[market.item[arc]]
            if used[row] + drawn > market.capacity[row] + SLACK:
                return False
    return True


@compiled
def _charge(market: Market, terms: Terms, arc: int) -> float:
    """What a unit on an arc costs at prices of the limits beyond its unit cost."""
    way = market.lane[arc]
    litres = market.volume[market.item[arc]]
    return float(terms.per_unit[way] + litres * terms.per_litre[way] - market.unit_cost[way])


@compiled
def _take_back(market: Market, flows: Flows, terms: Terms, used: FloatArray) -> None:
    """Take back the units of least gain at prices until every limit holds."""
    arcs = len(market.lane)
    gain, listed = np.empty(arcs), np.empty(arcs, dtype=np.int64)
    while True:
        count = 0
        for arc in range(arcs):
            if flows.moved[arc] > 0 and _over(market, used, arc):
                gain[count] = _last_gain(market, flows, arc) - _charge(market, terms, arc)
                listed[count] = arc
                count += 1
        if count == 0:
            break
        for n in np.argsort(gain[:count], kind="mergesort"):
            arc = listed[n]
            # What is left of an item is worth more than it was: it waits for the next round.
            worth = _last_gain(market, flows, arc) - _charge(market, terms, arc)
            as_listed = worth <= gain[n] + LEAST_GAIN
            if as_listed and _over(market, used, arc):
                _step(market, flows, used, arc, -1)


@compiled
def _loads(market: Market, flows: Flows) -> IntArray:
    """Units on each lane."""
    units = np.zeros(len(market.fixed), dtype=np.int64)
    for arc in range(len(market.lane)):
        units[market.lane[arc]] += flows.moved[arc]
    return units


@compiled
def _near_arcs(market: Market, flows: Flows, is_open: Flags, way: int, near: IntArray) -> int:
    """Fill `near` with arcs that carry units on other lanes with an end in common; how many."""
    a, b, count = market.origin[way], market.destination[way], 0
    for other in range(len(is_open)):
        c, d = market.origin[other], market.destination[other]
        if is_open[other] and other != way and (c in (a, b) or d in (a, b)):
            for arc in range(market.lane_first[other], market.lane_first[other + 1]):
                if flows.moved[arc] > 0:
                    near[count] = arc
                    count += 1
    return count


@compiled
def _in_the_way(market: Market, flows: Flows, used: FloatArray, arc: int, other: int) -> bool:
    """Whether one unit less on another arc leaves room for one more on an arc.

    It is of the same pair, and that has no more, or else it draws on a limit that is full.
    """
    a, b = market.sender[arc], market.receiver[arc]
    if flows.sent[a] >= market.spare[a]:
        return bool(market.sender[other] == a)
    if flows.got[b] >= market.want[b]:
        return bool(market.receiver[other] == b)
    for kind in range(market.limits.shape[1]):
        row = market.limits[market.lane[arc], kind]
        if row >= 0:
            drawn = 1.0 if kind < IN_UNITS else market.volume[market.item[arc]]
            if used[row] + drawn > market.capacity[row] + SLACK:
                for like in range(market.limits.shape[1]):
                    if market.limits[market.lane[other], like] == row:
                        return True
                return False
    return False


class Filling(NamedTuple):
    """A trip that is filled, and others' units that may make room for its own.

    Attributes:
        units: units on each lane, shape (lanes,).
        near: arcs that carry units on other lanes with an end in common, shape (n,).
        back: arcs of which units were taken back, shape (most of them,).
    """

    units: IntArray
    near: IntArray
    back: IntArray


@compiled
def _give_back(
    market: Market, flows: Flows, used: FloatArray, filling: Filling, count: int
) -> None:
    """Move the first units that were taken back again."""
    for n in range(count):
        arc = filling.back[n]
        _step(market, flows, used, arc, 1)
        filling.units[market.lane[arc]] += 1


@compiled
def _make_room(
    market: Market, flows: Flows, used: FloatArray, filling: Filling, arc: int
) -> tuple[int, float]:
    """Take back the units of least gain that keep a unit from an arc; how many, and their gain.

    They are of trips that have units to spare, or too few to run. Where these do not make room
    nothing is taken back, and the number is -1.
    """
    a, b = market.sender[arc], market.receiver[arc]
    count, lost = 0, 0.0
    if flows.got[a] > 0 or flows.sent[b] > 0:
        return -1, lost
    while (
        flows.sent[a] >= market.spare[a]
        or flows.got[b] >= market.want[b]
        or not _fits(market, used, arc)
    ):
        least, found = np.inf, -1
        if count < len(filling.back):
            for other in filling.near:
                spared = filling.units[market.lane[other]] != market.least_units
                if flows.moved[other] > 0 and spared:
                    gain = _last_gain(market, flows, other)
                    if gain < least and _in_the_way(market, flows, used, arc, other):
                        least, found = gain, other
        if found < 0:
            _give_back(market, flows, used, filling, count)
            return -1, lost
        _step(market, flows, used, found, -1)
        filling.units[market.lane[found]] -= 1
        filling.back[count], lost = found, lost + least
        count += 1
    return count, lost


@compiled
def _least_loss(market: Market, flows: Flows, used: FloatArray, filling: Filling, way: int) -> int:
    """The arc of a lane on which one more unit loses least, with those taken back for it; or -1."""
    most, best = -np.inf, -1
    for arc in range(market.lane_first[way], market.lane_first[way + 1]):
        # What is taken back hardly ever loses by itself: a unit gains no more than without.
        alone = _next_gain(market, flows, arc)
        a, b = market.sender[arc], market.receiver[arc]
        has_units = flows.sent[a] < market.spare[a] and flows.got[b] < market.want[b]
        if has_units and alone <= most:
            continue
        count, lost = _make_room(market, flows, used, filling, arc)
        if count >= 0:
            gain = _next_gain(market, flows, arc) - lost
            if gain > most:
                most, best = gain, arc
            _give_back(market, flows, used, filling, count)
    return best


@compiled
def _filled(
    market: Market, flows: Flows, is_open: Flags, used: FloatArray, taken_back: int
) -> None:
    """Fill trips up to their least size, the fullest first, with the units that lose least.

    Where there is no room for a unit, up to `taken_back` others make room.
    """
    units, back = _loads(market, flows), np.empty(taken_back, dtype=np.int64)
    near = np.empty(len(market.lane), dtype=np.int64)
    for listed in np.argsort(-units, kind="mergesort"):
        way = int(listed)
        while is_open[way] and 0 < units[way] < market.least_units:
            count = _near_arcs(market, flows, is_open, way, near)
            filling = Filling(units, near[:count], back)
            arc = _least_loss(market, flows, used, filling, way)
            if arc < 0:
                break
            _make_room(market, flows, used, filling, arc)
            _step(market, flows, used, arc, 1)
            units[way] += 1


@compiled
def fit(market: Market, flows: Flows, terms: Terms, used: FloatArray, taken_back: int) -> None:
    """Take back the units of least gain until every limit holds, then move all that gains.

    Both go by what units gain at prices of the limits, but whatever gains without them moves.

    Trips below their least size are filled up to it as far as that goes; where there is no room for
    a unit, up to `taken_back` others make room.
    """
    _take_back(market, flows, terms, used)
    arcs = len(market.lane)
    gain, listed = np.empty(arcs), np.empty(arcs, dtype=np.int64)
    moved = True
    while moved:
        count = 0
        for arc in range(arcs):
            if terms.is_open[market.lane[arc]] and _fits(market, used, arc):
                more = _next_gain(market, flows, arc)
                if more > LEAST_GAIN:
                    gain[count], listed[count] = _charge(market, terms, arc) - more, arc
                    count += 1
        moved = False
        for n in np.argsort(gain[:count], kind="mergesort"):
            arc = listed[n]
            worth = _next_gain(market, flows, arc) - _charge(market, terms, arc)
            if _fits(market, used, arc) and worth >= -gain[n] - LEAST_GAIN:
                _step(market, flows, used, arc, 1)
                moved = True

    if market.least_units > 1:
        _filled(market, flows, terms.is_open, used, taken_back)


class Additions(NamedTuple):
    """The best further unit of each of some lanes, as far as it is known.

    Attributes:
        lanes: numbers of the lanes.
        arc: arc of the unit, -1 where none fits and gains, shape (lanes,).
        gain: what it gains, currency, shape (lanes,).
        stale: lanes at whose ends something moved since, shape (lanes,).
    """

    lanes: IntArray
    arc: IntArray
    gain: FloatArray
    stale: Flags


@compiled
def _best_on_lane(
    market: Market, flows: Flows, used: FloatArray, way: int, barred: int
) -> tuple[int, float]:
    """The arc of a lane, not `barred`, whose next unit fits and gains most, and what it gains."""
    most, best = LEAST_GAIN, -1
    for kind in range(IN_UNITS):
        row = market.limits[way, kind]
        if row >= 0 and used[row] + 1.0 > market.capacity[row] + SLACK:
            return best, most
    for arc in range(market.lane_first[way], market.lane_first[way + 1]):
        if arc != barred:
            gain = _next_gain(market, flows, arc)
            if gain > most and _fits(market, used, arc):
                most, best = gain, arc
    return best, most


@compiled
def _best_addition(
    market: Market, flows: Flows, used: FloatArray, known: Additions, barred: int
) -> tuple[int, float]:
    """The arc, not `barred`, whose next unit fits and gains most, and what it gains."""
    most, best = LEAST_GAIN, -1
    for way in known.lanes:
        if known.stale[way]:
            known.arc[way], known.gain[way] = _best_on_lane(market, flows, used, way, -1)
            known.stale[way] = False
        arc, gain = known.arc[way], known.gain[way]
        if arc >= 0 and arc == barred:
            arc, gain = _best_on_lane(market, flows, used, way, barred)
        if arc >= 0 and gain > most:
            most, best = gain, arc
    return best, most


@compiled
def _moved_on(  # noqa: PLR0913, PLR0917  # a step, and what it makes stale
    market: Market, flows: Flows, used: FloatArray, known: Additions, arc: int, units: int
) -> None:
    """Move further units on an arc, or fewer; only lanes of its two places are another's choice.

    A pair, and each limit, is of a lane or of a place at its end.
    """
    _step(market, flows, used, arc, units)
    a, b = market.origin[market.lane[arc]], market.destination[market.lane[arc]]
    for way in known.lanes:
        c, d = market.origin[way], market.destination[way]
        if a in (c, d) or b in (c, d):
            known.stale[way] = True


@compiled
def exchange(market: Market, flows: Flows, is_open: Flags, used: FloatArray) -> bool:
    """Take one unit back wherever the one or two that then fit gain more; whether any did."""
    size = len(is_open)
    units, least = _loads(market, flows), market.least_units
    # A trip that is as small as may be keeps its size, and none of less is begun.
    lanes, arcs = np.flatnonzero(is_open & (units >= least - 1)), np.empty(size, dtype=np.int64)
    known = Additions(lanes, arcs, np.empty(size), np.ones(size, dtype=np.bool_))
    changed = False
    for listed in lanes:
        way = int(listed)
        for arc in range(market.lane_first[way], market.lane_first[way + 1]):
            while flows.moved[arc] > 0:
                lost, held = _last_gain(market, flows, arc), units[way] == least > 1
                _moved_on(market, flows, used, known, arc, -1)
                if held:
                    one, gain = _best_on_lane(market, flows, used, way, arc)
                else:
                    one, gain = _best_addition(market, flows, used, known, arc)
                if one < 0:
                    _moved_on(market, flows, used, known, arc, 1)
                    break
                _moved_on(market, flows, used, known, one, 1)
                two, more = _best_addition(market, flows, used, known, -1)
                if two >= 0:
                    _moved_on(market, flows, used, known, two, 1)
                    gain += more
                if gain > lost + LEAST_GAIN:
                    changed = True
                    units[way] -= 1
                    units[market.lane[one]] += 1
                    if two >= 0:
                        units[market.lane[two]] += 1
                    continue
                if two >= 0:
                    _moved_on(market, flows, used, known, two, -1)
                _moved_on(market, flows, used, known, one, -1)
                _moved_on(market, flows, used, known, arc, 1)
                break
    return changed


@compiled
def put(market: Market, flows: Flows, moved: IntArray) -> None:
    """Make flows those of a plan."""
    flows.moved[:] = moved
    flows.sent[:], flows.got[:] = 0, 0
    for arc in range(len(moved)):
        flows.sent[market.sender[arc]] += moved[arc]
        flows.got[market.receiver[arc]] += moved[arc]


@compiled
def trip_gains(market: Market, flows: Flows, gain: FloatArray, units: IntArray) -> None:
    """What each lane's units gain, and how many they are.

    What a pair gains or loses in all is shared by its units, whatever lane they go on.
    """
    gain[:], units[:] = 0.0, 0
    for arc in range(len(market.lane)):
        moved = flows.moved[arc]
        if moved > 0:
            a, b, way = market.sender[arc], market.receiver[arc], market.lane[arc]
            lost, won = 0.0, 0.0
            for n in range(flows.sent[a]):
                lost += market.give[market.give_first[a] + n]
            for n in range(flows.got[b]):
                won += market.take[market.take_first[b] + n]
            gain[way] += moved * (won / flows.got[b] - lost / flows.sent[a] - market.unit_cost[way])
            units[way] += moved


class Duals(NamedTuple):
    """Prices of units and limits: what relaxing each is charged at.

    Attributes:
        give: of each unit that may be given, currency, at least 0.
        take: of each unit that may be taken, currency, at least 0.
        limit: of each limit, currency a unit or litre, at least 0.
    """

    give: FloatArray
    take: FloatArray
    limit: FloatArray


@compiled
def _ordered(
    first: IntArray, most: IntArray, worth: FloatArray, order: IntArray, sign: float
) -> None:
    """Put each pair's units in order of sign * worth, least first; `order` is nearly so already."""
    for pair in range(len(first)):
        start = first[pair]
        for n in range(start + 1, start + most[pair]):
            unit = order[n]
            key = sign * worth[unit]
            k = n - 1
            while k >= start and sign * worth[order[k]] > key:
                order[k + 1] = order[k]
                k -= 1
            order[k + 1] = unit


@compiled
def _first_units(first: IntArray, most: IntArray, worth: FloatArray, order: IntArray) -> FloatArray:
    """`worth` of the first unit of each pair in `order`; not a number where it has none."""
    found = np.full(len(first), np.nan)
    for pair in range(len(first)):
        if most[pair] > 0:
            found[pair] = worth[order[first[pair]]]
    return found


@compiled
def lane_loads(  # noqa: C901, PLR0912, PLR0913, PLR0917  # prices, and all that they lead to
    market: Market,
    price: Duals,
    order: tuple[IntArray, IntArray],
    terms: Terms,
    surplus: FloatArray,
    slope: Duals,
) -> float:
    """The value of the dual at prices, and a subgradient in `slope`.

    Every lane takes the load that gains most when a unit costs its owner what it is worth to him
    and its price, and earns its receiver what it is worth to him less its price; it runs if that
    is more than its fixed cost, by `surplus`.
    """
    cost, worth = market.give + price.give, market.take - price.take
    _ordered(market.give_first, market.spare, cost, order[0], 1.0)
    _ordered(market.take_first, market.want, worth, order[1], -1.0)
    lane_prices(market, price.limit, terms)
    per_unit, per_litre = terms.per_unit, terms.per_litre
    cheapest = _first_units(market.give_first, market.spare, cost, order[0])
    dearest = _first_units(market.take_first, market.want, worth, order[1])
    slope.give[:], slope.take[:], slope.limit[:] = 1.0, 1.0, market.capacity
    value = price.give.sum() + price.take.sum() + (price.limit * market.capacity).sum()
    for way in range(len(market.fixed)):
        gain = -terms.fixed[way]
        value += terms.fixed[way] - market.fixed[way]
        for arc in range(market.lane_first[way], market.lane_first[way + 1]):
            a, b = market.sender[arc], market.receiver[arc]
            unit_cost = per_unit[way] + market.volume[market.item[arc]] * per_litre[way]
            if dearest[b] - cheapest[a] - unit_cost <= 0:
                continue
            for n in range(min(market.spare[a], market.want[b])):
                more = (
                    worth[order[1][market.take_first[b] + n]]
                    - cost[order[0][market.give_first[a] + n]]
                    - unit_cost
                )
                if more <= 0:
                    break
                gain += more
        surplus[way] = gain
        if gain <= 0:
            for kind in OF_LANE:
                if market.limits[way, kind] >= 0:
                    slope.limit[market.limits[way, kind]] = 0.0
            continue
        value += gain
        for arc in range(market.lane_first[way], market.lane_first[way + 1]):
            a, b = market.sender[arc], market.receiver[arc]
            litres = market.volume[market.item[arc]]
            unit_cost = per_unit[way] + litres * per_litre[way]
            if dearest[b] - cheapest[a] - unit_cost <= 0:
                continue
            for n in range(min(market.spare[a], market.want[b])):
                taken = order[1][market.take_first[b] + n]
                given = order[0][market.give_first[a] + n]
                if worth[taken] - cost[given] - unit_cost <= 0:
                    break
                slope.give[given] -= 1.0
                slope.take[taken] -= 1.0
                for kind in range(market.limits.shape[1]):
                    row = market.limits[way, kind]
                    if row >= 0:
                        slope.limit[row] -= 1.0 if kind < IN_UNITS else litres
    return float(value)


@compiled
def unit_prices(market: Market, flows: Flows, terms: Terms, price: Duals) -> None:
    """Prices of units at which the best flows on the open lanes are best, these being free.

    A unit that reaches a receiver costs as much as the best path to it; a sender's unit is worth
    the most that any receiver makes of it.
    """
    pairs = len(market.spare)
    cost = np.zeros(pairs)
    best = np.full(pairs, -np.inf)
    for i in range(len(market.volume)):
        item_flow(market, flows, terms, i)
        first, last = market.item_first[i], market.item_first[i + 1]
        for n in range(first, last):
            flows.usable[n - first] = market.item_arcs[n]
            way = market.lane[market.item_arcs[n]]
            flows.cost[n - first] = terms.per_unit[way] + market.volume[i] * terms.per_litre[way]
        _augmented(market, flows, last - first)
        for n in range(first, last):
            b = market.receiver[market.item_arcs[n]]
            cost[b] = -flows.reach_receiver[b]
            if cost[b] == np.inf:
                left = flows.got[b] < market.want[b]
                cost[b] = market.take[market.take_first[b] + flows.got[b]] if left else 0.0
        for n in range(first, last):
            a, b = market.sender[market.item_arcs[n]], market.receiver[market.item_arcs[n]]
            best[a] = max(best[a], cost[b] - flows.cost[n - first])
    price.give[:], price.take[:] = 0.0, 0.0
    for arc in range(len(market.lane)):
        a, b = market.sender[arc], market.receiver[arc]
        for n in range(market.give_first[a], market.give_first[a] + market.spare[a]):
            price.give[n] = max(0.0, best[a] - market.give[n])
        for n in range(market.take_first[b], market.take_first[b] + market.want[b]):
            price.take[n] = max(0.0, market.take[n] - cost[b])


class Network(NamedTuple):
    """Open lanes, the best flows on them at prices, and what these are worth.

    Attributes:
        terms: open lanes and their prices.
        moved: units on each arc, shape (arcs,).
        worth: of the flow of each item, currency, shape (items,).
        cost: marginal cost of a unit at each pair, as a sender and as a receiver: optimal dual
            prices of the flow, shape (2, pairs).
        solved: flows of items that were found so far, shape (1,).
    """

    terms: Terms
    moved: IntArray
    worth: FloatArray
    cost: FloatArray
    solved: IntArray


@compiled
def _settled(market: Market, flows: Flows, net: Network, i: int) -> float:
    """Keep the best flow of an item, with its dual prices; how much more it is worth than before.

    The prices are longest paths in the residual network, from its source and sink as one node.
    """
    now = item_flow(market, flows, net.terms, i)
    net.solved[0] += 1
    first, last = market.item_first[i], market.item_first[i + 1]
    for n in range(first, last):
        arc = market.item_arcs[n]
        net.moved[arc] = flows.moved[arc]
        a, b = market.sender[arc], market.receiver[arc]
        at = market.give_first[a] + flows.sent[a]
        net.cost[0, a] = market.give[at] if flows.sent[a] < market.spare[a] else np.inf
        at = market.take_first[b] + flows.got[b]
        net.cost[1, b] = market.take[at - 1] if flows.got[b] > 0 else np.inf
    improved = True
    while improved:
        improved = False
        for n in range(first, last):
            arc = market.item_arcs[n]
            way, a, b = market.lane[arc], market.sender[arc], market.receiver[arc]
            if net.terms.is_open[way]:
                price = net.terms.per_unit[way] + market.volume[i] * net.terms.per_litre[way]
                if net.cost[0, a] + price < net.cost[1, b] - LEAST_GAIN:
                    net.cost[1, b] = net.cost[0, a] + price
                    improved = True
                if flows.moved[arc] > 0 and (net.cost[1, b] - price < net.cost[0, a] - LEAST_GAIN):
                    net.cost[0, a] = net.cost[1, b] - price
                    improved = True
    for n in range(first, last):
        b = market.receiver[market.item_arcs[n]]
        if net.cost[1, b] == np.inf:
            net.cost[1, b] = market.take[market.take_first[b]]
    change = now - net.worth[i]
    net.worth[i] = now
    return float(change)


@compiled
def _unmoved(market: Market, net: Network, arc: int) -> bool:
    """Whether opening or closing its lane leaves the flow of an arc's item as it is."""
    way = market.lane[arc]
    if net.terms.is_open[way]:
        return bool(net.moved[arc] == 0)
    price = net.terms.per_unit[way] + market.volume[market.item[arc]] * net.terms.per_litre[way]
    a, b = market.sender[arc], market.receiver[arc]
    return bool(net.cost[1, b] - price - net.cost[0, a] <= LEAST_GAIN)


def nothing_moved(market: Market) -> Network:
    """All lanes closed."""
    return Network(
        all_closed(market),
        np.zeros(len(market.lane), dtype=np.int64),
        np.zeros(len(market.volume)),
        np.zeros((2, len(market.spare))),
        np.zeros(1, dtype=np.int64),
    )


@compiled
def _change(market: Market, flows: Flows, net: Network, way: int) -> float:
    """What opening a closed lane adds, or closing an open one."""
    opens = not net.terms.is_open[way]
    change = -net.terms.fixed[way] if opens else net.terms.fixed[way]
    for arc in range(market.lane_first[way], market.lane_first[way + 1]):
        if not _unmoved(market, net, arc):
            i = market.item[arc]
            net.terms.is_open[way] = opens
            now = item_flow(market, flows, net.terms, i)
            net.terms.is_open[way] = not opens
            net.solved[0] += 1
            change += now - net.worth[i]
    return float(change)


@compiled
def _turn(market: Market, flows: Flows, net: Network, way: int) -> float:
    """Open a closed lane, or close an open one; what that adds."""
    opens = not net.terms.is_open[way]
    change = -net.terms.fixed[way] if opens else net.terms.fixed[way]
    for arc in range(market.lane_first[way], market.lane_first[way + 1]):
        if not _unmoved(market, net, arc):
            net.terms.is_open[way] = opens
            change += _settled(market, flows, net, market.item[arc])
            net.terms.is_open[way] = not opens
    net.terms.is_open[way] = opens
    return float(change)


@compiled
def settle(market: Market, flows: Flows, net: Network) -> float:
    """The best flow of every item; what the open lanes gain with them."""
    worth = 0.0
    for i in range(len(market.volume)):
        _settled(market, flows, net, i)
        worth += net.worth[i]
    for way in range(len(market.fixed)):
        if net.terms.is_open[way]:
            worth -= net.terms.fixed[way]
    return worth


@compiled
def _reopened(market: Market, flows: Flows, net: Network, ways: IntArray) -> float:
    """Open lanes of a list, the most gainful first, until none adds anything; what they add.

    An opened lane rarely makes another one more gainful, so what it was found to add before is
    taken for a bound, and only the best is found anew (Minoux, Accelerated greedy algorithms for
    maximizing submodular set functions, 1978).
    """
    gain = np.full(len(ways), -np.inf)
    fresh = np.ones(len(ways), dtype=np.bool_)
    for n in range(len(ways)):
        if not net.terms.is_open[ways[n]]:
            gain[n] = _change(market, flows, net, ways[n])
    added = 0.0
    while len(ways) > 0:
        n = int(np.argmax(gain))
        if gain[n] <= LEAST_GAIN:
            break
        if not fresh[n]:
            gain[n], fresh[n] = _change(market, flows, net, ways[n]), True
            continue
        added += _turn(market, flows, net, ways[n])
        gain[n] = -np.inf
        fresh[:] = False
    return added


reopened: Callable[..., float] = _reopened


@compiled
def _pruned(market: Market, flows: Flows, net: Network, ways: IntArray, kept: int) -> float:
    """Close lanes of a list while that adds anything, all but `kept`; what it adds."""
    added = 0.0
    again = True
    while again:
        again = False
        for way in ways:
            if way == kept or not net.terms.is_open[way]:
                continue
            if _change(market, flows, net, way) > LEAST_GAIN:
                added += _turn(market, flows, net, way)
                again = True
    return added


pruned: Callable[..., float] = _pruned


OPENS, AT_PLACE, KINDS = 2, 1, 3
"""Kinds of tries of the search; 0 takes the lanes that share an end in the same role."""


@compiled
def _mark_near(market: Market, ways: IntArray, near: Flags, seed: int, kind: int) -> None:
    """Mark the lanes around one: those with an end in common, or either way at its origin."""
    a, b = market.origin[seed], market.destination[seed]
    near[:] = False
    for way in ways:
        c, d = market.origin[way], market.destination[way]
        near[way] = c == a or d == b or (kind == AT_PLACE and d == a)


@compiled
def _tried(
    market: Market, flows: Flows, net: Network, ways: IntArray, draw: tuple[int, int]
) -> float:
    """Change the open lanes around one; what that adds, which may be below 0."""
    kind, seed = draw
    change = 0.0
    if kind == OPENS:
        change += _turn(market, flows, net, seed)
        change += _pruned(market, flows, net, ways, seed)
    else:
        for way in ways:
            if net.terms.is_open[way]:
                change += _turn(market, flows, net, way)
    change += _reopened(market, flows, net, ways)
    return change + _pruned(market, flows, net, ways, -1)


@compiled
def searched(
    market: Market, flows: Flows, net: Network, ways: IntArray, draws: tuple[IntArray, int]
) -> float:
    """Large-neighbourhood search over the open lanes among `ways`; what it adds.

    A try takes a lane: it closes the lanes that share an end with it in the same role, or all at
    its origin, or opens it and closes those around that no longer add anything. Then lanes around
    are opened and closed by what they add. It stays if the whole is worth no less.

    Args:
        market: what may be moved.
        flows: room for the flow of an item.
        net: open lanes, changed.
        ways: lanes that may be open.
        draws: kind of each try (0 to KINDS - 1) and place of its lane in `ways`, shape (tries, 2);
            and flows of items to find at most, about.
    """
    added = 0.0
    near = np.zeros(len(market.fixed), dtype=np.bool_)
    stop = net.solved[0] + draws[1]
    for n in range(len(draws[0])):
        if net.solved[0] >= stop:
            break
        kind, seed = draws[0][n, 0], ways[draws[0][n, 1]]
        if kind == OPENS and net.terms.is_open[seed]:
            continue
        was_open, was_worth = net.terms.is_open.copy(), net.worth.copy()
        was_moved, was_cost = net.moved.copy(), net.cost.copy()
        _mark_near(market, ways, near, seed, kind)
        change = _tried(market, flows, net, ways[near[ways]], (kind, seed))
        if change < -LEAST_GAIN:
            net.terms.is_open[:], net.worth[:] = was_open, was_worth
            net.moved[:], net.cost[:] = was_moved, was_cost
        else:
            added += change
    return added
