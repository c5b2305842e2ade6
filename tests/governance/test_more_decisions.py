"""Putting off, commenting, changing day and node, deciding many at once, and two at once."""

import pickle
import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from frames_of_cases import case_actions

from governance import (
    EVER,
    DecisionRefusedError,
    Desk,
    Matching,
    describe_route,
    open_store,
    record_landed_decisions,
    select_matching,
    sum_actions_by_kind,
)
from governance.people import AccessDeniedError, Charge, Identity, change_identity, make_token
from quality_checks.contracts import CaseActions, Lanes, PlanLines, find_contract

DAY, LEAVES = date(2026, 3, 2), date(2026, 3, 3)
NOON = datetime.fromisoformat("2026-03-03T12:00")
EVENING = datetime.fromisoformat("2026-03-03T18:00")
MOVED, BOUGHT, OTHER, SMALL = "a" * 24, "b" * 24, "c" * 24, "d" * 24
UNLINKED = find_contract(CaseActions).empty()
LANE = {
    "origin": "S3",
    "destination": "S2",
    "transit_days": 1,
    "fixed_cost": 9.0,
    "unit_cost": 0.1,
    "capacity": None,
    "volume_capacity": None,
    # 2 March 2026 is a Monday.
    "order_weekdays": "0101000",
    "allowed": True,
}


def list_lanes():
    contract = find_contract(Lanes)
    rows = [LANE, {**LANE, "origin": "S1", "order_weekdays": "1111111"}]
    rows.append({**LANE, "origin": "S4", "allowed": False})
    return pl.DataFrame(rows, schema=contract.schema)


@pytest.fixture
def desk(proposals, export_lines, shipped, tmp_path):
    """Two dear transfers for the allocator, an order for the buyer, a transfer that goes."""
    actions = proposals(
        {"action_id": MOVED, "quantity": 24, "unit_value": 100.0},
        {"action_id": BOUGHT, "kind": "purchase_order", "quantity": 600, "category": "hats"},
        {"action_id": OTHER, "quantity": 30, "unit_value": 100.0, "destination": "S9"},
        {"action_id": SMALL},
    )
    store = open_store(f"sqlite:///{tmp_path / 'decisions.sqlite'}")
    nothing = export_lines()
    yield Desk(DAY, actions, nothing, shipped, store, UNLINKED, find_lanes=list_lanes)
    store.close()


def state(desk, action=MOVED, decision="approve", **stated):
    facts = {
        "decision": decision,
        "author": "ann",
        "role": "buyer" if action == BOUGHT else "allocator",
        "reason": "agreed",
        "decided_at": NOON,
        **stated,
    }
    if decision == "override":
        facts = {"expires_on": LEAVES, "reason_code": "event_ahead", **facts}
    return desk.state(action, facts)


def decide(desk, *arguments, **stated):
    return desk.decide(state(desk, *arguments, **stated), NOON)


def land(desk, decisions, *rows):
    """Problems of rows of a file, by decision."""
    defaults = {"action_id": MOVED, "role": "allocator", "decided_at": NOON}
    given = [{"decision_id": f"f{at}", **defaults, **row} for at, row in enumerate(rows)]
    refused = record_landed_decisions(
        desk.store,
        decisions(*given),
        desk.proposals,
        codes=desk.policy.reason_codes,
        lanes=desk.find_lanes(),
    )
    return dict(refused.select("decision_id", "problem").iter_rows())


def test_what_is_put_off_waits_unseen_until_then_or_until_somebody_decides(desk):
    route = decide(desk, MOVED, "defer", until=EVENING)
    assert describe_route(route) == "waiting, needs allocator; put off until 2026-03-03 18:00"
    listed = [
        select_matching(desk.proposals, desk.route(), Matching(kind="transfer"), at)["action_id"]
        for at in (NOON, EVENING)
    ]
    assert [set(ids) for ids in listed] == [{OTHER}, {MOVED, OTHER}]
    # A comment decides nothing, so that it stays away.
    assert decide(desk, MOVED, "comment", reason="asked S1")["deferred_until"] == EVENING
    later = NOON + timedelta(minutes=1)
    route = decide(desk, author="ben", decided_at=later)
    assert (route["status"], route["deferred_until"]) == ("approved", None)
    assert desk.store.verify_chain() == []


@pytest.mark.parametrize(
    ("action", "until", "words"),
    [
        (
            MOVED,
            datetime.fromisoformat("2026-03-04T00:00"),
            "It leaves on 2026-03-03 at the latest",
        ),
        (MOVED, NOON, "is over when it is made"),
        (SMALL, EVENING, "It is approved already, by policy: nothing of it is undecided."),
    ],
)
def test_what_cannot_be_put_off_is_refused_in_words_at_every_door(
    desk, decisions, action, until, words
):
    with pytest.raises(DecisionRefusedError, match=words):
        decide(desk, action, "defer", until=until)
    assert desk.store.decisions(EVER).is_empty()
    if action == MOVED:
        assert words in land(desk, decisions, {"decision": "defer", "until": until})["f0"]


def test_what_oneself_has_rejected_is_not_put_off(desk):
    decide(desk, MOVED, "reject", reason_code="too_much")
    later = NOON + timedelta(minutes=1)
    with pytest.raises(DecisionRefusedError, match="ann has rejected it: there is nothing to put"):
        decide(desk, MOVED, "defer", until=EVENING, decided_at=later)
    assert desk.store.decisions(EVER)["decision"].to_list() == ["reject"]


def test_a_comment_is_of_anybody_and_takes_nothing_from_a_vote(desk):
    decide(desk, author="ben")
    decide(desk, MOVED, "comment", role="finance", author="ben", reason="paid by S2")
    assert desk.find_route(MOVED)["decided_by"] == "ben"
    assert desk.store.decisions(EVER).height == 2


@pytest.mark.parametrize("code", [None, "because"])
def test_an_override_and_a_rejection_name_a_reason_of_policy(desk, decisions, code):
    why = "The reason code is missing" if code is None else "because is no reason code of policy"
    for said in ({"decision": "reject"}, {"decision": "override", "quantity": 12}):
        with pytest.raises(DecisionRefusedError, match=why):
            decide(desk, MOVED, **{**said, "reason_code": code})
    row = {"decision": "reject", "reason_code": code}
    assert why in land(desk, decisions, row)["f0"]
    free = replace(desk, policy=desk.policy.model_copy(update={"reason_codes": {}}))
    if code is None:
        assert decide(free, MOVED, "reject")["status"] == "rejected"


def test_another_day_and_node_are_what_leaves(desk):
    decide(desk, MOVED, "override", origin="S3", due_on=date(2026, 3, 6), quantity=12)
    decide(desk, BOUGHT, "override", due_on=date(2026, 3, 9), reason_code="no_room_or_hands")
    lines = desk.select_ready().filter(pl.col("action_id") != SMALL).sort("action_id")
    assert lines.select("origin", "due_on", "quantity", "override_code").rows() == [
        ("S3", date(2026, 3, 6), 12, "event_ahead"),
        (None, date(2026, 3, 9), 600, "no_room_or_hands"),
    ]
    route = desk.find_route(MOVED)
    assert describe_route(route) == ("approved by ann; 12 units from S3 for 2026-03-06 by override")
    # A later override keeps what it does not name.
    route = decide(desk, MOVED, "override", quantity=6, decided_at=NOON + timedelta(minutes=1))
    assert (route["overridden"], route["overridden_origin"]) == (6, "S3")


FRIDAY, THURSDAY = date(2026, 3, 6), date(2026, 3, 5)
ON_FRIDAY = {"due_on": FRIDAY}


@pytest.mark.parametrize(
    ("action", "changes", "words"),
    [
        (MOVED, {"origin": "S8", **ON_FRIDAY}, "No lane that plans may use goes from S8 to S2."),
        (MOVED, {"origin": "S4", **ON_FRIDAY}, "No lane that plans may use goes from S4 to S2."),
        (MOVED, {"origin": "S3", "due_on": THURSDAY}, "ships from S3 to S2 on 2026-03-04."),
        (MOVED, {"due_on": LEAVES}, "leaves on 2026-03-03 at the soonest: 2026-03-03 is too early"),
        (BOUGHT, {"due_on": date(2026, 3, 4)}, "ACME delivers it on 2026-03-05 at the soonest"),
        (MOVED, {"due_on": date(2126, 3, 5)}, "is more than 400 days after 2026-03-05, the day"),
        (BOUGHT, {"due_on": date(2027, 4, 10)}, "2027-04-10 is more than 400 days after"),
        (BOUGHT, {"origin": "S1"}, "Of a purchase_order nobody changes origin."),
    ],
)
def test_a_day_or_node_that_cannot_be_is_refused_at_every_door(
    desk, decisions, action, changes, words
):
    with pytest.raises(DecisionRefusedError) as error:
        decide(desk, action, "override", **changes)
    assert words in str(error.value)
    role = "buyer" if action == BOUGHT else "allocator"
    row = {"decision": "override", "action_id": action, "role": role, "expires_on": LEAVES}
    assert words in land(desk, decisions, {**row, "reason_code": "event_ahead", **changes})["f0"]
    assert desk.store.decisions(EVER).is_empty()


def test_a_day_400_days_later_may_still_be_meant(desk):
    route = decide(desk, BOUGHT, "override", due_on=date(2027, 4, 9))
    assert route["overridden_due_on"] == date(2027, 4, 9)


def test_a_changed_day_asks_the_others_again(desk):
    twice = desk.policy.model_copy(
        update={
            "rules": (),
            "default": desk.policy.default.model_copy(update={"roles": ("planner", "allocator")}),
        }
    )
    two = replace(desk, policy=twice)
    decide(two, author="ben", role="planner")
    later = {"decided_at": NOON + timedelta(minutes=1)}
    route = decide(two, MOVED, "override", due_on=FRIDAY, **later)
    assert (route["status"], route["missing_roles"]) == ("waiting", "planner")
    assert decide(two, author="ben", role="planner", **later)["status"] == "approved"


def test_many_are_decided_in_one_transaction_and_the_others_are_told_of(desk):
    stated = [state(desk, action) for action in (MOVED, OTHER, SMALL)]
    stated.append(state(desk, BOUGHT, role="finance"))
    verdict = desk.decide_all(stated, NOON)
    assert set(verdict.recorded) == {one.decision_id for one in stated[:2]}
    why = {one.action_id: str(verdict.refused[one.decision_id]) for one in stated[2:]}
    assert "approved already, by policy" in why[SMALL]
    assert "An approval as finance would not count" in why[BOUGHT]
    assert {*desk.select_ready()["action_id"]} == {MOVED, OTHER, SMALL}
    again = desk.decide_all(stated, NOON)
    assert again.recorded == []
    assert desk.store.decisions(EVER).height == 2
    assert desk.store.verify_chain() == []


def test_of_alternatives_decided_together_one_goes_ahead(desk):
    linked = case_actions(
        {"action_id": MOVED, "option": "transfer"},
        {"action_id": BOUGHT, "kind": "purchase_order", "option": "order", "option_rank": 2},
    )
    choosing = replace(desk, case_actions=linked)
    stated = [state(choosing, action) for action in (BOUGHT, MOVED)]
    verdict = choosing.decide_all(stated, NOON)
    (refused,) = verdict.refused.values()
    assert "an alternative of its case goes ahead" in str(refused)
    assert len(verdict.recorded) == 1


def test_what_others_decide_after_a_look_is_not_decided_over(desk):
    shown = desk.store.decisions(EVER)["decision_id"].to_list()
    stated = [state(desk, action, author="ben") for action in (MOVED, OTHER)]
    decide(desk, MOVED, "defer", until=EVENING)
    decide(desk, OTHER, "comment", reason="asked S1")
    verdict = desk.decide_all(stated, NOON, shown=shown)
    assert verdict.recorded == [stated[1].decision_id]
    (refused,) = verdict.refused.values()
    assert str(refused) == "ann has decided it meanwhile (defer): look again."


def test_of_two_people_at_once_on_alternatives_one_wins_and_the_other_is_told(desk, monkeypatch):
    linked = case_actions(
        {"action_id": MOVED, "option": "transfer"},
        {"action_id": BOUGHT, "kind": "purchase_order", "option": "order", "option_rank": 2},
    )
    of_ann, of_ben = (replace(desk, case_actions=linked) for _ in range(2))
    record, by_ben = desk.store.record_decisions, state(of_ben, BOUGHT, author="ben")

    def let_ann_be_first(*arguments, **rest):
        monkeypatch.undo()
        assert decide(of_ann)["status"] == "approved"
        return record(*arguments, **rest)

    monkeypatch.setattr(desk.store, "record_decisions", let_ann_be_first)
    with pytest.raises(DecisionRefusedError, match="an alternative of its case goes ahead"):
        of_ben.decide(by_ben, NOON)
    assert desk.store.decisions(EVER)["author"].to_list() == ["ann"]


def test_a_bulk_is_signed_action_by_action_and_denied_where_nobody_is_in_charge(desk):
    store, week = desk.store, DAY + timedelta(days=9)
    charges = (Charge(role="administrator"), Charge(role="allocator", kinds=("transfer",)))
    ada = Identity(name="ada", charges=charges)
    change_identity(store, ada, token=None, reason="set-up", at=NOON)
    token = make_token(store, "ada", expires_on=week, token=None, at=NOON)
    stated = [state(desk, action, author="ada") for action in (MOVED, OTHER)]
    stated.append(state(desk, BOUGHT, author="ada"))
    verdict = desk.decide_all(stated, NOON, token=token)
    assert len(verdict.recorded) == 2
    assert isinstance(verdict.refused[stated[2].decision_id], AccessDeniedError)
    signed = [said["decision_id"] for said in store.payloads("decision_signed")]
    assert signed == verdict.recorded
    assert len(store.payloads("access_denied")) == 1
    assert store.verify_chain() == []


def test_what_waits_is_matched_by_kind_supplier_node_and_category_and_summed(desk):
    def matched(**wanted):
        found = select_matching(desk.proposals, desk.route(), Matching(**wanted), NOON)
        return found["action_id"].to_list()

    assert matched() == [MOVED, BOUGHT, OTHER]
    assert matched(supplier="ACME") == matched(category="hats") == [BOUGHT]
    assert matched(node="S9", kind="transfer") == [OTHER]
    assert matched(node="S1", category="hats") == []
    waiting = desk.proposals.filter(pl.col("action_id").is_in([MOVED, BOUGHT, OTHER]))
    assert sum_actions_by_kind(waiting).rows() == [
        ("purchase_order", "EUR", 1, 600, 3000.0),
        ("transfer", "EUR", 2, 54, 5400.0),
    ]


DECIDER = """
import pickle, sys
from datetime import datetime
from governance import Desk, open_store
with open(sys.argv[1], "rb") as file:
    parts = pickle.load(file)
desk = Desk(*parts[:4], open_store(sys.argv[2]), parts[4])
facts = dict(decision="approve", author=sys.argv[3], role="allocator", reason="agreed",
             decided_at=datetime(2026, 3, 3, 12))
stated = [desk.state(action, facts) for action in desk.proposals["action_id"]]
print("ready", flush=True)
sys.stdin.readline()
verdict = desk.decide_all(stated, datetime(2026, 3, 3, 12))
print(len(verdict.recorded), *{str(why) for why in verdict.refused.values()}, sep="|")
"""


def test_of_two_people_at_once_one_wins_and_the_other_is_told(
    desk, proposals, export_lines, shipped, tmp_path
):
    rows = [
        {"action_id": f"{number:024}", "quantity": 24, "unit_value": 100.0} for number in range(20)
    ]
    parts = (DAY, proposals(*rows), export_lines(), shipped, UNLINKED)
    (tmp_path / "desk.pickle").write_bytes(pickle.dumps(parts))
    url = f"sqlite:///{tmp_path / 'decisions.sqlite'}"
    command = [sys.executable, "-c", DECIDER, str(tmp_path / "desk.pickle"), url]
    two = [
        subprocess.Popen([*command, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in ("ann", "ben")
    ]
    for one in two:
        assert one.stdout.readline() == "ready\n"
    for one in two:
        one.stdin.write("go\n")
        one.stdin.flush()
    said = sorted(one.communicate(timeout=120)[0].strip() for one in two)
    assert said[1] == "20"
    assert said[0].startswith("0|It is approved already, by ")
    assert desk.store.decisions(EVER).height == 20
    assert desk.store.verify_chain() == []


def move(desk, **changed):
    """The desk with version 2 of the plan, and what version 1 had."""
    partner = pl.coalesce("origin", "supplier", pl.lit("")).alias("partner")
    both = desk.proposals.join(desk.route(), on="action_id", suffix="_of_route")
    before = both.with_columns(partner).select(find_contract(PlanLines).columns)
    moved = pl.col("action_id") == MOVED
    new = [
        pl.when(moved).then(pl.lit(value)).otherwise(name).alias(name)
        for name, value in changed.items()
    ]
    now = desk.proposals.with_columns(pl.lit(2, pl.Int64).alias("plan_version"), *new)
    worth = pl.col("quantity") * pl.col("unit_value")
    return replace(desk, proposals=now.with_columns(value=worth), plan_lines=before)


@pytest.mark.parametrize(
    ("changed", "lapses"),
    [
        ({}, False),
        ({"quantity": 18}, False),
        ({"quantity": 17}, True),
        ({"unit_value": 125.0}, False),
        ({"unit_value": 126.0}, True),
        ({"unit_value": 74.0}, True),
        ({"benefit": 1.0}, False),
    ],
)
def test_an_approval_lapses_once_the_plan_that_it_rests_on_has_moved(desk, changed, lapses):
    decide(desk)
    later = move(desk, **changed)
    route = later.find_route(MOVED)
    assert (route["status"], route["lapsed"]) == (
        ("waiting", "ann") if lapses else ("approved", None)
    )
    if lapses:
        assert describe_route(route) == (
            "waiting, needs allocator; the approval of ann has lapsed: the plan has moved since"
        )
        again = decide(later, decided_at=NOON + timedelta(minutes=1))
        assert (again["status"], again["lapsed"]) == ("approved", None)
    assert later.store.verify_chain() == []


def test_a_rejection_does_not_lapse_nor_what_names_no_version(desk, decisions):
    decide(desk, OTHER, "reject", reason_code="too_much")
    assert land(desk, decisions, {"decision": "approve"}) == {}
    later = move(desk, quantity=2)
    assert later.find_route(MOVED)["status"] == "approved"
    assert later.find_route(OTHER)["status"] == "rejected"


@pytest.mark.parametrize(
    "said",
    [
        {"decision": "approve"},
        {"decision": "comment"},
        {"decision": "defer", "until": EVENING},
    ],
)
def test_a_blank_node_in_a_file_is_named_and_stops_no_other_decision(desk, decisions, said):
    with pytest.raises(DecisionRefusedError, match="the node that ships must not be blank"):
        decide(desk, **{**said, "origin": " "})
    refused = land(
        desk,
        decisions,
        {**said, "origin": " "},
        {"decision": "approve", "action_id": OTHER},
    )
    assert refused == {"f0": "The node that ships is blank."}
    assert desk.store.decisions(EVER)["decision_id"].to_list() == ["f1"]
