"""Stock and the service it gives: the least stock for a service, and what a stock leaves short.

Demand is negative binomial, Poisson where the variance does not exceed the mean. Both questions
walk down the probabilities from the far end, where they are small, so that the tail is exact.

    least_stock(mean[n], variance[n], cycle_service=[n], shortage=[n]) -> units[n]
    expected_service(mean[n], variance[n], stock[n]) -> cycle_service[n], shortage[n]
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from compilation import compiled
from optimization.levels.demand_mass import bound_demand, fill_demand
from optimization.refusals import refuse_values

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_SAME = 1e-12
"""Differences of probabilities, and relative ones of units, that are rounding."""


class ExpectedService(NamedTuple):
    """What a stock gives over its window.

    Attributes:
        cycle_service: P(D <= stock), shape (n,).
        shortage: E[max(D - stock, 0)], units, shape (n,).
    """

    cycle_service: FloatArray
    shortage: FloatArray


def find_least_stock(
    mean: npt.ArrayLike,
    variance: npt.ArrayLike,
    *,
    cycle_service: npt.ArrayLike,
    shortage: npt.ArrayLike,
) -> IntArray:
    """Find the least whole S with P(D <= S) >= cycle_service and E[max(D - S, 0)] <= shortage.

    Args:
        mean: mean demand over the window, units, at least 0, shape (n,).
        variance: its variance, units^2, shape (n,).
        cycle_service: least probability of no stock-out, in [0, 1), shape (n,) or one for all.
        shortage: most units short to be expected, above 0 (infinite for no limit), as above.

    Returns:
        Units, shape (n,).

    Raises:
        ValueError: shapes differ or a value is out of bounds; names array and position.
    """
    m, v = _demand(mean, variance)
    aim = np.array(np.broadcast_to(np.asarray(cycle_service, dtype=float), m.shape), order="C")
    most = np.array(np.broadcast_to(np.asarray(shortage, dtype=float), m.shape), order="C")
    refuse_values(~((aim >= 0) & (aim < 1)), "cycle_service", aim, "must lie in [0, 1)")
    refuse_values(~(most > 0), "shortage", most, "must be above 0")
    units = np.empty(len(m), dtype=np.int64)
    _fill_least_stock(m, v, aim, most, units)
    return units


def expected_service(
    mean: npt.ArrayLike, variance: npt.ArrayLike, stock: npt.ArrayLike
) -> ExpectedService:
    """Cycle service and expected shortage of a stock.

    Args:
        mean: as for `find_least_stock`.
        variance: as for `find_least_stock`.
        stock: whole units, at least 0, shape (n,).

    Raises:
        ValueError: shapes differ or a value is out of bounds; names array and position.
    """
    m, v = _demand(mean, variance)
    units = np.array(np.broadcast_to(np.asarray(stock, dtype=np.int64), m.shape), order="C")
    refuse_values(units < 0, "stock", units, "must be at least 0")
    found = ExpectedService(np.empty(len(m)), np.empty(len(m)))
    _fill_service(m, v, units, found.cycle_service, found.shortage)
    return found


def _demand(mean: npt.ArrayLike, variance: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    m, v = (np.array(values, dtype=float, order="C") for values in (mean, variance))
    if m.ndim != 1 or v.shape != m.shape:
        raise ValueError(f"mean and variance have the shapes {m.shape} and {v.shape}, not (n,)")
    for name, values in (("mean", m), ("variance", v)):
        bad = ~(np.isfinite(values) & (values >= 0))
        refuse_values(bad, name, values, "must be finite and not negative")
    return m, v


@compiled
def _fill_least_stock(
    mean: FloatArray,
    variance: FloatArray,
    cycle_service: FloatArray,
    shortage: FloatArray,
    units: IntArray,
) -> None:
    """Fill in the least stock of each item that keeps both promises, in `units`."""
    for item in range(len(mean)):
        mass = np.zeros(int(bound_demand(mean[item], variance[item])) + 2)
        _, last = fill_demand(mean[item], variance[item], 1.0, mass)
        missed = 1.0 - cycle_service[item] + _SAME
        most = shortage[item] * (1.0 + _SAME)
        stock, above, short = last, 0.0, 0.0
        # With one unit less, demand of `stock` and more is missed, and one unit of it each time.
        while stock > 0:
            above += mass[stock]
            short += above
            if above > missed or short > most:
                break
            stock -= 1
        units[item] = stock


@compiled
def _fill_service(
    mean: FloatArray,
    variance: FloatArray,
    stock: IntArray,
    cycle_service: FloatArray,
    shortage: FloatArray,
) -> None:
    """Fill in cycle service and units short of each item at its stock."""
    for item in range(len(mean)):
        mass = np.zeros(int(bound_demand(mean[item], variance[item])) + 2)
        _, last = fill_demand(mean[item], variance[item], 1.0, mass)
        above, short = 0.0, 0.0
        for units in range(last, stock[item], -1):
            above += mass[units]
            short += above
        # Rounding can bring the sum of all probabilities above one.
        cycle_service[item] = max(1.0 - above, 0.0)
        shortage[item] = short
