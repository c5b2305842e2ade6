"""How a plan made at prices becomes cheaper: orders are placed again, alone and with their rivals.

By the prices a plan's cost exceeds the bound in three ways only: orders that do not get what is
best for them, units that are taken above their price or left below it, and hands that are free
although they cost something. Rearranged is what lies near the first two.
"""

import numpy as np
import numpy.typing as npt

from optimization.sourcing.kernels import (
    Draft,
    Prices,
    Rivals,
    exchange_orders,
    load_orders,
    make_order_room,
    settle_orders,
)
from optimization.sourcing.market import SourcingMarket
from optimization.value import FloatArray, IntArray

ROUNDS = 40
"""Most rounds of rearranging."""

TRIES = 2
"""Times that each reason to rearrange is drawn in a round, on average."""

FEWEST_TRIES = 5_000
"""Tries of a round where there is little to rearrange."""

MOST_TRIES = (60_000, 250_000)
"""Tries of all rounds together, in the largest nights and in small ones."""

WORK = 100_000_000_000
"""Candidates of the night times tries, between these two."""

RIVALS = 8
"""Orders that are placed anew together, at most."""

TEMPTING = 4.0
"""Currency up to which a candidate may cost more at prices than its line's best."""

UNEVEN = 0.05
"""Currency by which an order or a unit must miss what is best at prices, to be looked at."""

WORTHWHILE = 0.004
"""Share of the gap to the bound that a round must close to be followed by another."""

SEED = 7


def improve_draft(
    market: SourcingMarket, draft: Draft, prices: Prices, cost: float, gap: float
) -> float:
    """Improve a plan in place; its cost then.

    Args:
        market: the market.
        draft: the plan.
        prices: those of the bound.
        cost: of the plan, currency.
        gap: what it costs beyond the bound, currency.
    """
    room, draws = make_order_room(market), np.random.default_rng(SEED)
    least, most = MOST_TRIES
    left = min(max(least, WORK // max(1, len(market.cost))), most)
    cost -= settle_orders(market, draft, room)
    for _ in range(ROUNDS):
        rivals = _list_rivals(market, draft, prices)
        if not len(rivals.candidate):
            break
        tries = min(max(TRIES * len(rivals.candidate), FEWEST_TRIES), left)
        left -= tries
        gained = exchange_orders(market, draft, room, prices, rivals, draws.random((tries, RIVALS)))
        cost -= gained
        if gained <= WORTHWHILE * gap:
            break
    return cost - settle_orders(market, draft, room)


def _list_rivals(market: SourcingMarket, draft: Draft, prices: Prices) -> Rivals:
    """Find which candidates are worth fighting for, and whom else their node and units tempt."""
    room = make_order_room(market)
    lines, orders = len(market.units), len(market.line_first) - 1
    cost, best = np.empty(len(market.cost)), np.empty(lines, dtype=np.int64)
    slope = Prices(np.empty_like(prices.unit), np.empty_like(prices.row))
    load_orders(market, room, prices, cost, best, slope)
    order = np.repeat(np.arange(orders), np.diff(market.line_first))
    line = np.repeat(np.arange(lines), np.diff(market.candidate_first))
    missed = _sum_orders(market, cost, draft.choice) - _sum_orders(market, cost, best)
    left, over = _find_uneven(market, draft, prices)
    uneven = missed > UNEVEN
    shipped = np.flatnonzero(draft.choice >= 0)
    uneven[order[shipped[over[market.pair[draft.choice[shipped]]]]]] = True

    alone = cost + market.parcel_cost[market.parcel]
    least = market.outside.copy()
    np.minimum.at(least, line, alone)
    tempting = alone - least[line] < TEMPTING
    taken = draft.choice[line] == np.arange(len(line))
    wanted = np.flatnonzero(tempting & ~taken & (uneven[order[line]] | left[market.pair]))
    kept = np.flatnonzero(tempting)
    rows = market.rows[market.parcel[kept]].ravel()
    pair_first, of_pair = _group(market.pair[kept], line[kept], len(prices.unit))
    row_first, of_row = _group(rows, np.repeat(line[kept], 2), len(prices.row))
    return Rivals(wanted, line[wanted], order, pair_first, of_pair, row_first, of_row)


def _sum_orders(market: SourcingMarket, cost: FloatArray, choice: IntArray) -> FloatArray:
    """What each order pays for a choice, at the costs of candidates."""
    shipped = choice >= 0
    paid = np.where(shipped, np.append(cost, 0.0)[choice], market.outside)
    parcel = np.unique(market.parcel[choice[shipped]])
    owner = np.searchsorted(market.parcel_first, parcel, side="right") - 1
    orders = len(market.line_first) - 1
    further = np.maximum(np.bincount(owner, minlength=orders) - 1, 0)
    parcels = np.bincount(owner, market.parcel_cost[parcel], orders)
    return np.asarray(
        np.add.reduceat(paid, market.line_first[:-1]) + parcels + market.split_penalty * further
    )


def _find_uneven(
    market: SourcingMarket, draft: Draft, prices: Prices
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Pairs that keep a unit worth less than its price, and such as give one worth more."""
    first, last = market.rung_first[:-1], market.rung_first[1:] - 1
    following = market.rung[np.minimum(first + draft.taken, last)]
    left = (first + draft.taken <= last) & (following < prices.unit - UNEVEN)
    latest = market.rung[np.maximum(first + draft.taken - 1, first)]
    return left, (draft.taken > 0) & (latest > prices.unit + UNEVEN)


def _group(key: IntArray, value: IntArray, size: int) -> tuple[IntArray, IntArray]:
    """Where the values of each key from 0 begin, and the values in that order; keys below 0 go."""
    known = np.flatnonzero(key >= 0)
    known = known[np.argsort(key[known], kind="stable")]
    return np.searchsorted(key[known], np.arange(size + 1)), value[known]
