"""Some orders that want the same thing are taken out together and placed anew.

Large neighbourhood search (Shaw, Using Constraint Programming and Local Search Methods to Solve
Vehicle Routing Problems, CP 1998): an order is placed first where it would like to be, the others
after it in the order in which they were drawn, each at prices; what does not pay is undone.
"""

from typing import NamedTuple

import numpy as np

from compilation import compiled
from optimization.sourcing.kernels.duals import price_order
from optimization.sourcing.kernels.orders import OrderRoom
from optimization.sourcing.kernels.search import (
    LEAST_GAIN,
    Draft,
    fits,
    move_order,
    place_fitting,
)
from optimization.sourcing.market import Prices, SourcingMarket
from optimization.value import FloatArray, IntArray


class Rivals(NamedTuple):
    """Candidates that are nearly as good as their line's best one at prices, and whose they are.

    Attributes:
        candidate, line: of each, shape (tempting,).
        order: of each line, shape (lines,).
        pair_first, of_pair: lines that are tempted by each pair.
        row_first, of_row: lines that are tempted by each row.
    """

    candidate: IntArray
    line: IntArray
    order: IntArray
    pair_first: IntArray
    of_pair: IntArray
    row_first: IntArray
    of_row: IntArray


@compiled
def exchange_orders(  # noqa: PLR0913, PLR0917  # prices, and who is drawn
    market: SourcingMarket,
    draft: Draft,
    room: OrderRoom,
    prices: Prices,
    rivals: Rivals,
    draws: FloatArray,
) -> float:
    """Rearrange orders as often as `draws` has rows, of numbers in [0, 1); what is gained."""
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
    """Put a tempted order, and drawn ones that are tempted by what keeps it out, into `out`."""
    at = int(draw[0] * len(rivals.candidate))
    line, c = rivals.line[at], rivals.candidate[at]
    if draft.choice[line] == c:
        return 0
    pair, rows = market.pair[c], market.rows[market.parcel[c]]
    short = draft.taken[pair] + market.units[line] > (
        market.rung_first[pair + 1] - market.rung_first[pair]
    )
    kind = 0 if rows[0] >= 0 else 1
    if rows[0] >= 0 and rows[1] >= 0:
        left = market.capacity[rows] - draft.used[rows]
        kind = 0 if left[0] <= left[1] else 1
    if short or rows[kind] < 0 or fits(market, draft, line, c):
        asked = rivals.of_pair[rivals.pair_first[pair] : rivals.pair_first[pair + 1]]
    else:
        row = rows[kind]
        asked = rivals.of_row[rivals.row_first[row] : rivals.row_first[row + 1]]
    out[0] = rivals.order[line]
    size = 1
    for number in draw[1:]:
        order = rivals.order[asked[int(number * len(asked))]]
        known = False
        for n in range(size):
            known = known or out[n] == order
        if not known:
            out[size] = order
            size += 1
    return size
