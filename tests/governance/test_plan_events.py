"""Policies, plans and choices of model come into the audit chain once, and are found there."""

from datetime import date, datetime

import pytest

from governance import (
    PlanVersion,
    find_rule,
    list_action_events,
    record_model_choices,
    record_plan,
    record_policies,
)
from governance.decisions import Decision
from governance.people import ACCESS_DENIED
from governance.plan_events import (
    MODEL_CHOSEN,
    PLAN_MADE,
    POLICY_CHANGED,
)
from governance.store import DECISION_SIGNED, open_store

EIGHT = datetime.fromisoformat("2026-03-03T08:00:00")
VERSION = PlanVersion(1, "plan", "input", "policy", "code", "model")
CHOICE = {"business_date": date(2026, 3, 1), "kind": "promoted", "version": "model", "other": None}


@pytest.fixture
def store(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'decisions.sqlite'}")
    yield store
    store.close()


def kinds(store):
    return [(kind, len(store.payloads(kind))) for kind in (POLICY_CHANGED, PLAN_MADE, MODEL_CHOSEN)]


def test_what_is_recorded_again_changes_nothing(store):
    for _ in range(2):
        record_policies(store, "one", {"actions.yaml": "a"}, EIGHT)
        record_plan(store, date(2026, 3, 2), VERSION, EIGHT)
        record_model_choices(store, [CHOICE], EIGHT)
    assert kinds(store) == [(POLICY_CHANGED, 1), (PLAN_MADE, 1), (MODEL_CHOSEN, 1)]
    back = {**CHOICE, "kind": "rolled_back", "version": None}
    record_model_choices(store, [CHOICE, back], EIGHT)
    assert store.payloads(MODEL_CHOSEN)[1]["kind"] == "rolled_back"


def test_a_policy_that_comes_back_is_a_change_again(store):
    for policy_hash in ("one", "two", "one"):
        record_policies(store, policy_hash, {"actions.yaml": policy_hash}, EIGHT)
    assert [said["policy_hash"] for said in store.payloads(POLICY_CHANGED)] == ["one", "two", "one"]


def test_a_rule_is_found_as_it_was_then(store, policies):
    text = (policies / "actions.yaml").read_text()
    record_policies(store, "then", {"actions.yaml": text}, EIGHT)
    later = text.replace("value_above: 5000", "value_above: 1", 1)
    record_policies(store, "now", {"actions.yaml": later}, EIGHT)
    found = [
        find_rule(store, policy, "expedite_dear:part_overridden") for policy in ("then", "now")
    ]
    assert [stated["when"]["value_above"] for stated in found] == [5000, 1]
    assert found[0]["roles"] == ["procurement", "finance"]
    assert find_rule(store, "then", "default")["when"] == {}
    assert find_rule(store, "then", "no_such_rule") is None
    assert find_rule(store, "never", "expedite_dear") is None


def test_events_of_an_action_are_those_of_what_it_rests_on(store):
    record_policies(store, "other", {"actions.yaml": "a"}, EIGHT)
    record_policies(store, "policy", {"actions.yaml": "b"}, EIGHT)
    record_model_choices(store, [CHOICE], EIGHT)
    record_plan(store, date(2026, 3, 2), VERSION, EIGHT)
    record_plan(store, date(2026, 3, 1), VERSION._replace(plan_hash="other"), EIGHT)
    found = list_action_events(store, VERSION, "policy", ["a" * 24], None)
    assert [(event.sequence, event.kind) for event in found] == [
        *((2, POLICY_CHANGED), (3, MODEL_CHOSEN), (4, PLAN_MADE))
    ]


def test_who_signed_a_decision_and_who_was_denied_are_events_of_its_action(store):
    for number, action in enumerate(("a" * 24, "b" * 24)):
        said = {"decision_id": f"d{number}", "action_id": action}
        store.append_event(ACCESS_DENIED, {**said, "what": "approve", "why": "no"}, EIGHT)
        signed = {"decision_id": f"d{number}", "name": "ann", "sort": "agent", "in_place_of": ""}
        store.append_event(DECISION_SIGNED, signed, EIGHT)
        facts = {"author": "ann", "role": "buyer", "reason": "checked", "decided_at": EIGHT}
        decision = Decision.model_validate({**said, **facts, "decision": "approve"})
        store.record_decisions([decision], at=EIGHT)
    found = list_action_events(store, VERSION, "policy", ["a" * 24], None)
    assert [(event.sequence, event.kind) for event in found] == [
        *((1, ACCESS_DENIED), (2, DECISION_SIGNED), (3, "decision_recorded"))
    ]
