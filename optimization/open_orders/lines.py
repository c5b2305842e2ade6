"""Open lines of suppliers beside their items, and what each is worth by the day it comes.

What is asked of a supplier is whole units; of these its share comes, and is costed.
"""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from optimization.paths import PARTS, ItemCourses, cost_courses, cost_on_paths, place_units
from optimization.value import FloatArray, IntArray

Flags = npt.NDArray[np.bool_]

KEY = ["document_kind", "document", "line"]


@dataclass(frozen=True)
class OpenLines:
    """Open lines of suppliers, and what their items cost by the day on which each comes.

    Attributes:
        rows: frame `open_order_lines` with `item` and `stated_on`, sorted by key.
        arrivals: days from the first one on which each may come, all equally likely,
            [line, point].
        courses: their items.
        first_day: day from which days are counted.
    """

    rows: pl.DataFrame
    arrivals: FloatArray
    courses: ItemCourses
    first_day: dt.date

    def take(self, some: IntArray) -> "OpenLines":
        """Some of the lines, with their items as they are."""
        rows = self.rows[some.tolist()]
        return OpenLines(rows, self.arrivals[some], self.courses, self.first_day)

    @cached_property
    def item(self) -> IntArray:
        """Item of each line."""
        return np.array(self.rows["item"].to_numpy()).astype(np.int64)

    @cached_property
    def ends(self) -> FloatArray:
        """Ends of the stretches of each line's item, [line, stretch]."""
        return self.courses.paths.ends[self.item]

    @cached_property
    def units(self) -> FloatArray:
        """Units of each line."""
        return self.rows["units"].cast(pl.Float64).to_numpy()

    @cached_property
    def chance(self) -> FloatArray:
        """Chance that each line comes at all."""
        return self.rows["chance"].to_numpy()

    @cached_property
    def share(self) -> FloatArray:
        """Share of the units of each line that is expected to come if it does, [line]."""
        return self.rows["share"].to_numpy()

    @cached_property
    def refused(self) -> FloatArray:
        """Chance that the supplier of each line refuses what it is asked, [line]."""
        return self.rows["refusal_chance"].to_numpy()

    @cached_property
    def others(self) -> FloatArray:
        """What comes to the item of each line besides it, [line, stretch + 1]."""
        due = self.count_days("due_on")
        own = place_units(self.ends, due, self.rows["expected_units"].cast(pl.Float64).to_numpy())
        return np.maximum(self.courses.receipts[self.item] - own, 0.0)

    @cached_property
    def without(self) -> FloatArray:
        """Cost without each line, [line, part]."""
        return cost_courses(self.courses.paths, self.courses.costs, self.item, self.others)

    @cached_property
    def by_stretch(self) -> FloatArray:
        """Cost where each line comes whole at the start of a stretch, [line, stretch + 1, part]."""
        return self.cost_units(self.every, self.units)

    @cached_property
    def every(self) -> IntArray:
        """Numbers of all lines."""
        return np.arange(len(self.item))

    @cached_property
    def now(self) -> FloatArray:
        """Chance that each line comes by stretch as things are, [line, stretch + 1]."""
        return self.weigh(self.arrivals, self.every)

    @cached_property
    def as_is(self) -> FloatArray:
        """Expected cost as things are, [line, part]."""
        return self.expect(self.by_stretch, self.now, self.every)

    def count_days(self, name: str) -> FloatArray:
        """Days from the first one to a date of each line, at least 0."""
        days = (pl.col(name) - pl.lit(self.first_day)).dt.total_days().clip(lower_bound=0)
        return self.rows.select(days.cast(pl.Float64)).to_series().to_numpy()

    def weigh(self, days: FloatArray, some: IntArray) -> FloatArray:
        """Chance that lines come by stretch, [line, stretch + 1].

        Args:
            days: on which each may come, all equally likely, [line, point].
            some: which lines.
        """
        ends, one = self.ends[some], np.ones(len(some))
        placed = [place_units(ends, days[:, point], one) for point in range(days.shape[1])]
        return np.asarray(np.mean(placed, axis=0))

    def cost_units(self, some: IntArray, units: FloatArray) -> FloatArray:
        """Cost where lines are of so many units, by stretch, [line, stretch + 1, part].

        Args:
            some: which lines.
            units: of each of them; its share comes.
        """
        courses = self._list_courses(some, units * self.share[some])
        costs = cost_courses(self.courses.paths, self.courses.costs, *courses)
        return costs.reshape(len(some), self.others.shape[1], PARTS)

    def cost_expected(self, some: IntArray, units: FloatArray) -> FloatArray:
        """Cost where lines are of so many units on the day that plans count on, [line, part]."""
        come = units * self.share[some]
        own = place_units(self.ends[some], self.count_days("due_on")[some], come)
        receipts = self.others[some] + own
        return cost_courses(self.courses.paths, self.courses.costs, self.item[some], receipts)

    def agree(self, some: IntArray, then: FloatArray) -> FloatArray:
        """Expected cost where suppliers may refuse what they are asked, [line, part].

        Args:
            some: which lines.
            then: cost where they agree, [line, part].
        """
        refused = self.refused[some][:, None]
        return np.asarray(refused * self.as_is[some] + (1.0 - refused) * then)

    def cost_in_stretches(self, some: IntArray, stretch: IntArray, units: FloatArray) -> FloatArray:
        """Cost by path where lines are of so many units in a stretch, [line, path, part].

        Args:
            some: which lines; one may be named several times.
            stretch: in which each of them comes.
            units: of each of them; its share comes.
        """
        receipts = self.others[some]
        receipts[np.arange(len(some)), stretch] += units * self.share[some]
        return cost_on_paths(self.courses.paths, self.courses.costs, self.item[some], receipts)

    def cost_without_on_paths(self, some: IntArray) -> FloatArray:
        """Cost without lines by path, [line, path, part]."""
        return cost_on_paths(
            self.courses.paths, self.courses.costs, self.item[some], self.others[some]
        )

    def _list_courses(self, some: IntArray, units: FloatArray) -> tuple[IntArray, FloatArray]:
        """Items and receipts of a course for each line and stretch."""
        stretches = self.others.shape[1]
        receipts = self.others[some][:, None, :] + np.eye(stretches) * units[:, None, None]
        return np.repeat(self.item[some], stretches), receipts.reshape(-1, stretches)

    def expect(self, costs: FloatArray, weights: FloatArray, some: IntArray) -> FloatArray:
        """Expected cost of lines that come by stretch as weighed, or never, [line, part].

        Args:
            costs: [line, stretch + 1, part].
            weights: [line, stretch + 1].
            some: which lines.
        """
        come = np.einsum("ls,lsp->lp", weights, costs)
        chance = self.chance[some][:, None]
        return np.asarray(chance * come + (1.0 - chance) * self.without[some])
