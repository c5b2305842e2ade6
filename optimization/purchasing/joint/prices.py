"""Prices on least values and limits, and the bound that they prove.

With a price on the money of each document's least value and on what each limit allows, every item
chooses by itself: the options that any price of the least value can make it choose are the upper
envelope, over money, of its benefits less what it draws. For given prices of limits the best price
of a document's least value is where its envelopes, taken in the order of benefit a unit of money,
reach it. What the items then gain, less what the document owes for its least value, bounds what the
document can be worth; a document that may wait is worth nothing at least. The sum with the limits'
rooms at their prices bounds every choice (Lagrangian relaxation: Fisher, The Lagrangian relaxation
method for solving integer programming problems, Management Science 27, 1981).
"""

from typing import NamedTuple

import numpy as np

from compilation import compiled
from optimization.purchasing.joint.market import (
    ROUNDING,
    WAITS,
    Flags,
    OrderMarket,
    sum_groups,
)
from optimization.value import FloatArray, IntArray

_HALVINGS = 40
"""Of the range in which the price of a limit lies."""

_ROUNDS = 2
"""In which the prices of limits that items share are found anew, column by column."""


class Steps(NamedTuple):
    """The envelopes of all items: from one option to the next that some price makes best.

    Attributes:
        first: option of least money of each item, shape (items,).
        item: of each step.
        option: to which each step leads.
        money: that each step adds, currency.
        slope: benefit of it, less what it draws, for each unit of money.
    """

    first: IntArray
    item: IntArray
    option: IntArray
    money: FloatArray
    slope: FloatArray


class PricedDocuments(NamedTuple):
    """What given prices of limits make of the documents.

    Attributes:
        price: of each document's least value; infinite where it cannot be reached.
        worth: most that each document can be worth beyond its limits' prices, currency.
        drawn: what the documents that are worth it draw from each limit.
        bound: no choice is worth more, currency.
    """

    price: FloatArray
    worth: FloatArray
    drawn: FloatArray
    bound: float


def _list_steps(market: OrderMarket, net: FloatArray) -> Steps:
    """List the steps of the envelopes of what options are worth at the prices of limits."""
    corner = _mark_corners(market.start, market.money, net)
    option = np.flatnonzero(corner)
    item = market.item[option]
    follows = item[1:] == item[:-1]
    money = np.diff(market.money[option])[follows]
    gained = np.diff(net[option])[follows]
    first = option[np.searchsorted(item, np.arange(len(market.document)))]
    return Steps(first, item[1:][follows], option[1:][follows], money, gained / money)


@compiled
def _mark_corners(start: IntArray, money: FloatArray, benefit: FloatArray) -> Flags:
    """Which options are corners of the upper envelope of benefit over money of their item."""
    corner = np.zeros(len(money), dtype=np.bool_)
    stack = np.empty(len(money), dtype=np.int64)
    for item in range(len(start) - 1):
        size = 0
        for option in range(start[item], start[item + 1]):
            while size > 0:
                last = stack[size - 1]
                if money[option] <= money[last]:
                    # Of equal money the better one; the first where they are alike.
                    if benefit[option] <= benefit[last]:
                        break
                    size -= 1
                    continue
                if size == 1:
                    break
                before = stack[size - 2]
                rise = (benefit[last] - benefit[before]) * (money[option] - money[last])
                if rise > (benefit[option] - benefit[last]) * (money[last] - money[before]):
                    break
                size -= 1
            if size == 0 or money[option] > money[stack[size - 1]]:
                stack[size] = option
                size += 1
        for place in range(size):
            corner[stack[place]] = True
    return corner


def price_documents(market: OrderMarket, limit_price: FloatArray) -> PricedDocuments:
    """Price the least values of documents at given prices of limits."""
    documents = len(market.least_value)
    net = market.net_benefit(limit_price)
    steps = _list_steps(market, net)
    document = market.document[steps.item]
    base = market.sum_documents(steps.first, market.money)
    price = _price_least_values(document, steps.money, steps.slope, market.least_value - base)
    finite = np.where(np.isfinite(price), price, 0.0)
    gain = steps.slope + finite[document]
    taken = gain > 0
    gains = sum_groups(document, np.where(taken, gain * steps.money, 0.0), documents)
    worth = market.sum_documents(steps.first, net) + gains
    worth -= finite * (market.least_value - base)
    worth[~np.isfinite(price)] = -np.inf
    opens = (worth > 0) | ~market.may_wait
    option = steps.first.copy()
    np.maximum.at(option, steps.item[taken], steps.option[taken])
    drawn = market.sum_limits(np.where(opens[market.document], option, WAITS))
    bound = float(np.sum(worth[opens]) + limit_price @ market.room)
    return PricedDocuments(price, worth, drawn, bound)


def _price_least_values(
    document: IntArray, money: FloatArray, slope: FloatArray, missing: FloatArray
) -> FloatArray:
    """The price at which the steps of each document make up what is missing, at least 0."""
    order = np.lexsort((-slope, document))
    reached = np.cumsum(money[order])
    ends = np.searchsorted(document[order], np.arange(len(missing)), side="right")
    starts = np.append(0, ends[:-1])
    before = np.where(starts > 0, np.append(0.0, reached)[starts], 0.0)
    place = np.searchsorted(reached, before + missing - ROUNDING)
    place = np.maximum(place, starts)
    short = missing > ROUNDING
    found = place < ends
    at = slope[order][np.where(found, place, 0)] if len(slope) else np.zeros(len(missing))
    return np.where(short, np.where(found, np.maximum(-at, 0.0), np.inf), 0.0)


def price_limits(market: OrderMarket) -> tuple[FloatArray, float]:
    """Find prices at which the limits have room for what is ordered, and the least bound.

    A limit draws less the dearer it is, so its price is found by halving, that of all limits of a
    column side by side, the columns in turn. Documents and items that limits share tie them
    together, so that this need not end at the least bound; every one is a bound all the same.

    Returns:
        Price of each limit, shape (limits,), and the bound, currency.
    """
    price = np.zeros(len(market.room))
    priced = price_documents(market, price)
    bound = priced.bound
    if not (priced.drawn > market.room + ROUNDING).any():
        return price, bound
    columns = market.limit.shape[1]
    for _ in range(_ROUNDS if columns > 1 else 1):
        for column in range(columns):
            own = np.unique(market.limit[market.limit[:, column] >= 0, column])
            price, found = _halve_prices(market, price, own, _find_dearest(market, column))
            bound = min(bound, found)
    return price, bound


def _find_dearest(market: OrderMarket, column: int) -> float:
    """A price of the limits of a column at which nothing is drawn that need not be."""
    drawn, benefit = market.use[:, column], market.benefit
    paid = drawn > 0
    alone = float(np.max(benefit[paid] / drawn[paid], initial=0.0))
    corner = np.flatnonzero(_mark_corners(market.start, market.money, benefit))
    more, gained = np.diff(drawn[corner]), np.diff(benefit[corner])
    rises = (np.diff(market.item[corner]) == 0) & (more > 0)
    return max(alone, float(np.max(gained[rises] / more[rises], initial=0.0))) + 1.0


def _halve_prices(
    market: OrderMarket, price: FloatArray, own: IntArray, dearest: float
) -> tuple[FloatArray, float]:
    """Find the prices of some limits side by side, at the prices of the others."""
    bound, price = np.inf, price.copy()
    low, high = np.zeros(len(own)), np.full(len(own), dearest)
    for _ in range(_HALVINGS):
        price[own] = middle = (low + high) / 2
        priced = price_documents(market, price)
        bound = min(bound, priced.bound)
        over = (priced.drawn > market.room + ROUNDING)[own]
        low, high = np.where(over, middle, low), np.where(over, high, middle)
    # A limit that is not full without a price has none.
    price[own] = np.where(high < ROUNDING, 0.0, high)
    return price, min(bound, price_documents(market, price).bound)
