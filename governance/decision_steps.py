"""How long approvals take: each role that was asked for an action, when, and when it answered."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

import polars as pl

from governance.plan_events import PLAN_MADE
from governance.store import Store
from quality_checks.contracts import (
    Decisions,
    DecisionSteps,
    PlanLines,
    Proposals,
    Routed,
    find_contract,
)

_VOTES: Final = ("approve", "reject", "override")
_TIME: Final = pl.Datetime("us")
_STEP: Final = ["action_id", "role"]


def find_plan_times(store: Store, business_date: date) -> dict[int, datetime]:
    """When each version of the plan of a business date was made, by the audit chain."""
    found: dict[int, datetime] = {}
    for event in store.find_events(PLAN_MADE, f'"{business_date.isoformat()}"'):
        said = json.loads(event.payload)
        if said["business_date"] == business_date.isoformat():
            found.setdefault(said["plan_version"], datetime.fromisoformat(event.at))
    return found


def list_decision_steps(
    proposals: pl.DataFrame,
    routed: pl.DataFrame,
    decisions: pl.DataFrame,
    lines: pl.DataFrame,
    made_at: Mapping[int, datetime],
) -> pl.DataFrame:
    """List whom policy asked about the actions of a plan, and how long each took.

    A role is asked once the first version that proposes the action is made, and where roles approve
    in order once the one before it has answered. A role that need not answer any more has no step.

    Args:
        proposals: a `Proposals` frame of one business date.
        routed: its `Routed` frame.
        decisions: a `Decisions` frame, of any actions.
        lines: `PlanLines` rows of its business date.
        made_at: when versions of the plan were made; what is not there is not known.

    Returns:
        Rows of the contract DecisionSteps but business_date, sorted by action_id and role.
    """
    asked = _list_asked(_add_first_seen(proposals, lines, made_at), routed)
    votes = _sum_votes(find_contract(Decisions).conform(decisions))
    steps = asked.join(votes, on=_STEP, how="left", maintain_order="left").sort(
        "action_id", "place"
    )
    before = pl.col("answered_at").shift(1).over("action_id")
    in_order = (pl.col("needs") == "in_order") & (pl.col("place") > 0)
    answered = pl.col("answered_at").is_not_null()
    enough = (pl.col("needs") == "any") & answered.any().over("action_id")
    # What is decided, withdrawn or blocked by now waits for nobody.
    open_still = (pl.col("status") == "waiting") & ~enough & ~(in_order & before.is_null())
    hours = (pl.col("answered_at") - pl.col("asked_at")).dt.total_seconds() / 3600
    return (
        steps.with_columns(asked_at=pl.when(in_order).then(before).otherwise("proposed_at"))
        .filter(answered | open_still)
        .with_columns(
            state=pl.when(answered).then(pl.lit("answered")).otherwise(pl.lit("waiting")),
            hours=hours.clip(lower_bound=0.0),
        )
        .select(find_contract(DecisionSteps).made_schema.names())
        .sort(_STEP)
    )


def _add_first_seen(
    proposals: pl.DataFrame, lines: pl.DataFrame, made_at: Mapping[int, datetime]
) -> pl.DataFrame:
    """Proposals with `proposed_at`: when the first version that had each was made."""
    stated = find_contract(Proposals).conform(proposals)
    seen = pl.concat(
        frame.select("action_id", "plan_version")
        for frame in (stated, find_contract(PlanLines).conform(lines))
    )
    first = seen.group_by("action_id", maintain_order=True).agg(
        first_version=pl.col("plan_version").min()
    )
    times = pl.DataFrame(
        {"first_version": list(made_at), "proposed_at": list(made_at.values())},
        schema={"first_version": pl.Int64, "proposed_at": _TIME},
    )
    told = stated.select("action_id", "kind", "region", "category")
    return told.join(first, on="action_id", validate="1:1").join(
        times, on="first_version", how="left", validate="m:1"
    )


def _list_asked(actions: pl.DataFrame, routed: pl.DataFrame) -> pl.DataFrame:
    """Actions that people were asked about, a row for each role with its place in their order."""
    reviewed = find_contract(Routed).conform(routed).filter(pl.col("roles") != "")
    roles = reviewed.select("action_id", "needs", "status", role=pl.col("roles").str.split(";"))
    return (
        actions.join(roles, on="action_id", validate="1:1")
        .explode("role")
        .with_columns(place=pl.int_range(pl.len()).over("action_id"))
    )


def _sum_votes(decisions: pl.DataFrame) -> pl.DataFrame:
    """The first answer of each role on each action, its last, and how many it gave."""
    return (
        decisions.filter(pl.col("decision").is_in(_VOTES))
        .sort("decided_at", "decision_id")
        .group_by(_STEP, maintain_order=True)
        .agg(
            answered_at=pl.col("decided_at").first(),
            answer=pl.col("decision").last(),
            author=pl.col("author").last(),
            answers=pl.len().cast(pl.Int64),
        )
    )
