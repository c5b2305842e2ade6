"""Weekly demand of many series as one array: what the weekly forecasts start from.

A week in which a series could not sell is unknown, not zero: it is NaN, and every sum and mean of
the weekly modules runs over the weeks that are known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

YEAR = 52
"""Weeks from a week to the same one of the next year."""

HALF_YEAR = 26
"""Weeks before and after a week whose mean is the level around it."""

SPIKE, SPIKE_UNITS = 15.0, 10.0
"""A week above this many times the level around it and this many units is cut back to both."""

LEAST_AROUND = 8
"""Known weeks without which there is no level around a week."""


@dataclass(frozen=True)
class WeeklyHistory:
    """Demand by series and week.

    Attributes:
        demand: units, at least 0; NaN where it is unknown; shape (series, weeks).
        week_of_year: 1 to 53 of each week of `demand`, shape (weeks,).
        groups: name of a grouping (a category, a store) -> group of each series, counted from 0,
            shape (series,).
    """

    demand: FloatArray
    week_of_year: IntArray
    groups: Mapping[str, IntArray]

    def __post_init__(self) -> None:
        """Refuse what does not fit together.

        Raises:
            ValueError: a shape differs, or demand is negative; names where.
        """
        series, weeks = self.demand.shape
        if self.week_of_year.shape != (weeks,):
            raise ValueError(f"week_of_year has shape {self.week_of_year.shape}, not ({weeks},)")
        for name, group in self.groups.items():
            if group.shape != (series,):
                raise ValueError(f"group {name} has shape {group.shape}, not ({series},)")
        if (self.demand < 0).any():
            row, week = (int(i) for i in np.argwhere(self.demand < 0)[0])
            raise ValueError(f"demand[{row}, {week}] is {self.demand[row, week]}: below 0")

    def until(self, weeks: int) -> "WeeklyHistory":
        """The first `weeks` weeks."""
        return WeeklyHistory(self.demand[:, :weeks], self.week_of_year[:weeks], self.groups)

    @property
    def series(self) -> int:
        """Number of series."""
        return int(self.demand.shape[0])

    @property
    def weeks(self) -> int:
        """Number of weeks."""
        return int(self.demand.shape[1])

    @cached_property
    def known(self) -> BoolArray:
        """Whether demand is known, shape (series, weeks)."""
        return np.isfinite(self.demand)

    @cached_property
    def around(self) -> FloatArray:
        """Mean demand of the known weeks within half a year, shape (series, weeks).

        Shrunk by one week to the mean of all series; 0 where fewer than `LEAST_AROUND` are known.
        """
        total = _within(np.where(self.known, self.demand, 0.0))
        count = _within(self.known.astype(float))
        everyone = total.sum(axis=0) / np.maximum(count.sum(axis=0), 1)
        return np.where(count < LEAST_AROUND, 0.0, (total + everyone) / (count + 1))

    @cached_property
    def units(self) -> FloatArray:
        """Demand without spikes, 0 where it is unknown, shape (series, weeks)."""
        cap = SPIKE * self.around + SPIKE_UNITS
        return np.where(self.known, np.minimum(self.demand, cap), 0.0)


def group_sums(group: IntArray, values: FloatArray) -> FloatArray:
    """The sum of `values` over each series' group, in the shape of `values`."""
    sums = np.zeros((int(group.max()) + 1, *values.shape[1:]))
    np.add.at(sums, group, values)
    return sums[group]


def _within(values: FloatArray) -> FloatArray:
    """Sums over the weeks within half a year of each week."""
    weeks = values.shape[1]
    running = np.concatenate([np.zeros((len(values), 1)), values.cumsum(axis=1)], axis=1)
    at = np.arange(weeks)
    end, first = np.minimum(at + HALF_YEAR + 1, weeks), np.maximum(at - HALF_YEAR, 0)
    sums: FloatArray = running[:, end] - running[:, first]
    return sums
