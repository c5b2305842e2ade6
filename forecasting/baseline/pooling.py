"""What a pair borrows from its sku and its location where its own history is thin."""

import numpy as np
import numpy.typing as npt

from forecasting.baseline.panel import Panel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

ROOT_PRIOR_UNITS = 100.0
LOCATION_PRIOR_UNITS = 1000.0
PAIR_PRIOR_UNITS = 100.0
"""Units by which a weekday profile is shrunk: all to flat, a location to all, a pair to its
location. Chosen on a backtest on FreshRetailNet, which is flat around them."""

SCALE_PRIOR_UNITS = 20.0
"""Units by which the size of a location is shrunk to one."""

SETTLED_DAYS = 28
"""Known days from which a pair takes part in measuring how much locations differ."""

SHAPE_BOUNDS = (0.2, 5.0)
DEFAULT_SHAPE = 1.0
"""Least and most of the shape, and what it is where no two pairs share a sku."""

MAX_RELATIVE_LEVEL = 10.0
"""Levels further above their expectation count as this far, so that no pair decides alone."""


def weekday_profile(panel: Panel, demand: FloatArray) -> FloatArray:
    """Factor of each weekday on the level, pairs x 7.

    The ratio of units sold on a weekday to units had every day been average, shrunk in three steps:
    a pair's to its location's, that to all, that to one.

    Args:
        panel: the history.
        demand: its demand with spikes capped; NaN where unknown.
    """
    known = np.isfinite(demand)
    days = known.sum(axis=1)
    level = np.divide(np.nansum(demand, axis=1), days, out=np.zeros(len(days)), where=days > 0)
    by_weekday = [panel.weekday == weekday for weekday in range(7)]
    sold = np.stack([np.nansum(demand[:, of], axis=1) for of in by_weekday], axis=1)
    even = np.stack([known[:, of].sum(axis=1) for of in by_weekday], axis=1) * level[:, None]
    root = (sold.sum(axis=0) + ROOT_PRIOR_UNITS) / (even.sum(axis=0) + ROOT_PRIOR_UNITS)
    at_location = (_sum_by(panel.location, sold) + LOCATION_PRIOR_UNITS * root) / (
        _sum_by(panel.location, even) + LOCATION_PRIOR_UNITS
    )
    return np.asarray(
        (sold + PAIR_PRIOR_UNITS * at_location[panel.location]) / (even + PAIR_PRIOR_UNITS)
    )


def expected_level(panel: Panel, level: FloatArray, days: FloatArray) -> FloatArray:
    """What a pair's level is expected to be from its sku elsewhere and its location's size.

    The sku's mean carries Jeffreys' prior of half a unit, so that a listed sku that never sold
    keeps a small positive mean.

    Args:
        panel: the history.
        level: deseasonalised level of each pair, any number where `days` is 0.
        days: days of demand that the level stands on.

    Returns:
        Units a day, above 0; NaN where nothing is known of the sku anywhere.
    """
    units = level * days
    sku_days = _sum_by(panel.sku, days)
    sku_mean = np.full(len(sku_days), np.nan)
    np.divide(_sum_by(panel.sku, units) + 0.5, sku_days, out=sku_mean, where=sku_days > 0)
    even = np.nan_to_num(sku_mean[panel.sku]) * days
    scale = (_sum_by(panel.location, units) + SCALE_PRIOR_UNITS) / (
        _sum_by(panel.location, even) + SCALE_PRIOR_UNITS
    )
    return np.asarray(sku_mean[panel.sku] * scale[panel.location])


def prior_shape(
    panel: Panel, level: FloatArray, expected: FloatArray, days: FloatArray, alpha: FloatArray
) -> float:
    """Shape of the gamma of pairs' levels around their expectation, by moments.

    One over the variance of level / expected, less the noise of estimating the level (empirical
    Bayes in the gamma-Poisson form of Clayton and Kaldor 1987), kept within `SHAPE_BOUNDS`.

    Args:
        panel: the history.
        level: deseasonalised level of each pair.
        expected: its expectation.
        days: days of demand that the level stands on.
        alpha: dispersion of each pair.
    """
    siblings = _sum_by(panel.sku, (days > 0).astype(float))[panel.sku]
    settled = (panel.known.sum(axis=1) >= SETTLED_DAYS) & (siblings > 1)
    if not settled.any():
        return DEFAULT_SHAPE
    relative = np.minimum(level[settled] / expected[settled], MAX_RELATIVE_LEVEL)
    noise = (1 / expected[settled] + alpha[settled]) / days[settled]
    spread = float(((relative - 1) ** 2 - noise).mean())
    low, high = SHAPE_BOUNDS
    return float(np.clip(1 / max(spread, 1 / high), low, high))


def _sum_by(codes: IntArray, values: FloatArray) -> FloatArray:
    groups = int(codes.max(initial=-1)) + 1
    out = np.zeros((groups, *values.shape[1:]))
    np.add.at(out, codes, values)
    return out
