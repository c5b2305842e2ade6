"""What can be asked of the supplier of an open line, and what each of that gains."""

from dataclasses import dataclass

import numpy as np

from optimization.open_orders.lines import Flags, OpenLines
from optimization.paths import KEEPING
from optimization.value import FloatArray, IntArray
from quality_checks.contracts import OpenOrderRules

PULL_IN, PUSH_OUT, CUT, CANCEL, EXPEDITE = "pull_in", "push_out", "cut", "cancel", "expedite"

TAKEN_OFF = (CUT, CANCEL)
"""Forms that leave fewer units of a line."""

NEVER = -np.inf
"""Gain of what cannot be asked."""

LEAST_GAIN = 1e-9
"""A multiple must save more than that, in currency, to be cut."""


@dataclass(frozen=True)
class Alternative:
    """One thing that can be asked of each line, at its best.

    Attributes:
        form: what is asked.
        gain: what it gains against leaving the line alone, its fee taken off; `NEVER` where it
            cannot be asked; [line].
        cost: what the item is expected to cost then, as the supplier may refuse, [line, part].
        fee: what it costs to ask, whatever the answer, [line].
        days: days that the line comes sooner or later, [line].
        units: units of the line that are left, [line].
        weights: chance that the line comes by stretch, [line, stretch + 1].
        bound: whether something else than value keeps it from going further, [line].
    """

    form: str
    gain: FloatArray
    cost: FloatArray
    fee: FloatArray
    days: IntArray
    units: FloatArray
    weights: FloatArray
    bound: Flags


def list_alternatives(lines: OpenLines, rules: OpenOrderRules) -> list[Alternative]:
    """All that can be asked of lines, each form at its best.

    Args:
        lines: open lines of suppliers.
        rules: what may be asked.
    """
    changeable = lines.rows["changeable"].to_numpy()
    due = lines.count_days("stated_on")
    # The interval counts from the first day; a line due in it is too near to be changed.
    free = changeable & (due >= rules.frozen_days)
    fee = np.full(len(free), rules.change_fee)
    asked = _Asked(lines)
    sooner = np.minimum(rules.most_pull_in_days, np.maximum(due - rules.frozen_days, 0))
    later = np.full(len(free), rules.most_push_out_days)
    return [
        asked.move(PULL_IN, free, sooner.astype(np.int64), -1, rules.frozen_days, fee),
        asked.move(PUSH_OUT, free, later, 1, 0, fee),
        *asked.take_less(free, fee),
        asked.expedite(changeable),
    ]


@dataclass(frozen=True)
class _Asked:
    """What can be asked of the suppliers of some lines."""

    lines: OpenLines

    def move(  # noqa: PLR0913, PLR0917  # form, who may, how far, which way, from when, at what fee
        self, form: str, may: Flags, most: IntArray, way: int, least: int, fee: FloatArray
    ) -> Alternative:
        """Move lines by the number of days that gains most; of equals by the fewest."""
        lines, count = self.lines, len(may)
        best, gain = np.zeros(count, dtype=np.int64), np.full(count, NEVER)
        cost, weights = lines.as_is.copy(), lines.now.copy()
        for days in range(1, int(most.max(initial=0)) + 1):
            some = np.flatnonzero(may & (most >= days))
            moved = self._weigh_moved(some, np.full(len(some), way * days), least)
            costs = lines.agree(some, lines.expect(lines.by_stretch[some], moved, some))
            gains = (self.lines.as_is[some] - costs).sum(axis=1) - fee[some]
            better = gains > gain[some] + LEAST_GAIN
            at = some[better]
            gain[at], best[at], cost[at] = gains[better], days, costs[better]
            weights[at] = moved[better]
        return Alternative(
            form, gain, cost, fee, way * best, lines.units, weights, (best == most) & (best > 0)
        )

    def _weigh_moved(self, some: IntArray, days: IntArray, least: int) -> FloatArray:
        """When lines come that are moved by days, none sooner than `least` days from the first."""
        came = self.lines.arrivals[some]
        moved = np.maximum(came + days[:, None], np.minimum(came, float(least)))
        return self.lines.weigh(moved, some)

    def expedite(self, may: Flags) -> Alternative:
        """Pay suppliers to speed lines up by the days that they state."""
        lines, rows = self.lines, self.lines.rows
        saved = np.array(rows["expedite_days_saved"].fill_null(0).to_numpy()).astype(np.int64)
        fee = rows["expedite_fee"].fill_null(0.0).to_numpy()
        priced = may & rows["expedite_fee"].is_not_null().to_numpy() & (saved > 0)
        some = np.flatnonzero(priced)
        gain, cost, weights = np.full(len(may), NEVER), lines.as_is.copy(), lines.now.copy()
        weights[some] = self._weigh_moved(some, -saved[some], 0)
        cost[some] = lines.agree(some, lines.expect(lines.by_stretch[some], weights[some], some))
        gain[some] = (self.lines.as_is[some] - cost[some]).sum(axis=1) - fee[some]
        days = np.where(priced, -saved, 0)
        return Alternative(EXPEDITE, gain, cost, fee, days, lines.units, weights, priced)

    def take_less(self, may: Flags, fee: FloatArray) -> list[Alternative]:
        """Take fewer units of lines, in multiples and no fewer than the minimum, or none."""
        lines, rows = self.lines, self.lines.rows
        multiple = np.array(rows["order_multiple"].to_numpy()).astype(float)
        least = np.array(rows["minimum_order_quantity"].to_numpy()).astype(float)
        left = self._count_left(may, multiple)
        kept = np.where((left > 0) & (left < least), np.minimum(least, lines.units), left)
        cut = may & (left < lines.units) & (kept > 0) & (kept < lines.units)
        some = np.flatnonzero(cut)
        gain, cost, gone = (
            np.full(len(may), NEVER),
            self.lines.as_is.copy(),
            np.full(len(may), NEVER),
        )
        held = lines.expect(lines.cost_units(some, kept[some]), self.lines.now[some], some)
        cost[some] = lines.agree(some, held)
        none = lines.agree(lines.every, lines.without)
        # A unit that is called off and needed later is ordered again: keeping it saves nothing.
        cost[:, KEEPING] = none[:, KEEPING] = self.lines.as_is[:, KEEPING]
        gain[some] = (self.lines.as_is[some] - cost[some]).sum(axis=1) - fee[some]
        gone[may] = (self.lines.as_is - none).sum(axis=1)[may] - fee[may]
        days = np.zeros(len(may), dtype=np.int64)
        bound = kept > left
        nothing = np.zeros(len(may))
        return [
            Alternative(CUT, gain, cost, fee, days, kept, self.lines.now, bound),
            Alternative(CANCEL, gone, none, fee, days, nothing, self.lines.now, days > 0),
        ]

    def _count_left(self, may: Flags, multiple: FloatArray) -> FloatArray:
        """Count the units of lines up to the last multiple that is worth its cost.

        Each multiple is worth no more than the one before, so the number is found by halving. The
        line is taken to come on the day that plans count on; what a cut gains is told by all its
        days.
        """
        lines, left = self.lines, self.lines.units.copy()
        low = np.zeros(len(may), dtype=np.int64)
        high = np.ceil(left / multiple).astype(np.int64)
        some = np.flatnonzero(may & ~self._pays(np.arange(len(may)), left, multiple))
        while (wide := some[low[some] < high[some]]).size:
            middle = (low[wide] + high[wide] + 1) // 2
            pays = self._pays(wide, np.minimum(middle * multiple[wide], left[wide]), multiple[wide])
            low[wide], high[wide] = (
                np.where(pays, middle, low[wide]), np.where(pays, high[wide], middle - 1),
            )  # fmt: skip
        left[some] = np.minimum(low[some] * multiple[some], lines.units[some])
        return left

    def _pays(self, some: IntArray, units: FloatArray, multiple: FloatArray) -> Flags:
        """Whether the last multiple of so many units of lines is worth what it costs."""
        # The last one of a line may be a part of a multiple.
        less = (np.ceil(units / multiple) - 1) * multiple
        more, less_cost = (self.lines.cost_expected(some, held) for held in (units, less))
        saved = less_cost - more
        saved[:, KEEPING] = 0.0
        return np.asarray(saved.sum(axis=1) > LEAST_GAIN)
