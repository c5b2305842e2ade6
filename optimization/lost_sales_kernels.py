"""Compiled steps of stock under lost sales: demand and receipts as masses on a lattice of units.

A lattice with step s holds probabilities of 0, s, 2 s, ... units. Amounts between two points are
split between them so that means are kept. Where s is 1 nothing is approximated but tails below
`_FAINT`.
"""

from collections.abc import Callable

import numba
import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_OVERDISPERSED = 1 + 1e-9
"""A ratio of variance to mean up to here counts as Poisson: rounding, not dispersion."""

_FAINT = 1e-14
"""Probability, relative to the most likely value's, that is left out."""

_FAR = 20.0
"""Standard deviations, and lengths of the tail, beyond which no demand is looked for."""


def _far(mean: float, variance: float) -> float:
    """Units that demand exceeds with a chance below 1e-8; its tail fades at variance / mean."""
    if mean <= 0:
        return 0.0
    spread = max(variance, mean)
    return float(mean + _FAR * (np.sqrt(spread) + spread / mean))


def _place_at(mass: FloatArray, point: float, weight: float) -> int:
    """Add `weight` at `point` steps, split between its neighbours; the lower one's number."""
    end = len(mass) - 1
    cell = int(min(point, end))
    part = min(point - cell, 1.0)
    mass[cell] += weight * (1.0 - part)
    if part > 0:
        mass[min(cell + 1, end)] += weight * part
    return cell


def _fill_demand(mean: float, variance: float, step: float, mass: FloatArray) -> tuple[int, int]:
    """Put negative binomial demand (Poisson where variance <= mean) on the lattice.

    Walks away from the mode on both sides with weights that are scaled in the end, so that no
    probability of a large mean underflows. Demand beyond the end of `mass` counts at its end.
    Returns the first and last point with mass.
    """
    mass[:] = 0.0
    if mean <= 0:
        mass[0] = 1.0
        return 0, 0
    # Weights rise by (base + slope k) / (k + 1) from k to k + 1 units.
    base, slope, mode = mean, 0.0, np.floor(mean)
    if variance > mean * _OVERDISPERSED:
        size = mean * mean / (variance - mean)
        slope = 1.0 - mean / variance
        base = size * slope
        mode = np.floor(max(1.0 - 1.0 / size, 0.0) * mean)
    units, weight, total = mode, 1.0, 0.0
    last = 0
    while weight > _FAINT:
        last = _place(mass, units / step, weight)
        total += weight
        weight *= (base + slope * units) / (units + 1.0)
        units += 1.0
    units, weight = mode, 1.0
    first = int(mode / step)
    while units > 0:
        weight *= units / (base + slope * (units - 1.0))
        units -= 1.0
        if weight <= _FAINT:
            break
        first = _place(mass, units / step, weight)
        total += weight
    last = min(last + 1, len(mass) - 1)
    first = min(first, last)
    mass[first : last + 1] /= total
    return first, last


def _receive_units(stock: FloatArray, low: int, high: int, point: float) -> tuple[int, int]:
    """Move the stock at points `low` to `high` up by `point` steps; its new bounds."""
    whole = int(point)
    part = point - whole
    if point <= 0:
        return low, high
    for cell in range(high, low - 1, -1):
        held = stock[cell]
        stock[cell] = 0.0
        stock[cell + whole] += held * (1.0 - part)
        if part > 0:
            stock[cell + whole + 1] += held * part
    return low + whole, high + whole + int(part > 0)


def _sell_units(  # noqa: PLR0913, PLR0917  # two masses with their bounds
    stock: FloatArray,
    low: int,
    high: int,
    demand: FloatArray,
    first: int,
    last: int,
    left: FloatArray,
) -> tuple[int, int]:
    """What is left of the stock after demand, into `left`; unmet demand is lost; its bounds."""
    left[:] = 0.0
    for cell in range(low, high + 1):
        held = stock[cell]
        sold_out = held
        for units in range(first, min(last, cell) + 1):
            part = held * demand[units]
            left[cell - units] += part
            sold_out -= part
        if last > cell:
            left[0] += max(sold_out, 0.0)
    bottom, top = max(low - last, 0), max(high - first, 0)
    while top > bottom and left[top] < _FAINT:
        left[top] = 0.0
        top -= 1
    return bottom, top


far_demand: Callable[[float, float], float] = numba.njit(cache=True)(_far)
_place: Callable[[FloatArray, float, float], int] = numba.njit(cache=True)(_place_at)
demand_mass: Callable[[float, float, float, FloatArray], tuple[int, int]] = numba.njit(cache=True)(
    _fill_demand
)
receive: Callable[[FloatArray, int, int, float], tuple[int, int]] = numba.njit(cache=True)(
    _receive_units
)
sell: Callable[..., tuple[int, int]] = numba.njit(cache=True)(_sell_units)
