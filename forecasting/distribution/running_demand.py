"""Running totals of the forecast by day, so that a window costs a look-up however long it is."""

import datetime as dt
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.distribution.beyond import RunningSeasons
from quality_checks.contracts import DailyDemand, find_frame

TAIL_DAYS = 7
"""Last days of a horizon whose mean level is carried on beyond it."""

_KEYS = ["sku", "location"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RunningDemand:
    """The forecast of pairs, summed up from day to day.

    Attributes:
        first_day: day that offsets count from.
        pairs: sku, location, correlation, common_variation (missing where the forecast has none),
            row (of the pair's first total), length (days), first and last (offsets of its first and
            last day), season (row of the item in `seasons`; missing where they lack it).
        mean, squares, roots: what the days of a pair before each of them, and before the day after
            the last, sum to: of means (units), of variances (units^2) and of standard deviations
            (units). Each pair begins at 0, so its sums are the same whichever others are there.
        seasons: of the weeks beyond the forecast; without them they are like its last days.
    """

    first_day: dt.date
    pairs: pl.DataFrame
    mean: FloatArray
    squares: FloatArray
    roots: FloatArray
    seasons: RunningSeasons | None

    @classmethod
    def of(
        cls, forecast: pl.DataFrame, first_day: dt.date, seasons: pl.DataFrame | None = None
    ) -> Self:
        """Sum up a forecast, of which each pair has every day from one on.

        Args:
            forecast: frame `daily_demand`.
            first_day: day that offsets count from.
            seasons: frame `week_factors`; an item that it lacks goes on as it ends, as sure as
                then.

        Raises:
            ValueError: a frame breaks its contract, or a pair lacks days of its forecast.
        """
        offset = (pl.col("date") - pl.lit(first_day)).dt.total_days().alias("offset")
        rows = find_frame(DailyDemand).read(forecast).with_columns(offset)
        running = None
        if seasons is not None and not seasons.is_empty():
            running = RunningSeasons.of(seasons, first_day)
        pairs = (
            rows.group_by(_KEYS, maintain_order=True)
            .agg(
                pl.col("correlation", "common_variation").first(),
                pl.col("offset").first().alias("first"),
                pl.col("offset").last().alias("last"),
                pl.len().cast(pl.Int64).alias("length"),
            )
            .with_columns(row=(pl.col("length") + 1).cum_sum() - pl.col("length") - 1)
        )
        pairs = (
            pairs.with_columns(season=pl.lit(None, pl.Int64))
            if running is None
            else pairs.join(running.skus, on="sku", how="left", maintain_order="left")
        )
        _check_days(pairs, after="first")
        daily = rows.select(*_KEYS, "mean", "variance", root=pl.col("variance").sqrt())
        summed = daily.select(pl.col("mean", "variance", "root").cum_sum().over(_KEYS))
        means, squares, roots = (_put_after_zeros(sums, pairs["length"]) for sums in summed)
        return cls(first_day, pairs, means, squares, roots, running)

    def sum_near(self, windows: pl.DataFrame) -> pl.DataFrame:
        """Sum the days of windows that the forecast reaches.

        Args:
            windows: sku, location, days and wait_days of frame `windows`.

        Returns:
            The windows whose pair has a forecast beyond its wait, in the given order, with
            correlation, common_variation, last (offset of the last day of the forecast), near_mean
            (units), near_squares (units^2: sum of variances), near_roots (units: sum of standard
            deviations), season, and of the last `TAIL_DAYS` days tail_mean, tail_variance and
            tail_days.

        Raises:
            ValueError: the forecast of a pair begins after its wait.
        """
        found = windows.join(self.pairs, on=_KEYS, how="inner", maintain_order="left").filter(
            pl.col("wait_days") <= pl.col("last")
        )
        _check_days(found, after="wait_days")
        wait, last = (found[name].cast(pl.Int64).to_numpy() for name in ("wait_days", "last"))
        start = found["row"].to_numpy() - found["first"].to_numpy()
        days = found["days"].to_numpy()
        day = np.minimum(np.floor(days).astype(np.int64), last)
        # A window that ends while the pair waits has no day.
        reached, part = np.maximum(day, wait), np.clip(days - day, 0.0, 1.0) * (day >= wait)
        tail = np.maximum(last + 1 - TAIL_DAYS, wait)

        def sum_days(totals: FloatArray, share: FloatArray) -> FloatArray:
            at = start + reached
            days_before = totals[at] - totals[start + wait]
            sums = days_before + share * (totals[at + 1] - totals[at])
            return np.asarray(np.maximum(sums, 0.0))

        def average_tail(totals: FloatArray) -> FloatArray:
            total = totals[start + last + 1] - totals[start + tail]
            return np.asarray(np.maximum(total, 0.0) / (last + 1 - tail))

        return found.drop("row", "length", "first").with_columns(
            near_mean=pl.Series(sum_days(self.mean, part)),
            near_squares=pl.Series(sum_days(self.squares, part)),
            near_roots=pl.Series(sum_days(self.roots, np.sqrt(part))),
            tail_mean=pl.Series(average_tail(self.mean)),
            tail_variance=pl.Series(average_tail(self.squares)),
            tail_days=pl.Series(last + 1 - tail),
        )


def _put_after_zeros(sums: pl.Series, length: pl.Series) -> FloatArray:
    """Running totals of pairs of some lengths, those of each after the 0 that it begins with."""
    totals = np.zeros(len(sums) + len(length))
    begun = np.repeat(np.arange(1, len(length) + 1), length.to_numpy())
    totals[np.arange(len(sums)) + begun] = sums.to_numpy()
    return totals


def _check_days(pairs: pl.DataFrame, after: str) -> None:
    """Refuse pairs that lack days of their forecast from `after` on."""
    length, expected = pl.col("length"), pl.col("last") - pl.col(after) + 1
    partial = pairs.filter(length < expected)
    if not partial.is_empty():
        row = partial.select(*_KEYS, length, expected=expected).row(0, named=True)
        msg = (
            f"forecast of {row['sku']} at {row['location']} has {row['length']} rows for "
            f"{row['expected']} days"
        )
        raise ValueError(msg)
