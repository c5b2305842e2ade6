"""Decisions of people and programs, recorded at the desk together or refused in its words."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

import polars as pl

from governance import (
    EVER,
    Decision,
    DecisionRefusedError,
    Desk,
    describe_route,
    find_in_force,
    read_sent_back,
)
from governance.kinds import CHANGES
from workbench.door import Visitor
from workbench.reading import Desks, Plan

_DIGITS: Final = 24
_FIRST_ROW: Final = 2
"""Number of the row of a sheet that follows the names of its columns."""

_OWN: Final[Mapping[str, tuple[str, ...]]] = {
    "approve": ("quantity",),
    "override": (*CHANGES, "expires_on"),
    "defer": ("until",),
}
"""What is decided -> facts that belong to it beside those of every decision."""

_UNREAD: Final[Mapping[str, str]] = {
    "quantity": "{:,} units were read and {:,} are asked for by now: look again.",
    "due_on": "It was read as due on {} and is due on {} by now: look again.",
    "origin": "It was read as from {} and is from {} by now: look again.",
    "supplier": "It was read as from {} and is from {} by now: look again.",
    "price": "It was read at a price of {} and is at one of {} by now: look again.",
}
"""What an approval is of -> what is said where that is another by now."""


@dataclass(frozen=True)
class StatedDecision:
    """What somebody wants to decide.

    Attributes:
        action_id: of an action of the plan.
        decision: approve, reject, override, defer or comment.
        role: in which he decides.
        reason: why.
        key: the same for a request that is sent again, which is recorded once.
        reason_code: one of policy; missing where none is given.
        quantity: units of an override; of an approval those that were read.
        due_on: day of an override; of an approval the one that was read.
        origin: node of an override; of an approval the one that was read.
        supplier: supplier of an override; of an approval the one that was read.
        price: price to customers of an override; of an approval the one that was read.
        expires_on: last day on which an override holds.
        until: time until which a deferral holds.
    """

    action_id: str
    decision: str
    role: str
    reason: str
    key: str
    reason_code: str | None = None
    quantity: int | None = None
    due_on: date | None = None
    origin: str | None = None
    supplier: str | None = None
    price: float | None = None
    expires_on: date | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Verdict:
    """What became of a decision.

    Attributes:
        action_id: that it is about; empty of a row that names none.
        is_recorded: whether it counts.
        words: how the action stands from then on, or why the decision could not count.
        status: of the action; missing where the decision was refused.
    """

    action_id: str
    is_recorded: bool
    words: str
    status: str | None = None


def decide_actions(
    desks: Desks, plan: Plan, visitor: Visitor, stated: Sequence[tuple[str, StatedDecision]]
) -> tuple[list[Verdict], str]:
    """Record decisions in one transaction; one that is refused stops none of the others.

    Args:
        desks: gives the desk.
        plan: that was read.
        visitor: whose token is shown.
        stated: author and decision, in order; the desk refuses another author than the visitor.

    Returns:
        A verdict of each, and why the head of the audit chain could not be published, else nothing.
    """
    office = desks.office
    with desks.lock:
        verdicts = _decide(desks, plan, visitor, stated, office.clock())
    # A denial is an event, too.
    return verdicts, office.publish_head(office.clock())


def decide_by_rows(
    desks: Desks, plan: Plan, visitor: Visitor, rows: Sequence[Mapping[str, Any]]
) -> tuple[list[Verdict], str]:
    """Record what the rows of a worklist decide that was filled in and sent back.

    Args:
        desks: gives the desk.
        plan: that the rows are held against.
        visitor: who decides.
        rows: of the sheet, by the names of its columns.

    Returns:
        A verdict of each row that is filled in, in order, and why the head of the audit chain could
        not be published, else nothing.
    """
    office = desks.office
    at = office.clock()
    with desks.lock:
        desk = desks.open_desk(plan)
        beyond = _find_beyond(desks, plan, rows)
        # What he does not read decides nothing, and nothing is said of it.
        within = [
            {} if number in beyond else row for number, row in enumerate(rows, start=_FIRST_ROW)
        ]
        found = read_sent_back(within, desk, visitor.name, at)
        judged = desk.decide_all(list(found.stated.values()), at, token=visitor.token)
        routes = desk.route().rows_by_key("action_id", named=True, include_key=True, unique=True)
    verdicts = {
        number: Verdict("", is_recorded=False, words=f"Row {number}: {words}")
        for number, words in (*beyond.items(), *found.refused.items())
    }
    for number, decision in found.stated.items():
        told = _tell(decision, judged.refused, routes)
        verdicts[number] = replace(told, words=f"Row {number}: {told.words}")
    return [verdicts[number] for number in sorted(verdicts)], office.publish_head(at)


def _find_beyond(desks: Desks, plan: Plan, rows: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """Rows that decide an action which the visitor does not read, by number, with what is said."""
    beyond: dict[int, str] = {}
    if plan.reads_all:
        return beyond
    for number, row in enumerate(rows, start=_FIRST_ROW):
        if row.get("decide") and row.get("action_id"):
            try:
                desks.find_action(plan, str(row["action_id"]))
            except LookupError as error:
                beyond[number] = str(error)
    return beyond


def _decide(
    desks: Desks,
    plan: Plan,
    visitor: Visitor,
    stated: Sequence[tuple[str, StatedDecision]],
    at: datetime,
) -> list[Verdict]:
    desk = desks.open_desk(plan)
    recorded = desk.store.decisions(EVER)
    made: dict[str, Decision] = {}
    found: list[Decision | Verdict] = []
    for author, wanted in stated:
        try:
            action = desks.find_action(plan, wanted.action_id)
            decision = _state(desk, action, recorded, author, wanted, at)
            if decision.action_id in made:
                raise DecisionRefusedError("A request decides an action once.")
            made[decision.action_id] = decision
            found.append(decision)
        except (LookupError, ValueError) as error:
            found.append(Verdict(wanted.action_id, is_recorded=False, words=str(error)))
    known = {*recorded["decision_id"]}
    fresh = [one for one in made.values() if one.decision_id not in known]
    refused = desk.decide_all(fresh, at, token=visitor.token).refused
    routes = (
        desk.route()
        .filter(pl.col("action_id").is_in([*made]))
        .rows_by_key("action_id", named=True, include_key=True, unique=True)
    )
    return [one if isinstance(one, Verdict) else _tell(one, refused, routes) for one in found]


def _tell(
    decision: Decision, refused: Mapping[str, Exception], routes: Mapping[Any, Mapping[str, Any]]
) -> Verdict:
    """Say what became of a decision that the desk has judged."""
    action_id = decision.action_id
    if decision.decision_id in refused:
        words = str(refused[decision.decision_id])
        return Verdict(action_id, is_recorded=False, words=words)
    route = routes[action_id]
    return Verdict(action_id, is_recorded=True, words=describe_route(route), status=route["status"])


def _state(  # noqa: PLR0913, PLR0917  # who wants what, of which action, and what is known
    desk: Desk,
    action: Mapping[str, Any],
    recorded: pl.DataFrame,
    author: str,
    wanted: StatedDecision,
    at: datetime,
) -> Decision:
    """The decision that somebody wants; the one on record where he has sent it before.

    Raises:
        DecisionRefusedError: it breaks a rule of every decision, its key was used for another, or
            an approval is of what does not stand any more.
    """
    action_id = action["action_id"]
    facts = _list_facts(action_id, author, wanted)
    known = recorded.filter(decision_id=facts["decision_id"]).to_dicts()
    if known:
        _refuse_other_use(known[0], facts)
        return Decision(**known[0])
    if wanted.decision == "approve":
        _refuse_unread(find_in_force(action, desk.find_route(action_id)), wanted)
    return desk.state(action_id, {**facts, "decided_at": at})


def _list_facts(action_id: str, author: str, wanted: StatedDecision) -> dict[str, Any]:
    """What a decision says, but for when, under an id made of its key."""
    content = repr((author, wanted.key, action_id)).encode()
    return {
        "decision_id": hashlib.sha256(content).hexdigest()[:_DIGITS],
        "decision": wanted.decision,
        "author": author,
        "role": wanted.role,
        "reason": wanted.reason,
        "reason_code": wanted.reason_code,
        **{name: getattr(wanted, name) for name in _OWN.get(wanted.decision, ())},
    }


def _refuse_other_use(recorded: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    """Refuse a key that was used for another decision.

    Raises:
        DecisionRefusedError: it was.
    """
    for name, value in facts.items():
        # What was left open was filled with what stood then.
        is_open = value is None and name in CHANGES
        if recorded[name] != value and not is_open:
            raise DecisionRefusedError("The key was used for another decision on this action.")


def _refuse_unread(in_force: Mapping[str, Any], wanted: StatedDecision) -> None:
    """Refuse the approval of what is not what stands.

    Raises:
        DecisionRefusedError: somebody has changed it since it was read.
    """
    for name, words in _UNREAD.items():
        read, now = getattr(wanted, name), in_force[name]
        if read is not None and read != now:
            raise DecisionRefusedError(words.format(read, now))
