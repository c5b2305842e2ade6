"""The days of a window beyond the forecast: its last level, by week as season and events have it.

A window asks for sums of factors from one day to another. Running totals of the weeks of each item
give them by two look-ups, so that what a window costs does not depend on how long it is.
"""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from quality_checks.contracts import WeekFactors, find_frame

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

WEEK = 7


class Beyond(NamedTuple):
    """What windows demand after the last day of their forecast, an entry a window.

    Attributes:
        mean: units.
        squares: sum of the variances of days, units^2.
        roots: sum of their standard deviations, units.
        level_sd: standard deviation of what straying levels do to it, units.
    """

    mean: FloatArray
    squares: FloatArray
    roots: FloatArray
    level_sd: FloatArray


class _Sums(NamedTuple):
    """Sums over the days beyond, relative to the tail: of f, of f^2, and what levels add."""

    factor: FloatArray
    square: FloatArray
    straying: FloatArray


@dataclass(frozen=True)
class RunningSeasons:
    """How the weeks of items stand, summed up from week to week.

    Attributes:
        skus: sku and season, the row of the arrays.
        first: offset of the first week's first day from the day that offsets count from.
        factor: of each item and week, [item, week]; NaN where an item lacks a week.
        factors, squares: what the factors and their squares sum to before each week, day by day.
        straying, straying_by_factors, straying_by_squares: what levels stray until each week, by
            itself and times `factors` and its square, likewise.
    """

    skus: pl.DataFrame
    first: int
    factor: FloatArray
    factors: FloatArray
    squares: FloatArray
    straying: FloatArray
    straying_by_factors: FloatArray
    straying_by_squares: FloatArray

    @classmethod
    def of(cls, seasons: pl.DataFrame, first_day: dt.date) -> Self:
        """Sum up a frame `week_factors` of at least a row.

        Raises:
            ValueError: `seasons` breaks its contract.
        """
        read = find_frame(WeekFactors).read(seasons)
        first = read["week"][0]
        skus = read.select(pl.col("sku").unique(maintain_order=True)).with_row_index("season")
        skus = skus.with_columns(pl.col("season").cast(pl.Int64))
        at = read.select(
            row=pl.col("sku").rle_id().cast(pl.Int64),
            week=(pl.col("week") - first).dt.total_days() // WEEK,
        )
        row, week = at["row"].to_numpy(), at["week"].to_numpy()
        shape = (skus.height, int(week.max()) + 1)
        factor, strayed = (np.full(shape, np.nan) for _ in range(2))
        factor[row, week] = read["factor"].to_numpy()
        strayed[row, week] = read["level_variance"].to_numpy()
        step = np.maximum(np.diff(strayed, axis=1, prepend=0.0), 0.0)
        factors = np.cumsum(WEEK * factor, axis=1) - WEEK * factor
        return cls(
            skus=skus,
            first=(first - first_day).days,
            factor=factor,
            factors=factors,
            squares=np.cumsum(WEEK * factor**2, axis=1) - WEEK * factor**2,
            straying=np.cumsum(step, axis=1),
            straying_by_factors=np.cumsum(step * factors, axis=1),
            straying_by_squares=np.cumsum(step * factors**2, axis=1),
        )

    def sum_days(
        self, season: IntArray, tail_start: FloatArray, start: FloatArray, end: FloatArray
    ) -> _Sums:
        """Sum the days from `start` to `end` of items, relative to the days before `start`.

        Args:
            season: row of each item.
            tail_start: offset of the first day of the tail, which ends where `start` begins.
            start: offset of the first day.
            end: offset of the one after the last.
        """
        tail = self._at(season, tail_start)
        before, after = self._at(season, start), self._at(season, end)
        factor = after.factors - before.factors
        base = (before.factors - tail.factors) / (start - tail_start)
        a, b, c = (
            later - sooner for later, sooner in zip(after.straying, before.straying, strict=True)
        )
        straying = before.straying[0] * factor**2 + a * after.factors**2 - 2 * b * after.factors + c
        return _Sums(factor / base, (after.squares - before.squares) / base**2, straying / base**2)

    def _at(self, season: IntArray, day: FloatArray) -> "_Totals":
        """The totals of items at days; before the first week and after the last as in them."""
        week = np.clip(np.floor((day - self.first) / WEEK), 0, self.factor.shape[1] - 1)
        cell = (season, week.astype(np.int64))
        into, factor = day - (self.first + WEEK * week), self.factor[cell]
        return _Totals(
            factors=self.factors[cell] + into * factor,
            squares=self.squares[cell] + into * factor**2,
            straying=(
                self.straying[cell],
                self.straying_by_factors[cell],
                self.straying_by_squares[cell],
            ),
        )


class _Totals(NamedTuple):
    """Totals of items at days; of what levels stray by itself, by factors and by their squares."""

    factors: FloatArray
    squares: FloatArray
    straying: tuple[FloatArray, FloatArray, FloatArray]


def sum_beyond(windows: pl.DataFrame, seasons: RunningSeasons | None) -> Beyond:
    """Sum what is demanded after the last day of each window's forecast.

    With the mean m and variance v of the tail and the factor f of a day over that of the tail, a
    day has mean m f and variance m f + (v - m) f^2, as counts of a level f times as high have. What
    a level has strayed by a week stays: with d the squared variation that a week adds, and M what
    the window demands from that week on, that adds the variance sum d M^2.

    Args:
        windows: days, last (offset of the forecast's last day), tail_mean, tail_variance, tail_days
            (how many days they are the mean of), season (row of the item in `seasons`; missing
            where it lacks: factors are 1 and levels stay).
        seasons: of the items.
    """
    last, days, tail_days, mean, variance = (
        windows[name].cast(pl.Float64).to_numpy()
        for name in ("last", "days", "tail_days", "tail_mean", "tail_variance")
    )
    start = last + 1
    beyond = np.maximum(days - start, 0.0)
    sums = _Sums(beyond.copy(), beyond.copy(), np.zeros(len(beyond)))
    if seasons is not None:
        season = windows["season"].fill_null(-1).to_numpy()
        known = np.flatnonzero((season >= 0) & (beyond > 0))
        found = seasons.sum_days(
            season[known], (start - tail_days)[known], start[known], (start + beyond)[known]
        )
        # An item that lacks one of the weeks goes on as it ends.
        whole = np.isfinite(found.factor)
        for values, of_known in zip(sums, found, strict=True):
            values[known[whole]] = of_known[whole]
    squares = np.maximum(mean * sums.factor + (variance - mean) * sums.square, 0.0)
    sd = np.sqrt(np.divide(squares, beyond, out=np.zeros_like(squares), where=beyond > 0))
    # The last day counts as a part, whose deviation is the root of its share of the variance.
    roots = np.floor(beyond) + np.sqrt(beyond % 1)
    return Beyond(
        mean=mean * sums.factor,
        squares=squares,
        roots=roots * sd,
        level_sd=mean * np.sqrt(np.maximum(sums.straying, 0.0)),
    )
