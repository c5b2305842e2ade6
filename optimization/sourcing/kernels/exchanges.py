"""An order takes the place of another, which goes where is next best, where both together gain."""

from typing import NamedTuple


from compilation import compiled
from optimization.sourcing.kernels.orders import OrderRoom, solve_order
from optimization.sourcing.kernels.search import (
    LEAST_GAIN,
    Draft,
    fits,
    move_order,
    place_order,
    value_next,
)
from optimization.sourcing.market import SourcingMarket
from optimization.value import IntArray

TRIES = 8
"""Orders that are asked to give way, for each thing that is full."""


class Holders(NamedTuple):
    """Lines that might hold what another wants, in the order in which they are asked.

    Attributes:
        order: order of each line.
        pair_first, of_pair: lines with a candidate at each pair.
        row_first, of_row: lines that draw on each row, those first that miss it least.
    """

    order: IntArray
    pair_first: IntArray
    of_pair: IntArray
    row_first: IntArray
    of_row: IntArray


@compiled
def _wish(market: SourcingMarket, draft: Draft, room: OrderRoom, order: int) -> float:
    """What an order that is out of the plan would cost if it had to look at nothing but values."""
    for line in range(market.line_first[order], market.line_first[order + 1]):
        for c in range(market.candidate_first[line], market.candidate_first[line + 1]):
            draft.cost[c] = market.cost[c] + value_next(market, draft, line, c)
    return solve_order(market, room, draft.cost, order, draft.choice)


@compiled
def _swap(
    market: SourcingMarket, draft: Draft, room: OrderRoom, order: int, other: int, cost: float
) -> float:
    """Place an order first and another, taken out for it, after it; what both gain, or 0.

    The order is out of the plan, where it costs `cost`; without a gain the other one stays.
    """
    first, last = market.line_first[other], market.line_first[other + 1]
    before = draft.choice[first:last].copy()
    both = cost + move_order(market, draft, other, -1)
    found = place_order(market, draft, room, order)
    found += place_order(market, draft, room, other)
    if found < both - LEAST_GAIN:
        return both - found
    move_order(market, draft, other, -1)
    move_order(market, draft, order, -1)
    draft.choice[first:last] = before
    move_order(market, draft, other, 1)
    return 0.0


@compiled
def exchange_orders(
    market: SourcingMarket, draft: Draft, room: OrderRoom, holders: Holders
) -> float:
    """Let orders that want what is full take it from others, where both gain; the gain in all."""
    gained = 0.0
    for order in range(len(market.line_first) - 1):
        first, last = market.line_first[order], market.line_first[order + 1]
        before = draft.choice[first:last].copy()
        cost = move_order(market, draft, order, -1)
        more = 0.0
        if _wish(market, draft, room, order) < cost - LEAST_GAIN:
            wish = draft.choice[first:last].copy()
            for n in range(last - first):
                if wish[n] >= 0 and more == 0.0 and not fits(market, draft, first + n, wish[n]):
                    more = _ask(market, draft, room, holders, order, first + n, wish[n], cost)
        if more == 0.0:
            draft.choice[first:last] = before
            move_order(market, draft, order, 1)
        gained += more
    return gained


@compiled
def _ask(  # noqa: PLR0913, PLR0917  # who asks, and for what
    market: SourcingMarket,
    draft: Draft,
    room: OrderRoom,
    holders: Holders,
    order: int,
    line: int,
    c: int,
    cost: float,
) -> float:
    """Ask those who hold what a line wants until one gives way; what that gains, or 0."""
    pair, parcel = market.pair[c], market.parcel[c]
    rungs = market.rung_first[pair + 1] - market.rung_first[pair]
    if draft.taken[pair] + market.units[line] > rungs:
        asked = holders.of_pair[holders.pair_first[pair] : holders.pair_first[pair + 1]]
        return _ask_lines(market, draft, room, holders, order, asked, pair, -1, cost)
    for kind in range(2):
        row = market.rows[parcel, kind]
        drawn = 1.0 if kind == 0 else float(market.units[line])
        if row >= 0 and draft.used[row] + drawn > market.capacity[row]:
            asked = holders.of_row[holders.row_first[row] : holders.row_first[row + 1]]
            return _ask_lines(market, draft, room, holders, order, asked, -1, row, cost)
    return 0.0


@compiled
def _ask_lines(  # noqa: PLR0913, PLR0917  # who asks whom, and for what
    market: SourcingMarket,
    draft: Draft,
    room: OrderRoom,
    holders: Holders,
    order: int,
    asked: IntArray,
    pair: int,
    row: int,
    cost: float,
) -> float:
    tries = 0
    for line in asked:
        c, other = draft.choice[line], holders.order[line]
        if c < 0 or other == order:
            continue
        rows = market.rows[market.parcel[c]]
        if market.pair[c] != pair and (row < 0 or (rows[0] != row and rows[1] != row)):
            continue
        gain = _swap(market, draft, room, order, other, cost)
        if gain > 0.0:
            return gain
        tries += 1
        if tries == TRIES:
            break
    return 0.0
