"""Decisions of people and programs, each recorded at the desk or refused in its words."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from governance import EVER, Decision, DecisionRefusedError, Desk, describe_route, make_decision
from workbench.door import Visitor
from workbench.lines import find_units
from workbench.office import Office
from workbench.reading import Desks, Plan

_DIGITS: Final = 24


@dataclass(frozen=True)
class StatedDecision:
    """What somebody wants to decide.

    Attributes:
        action_id: of an action of the plan.
        decision: approve, reject or override.
        role: in which he decides.
        reason: why.
        key: the same for a request that is sent again, which is recorded once.
        quantity: of an override; of an approval the one that was read, missing where none was.
        expires_on: last day on which an override holds.
    """

    action_id: str
    decision: str
    role: str
    reason: str
    key: str
    quantity: int | None = None
    expires_on: date | None = None


@dataclass(frozen=True)
class Verdict:
    """What became of a decision.

    Attributes:
        action_id: that it is about.
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
    """Record decisions one by one; one that is refused stops none of the others.

    Args:
        desks: gives the desk.
        plan: that was read.
        visitor: whose token is shown.
        stated: author and decision, in order; the desk refuses another author than the visitor.

    Returns:
        A verdict of each, and why the head of the audit chain could not be published, else nothing.
    """
    verdicts = []
    for author, wanted in stated:
        # Others read and decide in between.
        with desks.lock:
            desk = desks.open_desk(plan)
            verdicts.append(_decide(desk, desks.office, visitor, author, wanted))
    # A denial is an event, too.
    return verdicts, desks.office.publish_head(desks.office.clock())


def _decide(
    desk: Desk, office: Office, visitor: Visitor, author: str, wanted: StatedDecision
) -> Verdict:
    at = office.clock()
    try:
        action = desk.find_action(wanted.action_id)
        facts = _state_facts(desk, action, author, wanted)
        known = _find_recorded(desk, facts)
        if known is not None:
            route = desk.find_route(action["action_id"])
        else:
            decision = make_decision({**facts, "decided_at": at})
            _refuse_unread(desk, decision, wanted)
            route = dict(desk.decide(decision, at=at, token=visitor.token))
    except (LookupError, ValueError) as error:
        return Verdict(wanted.action_id, is_recorded=False, words=str(error))
    return Verdict(
        action["action_id"],
        is_recorded=True,
        words=describe_route(route),
        status=route["status"],
    )


def _state_facts(
    desk: Desk, action: dict[str, Any], author: str, wanted: StatedDecision
) -> dict[str, Any]:
    """What a decision says, but for when, under an id made of its key."""
    quantity = wanted.quantity
    if wanted.decision == "approve" and quantity is None:
        quantity = find_units(action, desk.find_route(action["action_id"]))
    content = repr((author, wanted.key, action["action_id"])).encode()
    return {
        "decision_id": hashlib.sha256(content).hexdigest()[:_DIGITS],
        "action_id": action["action_id"],
        "decision": wanted.decision,
        "author": author,
        "role": wanted.role,
        "reason": wanted.reason,
        "quantity": None if wanted.decision == "reject" else quantity,
        "expires_on": wanted.expires_on if wanted.decision == "override" else None,
    }


def _find_recorded(desk: Desk, facts: dict[str, Any]) -> dict[str, Any] | None:
    """The decision as it was recorded when it was sent before; None where it is new.

    Raises:
        DecisionRefusedError: its key was used for another decision.
    """
    found = desk.store.decisions(EVER).filter(decision_id=facts["decision_id"])
    if found.is_empty():
        return None
    recorded = found.row(0, named=True)
    if any(recorded[name] != value for name, value in facts.items()):
        raise DecisionRefusedError("The key was used for another decision on this action.")
    return recorded


def _refuse_unread(desk: Desk, decision: Decision, wanted: StatedDecision) -> None:
    """Refuse the approval of a quantity that is not the one that stands.

    Raises:
        DecisionRefusedError: somebody has changed it since it was read.
    """
    if decision.decision != "approve" or wanted.quantity is None:
        return
    now = find_units(desk.find_action(decision.action_id), desk.find_route(decision.action_id))
    if now != wanted.quantity:
        raise DecisionRefusedError(
            f"{wanted.quantity:,} units were read and {now:,} are asked for by now: look again."
        )
