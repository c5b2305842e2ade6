"""Compiled stock under lost sales: demand and receipts as masses on a lattice of units.

A lattice with step s holds probabilities of 0, s, 2 s, ... units. Amounts between two points are
split between them so that means are kept. Where s is 1 nothing is approximated but tails below
`_FAINT`. The functions of one item are described in `lost_sales`, which calls them for many.
"""

import numpy as np
import numpy.typing as npt

from compilation import compiled

FloatArray = npt.NDArray[np.float64]

_OVERDISPERSED = 1 + 1e-9
"""A ratio of variance to mean up to here counts as Poisson: rounding, not dispersion."""

_FAINT = 1e-14
"""Probability, relative to the most likely value's, that is left out."""

CELLS_PER_SD = 32.0
"""Points of the lattice that a standard deviation of demand over all periods gets at least."""

_SAME = 1e-9
"""Differences of probabilities and of units that are rounding."""

_FAR = 20.0
"""Standard deviations, and lengths of the tail, beyond which no demand is looked for."""


@compiled
def far_demand(mean: float, variance: float) -> float:
    """Units that demand exceeds with a chance below 1e-8; its tail fades at variance / mean."""
    if mean <= 0:
        return 0.0
    spread = max(variance, mean)
    return float(mean + _FAR * (np.sqrt(spread) + spread / mean))


@compiled
def _place(mass: FloatArray, point: float, weight: float) -> int:
    """Add `weight` at `point` steps, split between its neighbours; the lower one's number."""
    end = len(mass) - 1
    cell = int(min(point, end))
    part = min(point - cell, 1.0)
    mass[cell] += weight * (1.0 - part)
    if part > 0:
        mass[min(cell + 1, end)] += weight * part
    return cell


@compiled
def demand_mass(mean: float, variance: float, step: float, mass: FloatArray) -> tuple[int, int]:
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


@compiled
def _receive(stock: FloatArray, low: int, high: int, point: float) -> tuple[int, int]:
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
def _sell(  # noqa: PLR0913, PLR0917  # two masses with their bounds
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
def _carried(
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
    low, high = _receive(stock, 0, 0, kept / step)
    for t in range(periods):
        arriving = min(receipts[t], reach[t])
        aside += receipts[t] - arriving
        low, high = _receive(stock, low, high, arriving / step)
        first, last = demand_mass(mean[t], variance[t], step, demand)
        low, high = _sell(stock, low, high, demand, first, last, left)
        stock, left = left, stock
    return stock, low, high, aside


@compiled
def _step(variance: FloatArray) -> float:
    return float(max(1.0, np.floor(np.sqrt(variance.sum()) / CELLS_PER_SD)))


@compiled
def projected_stock(
    on_hand: float, receipts: FloatArray, mean: FloatArray, variance: FloatArray
) -> tuple[float, float]:
    """Mean and variance of stock at the end of the periods."""
    step = _step(np.maximum(variance, mean))
    stock, low, high, aside = _carried(on_hand, receipts, mean, variance, step)
    total, square, mass = 0.0, 0.0, 0.0
    for cell in range(low, high + 1):
        mass += stock[cell]
        total += stock[cell] * cell
        square += stock[cell] * cell * cell
    average = total / mass
    return aside + step * average, step * step * max(square / mass - average * average, 0.0)


@compiled
def marginal_order(  # noqa: PLR0913, PLR0917  # the state, the demand and the aim
    on_hand: float,
    receipts: FloatArray,
    mean: FloatArray,
    variance: FloatArray,
    ratio: float,
    cover: int,
) -> int:
    """Least order with which demand of the last `cover` periods is met with chance `ratio`."""
    lead = len(mean) - cover
    spread = np.maximum(variance, mean)
    step = _step(spread)
    stock, low, high, aside = _carried(on_hand, receipts[:lead], mean[:lead], variance[:lead], step)
    aside += receipts[lead:].sum()
    window_mean, window_variance = mean[lead:].sum(), spread[lead:].sum()
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
        if reached >= ratio - _SAME:
            point = float(y - high)
            if step > 1:
                # A point stands for all from half a step below to half a step above it.
                point += 0.5 - (reached - ratio) / (reached - before) - 0.5 / step
            break
        before = reached
    return max(int(np.ceil(point * step - aside - _SAME)), 0)
