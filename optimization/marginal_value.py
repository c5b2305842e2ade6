"""The value of the k-th unit of a sku at a location: the one currency of all decisions.

Let D be demand over the protection window (lead time plus review), `underage` the margin of a
unit sold and `overage` the cost of a unit left over. The k-th unit is sold when D >= k, so

    v(k) = underage * P(D >= k) - overage * P(D < k)        currency a unit.

With stock S the pair is worth V(S) = v(1) + ... + v(S) = underage * E[min(D, S)] -
overage * E[max(S - D, 0)], the newsvendor profit (Arrow, Harris and Marschak, Optimal Inventory
Policy, Econometrica 19, 1951). v never increases with k, because P(D >= k) does not and
underage + overage >= 0: V is concave. Taking units in the order of v is therefore best for any
number of units, and V peaks at the least S with P(D <= S) >= underage / (underage + overage).

Units at or below 0, where a position is owed to customers, sell for certain: v(k) = underage.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.distribution import expected_sales, survival
from optimization.economics import Economics
from optimization.frames import REAL

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

DAYS_PER_YEAR = 365.0

COLUMNS = dict.fromkeys(
    ("demand_mean", "demand_variance", "protection_days", "unit_cost", "unit_price"), REAL
)
"""What a frame of pairs must hold for their units to be valued, and its type."""

BOUNDS = dict.fromkeys(COLUMNS, 0.0)


@dataclass(frozen=True)
class StockValue:
    """Worth of stock at n pairs, by position of the pair.

    Attributes:
        mean: mean demand over the protection window, units, shape (n,).
        variance: variance of the same, units^2, shape (n,).
        underage: margin lost with a unit short, currency, shape (n,).
        overage: cost of a unit left over, currency, shape (n,).
    """

    mean: FloatArray
    variance: FloatArray
    underage: FloatArray
    overage: FloatArray

    @classmethod
    def of_pairs(cls, pairs: pl.DataFrame, economics: Economics) -> Self:
        """Value the pairs of a frame.

        underage = unit_price - unit_cost, at least 0: a unit that sells below cost is not missed.
        overage = unit_cost * (holding_rate_per_year * protection_days / 365
        + markdown_loss_share).

        Args:
            pairs: demand_mean (units), demand_variance (units^2), protection_days (days),
                unit_cost and unit_price (currency); none missing.
            economics: holding and markdown shares.
        """
        mean, variance, days, cost, price = (
            pairs[name].cast(pl.Float64).to_numpy() for name in COLUMNS
        )
        share = economics.holding_rate_per_year * days / DAYS_PER_YEAR
        return cls(
            mean=mean,
            variance=variance,
            underage=np.maximum(price - cost, 0.0),
            overage=cost * (share + economics.markdown_loss_share),
        )

    def of_unit(self, pair: IntArray, k: IntArray) -> FloatArray:
        """v(k): worth of the k-th unit at each pair, currency; `pair` and `k` of one shape."""
        sold = survival(self.mean[pair], self.variance[pair], k)
        return np.asarray((self.underage + self.overage)[pair] * sold - self.overage[pair])

    def sold(self, pair: IntArray, stock: IntArray) -> FloatArray:
        """Units expected to sell from a stock, E[min(D, stock)]; all that is owed where below 0."""
        kept = np.maximum(stock, 0)
        return expected_sales(self.mean[pair], self.variance[pair], kept) + np.minimum(stock, 0)

    def of_stock(self, pair: IntArray, stock: IntArray) -> FloatArray:
        """V(stock): worth of all units at each pair, currency; `pair` and `stock` of one shape."""
        total = (self.underage + self.overage)[pair]
        return np.asarray(total * self.sold(pair, stock) - self.overage[pair] * stock)

    def gain(self, pair: IntArray, stock: IntArray, units: IntArray) -> FloatArray:
        """V(stock + units) - V(stock): worth of `units` more, currency; all of one shape."""
        return self.of_stock(pair, stock + units) - self.of_stock(pair, stock)

    def critical_ratio(self) -> FloatArray:
        """The service that pays, underage / (underage + overage); 0 without a margin."""
        total = self.underage + self.overage
        return np.divide(self.underage, total, out=np.zeros_like(total), where=total > 0)


def ladders(counts: IntArray) -> tuple[IntArray, IntArray]:
    """Rungs 0 .. counts[i] - 1 of every pair i, one after the other.

    Args:
        counts: rungs by pair, at least 0, shape (n,).

    Returns:
        pair and rung, each of shape (counts.sum(),).
    """
    pair = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    return pair, np.arange(len(pair)) - first[pair]
