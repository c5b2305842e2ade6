"""The options of all items of documents that leave, decided one item after the other.

All states are kept that may still be the best: what was gained, what the document draws, and what
is drawn from each budget. A state is dropped once the prices of budgets and least values bound what
it can come to below what is there already; of those that draw alike the one that gained most is
kept, and of too many those that are bounded highest.
"""

from typing import NamedTuple

import numpy as np

from optimization.purchasing.joint.market import ROUNDING, TIE, OrderMarket
from optimization.purchasing.joint.prices import PricedDocuments
from optimization.value import FloatArray, IntArray

MOST_ITEMS = 60
"""Decided together; of more the steps between options are fine enough."""

_LEAST_STATES, _MOST_STATES = 1000, 30_000
"""Kept after each item where there are many, and of all items together where they are few."""


class _States(NamedTuple):
    """What may have been decided so far, a row each.

    Attributes:
        gained: benefit, currency.
        money: what the document that is being decided draws.
        drawn: from each limit, shape (states, limits).
    """

    gained: FloatArray
    money: FloatArray
    drawn: FloatArray

    def keep(self, rows: IntArray) -> "_States":
        """Some of the states."""
        return _States(*(of[rows] for of in self))


class _Step(NamedTuple):
    """An item that is decided, and what those after it can bring.

    Attributes:
        item: its number.
        least_value: of its document, 0 but for the last item: what money has to reach by then.
        later_money: most that the later items of the document draw.
        price: of the document's least value.
        later: most that all later items are worth at prices, less the price of least values.
        ends: whether it is the last of its document.
    """

    item: int
    least_value: float
    later_money: float
    price: float
    later: float
    ends: bool


def decide_items(
    market: OrderMarket, priced: PricedDocuments, limit_price: FloatArray, now: float
) -> IntArray | None:
    """Decide the options of few items whose documents all leave.

    Args:
        market: what may be ordered.
        priced: what the prices make of documents.
        limit_price: of each limit.
        now: what is to be passed, currency.

    Returns:
        Options that gain more than `now`; None where none are found, or the items are many.
    """
    if len(market.document) > MOST_ITEMS:
        return None
    states = _States(np.zeros(1), np.zeros(1), np.zeros((1, len(market.room))))
    trail: list[tuple[IntArray, IntArray]] = []
    steps = _list_steps(market, priced, limit_price)
    most = max(_MOST_STATES // len(steps), _LEAST_STATES)
    for step in steps:
        states, parent, took = _extend(market, states, step.item)
        bound = states.gained + (market.room - states.drawn) @ limit_price
        bound += step.later + step.price * states.money
        if step is steps[-1]:
            # Room that is left has a price, and no item any more that could gain by it.
            bound = states.gained
        alive = (states.drawn <= market.room + ROUNDING).all(axis=1) & (bound > now + TIE)
        alive &= states.money + step.later_money >= step.least_value - ROUNDING
        if step.ends:
            states = states._replace(money=np.zeros(len(bound)))
        kept = _thin(states, np.flatnonzero(alive), bound, most)
        states = states.keep(kept)
        trail.append((parent[kept], took[kept]))
    if not len(states.gained):
        return None
    at = int(np.argmax(states.gained))
    chosen = np.empty(len(steps), dtype=np.int64)
    for step, (parent, took) in zip(reversed(steps), reversed(trail), strict=True):
        chosen[step.item] = took[at]
        at = int(parent[at])
    return chosen


def _list_steps(
    market: OrderMarket, priced: PricedDocuments, limit_price: FloatArray
) -> list[_Step]:
    """The items document by document, those of most money first."""
    price = priced.price[market.document]
    worth = market.net_benefit(limit_price) + price[market.item] * market.money
    best = np.maximum.reduceat(worth, market.start[:-1])
    most = market.money[market.start[1:] - 1]
    order = np.lexsort((-most, market.document))
    later = _sum_after(best[order])
    owed = priced.price * market.least_value
    steps = []
    for place, item in enumerate(order.tolist()):
        document = int(market.document[item])
        rest = order[place + 1 :]
        own = rest[market.document[rest] == document]
        ends = not len(own)
        after = np.unique(market.document[rest]) if len(rest) else rest
        due = float(owed[after].sum()) + (float(owed[document]) if ends else 0.0)
        steps.append(
            _Step(
                item,
                float(market.least_value[document]),
                float(most[own].sum()),
                float(priced.price[document]),
                float(later[place]) - due,
                ends,
            )
        )
    return steps


def _extend(market: OrderMarket, states: _States, item: int) -> tuple[_States, IntArray, IntArray]:
    """States with each option of an item, from where each is, and the option."""
    options = np.arange(market.start[item], market.start[item + 1])
    parent = np.repeat(np.arange(len(states.gained)), len(options))
    took = np.tile(options, len(states.gained))
    of, money = states.keep(parent), market.money[took]
    drawn = of.drawn.copy()
    for column, limit in enumerate(market.limit[item].tolist()):
        if limit >= 0:
            drawn[:, limit] += market.use[took, column]
    return _States(of.gained + market.benefit[took], of.money + money, drawn), parent, took


def _thin(states: _States, alive: IntArray, bound: FloatArray, most: int) -> IntArray:
    """The states that are bounded highest, of those that draw alike the one that gained most."""
    if not len(alive):
        return alive
    ranked = alive[np.argsort(-bound[alive].round(9), kind="stable")]
    drawn = np.column_stack([states.drawn, states.money])[ranked].round(6)
    order = np.lexsort((np.arange(len(ranked)), -states.gained[ranked], *drawn.T))
    alike = (drawn[order][1:] == drawn[order][:-1]).all(axis=1)
    distinct = np.sort(order[np.append(True, ~alike)])
    return np.asarray(ranked[distinct[:most]])


def _sum_after(values: FloatArray) -> FloatArray:
    """Sum of the values after each place."""
    return np.append(np.cumsum(values[::-1])[::-1][1:], 0.0)
