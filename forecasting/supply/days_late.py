"""How many days late the lines of a lane come: one law for those in time, one for late ones."""

import datetime as dt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.supply.records import PRIOR_LINES, RECENT

FloatArray = npt.NDArray[np.float64]

EARLIEST, LATEST = -400, 400
"""Days late between which lines are told apart; what is earlier or later counts there."""

DAYS = np.arange(EARLIEST, LATEST + 1)

_FIRST_TAIL = 7.0
"""Mean days late of late lines before any is seen: a booking may wait for a week."""


class DaysLate(NamedTuple):
    """Laws of the days late.

    Attributes:
        groups: supplier and destination with the row of their laws; row 0 is that of all lines.
        suppliers: supplier with the row of its law.
        laws: [row, day] chance of each of `DAYS`; of the days up to 0 and of those after it the
            chances sum to 1 each.
    """

    groups: dict[tuple[str, str], int]
    suppliers: dict[str, int]
    laws: FloatArray

    def find_laws(self, lines: pl.DataFrame) -> FloatArray:
        """The law of each line: that of its lane, its supplier, or all."""
        rows = [
            self.groups.get((supplier, destination), self.suppliers.get(supplier, 0))
            for supplier, destination in lines.select("supplier", "destination").iter_rows()
        ]
        return self.laws[np.array(rows, np.int64)]


def fit_days_late(lines: pl.DataFrame, *, as_of: dt.date) -> DaysLate:
    """Learn how early lines in time are, and how late others, by supplier and lane.

    A line that is open counts as later than it is so far, spread as other late lines fell there
    (Kaplan and Meier 1958).

    Args:
        lines: frame `past_order_lines`, with weight.
        as_of: date by which outcomes are known.
    """
    age = (pl.lit(as_of) - pl.col("due_on")).dt.total_days()
    told = lines.with_columns(
        weight=pl.col("weight") * pl.lit(2.0).pow(-age / RECENT),
        days=pl.coalesce("days_late", age).clip(EARLIEST, LATEST),
        came=pl.col("days_late").is_not_null(),
    )
    every = _add_lines(told, _place_first(), 1.0)
    laws, suppliers, groups = [every], {}, {}
    for (supplier,), own in told.sort("order", "line").group_by("supplier", maintain_order=True):
        law = _add_lines(own, every, PRIOR_LINES)
        suppliers[str(supplier)] = len(laws)
        laws.append(law)
        for (destination,), lane in own.group_by("destination", maintain_order=True):
            groups[str(supplier), str(destination)] = len(laws)
            laws.append(_add_lines(lane, law, PRIOR_LINES))
    return DaysLate(groups, suppliers, np.stack(laws))


def _place_first() -> FloatArray:
    """The law before any line is seen: in time on the day, late ones fading by the day."""
    fades = np.where(DAYS > 0, np.exp(-DAYS.clip(1) / _FIRST_TAIL), 0.0)
    return np.asarray(np.where(DAYS == 0, 1.0, fades / fades.sum()))


def _add_lines(lines: pl.DataFrame, wider: FloatArray, weight: float) -> FloatArray:
    """The law of some lines, and of `weight` lines in time and late ones each by a wider law."""
    came = lines["came"].to_numpy()
    at = lines["days"].to_numpy().astype(np.int64) - EARLIEST
    counts = np.bincount(
        at[came], weights=lines["weight"].to_numpy()[came], minlength=len(DAYS)
    ) + (weight * wider)
    for day, open_weight in zip(at[~came], lines["weight"].to_numpy()[~came], strict=True):
        later = np.where((np.arange(len(DAYS)) > day) & (DAYS > 0), counts, 0.0)
        total = later.sum()
        counts += open_weight * (later / total if total > 0 else DAYS == LATEST)
    late = DAYS > 0
    return np.asarray(np.where(late, counts / counts[late].sum(), counts / counts[~late].sum()))
