"""The worklist: actions of the plan, narrowed, sorted and decided, some at a time."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Form
from pydantic import Field
from starlette.responses import Response

from governance import describe_set_aside
from governance.kinds import CHANGES
from workbench.deciding import Verdict, decide_actions
from workbench.lines import describe_rows
from workbench.pages.decision_form import DecisionForm, list_choices
from workbench.reading import DEFERRED, WORKLIST, Ask, Plan, read_ask, read_plan_mark, select_page
from workbench.visits import OwnForm, Signed, Visit

router = APIRouter()

_BACK = 2000
"""Longest address that a form may send somebody back to."""


class WorklistForm(DecisionForm):
    """The fields of the form of several actions.

    Attributes:
        selected: of each that was ticked its id, and the quantity, day and node that the page
            showed, joined by colons.
        asked: parameters of the list that was shown.
    """

    selected: tuple[str, ...] = ()
    asked: Annotated[str, Field(max_length=_BACK)] = ""


@router.get("/worklist")
def show_worklist(visit: Signed) -> Response:
    """Show a page of the actions that are asked for."""
    ask = read_ask(WORKLIST, visit.request.query_params)
    return _show(visit, visit.take_plan(), ask)


@router.post("/worklist/decisions")
def decide_selected(visit: OwnForm, form: Annotated[WorklistForm, Form()]) -> Response:
    """Decide the actions that were ticked, and show what became of each."""
    plan = visit.take_plan()
    refuse_other_plan(plan, form.plan_words)
    stated = [
        (visit.who.name, form.state(action_id, read))
        for action_id, _, read in (chosen.partition(":") for chosen in form.selected)
    ]
    verdicts, fault = decide_actions(visit.bench.desks, plan, visit.who, stated)
    ask = read_ask(WORKLIST, _read_address(form.asked))
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
        mark = read_plan_mark(plan, desk, visit.now)
        choices = list_choices(plan, desk)
    put_off = sheet.frame.filter(standing=DEFERRED)
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
        **choices,
        "overridable": CHANGES,
        "put_off": put_off.height,
        "back_at": put_off["deferred_until"].min(),
        "verdicts": verdicts,
        "fault": fault,
        "set_aside": describe_set_aside(plan.read_table("items_set_aside")),
    }
    return visit.show("worklist.html", context)
