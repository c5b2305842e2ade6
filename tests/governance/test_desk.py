"""A decision that cannot count is refused at once and in words; one that counts shows at once."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from governance import (
    EVER,
    DecisionRefusedError,
    Desk,
    describe_held,
    describe_route,
    open_store,
    record_landed_decisions,
)
from quality_checks.contracts import CaseActions, find_contract

UNLINKED = find_contract(CaseActions).empty()
NOON = datetime.fromisoformat("2026-03-02T12:00")
LEAVES = date(2026, 3, 3)
TRANSFER, LARGE, ROUTINE, BLOCKED = "a" * 24, "b" * 24, "b0" * 12, "d" * 24


@pytest.fixture
def desk(proposals, export_lines, shipped, tmp_path):
    """A dear transfer, an order for buyer and finance, a routine one, one that policy blocks."""
    actions = proposals(
        {"action_id": TRANSFER, "quantity": 24, "packs": 4, "unit_value": 100.0},
        {"action_id": LARGE, "kind": "purchase_order", "quantity": 4200, "packs": 42},
        {"action_id": ROUTINE, "kind": "purchase_order"},
        {"action_id": BLOCKED, "kind": "allocation", "quantity": 50001},
    )
    store = open_store(f"sqlite:///{tmp_path / 'decisions.sqlite'}")
    yield Desk(date(2026, 3, 2), actions, export_lines(), shipped, store, UNLINKED)
    store.close()


def decide(desk, **stated):
    facts = {
        "decision_id": f"{len(desk.store.decisions(NOON))}",
        "action_id": LARGE,
        "decision": "approve",
        "author": "ann",
        "role": "buyer",
        "reason": "agreed",
        "decided_at": NOON,
        **stated,
    }
    if facts["decision"] == "override":
        facts = {"quantity": 2400, "expires_on": LEAVES, **facts}
    if facts["decision"] in {"override", "reject"}:
        facts = {"reason_code": "not_worth_it", **facts}
    return desk.decide(desk.state(facts["action_id"], facts), at=NOON)


def refused(desk, **stated):
    before = desk.store.decisions(NOON)
    with pytest.raises(DecisionRefusedError) as error:
        decide(desk, **stated)
    assert desk.store.decisions(NOON).equals(before), "nothing is recorded"
    assert desk.store.verify_chain() == []
    return str(error.value)


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ({"role": "byer"}, "there is no role 'byer'; is it buyer? Roles: planner"),
        ({"role": "zar"}, "there is no role 'zar'. Roles: planner"),
        ({"author": " "}, "The author is missing."),
        ({"author": "Policy"}, "The author's name is the system's own."),
        ({"author": "ben;fay"}, "The author's name holds a semicolon"),
        ({"reason": ""}, "a reason must be given"),
        (
            {"decision": "override", "quantity": 10**20},
            "a whole number of units from 0 to",
        ),
        ({"decision": "override", "quantity": -1}, "a whole number of units from 0 to"),
        ({"role": "allocator"}, "allocator may not decide this kind of action; "),
        ({"action_id": TRANSFER, "role": "buyer"}, "buyer may not decide this kind of action; "),
        ({"decision": "override", "quantity": 2450}, "2450 units are no whole packs of 100."),
        ({"decision": "override", "expires_on": date(2026, 3, 2)}, "has expired on 2026-03-03"),
        ({"role": "planner"}, "An approval as planner would not count: it waits for buyer and fin"),
        ({"action_id": ROUTINE}, "It is approved already, by policy"),
        ({"action_id": BLOCKED, "role": "planner"}, "Policy blocks it (implausible_quantity)"),
        ({"action_id": BLOCKED, "role": "planner", "decision": "reject"}, "Policy blocks it"),
    ],
)
def test_what_cannot_count_is_refused_in_words(desk, stated, words):
    assert words in refused(desk, **stated)


def test_each_role_is_another_person(desk):
    route = decide(desk)
    assert describe_route(route) == "waiting, needs finance; approved so far by ann"
    assert refused(desk, role="finance") == (
        "ann has spoken for it as buyer, and each role must be another person."
    )
    already = "It is approved as buyer already: it waits for finance."
    assert refused(desk, author="ben") == already
    assert refused(desk, reason="once more") == already
    route = decide(desk, author="fay", role="finance")
    assert describe_route(route) == "approved by ann and fay"
    assert refused(desk, author="ben").startswith("It is approved already, by ann and fay")


@pytest.mark.parametrize(
    "typed", [" ann", "Ann", "an\u200bn", "\uff21nn", "ann\u00a0", "\u2060ann"]
)
def test_a_person_is_one_however_the_name_is_typed(desk, decisions, typed):
    decide(desk)
    assert "each role must be another person" in refused(desk, author=typed, role="finance")
    problems = land(desk, decisions, {**PAYS, "author": typed})
    assert problems == {"f0": f"{typed} has spoken for it as buyer{OTHER}"}
    assert describe_route(desk.find_route(LARGE)).startswith("waiting, needs finance")
    # Who has rejected may approve again, and nobody else.
    decide(desk, author=typed, decision="reject")
    assert "has rejected it already" in refused(desk, decision="reject", reason="again")
    assert decide(desk, reason="after all")["status"] == "waiting"


BUYS, PAYS = {"author": "ann", "role": "buyer"}, {"author": "ann", "role": "finance"}
OTHER = ", and each role must be another person."
SECOND = f"ann has spoken for it as buyer{OTHER}"


def land(desk, decisions, *rows):
    """Record rows of a file, a minute apart; problems by decision."""
    stated = [
        {
            "decision_id": f"f{number}",
            "action_id": LARGE,
            "decided_at": NOON + timedelta(minutes=number),
            **row,
        }
        for number, row in enumerate(rows)
    ]
    refused = record_landed_decisions(
        desk.store,
        decisions(*stated),
        desk.proposals,
        codes=desk.policy.reason_codes,
        lanes=desk.find_lanes(),
    )
    return dict(refused.select("decision_id", "problem").iter_rows())


def test_a_file_gets_no_second_role_for_one_person_either(desk, decisions):
    assert land(desk, decisions, BUYS, PAYS) == {"f1": SECOND}
    route = desk.find_route(LARGE)
    assert describe_route(route) == "waiting, needs finance; approved so far by ann"
    assert desk.store.decisions(EVER)["decision_id"].to_list() == ["f0"], "what is refused is not"
    # Read again by the next run, and of another person.
    assert land(desk, decisions, BUYS, PAYS, {**PAYS, "author": "fay"}) == {"f1": SECOND}
    assert desk.find_route(LARGE)["status"] == "approved"
    assert desk.store.verify_chain() == []


def test_a_file_and_the_command_line_know_of_each_other(desk, decisions):
    decide(desk)
    assert land(desk, decisions, PAYS) == {"f0": SECOND}
    assert "each role must be another person" in refused(desk, role="finance")


def test_who_rejects_or_overrides_may_speak_in_another_role_from_then_on(desk, decisions):
    reject = {**BUYS, "decision": "reject", "reason_code": "too_much"}
    change = {
        **BUYS,
        "decision": "override",
        "quantity": 4500,
        "expires_on": LEAVES,
        "reason_code": "too_little",
    }
    assert land(desk, decisions, BUYS, reject, PAYS) == {}
    assert desk.find_route(LARGE)["missing_roles"] == "buyer"
    assert land(desk, decisions, BUYS, reject, PAYS, change, PAYS) == {"f4": SECOND}
    # A decision that cannot count gives nobody a role.
    routine = {"action_id": ROUTINE}
    spoiled = {**BUYS, **routine, "reason": " "}
    assert land(desk, decisions, spoiled, {**PAYS, **routine, "decision_id": "g"}) == {
        "f0": "The reason is missing."
    }


def test_an_override_shows_and_asks_the_others_again(desk):
    decide(desk)
    route = decide(desk, author="fay", role="finance", decision="override", quantity=4500)
    assert describe_route(route) == (
        "waiting, needs buyer; approved so far by fay; 4,500 units by override"
    )
    assert desk.find_route(LARGE)["overridden"] == 4500
    # An approval is of the quantity that was read.
    route = decide(desk, author="ann", reason="of 4,500")
    assert (route["status"], route["approved_quantity"]) == ("approved", 4500)


def test_a_rejection_stands_until_its_author_changes_his_mind(desk):
    assert describe_route(decide(desk, decision="reject")) == "rejected by ann"
    assert refused(desk, decision="reject", reason="again") == "ann has rejected it already."
    assert refused(desk, author="fay", role="finance").startswith("ann has rejected it: that stan")
    assert "ann has rejected it" in refused(desk, author="fay", role="finance", decision="override")
    assert describe_route(decide(desk, reason="well")).startswith("waiting, needs finance")


def test_what_has_left_is_decided_no_more(desk, export_lines):
    lines = export_lines({"action_id": LARGE, "batch": 3, "business_date": date(2026, 3, 2)})
    gone = Desk(desk.business_date, desk.proposals, lines, desk.policy, desk.store, UNLINKED)
    assert refused(gone, decision="reject") == (
        "It has left with batch 2026-03-02/3: `plenish recall` calls it back."
    )


def test_a_plan_that_a_later_one_overtook_is_decided_no_more(desk):
    old = replace(desk, overtaken_by=LEAVES)
    assert refused(old).startswith("2026-03-03 is planned: nothing of 2026-03-02 leaves any more.")
    assert old.select_ready().is_empty()


def test_an_action_is_named_by_its_first_digits_and_unknown_ones_by_those_near(desk):
    assert desk.find_action("AAA")["action_id"] == TRANSFER
    with pytest.raises(LookupError, match="starts with 'aaaab'; near it are aaaaaaaa"):
        desk.find_action("aaaab")
    with pytest.raises(LookupError, match="starts with '77777777'; `plenish worklist` lists"):
        desk.find_action("77777777")
    with pytest.raises(LookupError, match="start with 'b'; give more digits:") as many:
        desk.find_action("b")
    assert "bbbbbbbb Buy 4,200 of SKU1" in str(many.value).replace("4200", "4,200")


def test_what_is_ready_is_what_is_approved_and_has_not_left(desk):
    assert desk.select_ready()["action_id"].to_list() == [ROUTINE]
    decide(desk)
    decide(desk, author="fay", role="finance")
    assert set(desk.select_ready()["action_id"]) == {ROUTINE, LARGE}
    sent = desk.select_ready()
    later = Desk(desk.business_date, desk.proposals, sent, desk.policy, desk.store, UNLINKED)
    assert later.select_ready().is_empty()


def test_the_switch_turned_off_asks_people(desk):
    desk.store.set_automation(on=False, author="ann", reason="count", at=NOON)
    assert describe_route(desk.find_route(ROUTINE)) == "waiting, needs buyer"


def test_an_approved_order_below_its_least_value_is_said_to_wait(
    proposals, export_lines, shipped, tmp_path
):
    own = '{"document": "2026-03-03/V/DC", "minimum_order_value": 1000.0}'
    order = {"kind": "purchase_order", "details": own}
    actions = proposals({"action_id": ROUTINE, **order}, {"action_id": LARGE, **order})
    store = open_store(f"sqlite:///{tmp_path / 'decisions.sqlite'}")
    desk = Desk(date(2026, 3, 2), actions, export_lines(), shipped, store, UNLINKED)
    assert set(desk.route()["status"]) == {"approved"}
    (held,) = desk.list_held().iter_rows(named=True)
    value = float(actions["value"].sum())
    assert describe_held(held) == (
        f"2026-03-03/V/DC waits: {value:,.2f} of it is approved, {1000 - value:,.2f} less than the "
        "least value 1,000.00."
    )
    assert desk.select_ready().is_empty()
    store.close()
