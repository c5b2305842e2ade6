"""How late a document line will come, and whether it still comes, by how late others came.

Lateness is whole days from the day that a document states to arrival. Its distribution is that of
Kaplan and Meier (Journal of the American Statistical Association 53, 1958), in which an open line
counts as later than the days it is late so far.

A line may also never come, which an open one does not tell. So open lines are parted by the
chance to come of a simple law, fitted to the lines of all senders (`_fit_late`): a late line never
comes with chance q, else its days late fade exponentially with mean m. What most likely never comes
counts as that, the rest as on its way. A prior line, by the same law, stands beyond all that was
ever seen; so the chance goes to 0 there, and not to 1.
"""

from collections.abc import Callable
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

_LATE = 0.1
"""Chance of the prior line to come late, if it comes; else it comes on its day."""

_NEVER = 0.05
"""Share of late lines that never come, before any is seen; it weighs `PRIOR_LINES` late lines."""

_LEAST_TAIL = 7.0
"""Mean days late of late lines, before any is seen, at least: a booking may wait for a week."""

_LEAD_SHARE = 0.25
"""The same as a share of the days from order to the day stated."""

_TIE = 1e-9

_ROUNDS = 100
"""Rounds in which the law of late lines and the chances of open ones are fitted to each other."""


class _LateLaw(NamedTuple):
    """Law of the lines that are late.

    Attributes:
        mean: days late of those that come.
        never: share of those that never come.
    """

    mean: float
    never: float

    def chance(self, days_late: FloatArray) -> FloatArray:
        """Chance that a line still comes that is so many days late."""
        later = (1.0 - self.never) * np.exp(-np.maximum(days_late, 0) / self.mean)
        return np.asarray(later / (later + self.never))


class _Lateness(NamedTuple):
    """What becomes of the lines of senders.

    Attributes:
        on_day: [sender, day] lines that come on each of `_DAYS`.
        never: [sender] lines that never come.
    """

    on_day: FloatArray
    never: FloatArray


def judge_lateness(lines: pl.DataFrame, record: pl.DataFrame) -> pl.DataFrame:
    """Judge lines by the record of their kind of statement and of their sender.

    Args:
        lines: record, sender; days_late at the close of the business date on which they had not
            come: below 0 before the day stated; and modelled_late, the chance to come after that
            day by the model of delays, missing where the record tells it.
        record: frame `delivery_record`.

    Returns:
        `lines` with chance, that the line still comes: 1 until the day stated; and days_to_come,
        the mean days from the business date to arrival, if it comes.
    """
    return _by_kind(_judge_kind, lines, record)


def spread_lateness(lines: pl.DataFrame, record: pl.DataFrame, *, points: int) -> pl.DataFrame:
    """Spread when lines come over points of equal chance, by the records that judge them.

    Args:
        lines: as for `judge_lateness`; and late_from and late_week_from, the days late after which
            a line counts as more than 0 and 7 days late: 0 and 7 where no closure moves it.
        record: frame `delivery_record`.
        points: how many.

    Returns:
        `lines` with late_chance and late_week_chance, that the line comes after those days, or
        never; and waits, a list of `points` days from the business date
        to arrival, if it comes: the middles of as many parts of equal chance, each at least 1.
    """

    def spread_kind(asked: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
        return _spread_kind(asked, seen, points)

    return _by_kind(spread_kind, lines, record)


def _by_kind(
    judge: Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame],
    lines: pl.DataFrame,
    record: pl.DataFrame,
) -> pl.DataFrame:
    """Judge lines by the record of their kind of statement, and give them in their order."""
    numbered = lines.with_row_index("place")
    alike = ["record", "sender", "lead_days", "days_late", "came"]
    # In one order, so that sums of chances do not depend on that of the lines.
    seen = record.group_by(alike, maintain_order=True).agg(pl.col("lines").sum()).sort(alike)
    parts = [
        judge(asked, seen.filter(record=str(name)))
        for (name,), asked in numbered.group_by("record", maintain_order=True)
    ]
    judged = pl.concat(parts) if parts else judge(numbered, seen)
    return judged.sort("place").drop("place")


def _judge_kind(lines: pl.DataFrame, record: pl.DataFrame) -> pl.DataFrame:
    """Judge lines of one kind of statement."""
    law, on_day, never = _find_laws(lines, record)
    late = lines["days_late"].to_numpy().astype(np.int64)
    at = np.clip(late, _EARLIEST, _LATEST) - _EARLIEST
    days, rows = np.arange(len(_DAYS), dtype=float), np.arange(lines.height)
    # Of what comes after each day: its chance, and its mean day.
    later = _sum_after(on_day)[rows, at]
    mean_day = _sum_after(on_day * days)[rows, at]
    still = later + never
    chance = np.where(
        late < 0, 1.0, np.divide(later, still, out=np.zeros(len(at)), where=still > 0)
    )
    wait = np.divide(mean_day, later, out=at + law.mean, where=later > 0) - at
    # A line whose day is still far off waits for it besides.
    return lines.with_columns(
        chance=pl.Series(chance, dtype=pl.Float64),
        days_to_come=pl.Series(wait + np.clip(_EARLIEST - late, 0, None), dtype=pl.Float64),
    )


def _spread_kind(lines: pl.DataFrame, record: pl.DataFrame, points: int) -> pl.DataFrame:
    """Spread the lines of one kind of statement over points of equal chance."""
    _, on_day, never = _find_laws(lines, record)
    late = lines["days_late"].to_numpy().astype(np.int64)
    # Only days after the business date are left to come on.
    to_come = np.where(np.clip(late, _EARLIEST - 1, _LATEST - 1)[:, None] < _DAYS, on_day, 0.0)
    still = to_come.sum(axis=1) + never
    reached = np.cumsum(to_come, axis=1)
    wanted = reached[:, -1:] * (np.arange(points) + 0.5) / points
    # Shares that agree to 9 decimals are ties.
    at = (reached[:, None, :] < wanted[:, :, None] - _TIE).sum(axis=2)
    waits = np.maximum(_DAYS[np.minimum(at, len(_DAYS) - 1)] - late[:, None], 1)

    def later_than(bound: str) -> FloatArray:
        days = lines[bound].to_numpy()[:, None]
        later = np.where(days < _DAYS, to_come, 0.0).sum(axis=1) + never
        share = np.divide(later, still, out=np.ones(len(late)), where=still > 0)
        return np.asarray(np.minimum(share, 1.0))

    return lines.with_columns(
        late_chance=pl.Series(later_than("late_from"), dtype=pl.Float64),
        late_week_chance=pl.Series(later_than("late_week_from"), dtype=pl.Float64),
        waits=pl.Series(waits.tolist(), dtype=pl.List(pl.Int64)),
    )


def _find_laws(
    lines: pl.DataFrame, record: pl.DataFrame
) -> tuple[_LateLaw, FloatArray, FloatArray]:
    """What becomes of lines like each of `lines`, which are of one kind of statement.

    Returns:
        The law of late lines of all senders; and for each line, of those of its sender, how many
        come on each of `_DAYS`, [line, day], and how many never come, [line].
    """
    senders = (
        pl.concat([lines.select("sender"), record.select("sender")])
        .unique()
        .sort("sender")
        .with_row_index("number")
    )
    law = _fit_late(record)
    found = _measure(_number(record, senders), record, senders.height, law)
    sender = _number(lines, senders)
    modelled = lines["modelled_late"].to_numpy().astype(float)
    return law, *_tilt(found.on_day[sender], found.never[sender], modelled)


def _tilt(on_day: FloatArray, never: FloatArray, late: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Lines in time and late ones weighed anew, where the chance to be late is told besides.

    How early or late they come is as before; what never comes is late.

    Args:
        on_day: [line, day].
        never: [line].
        late: chance of each to be late, not a number where the record tells it.
    """
    in_time = np.where(_DAYS <= 0, on_day, 0.0).sum(axis=1)
    every = on_day.sum(axis=1) + never
    told = ~np.isnan(late) & (in_time > 0) & (every > in_time)
    ones = np.ones(len(late))
    less = np.divide((1.0 - late) * every, in_time, out=ones.copy(), where=told)
    more = np.divide(late * every, every - in_time, out=ones, where=told)
    return np.where(_DAYS <= 0, less[:, None], more[:, None]) * on_day, more * never


def _number(rows: pl.DataFrame, senders: pl.DataFrame) -> IntArray:
    joined = rows.select("sender").join(
        senders, on="sender", how="left", nulls_equal=True, maintain_order="left"
    )
    return joined["number"].to_numpy().astype(np.int64)


def _fit_late(record: pl.DataFrame) -> _LateLaw:
    """Fit the law of late lines: in turns, the chance of each open one, and the law by them.

    `PRIOR_LINES` late lines are added that are as the law is before any is seen.
    """
    late = record.filter(pl.col("days_late") > 0)
    came, lines = late["came"].to_numpy(), late["lines"].to_numpy().astype(float)
    days = late["days_late"].to_numpy().astype(float)
    lead = int((record["lead_days"] * record["lines"]).sum()) / max(int(record["lines"].sum()), 1)
    first = max(_LEAST_TAIL, _LEAD_SHARE * lead)
    law = _LateLaw(first, _NEVER)
    for _ in range(_ROUNDS):
        comes = np.where(came, 1.0, law.chance(days)) * lines
        so_far = days + np.where(came, 0.0, law.mean)
        law = _LateLaw(
            (PRIOR_LINES * first + (comes * so_far).sum()) / (PRIOR_LINES + comes.sum()),
            (PRIOR_LINES * _NEVER + (lines - comes).sum()) / (PRIOR_LINES + lines.sum()),
        )
    return law


def _measure(sender: IntArray, record: pl.DataFrame, senders: int, law: _LateLaw) -> _Lateness:
    """What becomes of the lines of each sender, with some of all senders added."""
    late = record["days_late"].to_numpy()
    day = late.clip(_EARLIEST, _LATEST) - _EARLIEST
    came, lines = record["came"].to_numpy(), record["lines"].to_numpy()
    comes = np.where(came, 1.0, law.chance(late.astype(float))) * lines
    arrived, waiting = (np.zeros((senders, len(_DAYS))) for _ in range(2))
    never = np.zeros(senders)
    np.add.at(arrived, (sender[came], day[came]), comes[came])
    np.add.at(waiting, (sender[~came], day[~came]), comes[~came])
    np.add.at(never, sender, lines - comes)
    every = _spread_waiting(
        arrived.sum(axis=0, keepdims=True) + _place_prior(law),
        waiting.sum(axis=0, keepdims=True),
    )
    # Of the prior line, the late part brings its share that never comes.
    lost = never.sum() + _LATE * law.never / (1.0 - law.never)
    share = PRIOR_LINES / (every.sum() + lost)
    return _Lateness(_spread_waiting(arrived + share * every, waiting), never + share * lost)


def _place_prior(law: _LateLaw) -> FloatArray:
    """The prior line by days late, if it comes: on its day, or fading from the day after."""
    prior = np.where(_DAYS == 0, 1.0 - _LATE, 0.0)
    overdue = _DAYS[_DAYS > 0]
    fades = np.exp(-(overdue - 1) / law.mean) - np.exp(-overdue / law.mean)
    prior[_DAYS > 0] = _LATE * fades
    return prior


def _spread_waiting(arrived: FloatArray, waiting: FloatArray) -> FloatArray:
    """Spread lines that are on their way over the days after theirs, as others fell there."""
    at_risk = _sum_after(arrived) + arrived + _sum_after(waiting) + waiting
    hazard = np.divide(arrived, at_risk, out=np.zeros_like(arrived), where=at_risk > 0)
    left = np.cumprod(1.0 - hazard, axis=1)
    before = np.concatenate([np.ones((len(left), 1)), left[:, :-1]], axis=1)
    return np.asarray(before * hazard * at_risk[:, :1])


def _sum_after(values: FloatArray) -> FloatArray:
    """Sum of the values of later days, for each day."""
    summed = np.cumsum(values[:, ::-1], axis=1)[:, ::-1]
    return np.concatenate([summed[:, 1:], np.zeros((len(values), 1))], axis=1)
