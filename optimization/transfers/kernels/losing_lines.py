"""Lines of a plan that gain less than the cost of a line are taken out of it."""

import numpy as np

from compilation import compiled
from optimization.transfers.kernels.flows import Flows
from optimization.transfers.kernels.line_flows import find_line_gain
from optimization.transfers.kernels.units import move_units, sum_lane_units
from optimization.transfers.market import LEAST_GAIN, TransferMarket
from optimization.value import FloatArray


@compiled
def drop_losing_lines(market: TransferMarket, flows: Flows, used: FloatArray) -> int:
    """Take back all units of lines that gain less than their cost, the worst first; count them.

    What a line gains is what the plan loses without it. Where pairs have other lines these gain
    more once it is gone, so each is weighed again before it goes. One without which its trip would
    be too small stays: whether such a trip runs is decided by what it gains in all. Where lines
    cost nothing there is nothing to weigh: units that lose are the business of trips.
    """
    if market.line_cost == 0.0:
        return 0
    units, lines = sum_lane_units(market, flows), np.flatnonzero(flows.moved)
    gain = np.empty(len(lines))
    for n in range(len(lines)):
        arc = lines[n]
        gain[n] = find_line_gain(market, flows, arc, market.unit_cost[market.lane[arc]])
    dropped, least = 0, market.line_cost - LEAST_GAIN
    for n in np.argsort(gain, kind="mergesort"):
        arc = lines[n]
        way, moved = market.lane[arc], flows.moved[arc]
        is_needed = units[way] >= market.least_units > units[way] - moved
        if not is_needed and find_line_gain(market, flows, arc, market.unit_cost[way]) < least:
            move_units(market, flows, used, arc, -moved)
            units[way] -= moved
            dropped += 1
    return dropped
