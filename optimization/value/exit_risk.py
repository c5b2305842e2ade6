"""How much to hold of an item that leaves the range: what is left of it then is sold at a loss.

A unit that the window does not sell may still sell until the exit. With D the demand of the window,
L >= D that of the rest of the item's life, c the margin of a sale, h the cost of keeping a unit
until the next delivery and e what a unit left at the exit loses, the k-th unit is worth

    v(k) = c P(D >= k) - h P(D < k) - e P(L < k),

the newsvendor's unit (Arrow, Harris and Marschak, Optimal Inventory Policy, Econometrica 19, 1951)
with the loss on what is over at the end, as style goods have it. Of goods that keep only so long L
is the demand of their life, and e all that a unit cost. It never increases with k, so the
best stock is the last k that is worth something.
"""

from dataclasses import dataclass

import numpy as np

from forecasting.distribution import compute_survival
from optimization.value.stock_value import FloatArray, IntArray


@dataclass(frozen=True)
class Style:
    """n pairs whose items leave the range, or whose goods spoil, arrays of shape (n,).

    Attributes:
        margin, keeping, loss: c, h and e, currency a unit.
        mean, variance: demand of the window, units and units^2.
        life_mean, life_variance: demand until the exit, or until the goods spoil.
    """

    margin: FloatArray
    keeping: FloatArray
    loss: FloatArray
    mean: FloatArray
    variance: FloatArray
    life_mean: FloatArray
    life_variance: FloatArray

    def worth(self, units: IntArray) -> FloatArray:
        """v(units), currency, for a number of units of each pair."""
        sold = compute_survival(self.mean, self.variance, units)
        ever = compute_survival(self.life_mean, self.life_variance, units)
        return np.asarray(self.margin * sold - self.keeping * (1 - sold) - self.loss * (1 - ever))


def find_best_stock(style: Style, most: IntArray) -> IntArray:
    """The most units of which each is worth something, at most `most`, units, shape (n,)."""
    low, high = np.zeros_like(most), most.copy()
    while (low < high).any():
        middle = (low + high + 1) // 2
        pays = style.worth(middle) > 0
        low, high = np.where(pays, middle, low), np.where(pays, high, middle - 1)
    return low
