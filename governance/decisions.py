"""What people decide about actions, and which of their decisions stand.

Approvals, rejections and overrides are votes. A deferral takes an action out of the worklist until
a time, or until somebody votes on it; a comment decides nothing.

An author's latest decision on an action stands; what he decided before on it is superseded. One
person speaks in one role, so that two required roles need two people: having approved an action, or
changed its quantity, he cannot approve it in another role unless he rejects it first. However his
name is typed he is one person; see `names`.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Final, Literal, Self

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from governance.kinds import CHANGES, KINDS, list_deciders
from governance.names import Author, find_name_faults, fold_names
from governance.roles import ROLES
from quality_checks.contracts import MOST_UNITS, Decisions, find_contract

Text = Annotated[str, Field(pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]
"""Not blank, and without the one character that PostgreSQL does not keep."""

_VOTES: Final = ("approve", "reject", "override")


class Decision(BaseModel):
    """One decision; a row of the landing contract `Decisions`, with the rules a row cannot state.

    Raises:
        pydantic.ValidationError: a text is blank, the author's name cannot be a person's, the role
            is unknown, an override changes nothing or lacks its expiry, a deferral lacks its end,
            or a time carries a zone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    decision_id: Text
    action_id: Text
    decision: Literal["approve", "reject", "override", "defer", "comment"]
    author: Author
    role: Text
    reason: Text
    quantity: int | None = Field(default=None, ge=0, le=MOST_UNITS)
    expires_on: date | None = None
    decided_at: datetime
    reason_code: Text | None = None
    until: datetime | None = None
    due_on: date | None = None
    origin: Text | None = None
    plan_version: int | None = Field(default=None, ge=1)
    supplier: Text | None = None
    price: float | None = Field(default=None, gt=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.role not in ROLES:
            raise ValueError(f"role {self.role!r} is unknown; known: {', '.join(ROLES)}")
        changes = (getattr(self, name) is not None for name in CHANGES)
        if self.decision == "override" and not (any(changes) and self.expires_on):
            raise ValueError("an override needs what it changes and the last day it holds")
        if self.decision == "defer" and self.until is None:
            raise ValueError("a deferral needs the time until which it holds")
        for name in ("decided_at", "until"):
            if (time := getattr(self, name)) is not None and time.tzinfo is not None:
                raise ValueError(f"{name} carries a zone; times are local wall-clock times")
        return self


def find_faults(decisions: pl.DataFrame, actions: pl.DataFrame) -> pl.DataFrame:
    """Decisions that cannot count whatever others decide: decision_id, action_id, problem.

    One is incomplete, `actions` lacks its action, its role may not decide the kind, an override is
    of broken packs, of what its kind keeps, or does not hold when the action goes out, a deferral
    ends when nothing of its date leaves any more, or an approval is of an author who has spoken for
    the action in another role. The landing contract lets them in, since a file may
    hold anything; routing passes over them.

    Args:
        decisions: a `Decisions` frame, all that was decided about their actions.
        actions: action_id, kind, business_date, quantity, packs.
    """
    return (
        _judge(decisions, actions)
        .filter(pl.col("problem").is_not_null())
        .select("decision_id", "action_id", "problem")
        .sort("decision_id")
    )


def standing(decisions: pl.DataFrame, actions: pl.DataFrame) -> pl.DataFrame:
    """Votes that count: the latest of each author on each action, of those without a fault.

    Args:
        decisions: a `Decisions` frame.
        actions: as for `find_faults`, which says what a fault is.

    Returns:
        `Decisions` columns, one row an action and author.
    """
    return (
        _judge(decisions, actions)
        .filter(pl.col("problem").is_null(), pl.col("decision").is_in(_VOTES))
        .sort("decided_at", "decision_id")
        .unique(["action_id", "speaker"], keep="last", maintain_order=True)
        .select(find_contract(Decisions).columns)
    )


def find_deferrals(decisions: pl.DataFrame, actions: pl.DataFrame) -> pl.DataFrame:
    """Find the actions that are deferred: those on which nobody has voted since.

    Args:
        decisions: a `Decisions` frame.
        actions: as for `find_faults`.

    Returns:
        action_id, deferred_until, one row an action.
    """
    return (
        _judge(decisions, actions)
        .filter(pl.col("problem").is_null(), pl.col("decision") != "comment")
        .sort("decided_at", "decision_id")
        .unique("action_id", keep="last", maintain_order=True)
        .filter(decision="defer")
        .select("action_id", deferred_until="until")
    )


def find_code_faults(decisions: pl.DataFrame, codes: Mapping[str, str]) -> pl.DataFrame:
    """Find decisions whose reason code policy does not have: decision_id, action_id, problem.

    Where policy lists codes, an override and a rejection need one. What was recorded under another
    policy stands all the same.

    Args:
        decisions: a `Decisions` frame.
        codes: reason codes of policy, with what they say.
    """
    code, listed = pl.col("reason_code"), ", ".join(codes) or "none"
    needed = pl.col("decision").is_in(["override", "reject"]) & pl.lit(bool(codes))
    problem = (
        pl.when(code.is_not_null() & ~code.is_in(list(codes)))
        .then(pl.format("{} is no reason code of policy; known: {}", code, pl.lit(listed)))
        .when(needed & code.is_null())
        .then(pl.lit(f"The reason code is missing; known: {listed}"))
    )
    return (
        decisions.select("decision_id", "action_id", problem=problem)
        .drop_nulls("problem")
        .sort("decision_id")
    )


def _judge(decisions: pl.DataFrame, actions: pl.DataFrame) -> pl.DataFrame:
    """Decisions with their problem, missing where they have none, and `speaker`, who made them."""
    allowed = pl.DataFrame(
        [(kind.name, role) for kind in KINDS.values() for role in kind.roles],
        schema={"kind": pl.String, "role": pl.String},
        orient="row",
    ).with_columns(may_decide=True)
    who = pl.DataFrame(
        [(kind.name, list_deciders(kind.name)) for kind in KINDS.values()],
        schema={"kind": pl.String, "who": pl.String},
        orient="row",
    )
    kept = pl.DataFrame(
        [
            (kind.name, [name for name in CHANGES if name not in kind.overridable])
            for kind in KINDS.values()
        ],
        schema={"kind": pl.String, "kept": pl.List(pl.String)},
        orient="row",
    )
    of_action = actions.select(
        "action_id", "kind", goes_out=pl.col("business_date") + pl.duration(days=1), pack=_pack()
    )
    return (
        decisions.sort("decided_at", "decision_id")
        .with_columns(speaker=fold_names(pl.col("author")))
        .join(of_action, on="action_id", how="left", validate="m:1", maintain_order="left")
        .join(allowed, on=["kind", "role"], how="left", maintain_order="left")
        .join(who, on="kind", how="left", maintain_order="left")
        .join(kept, on="kind", how="left", maintain_order="left")
        .with_columns(problem=pl.coalesce(_problem(), _problem_with_action()))
        .with_columns(problem=pl.coalesce("problem", _second_role()))
    )


def _second_role() -> pl.Expr:
    """What is wrong with an approval in another role; decisions are in the order they were made."""
    counts = pl.col("problem").is_null() & pl.col("decision").is_in(_VOTES)
    # A rejection gives up the role in which its author spoke, an override takes it up anew.
    anew = counts & pl.col("decision").is_in(["reject", "override"])
    by_author = ["action_id", "speaker"]
    turn = anew.cast(pl.Int64).cum_sum().over(by_author)
    speaks = pl.when(counts & (pl.col("decision") != "reject")).then("role")
    spoken = speaks.drop_nulls().first().over([*by_author, turn])
    words = "{} has spoken for it as {}, and each role must be another person."
    second = (pl.col("decision") == "approve") & (spoken != pl.col("role"))
    return pl.when(second).then(pl.format(words, "author", spoken))


def _pack() -> pl.Expr:
    """Units of a pack; 1 where a quantity is no whole number of packs."""
    size = pl.col("quantity") // pl.col("packs")
    return pl.when(size * pl.col("packs") == pl.col("quantity")).then(size).otherwise(1)


def _problem_with_action() -> pl.Expr:
    override, comment = pl.col("decision") == "override", pl.col("decision") == "comment"
    quantity, last, leaves = pl.col("quantity"), pl.col("expires_on"), pl.col("goes_out")
    checks = [
        (pl.col("kind").is_null(), pl.lit("No plan proposes this action.")),
        (
            pl.col("may_decide").is_null() & ~comment,
            pl.format("{} may not decide this kind of action; {} may.", "role", "who"),
        ),
        *_list_faults_of_overrides(),
        (
            # Packs of another supplier are those of its terms.
            override & pl.col("supplier").is_null() & (quantity % pl.col("pack") != 0),
            pl.format("{} units are no whole packs of {}.", quantity, "pack"),
        ),
        (
            override & (last < leaves),
            pl.format("An override until {} has expired on {}, when it leaves.", last, leaves),
        ),
        *_list_faults_of_deferrals(),
    ]
    return pl.coalesce(pl.when(fault).then(words) for fault, words in checks)


def _list_faults_of_overrides() -> list[tuple[pl.Expr, pl.Expr]]:
    """What an override may not change, each with its words."""
    override = pl.col("decision") == "override"
    return [
        (
            override & pl.col(name).is_not_null() & pl.col("kept").list.contains(pl.lit(name)),
            pl.format("Of a {} nobody changes {}.", "kind", pl.lit(name)),
        )
        for name in CHANGES
    ]


def _list_faults_of_deferrals() -> list[tuple[pl.Expr, pl.Expr]]:
    """What a deferral may not be, each with its words."""
    defer, until, leaves = pl.col("decision") == "defer", pl.col("until"), pl.col("goes_out")
    ends = until.dt.strftime("%Y-%m-%d %H:%M")
    over = pl.format("A deferral until {} is over when it is made.", ends)
    late = pl.format(
        "It leaves on {} at the latest, and what is undecided then is proposed anew: {} is late.",
        leaves,
        ends,
    )
    return [
        (defer & (until <= pl.col("decided_at")), over),
        (defer & (until.dt.date() > leaves), late),
    ]


def _problem() -> pl.Expr:
    override, defer = pl.col("decision") == "override", pl.col("decision") == "defer"
    changes = pl.any_horizontal(pl.col(name).is_not_null() for name in CHANGES)
    checks = {
        "The role is unknown.": ~pl.col("role").is_in(list(ROLES)),
        "The reason is missing.": pl.col("reason").str.strip_chars() == "",
        "A text has a character that cannot be kept (U+0000).": pl.any_horizontal(
            pl.col("reason", "reason_code", "origin", "supplier").str.contains("\0", literal=True)
        ),
        "An override needs what it changes.": override & ~changes,
        "An override needs the last day it holds.": override & pl.col("expires_on").is_null(),
        "A deferral needs its end.": defer & pl.col("until").is_null(),
        "The node that ships is blank.": pl.col("origin").str.strip_chars() == "",
        "The supplier is blank.": pl.col("supplier").str.strip_chars() == "",
    }
    said = [pl.when(fault).then(pl.lit(words, pl.String)) for words, fault in checks.items()]
    return pl.coalesce(find_name_faults(pl.col("author")), *said)
