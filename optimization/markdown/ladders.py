"""Prices that an item may come down to."""

import math

import numpy as np

from optimization.value import FloatArray
from quality_checks.contracts import MarkdownRules

_LEAST_STEP = 0.01
"""Share of the price below which a lower one is no markdown."""


def list_prices(
    price: float,
    list_price: float | None,
    floor_price: float,
    planned_price: float | None,
    rules: MarkdownRules,
) -> FloatArray:
    """List the prices of an item's ladder, falling; the price in force comes first.

    Args:
        price: in force, currency.
        list_price: that shares of the ladder are taken off; of the price in force where missing.
        floor_price: lowest that is allowed.
        planned_price: of the price list, which is a rung of its own; missing without one.
        rules: of policy.
    """
    lower = {take_off(price, list_price, share) for share in rules.ladder}
    if planned_price is not None:
        lower.add(planned_price)
    allowed = sorted((p for p in lower if p >= floor_price and p > 0), reverse=True)
    return np.array([price, *(p for p in allowed if is_fall(price, p))])


def take_off(price: float, list_price: float | None, share: float) -> float:
    """The price that a share off leaves: of the list price, or of the price in force if higher."""
    full = price if list_price is None else max(list_price, price)
    return round(full * (1 - share), 2)


def is_fall(price: float, lower: float) -> bool:
    """Whether a price is so much lower than the one in force that it is a markdown."""
    return lower <= price * (1 - _LEAST_STEP)


def count_weeks(days: int) -> int:
    """Weeks until a step that may come after so many days, at least one."""
    return max(math.ceil(days / 7), 1)
