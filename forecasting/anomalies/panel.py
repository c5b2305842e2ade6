"""Readings of a kind as arrays: a row a subject, a column a day, NaN where unknown."""

from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

FloatArray = npt.NDArray[np.float64]


class ReadingPanel(NamedTuple):
    """Readings of one kind.

    Attributes:
        subjects: what each row is about, sorted.
        days: day of each column, ascending; the last is the one that is judged.
        errors, observed, expected: (subjects, days).
    """

    subjects: list[str]
    days: list[date]
    errors: FloatArray
    observed: FloatArray
    expected: FloatArray


def arrange_panel(readings: pl.DataFrame, day: date) -> ReadingPanel:
    """Arrange readings of one kind, up to a day.

    Args:
        readings: business_date, subject, observed, expected, error; of one kind.
        day: the last column, though nothing is read on it.
    """
    subjects = readings["subject"].unique().sort().to_list()
    days = sorted({*readings["business_date"].to_list(), day})
    rows = {subject: row for row, subject in enumerate(subjects)}
    columns = {known: column for column, known in enumerate(days)}
    at = (
        [rows[subject] for subject in readings["subject"]],
        [columns[known] for known in readings["business_date"]],
    )

    def spread(name: str) -> FloatArray:
        values = np.full((len(subjects), len(days)), np.nan)
        values[at] = readings[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
        return values

    return ReadingPanel(
        subjects, days, *(spread(name) for name in ("error", "observed", "expected"))
    )
