"""Stock of one item under lost sales, as masses on a lattice of units, period by period.

The lattice is that of `demand_mass`. A period receives its goods, then demand takes what there is
and the rest is lost.
"""

import numpy as np
import numpy.typing as npt

from compilation import compiled
from optimization.levels.demand_mass import bound_demand, fill_demand

FloatArray = npt.NDArray[np.float64]

CELLS_PER_SD = 32.0
"""Points of the lattice that a standard deviation of demand over all periods should have."""

_FAINT = 1e-14
"""Probability of an amount of stock that is left out."""


@compiled
def choose_step(variance: float, cells_per_sd: float) -> float:
    """Step of a lattice on which demand of a variance has so many points a deviation, units."""
    return float(max(1.0, np.floor(np.sqrt(variance) / cells_per_sd)))


@compiled
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


@compiled
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


@compiled
def carry_stock(
    on_hand: float, receipts: FloatArray, mean: FloatArray, variance: FloatArray, step: float
) -> tuple[FloatArray, int, int, float]:
    """Stock of one item at the end of the periods: mass on a lattice, its bounds, units beyond.

    Units beyond what all demand to come can reach are set aside, so that a heap of overstock
    needs no lattice of its size.
    """
    periods = len(mean)
    reach = np.zeros(periods + 1)
    for t in range(periods - 1, -1, -1):
        reach[t] = reach[t + 1] + bound_demand(mean[t], variance[t])
    kept = min(on_hand, reach[0])
    aside = on_hand - kept
    points = kept / step
    for t in range(periods):
        points += min(receipts[t], reach[t]) / step
    cells = int(points) + periods + 3
    stock, left, demand = np.zeros(cells), np.zeros(cells), np.zeros(cells)
    stock[0] = 1.0
    low, high = _receive_units(stock, 0, 0, kept / step)
    for t in range(periods):
        arriving = min(receipts[t], reach[t])
        aside += receipts[t] - arriving
        low, high = _receive_units(stock, low, high, arriving / step)
        first, last = fill_demand(mean[t], variance[t], step, demand)
        low, high = _sell_units(stock, low, high, demand, first, last, left)
        stock, left = left, stock
    return stock, low, high, aside
