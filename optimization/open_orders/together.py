"""What the lines of an item put at risk where their supplier is late with all of them together."""

from dataclasses import replace

import numpy as np
import polars as pl

from optimization.open_orders.lines import KEY, OpenLines
from optimization.paths import SHORT, cost_courses, place_units
from optimization.value import FloatArray, IntArray

_LEVELS = (0.125, 0.375, 0.625, 0.875)
"""Where in a stretch goods must have come that still serve it: the middles of four parts."""


def price_together(lines: OpenLines, alone: FloatArray) -> pl.DataFrame:
    """Price the lateness that the lines of an item at a node share, if they are of one supplier.

    They are late together: where one comes on the k-th of its days, so do all, and they come or
    stay away together by the mean of their chances, weighed by units. What that costs in units
    short, on common paths of demand, less what it costs where all come on the day stated, is shared
    out by what each puts at risk alone, and by units where none does.

    Args:
        lines: open lines with their items.
        alone: margin that each puts at risk by itself, [line].

    Returns:
        Key of lines and margin_at_risk_together.
    """
    shared = pl.struct("item", "supplier")
    several = np.flatnonzero(lines.rows.select(pl.len().over(shared)).to_series().to_numpy() > 1)
    together = alone.copy()
    if len(several):
        some = replace(lines, rows=lines.rows[several.tolist()], arrivals=lines.arrivals[several])
        group = some.rows.select(shared.rank("dense") - 1).to_series().to_numpy().astype(np.int64)
        own = alone[several]
        weight = np.where(_sum_groups(own, group)[group] > 0, own, some.units)
        share = weight / _sum_groups(weight, group)[group]
        together[several] = _lose_together(some, group)[group] * share
    return lines.rows.select(KEY).with_columns(margin_at_risk_together=pl.Series(together))


def _lose_together(lines: OpenLines, group: IntArray) -> FloatArray:
    """Margin that each group of lines is expected to lose, [group]."""
    expected = lines.rows["expected_units"].cast(pl.Float64).to_numpy()
    counted = _sum_groups(place_units(lines.ends, lines.count_days("due_on"), expected), group)
    item = lines.item[np.unique(group, return_index=True)[1]]
    others = np.maximum(lines.courses.receipts[item] - counted, 0.0)

    def find_short(receipts: FloatArray) -> FloatArray:
        costs = cost_courses(lines.courses.paths, lines.courses.costs, item, receipts)
        return np.asarray(costs[:, SHORT])

    def come_on(days: FloatArray) -> FloatArray:
        come = [_place_whole(lines, days, level) for level in _LEVELS]
        return np.asarray(
            np.mean([find_short(others + _sum_groups(units, group)) for units in come], axis=0)
        )

    stated = lines.count_days("stated_on")
    # A line that comes early does not make up for one that is late.
    late = np.maximum(lines.arrivals, stated[:, None])
    come = np.mean([come_on(late[:, point]) for point in range(late.shape[1])], axis=0)
    # Each line has a unit to come at least.
    chance = _sum_groups(lines.units * lines.chance, group) / _sum_groups(lines.units, group)
    lost = chance * come + (1.0 - chance) * find_short(others)
    return np.asarray(np.maximum(lost - come_on(stated), 0.0))


def _place_whole(lines: OpenLines, days: FloatArray, level: float) -> FloatArray:
    """Place lines whole, at the start of the stretch in which they come or of the next one.

    Where the days of a stretch that are left are less than `level` of it, they come too late for
    it: over all levels, goods serve as much of it as is left.
    """
    ones = place_units(lines.ends, days, np.ones(len(days)))
    at = (np.cumsum(ones, axis=1) > level).argmax(axis=1)
    placed = np.zeros_like(ones)
    placed[np.arange(len(at)), at] = lines.units * lines.share
    return placed


def _sum_groups(values: FloatArray, group: IntArray) -> FloatArray:
    """Sums of lines by group."""
    found = np.zeros((group.max(initial=-1) + 1, *values.shape[1:]))
    np.add.at(found, group, values)
    return found
