"""A part of an open line on another day: how many units of it, and what that costs.

Both parts are late by the same days, and never come together: it is one supplier's line. Where a
day lies within a stretch, both lie at the same point of theirs, so that a part on the line's own
day costs as the line does.
"""

from typing import NamedTuple

import numpy as np

from optimization.open_orders.lines import OpenLines
from optimization.paths import cost_courses, cost_on_paths, place_units
from optimization.value import FloatArray, IntArray

LEAST_GAIN = 1e-9
"""A multiple must save more than that, in currency, to be moved."""


class Sizes(NamedTuple):
    """Multiples of each line that may be moved alone, so that both parts reach the minimum.

    Attributes:
        multiple: units of one.
        fewest, most: multiples; there is no such part where the fewest are more than the most.
    """

    multiple: FloatArray
    fewest: IntArray
    most: IntArray


def find_sizes(lines: OpenLines) -> Sizes:
    """Find the parts that each line can be split into."""
    rows = lines.rows
    multiple = np.array(rows["order_multiple"].to_numpy()).astype(float)
    least = np.maximum(np.array(rows["minimum_order_quantity"].to_numpy()).astype(float), 1.0)
    return Sizes(
        multiple,
        np.ceil(least / multiple).astype(np.int64),
        np.floor((lines.units - least) / multiple).astype(np.int64),
    )


def join_stretches(lines: OpenLines, some: IntArray, moved_on: FloatArray) -> FloatArray:
    """Chance that the part that is moved and the rest come in each two stretches.

    Args:
        lines: open lines.
        some: which lines.
        moved_on: days on which the part that is moved may come, [some, point].

    Returns:
        [some, stretch + 1 of the part that is moved, stretch + 1 of the rest].
    """
    ends, one, came = lines.ends[some], np.ones(len(some)), lines.arrivals[some]

    def reach(days: FloatArray) -> tuple[FloatArray, FloatArray]:
        placed = place_units(ends, days, one)
        until = np.asarray(np.cumsum(placed, axis=1))
        return until - placed, until

    found = np.zeros((len(some), lines.others.shape[1], lines.others.shape[1]))
    for point in range(came.shape[1]):
        from_moved, until_moved = reach(moved_on[:, point])
        from_rest, until_rest = reach(came[:, point])
        ends_first = np.minimum(until_moved[:, :, None], until_rest[:, None, :])
        starts_last = np.maximum(from_moved[:, :, None], from_rest[:, None, :])
        found += np.maximum(ends_first - starts_last, 0.0)
    return np.asarray(found / came.shape[1])


def choose_units(lines: OpenLines, some: IntArray, joint: FloatArray, sizes: Sizes) -> FloatArray:
    """The units to move of lines, up to the last multiple that is worth its cost, [some].

    Each multiple saves no more than the one before, as a cost is convex in what comes when.
    """
    low, high = sizes.fewest[some].copy(), sizes.most[some].copy()
    multiple = sizes.multiple[some]
    while (wide := np.flatnonzero(low < high)).size:
        middle = (low[wide] + high[wide]) // 2
        fewer, more = (
            cost_parts(lines, some[wide], joint[wide], units * multiple[wide]).sum(axis=1)
            for units in (middle, middle + 1)
        )
        pays = fewer - more > LEAST_GAIN
        low[wide] = np.where(pays, middle + 1, low[wide])
        high[wide] = np.where(pays, high[wide], middle)
    return np.asarray(low * multiple)


def cost_parts(
    lines: OpenLines, some: IntArray, joint: FloatArray, moved: FloatArray
) -> FloatArray:
    """Expected cost where a part of lines is moved, [some, part].

    Args:
        lines: open lines.
        some: which lines.
        joint: as `join_stretches` gives it.
        moved: units of each that are moved.
    """
    at, weights, receipts = _list_courses(lines, some, joint, moved)
    item = lines.item[some[at]]
    costs = cost_courses(lines.courses.paths, lines.courses.costs, item, receipts)
    come = np.zeros((len(some), costs.shape[1]))
    np.add.at(come, at, weights[:, None] * costs)
    chance = lines.chance[some][:, None]
    return np.asarray(chance * come + (1.0 - chance) * lines.without[some])


def cost_parts_on_paths(
    lines: OpenLines, some: IntArray, joint: FloatArray, moved: FloatArray
) -> FloatArray:
    """The same by path of demand, [some, path, part]."""
    at, weights, receipts = _list_courses(lines, some, joint, moved)
    item = lines.item[some[at]]
    costs = cost_on_paths(lines.courses.paths, lines.courses.costs, item, receipts)
    never = lines.cost_without_on_paths(some)
    come = np.zeros_like(never)
    np.add.at(come, at, weights[:, None, None] * costs)
    chance = lines.chance[some][:, None, None]
    return np.asarray(chance * come + (1.0 - chance) * never)


def _list_courses(
    lines: OpenLines, some: IntArray, joint: FloatArray, moved: FloatArray
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Position in `some`, chance and receipts of each two stretches in which parts may come."""
    at, of_moved, of_rest = np.nonzero(joint > 0.0)
    line = some[at]
    receipts = lines.others[line]
    course = np.arange(len(at))
    receipts[course, of_moved] += moved[at] * lines.share[line]
    receipts[course, of_rest] += (lines.units[line] - moved[at]) * lines.share[line]
    return at, joint[at, of_moved, of_rest], receipts
