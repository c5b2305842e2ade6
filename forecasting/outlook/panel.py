"""Sales of items by week as arrays: what season, events, launches and levels are learnt from."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from quality_checks.contracts import ItemGroups, ItemWeeks, find_frame

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

WEEK = 7
YEAR = 52
"""Weeks from a week to the same one of the next year."""

LAUNCH_WEEKS = 12
"""Weeks after its launch during which an item is new: later ones are all alike."""

LEAVING_DAYS = 28
"""Days before its exit during which an item says nothing of others."""


@dataclass(frozen=True)
class WeekPanel:
    """Items in rows, weeks in columns; the last week ends on the last day known.

    Attributes:
        items: frame `item_groups`, sorted by sku.
        as_of: last day known.
        groups: of each item, from the widest kind of group to the narrowest, [kind, item].
        style: of each item.
        units, usual: sold, and usual in as many days in stock, [half, item, week].
    """

    items: pl.DataFrame
    as_of: dt.date
    groups: IntArray
    style: IntArray
    units: FloatArray
    usual: FloatArray

    @property
    def weeks(self) -> int:
        """Number of weeks."""
        return int(self.units.shape[2])

    @property
    def years(self) -> int:
        """Number of whole years."""
        return self.weeks // YEAR

    @cached_property
    def block(self) -> IntArray:
        """Years back of each week, 0 for the last 52."""
        return np.arange(self.weeks)[::-1] // YEAR

    @cached_property
    def week_on_sale(self) -> IntArray:
        """Weeks since the launch of each item in each week, at most LAUNCH_WEEKS, [item, week]."""
        return self.weeks_on_sale(-WEEK * np.arange(self.weeks, 0, -1) + 1)

    def weeks_on_sale(self, first_days: IntArray) -> IntArray:
        """Count the weeks since launch of weeks whose first day is so many days after `as_of`."""
        launch = _days_after(self.items["launch_date"], self.as_of)
        weeks = np.round((first_days[None, :] - launch[:, None]) / WEEK)
        return np.nan_to_num(np.clip(weeks, 0, LAUNCH_WEEKS), nan=LAUNCH_WEEKS).astype(np.int64)


def build_week_panel(weeks: pl.DataFrame, items: pl.DataFrame, *, as_of: dt.date) -> WeekPanel:
    """Spread sales by week over arrays.

    Args:
        weeks: frame `item_weeks`; rows of items that `items` lacks are passed over.
        items: frame `item_groups`.
        as_of: last day of the last week.

    Raises:
        ValueError: a frame breaks its contract, or a week does not end with others; names it.
    """
    items, weeks = find_frame(ItemGroups).read(items), find_frame(ItemWeeks).read(weeks)
    back = (pl.lit(as_of) - pl.col("week")).dt.total_days() + 1
    dated = weeks.filter(pl.col("week") <= as_of).with_columns(back=back)
    odd = dated.filter(pl.col("back") % WEEK != 0)
    if not odd.is_empty():
        raise ValueError(f"the week from {odd['week'][0]} on does not end weeks before {as_of}")
    rows = dated.join(items.select("sku").with_row_index("item"), on="sku", maintain_order="left")
    count = int(rows["back"].max() or 0) // WEEK  # type: ignore[arg-type]  # a number of days
    arrays = []
    for name in ("units", "usual"):
        filled = np.zeros((2, items.height, count))
        at = (
            rows["half"].to_numpy(),
            rows["item"].to_numpy(),
            count - rows["back"].to_numpy() // WEEK,
        )
        filled[at] = rows[name].to_numpy()
        arrays.append(filled)
    units, usual = arrays
    return WeekPanel(
        items=items,
        as_of=as_of,
        groups=np.stack(
            [
                np.zeros(items.height, dtype=np.int64),
                _codes(items.select("department")),
                _codes(items.select("department", "category")),
            ]
        ),
        style=_codes(items.select("style")),
        units=units,
        usual=usual * _staying(items, as_of, count),
    )


def _staying(items: pl.DataFrame, as_of: dt.date, count: int) -> BoolArray:
    """Which weeks end before an item begins to leave, [item, week]."""
    exits = np.nan_to_num(_days_after(items["exit_date"], as_of), nan=np.inf)
    last_days = -WEEK * np.arange(count)[::-1]
    return last_days[None, :] <= exits[:, None] - LEAVING_DAYS


def _codes(names: pl.DataFrame) -> IntArray:
    ranks = names.select(pl.struct(pl.all()).rank("dense").cast(pl.Int64) - 1)
    return ranks.to_series().to_numpy().astype(np.int64)


def _days_after(dates: pl.Series, as_of: dt.date) -> FloatArray:
    return (dates - as_of).dt.total_days().cast(pl.Float64).to_numpy()
