"""Which exceptions are new, go on, or have closed, and what each touches.

An exception opens once its score reaches the upper threshold of its kind, and closes once it is
below the lower one, or has not reached the upper one for some days: a score that hovers about its
threshold opens one exception; a score of 0 opens none. What no statistic decides is there or is
not. A subject of which nothing is known today keeps its state, until it was not seen for so long
that it is taken to be watched no more.
"""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

import polars as pl

from optimization.exceptions.describing import describe_exceptions
from optimization.exceptions.late_inputs import name_late_inputs
from optimization.exceptions.shifts import (
    SHIFT,
    SIDES_OF_SHIFT,
    find_category,
    gather_shift_rows,
    judge_shifts,
    list_sides,
)
from optimization.frames import cast_to_contract
from quality_checks.contracts import (
    TESTED_KINDS,
    ExceptionRules,
    Exceptions,
    ExceptionScope,
    JudgedSignals,
    SignalRows,
    find_frame,
)

_KEY = ["kind", "subject"]


class Settled(NamedTuple):
    """The exceptions of a business date.

    Attributes:
        exceptions: columns of the contract Exceptions but business_date, sorted by key.
        scope: columns of the contract ExceptionScope but business_date, sorted by key.
    """

    exceptions: pl.DataFrame
    scope: pl.DataFrame


def settle_exceptions(  # noqa: PLR0913, PLR0917  # what a date is settled by
    judged: pl.DataFrame,
    rows: pl.DataFrame,
    before: pl.DataFrame,
    day: date,
    rules: ExceptionRules,
    late: Collection[str],
    feeds: pl.DataFrame,
) -> Settled:
    """Settle what is an exception as of a business date.

    Args:
        judged: frame `judged_signals`.
        rows: frame `signal_rows`.
        before: rows of the contract Exceptions, of the business date before.
        day: business date.
        rules: when an exception closes.
        late: sources that are late everywhere.
        feeds: frame `late_feeds`.

    Raises:
        ValueError: a frame breaks its contract.
    """
    judged = find_frame(JudgedSignals).read(judged)
    rows = find_frame(SignalRows).read(rows)
    sides = list_sides(judged)
    now = pl.concat([judged, _list_facts(rows), judge_shifts(sides)])
    states = _follow(now, before, _list_unknown(judged, before), day, rules)
    shifting = states.filter(pl.col("kind") == SHIFT, pl.col("state") != "closed")
    joined = _join_into_shifts(states, shifting.select(category="subject"))
    whole = pl.concat([rows, gather_shift_rows(rows, sides, shifting.select("subject"))])
    described = describe_exceptions(joined, whole, before)
    touched = described.filter(pl.col("state") != "closed").select(*_KEY, "exception_id")
    scope = whole.join(touched, on=_KEY)
    named = name_late_inputs(described, scope, late, feeds)
    return Settled(cast_to_contract(named, Exceptions), cast_to_contract(scope, ExceptionScope))


def _list_facts(rows: pl.DataFrame) -> pl.DataFrame:
    """What is there without a test, in the columns of the frame `judged_signals`."""
    facts = (
        rows.filter(~pl.col("kind").is_in(TESTED_KINDS)).select(_KEY).unique(maintain_order=True)
    )
    schema = find_frame(JudgedSignals).schema
    return facts.select(
        pl.col(name) if name in _KEY else pl.lit(None, dtype).alias(name)
        for name, dtype in schema.items()
    )


def _list_unknown(judged: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Kind and subject of what was open before and of which nothing is known today."""
    tested = before.filter(pl.col("kind").is_in(TESTED_KINDS)).select(_KEY)
    cells = judged.filter(pl.col("kind").is_in(SIDES_OF_SHIFT)).select(subject=find_category())
    shifts = before.filter(pl.col("kind") == SHIFT).select(_KEY)
    return pl.concat(
        [tested.join(judged, on=_KEY, how="anti"), shifts.join(cells, on="subject", how="anti")]
    ).with_columns(unknown=pl.lit(value=True))


def _follow(
    now: pl.DataFrame,
    before: pl.DataFrame,
    unknown: pl.DataFrame,
    day: date,
    rules: ExceptionRules,
) -> pl.DataFrame:
    """All that is seen today or was open before, with its state.

    Returns:
        The columns of `now`, state, first_seen_on, last_seen_on, closed_by (quiet, over or
        unread).
    """
    was_open = before.filter(pl.col("state") != "closed").select(
        *_KEY, "first_seen_on", "last_seen_on", was_open=pl.lit(value=True)
    )
    marks = ("there", "was_open", "unknown")
    met = (
        now.with_columns(there=pl.lit(value=True))
        .join(was_open, on=_KEY, how="full", coalesce=True)
        .join(unknown, on=_KEY, how="left")
        .with_columns(pl.col(marks).fill_null(value=False))
    )
    # A fact has no score: it is there.
    off = (pl.col("score") >= pl.col("upper")) & (pl.col("score") > 0)
    seen = pl.col("there") & (pl.col("score").is_null() | off)
    holds = pl.col("there") & (pl.col("score") >= pl.col("lower")).fill_null(value=False)
    unseen_days = (pl.lit(day) - pl.col("last_seen_on")).dt.total_days()
    quiet, gone = unseen_days >= rules.quiet_days, unseen_days >= rules.unread_days
    judged = met.with_columns(seen=seen, holds=holds).filter(pl.col("seen") | pl.col("was_open"))
    stays = pl.col("seen") | (pl.col("unknown") & ~gone) | (pl.col("holds") & ~quiet)
    over = (
        pl.when("unknown")
        .then(pl.lit("unread"))
        .when("holds")
        .then(pl.lit("quiet"))
        .otherwise(pl.lit("over"))
    )
    return judged.with_columns(
        state=pl.when(~pl.col("was_open"))
        .then(pl.lit("new"))
        .when(stays)
        .then(pl.lit("open"))
        .otherwise(pl.lit("closed")),
        closed_by=pl.when(pl.col("was_open") & ~stays).then(over),
        first_seen_on=pl.col("first_seen_on").fill_null(day),
        last_seen_on=pl.when("seen").then(pl.lit(day)).otherwise("last_seen_on"),
    ).sort(_KEY)


def _join_into_shifts(states: pl.DataFrame, shifting: pl.DataFrame) -> pl.DataFrame:
    """Close what became part of a shift; a new shift was first seen when the first part was.

    Args:
        states: what `_follow` gives.
        shifting: category, of the shifts that are open.
    """
    category = pl.when(pl.col("kind") == SHIFT).then("subject").otherwise(find_category())
    told = states.with_columns(category=category)
    part = pl.col("kind").is_in(SIDES_OF_SHIFT) & pl.col("category").is_in(
        shifting["category"].implode()
    )
    began = (
        told.filter(part, pl.col("was_open"))
        .group_by("category", maintain_order=True)
        .agg(part_seen_on=pl.col("first_seen_on").min())
    )
    new_shift = (pl.col("kind") == SHIFT) & (pl.col("state") == "new")
    first = pl.min_horizontal("first_seen_on", "part_seen_on")
    return (
        told.filter(~(part & (pl.col("state") == "new")))
        .join(began, on="category", how="left", maintain_order="left")
        .with_columns(
            first_seen_on=pl.when(new_shift).then(first).otherwise("first_seen_on"),
            closed_by=pl.when(part & (pl.col("state") == "open"))
            .then(pl.lit("joined"))
            .otherwise("closed_by"),
            state=pl.when(part).then(pl.lit("closed")).otherwise("state"),
        )
    )
