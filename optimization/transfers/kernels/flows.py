"""The best flow of units on open lanes at given prices.

On given open lanes and prices, the units of one item are a min-cost flow with convex costs at both
ends: the best augmenting path is taken until none gains (successive shortest paths; Ahuja, Magnanti
and Orlin, Network Flows, 1993, chapter 9). A pair that would both give and take is held to the
better of the two. A cost of lines makes it a fixed-charge flow, for which lines are emptied.
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
        usable: open arcs of the item at hand, shape (most arcs of an item,).
        cost: what a unit costs on each of them.
        barred: arcs that must stay empty, as their lines are not worth their cost, shape (arcs,).
        lines: arcs of the item at hand that share an end, shape (most arcs of an item,).
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
    barred: Flags
    lines: IntArray


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
def _find_flow(market: TransferMarket, flows: Flows, terms: Terms, i: int) -> float:
    """Best flow of an item whose pairs and arcs may move as `flows` says; worth of its units."""
    count = 0
    for n in range(market.item_first[i], market.item_first[i + 1]):
        arc = market.item_arcs[n]
        way, a, b = market.lane[arc], market.sender[arc], market.receiver[arc]
        flows.moved[arc] = 0
        flows.sent[a], flows.got[a], flows.sent[b], flows.got[b] = 0, 0, 0, 0
        may_move = flows.may_give[a] and flows.may_take[b] and not flows.barred[arc]
        if terms.is_open[way] and may_move:
            flows.usable[count] = arc
            flows.cost[count] = terms.per_unit[way] + market.volume[i] * terms.per_litre[way]
            count += 1
    worth = 0.0
    while count > 0:
        gain = augment_flow(market, flows, count)
        if gain == 0.0:
            break
        worth += gain
    return worth


@compiled
def _find_torn_pair(market: TransferMarket, flows: Flows, i: int) -> int:
    """A pair of an item that both gives and takes, or -1."""
    for n in range(market.item_first[i], market.item_first[i + 1]):
        a = market.sender[market.item_arcs[n]]
        if flows.sent[a] > 0 and flows.got[a] > 0:
            return int(a)
    return -1


@compiled
def _find_best_ends(market: TransferMarket, flows: Flows, terms: Terms, i: int) -> float:
    """Best flow of an item of which no pair both gives and takes; the worth of its units."""
    worth = _find_flow(market, flows, terms, i)
    pair = _find_torn_pair(market, flows, i)
    if pair < 0:
        return worth
    while pair >= 0:
        flows.may_give[pair] = False
        worth = _find_flow(market, flows, terms, i)
        flows.may_give[pair], flows.may_take[pair] = True, False
        other = _find_flow(market, flows, terms, i)
        if worth > other:
            flows.may_give[pair], flows.may_take[pair] = False, True
            worth = _find_flow(market, flows, terms, i)
        else:
            worth = other
        pair = _find_torn_pair(market, flows, i)
    for n in range(market.item_first[i], market.item_first[i + 1]):
        arc = market.item_arcs[n]
        for end in (market.sender[arc], market.receiver[arc]):
            flows.may_give[end], flows.may_take[end] = True, True
    return worth


@compiled
def find_unit_flow(market: TransferMarket, flows: Flows, terms: Terms, i: int) -> float:
    """Move the units of an item as is best on open lanes at prices, lines being free; the worth."""
    for n in range(market.item_first[i], market.item_first[i + 1]):
        flows.barred[market.item_arcs[n]] = False
    return _find_best_ends(market, flows, terms, i)


@compiled
def find_line_gain(market: TransferMarket, flows: Flows, arc: int, unit_cost: float) -> float:
    """What the units of an arc gain by being there: what is lost if they stay, and no others go."""
    a, b, moved = market.sender[arc], market.receiver[arc], flows.moved[arc]
    gain = -moved * unit_cost
    for n in range(moved):
        gain += market.take[market.take_first[b] + flows.got[b] - 1 - n]
        gain -= market.give[market.give_first[a] + flows.sent[a] - 1 - n]
    return float(gain)


@compiled
def _count_lines(market: TransferMarket, flows: Flows, i: int) -> int:
    """Arcs of an item that carry units."""
    lines = 0
    for n in range(market.item_first[i], market.item_first[i + 1]):
        lines += flows.moved[market.item_arcs[n]] > 0
    return lines


@compiled
def _bar_losing_lines(
    market: TransferMarket, flows: Flows, terms: Terms, i: int, worth: float
) -> float:
    """Empty the lines that gain less than their cost, the worst first; the worth of the units."""
    while True:
        least, worst = market.line_cost - LEAST_GAIN, -1
        for n in range(market.item_first[i], market.item_first[i + 1]):
            arc = market.item_arcs[n]
            if flows.moved[arc] > 0:
                way = market.lane[arc]
                unit_cost = terms.per_unit[way] + market.volume[i] * terms.per_litre[way]
                gain = find_line_gain(market, flows, arc, unit_cost)
                if gain < least:
                    least, worst = gain, arc
        if worst < 0:
            return worth
        flows.barred[worst] = True
        worth = _find_best_ends(market, flows, terms, i)


@compiled
def _merge_lines(
    market: TransferMarket, flows: Flows, terms: Terms, i: int, worth: float
) -> tuple[float, int]:
    """Empty the line whose units, on others that share an end with it, lose least, if that gains.

    Returns:
        The worth of the units, and the arc that was emptied or -1.
    """
    count, lines = 0, _count_lines(market, flows, i)
    for n in range(market.item_first[i], market.item_first[i + 1]):
        arc = market.item_arcs[n]
        moved = flows.moved[arc]
        a, b = market.sender[arc], market.receiver[arc]
        if moved > 0 and (flows.sent[a] > moved or flows.got[b] > moved):
            flows.lines[count] = arc
            count += 1
    if count == 0:
        return worth, -1
    best, emptied = worth - market.line_cost * lines + LEAST_GAIN, -1
    for n in range(count):
        arc = flows.lines[n]
        flows.barred[arc] = True
        other = _find_best_ends(market, flows, terms, i)
        other -= market.line_cost * _count_lines(market, flows, i)
        flows.barred[arc] = False
        if other > best:
            best, emptied = other, arc
    if emptied >= 0:
        flows.barred[emptied] = True
    return _find_best_ends(market, flows, terms, i), emptied


@compiled
def find_item_flow(market: TransferMarket, flows: Flows, terms: Terms, i: int) -> float:
    """Move the units of an item as is best on open lanes at prices; what that is worth.

    With a cost of lines this is a fixed-charge flow: from the best flow of units, lines that do not
    gain their cost are emptied one by one, and those whose units do as well on others. It is the
    best flow on the arcs that are not barred then, if not the best of all.
    """
    worth = find_unit_flow(market, flows, terms, i)
    if market.line_cost == 0.0:
        return worth
    merged = 0
    while merged >= 0:
        worth = _bar_losing_lines(market, flows, terms, i, worth)
        worth, merged = _merge_lines(market, flows, terms, i, worth)
    return worth - market.line_cost * _count_lines(market, flows, i)


@compiled
def find_flows(market: TransferMarket, flows: Flows, terms: Terms, worth: FloatArray) -> None:
    """The best flow of every item; what each is worth."""
    for i in range(len(worth)):
        worth[i] = find_item_flow(market, flows, terms, i)
