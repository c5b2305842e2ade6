"""Who may decide what: only he who is entered, by his own token, in his own charges."""

from datetime import datetime, timedelta

import pytest
from pydantic import ValidationError

from governance import Desk, describe_route, make_decision, open_store, record_landed_decisions
from governance.people import (
    STOP_AUTOMATION,
    AccessDeniedError,
    Charge,
    Identity,
    StandIn,
    admit_switch,
    change_identity,
    find_author,
    find_unsigned,
    make_token,
    read_register,
    revoke_tokens,
    set_stand_in,
)
from quality_checks.contracts import CaseActions, find_contract

NOON = datetime.fromisoformat("2026-03-02T12:00")
DAY = NOON.date()
LARGE = "b" * 24
SOUTHERN = "b1" * 12
NORTH = "north"


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path / 'decisions.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def desk(proposals, export_lines, shipped, store):
    """Two orders for buyer and finance, in two regions."""
    rows = [
        {"action_id": action, "kind": "purchase_order", "quantity": 4200, "packs": 42}
        for action in (LARGE, SOUTHERN)
    ]
    rows[0]["region"], rows[1]["region"] = NORTH, "south"
    unlinked = find_contract(CaseActions).empty()
    return Desk(DAY, proposals(*rows), export_lines(), shipped, store, unlinked)


@pytest.fixture
def root_token(store):
    """The token of the first administrator."""
    first = Identity(name="Ada", charges=(Charge(role="administrator"),))
    change_identity(store, first, token=None, reason="set-up", at=NOON)
    return make_token(store, "ada", expires_on=DAY + timedelta(days=9), token=None, at=NOON)


@pytest.fixture
def enter(store, root_token):
    """Enters somebody and gives a token that is good for a week."""

    def entered(name, *charges, sort="person"):
        identity = Identity(name=name, sort=sort, charges=charges)
        change_identity(store, identity, token=root_token, reason="joins", at=NOON)
        week = DAY + timedelta(days=7)
        return make_token(store, name, expires_on=week, token=root_token, at=NOON)

    return entered


def decide(desk, token, **stated):
    facts = {
        "action_id": LARGE,
        "decision": "approve",
        "author": "ann",
        "role": "buyer",
        "reason": "agreed",
        "expires_on": None,
        "decided_at": NOON,
        **stated,
    }
    facts["decision_id"] = f"{facts['author']} {facts['role']} {facts['action_id']}"
    return desk.decide(desk.state(facts["action_id"], facts), facts["decided_at"], token=token)


def denied(desk, *arguments, **stated):
    """Why it is denied; nothing is recorded but the attempt."""
    before = desk.store.decisions(NOON + timedelta(days=99))
    attempts = len(desk.store.payloads("access_denied"))
    with pytest.raises(AccessDeniedError) as error:
        decide(desk, *arguments, **stated)
    assert desk.store.decisions(NOON + timedelta(days=99)).equals(before)
    noted = desk.store.payloads("access_denied")
    assert len(noted) == attempts + 1
    assert noted[-1]["why"] == str(error.value)
    assert desk.store.verify_chain() == []
    return str(error.value)


def test_where_nobody_is_entered_names_are_believed(desk):
    assert read_register(desk.store).is_empty
    assert describe_route(decide(desk, None)) == "waiting, needs finance; approved so far by ann"
    assert desk.store.payloads("decision_signed") == []


def test_from_the_first_identity_on_nobody_decides_without_a_token(desk, enter):
    token = enter("ann", Charge(role="buyer"))
    unknown = "That takes a token that is known and has not expired."
    assert denied(desk, None) == unknown
    assert denied(desk, token[:-1]) == unknown
    assert denied(desk, token, author="ben") == "The token is that of ann, not of ben."
    assert "ann is not in charge of that as finance" in denied(desk, token, role="finance")
    assert decide(desk, token)["status"] == "waiting"
    (signed,) = desk.store.payloads("decision_signed")
    assert (signed["name"], signed["sort"], signed["in_place_of"]) == ("ann", "person", "")
    assert token not in str(signed), "no token lies in the record"


def test_charges_end_at_their_regions_kinds_and_categories(desk, enter, proposals):
    other = proposals({})["category"][0] + "x"
    token = enter("ann", Charge(role="buyer", regions=(NORTH,)), Charge(role="finance"))
    assert "(purchase_order, south, " in denied(desk, token, action_id=SOUTHERN)
    decide(desk, token)
    token = enter("ben", Charge(role="buyer", kinds=("expedite",)))
    assert "buyer (kinds expedite)" in denied(desk, token, author="ben", action_id=SOUTHERN)
    token = enter("cid", Charge(role="buyer", categories=(other,)))
    assert f"buyer (categories {other})" in denied(desk, token, author="cid", action_id=SOUTHERN)


def test_a_token_ends_on_its_day_or_when_it_is_revoked(desk, enter, store, root_token):
    token = enter("ann", Charge(role="buyer"))
    late = NOON + timedelta(days=8)
    assert "has not expired" in denied(desk, token, decided_at=late)
    again = enter("Ann", Charge(role="buyer"))
    assert read_register(store).find("ANN").name == "Ann", "entered again she is the same"
    assert revoke_tokens(store, "ann", token=root_token, reason="lost", at=NOON) == 2
    for gone in (token, again):
        assert "has not expired" in denied(desk, gone)
    fresh = enter("ann", Charge(role="buyer"))
    assert decide(desk, fresh)["status"] == "waiting"


def test_who_has_left_decides_nothing_more(desk, enter, store, root_token):
    token = enter("ann", Charge(role="buyer"))
    gone = Identity(name="ann")
    change_identity(store, gone, token=root_token, reason="has left", at=NOON)
    assert denied(desk, token).endswith("in charge of: nothing")


def test_who_stands_in_decides_in_the_place_of_who_is_away(desk, enter, store):
    away = enter("ann", Charge(role="buyer", regions=(NORTH,)))
    token = enter("ben", Charge(role="allocator"))
    assert "not in charge" in denied(desk, token, author="ben")
    days = StandIn(name="ben", away="ann", since=DAY, until=DAY + timedelta(days=2))
    with pytest.raises(AccessDeniedError, match="administrator"):
        set_stand_in(store, days, token=token, reason="so that I may", at=NOON)
    set_stand_in(store, days, token=away, reason="holiday", at=NOON)
    assert "not in charge" in denied(desk, token, author="ben", action_id=SOUTHERN), (
        "another region"
    )
    late = NOON + timedelta(days=3)
    assert "not in charge" in denied(desk, token, author="ben", decided_at=late)
    decide(desk, token, author="ben")
    (signed,) = store.payloads("decision_signed")
    assert (signed["name"], signed["in_place_of"]) == ("ben", "ann")


def test_an_agent_is_marked_in_the_record(desk, enter):
    token = enter("helper", Charge(role="buyer"), sort="agent")
    assert "a person in charge has to consent" in denied(desk, token, author="helper")
    decide(desk, token, author="helper", decision="comment")
    assert [said["sort"] for said in desk.store.payloads("decision_signed")] == ["agent"]


def test_whoever_is_entered_stops_automation_and_no_agent_starts_it(store, enter, root_token):
    buyer = enter("ann", Charge(role="buyer"))
    agent = enter("helper", Charge(role="planner"), sort="agent")
    planner = enter("pia", Charge(role="planner"))
    for author, token in (("ann", buyer), ("helper", agent), ("pia", planner), ("ada", root_token)):
        admit_switch(store, author, STOP_AUTOMATION, token=token, at=NOON)
    for what in ("automation on", "roll-back"):
        admit_switch(store, "pia", what, token=planner, at=NOON)
    for author, token in (("ann", buyer), ("helper", agent), ("pia", agent), ("pia", None)):
        with pytest.raises(AccessDeniedError):
            admit_switch(store, author, "automation on", token=token, at=NOON)
    assert len(store.payloads("access_denied")) == 4


def test_only_an_administrator_enters_people(store, enter, root_token):
    token = enter("ann", Charge(role="buyer"))
    more = Identity(name="ann", charges=(Charge(role="buyer"), Charge(role="finance")))
    for presented in (None, "guess", token):
        with pytest.raises(AccessDeniedError, match="token of an administrator"):
            change_identity(store, more, token=presented, reason="why not", at=NOON)
        with pytest.raises(AccessDeniedError, match="token of an administrator"):
            make_token(store, "ada", expires_on=DAY, token=presented, at=NOON)
        with pytest.raises(AccessDeniedError, match="token of an administrator"):
            revoke_tokens(store, "ada", token=presented, reason="why not", at=NOON)
    assert len(store.payloads("access_denied")) == 9
    assert not read_register(store).find("ann").has_role("finance")
    with pytest.raises(AccessDeniedError, match="Nobody would be an administrator any more"):
        change_identity(store, Identity(name="ada"), token=root_token, reason="leaves", at=NOON)


def test_the_first_of_all_is_an_administrator(store):
    ann = Identity(name="ann", charges=(Charge(role="buyer"),))
    with pytest.raises(AccessDeniedError, match="must be an administrator"):
        change_identity(store, ann, token=None, reason="first", at=NOON)
    with pytest.raises(AccessDeniedError, match="There is no 'ann'; there is nobody"):
        make_token(store, "ann", expires_on=DAY, token=None, at=NOON)


def test_the_first_token_is_had_without_one_only_once(store, root_token):
    assert read_register(store).find_holder(root_token, DAY).name == "Ada"
    with pytest.raises(AccessDeniedError, match="token of an administrator"):
        make_token(store, "ada", expires_on=DAY, token=None, at=NOON)


@pytest.mark.parametrize(
    "stated",
    [
        {"name": "policy"},
        {"name": "\u200b"},
        {"sort": "robot"},
        {"charges": [{"role": "king"}]},
        {"charges": [{"role": "buyer", "kinds": ["theft"]}]},
    ],
)
def test_what_is_no_identity_is_refused(stated):
    with pytest.raises(ValidationError):
        Identity.model_validate({"name": "ann", **stated})


def test_a_file_brings_decisions_of_people_in_charge_only(desk, decisions, enter, store):
    row = {"action_id": LARGE, "role": "buyer", "decided_at": NOON}
    old = {**row, "decision_id": "f0", "author": "old"}
    store.record_decisions([make_decision(decisions(old).row(0, named=True))], at=NOON)
    enter("ann", Charge(role="buyer"))
    landed = decisions(
        old,
        # Not hers to decide as finance, and no reason why she should not decide as buyer.
        {**row, "decision_id": "f1", "author": "ann", "role": "finance"},
        {**row, "decision_id": "f2", "author": "Ann"},
        {**row, "decision_id": "f3", "author": "ben"},
        {**row, "decision_id": "f4", "author": "ann", "action_id": "c" * 24},
    )
    for _ in range(2):
        refused = record_landed_decisions(
            store, landed, desk.proposals, codes={}, lanes=desk.find_lanes()
        )
        assert dict(refused.select("decision_id", "problem").iter_rows()) == {
            "f1": "ann is not in charge of that as finance (purchase_order, north, "
            f"{desk.proposals['category'][0]}); in charge of: buyer",
            "f3": "ben is not entered.",
            "f4": "No plan proposes this action.",
        }
    assert store.decisions(NOON)["decision_id"].sort().to_list() == ["f0", "f2"]
    assert len(store.payloads("access_denied")) == 2, "noted once, however often it is read"
    (signed,) = store.payloads("decision_signed")
    assert (signed["decision_id"], signed["name"], signed["token"]) == ("f2", "ann", "")
    assert store.verify_chain() == []


def test_a_decision_that_nobody_has_signed_is_found(desk, decisions, store):
    row = {"action_id": LARGE, "role": "buyer", "decided_at": NOON}
    first, later = (
        make_decision(decisions({**row, "decision_id": name}).row(0, named=True)) for name in "ab"
    )
    store.record_decisions([first], at=NOON)
    assert find_unsigned(store) == []
    both = (Charge(role="administrator"), Charge(role="buyer"))
    change_identity(store, Identity(name="ada", charges=both), token=None, reason="set-up", at=NOON)
    token = make_token(store, "ada", expires_on=DAY, token=None, at=NOON)
    decide(desk, token, author="ada", action_id=SOUTHERN)
    assert find_unsigned(store) == [], "what was decided before anybody was entered is not asked"
    store.record_decisions([later], at=NOON)
    assert find_unsigned(store) == ["decision b: nobody has signed it"]


def test_who_decides_is_known_by_the_token_alone(store, enter):
    token = enter("Ann", Charge(role="buyer"))
    assert find_author(store, token, NOON) == "Ann"
    for presented in (None, "guess"):
        with pytest.raises(AccessDeniedError, match="takes a token"):
            find_author(store, presented, NOON)
    assert len(store.payloads("access_denied")) == 2


@pytest.mark.usefixtures("root_token")
def test_names_are_told_to_administrators_only(store):
    for attempt in (
        lambda: make_token(store, "guess", expires_on=DAY, token=None, at=NOON),
        lambda: revoke_tokens(store, "guess", token=None, reason="why not", at=NOON),
    ):
        with pytest.raises(AccessDeniedError) as error:
            attempt()
        assert "Ada" not in str(error.value)
    assert len(store.payloads("access_denied")) == 2


def test_no_administrator_is_locked_out(store, root_token, enter):
    with pytest.raises(AccessDeniedError, match="No administrator would have a token"):
        revoke_tokens(store, "ada", token=root_token, reason="lost", at=NOON)
    other = enter("eve", Charge(role="administrator"))
    enter("ann", Charge(role="buyer"))
    assert revoke_tokens(store, "ada", token=other, reason="lost", at=NOON) == 1
    # All have ended: the next one is had as the first was.
    late = NOON + timedelta(days=30)
    with pytest.raises(AccessDeniedError, match="must be an administrator's"):
        make_token(store, "ann", expires_on=late.date(), token=None, at=late)
    fresh = make_token(store, "ada", expires_on=late.date(), token=None, at=late)
    assert read_register(store).find_holder(fresh, late.date()).name == "Ada"
