"""Prices on least values and budgets, and the bound that they prove.

With a price on the money of each document's least value and of each budget, every item chooses by
itself: the options that any price can make it choose are the upper envelope of its benefits over
money. For given budget prices the best price of a document's least value is where its envelopes,
taken in the order of benefit a unit of money, reach it. What the items then gain, less what the
document owes for its least value, bounds what the document can be worth; a document that may wait
is worth nothing at least. The sum with the budgets' rooms at their prices bounds every choice
(Lagrangian relaxation: Fisher, The Lagrangian relaxation method for solving integer programming
problems, Management Science 27, 1981).
"""

from typing import NamedTuple

import numpy as np

from compilation import compiled
from optimization.purchasing.joint.market import ROUNDING, Flags, OrderMarket, sum_groups
from optimization.value import FloatArray, IntArray

_HALVINGS = 40
"""Of the range in which the price of a budget lies."""


class Steps(NamedTuple):
    """The envelopes of all items: from one option to the next that some price makes best.

    Attributes:
        first: option of least money of each item, shape (items,).
        item: of each step.
        money: that each step adds, currency.
        slope: benefit of it for each unit of money.
    """

    first: IntArray
    item: IntArray
    money: FloatArray
    slope: FloatArray


class PricedDocuments(NamedTuple):
    """What given budget prices make of the documents.

    Attributes:
        price: of each document's least value; infinite where it cannot be reached.
        worth: most that each document can be worth beyond its budgets' prices, currency.
        drawn: money that the documents that are worth it draw from each budget.
        bound: no choice is worth more, currency.
    """

    price: FloatArray
    worth: FloatArray
    drawn: FloatArray
    bound: float


def list_steps(market: OrderMarket) -> Steps:
    """List the steps of the envelopes."""
    corner = _mark_corners(market.start, market.money, market.benefit)
    item_of = np.repeat(np.arange(len(market.document)), np.diff(market.start))
    option = np.flatnonzero(corner)
    item = item_of[option]
    follows = item[1:] == item[:-1]
    money = np.diff(market.money[option])[follows]
    gained = np.diff(market.benefit[option])[follows]
    first = option[np.searchsorted(item, np.arange(len(market.document)))]
    return Steps(first, item[1:][follows], money, gained / money)


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


def price_documents(market: OrderMarket, steps: Steps, budget_price: FloatArray) -> PricedDocuments:
    """Price the least values of documents at given prices of budgets."""
    documents = len(market.least_value)
    costs = market.price_items(budget_price)
    slope = steps.slope - costs[steps.item]
    document = market.document[steps.item]
    base = market.sum_documents(steps.first, market.money)
    price = _price_least_values(document, steps.money, slope, market.least_value - base)
    finite = np.where(np.isfinite(price), price, 0.0)
    gain = slope + finite[document]
    taken = gain > 0
    gains = sum_groups(document, np.where(taken, gain * steps.money, 0.0), documents)
    begun = market.benefit[steps.first] - costs * market.money[steps.first]
    worth = sum_groups(market.document, begun, documents) + gains
    worth -= finite * (market.least_value - base)
    worth[~np.isfinite(price)] = -np.inf
    opens = (worth > 0) | ~market.may_wait
    money = market.money[steps.first] + sum_groups(
        steps.item, np.where(taken, steps.money, 0.0), len(market.document)
    )
    of = (market.budget >= 0) & opens[market.document]
    drawn = sum_groups(market.budget[of], money[of], len(market.room))
    bound = float(np.sum(worth[opens]) + budget_price @ market.room)
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


def price_budgets(market: OrderMarket, steps: Steps) -> tuple[FloatArray, float]:
    """Find prices at which the budgets have room for what is ordered, and the least bound.

    A budget draws less the dearer it is, so its price is found by halving, that of all budgets
    side by side. Documents that budgets share tie them together, so that this need not end at the
    least bound; every one is a bound all the same.

    Returns:
        Price of each budget, shape (budgets,), and the bound, currency.
    """
    low = np.zeros(len(market.room))
    priced = price_documents(market, steps, low)
    bound = priced.bound
    if not (priced.drawn > market.room + ROUNDING).any():
        return low, bound
    paid = market.money > 0
    dearest = float(np.max(market.benefit[paid] / market.money[paid], initial=0.0))
    high = np.full(len(market.room), max(dearest, float(np.max(steps.slope, initial=0.0))) + 1.0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        priced = price_documents(market, steps, middle)
        bound = min(bound, priced.bound)
        over = priced.drawn > market.room + ROUNDING
        low, high = np.where(over, middle, low), np.where(over, high, middle)
    # A budget that is not full without a price has none.
    high = np.where(high < ROUNDING, 0.0, high)
    return high, min(bound, price_documents(market, steps, high).bound)
