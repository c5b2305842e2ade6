"""What a weekly model is told of a series' week ahead, relative to level times season."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from forecasting.weekly.history import SPIKE, SPIKE_UNITS, YEAR, FloatArray, IntArray, group_sums
from forecasting.weekly.levels import WeeklyLevels
from forecasting.weekly.seasons import Step, seasonal_ratios

GROUP_UNITS, OWN_UNITS = 100.0, 30.0
"""Units that the common season is worth to the season of a group, and of a series."""

TREND_UNITS = 10.0
"""Units by which the trend of a group is shrunk."""

RECENT, LONG = (3, 6, 13, 26, 52), (13, 52)
TREND_WEEKS = (1, 4, 8)


@dataclass(frozen=True)
class Features:
    """Feature rows of any origin and lead.

    Attributes:
        levels: the statistical forecast that features are relative to.
    """

    levels: WeeklyLevels

    @cached_property
    def own_seasons(self) -> dict[str, FloatArray]:
        """The seasonal ratio over the common one, by grouping and by series, (series, weeks)."""
        history, common = self.levels.history, self.levels.ratios
        groups = {name: (group, GROUP_UNITS) for name, group in history.groups.items()}
        groups["series"] = (np.arange(history.series), OWN_UNITS)
        return {
            name: seasonal_ratios(history, [*self.levels.steps, Step(group, units, 1)]) / common
            for name, (group, units) in groups.items()
        }

    @cached_property
    def categories(self) -> list[str]:
        """Names of the columns that name a group, for groupings that pool series."""
        return [
            f"group {name}"
            for name, group in self.levels.history.groups.items()
            if 2 * (group.max() + 1) <= len(group)
        ]

    def rows(self, origin: int, lead: int) -> dict[str, FloatArray]:
        """Features of all series in the week `lead` after `origin`, as known at its end.

        Returns:
            Column name -> values, shape (series,); NaN where there is nothing to tell.
        """
        season, level = self.levels.season(origin), self.levels.level(origin)
        return {
            "lead": np.full(len(level), float(lead)),
            "week of year": np.full(len(level), self._week_of_year(origin, lead)),
            "log level": np.log(level),
            "log season": np.log(season[:, origin + lead]),
            **self._past_demand(origin, season, level),
            **self._years_before(origin + lead),
            **self._trends(origin, season * level[:, None]),
            **{name: self._group(name).astype(float) for name in self.categories},
        }

    def matrix(self, origin: int, lead: int) -> npt.NDArray[np.float32]:
        """The rows as an array, shape (series, features)."""
        return np.stack(list(self.rows(origin, lead).values()), axis=1).astype(np.float32)

    def _group(self, column: str) -> IntArray:
        return self.levels.history.groups[column.removeprefix("group ")]

    def _week_of_year(self, origin: int, lead: int) -> float:
        weeks = self.levels.history.week_of_year
        same = origin + lead - YEAR
        return float(weeks[same]) if same >= 0 else np.nan

    def _past_demand(
        self, origin: int, season: FloatArray, level: FloatArray
    ) -> dict[str, FloatArray]:
        history = self.levels.history
        known = history.known[:, : origin + 1]
        expected = season[:, : origin + 1] * level[:, None]
        units = np.minimum(history.units[:, : origin + 1], SPIKE * expected + SPIKE_UNITS)
        flat = units / season[:, : origin + 1]
        out: dict[str, FloatArray] = {}
        for back in range(2):
            relative = np.minimum(flat[:, origin - back] / (level + 0.2), SPIKE)
            out[f"week {back} back"] = np.where(known[:, origin - back], relative, np.nan)
        for weeks in RECENT:
            seen = slice(max(origin + 1 - weeks, 0), origin + 1)
            due = (expected[:, seen] * known[:, seen]).sum(axis=1)
            out[f"last {weeks}"] = np.log((units[:, seen].sum(axis=1) + 1) / (due + 1))
        for weeks in LONG:
            seen = slice(max(origin + 1 - weeks, 0), origin + 1)
            count = np.maximum(known[:, seen].sum(axis=1), 1)
            mean = (flat[:, seen] * known[:, seen]).sum(axis=1) / count
            square = ((flat[:, seen] - mean[:, None]) ** 2 * known[:, seen]).sum(axis=1) / count
            out[f"zeros of {weeks}"] = ((units[:, seen] == 0) & known[:, seen]).sum(axis=1) / count
            out[f"deviation of {weeks}"] = np.sqrt(square) / (level + 0.3)
        out["weeks without demand"] = _run_of_zeros(units, known)
        out["weeks known"] = np.minimum(known.sum(axis=1), 2 * YEAR).astype(float)
        out["known of 13"] = known[:, -13:].sum(axis=1).astype(float)
        return out

    def _years_before(self, target: int) -> dict[str, FloatArray]:
        out: dict[str, FloatArray] = {}
        for years in (1, 2):
            same = target - years * YEAR
            for name, ratio in self.own_seasons.items():
                out[f"{name} {years} years before"] = (
                    np.log(ratio[:, same]) if same >= 0 else np.full(len(ratio), np.nan)
                )
        return out

    def _trends(self, origin: int, expected: FloatArray) -> dict[str, FloatArray]:
        """How a group sells against its expectation, relative to how everything sells.

        What everything did is left out: there is one history of it to learn from, and it would be
        learnt by heart.
        """
        history = self.levels.history
        everyone = np.zeros(history.series, dtype=np.int64)
        out: dict[str, FloatArray] = {}
        for weeks in TREND_WEEKS:
            seen = slice(max(origin + 1 - weeks, 0), origin + 1)
            units = np.minimum(history.units[:, seen], SPIKE * expected[:, seen] + SPIKE_UNITS)
            sold = units.sum(axis=1)
            due = (expected[:, seen] * history.known[:, seen]).sum(axis=1)
            overall = _trend(everyone, sold, due)
            for name, group in history.groups.items():
                out[f"{name} last {weeks}"] = np.log(_trend(group, sold, due) / overall)
        return out


def _trend(group: IntArray, sold: FloatArray, due: FloatArray) -> FloatArray:
    seen: FloatArray = group_sums(group, sold) + TREND_UNITS
    ratio: FloatArray = seen / (group_sums(group, due) + TREND_UNITS)
    return ratio


def _run_of_zeros(units: FloatArray, known: npt.NDArray[np.bool_]) -> FloatArray:
    """Known weeks since the last one with demand."""
    weeks = units.shape[1]
    last = np.where(units > 0, np.arange(weeks), -1).max(axis=1)
    since: FloatArray = (known & (np.arange(weeks) > last[:, None])).sum(axis=1).astype(float)
    return since
