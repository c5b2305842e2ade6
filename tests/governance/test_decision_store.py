import hashlib
import subprocess
import sys
from datetime import date, datetime

import pytest
from sqlalchemy import create_engine, inspect, make_url

from governance import audit
from governance.decisions import Decision
from governance.store import (
    EVER,
    DecidedMeanwhileError,
    DecisionConflictError,
    open_store,
)
from governance.switches import Scope

EIGHT = datetime.fromisoformat("2026-03-03T08:00:00")
NINE = datetime.fromisoformat("2026-03-03T09:00:00.123456")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'governance' / 'governance.db'}"
    return request.getfixturevalue("postgresql_url")


@pytest.fixture
def store(url):
    opened = open_store(url)
    yield opened
    opened.close()


def decision(number=1, **changes):
    facts = {
        "decision_id": f"d{number}",
        "action_id": "a" * 24,
        "decision": "approve",
        "author": "ann",
        "role": "planner",
        "reason": "checked",
        "decided_at": EIGHT,
    }
    return Decision.model_validate({**facts, **changes})


def tamper(url, *statements):
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def test_decisions_come_back_as_they_were_recorded(store, decisions):
    given = decision(decision="override", quantity=7, expires_on=date(2026, 3, 9), decided_at=NINE)
    assert store.record_decisions([given], at=NINE) == ["d1"]
    frame = store.decisions(as_of=NINE)
    assert frame.rows(named=True) == [given.model_dump()]
    assert frame.schema == decisions().schema


def test_recording_again_changes_nothing(store):
    assert store.record_decisions([decision()], at=EIGHT) == ["d1"]
    assert store.record_decisions([decision()], at=NINE) == []
    assert len(store.decisions(as_of=NINE)) == 1
    assert store.append_event("note", {}, at=NINE).sequence == 2


def test_another_content_under_a_known_id_is_refused(store):
    store.record_decisions([decision()], at=EIGHT)
    with pytest.raises(DecisionConflictError, match=r"decision d1 .* another content"):
        store.record_decisions([decision(decision="reject")], at=EIGHT)
    assert store.decisions(as_of=NINE)["decision"].to_list() == ["approve"]
    assert store.verify_chain() == []


def test_decisions_as_of(store):
    store.record_decisions([decision(1, decided_at=EIGHT)], at=EIGHT)
    store.record_decisions([decision(2, decided_at=NINE)], at=NINE)
    assert store.decisions(as_of=EIGHT)["decision_id"].to_list() == ["d1"]
    assert store.decisions(as_of=NINE)["decision_id"].to_list() == ["d1", "d2"]


def test_store_keeps_what_it_has_when_opened_again(store, url):
    store.record_decisions([decision()], at=EIGHT)
    again = open_store(url)
    assert len(again.decisions(as_of=EIGHT)) == 1
    assert again.verify_chain() == []
    again.close()


def test_a_store_of_an_earlier_version_gets_the_columns_that_it_lacks(store, url):
    store.record_decisions([decision()], at=EIGHT)
    store.close()
    later = ("reason_code", "until", "due_on", "origin", "plan_version", "supplier", "price")
    tamper(url, *(f"ALTER TABLE decisions DROP COLUMN {name}" for name in later))
    again = open_store(url)
    assert again.verify_chain() == []
    put_off = decision(2, decision="defer", until=NINE)
    assert again.record_decisions([put_off], at=EIGHT)
    assert again.decisions(as_of=NINE).sort("decision_id")["until"].to_list() == [None, NINE]
    assert again.verify_chain() == []
    again.close()


def test_decisions_of_a_transaction_are_recorded_all_or_none(store):
    with pytest.raises(DecisionConflictError):
        store.record_decisions([decision(1), decision(2), decision(1, role="buyer")], at=EIGHT)
    assert store.decisions(as_of=NINE).is_empty()
    assert store.verify_chain() == []
    assert store.record_decisions([decision(1), decision(2)], at=EIGHT) == ["d1", "d2"]
    assert store.record_decisions([decision(2), decision(3)], at=EIGHT) == ["d3"]


def test_what_others_decided_meanwhile_stops_a_decision(store):
    store.record_decisions([decision(1)], at=EIGHT)
    for seen in ([], ["d1", "d9"]):
        with pytest.raises(DecidedMeanwhileError):
            store.record_decisions([decision(2)], at=EIGHT, seen={"a" * 24: seen})
    assert store.record_decisions([decision(2)], at=EIGHT, seen={"a" * 24: ["d1"]}) == ["d2"]


@pytest.mark.parametrize(
    "fault",
    [
        {"role": "king"},
        {"reason": "wrong\0stock"},
        {"author": "ann\0"},
        {"author": " "},
        {"reason": ""},
        {"decision": "override", "quantity": 3},
        {"decision": "override", "expires_on": date(2026, 3, 9)},
        {"quantity": -1},
        {"decision": "defer"},
        {"decision": "defer", "until": datetime.fromisoformat("2026-03-03T08:00:00+01:00")},
        {"reason_code": " "},
        {"decision": "override", "quantity": 10**20, "expires_on": date(2026, 3, 9)},
        {"decided_at": datetime.fromisoformat("2026-03-03T08:00:00+01:00")},
    ],
)
def test_incomplete_decision_is_refused(fault):
    with pytest.raises(ValueError, match="validation error"):
        decision(**fault)


def test_automation_switch(store):
    assert store.stopped() == ()
    store.set_automation(on=False, author="ann", reason="wrong stock", at=EIGHT)
    assert store.stopped() == (Scope(),)
    store.set_automation(on=True, author="bob", reason="stock is right again", at=NINE)
    assert store.stopped() == ()
    assert store.verify_chain() == []
    with pytest.raises(ValueError, match="reason is missing"):
        store.set_automation(on=False, author="ann", reason=" ", at=NINE)


def test_switches_of_scopes_stand_by_themselves(store, url):
    transfers, north = Scope("transfer"), Scope(region="north")
    for scope in (transfers, north, Scope("transfer", "north")):
        store.set_automation(scope, on=False, author="ann", reason="count", at=EIGHT)
    store.set_automation(on=False, author="ann", reason="count", at=EIGHT)
    store.set_automation(on=True, author="ann", reason="counted", at=NINE)
    store.set_automation(transfers, on=True, author="ann", reason="counted", at=NINE)
    assert store.stopped() == (north, Scope("transfer", "north"))
    assert store.verify_chain() == []
    tamper(url, f"DELETE FROM settings WHERE name = '{north.setting}'")
    assert store.verify_chain() == [
        "automation switch for all actions in north: recorded, but not stored"
    ]


def test_hash_is_that_of_the_documented_form(store):
    store.append_event("note", {"b": 1, "a": "é"}, at=EIGHT)
    head = store.append_event("note", {"day": date(2026, 3, 2)}, at=NINE)
    first = (
        r'{"at":"2026-03-03T08:00:00","kind":"note","payload":"{\"a\":\"é\",\"b\":1}","sequence":1}'
    )
    second = (
        r'{"at":"2026-03-03T09:00:00.123456","kind":"note",'
        r'"payload":"{\"day\":\"2026-03-02\"}","sequence":2}'
    )
    link = "0" * 64
    for text in (first, second):
        link = hashlib.sha256((link + text).encode()).hexdigest()
    assert (head.sequence, head.hash) == (2, link)


def test_payload_without_json_form_is_refused(store):
    with pytest.raises(ValueError, match="not JSON compliant"):
        store.append_event("note", {"a": float("nan")}, at=EIGHT)
    with pytest.raises(TypeError, match="no place in an audit event"):
        store.append_event("note", {"a": object()}, at=EIGHT)
    with pytest.raises(ValueError, match="come from the store itself"):
        store.append_event("decision_recorded", {"decision_id": "d9"}, at=EIGHT)
    assert store.verify_chain() == []


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (
            "UPDATE audit_events SET payload = '{\"n\":9}' WHERE sequence = 3",
            "event 3 (note): hash",
        ),
        ("UPDATE audit_events SET at = '2026-01-01T00:00:00' WHERE sequence = 2", "event 2 (note)"),
        ("UPDATE audit_events SET kind = 'nothing' WHERE sequence = 2", "event 2 (nothing): hash"),
        ("DELETE FROM audit_events WHERE sequence = 1", "event 2 follows event 0"),
        ("DELETE FROM audit_events WHERE sequence = 3", "event 4 follows event 2"),
        ("DELETE FROM audit_events WHERE sequence = 6", "the chain ends at event 5"),
        (
            "INSERT INTO audit_events VALUES (7, '2026-03-03T10:00:00', 'note', '{}', 'f00')",
            "event 7 (note): hash does not fit",
        ),
        ("UPDATE decisions SET decision = 'reject'", "decision d1: stored otherwise than recorded"),
        ("DELETE FROM decisions", "decision d1: recorded, but not stored"),
        (
            """INSERT INTO decisions SELECT 'd2', action_id, decision, 'eve', role, reason,
            quantity, expires_on, decided_at, NULL, NULL, NULL, NULL, NULL, NULL, NULL
            FROM decisions""",
            "decision d2: stored, but no event recorded it",
        ),
        (
            "UPDATE settings SET value = replace(value, 'false', 'true') WHERE name = 'automation'",
            "automation switch for all actions: stored otherwise than recorded",
        ),
    ],
)
def test_tampering_is_detected(store, url, statement, problem):
    for number in range(4):
        store.append_event("note", {"n": number}, at=EIGHT)
    store.record_decisions([decision()], at=EIGHT)
    store.set_automation(on=False, author="ann", reason="test", at=NINE)
    assert store.verify_chain() == []
    tamper(url, statement)
    assert problem in "\n".join(store.verify_chain())


def run_at_once(program, url, processes):
    command = [sys.executable, "-c", program, url]
    running = [
        subprocess.Popen(
            [*command, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for number in range(processes)
    ]
    for process in running:
        assert process.stdout.readline() == "ready\n"
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0] for process in running]
    assert [process.returncode for process in running] == [0] * processes
    return said


WRITER = """
import sys
from datetime import datetime
from governance.store import open_store
store = open_store(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for number in range(15):
    store.append_event("note", {"writer": sys.argv[2], "n": number}, datetime(2026, 3, 3))
"""


def test_two_processes_keep_the_chain_linear(store, url):
    run_at_once(WRITER, url, 2)
    assert store.verify_chain() == []
    assert store.append_event("note", {}, at=NINE).sequence == 31


OPENER = """
import sys
from datetime import datetime
from governance.store import open_store
print("ready", flush=True)
sys.stdin.readline()
store = open_store(sys.argv[1])
store.append_event("note", {"opener": sys.argv[2]}, datetime(2026, 3, 3))
"""


def test_processes_that_open_an_empty_store_at_once_make_one(url):
    run_at_once(OPENER, url, 6)
    store = open_store(url)
    assert store.verify_chain() == []
    assert store.append_event("note", {}, at=NINE).sequence == 7
    store.close()


DECIDER = """
import sys
from datetime import datetime
from governance.decisions import Decision
from governance.store import DecidedMeanwhileError, open_store
at, store = datetime(2026, 3, 3, 8), open_store(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for turn in range(8):
    decision = Decision(
        decision_id=f"{turn}/{sys.argv[2]}", action_id=f"a{turn}", decision="approve",
        author=f"person {sys.argv[2]}", role="planner", reason="checked", decided_at=at,
    )
    try:
        store.record_decisions([decision], at, seen={f"a{turn}": []})
        print("recorded")
    except DecidedMeanwhileError:
        print("told")
"""


def test_of_those_who_decide_at_once_one_wins_and_the_others_are_told(store, url):
    said = "".join(run_at_once(DECIDER, url, 4)).split()
    assert (said.count("recorded"), said.count("told")) == (8, 24)
    assert store.decisions(as_of=NINE)["action_id"].sort().to_list() == [f"a{n}" for n in range(8)]
    assert store.verify_chain() == []


def test_the_chain_is_read_as_it_stood_while_others_write(postgresql_url, monkeypatch):
    # A reader of SQLite keeps writers waiting.
    store, other, verify = open_store(postgresql_url), open_store(postgresql_url), audit.verify
    store.append_event("note", {"n": 1}, at=EIGHT)

    def write_meanwhile(events, head):
        other.record_decisions([decision()], at=NINE)
        return verify(events, head)

    monkeypatch.setattr(audit, "verify", write_meanwhile)
    assert store.verify_chain() == []
    assert len(store.decisions(as_of=NINE)) == 1
    store.close()
    other.close()


def test_other_databases_are_refused():
    with pytest.raises(ValueError, match="SQLite or PostgreSQL, and not in mysql"):
        open_store("mysql://localhost/decisions")


def test_events_of_a_kind_are_found_by_an_index_that_older_stores_get(store, url):
    store.append_event("note", {}, at=NINE)
    store.close()
    tamper(url, "DROP INDEX ix_audit_events_kind")
    again = open_store(url)
    engine = create_engine(url)
    assert "ix_audit_events_kind" in {
        found["name"] for found in inspect(engine).get_indexes("audit_events")
    }
    engine.dispose()
    assert again.payloads("note") == [{}]
    again.close()


def test_what_a_url_asks_of_a_server_is_kept(postgresql_url):
    tamper(postgresql_url, "CREATE SCHEMA decided")
    asked = make_url(postgresql_url).update_query_dict({"options": "-csearch_path=decided"})
    open_store(asked.render_as_string(hide_password=False)).close()
    engine = create_engine(postgresql_url)
    assert inspect(engine).get_table_names("decided")
    assert not inspect(engine).get_table_names("public")
    engine.dispose()


def test_a_copy_has_all_and_goes_its_own_way(store, tmp_path):
    store.record_decisions([decision(quantity=3), decision(2)], at=EIGHT)
    store.set_automation(on=False, author="ann", reason="all by hand", at=NINE)
    url = f"sqlite:///{tmp_path / 'copy.sqlite'}"
    store.copy_to(url)
    copy = open_store(url)
    assert copy.decisions(EVER).equals(store.decisions(EVER))
    assert (copy.head(), copy.stopped()) == (store.head(), store.stopped())
    assert copy.verify_chain() == []
    head = store.head()
    copy.record_decisions([decision(3)], at=NINE)
    copy.close()
    assert store.head() == head


def test_events_that_hold_a_text_are_the_same_in_any_store(store):
    said = 'so "It" is,\n100_000 % of a/b'
    store.append_events("tried", [{"reason": said}, {"reason": "100x000"}], EIGHT)
    for text in ('"it"', "IS,\n100_", "0 % OF a/B"):
        found = store.list_events(kind="tried", holding=text, most=9)
        assert [event.sequence for event in found] == [1], text
