"""The best flow of units on open lanes at given prices.

On given open lanes and prices, the units of one item are a min-cost flow with convex costs at both
ends: the best augmenting path is taken until none gains (successive shortest paths; Ahuja, Magnanti
and Orlin, Network Flows, 1993, chapter 9). A pair that would both give and take is held to the
better of the two. What a cost of lines makes of it is in `line_flows`.
"""

from typing import NamedTuple

import numpy as np

from compilation import compiled
from optimization.transfers.market import IN_UNITS, LEAST_GAIN, OF_LANE, Flags, TransferMarket
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


def make_closed_lanes(market: TransferMarket) -> Terms:
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
        opened: arcs of the item at hand on open lanes, shape (most arcs of an item,).
        price: what a unit costs on each of them.
        usable: those of them that units may go on.
        cost: what a unit costs on each of these.
        barred: arcs that must stay empty, as their lines are not worth their cost, shape (arcs,).
        kept: units on each of `opened`, to which a trial goes back.
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
    opened: IntArray
    price: FloatArray
    usable: IntArray
    cost: FloatArray
    barred: Flags
    kept: IntArray


def make_empty_flows(market: TransferMarket) -> Flows:
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
        np.empty(most, dtype=np.int64),
        np.empty(most),
        np.zeros(arcs, dtype=np.bool_),
        np.empty(most, dtype=np.int64),
    )


@compiled
def price_lanes(market: TransferMarket, price: FloatArray, terms: Terms) -> None:
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
def augment_flow(  # noqa: C901  # two sweeps of one loop
    market: TransferMarket, flows: Flows, count: int
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
def list_open_arcs(market: TransferMarket, flows: Flows, terms: Terms, i: int) -> int:
    """List the arcs of an item on open lanes, none of its arcs barred and none used; how many."""
    count = 0
    for n in range(market.item_first[i], market.item_first[i + 1]):
        arc = market.item_arcs[n]
        way = market.lane[arc]
        flows.moved[arc], flows.barred[arc] = 0, False
        for end in (market.sender[arc], market.receiver[arc]):
            flows.sent[end], flows.got[end] = 0, 0
        if terms.is_open[way]:
            flows.opened[count] = arc
            flows.price[count] = terms.per_unit[way] + market.volume[i] * terms.per_litre[way]
            count += 1
    return count


@compiled
def list_usable_arcs(market: TransferMarket, flows: Flows, opened: int) -> int:
    """List the open arcs that are not barred and whose ends may give and take; how many."""
    count = 0
    for n in range(opened):
        arc = flows.opened[n]
        if flows.barred[arc]:
            continue
        if flows.may_give[market.sender[arc]] and flows.may_take[market.receiver[arc]]:
            flows.usable[count], flows.cost[count] = arc, flows.price[n]
            count += 1
    return count


@compiled
def put_units(market: TransferMarket, flows: Flows, opened: int, units: IntArray) -> None:
    """Make the flow of the item at hand that of given units on its open arcs."""
    for n in range(opened):
        arc = flows.opened[n]
        for end in (market.sender[arc], market.receiver[arc]):
            flows.sent[end], flows.got[end] = 0, 0
    for n in range(opened):
        arc = flows.opened[n]
        flows.moved[arc] = units[n]
        flows.sent[market.sender[arc]] += units[n]
        flows.got[market.receiver[arc]] += units[n]


@compiled
def _find_flow(market: TransferMarket, flows: Flows, opened: int) -> float:
    """Best flow of an item whose pairs and arcs may move as `flows` says; worth of its units."""
    for n in range(opened):
        arc = flows.opened[n]
        flows.moved[arc] = 0
        for end in (market.sender[arc], market.receiver[arc]):
            flows.sent[end], flows.got[end] = 0, 0
    count = list_usable_arcs(market, flows, opened)
    worth = 0.0
    while count > 0:
        gain = augment_flow(market, flows, count)
        if gain == 0.0:
            break
        worth += gain
    return worth


@compiled
def find_torn_pair(market: TransferMarket, flows: Flows, opened: int) -> int:
    """A pair of the item at hand that both gives and takes, or -1."""
    for n in range(opened):
        a = market.sender[flows.opened[n]]
        if flows.sent[a] > 0 and flows.got[a] > 0:
            return int(a)
    return -1


@compiled
def find_best_ends(market: TransferMarket, flows: Flows, opened: int) -> float:
    """Best flow of an item of which no pair both gives and takes; the worth of its units.

    Pairs that would do both are held to the better of the two, and stay so.
    """
    worth = _find_flow(market, flows, opened)
    pair = find_torn_pair(market, flows, opened)
    while pair >= 0:
        flows.may_give[pair] = False
        worth = _find_flow(market, flows, opened)
        flows.may_give[pair], flows.may_take[pair] = True, False
        other = _find_flow(market, flows, opened)
        if worth > other:
            flows.may_give[pair], flows.may_take[pair] = False, True
            worth = _find_flow(market, flows, opened)
        else:
            worth = other
        pair = find_torn_pair(market, flows, opened)
    return worth


@compiled
def free_ends(market: TransferMarket, flows: Flows, opened: int) -> None:
    """Let every pair of the item at hand give and take."""
    for n in range(opened):
        arc = flows.opened[n]
        for end in (market.sender[arc], market.receiver[arc]):
            flows.may_give[end], flows.may_take[end] = True, True


@compiled
def find_unit_flow(market: TransferMarket, flows: Flows, terms: Terms, i: int) -> float:
    """Move the units of an item as is best on open lanes at prices, lines being free; the worth."""
    opened = list_open_arcs(market, flows, terms, i)
    worth = find_best_ends(market, flows, opened)
    free_ends(market, flows, opened)
    return worth
