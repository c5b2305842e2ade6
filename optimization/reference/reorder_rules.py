"""Textbook reorder rules: what plans are compared with, and exact where theory is.

All take demand that waits when stock runs out (backorders), which is what these rules assume; see
`lost_sales` for demand that does not wait. Demand is negative binomial, Poisson where the
variance does not exceed the mean. Inventory position is stock on hand and on order less what is
owed. The window is lead time plus review: the time over which a level must last.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from compilation import compiled
from optimization.levels import bound_demand, fill_demand
from optimization.refusals import refuse_values

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class MinMax(NamedTuple):
    """When the inventory position is at `reorder_point` or below, order up to `order_up_to`.

    Attributes:
        reorder_point: units, s, shape (n,).
        order_up_to: units, S, shape (n,).
        cost: mean cost a period, currency, shape (n,).
    """

    reorder_point: IntArray
    order_up_to: IntArray
    cost: FloatArray


def set_reorder_points(
    mean: npt.ArrayLike, variance: npt.ArrayLike, service: npt.ArrayLike
) -> FloatArray:
    """Mean demand over the window and z standard deviations of safety stock.

    The rule of most ERP systems: z is the standard normal quantile of the service level (Silver,
    Pyke and Thomas, Inventory and Production Management in Supply Chains, 4th ed. 2017, 6.7).

    Args:
        mean: mean demand over the window, units.
        variance: its variance, units^2.
        service: probability of no stock-out over the window, in (0, 1); the three broadcast.

    Returns:
        Units, of the broadcast shape; not rounded.

    Raises:
        ValueError: a mean or variance is negative or not finite, or a service not inside (0, 1).
    """
    m, v, level = np.broadcast_arrays(*(np.asarray(x, float) for x in (mean, variance, service)))
    refuse_values(~(np.isfinite(m) & (m >= 0)), "mean", m, "must be finite, at least 0")
    refuse_values(~(np.isfinite(v) & (v >= 0)), "variance", v, "must be finite, at least 0")
    refuse_values(~((level > 0) & (level < 1)), "service", level, "must lie inside (0, 1)")
    return np.asarray(m + special.ndtri(level) * np.sqrt(v))


def find_min_max_levels(  # noqa: PLR0913  # demand of two spans and three costs
    mean: npt.ArrayLike,
    variance: npt.ArrayLike,
    window_mean: npt.ArrayLike,
    window_variance: npt.ArrayLike,
    *,
    holding: npt.ArrayLike,
    shortage: npt.ArrayLike,
    fixed: npt.ArrayLike,
) -> MinMax:
    """The best (s, S) policy under periodic review.

    The exact algorithm of Zheng and Federgruen (Finding Optimal (s, S) Policies Is About as Simple
    as Evaluating a Single Policy, Operations Research 39, 1991). Its work grows with (S - s)^2.

    Args:
        mean: mean demand between two reviews, units, above 0.
        variance: its variance, units^2.
        window_mean: mean demand over lead time plus review, units.
        window_variance: its variance, units^2.
        holding: cost of a unit kept for a period, currency, above 0.
        shortage: cost of a unit owed for a period, currency, above 0.
        fixed: cost of an order, currency, at least 0; all broadcast to one dimension.

    Raises:
        ValueError: a value is out of bounds; names argument and position.
    """
    arrays = _checked(
        positive={"mean": mean, "holding": holding, "shortage": shortage},
        others={
            "variance": variance,
            "window_mean": window_mean,
            "window_variance": window_variance,
            "fixed": fixed,
        },
    )
    count = len(arrays["mean"])
    found = MinMax(np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count))
    _fill_min_max(
        arrays["mean"],
        arrays["variance"],
        arrays["window_mean"],
        arrays["window_variance"],
        arrays["holding"],
        arrays["shortage"],
        arrays["fixed"],
        found.reorder_point,
        found.order_up_to,
        found.cost,
    )
    return found


def _checked(
    positive: dict[str, npt.ArrayLike], others: dict[str, npt.ArrayLike]
) -> dict[str, FloatArray]:
    """All as float arrays of one length."""
    named = {name: np.atleast_1d(np.asarray(x, float)) for name, x in (positive | others).items()}
    arrays = dict(zip(named, np.broadcast_arrays(*named.values()), strict=True))
    for name, values in arrays.items():
        least = "above 0" if name in positive else "at least 0"
        low = values <= 0 if name in positive else values < 0
        refuse_values(low | ~np.isfinite(values), name, values, f"must be finite, {least}")
    return {name: np.ascontiguousarray(values) for name, values in arrays.items()}


@compiled
def _list_window_costs(mean: float, variance: float, holding: float, shortage: float) -> FloatArray:
    """Expected cost G(y) of a window that starts with y = 0, 1, ... units, as far as it falls."""
    mass = np.zeros(int(bound_demand(mean, variance)) + 2)
    fill_demand(mean, variance, 1.0, mass)
    costs = np.empty(len(mass))
    costs[0] = shortage * mean
    below = 0.0
    for y in range(len(mass) - 1):
        below += mass[y]
        costs[y + 1] = costs[y] + (holding + shortage) * below - shortage
    return costs


@compiled
def _look_up_cost(costs: FloatArray, y: int, holding: float, shortage: float) -> float:
    """G(y) for any y: beyond the computed ones it is a straight line."""
    if y < 0:
        return float(costs[0] - shortage * y)
    if y >= len(costs):
        return float(costs[-1] + holding * (y - len(costs) + 1))
    return float(costs[y])


@compiled
def _extend_renewals(mass: FloatArray, renewals: FloatArray, known: int, wanted: int) -> FloatArray:
    """Expected visits m(j) to j units below the order-up-to level in a cycle, for j < wanted."""
    if wanted > len(renewals):
        longer = np.zeros(2 * wanted)
        longer[: len(renewals)] = renewals
        renewals = longer
    for j in range(known, wanted):
        total = 1.0 if j == 0 else 0.0
        for units in range(1, min(j, len(mass) - 1) + 1):
            total += mass[units] * renewals[j - units]
        renewals[j] = total / (1.0 - mass[0])
    return renewals


@compiled
def _fill_min_max(  # noqa: PLR0913, PLR0917  # arrays in, arrays out; the paper's steps
    mean: FloatArray,
    variance: FloatArray,
    window_mean: FloatArray,
    window_variance: FloatArray,
    holding: FloatArray,
    shortage: FloatArray,
    fixed: FloatArray,
    reorder_point: IntArray,
    order_up_to: IntArray,
    cost: FloatArray,
) -> None:
    """Fill in the best (s, S) policy of each item and its cost, by Zheng and Federgruen's steps."""
    for item in range(len(mean)):
        h, p = holding[item], shortage[item]
        mass = np.zeros(int(bound_demand(mean[item], variance[item])) + 2)
        fill_demand(mean[item], variance[item], 1.0, mass)
        costs = _list_window_costs(window_mean[item], window_variance[item], h, p)
        renewals, known = np.zeros(16), 0
        best = int(np.argmin(costs))
        low, high = best, best
        # The first reorder point below the cheapest level with which it pays to order from there.
        cycle = np.inf
        while cycle > _look_up_cost(costs, low, h, p):
            low -= 1
            renewals = _extend_renewals(mass, renewals, known, high - low)
            known = max(known, high - low)
            cycle = _price_cycle(renewals, costs, low, high, h, p, fixed[item])
        top = high + 1
        while _look_up_cost(costs, top, h, p) <= cycle:
            renewals = _extend_renewals(mass, renewals, known, top - low)
            known = max(known, top - low)
            if _price_cycle(renewals, costs, low, top, h, p, fixed[item]) < cycle:
                high = top
                cycle = _price_cycle(renewals, costs, low, high, h, p, fixed[item])
                while low + 1 < high and cycle <= _look_up_cost(costs, low + 1, h, p):
                    low += 1
                    cycle = _price_cycle(renewals, costs, low, high, h, p, fixed[item])
            top += 1
        reorder_point[item], order_up_to[item], cost[item] = low, high, cycle


@compiled
def _price_cycle(  # noqa: PLR0913, PLR0917  # a policy and the costs
    renewals: FloatArray,
    costs: FloatArray,
    low: int,
    high: int,
    holding: float,
    shortage: float,
    fixed: float,
) -> float:
    """Cost a period of (low, high): the fixed cost and all visits, over the visits."""
    total, visits = fixed, 0.0
    for j in range(high - low):
        total += renewals[j] * _look_up_cost(costs, high - j, holding, shortage)
        visits += renewals[j]
    return float(total / visits)
