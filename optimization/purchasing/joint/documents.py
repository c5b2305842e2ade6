"""The best choice of one document that must reach its least value, at given prices of budgets.

With price p on its least value V, an item that takes an option j instead of its best one loses
l(j) = max(b + p m) - (b + p m)(j), and the document is worth its bound less

    sum of l  +  p (M - V),        M its money.

So the best choice is the one with the least of that which reaches V: a multiple-choice knapsack,
solved over the items one by one, where states that lose more than a choice already found, that
cannot reach V any more, or that another state has both more money and more benefit than, are
dropped (Pisinger, A minimal algorithm for the multiple-choice knapsack problem, European Journal of
Operational Research 83, 1995). The bound leaves few.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from optimization.purchasing.joint.market import ROUNDING, TIE
from optimization.value import FloatArray, IntArray

_MOST_STATES = 1000
"""Kept of a step of a document; only large documents, whose bound is tight, have more."""


class Options(NamedTuple):
    """Options of one item that may be in the best choice.

    Attributes:
        option: number of each.
        money: of each, currency.
        loss: of each against the best at the document's price, currency.
    """

    option: IntArray
    money: FloatArray
    loss: FloatArray


def fill_document(items: Sequence[Options], least_value: float, price: float) -> IntArray | None:
    """Fill a document to its least value at the least loss.

    Args:
        items: every option of each item.
        least_value: money to reach.
        price: of the least value, at least 0.

    Returns:
        The option of each item; None where they cannot reach the least value.
    """
    start = _take_best(items, least_value)
    if start is None:
        return None
    found, cost = _better_one_by_one(items, start, least_value, price)
    core = [_keep_core(of, cost) for of in items]
    chosen = _search(core, least_value, price, cost)
    if chosen is None:
        return np.array([of.option[at] for of, at in zip(items, found, strict=True)])
    return chosen


def _take_best(items: Sequence[Options], least_value: float) -> list[int] | None:
    """The dearest of each item's best options; where they do not reach, the dearest of all."""
    best = [int(np.flatnonzero(of.loss <= ROUNDING)[-1]) for of in items]
    if sum(of.money[at] for of, at in zip(items, best, strict=True)) >= least_value - ROUNDING:
        return best
    most = [len(of.money) - 1 for of in items]
    reaches = sum(of.money[-1] for of in items) >= least_value - ROUNDING
    return most if reaches else None


def _better_one_by_one(
    items: Sequence[Options], at: list[int], least_value: float, price: float
) -> tuple[list[int], float]:
    """Exchange the option of one item after the other, as long as that costs less."""
    item = np.repeat(np.arange(len(items)), [len(of.money) for of in items])
    place = np.concatenate([np.arange(len(of.money)) for of in items])
    money = np.concatenate([of.money for of in items])
    loss = np.concatenate([of.loss for of in items])
    now_money = np.array([of.money[n] for of, n in zip(items, at, strict=True)])
    now_loss = np.array([of.loss[n] for of, n in zip(items, at, strict=True)])
    at = list(at)
    while True:
        total = now_money.sum()
        change = loss - now_loss[item] + price * (money - now_money[item])
        allowed = total + money - now_money[item] >= least_value - ROUNDING
        change = np.where(allowed, change, np.inf)
        first = int(np.argmin(change))
        if not change[first] < -TIE:
            return at, float(now_loss.sum() + price * (total - least_value))
        moved = int(item[first])
        at[moved] = int(place[first])
        now_money[moved], now_loss[moved] = money[first], loss[first]


def _keep_core(of: Options, cost: float) -> Options:
    """The options that lose no more than a whole choice already does."""
    kept = of.loss <= cost + TIE
    return Options(of.option[kept], of.money[kept], of.loss[kept])


def _search(
    items: Sequence[Options], least_value: float, price: float, cost: float
) -> IntArray | None:
    """A choice that costs less than `cost`, the best one unless states had to be dropped."""
    least = _sum_later([of.money.min() for of in items])
    most = _sum_later([of.money.max() for of in items])
    money, loss = np.zeros(1), np.zeros(1)
    trail: list[tuple[IntArray, IntArray]] = []
    for number, of in enumerate(items):
        count = len(of.option)
        parent = np.repeat(np.arange(len(money)), count)
        took = np.tile(np.arange(count), len(money))
        money, loss = money[parent] + of.money[took], loss[parent] + of.loss[took]
        over = np.maximum(money + least[number + 1] - least_value, 0.0)
        alive = loss + price * over < cost - TIE
        alive &= money + most[number + 1] >= least_value - ROUNDING
        kept = np.flatnonzero(alive)
        # Beyond what the others add at least, more money is worth nothing.
        enough = np.minimum(money[kept], least_value - least[number + 1])
        kept = kept[_keep_undominated(enough, loss[kept] + price * money[kept])]
        if len(kept) > _MOST_STATES:
            costs = (loss + price * over)[kept]
            kept = np.sort(kept[np.argsort(costs, kind="stable")[:_MOST_STATES]])
        money, loss = money[kept], loss[kept]
        trail.append((parent[kept], took[kept]))
    if not len(money):
        return None
    at = int(np.argmin(loss + price * (money - least_value)))
    chosen = np.empty(len(items), dtype=np.int64)
    for number in range(len(items) - 1, -1, -1):
        parent, took = trail[number]
        chosen[number] = items[number].option[took[at]]
        at = int(parent[at])
    return chosen


def _sum_later(values: Sequence[float]) -> FloatArray:
    """Sum of the values from each place on, 0 after the last."""
    return np.append(np.cumsum(np.array(values, dtype=np.float64)[::-1])[::-1], 0.0)


def _keep_undominated(money: FloatArray, forgone: FloatArray) -> IntArray:
    """Which states no other has both as much money and as little benefit forgone as."""
    order = np.lexsort((forgone, -money))
    least = np.minimum.accumulate(forgone[order])
    first = np.append(True, forgone[order][1:] < least[:-1] - TIE)[: len(order)]
    return np.sort(order[first])
