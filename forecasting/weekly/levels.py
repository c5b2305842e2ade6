"""Level times season: the statistical weekly forecast, of any origin of a history.

The level is an exponentially weighted mean of demand over its season, over the known weeks: slow
ones shrink to those of similar series, fast ones to the slow one. Each shrinkage is the posterior
mean under a gamma prior worth a number of weeks (Clayton and Kaldor 1987).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from forecasting.weekly.history import HALF_YEAR, YEAR, FloatArray, WeeklyHistory, group_sums
from forecasting.weekly.seasons import Step, seasonal_ratios, seasons

SLOW, FAST = 0.985, 0.9
"""Weight of a week relative to the next one, in the slow and in the fast level."""

GROUP_WEEKS, FAST_WEEKS = 5.0, 6.0
"""Weeks that the level of the group is worth to the slow level, and the slow one to the fast."""

LEAST_LEVEL = 0.01

ALL_UNITS, SHAPE_UNITS, SERIES_UNITS = 5.0, 100.0, 200.0
"""Units that the seasonal ratio of the step above is worth to all, to the group that shapes the
season, and to a series."""


@dataclass(frozen=True)
class WeeklyLevels:
    """Forecasts of a history by level times season.

    Attributes:
        history: what is known.
        shape: grouping whose seasons differ visibly (a format of stores, a region).
        likeness: groupings that make series alike, the widest first.
        horizon: weeks ahead that can be asked for.
    """

    history: WeeklyHistory
    shape: str
    likeness: tuple[str, ...]
    horizon: int

    @cached_property
    def ratios(self) -> FloatArray:
        """Seasonal ratio of each week, shape (series, weeks)."""
        return seasonal_ratios(self.history, self.steps)

    @property
    def steps(self) -> list[Step]:
        """The steps of the season: all series, the shaping group, the series."""
        n = self.history.series
        return [
            Step(np.zeros(n, dtype=np.int64), ALL_UNITS, 0),
            Step(self.history.groups[self.shape], SHAPE_UNITS, 0),
            Step(np.arange(n), SERIES_UNITS, 1),
        ]

    @cached_property
    def _seasons(self) -> FloatArray:
        return seasons(self.ratios, self.horizon)

    def season(self, origin: int) -> FloatArray:
        """Factors of the weeks up to `horizon` after week `origin`, as they were known then.

        Shape (series, origin + 1 + horizon). In the first year no year is before, and ratios of
        the half year up to the origin are not known yet: these weeks have factor 1.
        """
        factor = self._seasons[:, : origin + 1 + self.horizon].copy()
        factor[:, max(origin + 1 - HALF_YEAR, 0) : YEAR] = 1.0
        return factor

    def level(self, origin: int) -> FloatArray:
        """Demand of an ordinary week as of the end of week `origin`, units, shape (series,)."""
        seen = slice(0, origin + 1)
        expected = self.season(origin)[:, seen] * self.history.known[:, seen]
        units = self.history.units[:, seen]
        age = np.arange(origin, -1, -1)
        total, weight = units @ SLOW**age, expected @ SLOW**age
        like = np.full(self.history.series, total.sum() / max(weight.sum(), 1.0))
        for name in self.likeness:
            group = self.history.groups[name]
            like = (group_sums(group, total) + GROUP_WEEKS * like) / (
                group_sums(group, weight) + GROUP_WEEKS
            )
        slow = (total + GROUP_WEEKS * like) / (weight + GROUP_WEEKS)
        fast = (units @ FAST**age + FAST_WEEKS * slow) / (expected @ FAST**age + FAST_WEEKS)
        return np.maximum(fast, LEAST_LEVEL)

    def forecast(self, origin: int) -> FloatArray:
        """Mean demand of the weeks after `origin`, units, shape (series, horizon)."""
        return self.level(origin)[:, None] * self.season(origin)[:, origin + 1 :]
