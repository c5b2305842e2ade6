"""Some orders that stand in each other's way are taken out together and placed anew.

Large neighbourhood search (Shaw, Using Constraint Programming and Local Search Methods to Solve
Vehicle Routing Problems, CP 1998): an order is placed first where it would like to be, the others
after it in the order in which they were drawn, each at prices; what does not pay is undone. Others
are drawn as in ejection chains (Glover, Ejection Chains, Reference Structures and Alternating Path
Methods for Traveling Salesman Problems, Discrete Applied Mathematics 65, 1996): whoever leaves
needs room elsewhere, so the next is one of those who keep him out of there.
"""

from typing import NamedTuple

import numpy as np

from compilation import compiled
from optimization.sourcing.kernels.duals import price_order
from optimization.sourcing.kernels.orders import OrderRoom
from optimization.sourcing.kernels.search import (
    LEAST_GAIN,
    SLACK,
    Draft,
    move_order,
    place_fitting,
)
from optimization.sourcing.market import Prices, SourcingMarket
from optimization.value import FloatArray, IntArray

FOLLOWED = 0.8
"""Share of draws after which the next rival is drawn where the last one would go."""


class Rivals(NamedTuple):
    """Candidates that are worth fighting for, and who stands in their way.

    Attributes:
        candidate, line: of each, shape (wanted,).
        order: of each line, shape (lines,).
        pair_first, of_pair: lines that are tempted by each pair.
        row_first, of_row: lines that each row ships, those first that lose least elsewhere.
        line_first, of_line: candidates that tempt each line.
    """

    candidate: IntArray
    line: IntArray
    order: IntArray
    pair_first: IntArray
    of_pair: IntArray
    row_first: IntArray
    of_row: IntArray
    line_first: IntArray
    of_line: IntArray


@compiled
def exchange_orders(  # noqa: PLR0913, PLR0917  # prices, and who is drawn
    market: SourcingMarket,
    draft: Draft,
    room: OrderRoom,
    prices: Prices,
    rivals: Rivals,
    draws: FloatArray,
) -> float:
    """Rearrange orders as often as `draws` has rows, of pairs of numbers in [0, 1); the gain."""
    most = draws.shape[1]
    out = np.empty(most, dtype=np.int64)
    lines = market.line_first
    widest = 0
    for order in range(len(lines) - 1):
        widest = max(widest, lines[order + 1] - lines[order])
    before = np.empty((most, widest), dtype=np.int64)
    gained = 0.0
    for draw in draws:
        size = _choose_orders(market, draft, rivals, draw, out)
        if size == 0:
            continue
        cost = 0.0
        for n in range(size):
            first, last = lines[out[n]], lines[out[n] + 1]
            before[n, : last - first] = draft.choice[first:last]
            cost += move_order(market, draft, out[n], -1)
        found = 0.0
        for n in range(size):
            price_order(market, prices, out[n], draft.cost)
            found += place_fitting(market, draft, room, prices, out[n])
        if found < cost - LEAST_GAIN:
            gained += cost - found
            continue
        for n in range(size):
            move_order(market, draft, out[n], -1)
        for n in range(size):
            first, last = lines[out[n]], lines[out[n] + 1]
            draft.choice[first:last] = before[n, : last - first]
            move_order(market, draft, out[n], 1)
    return gained


@compiled
def _choose_orders(
    market: SourcingMarket, draft: Draft, rivals: Rivals, draw: FloatArray, out: IntArray
) -> int:
    """Put an order that wants something, and drawn ones that are in its way, into `out`."""
    at = int(draw[0, 0] * len(rivals.candidate))
    line, c = rivals.line[at], rivals.candidate[at]
    if draft.choice[line] == c:
        return 0
    out[0] = rivals.order[line]
    size = 1
    for n in range(1, len(draw)):
        rival = _draw_rival(market, draft, rivals, line, c, draw[n, 0])
        if rival < 0:
            break
        if not (out[:size] == rivals.order[rival]).any():
            out[size] = rivals.order[rival]
            size += 1
        first, last = rivals.line_first[rival], rivals.line_first[rival + 1]
        if draw[n, 1] < FOLLOWED and first < last:
            line = rival
            c = rivals.of_line[first + int(draw[n, 1] / FOLLOWED * (last - first))]
    return size


@compiled
def _draw_rival(  # noqa: PLR0913, PLR0917  # who wants what
    market: SourcingMarket, draft: Draft, rivals: Rivals, line: int, c: int, number: float
) -> int:
    """Draw a line that is in the way of another at a candidate; -1 if there is none."""
    row = _find_full_row(market, draft, line, c)
    if row >= 0:
        first, last = rivals.row_first[row], rivals.row_first[row + 1]
        # A row has thousands of lines, of which few lose little elsewhere: these come first.
        number *= number
        return int(rivals.of_row[first + int(number * (last - first))]) if first < last else -1
    pair = market.pair[c]
    first, last = rivals.pair_first[pair], rivals.pair_first[pair + 1]
    return int(rivals.of_pair[first + int(number * (last - first))]) if first < last else -1


@compiled
def _find_full_row(market: SourcingMarket, draft: Draft, line: int, c: int) -> int:
    """The first row of a candidate that has no room for the line, or -1."""
    for kind in range(2):
        row = market.rows[market.parcel[c], kind]
        drawn = 1.0 if kind == 0 else float(market.units[line])
        if row >= 0 and draft.used[row] + drawn > market.capacity[row] + SLACK:
            return int(row)
    return -1
