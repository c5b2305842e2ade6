"""What people decide about actions, and which of their decisions stand.

An author's latest decision on an action stands; what he decided before on it is superseded, so
that one person speaks in one role and two required roles need two people.
"""

from datetime import date, datetime
from typing import Annotated, Literal, Self

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from governance.kinds import KINDS
from governance.roles import ROLES
from quality_checks.contracts import MOST_UNITS, Decisions, find_contract

Text = Annotated[str, Field(pattern=r"\S")]


class Decision(BaseModel):
    """One decision; a row of the landing contract `Decisions`, with the rules a row cannot state.

    Raises:
        pydantic.ValidationError: a text is blank, the role is unknown, an override lacks its
            quantity or expiry, or the time carries a zone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    decision_id: Text
    action_id: Text
    decision: Literal["approve", "reject", "override"]
    author: Text
    role: Text
    reason: Text
    quantity: int | None = Field(default=None, ge=0, le=MOST_UNITS)
    expires_on: date | None = None
    decided_at: datetime

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.role not in ROLES:
            raise ValueError(f"role {self.role!r} is unknown; known: {', '.join(ROLES)}")
        if self.decision == "override" and (self.quantity is None or self.expires_on is None):
            raise ValueError("an override needs a quantity and the last day it holds")
        if self.decided_at.tzinfo is not None:
            raise ValueError("decided_at carries a zone; times are local wall-clock times")
        return self


def find_problems(decisions: pl.DataFrame) -> pl.DataFrame:
    """Decisions that cannot count, with the reason: decision_id, action_id, problem.

    The landing contract lets them in, since a file may hold anything; routing passes over them.

    Args:
        decisions: a `Decisions` frame.
    """
    return (
        decisions.with_columns(problem=_problem())
        .filter(pl.col("problem").is_not_null())
        .select("decision_id", "action_id", "problem")
        .sort("decision_id")
    )


def standing(decisions: pl.DataFrame, actions: pl.DataFrame, on: date) -> pl.DataFrame:
    """Decisions that count on the day `on`: the latest of each author on each action.

    A decision does not count if `find_problems` names it, if `actions` lacks its action, if its
    role may not decide the kind, or if it is an override that has expired.

    Args:
        decisions: a `Decisions` frame.
        actions: action_id, kind.
        on: day on which overrides must still hold.

    Returns:
        `Decisions` columns, one row an action and author.
    """
    allowed = pl.DataFrame(
        [(role, kind.name) for kind in KINDS.values() for role in kind.roles],
        schema={"role": pl.String, "kind": pl.String},
        orient="row",
    )
    return (
        decisions.filter(_problem().is_null())
        .join(actions.select("action_id", "kind"), on="action_id", validate="m:1")
        .join(allowed, on=["role", "kind"], how="semi")
        .sort("decided_at", "decision_id")
        .unique(["action_id", "author"], keep="last", maintain_order=True)
        .filter((pl.col("decision") != "override") | (pl.col("expires_on") >= on))
        .select(find_contract(Decisions).columns)
    )


def _problem() -> pl.Expr:
    override = pl.col("decision") == "override"
    checks = {
        "The role is unknown.": ~pl.col("role").is_in(list(ROLES)),
        "The author is missing.": pl.col("author").str.strip_chars() == "",
        "The reason is missing.": pl.col("reason").str.strip_chars() == "",
        "An override needs a quantity.": override & pl.col("quantity").is_null(),
        "An override needs the last day it holds.": override & pl.col("expires_on").is_null(),
    }
    return pl.coalesce(
        pl.when(fault).then(pl.lit(words, pl.String)) for words, fault in checks.items()
    )
