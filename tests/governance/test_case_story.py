"""The story of the project's card, through the shipped playbooks and the shipped action policy.

A promotion in a coastal region drives demand while suburban stores are slow, and a marketplace
would run out within 48 hours. Item SUN is in both places; item HAT is nowhere but on order.
"""

from datetime import date, datetime, timedelta

import polars as pl
import pytest
from frames_of_cases import DAY, exceptions, scope

from governance import Desk, open_store
from governance.cases import (
    CaseBook,
    compare_options,
    follow_cases,
    link_actions,
    load_playbooks,
    name_case,
    raise_alerts,
)
from quality_checks.contracts import Cases, find_contract

NOON = datetime.fromisoformat("2026-03-02T12:00")
LANES = pl.DataFrame({"origin": ["DC1"] * 5, "destination": ["C1", "C2", "U1", "U2", "MARKET"]})
LOCATIONS = pl.DataFrame(
    {
        "location": ["DC1", "C1", "C2", "U1", "U2", "MARKET"],
        "region": ["inland", "coast", "coast", "suburb", "suburb", "coast"],
        "price_zone": pl.Series([None] * 6, dtype=pl.String),
    }
)
SHIFT, OUT = name_case("shift"), name_case("out")
NAMES = [
    "small_move", "large_move", "market", "sun_expedite", "hat_expedite", "deferral", "order",
]  # fmt: skip
SMALL_MOVE, LARGE_MOVE, MARKET, SUN_EXPEDITE, HAT_EXPEDITE, DEFERRAL, ORDER = (
    letter * 24 for letter in "abcdef0"
)


@pytest.fixture
def seen():
    return exceptions(
        {
            "exception_id": "shift",
            "kind": "demand_shift",
            "subject": "summer",
            "category": "summer",
            "item_locations": 6,
            "money_at_risk": 4000.0,
            "words": "Summer sells 140 % of its forecast on the coast and 60 % in the suburbs.",
        },
        {
            "exception_id": "out",
            "subject": "MARKET",
            "location": "MARKET",
            "channel": "marketplace",
            "item_locations": 1,
            "money_at_risk": 1500.0,
            "words": "MARKET runs out of 1 item within 48 hours.",
        },
    )


@pytest.fixture
def touched():
    coast = [("shift", sku, at, "short") for sku in ("SUN", "HAT") for at in ("C1", "C2", "MARKET")]
    slow = [("shift", "SUN", at, "over") for at in ("U1", "U2")]
    return scope(*coast, *slow, ("out", "SUN", "MARKET", "short"))


@pytest.fixture
def actions(proposals):
    sun, hat = {"category": "summer", "sku": "SUN"}, {"category": "summer", "sku": "HAT"}
    moves = {**sun, "unit_value": 6.0, "origin": "U1", "destination": "C1", "quantity": 40}
    hurry = {"kind": "expedite", "destination": "DC1", "quantity": 300, "unit_value": 2.0}
    return proposals(
        {**moves, "action_id": SMALL_MOVE, "benefit": 300.0},
        {**moves, "action_id": LARGE_MOVE, "origin": "U2", "quantity": 400, "benefit": 1900.0,
         "destination": "C2"},
        {**sun, "action_id": MARKET, "kind": "allocation", "origin": "DC1", "quantity": 60,
         "destination": "MARKET", "benefit": 900.0},
        {**sun, **hurry, "action_id": SUN_EXPEDITE, "benefit": 700.0},
        {**hat, **hurry, "action_id": HAT_EXPEDITE, "benefit": 1100.0},
        {**sun, "action_id": DEFERRAL, "kind": "markdown_deferral", "origin": None,
         "destination": "coast", "unit_value": 3.0, "benefit": 400.0},
        {**hat, "action_id": ORDER, "kind": "purchase_order", "destination": "DC1",
         "quantity": 500, "unit_value": 8.0, "benefit": 800.0},
        {"action_id": "1" * 24, "sku": "COAT", "benefit": 99.0},
    )  # fmt: skip


@pytest.fixture
def books(policies):
    return load_playbooks(policies / "playbooks.yaml")


@pytest.fixture
def desk(seen, touched, actions, books, shipped, export_lines, tmp_path):  # noqa: PLR0913, PLR0917
    linked = link_actions(seen, touched, actions, LANES, LOCATIONS, books)
    store = open_store(f"sqlite:///{tmp_path / 'decisions.sqlite'}")
    yield Desk(DAY, actions, export_lines(), shipped, store, linked)
    store.close()


def book_of(desk, seen):
    history = desk.case_actions.select("case_id", "action_id", "benefit", exported=False).clear()
    earlier = find_contract(Cases).empty()
    return CaseBook(
        DAY, seen, desk.case_actions, desk.proposals, desk.route(),
        desk.store.decisions(NOON), earlier, history,
    )  # fmt: skip


def stands(desk):
    known = dict(zip("abcdef0", NAMES, strict=True))
    routed = desk.route().to_dicts()
    return {known[row["action_id"][0]]: row for row in routed if row["action_id"][0] in known}


def decide(desk, action, author, role):
    number = len(desk.store.decisions(NOON))
    facts = {
        "decision_id": f"d{number}", "action_id": action, "decision": "approve", "author": author,
        "role": role, "reason": "agreed", "decided_at": NOON,
    }  # fmt: skip
    return desk.decide(desk.state(action, facts), at=NOON)


def test_the_case_gathers_what_answers_both_places(desk):
    of_case = desk.case_actions.filter(case_id=SHIFT)
    assert set(of_case["action_id"]) == {
        SMALL_MOVE, LARGE_MOVE, MARKET, SUN_EXPEDITE, HAT_EXPEDITE, DEFERRAL, ORDER,
    }  # fmt: skip
    assert set(of_case.filter(part="alternative")["action_id"]) == {
        SMALL_MOVE, LARGE_MOVE, SUN_EXPEDITE,
    }  # fmt: skip
    assert set(desk.case_actions.filter(case_id=OUT)["action_id"]) == {
        MARKET, SUN_EXPEDITE, DEFERRAL,
    }  # fmt: skip


def test_what_policy_allows_goes_and_people_get_what_is_large_or_paid_for(desk):
    found = {name: (row["status"], row["missing_roles"]) for name, row in stands(desk).items()}
    assert found == {
        "small_move": ("approved", ""),
        "large_move": ("waiting", "allocator"),
        "market": ("approved", ""),
        # Moving gains more than hurrying, and has begun.
        "sun_expedite": ("withdrawn", ""),
        "hat_expedite": ("waiting", "procurement"),
        "deferral": ("waiting", "merchandiser"),
        "order": ("waiting", "buyer"),
    }
    assert set(desk.select_ready()["action_id"]) == {SMALL_MOVE, MARKET, "1" * 24}


def test_alternatives_are_compared_in_money(desk):
    compared = compare_options(desk.case_actions, desk.proposals, desk.route())
    of_shift = compared.filter(case_id=SHIFT)
    assert of_shift.select("choice", "option", "benefit", "fees", "standing").rows() == [
        ("SUN", "transfer", 2200.0, 0.0, "approved"),
        ("SUN", "expedite+purchase_change", 700.0, 600.0, "withdrawn"),
    ]


def test_finance_sees_the_change_and_the_merchandiser_is_told(desk, seen, books):
    cases = follow_cases(book_of(desk, seen), books)
    shift = cases.row(by_predicate=pl.col("case_id") == SHIFT, named=True)
    assert (shift["state"], shift["owner"], shift["by_itself"]) == ("waiting", "planner", 2)
    assert shift["benefit_approved"] == 1200.0
    assert shift["benefit_waiting"] == 1900.0 + 1100.0 + 400.0 + 800.0
    # The fee of the hat's expedite and the order of hats; what is withdrawn binds nothing.
    assert shift["exposure_change"] == 600.0 + 4000.0
    alerts = raise_alerts(cases, find_contract(Cases).empty(), seen, books)
    told = {row["role"]: row["words"] for row in alerts.filter(case_id=SHIFT).to_dicts()}
    assert set(told) == {"planner", "merchandiser", "finance"}
    assert "raise the replenishment priority where it sells" in told["merchandiser"]
    assert "stock and orders change by +4,600 at cost" in told["finance"]


def test_what_people_approve_leaves_and_the_case_ends(desk, seen, books):
    decide(desk, LARGE_MOVE, "ann", "allocator")
    decide(desk, HAT_EXPEDITE, "pat", "procurement")
    decide(desk, DEFERRAL, "mia", "merchandiser")
    decide(desk, ORDER, "bob", "buyer")
    cases = follow_cases(book_of(desk, seen), books)
    assert set(cases["state"]) == {"acting"}
    left = set(desk.select_ready()["action_id"])
    assert left == {SMALL_MOVE, LARGE_MOVE, MARKET, HAT_EXPEDITE, DEFERRAL, ORDER, "1" * 24}
    history = desk.case_actions.select("case_id", "action_id", "benefit").with_columns(
        exported=pl.col("action_id").is_in(list(left))
    )
    day, states = DAY, []
    for days, state in ((3, "closed"), (17, None)):
        day = DAY + timedelta(days=days)
        closed = seen.with_columns(state=pl.lit(state), closed_by=pl.lit("Units came.")).filter(
            pl.lit(state is not None)
        )
        empty = (frame.clear() for frame in (desk.case_actions, desk.proposals, desk.route()))
        cases = follow_cases(
            CaseBook(day, closed, *empty, desk.store.decisions(NOON), cases, history), books
        )
        states.append(dict(cases.select("case_id", "state").iter_rows()))
    assert states == [{SHIFT: "resolved", OUT: "resolved"}, {SHIFT: "measured", OUT: "measured"}]
    shift = cases.row(by_predicate=pl.col("case_id") == SHIFT, named=True)
    assert (shift["outcome"], shift["closed_on"]) == ("held", date(2026, 3, 5))
    assert shift["benefit_exported"] == 300.0 + 1900.0 + 900.0 + 1100.0 + 400.0 + 800.0
