"""Worklists that are sent back: each row decides, or says why it does not."""

from datetime import datetime, timedelta

import pytest

from governance import Desk, describe_action, find_in_force, open_store, read_sent_back
from quality_checks.contracts import CaseActions, find_contract

NOON = datetime.fromisoformat("2026-03-02T12:00")
DAY = NOON.date()
ONE, TWO, THREE = ("b" * 24, "b1" * 12, "c" * 24)
FILLED = {"as_role": "buyer", "why": "seen", "code": None, "instead": None, "until": None}


@pytest.fixture
def desk(proposals, export_lines, shipped, tmp_path):
    """Three orders that wait for buyer and finance."""
    rows = [
        {"action_id": action, "kind": "purchase_order", "quantity": 4200, "packs": 42}
        for action in (ONE, TWO, THREE)
    ]
    store = open_store(f"sqlite:///{tmp_path / 'decisions.sqlite'}")
    yield Desk(
        DAY, proposals(*rows), export_lines(), shipped, store, find_contract(CaseActions).empty()
    )
    store.close()


def row(desk, action_id, decide, **filled):
    """A row as a spreadsheet gives it back: whole numbers as floats, days as times."""
    action = desk.find_action(action_id)
    stands = find_in_force(action, desk.find_route(action_id))
    cells = {
        "action_id": action_id,
        "quantity": float(stands["quantity"]),
        "overridden": None,
        "due_on": datetime.combine(stands["due_on"], datetime.min.time()),
        "origin": stands["origin"],
        "supplier": stands["supplier"],
        "unit_value": str(action["unit_value"]),
        "summary": describe_action(action),
        "decide": decide,
    }
    return {**cells, **FILLED, **filled}


def send(desk, *rows):
    found = read_sent_back(rows, desk, "ann", NOON)
    verdict = desk.decide_all(list(found.stated.values()), NOON)
    return found, verdict


def test_rows_decide_and_blank_ones_are_left_alone(desk):
    last = datetime.combine(DAY + timedelta(days=5), datetime.min.time())
    found, verdict = send(
        desk,
        row(desk, ONE, " Approve "),
        row(desk, TWO, None),
        row(desk, THREE, "override", instead=4000.0, until=last, code="too_much"),
    )
    assert found.refused == {}
    assert set(found.stated) == {2, 4}
    assert verdict.refused == {}
    assert desk.find_route(ONE)["decided_by"] == "ann"
    assert desk.find_route(THREE)["overridden"] == 4000
    assert found.stated[4].expires_on == last.date()
    assert desk.find_route(TWO)["decided_by"] is None


def test_a_stale_row_is_refused_and_stops_no_other(desk):
    stale = row(desk, TWO, "approve", quantity=12.0)
    other_day = row(desk, THREE, "reject", due_on="2031-01-01", code="too_much")
    found, verdict = send(desk, stale, row(desk, ONE, "approve"), other_day)
    assert set(found.stated) == {3}
    assert len(verdict.recorded) == 1
    assert "12 units then, 4200 units now" in found.refused[2]
    assert "due on 2031-01-01 then" in found.refused[4]


def test_another_price_or_deed_than_was_read_decides_nothing(desk):
    dearer = row(desk, ONE, "approve", unit_value=0.5)
    gone = row(desk, TWO, "approve", unit_value=None)
    other = row(desk, THREE, "approve", summary="Buy something else: gains 1 EUR net.")
    found, _ = send(desk, dearer, gone, other)
    assert found.stated == {}
    assert "0.5 a unit then" in found.refused[2]
    assert "nothing a unit then" in found.refused[3]
    assert "it is by now: Buy 4200 of" in found.refused[4]


def test_what_was_overridden_when_the_sheet_was_written_is_not_stale(desk):
    last = DAY + timedelta(days=5)
    send(desk, row(desk, ONE, "override", instead="4000", until=str(last), code="too_much"))
    again = row(desk, ONE, "approve", quantity=4200, overridden=4000.0, as_role="finance")
    found = read_sent_back([again], desk, "ben", NOON)
    assert found.refused == {}
    assert found.stated[2].quantity == 4000


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"decide": "aprove"}, "a decision is approve, reject, override, defer or comment"),
        ({"decide": "override", "instead": "many"}, "'many' are no whole units"),
        ({"decide": "override", "instead": 4000, "until": "soon"}, "no day or time"),
        ({"decide": "approve", "as_role": ""}, "role"),
        ({"decide": "approve", "why": ""}, "reason"),
        ({"decide": "approve", "action_id": None}, "id of its action is gone"),
        ({"decide": "approve", "action_id": "f" * 24}, "no action of the plan"),
    ],
)
def test_a_row_that_cannot_be_meant_is_refused_in_words(desk, cells, why):
    found, _ = send(desk, {**row(desk, ONE, "approve"), **cells})
    assert found.stated == {}
    assert why in found.refused[2]


def test_two_rows_of_an_action_decide_once(desk):
    found, _ = send(desk, row(desk, ONE, "approve"), row(desk, ONE, "reject", code="too_much"))
    assert found.refused == {3: "row 2 decides the same action"}


def test_the_same_sheet_again_says_nothing_new(desk):
    last = str(DAY + timedelta(days=5))
    rows = [
        row(desk, ONE, "comment"),
        row(desk, TWO, "override", instead="4000", until=last, code="too_much"),
        row(desk, THREE, "approve"),
    ]
    assert len(send(desk, *rows)[1].recorded) == 3
    later = NOON + timedelta(hours=1)
    again = read_sent_back(rows, desk, " Ann", later)
    assert again.stated == {}
    assert all("has said just this before" in why for why in again.refused.values())
    # Another reason, and another person, are something new.
    other = {**rows[0], "why": "seen again"}
    assert set(read_sent_back([other], desk, "ann", later).stated) == {2}
    assert set(read_sent_back(rows[:1], desk, "ben", later).stated) == {2}
