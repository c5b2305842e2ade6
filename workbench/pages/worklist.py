"""The worklist: actions of the plan, narrowed, sorted and decided, some at a time."""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

import polars as pl
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
    select_fitting,
    select_page,
    sum_groups,
)
from workbench.spending import read_spending
from workbench.visits import OwnForm, Signed, Visit

router = APIRouter()

_MOST_AT_ONCE = 5000
_TOGETHER = ("approve", "reject", "comment")
"""What all actions that fit can be decided: figures and days are given to what was looked at."""
_READ = ("action_id", "quantity", "due_on", "origin", "supplier", "price")
_DIGITS = 24
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BACK = 2000
"""Longest address that a form may send somebody back to."""


class WorklistForm(DecisionForm):
    """The fields of the form of several actions.

    Attributes:
        selected: of each that was ticked its id, and the quantity, day, node, supplier and price
            that the page showed, joined by colons, texts as in an address.
        asked: parameters of the list that was shown.
        all_fitting: mark of all that fitted on the page, where all of these are decided.
    """

    selected: tuple[str, ...] = ()
    all_fitting: Perhaps[Annotated[str, Field(max_length=_BACK)]] = None
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
        if form.decision not in _TOGETHER:
            raise ValueError("What is put off or overridden is ticked: nothing is recorded.")
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


def _list_fitting(visit: Visit, plan: Plan, ask: Ask, mark: str) -> tuple[str, ...]:
    """All actions that fit, each with what it asks for, as a form states them.

    Raises:
        ValueError: other actions fit than the page said, one has been changed since, or more fit
            than go at once.
    """
    fitting = select_fitting(visit.bench.desks.read_sheet(plan), ask)
    if fitting.height > _MOST_AT_ONCE:
        raise ValueError(f"At most {_MOST_AT_ONCE:,} actions are decided at once: narrow the list.")
    # Whoever decides all of them has seen their sums: not those of other quantities.
    if mark_fitting(fitting) != mark:
        raise ValueError("Other actions fit by now, or one of them was changed: look again.")
    return tuple(_state_read(fitting))


def mark_fitting(fitting: pl.DataFrame) -> str:
    """Name actions with the quantity, day, node, supplier and price that each asks for.

    Args:
        fitting: rows of the sheet.
    """
    read = "\n".join(_state_read(fitting).sort())
    return hashlib.sha256(read.encode()).hexdigest()[:_DIGITS]


def _state_read(rows: pl.DataFrame) -> pl.Series:
    """Of each action its id and what an approval is of, joined by colons, as a form sends it."""
    read = [
        pl.col(name)
        .cast(pl.String)
        .fill_null("")
        .str.replace_all("%", "%25", literal=True)
        .str.replace_all(":", "%3A", literal=True)
        for name in _READ
    ]
    return rows.select(pl.concat_str(read, separator=":"))["action_id"]


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
        spending = read_spending(plan, desk)
        choices = list_choices(plan, desk)
    fitting = select_fitting(sheet, ask)
    all_go = (page.after or page.before) and fitting.height <= _MOST_AT_ONCE
    put_off = sheet.frame.filter(standing=DEFERRED)
    group = visit.request.query_params.get("group", "")
    context: dict[str, Any] = {
        "title": "Worklist",
        "plan": plan,
        "listing": WORKLIST,
        "ask": ask,
        "asked": urlencode(ask.parameters),
        "page": page,
        "lines": lines,
        "values": sheet.values,
        "group": group,
        "listing_names": {choice.name: choice.is_name for choice in WORKLIST.choices},
        "groups": sum_groups(sheet, ask, group) if group else (),
        "budgets": spending.list_left(sheet.frame, fitting),
        "spends": spending.list_spends(page.rows),
        "all_fitting": mark_fitting(fitting) if all_go else "",
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
