"""How a plan made at prices becomes cheaper: orders are placed again, alone and with their rivals.

By the prices a plan's cost exceeds the bound in three ways only: orders that do not get what is
best for them, units that are taken above their price or left below it, and hands that are free
although they cost something. Rearranged is what the first two leave most to gain of, first.
"""

import numpy as np

from optimization.sourcing.kernels import (
    Draft,
    Prices,
    Rivals,
    exchange_orders,
    load_orders,
    make_order_room,
    settle_orders,
)
from optimization.sourcing.market import SourcingMarket, measure_worth
from optimization.value import FloatArray, IntArray

ROUNDS = 40
"""Most rounds of rearranging."""

TRIES = 2
"""Times that each reason to rearrange is drawn in a round, on average."""

FEWEST_TRIES = 5_000
"""Tries of a round where there is little to rearrange."""

MOST_TRIES = (110_000, 300_000)
"""Tries of all rounds together, in the largest nights and in small ones."""

WORK = 100_000_000_000
"""Candidates of the night times tries, between these two."""

RIVALS = 8
"""Orders that are placed anew together, at most."""

TEMPTING = 0.18
"""By how much a candidate may cost more at prices than its line's best, as a share of what an
unshipped line costs."""

PROMISING = (0.09, 0.00225)
"""What a candidate could gain at most, to be fought for: in the first round, and at last, likewise.

Halved from round to round.
"""

WORTHWHILE = 0.004
"""Share of the gap to the bound that a round must close to be followed by another at last."""

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
    worth = measure_worth(market)
    near, (promising, last) = TEMPTING * worth, (share * worth for share in PROMISING)
    for _ in range(ROUNDS):
        rivals = _list_rivals(market, draft, prices, near, promising)
        gained = 0.0
        if len(rivals.candidate):
            tries = min(max(TRIES * len(rivals.candidate), FEWEST_TRIES), left)
            left -= tries
            drawn = draws.random((tries, RIVALS, 2))
            gained = exchange_orders(market, draft, room, prices, rivals, drawn)
            cost -= gained
        if left == 0 or (promising == last and gained <= WORTHWHILE * gap):
            break
        promising = max(promising / 2, last)
    return cost - settle_orders(market, draft, room)


def _list_rivals(
    market: SourcingMarket, draft: Draft, prices: Prices, near: float, promising: float
) -> Rivals:
    """Find which candidates are worth fighting for, and who stands in their way.

    Args:
        market: the market.
        draft: the plan.
        prices: those of the bound.
        near: what a candidate may cost more than its line's best, currency.
        promising: what it could gain at most, to be fought for, currency.
    """
    room = make_order_room(market)
    lines, orders = len(market.units), len(market.line_first) - 1
    cost, best = np.empty(len(market.cost)), np.empty(lines, dtype=np.int64)
    slope = Prices(np.empty_like(prices.unit), np.empty_like(prices.row))
    load_orders(market, room, prices, cost, best, slope)
    order = np.repeat(np.arange(orders), np.diff(market.line_first))
    line = np.repeat(np.arange(lines), np.diff(market.candidate_first))
    shipped = np.flatnonzero(draft.choice >= 0)
    chosen = draft.choice[shipped]
    left, over = _find_uneven(market, draft, prices)
    missed = _sum_orders(market, cost, draft.choice) - _sum_orders(market, cost, best)
    missed += np.bincount(order[shipped], over[market.pair[chosen]], orders)

    alone = cost + market.parcel_cost[market.parcel]
    free = alone.copy()
    free[chosen] = np.inf
    beyond = alone - _find_least(market, line, alone)[line]
    tempting = np.flatnonzero(beyond < near)
    could_gain = missed[order[line]] + left[market.pair] - beyond
    wanted = tempting[(could_gain > promising)[tempting] & np.isfinite(free[tempting])]
    loses = _find_least(market, line, free)[shipped] - alone[chosen]
    moves = np.argsort(loses, kind="stable")
    moves = moves[loses[moves] < near]
    rows = market.rows[market.parcel[chosen[moves]]].ravel()
    return Rivals(
        wanted,
        line[wanted],
        order,
        *_group(market.pair[tempting], line[tempting], len(prices.unit)),
        *_group(rows, np.repeat(shipped[moves], 2), len(prices.row)),
        *_group(line[tempting], tempting, lines),
    )


def _find_least(market: SourcingMarket, line: IntArray, alone: FloatArray) -> FloatArray:
    """What each line costs at least, shipped in a parcel of its own or from nowhere."""
    least = market.outside.copy()
    np.minimum.at(least, line, alone)
    return least


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
) -> tuple[FloatArray, FloatArray]:
    """By how much the next unit of each pair is worth less than its price, the last one more."""
    first, last = market.rung_first[:-1], market.rung_first[1:] - 1
    following = market.rung[np.minimum(first + draft.taken, last)]
    left = np.where(first + draft.taken <= last, prices.unit - following, 0.0)
    latest = market.rung[np.maximum(first + draft.taken - 1, first)]
    over = np.where(draft.taken > 0, latest - prices.unit, 0.0)
    return np.maximum(left, 0.0), np.maximum(over, 0.0)


def _group(key: IntArray, value: IntArray, size: int) -> tuple[IntArray, IntArray]:
    """Where the values of each key from 0 begin, and the values in that order; keys below 0 go."""
    known = np.flatnonzero(key >= 0)
    known = known[np.argsort(key[known], kind="stable")]
    return np.searchsorted(key[known], np.arange(size + 1)), value[known]
