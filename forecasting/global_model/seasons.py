"""What kind of day a day is, and what kinds of day do to demand.

A weekend is not a holiday of a week: of three and more days off in a row each sells less than those
of a weekend do, since fewer of them are for shopping. Told apart, they neither spoil the forecast
of each other nor the level that demand without its seasons has.
"""

import numpy as np

from forecasting.global_model.panel import SATURDAY, FloatArray, IntArray, ModelPanel

WORKING_DAY, DAY_OFF, LONG_BREAK = range(3)
KINDS = 3
"""Kinds of day: working days, days off, and days off of a long break."""

LONG = 3
"""Days off in a row that make a long break."""

PRIOR_UNITS = 300.0
"""Units by which a category's factor is shrunk to that of all, and that of long breaks to that of
days off."""


def day_kinds(panel: ModelPanel) -> IntArray:
    """Kind of each day and day ahead, [region, day].

    Before the first day and after the last one Saturdays and Sundays are taken to be off.
    """
    around = panel.weekday[0] + np.arange(-7, 0), panel.weekday[-1] + np.arange(1, 8)
    before, after = (
        np.tile(weekdays % 7 >= SATURDAY, (len(panel.day_off), 1)) for weekdays in around
    )
    off = np.concatenate([before, panel.day_off, after], axis=1)
    length = off.astype(np.int64)
    for day in range(1, off.shape[1]):
        length[:, day] *= length[:, day - 1] + 1
    for day in range(off.shape[1] - 2, -1, -1):
        goes_on = off[:, day] & off[:, day + 1]
        length[:, day] = np.where(goes_on, length[:, day + 1], length[:, day])
    kinds = np.where(length >= LONG, LONG_BREAK, np.where(off, DAY_OFF, WORKING_DAY))
    return kinds[:, 7:-7]


def day_factors(panel: ModelPanel, kinds: IntArray) -> FloatArray:
    """Demand of each kind of day over the mean of the pairs, [category, kind]."""
    known = np.isfinite(panel.demand)
    demand = np.where(known, panel.demand, 0)
    level = demand.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    of = kinds[panel.region, : panel.days]
    size = int(panel.category.max(initial=-1)) + 1
    factor = np.ones((size, KINDS), dtype=np.float32)
    overall = 1.0
    for kind in range(KINDS):
        days = known & (of == kind)
        sold = np.bincount(panel.category, (demand * days).sum(axis=1), minlength=size)
        even = np.bincount(panel.category, level * days.sum(axis=1), minlength=size)
        # Without a long break to learn from, its days are days off like others.
        usual = overall if kind == LONG_BREAK else 1.0
        prior = PRIOR_UNITS if kind == LONG_BREAK else 1.0
        overall = (sold.sum() + prior * usual) / (even.sum() + prior)
        factor[:, kind] = (sold + PRIOR_UNITS * overall) / (even + PRIOR_UNITS)
    return factor
