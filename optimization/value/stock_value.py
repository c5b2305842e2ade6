"""The value of the k-th unit of a sku at a location: the one currency of all decisions.

Let D be demand over the protection window (lead time plus review), `underage` what a unit short
costs (the margin of a sale that is lost) and `overage` what a unit left over costs until the next
delivery, less the handling of a later one that it saves. The k-th unit is sold when D >= k, so

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
from quality_checks.contracts import Economics

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_VALUED = ("demand_mean", "demand_variance", "underage_cost", "overage_cost")


def compute_unit_costs(economics: Economics) -> list[pl.Expr]:
    """underage_cost, keeping_cost and overage_cost of a pair, currency a unit.

    A unit short costs sale_margin, the margin net of returns (at least 0: a sale that loses is not
    missed), where the sale is lost, and backorder_cost_share of the price where the customer
    waits. A unit left over is kept until the next delivery, review_days, and then is
    stock again: it costs unit_cost * keeping_rate_per_day * review_days, the keeping_cost. It need
    not be sent again, so its overage_cost is that less handling_cost (at most underage_cost, so
    that the value of a unit still falls with their number). Where the item leaves the range at the
    end of the window it is kept for all of it and exit_loss_share of its cost is lost besides.

    The columns read are unit_cost, selling_price, sale_margin, handling_cost (currency),
    review_days, protection_days (days), kind (of the location), run_down (whether the window ends
    with the item).
    """
    cost = pl.col("unit_cost")
    waits = pl.col("kind").is_in(list(economics.backorder_kinds))
    rate = economics.keeping_rate_per_day
    short = (
        pl.when(waits)
        .then(pl.col("selling_price") * economics.backorder_cost_share)
        .otherwise(pl.col("sale_margin").clip(lower_bound=0.0))
    )
    kept = (
        pl.when("run_down")
        .then(cost * (rate * pl.col("protection_days") + economics.exit_loss_share))
        .otherwise(cost * rate * pl.col("review_days"))
    )
    saved = pl.when("run_down").then(0.0).otherwise(pl.min_horizontal("handling_cost", short))
    return [
        short.alias("underage_cost"),
        kept.alias("keeping_cost"),
        (kept - saved).alias("overage_cost"),
    ]


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
    def of_pairs(cls, pairs: pl.DataFrame) -> Self:
        """Value the pairs of a frame.

        Args:
            pairs: demand_mean (units), demand_variance (units^2), underage_cost and overage_cost
                (currency, as `compute_unit_costs` or the contract Targets state them); none
                missing.
        """
        mean, variance, underage, overage = (
            pairs[name].cast(pl.Float64).to_numpy() for name in _VALUED
        )
        return cls(mean=mean, variance=variance, underage=underage, overage=overage)

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


def build_ladders(counts: IntArray) -> tuple[IntArray, IntArray]:
    """Rungs 0 .. counts[i] - 1 of every pair i, one after the other.

    Args:
        counts: rungs by pair, at least 0, shape (n,).

    Returns:
        pair and rung, each of shape (counts.sum(),).
    """
    pair = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    return pair, np.arange(len(pair)) - first[pair]
