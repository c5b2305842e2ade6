"""The value of the k-th unit of a sku at a location: the one currency of all decisions.

What is sent or ordered tonight is there after the lead time, and counts until the goods of the next
order are. Demand that is lost before it arrives stays lost. So a pair asks of its stock the demand
that stock can still serve,

    D = sold_before + open demand

`sold_before` being units of the position that are all but sure to be gone before (`levels` works
both out from the stock projected in time). Let `underage` be what a unit short costs (the expected
margin of a sale that is lost) and `overage` what a unit left over costs until the next delivery,
less the handling of a later one that it saves. The k-th unit is sold when D >= k, so

    v(k) = underage P(D >= k) - overage P(D < k) - surplus(k)        currency a unit.

Units above the level, which nobody would order, are kept until demand reaches them instead of
standing for a later order: surplus(k) = min((k - level) step, most), 0 up to the level, step being
the cost of keeping a unit for as long as demand takes for one.

v never increases with k, because P(D >= k) does not, underage + overage >= 0 and the surplus rises:
the worth V(S) = v(1) + ... + v(S) is concave, and taking units in the order of v is best for any
number of them. Without a surplus it is the newsvendor profit, underage E[min(D, S)] -
overage E[max(S - D, 0)] (Arrow, Harris and Marschak, Optimal Inventory Policy, Econometrica 19,
1951).

Units at or below 0, where a position is owed to customers, sell for certain: v(k) = underage.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.distribution import compute_expected_sales, compute_survival
from quality_checks.contracts import Economics

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_VALUED = (
    "open_demand_mean",
    "open_demand_variance",
    "underage_cost",
    "overage_cost",
    "surplus_step",
    "surplus_most",
)
_COUNTED = ("sold_before", "value_level")


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


def add_line_part(line_cost: float) -> pl.Expr:
    """handling_cost of a unit with its part of a usual line, where a DC sends it.

    A line that is left over need not be sent again, as little as its units: without its part the
    line of units that only come a few days early would count as if it were one more. A usual line
    brings the demand of a review, in whole packs: with the part of a single pack's line, a line of
    many packs would save its cost many times.

    The columns read are handling_cost (currency), case_pack (units), daily_demand (units a day,
    missing where unknown), review_days and supply_location.
    """
    review = pl.col("daily_demand") * pl.col("review_days")
    packs = (review / pl.col("case_pack")).ceil().fill_null(1.0).clip(lower_bound=1.0)
    part = line_cost / (packs * pl.col("case_pack"))
    fed = pl.col("supply_location").is_not_null()
    return (pl.col("handling_cost") + pl.when(fed).then(part).otherwise(0.0)).alias("handling_cost")


@dataclass(frozen=True)
class StockValue:
    """Worth of stock at n pairs, by position of the pair; all of shape (n,).

    Attributes:
        mean: mean of the open demand, units.
        variance: variance of the same, units^2.
        underage: margin lost with a unit short, currency.
        overage: cost of a unit left over, currency.
        surplus_step: cost that each unit above the level bears more than the one before, currency.
        surplus_most: most of it that a unit bears, currency.
        sold_before: units of the position that are gone before goods sent tonight are there.
        level: units above which a unit is surplus.
    """

    mean: FloatArray
    variance: FloatArray
    underage: FloatArray
    overage: FloatArray
    surplus_step: FloatArray
    surplus_most: FloatArray
    sold_before: IntArray
    level: IntArray

    @classmethod
    def of_pairs(cls, pairs: pl.DataFrame) -> Self:
        """Value the pairs of a frame.

        Args:
            pairs: open_demand_mean (units), open_demand_variance (units^2), sold_before and
                value_level (units), underage_cost, overage_cost, surplus_step and surplus_most
                (currency), as the contract Targets states them; none missing.
        """
        numbers = (pairs[name].cast(pl.Float64).to_numpy() for name in _VALUED)
        return cls(*numbers, *(pairs[name].cast(pl.Int64).to_numpy() for name in _COUNTED))

    @classmethod
    def of_demand(
        cls, mean: FloatArray, variance: FloatArray, underage: FloatArray, overage: FloatArray
    ) -> Self:
        """Value pairs whose goods are there at once and of which no unit is surplus."""
        none, level = np.zeros(len(mean)), np.zeros(len(mean), dtype=np.int64)
        return cls(mean, variance, underage, overage, none, none, level, level)

    def of_unit(self, pair: IntArray, k: IntArray) -> FloatArray:
        """v(k): worth of the k-th unit at each pair, currency; `pair` and `k` of one shape."""
        sold = compute_survival(self.mean[pair], self.variance[pair], k - self.sold_before[pair])
        above = np.maximum(k - self.level[pair], 0)
        surplus = np.minimum(above * self.surplus_step[pair], self.surplus_most[pair])
        return np.asarray(
            (self.underage + self.overage)[pair] * sold - self.overage[pair] - surplus
        )

    def sold(self, pair: IntArray, stock: IntArray) -> FloatArray:
        """Units expected to sell from a stock, E[min(D, stock)]; all that is owed where below 0."""
        kept, before = np.maximum(stock, 0), self.sold_before[pair]
        beyond = np.maximum(kept - before, 0)
        return (
            compute_expected_sales(self.mean[pair], self.variance[pair], beyond)
            + np.minimum(kept, before)
            + np.minimum(stock, 0)
        )

    def surplus(self, pair: IntArray, stock: IntArray) -> FloatArray:
        """Cost of keeping the units of a stock above the level until demand reaches them."""
        above = np.maximum(stock - self.level[pair], 0)
        step, most = self.surplus_step[pair], self.surplus_most[pair]
        rising = np.minimum(above, np.floor(np.divide(most, step, where=step > 0, out=above * 1.0)))
        return np.asarray(step * rising * (rising + 1) / 2 + (above - rising) * most)

    def of_stock(self, pair: IntArray, stock: IntArray) -> FloatArray:
        """V(stock): worth of all units at each pair, currency; `pair` and `stock` of one shape."""
        total = (self.underage + self.overage)[pair]
        worth = total * self.sold(pair, stock) - self.overage[pair] * stock
        return np.asarray(worth - self.surplus(pair, stock))

    def gain(self, pair: IntArray, stock: IntArray, units: IntArray) -> FloatArray:
        """V(stock + units) - V(stock): worth of `units` more, currency; all of one shape."""
        return self.of_stock(pair, stock + units) - self.of_stock(pair, stock)

    def chance_to_gain(
        self, pair: IntArray, stock: IntArray, units: IntArray, benefit: FloatArray
    ) -> FloatArray:
        """Chance that `units` on top of a stock earn more than nothing; arguments as below."""
        wanted = self.units_to_gain(pair, stock, units, benefit)
        k = stock + wanted - self.sold_before[pair]
        chance = compute_survival(self.mean[pair], self.variance[pair], k)
        return np.where(wanted > units, 0.0, chance)

    def units_to_gain(
        self, pair: IntArray, stock: IntArray, units: IntArray, benefit: FloatArray
    ) -> IntArray:
        """Units that must sell of `units` on top of a stock, that they earn more than nothing.

        Of them N = min(max(D - stock, 0), units) sell, and the benefit is the expected one plus
        underage + overage for each that sells beyond E[N]. Where none sells nothing was gained:
        what a later line saves is then no more than this one has cost.

        Args:
            pair: number of each pair.
            stock: units of its position without them.
            units: sent or ordered.
            benefit: expected, all costs taken off, currency; all of one shape.

        Returns:
            At least 1; one more than there are where they cannot gain.
        """
        each = (self.underage + self.overage)[pair]
        expected = self.sold(pair, stock + units) - self.sold(pair, stock)
        enough = np.divide(benefit, each, out=np.where(benefit > 0, 0.0, np.inf), where=each > 0)
        least = np.where(each > 0, expected - enough, np.where(benefit > 0, -1.0, np.inf))
        return np.asarray(np.clip(np.floor(least) + 1, 1.0, units + 1.0).astype(np.int64))


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
