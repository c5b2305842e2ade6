"""How many units of open lines suppliers can deliver on other days, by what they state of weeks.

A line that is moved draws on every capacity of its supplier that has its new day, unless that has
the day on which it is expected, too: there it counts already. What it leaves free is given to no
other line of the same night.
"""

import numpy as np
import polars as pl

from optimization.capacity_words import word_capacity
from optimization.value import FloatArray, IntArray

_STATED = ["supplier", "stated_sku", "stated_category", "week"]
_ITEM = ["supplier", "sku"]
_DAYS_OF_WEEK = 7
_NOTHING = np.zeros(0, dtype=np.int64)


def take_up(rooms: pl.DataFrame, purchases: pl.DataFrame) -> pl.DataFrame:
    """Take what is asked for tonight off the rooms that it draws on.

    Args:
        rooms: frame `capacity_rooms`.
        purchases: the columns of the contract PurchasePlan.

    Returns:
        Frame `capacity_rooms`, what is left.
    """
    asked = purchases.select(*_ITEM, asked_on="requested_on", units="quantity")
    taken = (
        rooms.join(asked, on=_ITEM)
        .filter(_has(pl.col("asked_on")))
        .group_by(_STATED, maintain_order=True)
        .agg(pl.col("units").sum())
    )
    left = (pl.col("room") - pl.col("units").fill_null(0)).clip(lower_bound=0)
    return (
        rooms.join(taken, on=_STATED, how="left", maintain_order="left")
        .with_columns(room=left)
        .select(rooms.columns)
    )


def find_rooms(rows: pl.DataFrame, rooms: pl.DataFrame, reach: int) -> FloatArray:
    """Find the units of lines that can be moved by so many days, [line, days + reach].

    Args:
        rows: supplier, sku, stated_on, from which days count, and due_on, the day expected.
        rooms: frame `capacity_rooms`.
        reach: most days, sooner or later.

    Returns:
        Units; without bound where no capacity is stated.
    """
    found = np.full((rows.height, 2 * reach + 1), np.inf)
    drawn = _join_rooms(rows, rooms).with_columns(
        first=(pl.col("week") - pl.col("stated_on")).dt.total_days()
    )
    row, first, room = (drawn[name].to_numpy() for name in ("row", "first", "room"))
    for day in range(_DAYS_OF_WEEK):
        at = first + day + reach
        within = (at >= 0) & (at <= 2 * reach)
        np.minimum.at(found, (row[within], at[within]), room[within].astype(float))
    return found


def find_room_on_days(rows: pl.DataFrame, rooms: pl.DataFrame) -> FloatArray:
    """Find the units of lines that can be moved to one day each, [line].

    Args:
        rows: supplier, sku, asked_on, that day, and due_on, the day expected.
        rooms: frame `capacity_rooms`.

    Returns:
        Units; without bound where no capacity is stated.
    """
    found = np.full(rows.height, np.inf)
    drawn = _join_rooms(rows, rooms).filter(_has(pl.col("asked_on")))
    np.minimum.at(found, drawn["row"].to_numpy(), drawn["room"].to_numpy().astype(float))
    return found


def keep_what_fits(asked: pl.DataFrame, rooms: pl.DataFrame) -> tuple[IntArray, pl.DataFrame]:
    """Keep lines as long as all that are moved fit, those first that come first.

    Args:
        asked: supplier, sku, due_on, asked_on and units, those that are moved.
        rooms: frame `capacity_rooms`.

    Returns:
        The places of those kept, and the rooms that they leave.
    """
    numbered = rooms.with_columns(capacity=pl.struct(_STATED).rank("dense").cast(pl.Int64) - 1)
    left = np.zeros(numbered["capacity"].n_unique(), dtype=np.int64)
    left[numbered["capacity"].to_numpy()] = numbered["room"].to_numpy()
    drawn = (
        _join_rooms(asked, numbered)
        .filter(_has(pl.col("asked_on")), pl.col("units") > 0)
        .group_by("row", maintain_order=True)
        .agg("capacity", pl.col("units").first())
    )
    draws = {row: (np.array(some), units) for row, some, units in drawn.iter_rows()}
    kept = []
    for place in range(asked.height):
        some, units = draws.get(place, (_NOTHING, 0))
        if (units <= left[some]).all():
            left[some] -= units
            kept.append(place)
    room = pl.Series(left[numbered["capacity"].to_numpy()])
    return np.array(kept, dtype=np.int64), rooms.with_columns(room=room)


def name_limits(rows: pl.DataFrame, rooms: pl.DataFrame) -> pl.DataFrame:
    """Name the capacity that has least room for each line on the day that it is to come.

    Args:
        rows: supplier, sku, asked_on, that day, units, and due_on, the day expected.
        rooms: frame `capacity_rooms`.

    Returns:
        row, the place of each line that does not fit, limit, in words, and missing (units).
    """
    missing = pl.col("units") - pl.col("room")
    return (
        _join_rooms(rows, rooms)
        .filter(_has(pl.col("asked_on")), missing > 0)
        .sort("row", "room", *_STATED)
        .unique("row", keep="first", maintain_order=True)
        .select("row", limit=word_capacity(), missing=missing)
    )


def _join_rooms(rows: pl.DataFrame, rooms: pl.DataFrame) -> pl.DataFrame:
    """Rows with each room that they draw on once they are moved into its week; row counts them."""
    numbered = rows.with_columns(row=pl.int_range(pl.len()))
    return numbered.join(rooms, on=_ITEM).filter(~_has(pl.col("due_on")))


def _has(day: pl.Expr) -> pl.Expr:
    """Whether a week has a day."""
    return (day >= pl.col("week")) & (day < pl.col("week") + pl.duration(days=_DAYS_OF_WEEK))
