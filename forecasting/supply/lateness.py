"""How late a document line will come, and whether it still comes, by how late others came.

Lateness is whole days from the day that a document states to arrival. Its distribution is that of
Kaplan and Meier (Journal of the American Statistical Association 53, 1958), in which an open line
counts as later than the days it is late so far. A line may also never come. Nothing that has come
tells how many do not, so each record is given a prior line: on the stated day mostly, with chance
`_LATE` later by days that fade exponentially, with chance `_NEVER` not at all. Beyond all that was
ever seen the two decide, and the chance that a line still comes goes to 0.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

PRIOR_LINES = 5.0
"""Lines that all senders weigh against a sender's own."""

_EARLIEST, _LATEST = -60, 400
"""Days late between which lines are told apart; what is earlier or later counts there."""

_DAYS = np.arange(_EARLIEST, _LATEST + 1)

_LATE, _NEVER = 0.1, 0.005
"""Chances of the prior line to come late and never: twenty late lines for one that never comes."""

_LEAST_TAIL = 7.0
"""Mean days of the prior line's lateness at least: a booking may wait for a week."""

_LEAD_SHARE = 0.25
"""The same as a share of the days from order to the day stated."""


class _Lateness(NamedTuple):
    """Distribution of days late, by sender, as chances.

    Attributes:
        on_day: [sender, day] of arrival on each of `_DAYS`.
        never: [sender] of never.
    """

    on_day: FloatArray
    never: FloatArray


def judge_lateness(lines: pl.DataFrame, record: pl.DataFrame) -> pl.DataFrame:
    """Judge lines by the record of their kind of statement and of their sender.

    Args:
        lines: record, sender, and days_late at the close of the business date on which they had
            not come: below 0 before the day stated.
        record: frame `delivery_record`.

    Returns:
        `lines` with chance, that the line still comes: 1 until the day stated; and days_to_come,
        the mean days from the business date to arrival, if it comes.
    """
    numbered = lines.with_row_index("place")
    parts = [
        _judge_kind(asked, record.filter(record=str(name)))
        for (name,), asked in numbered.group_by("record", maintain_order=True)
    ]
    judged = pl.concat(parts) if parts else _judge_kind(numbered, record)
    return judged.sort("place").drop("place")


def _judge_kind(lines: pl.DataFrame, record: pl.DataFrame) -> pl.DataFrame:
    """Judge lines of one kind of statement."""
    senders = (
        pl.concat([lines.select("sender"), record.select("sender")])
        .unique()
        .sort("sender")
        .with_row_index("number")
    )
    found = _measure(_number(record, senders), record, senders.height)
    sender = _number(lines, senders)
    late = lines["days_late"].to_numpy().astype(np.int64)
    at = np.clip(late, _EARLIEST, _LATEST) - _EARLIEST
    days = np.arange(len(_DAYS), dtype=float)
    # Of what comes after each day: its chance, and its mean day.
    later = _sum_after(found.on_day)[sender, at]
    mean_day = _sum_after(found.on_day * days)[sender, at]
    tail = _measure_tail(record)
    still = later + found.never[sender]
    chance = np.where(
        late < 0, 1.0, np.divide(later, still, out=np.zeros(len(at)), where=still > 0)
    )
    wait = np.divide(mean_day, later, out=at + tail, where=later > 0) - at
    # A line whose day is still far off waits for it besides.
    return lines.with_columns(
        chance=pl.Series(chance, dtype=pl.Float64),
        days_to_come=pl.Series(wait + np.clip(_EARLIEST - late, 0, None), dtype=pl.Float64),
    )


def _number(rows: pl.DataFrame, senders: pl.DataFrame) -> IntArray:
    joined = rows.select("sender").join(
        senders, on="sender", how="left", nulls_equal=True, maintain_order="left"
    )
    return joined["number"].to_numpy().astype(np.int64)


def _measure(sender: IntArray, record: pl.DataFrame, senders: int) -> _Lateness:
    """The lateness of each sender, shrunk to that of all."""
    day = record["days_late"].to_numpy().clip(_EARLIEST, _LATEST) - _EARLIEST
    came, lines = record["came"].to_numpy(), record["lines"].to_numpy()
    arrived, waiting = (np.zeros((senders, len(_DAYS))) for _ in range(2))
    np.add.at(arrived, (sender[came], day[came]), lines[came])
    np.add.at(waiting, (sender[~came], day[~came]), lines[~came])
    prior = np.zeros(len(_DAYS))
    prior[_DAYS == 0] = 1.0 - _LATE - _NEVER
    overdue = _DAYS[_DAYS > 0]
    tail = _measure_tail(record)
    prior[_DAYS > 0] = _LATE * (np.exp(-(overdue - 1) / tail) - np.exp(-overdue / tail))
    every = _spread_waiting(
        arrived.sum(axis=0, keepdims=True) + prior,
        waiting.sum(axis=0, keepdims=True),
        np.array([_NEVER]),
    )
    return _spread_waiting(
        arrived + PRIOR_LINES * every.on_day,
        waiting,
        np.full(senders, PRIOR_LINES * every.never[0]),
    )


def _measure_tail(record: pl.DataFrame) -> float:
    """Mean days by which the prior line is late, where it is."""
    late = record.filter(pl.col("came"), pl.col("days_late") > 0)
    lead = _LEAD_SHARE * _average(record, "lead_days")
    return max(_LEAST_TAIL, _average(late, "days_late"), lead)


def _average(record: pl.DataFrame, name: str) -> float:
    """Mean of a column over lines; 0 where there are none."""
    return float((record[name] * record["lines"]).sum()) / max(int(record["lines"].sum()), 1)


def _spread_waiting(arrived: FloatArray, waiting: FloatArray, never: FloatArray) -> _Lateness:
    """Spread lines that wait over the days after theirs, and over never, as others fell there."""
    at_risk = _sum_after(arrived) + arrived + _sum_after(waiting) + waiting + never[:, None]
    hazard = np.divide(arrived, at_risk, out=np.zeros_like(arrived), where=at_risk > 0)
    left: FloatArray = np.cumprod(1.0 - hazard, axis=1, dtype=np.float64)
    before = np.concatenate([np.ones((len(left), 1)), left[:, :-1]], axis=1)
    return _Lateness(before * hazard, np.asarray(left[:, -1], dtype=np.float64))


def _sum_after(values: FloatArray) -> FloatArray:
    """Sum of the values of later days, for each day."""
    summed = np.cumsum(values[:, ::-1], axis=1)[:, ::-1]
    return np.concatenate([summed[:, 1:], np.zeros((len(values), 1))], axis=1)
