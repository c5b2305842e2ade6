"""The probabilities of demand, as masses on a lattice of units.

A lattice with step s holds probabilities of 0, s, 2 s, ... units. Amounts between two points are
split between them so that means are kept. Where s is 1 nothing is approximated but tails below
`_FAINT`.
"""

import numpy as np
import numpy.typing as npt

from compilation import compiled

FloatArray = npt.NDArray[np.float64]

_OVERDISPERSED = 1 + 1e-9
"""A ratio of variance to mean up to here counts as Poisson: rounding, not dispersion."""

_FAINT = 1e-14
"""Probability, relative to the most likely value's, that is left out."""

_FAR = 20.0
"""Standard deviations, and lengths of the tail, beyond which no demand is looked for."""


@compiled
def bound_demand(mean: float, variance: float) -> float:
    """Units that demand exceeds with a chance below 1e-8; its tail fades at variance / mean."""
    if mean <= 0:
        return 0.0
    spread = max(variance, mean)
    return float(mean + _FAR * (np.sqrt(spread) + spread / mean))


@compiled
def _place_mass(mass: FloatArray, point: float, weight: float) -> int:
    """Add `weight` at `point` steps, split between its neighbours, and return the lower one."""
    end = len(mass) - 1
    cell = int(min(point, end))
    part = min(point - cell, 1.0)
    mass[cell] += weight * (1.0 - part)
    if part > 0:
        mass[min(cell + 1, end)] += weight * part
    return cell


@compiled
def fill_demand(mean: float, variance: float, step: float, mass: FloatArray) -> tuple[int, int]:
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
        last = _place_mass(mass, units / step, weight)
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
        first = _place_mass(mass, units / step, weight)
        total += weight
    last = min(last + 1, len(mass) - 1)
    first = min(first, last)
    mass[first : last + 1] /= total
    return first, last
