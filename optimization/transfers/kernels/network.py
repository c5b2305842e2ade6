"""Open lanes with the best flows on them: what opening or closing a lane adds."""

from typing import NamedTuple

import numpy as np

from compilation import compiled
from optimization.transfers.kernels.flows import Flows, Terms, make_closed_lanes
from optimization.transfers.kernels.line_flows import find_item_flow
from optimization.transfers.market import LEAST_GAIN, TransferMarket
from optimization.value import FloatArray, IntArray


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
def _settle_item(market: TransferMarket, flows: Flows, net: Network, i: int) -> float:
    """Keep the best flow of an item, with its dual prices; how much more it is worth than before.

    The prices are longest paths in the residual network of the arcs that are not barred, from its
    source and sink as one node.
    """
    now = find_item_flow(market, flows, net.terms, i)
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
            if net.terms.is_open[way] and not flows.barred[arc]:
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
def _keeps_flow(market: TransferMarket, net: Network, arc: int) -> bool:
    """Whether opening or closing its lane leaves the flow of an arc's item as it is."""
    way = market.lane[arc]
    if net.terms.is_open[way]:
        return bool(net.moved[arc] == 0)
    price = net.terms.per_unit[way] + market.volume[market.item[arc]] * net.terms.per_litre[way]
    a, b = market.sender[arc], market.receiver[arc]
    return bool(net.cost[1, b] - price - net.cost[0, a] <= LEAST_GAIN)


def make_empty_plan(market: TransferMarket) -> Network:
    """All lanes closed."""
    return Network(
        make_closed_lanes(market),
        np.zeros(len(market.lane), dtype=np.int64),
        np.zeros(len(market.volume)),
        np.zeros((2, len(market.spare))),
        np.zeros(1, dtype=np.int64),
    )


@compiled
def _weigh_turn(market: TransferMarket, flows: Flows, net: Network, way: int) -> float:
    """What opening a closed lane adds, or closing an open one."""
    opens = not net.terms.is_open[way]
    change = -net.terms.fixed[way] if opens else net.terms.fixed[way]
    for arc in range(market.lane_first[way], market.lane_first[way + 1]):
        if not _keeps_flow(market, net, arc):
            i = market.item[arc]
            net.terms.is_open[way] = opens
            now = find_item_flow(market, flows, net.terms, i)
            net.terms.is_open[way] = not opens
            net.solved[0] += 1
            change += now - net.worth[i]
    return float(change)


@compiled
def turn_lane(market: TransferMarket, flows: Flows, net: Network, way: int) -> float:
    """Open a closed lane, or close an open one; what that adds."""
    opens = not net.terms.is_open[way]
    change = -net.terms.fixed[way] if opens else net.terms.fixed[way]
    for arc in range(market.lane_first[way], market.lane_first[way + 1]):
        if not _keeps_flow(market, net, arc):
            net.terms.is_open[way] = opens
            change += _settle_item(market, flows, net, market.item[arc])
            net.terms.is_open[way] = not opens
    net.terms.is_open[way] = opens
    return float(change)


@compiled
def settle_items(market: TransferMarket, flows: Flows, net: Network) -> float:
    """The best flow of every item; what the open lanes gain with them."""
    worth = 0.0
    for i in range(len(market.volume)):
        _settle_item(market, flows, net, i)
        worth += net.worth[i]
    for way in range(len(market.fixed)):
        if net.terms.is_open[way]:
            worth -= net.terms.fixed[way]
    return worth


@compiled
def open_lanes(market: TransferMarket, flows: Flows, net: Network, ways: IntArray) -> float:
    """Open lanes of a list, the most gainful first, until none adds anything; what they add.

    An opened lane rarely makes another one more gainful, so what it was found to add before is
    taken for a bound, and only the best is found anew (Minoux, Accelerated greedy algorithms for
    maximizing submodular set functions, 1978).
    """
    gain = np.full(len(ways), -np.inf)
    fresh = np.ones(len(ways), dtype=np.bool_)
    for n in range(len(ways)):
        if not net.terms.is_open[ways[n]]:
            gain[n] = _weigh_turn(market, flows, net, ways[n])
    added = 0.0
    while len(ways) > 0:
        n = int(np.argmax(gain))
        if gain[n] <= LEAST_GAIN:
            break
        if not fresh[n]:
            gain[n], fresh[n] = _weigh_turn(market, flows, net, ways[n]), True
            continue
        added += turn_lane(market, flows, net, ways[n])
        gain[n] = -np.inf
        fresh[:] = False
    return added


@compiled
def close_lanes(
    market: TransferMarket, flows: Flows, net: Network, ways: IntArray, kept: int
) -> float:
    """Close lanes of a list while that adds anything, all but `kept`; what it adds."""
    added = 0.0
    again = True
    while again:
        again = False
        for way in ways:
            if way == kept or not net.terms.is_open[way]:
                continue
            if _weigh_turn(market, flows, net, way) > LEAST_GAIN:
                added += turn_lane(market, flows, net, way)
                again = True
    return added
