"""The dual of the sourcing at prices of units and capacities."""

import numpy as np

from compilation import compiled
from optimization.sourcing.kernels.orders import OrderRoom, ship_alone, solve_order
from optimization.sourcing.market import Prices, SourcingMarket
from optimization.value import FloatArray, IntArray


@compiled
def price_order(
    market: SourcingMarket,
    prices: Prices,
    order: int,
    cost: FloatArray,
) -> None:
    """Put what each candidate of an order costs at prices into `cost`."""
    for line in range(market.line_first[order], market.line_first[order + 1]):
        units = market.units[line]
        for c in range(market.candidate_first[line], market.candidate_first[line + 1]):
            total = market.cost[c] + units * prices.unit[market.pair[c]]
            lines_row, units_row = market.rows[market.parcel[c]]
            if lines_row >= 0:
                total += prices.row[lines_row]
            if units_row >= 0:
                total += units * prices.row[units_row]
            cost[c] = total


@compiled
def load_orders(  # noqa: PLR0913, PLR0917  # prices, and all that they lead to
    market: SourcingMarket,
    room: OrderRoom,
    prices: Prices,
    cost: FloatArray,
    choice: IntArray,
    slope: Prices,
) -> float:
    """The value of the dual at prices: no plan costs less.

    Every order takes what is best for it at the prices, which lands in `choice`; every pair gives
    the units that cost no more than their price. What is drawn beyond what is given is the
    subgradient; of those of a pair, whose unit costs just its price, the one nearest to zero.
    """
    slope.row[:] = -market.capacity
    slope.unit[:] = 0.0
    value = -(prices.row * market.capacity).sum()
    for order in range(len(market.line_first) - 1):
        price_order(market, prices, order, cost)
        first, last = market.line_first[order], market.line_first[order + 1]
        # Most orders have one line: to hand all arrays over for each costs more than to solve it.
        if last - first == 1:
            value += ship_alone(market, cost, first, choice)
        else:
            value += solve_order(market, room, cost, order, choice)
        for line in range(first, last):
            if choice[line] >= 0:
                c, units = choice[line], market.units[line]
                slope.unit[market.pair[c]] += units
                lines_row, units_row = market.rows[market.parcel[c]]
                if lines_row >= 0:
                    slope.row[lines_row] += 1.0
                if units_row >= 0:
                    slope.row[units_row] += units
    return float(value + _give_units(market, prices, slope))


@compiled
def _give_units(market: SourcingMarket, prices: Prices, slope: Prices) -> float:
    """What pairs add to the dual, whose units are taken off the slope."""
    value = 0.0
    for pair in range(len(prices.unit)):
        below, upto = 0, 0
        for n in range(market.rung_first[pair], market.rung_first[pair + 1]):
            if market.rung[n] > prices.unit[pair]:
                break
            upto += 1
            if market.rung[n] < prices.unit[pair]:
                below += 1
                value += market.rung[n] - prices.unit[pair]
        slope.unit[pair] -= min(max(slope.unit[pair], below), upto)
    return value


@compiled
def measure_regrets(market: SourcingMarket, cost: FloatArray, choice: IntArray) -> FloatArray:
    """What each line would pay more, at the prices in `cost`, without the row it draws on."""
    regret = np.full(len(market.units), np.inf)
    for line in range(len(market.units)):
        if choice[line] < 0:
            continue
        own = market.parcel[choice[line]]
        least = market.outside[line]
        for c in range(market.candidate_first[line], market.candidate_first[line + 1]):
            if market.rows[market.parcel[c], 0] != market.rows[own, 0] or (
                market.rows[market.parcel[c], 1] != market.rows[own, 1]
            ):
                least = min(least, cost[c] + market.parcel_cost[market.parcel[c]])
        regret[line] = least - cost[choice[line]] - market.parcel_cost[own]
    return regret
