"""Which stated capacity keeps a line from what would gain more, and how much it lacks."""

from dataclasses import replace

import numpy as np
import polars as pl

from optimization.open_orders.alternatives import NEVER, Alternative, HeldBack, list_alternatives
from optimization.open_orders.capacities import name_limits
from optimization.open_orders.lines import OpenLines
from optimization.open_orders.splits import LEAST_GAIN
from optimization.open_orders.statement import count_moved, find_day
from optimization.value import IntArray
from quality_checks.contracts import OpenOrderRules


def name_what_holds(
    lines: OpenLines, alternatives: list[Alternative], rules: OpenOrderRules, rooms: pl.DataFrame
) -> list[Alternative]:
    """Name the capacities that keep lines from what they would be asked for without any.

    Args:
        lines: open lines of suppliers.
        alternatives: what can be asked of them, as `list_alternatives` gives it.
        rules: what may be asked.
        rooms: frame `capacity_rooms`, what is left of it.

    Returns:
        The alternatives with what holds each of them.
    """
    drawing = (
        lines.rows.with_row_index("row").join(rooms, on=["supplier", "sku"], how="semi")["row"]
    ).to_numpy()
    if not len(drawing):
        return alternatives
    some = drawing.astype(np.int64)
    free = list_alternatives(lines.take(some), rules, rooms.clear())
    return [
        replace(one, held=_compare(lines, some, one, other, rooms))
        for one, other in zip(alternatives, free, strict=True)
    ]


def _compare(
    lines: OpenLines, some: IntArray, given: Alternative, free: Alternative, rooms: pl.DataFrame
) -> HeldBack:
    """What holds some lines, by what is asked of them with capacities and without."""
    own = lines.take(some)
    more = np.flatnonzero(free.gain > given.gain[some] + LEAST_GAIN).tolist()
    wanted = own.rows[more].select("supplier", "sku", "due_on")
    wanted = wanted.with_columns(
        asked_on=pl.Series([find_day(own, free, line) for line in more], dtype=pl.Date),
        units=pl.Series([round(count_moved(free, line)) for line in more], dtype=pl.Int64),
    )
    gain = np.full(len(given.gain), NEVER)
    limit: list[str | None] = [None] * len(given.gain)
    missing = np.zeros(len(given.gain), dtype=np.int64)
    for row, words, units in name_limits(wanted, rooms).iter_rows():
        line = int(some[more[row]])
        gain[line], limit[line], missing[line] = free.gain[more[row]], words, units
    return HeldBack(gain, limit, missing)
