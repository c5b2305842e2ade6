"""The audit trail: what was decided, switched, planned and handed on, newest first."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from governance import Event
from workbench.visits import OwnForm, Signed, Visit

router = APIRouter()

_PAGE = 50
_LONGEST = 100
_CUT = 160
_MOST_EVENTS = 2**63 - 1
"""Largest number that a store can look for."""
_WHO = ("author", "who", "by", "name")
"""Facts of an event that say who, the first that it has."""


@router.get("/audit")
def show_audit(
    visit: Signed,
    kind: Annotated[str, Query(max_length=64)] = "",
    text: Annotated[str, Query(max_length=_LONGEST)] = "",
    before: Annotated[int | None, Query(ge=1, le=_MOST_EVENTS)] = None,
) -> Response:
    """Show a page of the chain, of a kind of event or with a text where one is given.

    It tells of all actions, so that it is for who reads all.
    """
    return _show(visit, kind, text, before)


@router.post("/audit/verification")
def verify_chain(visit: OwnForm) -> Response:
    """Count the chain through, and show what is wrong with it."""
    visit.bench.desks.require_all(visit.who)
    faults = visit.bench.office.store.verify_chain()
    return _show(visit, "", "", None, faults=faults)


def _show(
    visit: Visit, kind: str, text: str, before: int | None, *, faults: list[str] | None = None
) -> Response:
    visit.bench.desks.require_all(visit.who)
    store = visit.bench.office.store
    events = store.list_events(kind=kind, holding=text.strip(), before=before, most=_PAGE + 1)
    shown = events[:_PAGE]
    context: dict[str, Any] = {
        "title": "Audit trail",
        "events": [_lay_out(event) for event in shown],
        "kinds": store.list_kinds(),
        "kind": kind,
        "text": text,
        "before": shown[-1].sequence if len(events) > _PAGE else None,
        "is_first": before is None,
        "head": store.head(),
        "faults": faults,
    }
    return visit.show("audit.html", context)


def _lay_out(event: Event) -> dict[str, Any]:
    """An event with its facts apart: who, which action, and the rest, long ones cut."""
    facts = json.loads(event.payload)
    who = next((str(facts[name]) for name in _WHO if facts.get(name)), "")
    said = [(name, str(value)) for name, value in facts.items() if value not in {None, ""}]
    return {
        "sequence": event.sequence,
        "at": event.at[:19].replace("T", " "),
        "kind": event.kind,
        "who": who,
        "action_id": facts.get("action_id", ""),
        "facts": [
            (name, value[:_CUT] + ("…" if len(value) > _CUT else "")) for name, value in said
        ],
        "hash": event.hash,
    }
