"""Decisions in two steps: only what was shown is decided, once, by who drafted it, with consent."""

from datetime import datetime, timedelta

import pytest

from governance import (
    EVER,
    DecisionRefusedError,
    Desk,
    commit_draft,
    consent_to_draft,
    draft_decision,
    make_decision,
    open_store,
    record_landed_decisions,
)
from governance.drafts import describe_draft, list_open_drafts
from governance.people import (
    AccessDeniedError,
    Charge,
    Identity,
    StandIn,
    change_identity,
    make_token,
    set_stand_in,
)
from quality_checks.contracts import CaseActions, find_contract

NOON = datetime.fromisoformat("2026-03-02T12:00")
SOON = NOON + timedelta(minutes=5)
WEEK = NOON.date() + timedelta(days=7)
ORDER = "b" * 24
BUYER, FINANCE = Charge(role="buyer"), Charge(role="finance")
APPROVAL = {"decision": "approve", "role": "buyer", "reason": "agreed"}


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path / 'decisions.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def desk(proposals, export_lines, shipped, store):
    """An order that buyer and finance must approve."""
    order = {"action_id": ORDER, "kind": "purchase_order", "quantity": 4200, "packs": 42}
    unlinked = find_contract(CaseActions).empty()
    return Desk(NOON.date(), proposals(order), export_lines(), shipped, store, unlinked)


@pytest.fixture
def enter(store):
    first = Identity(name="Ada", charges=(Charge(role="administrator"),))
    change_identity(store, first, token=None, reason="set-up", at=NOON)
    root = make_token(store, "Ada", expires_on=WEEK, token=None, at=NOON)

    def entered(name, *charges, sort="person", expires_on=WEEK):
        identity = Identity(name=name, sort=sort, charges=charges)
        change_identity(store, identity, token=root, reason="joins", at=NOON)
        return make_token(store, name, expires_on=expires_on, token=root, at=NOON)

    entered.root = root
    return entered


@pytest.fixture
def bot(enter):
    return enter("Bot", BUYER, sort="agent")


@pytest.fixture
def ann(enter):
    return enter("Ann", BUYER)


def draft(desk, token, at=NOON, **stated):
    return draft_decision(desk, ORDER, {**APPROVAL, **stated}, token=token, at=at)


def refused(desk, step):
    """Why a step is denied: the attempt is on record, and no decision more than before."""
    before, noted = desk.store.decisions(EVER), len(desk.store.payloads("access_denied"))
    with pytest.raises(AccessDeniedError) as error:
        step()
    assert desk.store.decisions(EVER).equals(before)
    denials = desk.store.payloads("access_denied")
    assert len(denials) > noted
    assert denials[-1]["why"] == str(error.value)
    assert desk.store.verify_chain() == []
    return str(error.value)


def commit(desk, shown, token, key="first key", at=SOON):
    return commit_draft(desk, shown.draft.fingerprint, key, token=token, at=at)


def consent(desk, shown, token, at=SOON):
    return consent_to_draft(desk, shown.draft.fingerprint, token=token, at=at)


def test_a_draft_shows_what_would_become_of_it_and_decides_nothing(desk, bot):
    shown = draft(desk, bot)
    assert shown.needs_consent
    assert shown.before["missing_roles"] == "buyer;finance"
    assert shown.after["missing_roles"] == "finance"
    assert shown.after["decided_by"] == "Bot"
    assert desk.store.decisions(EVER).is_empty()
    assert shown.draft.expires_at == NOON + timedelta(minutes=15)


def test_an_agents_decision_counts_once_a_person_has_consented(desk, bot, ann):
    shown = draft(desk, bot)
    assert "a person in charge has to consent" in refused(desk, lambda: commit(desk, shown, bot))
    consent(desk, shown, ann)
    assert commit(desk, shown, bot)["missing_roles"] == "finance"
    (row,) = desk.store.decisions(EVER).to_dicts()
    assert (row["author"], row["decided_at"], row["quantity"]) == ("Bot", SOON, 4200)
    (signed,) = desk.store.payloads("decision_signed")
    assert (signed["name"], signed["sort"], signed["consent"]) == ("Bot", "agent", "Ann")
    assert desk.store.verify_chain() == []


def test_a_person_needs_nobody_else(desk, ann):
    shown = draft(desk, ann)
    assert not shown.needs_consent
    assert commit(desk, shown, ann)["missing_roles"] == "finance"
    assert "consent" not in desk.store.payloads("decision_signed")[0]


def test_a_draft_is_made_once_whoever_asks_again(desk, bot, ann):
    shown = draft(desk, bot)
    consent(desk, shown, ann)
    commit(desk, shown, bot)
    again = refused(desk, lambda: commit(desk, shown, bot))
    assert again.startswith("This request came before: decision")
    other = refused(desk, lambda: commit(desk, shown, bot, key="second key"))
    assert other.startswith("The draft was made before: decision")
    assert len(desk.store.payloads("draft_committed")) == 1


def test_a_draft_ends_when_it_expires_or_its_action_moves_on(desk, bot, ann, enter):
    shown = draft(desk, bot)
    late = NOON + timedelta(minutes=15)
    assert "has expired" in refused(desk, lambda: consent(desk, shown, ann, at=late))
    assert "has expired" in refused(desk, lambda: commit(desk, shown, bot, at=late))
    consent(desk, shown, ann)
    finance = enter("Fin", FINANCE)
    commit(desk, draft(desk, finance, role="finance"), finance)
    assert "stands otherwise" in refused(desk, lambda: commit(desk, shown, bot))


def test_nobody_consents_to_his_own_draft_nor_an_agent_to_any(desk, bot, ann, enter):
    shown = draft(desk, bot)
    assert "is no person" in refused(desk, lambda: consent(desk, shown, bot))
    other = enter("Tin", BUYER, sort="agent")
    assert "is no person" in refused(desk, lambda: consent(desk, shown, other))
    own = draft(desk, ann)
    assert "for somebody else" in refused(desk, lambda: consent(desk, own, ann))


def test_who_stands_in_for_the_drafter_does_not_consent_for_him(desk, bot, enter, store):
    lea = enter("Lea", Charge(role="auditor"))
    away = StandIn(name="Lea", away="Bot", since=NOON.date(), until=WEEK)
    set_stand_in(store, away, token=enter.root, reason="holiday", at=NOON)
    shown = draft(desk, bot)
    assert "for somebody else" in refused(desk, lambda: consent(desk, shown, lea))


def test_consent_takes_the_charge_that_the_decision_takes(desk, bot, enter):
    shown = draft(desk, bot)
    for charges in ((FINANCE,), (Charge(role="buyer", regions=("south",)),)):
        token = enter("Cid", *charges)
        assert "not in charge" in refused(desk, lambda token=token: consent(desk, shown, token))


def test_a_draft_is_for_who_drafted_it(desk, bot, ann, enter):
    shown = draft(desk, bot)
    consent(desk, shown, ann)
    other = enter("Tin", BUYER, sort="agent")
    assert "Bot drafted it, not Tin" in refused(desk, lambda: commit(desk, shown, other))


def test_a_wrong_role_an_ended_token_and_an_unknown_fingerprint_are_refused(desk, bot, enter):
    assert "not in charge" in refused(desk, lambda: draft(desk, bot, role="finance"))
    ended = enter("Old", BUYER, expires_on=NOON.date() - timedelta(days=1))
    for token in (ended, "guessed", None):
        assert "has not expired" in refused(desk, lambda token=token: draft(desk, token))
    shown = draft(desk, bot)
    guess = lambda: commit_draft(desk, "0" * 32, "key", token=bot, at=SOON)  # noqa: E731
    assert "Nobody has drafted" in refused(desk, guess)
    tomorrow = NOON + timedelta(days=8)
    assert "has not expired" in refused(desk, lambda: commit(desk, shown, bot, at=tomorrow))


def test_consent_is_to_the_very_words(desk, bot, ann):
    """What an agent sends past the draft counts nowhere, whatever was consented to before."""
    shown = draft(desk, bot)
    consent(desk, shown, ann)
    other = shown.draft.decision.model_copy(update={"reason": "other"})
    anew = shown.draft.decision.model_copy(update={"decision_id": "c" * 24})
    for decision in (other, anew):
        words = refused(desk, lambda decision=decision: desk.decide(decision, SOON, token=bot))
        assert "a person in charge has to consent" in words


def test_who_has_consented_is_no_second_person(desk, bot, enter):
    both = enter("Ann", BUYER, FINANCE)
    shown = draft(desk, bot)
    consent(desk, shown, both)
    commit(desk, shown, bot)
    alone = draft(desk, both, role="finance", at=SOON)
    assert "another person is asked" in refused(desk, lambda: commit(desk, alone, both))
    finance = enter("Fin", FINANCE)
    other = draft(desk, finance, role="finance", at=SOON)
    assert commit(desk, other, finance)["status"] == "approved"


def test_policy_says_what_agents_decide_alone(desk, bot, shipped):
    noted = draft(desk, bot, decision="comment")
    assert not noted.needs_consent
    commit(desk, noted, bot)
    assert shipped.agents_alone == ("comment",)
    policy = shipped.model_copy(update={"agents_alone": ("comment", "approve")})
    free = Desk(
        desk.business_date, desk.proposals, desk.exported, policy, desk.store, desk.case_actions
    )
    shown = draft(free, bot)
    assert not shown.needs_consent
    assert commit(free, shown, bot)["missing_roles"] == "finance"


def test_what_could_not_count_is_not_drafted(desk, bot, enter):
    with pytest.raises(DecisionRefusedError, match="reason code"):
        draft(desk, bot, decision="reject")
    planner = enter("Pia", Charge(role="planner"))
    with pytest.raises(DecisionRefusedError, match="would not count"):
        draft(desk, planner, role="planner")
    assert desk.store.payloads("decision_drafted") == []


def test_where_nobody_is_entered_nothing_is_drafted(desk):
    with pytest.raises(AccessDeniedError, match="Nobody is entered yet"):
        draft(desk, None)


@pytest.mark.usefixtures("bot")
def test_an_agent_decides_by_no_file(desk, store, shipped):
    decision = {"decision_id": "f1", "action_id": ORDER, "author": "Bot", "decided_at": NOON}
    landed = make_decision({**APPROVAL, **decision, "quantity": 4200}).model_dump()
    frame = (
        desk.store.decisions(EVER)
        .clear()
        .vstack(type(desk.proposals)([landed], schema=desk.store.decisions(EVER).schema))
    )
    lanes = desk.find_lanes()
    found = record_landed_decisions(
        store, frame, desk.proposals, codes=shipped.reason_codes, lanes=lanes
    )
    assert "Bot is an agent" in found["problem"][0]
    assert store.decisions(EVER).is_empty()


def land(desk, shipped, author, **stated):
    """Problems of a decision that comes as a file."""
    decision = {"decision_id": "f1", "action_id": ORDER, "author": author, "decided_at": SOON}
    landed = make_decision({**APPROVAL, "quantity": 4200, **decision, **stated}).model_dump()
    recorded = desk.store.decisions(EVER)
    frame = type(recorded)([landed], schema=recorded.schema)
    codes, lanes = shipped.reason_codes, desk.find_lanes()
    found = record_landed_decisions(desk.store, frame, desk.proposals, codes=codes, lanes=lanes)
    return found["problem"].to_list()


def test_who_has_approved_consents_to_no_second_approval(desk, bot, enter):
    both = enter("Ann", BUYER, FINANCE)
    commit(desk, draft(desk, both, role="finance"), both)
    shown = draft(desk, bot, at=SOON)
    assert "another person is asked" in refused(desk, lambda: consent(desk, shown, both))


def test_one_person_speaks_by_one_agent(desk, bot, enter):
    both = enter("Ann", BUYER, FINANCE)
    tin = enter("Tin", FINANCE, sort="agent")
    shown, other = draft(desk, bot), draft(desk, tin, role="finance")
    consent(desk, shown, both)
    consent(desk, other, both)
    commit(desk, shown, bot)
    assert "stands otherwise" in refused(desk, lambda: commit(desk, other, tin))
    again = draft(desk, tin, role="finance", at=SOON)
    assert "another person is asked" in refused(desk, lambda: consent(desk, again, both))


def test_who_has_consented_is_no_second_person_by_a_file_either(desk, bot, enter, shipped):
    shown = draft(desk, bot)
    consent(desk, shown, enter("Ann", BUYER, FINANCE))
    commit(desk, shown, bot)
    (problem,) = land(desk, shipped, "Ann", role="finance")
    assert "another person is asked" in problem
    enter("Fin", FINANCE)
    assert land(desk, shipped, "Fin", role="finance") == []


def test_consent_to_what_lets_nothing_go_takes_nobodys_say(desk, bot, ann):
    until = NOON + timedelta(hours=6)
    shown = draft(desk, bot, decision="defer", until=until)
    consent(desk, shown, ann)
    commit(desk, shown, bot)
    assert commit(desk, draft(desk, ann, at=SOON), ann)["missing_roles"] == "finance"


def test_nobody_consents_to_what_a_person_decides(desk, ann, enter):
    shown = draft(desk, enter("Cid", BUYER))
    assert "takes nobody's consent" in refused(desk, lambda: consent(desk, shown, ann))


def test_who_has_consented_may_change_it_later(desk, bot, ann):
    change = {"decision": "override", "reason_code": "too_much", "expires_on": WEEK}
    shown = draft(desk, bot, **change, quantity=4100)
    consent(desk, shown, ann)
    commit(desk, shown, bot)
    later = SOON + timedelta(minutes=1)
    own = draft(desk, ann, at=later, **change, quantity=4000)
    assert commit(desk, own, ann, at=later)["overridden"] == 4000


def test_a_draft_is_shown_with_nothing_hidden(desk, bot):
    """What a terminal would obey could put other words over what is decided."""
    words = describe_draft(draft(desk, bot, reason="agreed\x1b[1A\x1b[2K\nnothing\u202e").draft)
    assert words.isprintable()
    assert r"agreed\x1b[1A\x1b[2K\nnothing\u202e" in words


def test_nobody_has_drafts_without_end(desk, bot, ann, monkeypatch):
    monkeypatch.setattr("governance.drafting._MOST_OPEN", 2)
    for place in range(2):
        draft(desk, bot, decision="comment", reason=f"note {place}")
    with pytest.raises(DecisionRefusedError, match="has 2 drafts open"):
        draft(desk, bot)
    assert draft(desk, ann).draft.name == "Ann"
    assert draft(desk, bot, at=NOON + timedelta(minutes=15)).draft.name == "Bot"


def test_open_drafts_are_found_though_a_clock_was_put_back(desk, bot):
    """In autumn a draft of an hour that has expired may come after one that has not."""
    shown = draft(desk, bot, at=NOON + timedelta(minutes=50))
    draft(desk, bot, at=NOON)
    found = list_open_drafts(desk.store, NOON + timedelta(minutes=55))
    assert [one.fingerprint for one in found] == [shown.draft.fingerprint]
