"""Small helpers over numpy: seeded streams, days as integers, sums within groups."""

import datetime as dt
import zlib
from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Columns:
    """Rows kept as columns: every field is an array with a row each."""

    def take(self, index: Ints | Bools) -> Self:
        """Some of the rows."""
        return replace(self, **{f.name: getattr(self, f.name)[index] for f in fields(self)})

    def plus(self, other: Self) -> Self:
        """Append other rows."""
        columns = {
            f.name: np.concatenate([getattr(self, f.name), getattr(other, f.name)])
            for f in fields(self)
        }
        return replace(self, **columns)


def day_number(date: dt.date) -> int:
    """Days since 1970-01-01, the number that polars keeps a date as."""
    return (date - EPOCH).days


def find_date(day: int) -> dt.date:
    """The date of a day number."""
    return EPOCH + dt.timedelta(days=day)


def dates(days: Ints, known: Bools | None = None) -> pl.Series:
    """Day numbers as a polars date column, missing where not `known`."""
    column = pl.Series(days.astype(np.int32)).cast(pl.Date)
    return column if known is None else masked(column, known)


def masked(values: pl.Series | Ints, known: Bools) -> pl.Series:
    """`values` as a column that is missing where not `known`."""
    column = values if isinstance(values, pl.Series) else pl.Series(values)
    return column.set(pl.Series(~known), None)


def numbered(prefix: str | pl.Series, numbers: Ints, width: int) -> pl.Series:
    """A prefix and numbers, filled with zeros to a width, as keys that sort."""
    filled = pl.lit(pl.Series(numbers)).cast(pl.String).str.zfill(width)
    return pl.select(pl.lit(prefix) + filled).to_series()


def moments(day: int | Ints, seconds: Ints) -> pl.Series:
    """Day numbers and seconds of the day as a polars timestamp column."""
    return pl.Series((day * 86_400 + seconds) * 1_000_000).cast(pl.Datetime("us"))


def make_generator(seed: int, stream: str, day: int = 0) -> np.random.Generator:
    """The random stream of a purpose and a day, independent of every other one."""
    return np.random.default_rng([seed, day, zlib.crc32(stream.encode())])


def draw_cases(rng: np.random.Generator, count: int, share: float | Floats) -> Bools:
    """`count` draws that are true for a share of cases."""
    return np.asarray(rng.random(count) < share)


def pick(names: pl.Series, index: Ints) -> pl.Series:
    """`names` at each index."""
    return names[pl.Series(index.astype(np.uint32))]


def repeat_index(counts: Ints) -> tuple[Ints, Ints]:
    """Repeat each index as often as its count says: the index, and the place among its repeats."""
    index = np.repeat(np.arange(counts.size), counts)
    place = np.arange(index.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return index, place


def grant(group: Ints, want: Ints, supply: Ints) -> Ints:
    """What each claimant gets when the supply of its group is given out in order.

    Args:
        group: index into `supply` of each claimant, sorted.
        want: units each claimant asks for.
        supply: units that each group has.

    Returns:
        Units granted, whole for the first claimants of a group, then the rest, then nothing.
    """
    if group.size == 0:
        return want
    before = np.cumsum(want) - want
    first = np.flatnonzero(np.diff(group, prepend=group[0] - 1))
    sizes = np.diff(first, append=group.size)
    before -= np.repeat(before[first], sizes)
    return np.clip(supply[group] - before, 0, want)
