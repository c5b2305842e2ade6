"""Markdowns within the budgets of departments: a price on each budget, and a bound that it proves.

An item takes one rung, worth v and drawing c from its department's budget B. At a price l >= 0

    bound(l) = sum over items of max over rungs (v - l c) + l B

is never below the best choice that keeps the budget (Everett, Generalized Lagrange Multiplier
Method for Solving Problems of Optimum Allocation of Resources, Operations Research 11, 1963); the
least l at which the items' own choices keep it is found by halving. What is left then goes to what
gains most for its money.
"""

from typing import NamedTuple

import numpy as np

from optimization.value import FloatArray, IntArray

_HALVINGS = 60
_SLACK = 1e-9


class Chosen(NamedTuple):
    """The rungs of a department's items.

    Attributes:
        rung: of each item.
        price: what one more of currency in the budget would bring.
        bound: no choice is worth more, currency.
    """

    rung: IntArray
    price: float
    bound: float


def choose_rungs(worth: FloatArray, drawn: FloatArray, room: float) -> Chosen:
    """Choose a rung for every item of a department.

    Args:
        worth: by item and rung, currency; -inf where an item does not have it.
        drawn: from the budget, by item and rung; 0 at the first, which every item has.
        room: of the budget, currency; infinite without one.
    """
    rung = _choose_at(worth, drawn, 0.0)
    if _draw(drawn, rung) <= room + _SLACK:
        return Chosen(rung, 0.0, float(worth[np.arange(len(rung)), rung].sum()))
    low, high = 0.0, 1.0
    while _draw(drawn, _choose_at(worth, drawn, high)) > room + _SLACK:
        high *= 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _draw(drawn, _choose_at(worth, drawn, middle)) > room + _SLACK:
            low = middle
        else:
            high = middle
    rung = _choose_at(worth, drawn, high)
    bound = min(float((worth - price * drawn).max(1).sum() + price * room) for price in (low, high))
    return Chosen(_fill(worth, drawn, rung, room), high, bound)


def _choose_at(worth: FloatArray, drawn: FloatArray, price: float) -> IntArray:
    """The best rung of each item at a price; the first among equals."""
    return np.asarray(np.argmax(worth - price * drawn, axis=1), dtype=np.int64)


def _draw(drawn: FloatArray, rung: IntArray) -> float:
    return float(drawn[np.arange(len(rung)), rung].sum())


def _fill(worth: FloatArray, drawn: FloatArray, rung: IntArray, room: float) -> IntArray:
    """Spend what is left where a step gains most for its money."""
    rung = rung.copy()
    every = np.arange(len(rung))
    while True:
        more = drawn - drawn[every, rung][:, None]
        gain = worth - worth[every, rung][:, None]
        fits = (more <= room + _SLACK - _draw(drawn, rung)) & (gain > _SLACK)
        if not fits.any():
            return rung
        rate = np.where(fits, gain / np.maximum(more, _SLACK), -np.inf)
        item, lower = np.unravel_index(int(np.argmax(rate)), rate.shape)
        rung[item] = lower
