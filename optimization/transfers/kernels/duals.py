"""The dual of the transfers at prices of units and limits, of which the bound is made."""

from typing import NamedTuple

import numpy as np

from compilation import compiled
from optimization.transfers.kernels.flows import (
    Flows,
    Terms,
    augment_flow,
    find_unit_flow,
    price_lanes,
)
from optimization.transfers.market import IN_UNITS, OF_LANE, TransferMarket
from optimization.value import FloatArray, IntArray


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
def _order_units(
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
def _list_first_worths(
    first: IntArray, most: IntArray, worth: FloatArray, order: IntArray
) -> FloatArray:
    """`worth` of the first unit of each pair in `order`; not a number where it has none."""
    found = np.full(len(first), np.nan)
    for pair in range(len(first)):
        if most[pair] > 0:
            found[pair] = worth[order[first[pair]]]
    return found


@compiled
def load_lanes(  # noqa: C901, PLR0912, PLR0913, PLR0917  # prices, and all that they lead to
    market: TransferMarket,
    price: Duals,
    order: tuple[IntArray, IntArray],
    terms: Terms,
    surplus: FloatArray,
    slope: Duals,
) -> float:
    """The value of the dual at prices, and a subgradient in `slope`.

    Every lane takes the load that gains most when a unit costs its owner what it is worth to him
    and its price, and earns its receiver what it is worth to him less its price; lines of it that
    gain no more than the cost of a line stay. It runs if that is more than its fixed cost, by
    `surplus`.
    """
    cost, worth = market.give + price.give, market.take - price.take
    _order_units(market.give_first, market.spare, cost, order[0], 1.0)
    _order_units(market.take_first, market.want, worth, order[1], -1.0)
    price_lanes(market, price.limit, terms)
    per_unit, per_litre = terms.per_unit, terms.per_litre
    cheapest = _list_first_worths(market.give_first, market.spare, cost, order[0])
    dearest = _list_first_worths(market.take_first, market.want, worth, order[1])
    slope.give[:], slope.take[:], slope.limit[:] = 1.0, 1.0, market.capacity
    value = price.give.sum() + price.take.sum() + (price.limit * market.capacity).sum()
    loaded = np.zeros(len(market.lane), dtype=np.int64)
    for way in range(len(market.fixed)):
        gain = -terms.fixed[way]
        value += terms.fixed[way] - market.fixed[way]
        for arc in range(market.lane_first[way], market.lane_first[way + 1]):
            a, b = market.sender[arc], market.receiver[arc]
            unit_cost = per_unit[way] + market.volume[market.item[arc]] * per_litre[way]
            if dearest[b] - cheapest[a] - unit_cost <= 0:
                continue
            units, line = 0, -market.line_cost
            for n in range(min(market.spare[a], market.want[b])):
                more = (
                    worth[order[1][market.take_first[b] + n]]
                    - cost[order[0][market.give_first[a] + n]]
                    - unit_cost
                )
                if more <= 0:
                    break
                line += more
                units += 1
            if line > 0:
                gain += line
                loaded[arc] = units
        surplus[way] = gain
        if gain <= 0:
            for kind in OF_LANE:
                if market.limits[way, kind] >= 0:
                    slope.limit[market.limits[way, kind]] = 0.0
            continue
        value += gain
        for arc in range(market.lane_first[way], market.lane_first[way + 1]):
            litres = market.volume[market.item[arc]]
            for n in range(loaded[arc]):
                slope.give[order[0][market.give_first[market.sender[arc]] + n]] -= 1.0
                slope.take[order[1][market.take_first[market.receiver[arc]] + n]] -= 1.0
                for kind in range(market.limits.shape[1]):
                    row = market.limits[way, kind]
                    if row >= 0:
                        slope.limit[row] -= 1.0 if kind < IN_UNITS else litres
    return float(value)


@compiled
def price_units(market: TransferMarket, flows: Flows, terms: Terms, price: Duals) -> None:
    """Prices of units at which the best flows on the open lanes are best, lanes and lines free.

    A unit that reaches a receiver costs as much as the best path to it; a sender's unit is worth
    the most that any receiver makes of it.
    """
    pairs = len(market.spare)
    cost = np.zeros(pairs)
    best = np.full(pairs, -np.inf)
    for i in range(len(market.volume)):
        find_unit_flow(market, flows, terms, i)
        first, last = market.item_first[i], market.item_first[i + 1]
        for n in range(first, last):
            flows.usable[n - first] = market.item_arcs[n]
            way = market.lane[market.item_arcs[n]]
            flows.cost[n - first] = terms.per_unit[way] + market.volume[i] * terms.per_litre[way]
        augment_flow(market, flows, last - first)
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
