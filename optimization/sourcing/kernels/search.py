"""A plan that keeps stock and capacities: orders are placed, placed again, and change places."""

from typing import NamedTuple

import numpy as np

from compilation import compiled
from optimization.sourcing.kernels.duals import price_order
from optimization.sourcing.kernels.orders import OrderRoom, solve_order
from optimization.sourcing.market import Prices, SourcingMarket
from optimization.value import FloatArray, IntArray

LEAST_GAIN = 1e-6
"""Currency that a change must gain, above what rounding can feign."""
SLACK = 1e-9
"""What a sum may lie above its limit by rounding."""


class Draft(NamedTuple):
    """A plan as it is made.

    Attributes:
        choice: candidate of each line, -1 where it is shipped from nowhere, shape (lines,).
        taken: units of each pair.
        used: lines or units of each row.
        parcel_lines: lines in each parcel.
        cost: what candidates cost the order that is placed, currency.
    """

    choice: IntArray
    taken: IntArray
    used: FloatArray
    parcel_lines: IntArray
    cost: FloatArray


@compiled
def make_draft(market: SourcingMarket) -> Draft:
    """A plan that ships nothing."""
    return Draft(
        np.full(len(market.units), -1),
        np.zeros(len(market.rung_first) - 1, dtype=np.int64),
        np.zeros(len(market.capacity)),
        np.zeros(len(market.parcel_cost), dtype=np.int64),
        np.empty(len(market.cost)),
    )


@compiled
def fits(market: SourcingMarket, draft: Draft, line: int, c: int) -> bool:
    """Whether stock and capacities have room for a line at a candidate."""
    units, pair = market.units[line], market.pair[c]
    if draft.taken[pair] + units > market.rung_first[pair + 1] - market.rung_first[pair]:
        return False
    lines_row, units_row = market.rows[market.parcel[c]]
    if lines_row >= 0 and draft.used[lines_row] + 1.0 > market.capacity[lines_row] + SLACK:
        return False
    if units_row < 0:
        return True
    return bool(draft.used[units_row] + units <= market.capacity[units_row] + SLACK)


@compiled
def value_next(market: SourcingMarket, draft: Draft, line: int, c: int) -> float:
    """What the units cost that a line would take next; the dearest again where they run out."""
    pair, total = market.pair[c], 0.0
    first = market.rung_first[pair]
    most = market.rung_first[pair + 1] - 1
    for n in range(market.units[line]):
        total += market.rung[min(first + draft.taken[pair] + n, most)]
    return total


@compiled
def _count(market: SourcingMarket, draft: Draft, line: int, c: int, sign: int) -> float:
    """Enter a line at a candidate, or take it out; what it costs, parcels of others apart."""
    pair, parcel, units = market.pair[c], market.parcel[c], market.units[line]
    if sign < 0:
        draft.taken[pair] -= units
    cost = market.cost[c] + value_next(market, draft, line, c)
    if sign > 0:
        draft.taken[pair] += units
    lines_row, units_row = market.rows[parcel]
    if lines_row >= 0:
        draft.used[lines_row] += sign
    if units_row >= 0:
        draft.used[units_row] += sign * units
    if sign < 0:
        draft.parcel_lines[parcel] -= 1
    if draft.parcel_lines[parcel] == 0:
        cost += market.parcel_cost[parcel] + market.split_penalty
    if sign > 0:
        draft.parcel_lines[parcel] += 1
    return float(cost)


@compiled
def move_order(market: SourcingMarket, draft: Draft, order: int, sign: int) -> float:
    """Enter an order as `choice` has it, or take it out; what it costs in all."""
    total, shipped = 0.0, False
    for line in range(market.line_first[order], market.line_first[order + 1]):
        c = draft.choice[line]
        if c < 0:
            total += market.outside[line]
        else:
            shipped = True
            total += _count(market, draft, line, c, sign)
    return total - (market.split_penalty if shipped else 0.0)


@compiled
def fits_order(market: SourcingMarket, draft: Draft, order: int) -> int:
    """The first candidate of `choice` that the order's lines have no room for together, or -1."""
    first, last = market.line_first[order], market.line_first[order + 1]
    at_fault = -1
    done = last
    for line in range(first, last):
        c = draft.choice[line]
        if c >= 0:
            if not fits(market, draft, line, c):
                at_fault, done = c, line
                break
            _count(market, draft, line, c, 1)
    for line in range(first, done):
        if draft.choice[line] >= 0:
            _count(market, draft, line, draft.choice[line], -1)
    return at_fault


@compiled
def place_order(market: SourcingMarket, draft: Draft, room: OrderRoom, order: int) -> float:
    """Ship an order that is out of the plan as is best for it, given all others; what it costs."""
    for line in range(market.line_first[order], market.line_first[order + 1]):
        for c in range(market.candidate_first[line], market.candidate_first[line + 1]):
            if fits(market, draft, line, c):
                draft.cost[c] = market.cost[c] + value_next(market, draft, line, c)
            else:
                draft.cost[c] = np.inf
    return _place(market, draft, room, order)


@compiled
def _place(market: SourcingMarket, draft: Draft, room: OrderRoom, order: int) -> float:
    """Ship an order at the costs in the draft, barring what its lines have no room for together."""
    while True:
        solve_order(market, room, draft.cost, order, draft.choice)
        at_fault = fits_order(market, draft, order)
        if at_fault < 0:
            return move_order(market, draft, order, 1)
        draft.cost[at_fault] = np.inf


@compiled
def place_fitting(
    market: SourcingMarket, draft: Draft, room: OrderRoom, prices: Prices, order: int
) -> float:
    """Ship an order that is out of the plan as is best at prices and still fits; its cost.

    `draft.cost` has what its candidates cost at prices; units cost what they are worth, if that is
    more than their price.
    """
    for line in range(market.line_first[order], market.line_first[order + 1]):
        units = market.units[line]
        for c in range(market.candidate_first[line], market.candidate_first[line + 1]):
            if fits(market, draft, line, c):
                dearer = value_next(market, draft, line, c) - units * prices.unit[market.pair[c]]
                draft.cost[c] += max(0.0, dearer)
            else:
                draft.cost[c] = np.inf
    return _place(market, draft, room, order)


@compiled
def plan_at_prices(  # prices, and where they apply
    market: SourcingMarket,
    draft: Draft,
    room: OrderRoom,
    prices: Prices,
    turns: IntArray,
) -> float:
    """Make a plan of an empty draft: orders take in turn what is best at prices and still fits."""
    total = 0.0
    for order in turns:
        price_order(market, prices, order, draft.cost)
        total += place_fitting(market, draft, room, prices, order)
    return total


@compiled
def settle_orders(market: SourcingMarket, draft: Draft, room: OrderRoom) -> float:
    """Place every order again, given all others; what is gained."""
    gained = 0.0
    for order in range(len(market.line_first) - 1):
        first, last = market.line_first[order], market.line_first[order + 1]
        before = draft.choice[first:last].copy()
        cost = move_order(market, draft, order, -1)
        found = place_order(market, draft, room, order)
        if found < cost - LEAST_GAIN:
            gained += cost - found
        else:
            move_order(market, draft, order, -1)
            draft.choice[first:last] = before
            move_order(market, draft, order, 1)
    return gained
