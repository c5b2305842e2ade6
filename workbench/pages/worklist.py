"""The worklist: actions of the plan, narrowed, sorted and decided, some at a time."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Form
from starlette.responses import Response

from governance import describe_set_aside
from workbench.deciding import StatedDecision, Verdict, decide_actions
from workbench.lines import describe_rows
from workbench.reading import WORKLIST, Ask, Plan, read_ask, read_plan_mark, select_page
from workbench.visits import OwnForm, Signed, Visit

router = APIRouter()

_BACK = 2000
"""Longest address that a form may send somebody back to."""


@router.get("/worklist")
def show_worklist(visit: Signed) -> Response:
    """Show a page of the actions that are asked for."""
    ask = read_ask(WORKLIST, visit.request.query_params)
    return _show(visit, visit.take_plan(), ask)


@router.post("/worklist/decisions")
def decide_selected(  # noqa: PLR0913, PLR0917  # fields of a form
    visit: OwnForm,
    decision: Annotated[str, Form()],
    role: Annotated[str, Form()],
    plan_words: Annotated[str, Form()],
    key: Annotated[str, Form()],
    selected: Annotated[list[str] | None, Form()] = None,
    reason: Annotated[str, Form()] = "",
    asked: Annotated[str, Form(max_length=_BACK)] = "",
) -> Response:
    """Approve or reject the actions that were ticked, and show what became of each."""
    plan = visit.take_plan()
    refuse_other_plan(plan, plan_words)
    stated = [
        (visit.who.name, StatedDecision(action_id, decision, role, reason, key, _read_units(units)))
        for action_id, _, units in (chosen.partition(":") for chosen in selected or ())
    ]
    verdicts, fault = decide_actions(visit.bench.desks, plan, visit.who, stated)
    ask = read_ask(WORKLIST, _read_address(asked))
    return _show(visit, plan, ask, verdicts, fault)


def refuse_other_plan(plan: Plan, words: str) -> None:
    """Refuse a decision on a plan that is the newest no more.

    Raises:
        ValueError: in words.
    """
    if plan.words != words:
        raise ValueError(
            f"A newer plan is there ({plan.words}; you read {words}): look at its actions first."
        )


def _read_units(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _read_address(asked: str) -> dict[str, str]:
    """The parameters of a list that a form was sent from."""
    return dict(parse_qsl(asked))


def _show(
    visit: Visit,
    plan: Plan,
    ask: Ask,
    verdicts: Sequence[Verdict] = (),
    fault: str = "",
) -> Response:
    desks = visit.bench.desks
    sheet = desks.read_sheet(plan)
    page = select_page(sheet, ask)
    with desks.lock:
        desk = desks.open_desk(plan)
        lines = describe_rows(page.rows, desk)
        mark = read_plan_mark(plan, desk)
    context: dict[str, Any] = {
        "title": "Worklist",
        "plan": plan,
        "mark": mark,
        "listing": WORKLIST,
        "ask": ask,
        "asked": urlencode(ask.parameters),
        "page": page,
        "lines": lines,
        "values": sheet.values,
        "roles": visit.who.roles,
        "key": visit.bench.sessions.make_name(),
        "verdicts": verdicts,
        "fault": fault,
        "set_aside": describe_set_aside(plan.read_table("items_set_aside")),
    }
    return visit.show("worklist.html", context)
