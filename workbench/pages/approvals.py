"""What waits for who is signed on: actions, what agents have drafted, and drafted policies."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Form
from starlette.responses import Response

from governance import DecisionRefusedError, PolicyError, describe_action
from governance.drafts import describe_draft
from governance.people import AccessDeniedError
from governance.policy_drafts import describe_policy_draft
from workbench.approvals import find_waiting
from workbench.lines import describe_rows
from workbench.saying import answer_draft, answer_policy
from workbench.visits import OwnForm, Signed, Visit

router = APIRouter()

_SHOWN: Final = 50

Say = Annotated[Literal["consent", "refuse"], Form()]
Why = Annotated[str, Form(max_length=500)]


@router.get("/approvals")
def show_approvals(visit: Signed) -> Response:
    """Show what waits for who is signed on and nobody else has drafted for himself."""
    return _show(visit)


@router.post("/approvals/drafts/{fingerprint}")
def answer_agent(visit: OwnForm, fingerprint: str, say: Say, reason: Why = "") -> Response:
    """Consent to what an agent has drafted, or refuse it."""
    refusal = reason if say == "refuse" else None
    desks = visit.bench.desks
    try:
        done = answer_draft(desks, visit.take_plan(), visit.who, fingerprint, refusal=refusal)
    except (AccessDeniedError, DecisionRefusedError) as error:
        return _show(visit, fault=str(error), status=403)
    return _show(visit, done=done)


@router.post("/approvals/policies/{fingerprint}")
def answer_policy_draft(visit: OwnForm, fingerprint: str, say: Say, reason: Why = "") -> Response:
    """Put a drafted policy in force, or refuse it."""
    refusal = reason if say == "refuse" else None
    try:
        done = answer_policy(visit.bench.desks, visit.who, fingerprint, refusal=refusal)
    except (AccessDeniedError, PolicyError) as error:
        return _show(visit, fault=str(error), status=403)
    return _show(visit, done=done)


def _show(visit: Visit, *, done: str = "", fault: str = "", status: int = 200) -> Response:
    desks, plan = visit.bench.desks, visit.take_plan()
    waiting = find_waiting(desks, plan, visit.who)
    with desks.lock:
        desk = desks.open_desk(plan)
        lines = describe_rows(waiting.actions.head(_SHOWN), desk)
        drafts = [
            {
                "draft": draft,
                "words": describe_draft(draft),
                "action": describe_action(desk.find_action(draft.decision.action_id)),
            }
            for draft in waiting.drafts
        ]
    folder = visit.bench.office.policies_folder
    context: dict[str, Any] = {
        "title": "Approvals",
        "plan": plan,
        "lines": lines,
        "actions": waiting.actions.height,
        "drafts": drafts,
        "policies": [
            {"draft": one, "lines": describe_policy_draft(one, folder)} for one in waiting.policies
        ],
        "done": done,
        "fault": fault,
    }
    return visit.show("approvals.html", context, status=status)
