"""What to order where unmet demand is lost: stock projected to the arrival of the order.

Time runs in periods 0, 1, ... (days or weeks, as the caller orders). In period t the receipt
`pipeline[:, t]` arrives, then demand with `mean[:, t]` and `variance[:, t]` takes what stock there
is and the rest is lost. Stock is never owed, so lead-time demand cannot simply be subtracted from
the inventory position: a unit on hand and a unit in the pipeline are not worth the same. An order
placed now arrives at the start of period L, where L is the number of periods stated; what counts
is the stock that will be there then.

    project(on_hand[n], pipeline[n, L], mean[n, L], variance[n, L])
        -> mean[n], variance[n] of stock at the end of period L - 1, just before the order arrives
    projected_orders(on_hand[n], pipeline[n, L], mean[n, L], variance[n, L], level[n])
        -> orders[n]: raise the projected mean to `level` (projected inventory level policy)
    marginal_orders(on_hand[n], pipeline[n, L + C], mean[n, L + C], variance[n, L + C], ratio[n],
                    cover=C)
        -> orders[n]: least order with which stock lasts with chance `ratio` for the C periods
           from its arrival until the next order's

All are arrays of numpy; demand is negative binomial, Poisson where the variance does not exceed
the mean; periods are independent of each other. L = 0 means that the order arrives at once.
"""

from collections.abc import Callable
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from optimization.lost_sales_kernels import demand_mass, far_demand, receive, sell

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

CELLS_PER_SD = 32.0
"""Points of the lattice that a standard deviation of demand over all periods gets at least."""

_SAME = 1e-9
"""Differences of probabilities and of units that are rounding."""


class Projection(NamedTuple):
    """Stock just before the order arrives.

    Attributes:
        mean: units, shape (n,).
        variance: units^2, shape (n,).
    """

    mean: FloatArray
    variance: FloatArray


def project(
    on_hand: npt.ArrayLike, pipeline: npt.ArrayLike, mean: npt.ArrayLike, variance: npt.ArrayLike
) -> Projection:
    """Mean and variance of stock at the end of the lead time, unmet demand being lost.

    The distribution is carried through the periods: receive, then max(stock - demand, 0). It is
    exact up to tails of 1e-8 where demand over all periods has a standard deviation below
    2 `CELLS_PER_SD`; above, stock lives on a lattice of that resolution that keeps means.

    Args:
        on_hand: units available now, at least 0, shape (n,).
        pipeline: units that arrive at the start of period t, at least 0, shape (n, L).
        mean: mean demand of period t, units, shape (n, L).
        variance: its variance, units^2, shape (n, L).

    Raises:
        ValueError: shapes differ, or a value is negative or not finite; names array and position.
    """
    stock, receipts, m, v = _checked(on_hand, pipeline, mean, variance)
    found = Projection(np.empty(len(stock)), np.empty(len(stock)))
    _project_all(stock, receipts, m, v, found.mean, found.variance)
    return found


def projected_orders(
    on_hand: npt.ArrayLike,
    pipeline: npt.ArrayLike,
    mean: npt.ArrayLike,
    variance: npt.ArrayLike,
    level: npt.ArrayLike,
) -> IntArray:
    """Order what raises the mean projected stock to a level.

    The projected inventory level policy (van Jaarsveld and Arts, Projected inventory-level
    policies for lost sales inventory systems, Operations Research 72, 2024): optimal as the
    penalty grows, and for long lead times and exponential demand.

    Args:
        on_hand: as for `project`, as are `pipeline`, `mean` and `variance`.
        pipeline: see there.
        mean: see there.
        variance: see there.
        level: mean stock wanted just after the order arrives, units, shape (n,).

    Returns:
        Units, at least 0, shape (n,): level less projected mean, rounded to the nearest whole.

    Raises:
        ValueError: as for `project`, or a level is not finite.
    """
    aim = np.asarray(level, dtype=float)
    _refuse(~np.isfinite(aim), "level", aim, "must be finite")
    short = aim - project(on_hand, pipeline, mean, variance).mean
    return np.maximum(np.floor(short + 0.5 + _SAME), 0).astype(np.int64)


def marginal_orders(  # noqa: PLR0913  # the state, the demand and the aim of each item
    on_hand: npt.ArrayLike,
    pipeline: npt.ArrayLike,
    mean: npt.ArrayLike,
    variance: npt.ArrayLike,
    ratio: npt.ArrayLike,
    *,
    cover: int = 1,
) -> IntArray:
    """Order as long as a unit is more likely than its cost to be missed before the next arrival.

    The least q with P(D <= X + q) >= ratio, X being stock when the order arrives and D demand from
    then on over `cover` periods: the myopic policy (Morton, The Near-Myopic Nature of the
    Lagged-Proportional-Cost Inventory Problem with Lost Sales, Operations Research 19, 1971).

    Args:
        on_hand: units available now, at least 0, shape (n,).
        pipeline: units that arrive at the start of period t, shape (n, L + cover); those that
            arrive with the order or later count as there when it arrives.
        mean: mean demand of period t, units, shape (n, L + cover).
        variance: its variance, units^2, shape (n, L + cover).
        ratio: underage / (underage + overage) of a unit over `cover` periods, in [0, 1), shape
            (n,).
        cover: periods from the arrival of this order to that of the next, at least 1.

    Returns:
        Units, at least 0, shape (n,).

    Raises:
        ValueError: as for `project`, fewer periods than `cover`, or a ratio outside [0, 1).
    """
    stock, receipts, m, v = _checked(on_hand, pipeline, mean, variance)
    chance = np.asarray(ratio, dtype=float)
    _refuse(~((chance >= 0) & (chance < 1)), "ratio", chance, "must lie in [0, 1)")
    if not 1 <= cover <= m.shape[1]:
        raise ValueError(f"cover must lie in 1 to {m.shape[1]}, the number of periods, not {cover}")
    orders = np.empty(len(stock), dtype=np.int64)
    _order_all(stock, receipts, m, v, np.broadcast_to(chance, stock.shape).copy(), cover, orders)
    return orders


def _checked(
    on_hand: npt.ArrayLike, pipeline: npt.ArrayLike, mean: npt.ArrayLike, variance: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    stock = np.ascontiguousarray(on_hand, dtype=float)
    arrays = {
        "pipeline": np.ascontiguousarray(pipeline, dtype=float),
        "mean": np.ascontiguousarray(mean, dtype=float),
        "variance": np.ascontiguousarray(variance, dtype=float),
    }
    wanted = (len(stock), *arrays["mean"].shape[1:2])
    for name, values in arrays.items():
        if values.shape != wanted or stock.ndim != 1:
            raise ValueError(
                f"{name} has shape {values.shape}; with on_hand of shape {stock.shape} and mean of "
                f"shape {arrays['mean'].shape} it must be (items, periods)"
            )
    for name, values in {"on_hand": stock, **arrays}.items():
        _refuse(~(np.isfinite(values) & (values >= 0)), name, values, "must be finite, at least 0")
    return stock, arrays["pipeline"], arrays["mean"], arrays["variance"]


def _refuse(bad: npt.NDArray[np.bool_], name: str, values: FloatArray, rule: str) -> None:
    if bad.any():
        at = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(f"{name}{list(at)} is {values[at]}; it {rule}")


def _carry(
    on_hand: float, receipts: FloatArray, mean: FloatArray, variance: FloatArray, step: float
) -> tuple[FloatArray, int, int, float]:
    """Stock of one item at the end of the periods: mass on a lattice, its bounds, units beyond.

    Units beyond what all demand to come can reach are set aside, so that a heap of overstock
    needs no lattice of its size.
    """
    periods = len(mean)
    reach = np.zeros(periods + 1)
    for t in range(periods - 1, -1, -1):
        reach[t] = reach[t + 1] + far_demand(mean[t], variance[t])
    kept = min(on_hand, reach[0])
    aside = on_hand - kept
    points = kept / step
    for t in range(periods):
        points += min(receipts[t], reach[t]) / step
    cells = int(points) + periods + 3
    stock, left, demand = np.zeros(cells), np.zeros(cells), np.zeros(cells)
    stock[0] = 1.0
    low, high = receive(stock, 0, 0, kept / step)
    for t in range(periods):
        arriving = min(receipts[t], reach[t])
        aside += receipts[t] - arriving
        low, high = receive(stock, low, high, arriving / step)
        first, last = demand_mass(mean[t], variance[t], step, demand)
        low, high = sell(stock, low, high, demand, first, last, left)
        stock, left = left, stock
    return stock, low, high, aside


def _lattice_step(variance: FloatArray) -> float:
    return float(max(1.0, np.floor(np.sqrt(variance.sum()) / CELLS_PER_SD)))


def _project_items(  # noqa: PLR0913, PLR0917  # arrays in, arrays out
    on_hand: FloatArray,
    pipeline: FloatArray,
    mean: FloatArray,
    variance: FloatArray,
    out_mean: FloatArray,
    out_variance: FloatArray,
) -> None:
    for item in range(len(on_hand)):
        step = _step(np.maximum(variance[item], mean[item]))
        stock, low, high, aside = _carried(
            on_hand[item], pipeline[item], mean[item], variance[item], step
        )
        total, square, mass = 0.0, 0.0, 0.0
        for cell in range(low, high + 1):
            mass += stock[cell]
            total += stock[cell] * cell
            square += stock[cell] * cell * cell
        average = total / mass
        out_mean[item] = aside + step * average
        out_variance[item] = step * step * max(square / mass - average * average, 0.0)


def _order_items(  # noqa: PLR0913, PLR0917  # arrays in, arrays out
    on_hand: FloatArray,
    pipeline: FloatArray,
    mean: FloatArray,
    variance: FloatArray,
    ratio: FloatArray,
    cover: int,
    orders: IntArray,
) -> None:
    lead = mean.shape[1] - cover
    for item in range(len(on_hand)):
        m, v = mean[item], np.maximum(variance[item], mean[item])
        step = _step(v)
        stock, low, high, aside = _carried(
            on_hand[item], pipeline[item, :lead], m[:lead], v[:lead], step
        )
        aside += pipeline[item, lead:].sum()
        window_mean, window_variance = m[lead:].sum(), v[lead:].sum()
        demand = np.zeros(int(far_demand(window_mean, window_variance) / step) + 3)
        first, last = demand_mass(window_mean, window_variance, step, demand)
        # shortage[y + high] is the chance that demand exceeds stock by y steps.
        shortage = np.zeros(high + last + 1)
        for cell in range(low, high + 1):
            for units in range(first, last + 1):
                shortage[units - cell + high] += stock[cell] * demand[units]
        before, reached, point = 0.0, 0.0, float(last)
        for y in range(len(shortage)):
            reached += shortage[y]
            if reached >= ratio[item] - _SAME:
                point = float(y - high)
                if step > 1:
                    # A point stands for all from half a step below to half a step above it.
                    point += 0.5 - (reached - ratio[item]) / (reached - before) - 0.5 / step
                break
            before = reached
        orders[item] = max(int(np.ceil(point * step - aside - _SAME)), 0)


_step: Callable[[FloatArray], float] = numba.njit(cache=True)(_lattice_step)
_carried: Callable[..., tuple[FloatArray, int, int, float]] = numba.njit(cache=True)(_carry)
_project_all: Callable[..., None] = numba.njit(cache=True)(_project_items)
_order_all: Callable[..., None] = numba.njit(cache=True)(_order_items)
