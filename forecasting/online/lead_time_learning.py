"""Lead times of one supplier's orders, learned from what arrives, orders that never do included.

Only totals are seen: how many units came in a period, not of which order. The lead time of an
order is 0, 1, ... periods or never. Either the supplier keeps its promise to the period, or lead
times are drawn from an unknown distribution with a Dirichlet prior around the promise; which of
the two is weighed by Bayes' rule, and one broken promise settles it. An order still out counts
towards the lead times it may yet have, by their chances (expectation maximisation for censored
values, Dempster, Laird and Rubin 1977).
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

TRUST = 0.9
"""Prior chance that the supplier keeps its promise to the period."""

PRIOR_ORDERS = 2.0
"""Orders that the prior of a distribution of lead times is worth."""

PRIOR_NEVER = 0.1
"""Its chance that an order never arrives."""

_HALVING = 0.5
"""Its ratio of the chances of lead times one period further from the promise."""

_MOST_MATCHED = 14
"""Latest orders out among which an arrival is looked for."""

_EM_STEPS = 5
_SAME = 1e-6


class Outstanding(NamedTuple):
    """Orders that have not arrived and still may.

    Attributes:
        age: periods since they were placed, at least 1, shape (n,).
        quantity: units, shape (n,).
    """

    age: npt.NDArray[np.int64]
    quantity: FloatArray


class LeadTimeBelief:
    """What is believed of a supplier's lead times.

    Each period: place the order with `order`, then tell what came with `arrive`, which ends the
    period. An order not in by twice the promise and three periods is taken as lost.

    Args:
        promised: lead time that the supplier promises, periods, at least 0.

    Raises:
        ValueError: `promised` is negative.
    """

    def __init__(self, promised: int) -> None:
        if promised < 0:
            raise ValueError(f"promised must be at least 0, got {promised}")
        self._promised, self._longest = promised, 2 * promised + 3
        near = _HALVING ** np.abs(np.arange(self._longest + 1) - promised)
        near *= (1 - PRIOR_NEVER) / near.sum()
        self._prior = PRIOR_ORDERS * np.append(near, PRIOR_NEVER)
        self._counts = np.zeros_like(self._prior)
        self._kept = True
        self._age: list[int] = []
        self._quantity: list[float] = []

    def distribution(self) -> FloatArray:
        """Chances of lead times 0, 1, ..., and of never last; sum 1."""
        known = self._prior + self._counts
        chances: FloatArray = known / known.sum()
        if self._kept:
            reliable = self._reliable()
            chances *= 1 - reliable
            chances[self._promised] += reliable
            return chances
        for _ in range(_EM_STEPS):
            counts = known.copy()
            for age in self._age:
                counts[age:] += chances[age:] / chances[age:].sum()
            chances = counts / counts.sum()
        return chances

    def outstanding(self) -> Outstanding:
        """Orders on their way, oldest first."""
        return Outstanding(np.array(self._age, dtype=np.int64), np.array(self._quantity))

    def order(self, quantity: float) -> None:
        """Note the order of this period, units; zero means no order.

        Raises:
            ValueError: it is negative or not finite.
        """
        _refuse(quantity, "order")
        if quantity > 0:
            self._age.append(0)
            self._quantity.append(float(quantity))

    def arrive(self, units: float) -> None:
        """Learn what came in this period, units, and end it.

        The most likely orders of that sum are taken to have come. An arrival that no orders sum
        to teaches nothing.

        Raises:
            ValueError: it is negative or not finite.
        """
        _refuse(units, "arrival")
        came = self._matched(units)
        left: list[tuple[int, float]] = []
        for age, quantity, here in zip(self._age, self._quantity, came, strict=True):
            if here:
                self._counts[age] += 1
            elif age == self._longest:
                self._counts[-1] += 1
            else:
                left.append((age + 1, quantity))
            self._kept &= age == self._promised if here else age < self._promised
        self._age = [age for age, _ in left]
        self._quantity = [quantity for _, quantity in left]

    def _matched(self, units: float) -> BoolArray:
        """Find the most likely set of orders that sum to what came."""
        came = np.zeros(len(self._age), dtype=bool)
        latest = slice(max(len(came) - _MOST_MATCHED, 0), None)
        age = np.array(self._age, dtype=np.int64)[latest]
        sets = np.arange(2 ** len(age))[:, None] >> np.arange(len(age)) & 1 == 1
        fits = np.abs(sets @ np.array(self._quantity)[latest] - units) < _SAME
        if not fits.any():
            return came
        chances = self.distribution()
        now = chances[age] / chances[::-1].cumsum()[::-1][age]
        likelihood = np.where(sets[fits], now, 1 - now).prod(axis=1)
        came[latest] = sets[fits][likelihood.argmax()]
        return came

    def _reliable(self) -> float:
        """The chance that the promised lead time is always kept, as it was so far."""
        odds = math.log(TRUST / (1 - TRUST))
        for order in range(int(self._counts.sum())):
            by_chance = (self._prior[self._promised] + order) / (self._prior.sum() + order)
            odds -= math.log(by_chance)
        return 1 / (1 + math.exp(-odds))


def _refuse(units: float, what: str) -> None:
    if not (math.isfinite(units) and units >= 0):
        raise ValueError(f"{what} must be finite and at least 0 units, got {units}")
