"""One unit more or less on an arc: what it gains, what it draws on limits, and sums of units."""

import numpy as np

from compilation import compiled
from optimization.transfers.kernels.flows import Flows, Terms
from optimization.transfers.market import IN_UNITS, TransferMarket
from optimization.value import FloatArray, IntArray


@compiled
def sum_usage(market: TransferMarket, flows: Flows, used: FloatArray) -> None:
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
def move_units(
    market: TransferMarket, flows: Flows, used: FloatArray, arc: int, units: int
) -> None:
    """Move further units on an arc, or fewer; what that draws on limits."""
    flows.moved[arc] += units
    flows.sent[market.sender[arc]] += units
    flows.got[market.receiver[arc]] += units
    for kind in range(market.limits.shape[1]):
        row = market.limits[market.lane[arc], kind]
        if row >= 0:
            used[row] += units * (1.0 if kind < IN_UNITS else market.volume[market.item[arc]])


@compiled
def next_gain(market: TransferMarket, flows: Flows, arc: int) -> float:
    """What the next unit on an arc gains, less a line that it begins; -inf where none may move."""
    a, b = market.sender[arc], market.receiver[arc]
    if flows.sent[a] >= market.spare[a] or flows.got[b] >= market.want[b]:
        return -np.inf
    if flows.got[a] > 0 or flows.sent[b] > 0:
        return -np.inf
    gain = (
        market.take[market.take_first[b] + flows.got[b]]
        - market.give[market.give_first[a] + flows.sent[a]]
        - market.unit_cost[market.lane[arc]]
    )
    return float(gain if flows.moved[arc] > 0 else gain - market.line_cost)


@compiled
def last_gain(market: TransferMarket, flows: Flows, arc: int) -> float:
    """What the last unit on an arc gains, less its line if it is the only one."""
    a, b = market.sender[arc], market.receiver[arc]
    gain = (
        market.take[market.take_first[b] + flows.got[b] - 1]
        - market.give[market.give_first[a] + flows.sent[a] - 1]
        - market.unit_cost[market.lane[arc]]
    )
    return float(gain if flows.moved[arc] > 1 else gain - market.line_cost)


SLACK = 1e-6
"""Litres by which rounding may pass a limit."""


@compiled
def passes_limit(market: TransferMarket, used: FloatArray, arc: int) -> bool:
    """Whether an arc draws on a limit that is passed."""
    for kind in range(market.limits.shape[1]):
        row = market.limits[market.lane[arc], kind]
        if row >= 0 and used[row] > market.capacity[row] + SLACK:
            return True
    return False


@compiled
def fits_limits(market: TransferMarket, used: FloatArray, arc: int) -> bool:
    """Whether the limits have room for one more unit on an arc."""
    for kind in range(market.limits.shape[1]):
        row = market.limits[market.lane[arc], kind]
        if row >= 0:
            drawn = 1.0 if kind < IN_UNITS else market.volume[market.item[arc]]
            if used[row] + drawn > market.capacity[row] + SLACK:
                return False
    return True


@compiled
def limit_charge(market: TransferMarket, terms: Terms, arc: int) -> float:
    """What a unit on an arc costs at prices of the limits beyond its unit cost."""
    way = market.lane[arc]
    litres = market.volume[market.item[arc]]
    return float(terms.per_unit[way] + litres * terms.per_litre[way] - market.unit_cost[way])


@compiled
def sum_lane_units(market: TransferMarket, flows: Flows) -> IntArray:
    """Units on each lane."""
    units = np.zeros(len(market.fixed), dtype=np.int64)
    for arc in range(len(market.lane)):
        units[market.lane[arc]] += flows.moved[arc]
    return units


@compiled
def put_flows(market: TransferMarket, flows: Flows, moved: IntArray) -> None:
    """Make flows those of a plan."""
    flows.moved[:] = moved
    flows.sent[:], flows.got[:] = 0, 0
    for arc in range(len(moved)):
        flows.sent[market.sender[arc]] += moved[arc]
        flows.got[market.receiver[arc]] += moved[arc]


@compiled
def sum_trip_gains(market: TransferMarket, flows: Flows, gain: FloatArray, units: IntArray) -> None:
    """What each lane's lines gain, and how many units they are.

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
            gain[way] -= market.line_cost
            units[way] += moved
