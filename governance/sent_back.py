"""Worklists that planners fill in and send back: what their rows decide, and which are stale.

A row decides nothing until something stands in its first column to fill in. It is held against what
stands now: who has read another quantity, day, node, value or deed than stands by now
decides nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from math import isclose
from typing import Any, Final, NamedTuple

import polars as pl

from governance.decisions import Decision
from governance.desk import Desk
from governance.names import fold_names
from governance.objections import DecisionRefusedError
from governance.stating import find_in_force
from governance.store import EVER
from governance.wording import write_headline

TO_FILL_IN: Final = {
    "decide": "approve, reject, override, defer or comment",
    "as_role": "role in which it is decided",
    "instead": "units of an override",
    "until": "last day of an override; when a deferral ends",
    "code": "reason code of an override or a rejection",
    "why": "reason",
}
"""Columns that are blank in a worklist and filled in by who decides -> what belongs there."""

_SAID: Final = (
    *("action_id", "plan_version", "decision", "role", "reason", "reason_code"),
    *("quantity", "expires_on", "until"),
)
"""By what a decision is told from others of its author: a sheet sent twice says them twice."""

_READ: Final = {
    "quantity": "{} units",
    "due_on": "due on {}",
    "origin": "from {}",
    "supplier": "from {}",
}


class SentBack(NamedTuple):
    """What the rows of a worklist say that was sent back.

    Attributes:
        stated: number of its row -> each decision that a row states.
        refused: number of its row -> why it states none that could count.
    """

    stated: dict[int, Decision]
    refused: dict[int, str]


def read_sent_back(
    rows: Iterable[Mapping[str, Any]], desk: Desk, author: str, at: datetime
) -> SentBack:
    """Read the decisions that the rows of a worklist state.

    Args:
        rows: cells by name of their column, those of a worklist and of `TO_FILL_IN`, in order from
            the second row of the sheet.
        desk: the plan that they are held against.
        author: who decides.
        at: when, local wall-clock time.
    """
    found = SentBack({}, {})
    decided: dict[str, int] = {}
    said = _list_said(desk, author)
    for number, row in enumerate(rows, start=2):
        if not _say(row.get("decide")):
            continue
        try:
            decision = _read_row(row, desk, author, at, said)
        except (LookupError, ValueError) as error:
            found.refused[number] = str(error)
            continue
        first = decided.setdefault(decision.action_id, number)
        if first == number:
            found.stated[number] = decision
        else:
            found.refused[number] = f"row {first} decides the same action"
    return found


def _list_said(desk: Desk, author: str) -> set[tuple[object, ...]]:
    """What an author has said before, each as `_SAID` tells it."""
    before = desk.store.decisions(EVER).filter(
        fold_names(pl.col("author")) == fold_names(pl.lit(author))
    )
    return set(before.select(_SAID).iter_rows())


def _read_row(
    row: Mapping[str, Any], desk: Desk, author: str, at: datetime, said: set[tuple[object, ...]]
) -> Decision:
    """The decision of a row.

    Raises:
        LookupError: no action of the plan has its id.
        ValueError: it cannot be meant, is of what does not stand any more, or was said before.
    """
    action_id = _say(row.get("action_id"))
    if not action_id:
        raise LookupError("the id of its action is gone")
    action = desk.find_action(action_id)
    stated = desk.state(action["action_id"], _read_facts(row, author, at))
    if tuple(getattr(stated, name) for name in _SAID) in said:
        raise DecisionRefusedError(f"{author} has said just this before")
    route = desk.find_route(action["action_id"])
    in_force = find_in_force(action, route)
    stale = ", ".join([*_list_stale(row, in_force), *_list_repriced(row, action, route)])
    if stale:
        raise DecisionRefusedError(f"it is stale: {stale}; look again")
    return stated


def _read_facts(row: Mapping[str, Any], author: str, at: datetime) -> dict[str, Any]:
    """What is filled in in a row."""
    decision = _say(row["decide"]).lower()
    facts: dict[str, Any] = {
        "decision": decision,
        "author": author,
        "role": _say(row.get("as_role")).lower(),
        "reason": _say(row.get("why")),
        "reason_code": _say(row.get("code")) or None,
        "decided_at": at,
    }
    if decision == "override":
        facts |= {"quantity": _read_units(row.get("instead")), "expires_on": _read_day(row)}
    if decision == "defer":
        facts |= {"until": _read_time(row.get("until"))}
    return facts


def _list_stale(row: Mapping[str, Any], in_force: Mapping[str, Any]) -> Iterator[str]:
    """What stood in the sheet and does not stand now, in words."""
    proposed = row.get("overridden") or row.get("quantity")
    read = {**{name: row.get(name) for name in _READ}, "quantity": proposed}
    for name, words in _READ.items():
        before, now = _say(read[name]), _say(in_force[name])
        if before != now:
            yield f"{words.format(before or 'nowhere')} then, {words.format(now or 'nowhere')} now"


def _list_repriced(
    row: Mapping[str, Any], action: Mapping[str, Any], route: Mapping[str, Any]
) -> Iterator[str]:
    """What is done now, or at what value, that stood otherwise in the sheet, in words."""
    read, restated = _say(row.get("unit_value")), route["overridden_unit_value"]
    worth = action["unit_value"] if restated is None else restated
    if not _is_near(read, worth):
        yield f"{read or 'nothing'} a unit then, {worth} now"
    # What it brings, which follows in the sentence, is another with each plan.
    deed = write_headline(action)
    if not _say(row.get("summary")).startswith(f"{deed}: "):
        yield f"it is by now: {deed}"


def _is_near(read: str, value: float) -> bool:
    """Whether a cell says a value, as far as a spreadsheet keeps its digits."""
    try:
        return isclose(float(read), value, rel_tol=1e-6)
    except ValueError:
        return False


def _say(cell: object) -> str:
    """What a cell says, in the form in which cells are compared: whole numbers and days plain."""
    if cell is None:
        return ""
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _read_units(cell: object) -> int:
    try:
        return int(_say(cell))
    except ValueError as error:
        raise DecisionRefusedError(f"{_say(cell)!r} are no whole units") from error


def _read_time(cell: object) -> datetime:
    try:
        return datetime.fromisoformat(_say(cell))
    except ValueError as error:
        raise DecisionRefusedError(f"{_say(cell)!r} is no day or time") from error


def _read_day(row: Mapping[str, Any]) -> date:
    return _read_time(row.get("until")).date()
