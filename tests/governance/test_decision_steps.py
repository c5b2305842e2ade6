"""How long approvals take by role, and the decision log as other tools read it."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
import r4pm

from governance import (
    Decision,
    Handed,
    PlanVersion,
    build_event_log,
    find_plan_times,
    list_decision_steps,
    open_store,
    record_plan,
)
from governance.exchange import BATCH_EXPORTED, LINE_RECALLED, Recall
from quality_checks.contracts import (
    Acknowledgements,
    Decisions,
    ExportLines,
    PlanLines,
    Routed,
    find_contract,
)

DAY = datetime.fromisoformat("2026-03-02T00:00").date()
MADE = datetime.fromisoformat("2026-03-03T02:00")
ALL, ORDER, ANY, AUTO, OLD, GONE = (letter * 24 for letter in "abcdef")
BERLIN = ZoneInfo("Europe/Berlin")


def vote(number, action, role, hours, decision="approve", **said):
    return Decision.model_validate({
        "decision_id": f"d{number}", "action_id": action, "decision": decision,
        "author": f"{role}-{number}", "role": role, "reason": "ok",
        "decided_at": MADE + timedelta(hours=hours), **said,
    })  # fmt: skip


VOTES = [
    vote(1, ALL, "buyer", 3.0),
    vote(2, ALL, "buyer", 5.0, "override", quantity=6, expires_on=DAY + timedelta(days=9)),
    vote(3, ALL, "procurement", 1.0, "comment"),
    vote(4, ORDER, "buyer", 2.0),
    vote(5, ANY, "finance", 4.0, "reject"),
    vote(6, OLD, "buyer", 1.0),
]


def routed_as(*rows):
    blank = {"business_date": DAY, "plan_version": 2, "route": "review", "rule": "r",
             "least_people": 1, "missing_roles": ""}  # fmt: skip
    schema = find_contract(Routed).schema
    return pl.DataFrame([{**dict.fromkeys(schema), **blank, **row} for row in rows], schema=schema)


def route(action, roles, needs="all", status="waiting"):
    return {"action_id": action, "roles": roles, "needs": needs, "status": status}


@pytest.fixture
def steps(proposals):
    stated = proposals(
        *({"action_id": action, "plan_version": 2} for action in (ALL, ORDER, ANY, AUTO, OLD, GONE))
    )
    routes = routed_as(
        route(ALL, "buyer;procurement"),
        route(ORDER, "buyer;finance;procurement", "in_order"),
        route(ANY, "buyer;finance", "any", "rejected"),
        route(AUTO, "", status="approved"),
        route(OLD, "buyer", status="approved"),
        route(GONE, "buyer", status="withdrawn"),
    )
    decisions = pl.DataFrame(
        [one.model_dump() for one in VOTES], schema=find_contract(Decisions).schema
    )
    line = {
        "business_date": DAY,
        "plan_version": 1,
        "action_id": OLD,
        "kind": "transfer",
        "sku": "A",
        "partner": "S2",
        "destination": "S1",
        "region": "north",
        "category": "shirts",
        "quantity": 1,
        "value": 1.0,
        "currency": "EUR",
        "status": "waiting",
        "approved_quantity": None,
        "decided_by": None,
    }
    lines = pl.DataFrame([line], schema=find_contract(PlanLines).schema)
    made = {1: MADE - timedelta(hours=6), 2: MADE}
    found = list_decision_steps(stated, routes, decisions, lines, made)
    return {(row["action_id"], row["role"]): row for row in found.to_dicts()}


def test_each_role_that_was_asked_has_a_step_and_no_other(steps):
    assert set(steps) == {
        (ALL, "buyer"),
        (ALL, "procurement"),
        (ORDER, "buyer"),
        # Procurement is asked once finance has answered.
        (ORDER, "finance"),
        # One of any is enough, so that the buyer is not asked any more.
        (ANY, "finance"),
        (OLD, "buyer"),
    }


def test_hours_run_from_the_first_plan_or_the_role_before_to_the_first_answer(steps):
    assert steps[ALL, "buyer"]["hours"] == 3.0
    assert steps[OLD, "buyer"]["hours"] == 7.0
    waits = steps[ORDER, "finance"]
    assert (waits["state"], waits["hours"]) == ("waiting", None)
    assert waits["asked_at"] == MADE + timedelta(hours=2)


def test_the_last_answer_and_what_was_done_over_are_told(steps):
    row = steps[ALL, "buyer"]
    assert (row["answer"], row["author"], row["answers"]) == ("override", "buyer-2", 2)
    # A comment is no answer.
    assert steps[ALL, "procurement"]["answers"] is None


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path / 'decisions.sqlite'}")
    for number in (1, 2, 2):
        version = PlanVersion(number, f"h{number}", "i", "p", "c", "m")
        record_plan(opened, DAY, version, MADE - timedelta(hours=3 - number))
    opened.record_decisions(VOTES, MADE + timedelta(hours=9))
    folder = {"folder": f"{DAY}/1", "lines": 1}
    opened.append_event(BATCH_EXPORTED, folder, MADE + timedelta(hours=10))
    said = {"author": "ann", "role": "allocator", "reason": "a wrong level"}
    recalled_at = MADE + timedelta(hours=12)
    for action in (ALL, OLD):
        recall = Recall(action_id=action, cancels="k", recalled_at=recalled_at, **said)
        opened.append_event(LINE_RECALLED, recall.model_dump(mode="json"), recalled_at)
    yield opened
    opened.close()


def test_when_a_version_was_made_is_told_by_the_chain(store):
    hours = {number: (MADE - at).seconds / 3600 for number, at in
             find_plan_times(store, DAY).items()}  # fmt: skip
    assert hours == {1: 2.0, 2: 1.0}
    assert find_plan_times(store, DAY + timedelta(days=1)) == {}


@pytest.fixture
def log(store):
    row = {"business_date": DAY, "kind": "transfer", "region": "north", "category": "shirts"}
    place = {"sku": "A", "destination": "S1"}
    actions = pl.DataFrame(
        [{**row, **place, "action_id": action, "plan_version": number}
         for action, number in ((ALL, 1), (ORDER, 2), (ANY, 2))]
    )  # fmt: skip
    line = dict.fromkeys(find_contract(ExportLines).columns)
    left = {**line, "business_date": DAY, "batch": 1, "action_id": ALL, "idempotency_key": "k"}
    answer = {**dict.fromkeys(find_contract(Acknowledgements).columns), "idempotency_key": "k",
              "status": "accepted", "acknowledged_on": DAY + timedelta(days=1)}  # fmt: skip
    handed = Handed(
        actions,
        pl.DataFrame([left], schema=find_contract(ExportLines).schema),
        pl.DataFrame([answer], schema=find_contract(Acknowledgements).schema),
    )
    return json.loads(json.dumps(build_event_log(store, handed, BERLIN)))


def read_ocel(log):
    """Events by object, as a reader that holds to the specification takes them."""
    assert set(log) == {"objectTypes", "eventTypes", "objects", "events"}
    declared = {}
    for what in ("objectTypes", "eventTypes"):
        for stated in log[what]:
            assert set(stated) == {"name", "attributes"}
            assert all(each["type"] == "string" for each in stated["attributes"])
            declared[what, stated["name"]] = {each["name"] for each in stated["attributes"]}
    known = {}
    for each in log["objects"]:
        assert set(each) == {"id", "type", "attributes", "relationships"}
        assert each["id"] not in known
        known[each["id"]] = each["type"]
        allowed = declared["objectTypes", each["type"]]
        for told in each["attributes"]:
            assert told["name"] in allowed
            assert datetime.fromisoformat(told["time"]).tzinfo is not None
    traces, ids = {}, set()
    for each in log["events"]:
        assert set(each) == {"id", "type", "time", "attributes", "relationships"}
        assert each["id"] not in ids
        ids.add(each["id"])
        assert datetime.fromisoformat(each["time"]).tzinfo is not None
        assert {told["name"] for told in each["attributes"]} <= declared["eventTypes", each["type"]]
        for related in each["relationships"]:
            assert related["qualifier"]
            assert related["objectId"] in known
            traces.setdefault(related["objectId"], []).append(each["type"])
    return known, traces


def test_the_log_holds_to_the_specification_and_tells_of_each_action_in_order(log):
    known, traces = read_ocel(log)
    assert traces[f"action {ALL}"] == [
        *("propose", "comment", "approve", "override", "export", "recall", "acknowledge")
    ]
    assert traces[f"action {ORDER}"] == ["propose", "approve"]
    assert traces[f"plan {DAY}/2"] == ["plan", "propose", "propose"]
    assert known["person finance-5"] == "person"
    assert traces["person ann"] == ["recall"]
    # What no plan on record proposed is left out.
    assert f"action {OLD}" not in known


def test_a_tool_that_mines_processes_reads_what_was_done(log, tmp_path):
    path = tmp_path / "decisions.jsonocel"
    path.write_text(json.dumps(log))
    read = r4pm.import_item("OCEL", str(path))
    linked = r4pm.bindings.slim_link_ocel(read)
    assert r4pm.bindings.num_events(linked) == len(log["events"])
    assert r4pm.bindings.num_objects(linked) == len(log["objects"])
    variants = r4pm.bindings.get_variants_of_object_type(linked, "action")
    assert sorted(trace for trace, _ in variants) == [
        ["propose", "approve"],
        ["propose", "comment", "approve", "override", "export", "recall", "acknowledge"],
        ["propose", "reject"],
    ]
    # An approval that was done over is the one way back in this log.
    follows = {tuple(pair): times for pair, times in
               r4pm.bindings.get_dfg_of_object_type(linked, "action")}  # fmt: skip
    assert follows["approve", "override"] == 1
    assert ("override", "approve") not in follows
    assert follows["propose", "approve"] == 1


def test_times_are_those_of_the_retailers_clocks(log):
    (made, *_) = (event for event in log["events"] if event["type"] == "plan")
    assert made["time"] == "2026-03-03T00:00:00.000000+01:00"
