"""One item, one location: an ordering policy played against stationary demand for many periods.

Each period: the order placed `lead_time` periods ago arrives, the policy orders, demand comes. A
unit left at the end costs `holding`, a unit of demand without stock is lost and costs `penalty`.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from compilation import compiled
from optimization.reference import find_marginal_order

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

WARM_UP = 1_000
"""Periods before costs count."""

BATCHES = 100
"""Batches whose means give the standard error (batch means)."""

_OVERDISPERSED = 1 + 1e-9
_KEY_BITS = 62


class OrderingRule(IntEnum):
    """How an order follows from the state."""

    BASE_STOCK = 0
    FIXED_SERVICE = 1


class RulePolicy(NamedTuple):
    """A rule with its numbers; build it with the functions below."""

    rule: OrderingRule
    first: float
    second: float


def make_base_stock(level: int, cap: int | None = None) -> RulePolicy:
    """Order up to `level` units of inventory position, at most `cap` units at a time."""
    return RulePolicy(OrderingRule.BASE_STOCK, level, np.inf if cap is None else cap)


def make_fixed_service(ratio: float) -> RulePolicy:
    """Meet demand of the period of arrival with chance `ratio` (`marginal_orders`)."""
    return RulePolicy(OrderingRule.FIXED_SERVICE, ratio, 0)


@dataclass(frozen=True)
class System:
    """The item.

    Attributes:
        mean: mean demand a period, units, above 0.
        variance: its variance, units^2; demand is Poisson up to the mean, negative binomial above.
        lead_time: periods, at least 0.
        holding: cost of a unit left at the end of a period, currency.
        penalty: cost of a unit of demand without stock, currency.
    """

    mean: float
    variance: float
    lead_time: int
    holding: float
    penalty: float

    def demand(self, periods: int, seed: int) -> IntArray:
        """Units asked for, by period: common random numbers for the policies to compare."""
        rng = np.random.default_rng(seed)
        if self.variance <= self.mean * _OVERDISPERSED:
            return rng.poisson(self.mean, periods).astype(np.int64)
        size = self.mean**2 / (self.variance - self.mean)
        return rng.negative_binomial(size, self.mean / self.variance, periods).astype(np.int64)


class Played(NamedTuple):
    """What a policy cost.

    Attributes:
        cost: mean a period, currency.
        standard_error: of the cost, from batch means.
        on_hand: mean units at the end of a period.
        unmet: share of demand that found no stock.
    """

    cost: float
    standard_error: float
    on_hand: float
    unmet: float


def play_system(system: System, policy: RulePolicy, demand: IntArray) -> Played:
    """Play a policy against demand, starting with lead_time + 1 periods of mean demand.

    Args:
        system: the item; only `make_fixed_service` makes use of what it knows of its demand.
        policy: how it orders.
        demand: units by period, shape (periods,), more than `WARM_UP` + `BATCHES` of them.

    Raises:
        ValueError: there are too few periods.
    """
    if len(demand) < WARM_UP + BATCHES:
        raise ValueError(f"demand has {len(demand)} periods, fewer than {WARM_UP + BATCHES}")
    left, missed = np.zeros(BATCHES), np.zeros(BATCHES)
    counted = (len(demand) - WARM_UP) // BATCHES
    _play_periods(
        demand[: WARM_UP + counted * BATCHES],
        np.full(system.lead_time + 1, float(system.mean)),
        np.full(system.lead_time + 1, float(system.variance)),
        int(policy.rule),
        float(policy.first),
        float(policy.second),
        counted,
        left,
        missed,
    )
    costs = (system.holding * left + system.penalty * missed) / counted
    return Played(
        cost=float(costs.mean()),
        standard_error=float(costs.std(ddof=1) / np.sqrt(BATCHES)),
        on_hand=float(left.mean() / counted),
        unmet=float(missed.mean() / counted / system.mean),
    )


@compiled
def _play_periods(  # noqa: PLR0913, PLR0917  # arrays in, arrays out
    demand: IntArray,
    mean: FloatArray,
    variance: FloatArray,
    rule: int,
    first: float,
    second: float,
    counted: int,
    left: FloatArray,
    missed: FloatArray,
) -> None:
    """Play all periods, and add units left and units missed to the sums of their batch."""
    lead = len(mean) - 1
    pipeline = np.zeros(lead + 1, dtype=np.int64)
    receipts = np.zeros(lead + 1)
    stock = int(np.ceil(mean[0] * (lead + 1)))
    seen = {-1: 0}
    radix = 1 << (_KEY_BITS // max(lead, 1))
    for t in range(len(demand)):
        position = stock + pipeline.sum()
        if rule == OrderingRule.BASE_STOCK:
            order = int(min(max(first - position, 0.0), second))
        else:
            # What comes next is the state; its order is looked up where it was seen before.
            key = 0
            for j in range(max(lead, 1)):
                units = pipeline[(t + j) % (lead + 1)] + (stock if j == 0 else 0)
                receipts[j] = units
                key = key * radix + min(units, radix - 1)
            if key not in seen or receipts.max() >= radix - 1:
                seen[key] = find_marginal_order(0.0, receipts, mean, variance, first)
            order = seen[key]
        pipeline[(t + lead) % (lead + 1)] += order
        stock += pipeline[t % (lead + 1)] - demand[t]
        pipeline[t % (lead + 1)] = 0
        if t >= WARM_UP:
            batch = (t - WARM_UP) // counted
            left[batch] += max(stock, 0)
            missed[batch] -= min(stock, 0)
        stock = max(stock, 0)
