"""What can be asked of the supplier of an open line, and what each of that gains."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from optimization.open_orders.capacities import find_room_on_days, find_rooms
from optimization.open_orders.lines import Flags, OpenLines
from optimization.open_orders.splits import (
    LEAST_GAIN,
    choose_units,
    cost_parts,
    find_sizes,
    join_stretches,
)
from optimization.paths import KEEPING, SHORT
from optimization.value import FloatArray, IntArray
from quality_checks.contracts import OpenOrderRules

PULL_IN, PUSH_OUT, CUT, CANCEL = "pull_in", "push_out", "cut", "cancel"
SPLIT, EXPEDITE = "split", "expedite"

TAKEN_OFF = (CUT, CANCEL)
"""Forms that leave fewer units of a line."""

NEVER = -np.inf
"""Gain of what cannot be asked."""


@dataclass(frozen=True)
class Parts:
    """The parts of lines of which one is moved.

    Attributes:
        moved: units that come on the other day, [line].
        joint: chance that they and the rest come in each two stretches,
            [line, stretch + 1, stretch + 1].
    """

    moved: FloatArray
    joint: FloatArray


@dataclass(frozen=True)
class HeldBack:
    """What suppliers say they can deliver where that keeps lines from what would gain more.

    Attributes:
        gain: what would be gained without it; `NEVER` where none holds, [line].
        limit: the capacity with the least room, in words; none where none holds, [line].
        missing: units for which it has no room, 0 where none holds, [line].
    """

    gain: FloatArray
    limit: list[str | None]
    missing: IntArray


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
        weights: chance that a unit of the line comes by stretch, [line, stretch + 1].
        bound: whether something else than value keeps it from going further, [line].
        parts: of a split, the units that are moved; none where the line stays whole.
        held: what capacities keep it from; none where suppliers state none.
    """

    form: str
    gain: FloatArray
    cost: FloatArray
    fee: FloatArray
    days: IntArray
    units: FloatArray
    weights: FloatArray
    bound: Flags
    parts: Parts | None = None
    held: HeldBack | None = None

    def is_held(self, line: int) -> bool:
        """Whether a capacity keeps it from what would gain more of a line."""
        return self.held is not None and self.held.limit[line] is not None


def list_alternatives(
    lines: OpenLines, rules: OpenOrderRules, rooms: pl.DataFrame
) -> list[Alternative]:
    """All that can be asked of lines, each form at its best.

    Args:
        lines: open lines of suppliers.
        rules: what may be asked.
        rooms: frame `capacity_rooms`, what is left of it.
    """
    changeable = lines.rows["changeable"].to_numpy()
    due = lines.count_days("stated_on")
    # The interval counts from the first day; a line due in it is too near to be changed.
    free = changeable & (due >= rules.frozen_days)
    fee = np.full(len(free), rules.change_fee)
    reach = max(rules.most_pull_in_days, rules.most_push_out_days)
    asked = _Asked(lines, reach, rooms)
    sooner = np.minimum(rules.most_pull_in_days, np.maximum(due - rules.frozen_days, 0))
    later = np.full(len(free), rules.most_push_out_days)
    soon = asked.move(PULL_IN, free, sooner.astype(np.int64), -1, rules.frozen_days, fee)
    late = asked.move(PUSH_OUT, free, later, 1, 0, fee)
    # Of either way the days that are best for all of it, and the most: a part may gain by more.
    ways = [soon.days, -sooner.astype(np.int64), late.days, later]
    return [
        soon,
        late,
        *asked.take_less(free, fee),
        # Two deliveries are booked, and asked for, in place of one.
        asked.split(free, ways, rules.frozen_days, 2.0 * fee),
        asked.expedite(changeable),
    ]


@dataclass(frozen=True)
class _Asked:
    """What can be asked of the suppliers of some lines.

    Attributes:
        lines: open lines.
        reach: most days by which one may be moved.
        stated: frame `capacity_rooms`, what is left of it.
    """

    lines: OpenLines
    reach: int
    stated: pl.DataFrame

    @cached_property
    def rooms(self) -> FloatArray:
        """Units of each line that can be moved by so many days, [line, days + reach]."""
        return find_rooms(self.lines.rows, self.stated, self.reach)

    def find_room(self, some: IntArray, days: IntArray) -> FloatArray:
        """Units of some lines that can be moved by so many days each, below 0 sooner."""
        return np.asarray(self.rooms[some, days + self.reach])

    def move(  # noqa: PLR0913, PLR0917  # form, who may, how far, which way, from when, at what fee
        self, form: str, may: Flags, most: IntArray, way: int, least: int, fee: FloatArray
    ) -> Alternative:
        """Move lines by the number of days that gains most; of equals by the fewest."""
        lines, count = self.lines, len(may)
        best, gain = np.zeros(count, dtype=np.int64), np.full(count, NEVER)
        cost, weights = lines.as_is.copy(), lines.now.copy()
        for days in range(1, int(most.max(initial=0)) + 1):
            fits = self.find_room(lines.every, np.full(count, way * days)) >= lines.units
            some = np.flatnonzero(may & (most >= days) & fits)
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
        return self.lines.weigh(self._shift(some, days, least), some)

    def _shift(self, some: IntArray, days: IntArray, least: int) -> FloatArray:
        """Days on which lines may come that are moved, likewise, [some, point]."""
        came = self.lines.arrivals[some]
        return np.asarray(np.maximum(came + days[:, None], np.minimum(came, float(least))))

    def split(self, may: Flags, ways: list[IntArray], least: int, fee: FloatArray) -> Alternative:
        """Move a part of lines by days, the part and the way that gain most; of equals the first.

        Args:
            may: lines that can be asked about.
            ways: days by which a part may be moved, below 0 sooner, [line] each.
            least: days from the first one before which nothing comes sooner.
            fee: what asking costs, [line].
        """
        lines, sizes = self.lines, find_sizes(self.lines)
        count, stretches = len(may), lines.others.shape[1]
        gain, days = np.full(count, NEVER), np.zeros(count, dtype=np.int64)
        cost, weights = lines.as_is.copy(), lines.now.copy()
        parts = Parts(np.zeros(count), np.zeros((count, stretches, stretches)))
        for way in ways:
            # Sooner saves units short at most, later what stock costs.
            at_stake = np.where(way < 0, lines.as_is[:, SHORT], lines.as_is.sum(axis=1))
            worth = (1.0 - lines.refused) * at_stake > fee
            room = np.minimum(self.find_room(lines.every, way), lines.units)
            fit = np.floor(room / sizes.multiple).astype(np.int64)
            parted = sizes._replace(most=np.minimum(sizes.most, fit))
            some = np.flatnonzero(may & (way != 0) & worth & (parted.fewest <= parted.most))
            joint = join_stretches(lines, some, self._shift(some, way[some], least))
            moved = choose_units(lines, some, joint, parted)
            costs = lines.agree(some, cost_parts(lines, some, joint, moved))
            gains = (lines.as_is[some] - costs).sum(axis=1) - fee[some]
            better = gains > gain[some] + LEAST_GAIN
            at = some[better]
            gain[at], days[at], cost[at] = gains[better], way[at], costs[better]
            parts.moved[at], parts.joint[at] = moved[better], joint[better]
            share = (moved[better] / lines.units[at])[:, None]
            weights[at] = share * joint[better].sum(axis=2) + (1.0 - share) * lines.now[at]
        bound = (gain > NEVER) & ((days == ways[1]) | (days == ways[-1]))
        return Alternative(SPLIT, gain, cost, fee, days, lines.units, weights, bound, parts)

    def expedite(self, may: Flags) -> Alternative:
        """Pay suppliers to speed lines up by the days that they state."""
        lines, rows = self.lines, self.lines.rows
        saved = np.array(rows["expedite_days_saved"].fill_null(0).to_numpy()).astype(np.int64)
        fee = rows["expedite_fee"].fill_null(0.0).to_numpy()
        # A line that is late already comes on the first day at best, however late it is.
        sooner = pl.col("stated_on") - pl.duration(days=pl.col("expedite_days_saved").fill_null(0))
        asked = rows.with_columns(asked_on=pl.max_horizontal(sooner, pl.lit(lines.first_day)))
        fits = find_room_on_days(asked, self.stated) >= lines.units
        priced = may & rows["expedite_fee"].is_not_null().to_numpy() & (saved > 0) & fits
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
