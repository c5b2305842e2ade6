"""The best flow of an item whose lines cost something.

A cost of lines makes of a min-cost flow a fixed-charge flow. From the best flow of units, lines are
emptied one by one while that gains. The flow without a line is not found anew: its units find
other ways on the flow as it is, each the best, which is again the best flow on the arcs that are
left (Ahuja, Magnanti and Orlin, Network Flows, 1993, section 9.7).
"""

import numpy as np

from compilation import compiled
from optimization.transfers.kernels.flows import (
    Flows,
    Terms,
    find_best_ends,
    find_torn_pair,
    free_ends,
    list_open_arcs,
    list_usable_arcs,
    put_units,
)
from optimization.transfers.market import LEAST_GAIN, TransferMarket
from optimization.value import IntArray

_START, _HUB = -1, -2
"""What leads to a pair, besides an arc: nothing, as units start there, and the hub."""


@compiled
def _reach_pairs(  # noqa: C901, PLR0912  # the kinds of step of a path
    market: TransferMarket, flows: Flows, count: int, start: int
) -> tuple[float, int]:
    """Gain of the best path of a unit from a sender to each pair, on the flow as it is.

    The hub is source and sink of all units in one: a unit goes there where its sender keeps it or
    a further receiver takes it, and from there where a further sender gives it or a receiver goes
    without it.

    Returns:
        Gain of the best path to the hub, and the pair from which it gets there: the number of a
        sender, -1 less that of a receiver.
    """
    for n in range(count):
        arc = flows.usable[n]
        flows.reach_sender[market.sender[arc]] = -np.inf
        flows.reach_receiver[market.receiver[arc]] = -np.inf
    flows.reach_sender[start], flows.into_sender[start] = 0.0, _START
    hub, into_hub = market.give[market.give_first[start] + flows.sent[start] - 1], start
    improved = True
    while improved:
        improved = False
        for n in range(count):
            arc = flows.usable[n]
            a, b = market.sender[arc], market.receiver[arc]
            given = market.give_first[a] + flows.sent[a]
            taken = market.take_first[b] + flows.got[b]
            if flows.sent[a] < market.spare[a]:
                reach = hub - market.give[given]
                if reach > flows.reach_sender[a] + LEAST_GAIN:
                    flows.reach_sender[a], flows.into_sender[a] = reach, _HUB
                    improved = True
            reach = flows.reach_sender[a] - flows.cost[n]
            if reach > flows.reach_receiver[b] + LEAST_GAIN:
                flows.reach_receiver[b], flows.into_receiver[b] = reach, n
                improved = True
            if flows.got[b] > 0:
                reach = hub - market.take[taken - 1]
                if reach > flows.reach_receiver[b] + LEAST_GAIN:
                    flows.reach_receiver[b], flows.into_receiver[b] = reach, _HUB
                    improved = True
            if flows.moved[arc] > 0:
                reach = flows.reach_receiver[b] + flows.cost[n]
                if reach > flows.reach_sender[a] + LEAST_GAIN:
                    flows.reach_sender[a], flows.into_sender[a] = reach, n
                    improved = True
            if flows.got[b] < market.want[b]:
                reach = flows.reach_receiver[b] + market.take[taken]
                if reach > hub + LEAST_GAIN:
                    hub, into_hub = reach, -1 - b
                    improved = True
            if flows.sent[a] > 0:
                reach = flows.reach_sender[a] + market.give[given - 1]
                if reach > hub + LEAST_GAIN:
                    hub, into_hub = reach, a
                    improved = True
    return hub, into_hub


@compiled
def _reroute_unit(market: TransferMarket, flows: Flows, count: int, a: int, b: int) -> float:
    """Let a unit that a sender gives and a receiver gets go another way than straight; its gain.

    That may be to stay, where the receiver goes without it.
    """
    flows.reach_receiver[b] = -np.inf
    hub, into_hub = _reach_pairs(market, flows, count, a)
    gain, into = hub - market.take[market.take_first[b] + flows.got[b] - 1], _HUB
    if flows.reach_receiver[b] >= gain - LEAST_GAIN:
        gain, into = flows.reach_receiver[b], flows.into_receiver[b]
    # The path is walked back from its end.
    gives, pair = False, b
    while into != _START:
        if into != _HUB:
            arc = flows.usable[into]
            flows.moved[arc] += -1 if gives else 1
            pair = market.receiver[arc] if gives else market.sender[arc]
            gives = not gives
        else:
            if gives:
                flows.sent[pair] += 1
            else:
                flows.got[pair] -= 1
            gives = into_hub >= 0
            pair = into_hub if gives else -1 - into_hub
            if gives:
                flows.sent[pair] -= 1
            else:
                flows.got[pair] += 1
        into = flows.into_sender[pair] if gives else flows.into_receiver[pair]
    return float(gain)


@compiled
def hold_roles(market: TransferMarket, flows: Flows, opened: int) -> None:
    """Hold the pairs that give to giving, and those that take to taking."""
    for n in range(opened):
        a, b = market.sender[flows.opened[n]], market.receiver[flows.opened[n]]
        if flows.sent[a] > 0:
            flows.may_take[a] = False
        if flows.got[b] > 0:
            flows.may_give[b] = False


@compiled
def empty_line(market: TransferMarket, flows: Flows, opened: int, arc: int) -> float:
    """Bar an arc of the best flow and find the best one without it; what its units are worth more.

    Less than nothing, or -inf where a pair that did neither would then both give and take.
    """
    flows.barred[arc] = True
    count = list_usable_arcs(market, flows, opened)
    units, flows.moved[arc] = flows.moved[arc], 0
    change = 0.0
    for n in range(opened):
        if flows.opened[n] == arc:
            change += units * flows.price[n]
    for _ in range(units):
        change += _reroute_unit(market, flows, count, market.sender[arc], market.receiver[arc])
    return -np.inf if find_torn_pair(market, flows, opened) >= 0 else change


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
def _count_lines(flows: Flows, opened: int) -> int:
    """Open arcs of the item at hand that carry units."""
    lines = 0
    for n in range(opened):
        lines += flows.moved[flows.opened[n]] > 0
    return lines


@compiled
def _bar_losing_lines(market: TransferMarket, flows: Flows, opened: int, worth: float) -> float:
    """Empty the lines that gain less than their cost, the worst first; the worth of the units."""
    while True:
        least, worst = market.line_cost - LEAST_GAIN, -1
        for n in range(opened):
            arc = flows.opened[n]
            if flows.moved[arc] > 0:
                gain = find_line_gain(market, flows, arc, flows.price[n])
                if gain < least:
                    least, worst = gain, arc
        if worst < 0:
            return worth
        worth += empty_line(market, flows, opened, worst)
        if worth == -np.inf:
            worth = find_best_ends(market, flows, opened)
            hold_roles(market, flows, opened)


@compiled
def _merge_lines(
    market: TransferMarket, flows: Flows, opened: int, worth: float
) -> tuple[float, int]:
    """Empty the line whose units, on others that share an end with it, lose least, if that gains.

    Returns:
        The worth of the units, and the arc that was emptied or -1.
    """
    for n in range(opened):
        flows.kept[n] = flows.moved[flows.opened[n]]
    best, emptied = LEAST_GAIN - market.line_cost * _count_lines(flows, opened), -1
    for n in range(opened):
        arc, moved = flows.opened[n], flows.kept[n]
        a, b = market.sender[arc], market.receiver[arc]
        if moved > 0 and (flows.sent[a] > moved or flows.got[b] > moved):
            change = empty_line(market, flows, opened, arc)
            change -= market.line_cost * _count_lines(flows, opened)
            flows.barred[arc] = False
            if change > best:
                best, emptied = change, arc
            put_units(market, flows, opened, flows.kept)
    if emptied >= 0:
        worth += empty_line(market, flows, opened, emptied)
    return worth, emptied


@compiled
def find_item_flow(market: TransferMarket, flows: Flows, terms: Terms, i: int) -> float:
    """Move the units of an item as is best on open lanes at prices; what that is worth.

    With a cost of lines this is a fixed-charge flow: from the best flow of units, which decides who
    gives and who takes, lines that do not gain their cost are emptied one by one, and those whose
    units do as well on others. It is the best flow on the arcs that are not barred then, if not the
    best of all.
    """
    opened = list_open_arcs(market, flows, terms, i)
    worth = find_best_ends(market, flows, opened)
    if market.line_cost > 0.0:
        hold_roles(market, flows, opened)
        merged = 0
        while merged >= 0:
            worth = _bar_losing_lines(market, flows, opened, worth)
            worth, merged = _merge_lines(market, flows, opened, worth)
        worth -= market.line_cost * _count_lines(flows, opened)
    free_ends(market, flows, opened)
    return worth


@compiled
def find_flows(market: TransferMarket, flows: Flows, terms: Terms, items: IntArray) -> None:
    """The best flow of each of some items; the others keep theirs."""
    for i in items:
        find_item_flow(market, flows, terms, i)
