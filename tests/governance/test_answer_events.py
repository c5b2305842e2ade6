"""Answers of other systems as events of the audit chain: each once, and anew where it changes."""

import json
import sqlite3
from datetime import datetime

import pytest

from governance import open_store
from governance.exchange import LINE_ANSWERED, record_answers
from quality_checks.contracts import CONTRACTS

NOON = datetime.fromisoformat("2026-03-05T12:00")
A, B, NEVER_LEFT = "a" * 24, "b" * 24, "c" * 24


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path / 'decisions.sqlite'}")
    yield opened
    opened.close()


def told(store):
    return [
        (said["action_id"], said["status"], said["quantity"])
        for said in store.payloads(LINE_ANSWERED)
    ]


def test_each_answer_is_told_once_and_anew_where_it_changes(store, export_lines, acknowledgements):
    lines = export_lines({"action_id": A}, {"action_id": B})
    none = CONTRACTS["cancel_lines"].empty()

    def record(*answers):
        return record_answers(store, acknowledgements(*answers), lines, none, NOON)

    taken = {"action_id": A, "status": "accepted", "message": "as asked"}
    assert record(taken) == 1
    assert record(taken) == 0
    less = {"action_id": A, "status": "changed", "quantity": 4}
    assert record(less, {"action_id": B, "status": "rejected"}) == 2
    assert record(taken, {"action_id": B, "status": "rejected"}) == 1, "it is taken after all"
    first, *both, last = told(store)
    assert first == last == (A, "accepted", None)
    assert set(both) == {(A, "changed", 4), (B, "rejected", None)}
    assert store.verify_chain() == []


def test_an_answer_to_what_never_left_is_not_told(store, export_lines, acknowledgements):
    lines, none = export_lines({"action_id": A}), CONTRACTS["cancel_lines"].empty()
    answers = acknowledgements({"action_id": NEVER_LEFT, "status": "accepted"})
    assert record_answers(store, answers, lines, none, NOON) == 0
    assert store.payloads(LINE_ANSWERED) == []


def test_an_answer_that_is_edited_in_the_store_is_found(
    store, tmp_path, export_lines, acknowledgements
):
    lines, none = export_lines({"action_id": A}), CONTRACTS["cancel_lines"].empty()
    record_answers(
        store, acknowledgements({"action_id": A, "status": "rejected"}), lines, none, NOON
    )
    (event,) = store.find_events(LINE_ANSWERED, A)
    edited = json.dumps({**json.loads(event.payload), "status": "accepted"})
    with sqlite3.connect(tmp_path / "decisions.sqlite") as connection:
        connection.execute("UPDATE audit_events SET payload = ?", (edited,))
    connection.close()
    assert store.verify_chain() != []
