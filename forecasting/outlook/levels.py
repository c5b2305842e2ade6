"""How far the level of an item strays, and how much of that it comes back from.

What an item sells over what season, events and launch let expect, in one half of the places and in
the other: what both have is the item's own (a fashion, a rival, a review), the rest is chance. So
the products of the halves' errors k weeks apart give the autocovariance of levels without the
noise of counts (split halves; Spearman 1910), of all past weeks as origins:

    g(k) = sum e_A(w) e_B(w + k) / sum m_A(w) m_B(w + k)

A year's usual level holds some of what strayed in it, which takes the same from g at all lags: of
lags so long that nothing is left of a level, g is what it lacks.

An unusual level goes back by what of it is left after k weeks, g(k) / g(0). Of a level that is
known the error after k weeks is g(0) - g(k)^2 / g(0).
"""

from dataclasses import dataclass

import numpy as np

from forecasting.outlook.effects import Effects
from forecasting.outlook.panel import LAUNCH_WEEKS, YEAR, FloatArray, WeekPanel

RECENT = 0.75
"""Weight of a week relative to the next one in the recent level."""

LEAST_PAIRS = 200
"""Pairs of item and week of a lag without which it is like the one before."""

LONG_AGO = slice(20, 40)
"""Lags after which nothing is left of a level."""

MANY_UNITS = 5.0
"""Units a week around which an item counts half of one that sells without end."""

STATED_WEEKS = 4
"""Weeks of straying that the spread of the forecast by day holds already: over four weeks its
errors are 0.8 to 0.9 of what it states (`python -m benchmarks demand --size demo`)."""


@dataclass(frozen=True)
class Levels:
    """What levels do.

    Attributes:
        kept: share of an unusual level that is left so many weeks later, the first entry now.
        variance: squared variation of the error of a level so many weeks later, beyond that which
            the forecast by day states.
        recent: level of each item lately over its usual one, less 1, shrunk by its noise.
    """

    kept: FloatArray
    variance: FloatArray
    recent: FloatArray


def measure_levels(panel: WeekPanel, effects: Effects) -> Levels:
    """Measure how levels stray and return, over all items that are on sale and no longer new.

    Without a whole year an unusual level may be the season, and nothing is said to come back.

    Args:
        panel: of items by week.
        effects: what was fitted to it.
    """
    settled = panel.week_on_sale >= LAUNCH_WEEKS
    expected = effects.expected * settled
    error = np.where(expected > 0, panel.units - expected, 0.0)
    covariance = _covariance(error, expected)
    covariance -= min(0.0, covariance[LONG_AGO].mean())
    now = covariance[0]
    if now <= 0:
        nothing = np.zeros(YEAR + 1)
        return Levels(nothing, nothing, np.zeros(len(panel.items)))
    left = np.minimum.accumulate(np.clip(covariance / now, 0, 1))
    kept = left if panel.years else np.ones_like(left)
    strayed = now * (1 + kept**2 - 2 * kept * left)
    variance = np.maximum.accumulate(strayed)
    beyond = np.maximum(variance - variance[STATED_WEEKS], 0.0)
    recent = _recent(error, expected, now) if panel.years else np.zeros(len(panel.items))
    return Levels(kept, beyond, recent)


def _covariance(error: FloatArray, expected: FloatArray) -> FloatArray:
    """Autocovariance of what both halves share, relative to demand, by lag from 0 to a year."""
    weight = 1 / (MANY_UNITS + expected)
    above, below = error * weight, expected * weight
    weeks = error.shape[2]
    found = np.zeros(YEAR + 1)
    for lag in range(YEAR + 1):
        early, late = slice(0, max(weeks - lag, 0)), slice(lag, weeks)
        pairs = (below[:, :, early] > 0) & (below[::-1, :, late] > 0)
        if pairs.sum() < LEAST_PAIRS:
            found[lag] = found[lag - 1] if lag else 0.0
            continue
        products = (above[:, :, early] * above[::-1, :, late])[pairs].sum()
        found[lag] = products / (below[:, :, early] * below[::-1, :, late])[pairs].sum()
    return found


def _recent(error: FloatArray, expected: FloatArray, now: float) -> FloatArray:
    """Level of each item over the last weeks, shrunk by what of it is chance."""
    age = np.arange(error.shape[2])[::-1]
    weight = RECENT**age
    both, due = error.sum(axis=0), expected.sum(axis=0)
    level = np.divide(both @ weight, due @ weight, out=np.zeros(len(both)), where=due @ weight > 0)
    # Of the two halves' difference nothing is the item's own: it measures the noise.
    apart = ((error[0] - error[1]) ** 2) @ weight**2
    noise = np.divide(apart, (due @ weight) ** 2, out=np.ones(len(both)), where=due @ weight > 0)
    return np.asarray(np.clip(level * now / (now + noise), -0.9, 3.0))
