"""The decision log as an object-centric event log, for tools that mine processes.

OCEL 2.0 (Berti and others, OCEL (Object-Centric Event Log) 2.0 Specification, 2023), in its JSON
form: events that are of one or more objects, here plans, actions, batches and people.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, tzinfo
from typing import Any, Final, NamedTuple

import polars as pl

from governance.exchange import BATCH_EXPORTED, LINE_RECALLED
from governance.plan_events import PLAN_MADE
from governance.store import DECISION_RECORDED, Store

_OBJECTS: Final[Mapping[str, tuple[str, ...]]] = {
    "plan": (),
    "action": ("kind", "region", "category", "sku", "destination"),
    "batch": (),
    "person": (),
}
"""Type of an object -> its attributes, all of them texts."""

_DECISIONS: Final = ("approve", "reject", "override", "defer", "comment")
_OF_DECISIONS: Final = ("role", "reason", "reason_code")
_PLANNED: Final = "plan"
_PROPOSED: Final = "propose"
_EXPORTED: Final = "export"
_ANSWERED: Final = "acknowledge"
_RECALLED: Final = "recall"
_OF_RECALLS: Final = ("role", "reason")
_EVENTS: Final[Mapping[str, tuple[str, ...]]] = {
    _PLANNED: (),
    _PROPOSED: (),
    **dict.fromkeys(_DECISIONS, _OF_DECISIONS),
    _EXPORTED: (),
    _ANSWERED: ("status",),
    _RECALLED: _OF_RECALLS,
}
"""Type of an event -> its attributes, all of them texts."""


class Handed(NamedTuple):
    """What the warehouse knows of the actions that a log is about.

    Attributes:
        actions: business_date, plan_version, action_id, kind, region, category, sku and destination
            of the contract PlanLines, once an action, with the first version that has it.
        lines: rows of the contract ExportLines.
        answers: idempotency_key, status and acknowledged_on: rows of the contract Acknowledgements.
    """

    actions: pl.DataFrame
    lines: pl.DataFrame
    answers: pl.DataFrame


def build_event_log(store: Store, handed: Handed, zone: tzinfo) -> dict[str, Any]:
    """Build the log of actions: proposed, decided, handed over, answered, called back.

    Cancel lines, and answers to them, are not in it. An answer has a day and no time: it stands at
    its end.

    Args:
        store: of the audit chain.
        handed: what is known of the actions; what others are about is left out.
        zone: of the retailer's clocks.

    Returns:
        What the JSON of OCEL 2.0 holds: objectTypes, eventTypes, objects and events, these sorted
        by time and id.
    """
    events = [
        *_list_plans(store, handed, zone),
        *_list_decisions(store, {*handed.actions["action_id"]}, zone),
        *_list_batches(store, handed, zone),
        *_list_recalls(store, {*handed.actions["action_id"]}, zone),
    ]
    people = sorted({
        each["objectId"] for event in events for each in event["relationships"]
        if each["qualifier"] == "by"
    })  # fmt: skip
    return {
        "objectTypes": _state_types(_OBJECTS),
        "eventTypes": _state_types(_EVENTS),
        "objects": [*_list_objects(handed), *(_state_object(name, "person") for name in people)],
        "events": sorted(events, key=lambda event: (event["time"], event["id"])),
    }


def _state_types(types: Mapping[str, tuple[str, ...]]) -> list[dict[str, Any]]:
    return [
        {"name": name, "attributes": [{"name": each, "type": "string"} for each in attributes]}
        for name, attributes in types.items()
    ]


def _list_objects(handed: Handed) -> Iterator[dict[str, Any]]:
    for day, number in handed.actions.select("business_date", "plan_version").unique().sort(
        "business_date", "plan_version"
    ).iter_rows():  # fmt: skip
        yield _state_object(_name_plan(day, number), "plan")
    for row in handed.actions.sort("action_id").iter_rows(named=True):
        told = {name: row[name] for name in _OBJECTS["action"]}
        yield _state_object(f"action {row['action_id']}", "action", told)
    for day, number in handed.lines.select("business_date", "batch").unique().sort(
        "business_date", "batch"
    ).iter_rows():  # fmt: skip
        yield _state_object(_name_batch(day, number), "batch")


def _state_object(
    name: str, what: str, told: Mapping[str, str | None] | None = None
) -> dict[str, Any]:
    # An attribute that never changes has the beginning of time.
    attributes = [
        {"name": name, "time": "1970-01-01T00:00:00Z", "value": value}
        for name, value in (told or {}).items()
        if value is not None
    ]
    return {"id": name, "type": what, "attributes": attributes, "relationships": []}


def _state_event(  # noqa: PLR0913, PLR0917  # what an event of the standard has
    name: str,
    what: str,
    at: datetime,
    zone: tzinfo,
    about: Mapping[str, str],
    told: Mapping[str, str | None] | None = None,
) -> dict[str, Any]:
    return {
        "id": name,
        "type": what,
        "time": at.replace(tzinfo=zone).isoformat(timespec="microseconds"),
        "attributes": [
            {"name": name, "value": value} for name, value in (told or {}).items() if value
        ],
        "relationships": [
            {"objectId": other, "qualifier": how} for other, how in sorted(about.items())
        ],
    }


def _list_plans(store: Store, handed: Handed, zone: tzinfo) -> Iterator[dict[str, Any]]:
    """Plans that were made, and each action with the first that had it."""
    of_plan = handed.actions.group_by("business_date", "plan_version", maintain_order=True).agg(
        "action_id"
    )
    first = {(day, number): ids for day, number, ids in of_plan.iter_rows()}
    for event in store.find_events(PLAN_MADE, ""):
        said = json.loads(event.payload)
        day, number = date.fromisoformat(said["business_date"]), said["plan_version"]
        at, plan = datetime.fromisoformat(event.at), _name_plan(day, number)
        actions = first.pop((day, number), None)
        if actions is None:
            continue
        yield _state_event(f"event {event.sequence}", _PLANNED, at, zone, {plan: "of"})
        for action in sorted(actions):
            about = {f"action {action}": "of", plan: "in"}
            yield _state_event(f"proposed {action}", _PROPOSED, at, zone, about)


def _list_decisions(store: Store, actions: set[str], zone: tzinfo) -> Iterator[dict[str, Any]]:
    for event in store.find_events(DECISION_RECORDED, ""):
        said = json.loads(event.payload)
        if said["action_id"] in actions:
            yield _state_event(
                f"event {event.sequence}",
                said["decision"],
                datetime.fromisoformat(said["decided_at"]),
                zone,
                {f"action {said['action_id']}": "of", f"person {said['author']}": "by"},
                {name: said.get(name) for name in _OF_DECISIONS},
            )


def _list_batches(store: Store, handed: Handed, zone: tzinfo) -> Iterator[dict[str, Any]]:
    """Batches with the actions that left, and what the ERP answered to each."""
    of_batch = handed.lines.group_by("business_date", "batch", maintain_order=True).agg("action_id")
    left = {f"{day}/{number}": (day, number, ids) for day, number, ids in of_batch.iter_rows()}
    for event in store.find_events(BATCH_EXPORTED, ""):
        found = left.get(json.loads(event.payload)["folder"])
        if found is not None:
            day, number, ids = found
            about = {_name_batch(day, number): "of", **{f"action {each}": "of" for each in ids}}
            at = datetime.fromisoformat(event.at)
            yield _state_event(f"event {event.sequence}", _EXPORTED, at, zone, about)
    answered = handed.answers.join(handed.lines, on="idempotency_key", validate="1:1")
    for row in answered.sort("idempotency_key").iter_rows(named=True):
        at = datetime.combine(row["acknowledged_on"], datetime.max.time())
        about = {f"action {row['action_id']}": "of"}
        name = f"answered {row['idempotency_key']}"
        yield _state_event(name, _ANSWERED, at, zone, about, {"status": row["status"]})


def _list_recalls(store: Store, actions: set[str], zone: tzinfo) -> Iterator[dict[str, Any]]:
    for event in store.find_events(LINE_RECALLED, ""):
        said = json.loads(event.payload)
        if said["action_id"] in actions:
            yield _state_event(
                f"event {event.sequence}",
                _RECALLED,
                datetime.fromisoformat(said["recalled_at"]),
                zone,
                {f"action {said['action_id']}": "of", f"person {said['author']}": "by"},
                {name: said[name] for name in _OF_RECALLS},
            )


def _name_plan(day: date, number: int) -> str:
    return f"plan {day}/{number}"


def _name_batch(day: date, number: int) -> str:
    return f"batch {day}/{number}"
