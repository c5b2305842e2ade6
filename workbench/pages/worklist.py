"""The worklist: actions of the plan, narrowed, sorted and decided, some at a time."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Form, UploadFile
from pydantic import Field
from starlette.responses import Response

from governance import describe_set_aside, list_waiting, tabulate_waiting
from governance.kinds import CHANGES
from workbench.deciding import Verdict, decide_actions, decide_by_rows
from workbench.lines import describe_rows
from workbench.pages.decision_form import DecisionForm, Perhaps, list_choices
from workbench.reading import (
    DEFERRED,
    WORKLIST,
    Ask,
    Plan,
    read_ask,
    read_plan_mark,
    select_fitting,
    select_page,
    sum_groups,
)
from workbench.visits import OwnForm, Signed, Visit

router = APIRouter()

_MOST_AT_ONCE = 5000
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BACK = 2000
"""Longest address that a form may send somebody back to."""


class WorklistForm(DecisionForm):
    """The fields of the form of several actions.

    Attributes:
        selected: of each that was ticked its id, and the quantity, day and node that the page
            showed, joined by colons.
        asked: parameters of the list that was shown.
        all_fitting: how many actions the page said that fit, where all of these are decided.
    """

    selected: tuple[str, ...] = ()
    all_fitting: Perhaps[int] = None
    asked: Annotated[str, Field(max_length=_BACK)] = ""


@router.get("/worklist")
def show_worklist(visit: Signed) -> Response:
    """Show a page of the actions that are asked for."""
    ask = read_ask(WORKLIST, visit.request.query_params)
    return _show(visit, visit.take_plan(), ask)


@router.post("/worklist/decisions")
def decide_selected(visit: OwnForm, form: Annotated[WorklistForm, Form()]) -> Response:
    """Decide the actions that were ticked, or all that fit, and show what became of each."""
    plan = visit.take_plan()
    refuse_other_plan(plan, form.plan_words)
    ask = read_ask(WORKLIST, _read_address(form.asked))
    chosen = form.selected
    if form.all_fitting is not None:
        chosen = _list_fitting(visit, plan, ask, form.all_fitting)
    stated = [
        (visit.who.name, form.state(action_id, read))
        for action_id, _, read in (one.partition(":") for one in chosen)
    ]
    verdicts, fault = decide_actions(visit.bench.desks, plan, visit.who, stated)
    return _show(visit, plan, ask, verdicts, fault)


@router.get("/worklist/sheet")
def write_sheet(visit: Signed) -> Response:
    """Write those actions that wait and are asked for as a workbook to fill in and send back."""
    plan, desks = visit.take_plan(), visit.bench.desks
    ask = read_ask(WORKLIST, visit.request.query_params)
    asked = select_fitting(desks.read_sheet(plan), ask).select("action_id", "rank")
    with desks.lock:
        desk = desks.open_desk(plan)
        own, routed = desk.proposals.join(asked, on="action_id", how="semi"), desk.route()
    # Others decide while it is worded.
    waiting = list_waiting(own, routed)
    # Ranks are those of the page, where more wait than are asked for.
    ranked = waiting.drop("rank").join(asked, on="action_id", maintain_order="left")
    content = visit.bench.office.sheets.write(tabulate_waiting(ranked))
    name = f"worklist-{plan.words}.xlsx"
    kept = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=_WORKBOOK, headers=kept)


@router.post("/worklist/sheet")
def decide_by_sheet(visit: OwnForm, sheet: UploadFile) -> Response:
    """Decide by a worklist that was filled in, and show what became of each row."""
    plan = visit.take_plan()
    try:
        rows = visit.bench.office.sheets.read(sheet.filename or "", sheet.file.read())
    except ValueError as error:
        return _show(visit, plan, read_ask(WORKLIST, {}), fault=f"Nothing is recorded: {error}.")
    verdicts, fault = decide_by_rows(visit.bench.desks, plan, visit.who, rows)
    if not verdicts and not fault:
        fault = "Nothing is recorded: no row is filled in."
    return _show(visit, plan, read_ask(WORKLIST, {}), verdicts, fault)


def _list_fitting(visit: Visit, plan: Plan, ask: Ask, shown: int) -> tuple[str, ...]:
    """All actions that fit, each with what it asks for by now, as a form states them.

    Raises:
        ValueError: another number fits than the page said, or more than go at once.
    """
    desks = visit.bench.desks
    fitting = select_fitting(desks.read_sheet(plan), ask)
    if fitting.height != shown:
        raise ValueError(f"{fitting.height:,} actions fit by now, and {shown:,} did: look again.")
    if fitting.height > _MOST_AT_ONCE:
        raise ValueError(f"At most {_MOST_AT_ONCE:,} actions are decided at once: narrow the list.")
    with desks.lock:
        lines = describe_rows(fitting, desks.open_desk(plan))
    return tuple(
        ":".join(
            (
                line["action_id"],
                str(line["stated"]["quantity"]),
                str(line["stated"]["due_on"]),
                line["stated"]["origin"] or "",
            )
        )
        for line in lines
    )


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


def _list_budgets(plan: Plan) -> list[dict[str, Any]]:
    """What departments may still order this month, the plan left alone."""
    month = f"{plan.business_date + timedelta(days=1):%Y-%m}"
    return plan.read_view("budgets_left").filter(month=month).to_dicts()


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
    group = visit.request.query_params.get("group", "")
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
        "group": group,
        "groups": sum_groups(sheet, ask, group) if group else (),
        "budgets": _list_budgets(plan),
        "most_at_once": _MOST_AT_ONCE,
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
