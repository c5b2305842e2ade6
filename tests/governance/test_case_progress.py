"""A case stands as decisions, exports and its exception say, from its opening to its measuring."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from frames_of_cases import DAY, LANES, LOCATIONS, case_actions, exceptions, playbooks, scope

from governance.cases import (
    CaseBook,
    compare_options,
    follow_cases,
    link_actions,
    name_case,
    raise_alerts,
    rehearse_playbooks,
)
from governance.cases.rehearsal import PastDate
from governance.routing import route_actions
from quality_checks.checks import judge_cases
from quality_checks.contracts import CaseActions, Cases, Proposals, Routed, find_contract

MOVED, SENT, HURRIED = "a" * 24, "b" * 24, "c" * 24
CASE = name_case("X1")
NO_HISTORY = pl.DataFrame(
    schema={
        "case_id": pl.String,
        "action_id": pl.String,
        "benefit": pl.Float64,
        "exported": pl.Boolean,
    }
)


def empty(model):
    return find_contract(model).empty()


@pytest.fixture
def night(proposals, decisions, shipped):
    """A transfer that waits, an allocation that goes by itself, an expedite that waits."""
    actions = proposals(
        {"action_id": MOVED, "quantity": 24, "unit_value": 100.0, "benefit": 45.0},
        {"action_id": SENT, "kind": "allocation", "origin": "DC1", "benefit": 20.0},
        {"action_id": HURRIED, "kind": "expedite", "destination": "DC1", "benefit": 30.0},
    )
    seen, given = exceptions({}), decisions()
    linked = link_actions(
        seen, scope(("X1", "SKU1", "S2", "short")), actions, LANES, LOCATIONS, playbooks()
    )
    routed = route_actions(actions, shipped, given, case_actions=linked)
    return CaseBook(DAY, seen, linked, actions, routed, given, empty(Cases), NO_HISTORY)


def later(night, days, before, *, seen=None, history=NO_HISTORY):
    """The night after so many days, without actions, from how cases stood."""
    return replace(
        night,
        business_date=DAY + timedelta(days=days),
        exceptions=exceptions({"state": "open"}) if seen is None else seen,
        case_actions=empty(CaseActions),
        proposals=empty(Proposals),
        routed=empty(Routed),
        earlier=before,
        history=history,
    )


def one(frame):
    assert len(frame) == 1
    return frame.row(0, named=True)


def follow(book, books=None):
    return follow_cases(book, books or playbooks())


def test_a_case_opens_with_its_terms_and_its_money(night):
    case = one(follow(night))
    stated = {
        "case_id": CASE, "state": "waiting", "owner": "planner", "in_charge": "planner",
        "opened_on": DAY, "due_on": DAY + timedelta(days=1),
        "escalates_on": DAY + timedelta(days=2), "money_at_opening": 500.0, "money_at_risk": 500.0,
        "actions": 3, "waiting": 2, "by_itself": 1, "approved": 1, "rejected": 0, "withdrawn": 0,
        "benefit_approved": 20.0, "decided": False, "closed_on": None, "outcome": None,
    }  # fmt: skip
    assert {name: case[name] for name in stated} == stated
    # Of transfer and expedite one goes ahead: the better one counts, which binds no money.
    assert case["benefit_waiting"] == 45.0
    assert case["exposure_change"] == 0.0


def test_money_that_is_bound_is_what_is_bought_hurried_and_called_off(night, proposals, shipped):
    actions = proposals(
        {"action_id": MOVED},
        {"action_id": SENT, "kind": "purchase_order", "quantity": 10, "unit_value": 7.0},
        {"action_id": HURRIED, "kind": "expedite", "quantity": 10, "unit_value": 0.5},
        {"action_id": "d" * 24, "kind": "purchase_change", "quantity": 3, "unit_value": 4.0},
    )
    linked = case_actions(
        *(
            {"action_id": action, "part": "answer", "choice": None, "option": None,
             "option_rank": None, "case_id": CASE}
            for action in actions["action_id"]
        )
    )  # fmt: skip
    routed = route_actions(actions, shipped, night.decisions)
    book = replace(night, proposals=actions, case_actions=linked, routed=routed)
    assert one(follow(book))["exposure_change"] == 70.0 + 5.0 - 12.0


def test_an_approval_shows_and_withdraws(night, decisions, shipped):
    given = decisions({"action_id": HURRIED, "role": "procurement"})
    routed = route_actions(night.proposals, shipped, given, case_actions=night.case_actions)
    case = one(follow(replace(night, routed=routed, decisions=given)))
    assert case["state"] == "acting"
    assert (case["waiting"], case["approved"], case["withdrawn"]) == (0, 2, 1)
    assert case["decided"]


@pytest.mark.parametrize(("days", "state"), [(1, "waiting"), (2, "escalated"), (5, "escalated")])
def test_it_is_escalated_once_nobody_acts(night, days, state):
    before = follow(night)
    again = replace(night, business_date=DAY + timedelta(days=days), earlier=before)
    case = one(follow(again))
    assert case["state"] == state
    assert case["in_charge"] == ("finance" if state == "escalated" else "planner")
    assert case["opened_on"] == DAY
    assert judge_cases(follow(again)).passed == (state != "escalated")


def test_a_decision_of_an_earlier_night_counts_as_acting(night, decisions):
    before = follow(night)
    given = decisions({"action_id": MOVED, "decision": "reject", "role": "allocator"})
    history = night.case_actions.select("case_id", "action_id", "benefit").with_columns(
        exported=pl.col("action_id") == SENT
    )
    book = replace(later(night, 4, before, history=history), decisions=given)
    case = one(follow(book))
    assert case["state"] == "acting"
    assert (case["exported"], case["benefit_exported"], case["decided"]) == (1, 20.0, True)
    undecided = one(follow(replace(book, decisions=decisions())))
    assert (undecided["state"], undecided["decided"]) == ("acting", False)


def test_what_left_with_a_lower_version_counts_as_acting_until_it_is_measured(night):
    """The version of the date that is left needs no more, so that it proposes nothing."""
    sent = night.case_actions.filter(action_id=SENT)
    kept = sent.with_columns(left_on=pl.lit(DAY))
    history = kept.select("case_id", "action_id", "benefit", exported=pl.lit(value=True))
    book = replace(later(night, 2, follow(night), history=history), case_actions=kept)
    case = one(follow(book))
    assert (case["state"], case["in_charge"]) == ("acting", "planner")
    assert (case["actions"], case["exported"], case["benefit_exported"]) == (0, 1, 20.0)


def test_without_any_answer_it_is_open_and_then_escalated(night):
    assert one(follow(later(night, 1, follow(later(night, 0, empty(Cases))))))["state"] == "open"
    assert one(follow(later(night, 2, follow(night))))["state"] == "escalated"


def test_it_is_resolved_with_its_exception_and_measured_once(night):
    closed = exceptions({"state": "closed", "closed_by": "Units came."})
    nothing = exceptions()
    first = follow(night)
    resolved = follow(later(night, 1, first, seen=closed))
    case = one(resolved)
    assert (case["state"], case["closed_by"]) == ("resolved", "Units came.")
    assert case["money_at_risk"] is None
    assert (case["money_at_opening"], case["money_at_worst"]) == (500.0, 500.0)
    waited = follow(later(night, 3, resolved, seen=nothing))
    assert one(waited)["state"] == "resolved"
    measured = follow(later(night, 4, waited, seen=nothing))
    assert (one(measured)["state"], one(measured)["outcome"]) == ("measured", "unanswered")
    assert one(measured)["closed_on"] == DAY + timedelta(days=1)
    assert follow(later(night, 5, measured, seen=nothing)).is_empty()


@pytest.mark.parametrize(
    ("back", "left", "outcome"),
    [
        (False, True, "held"),
        (False, False, "unanswered"),
        (True, True, "came_back"),
    ],
)
def test_its_outcome_is_whether_what_left_held(night, back, left, outcome):
    history = night.case_actions.select("case_id", "action_id", "benefit").with_columns(
        exported=pl.lit(value=left)
    )
    resolved = follow(later(night, 1, follow(night), seen=exceptions(), history=history))
    again = exceptions({"exception_id": "X2"}, {"exception_id": "X3", "subject": "S9"})
    elsewhere = exceptions({"exception_id": "X3", "subject": "S9"})
    seen = later(night, 2, resolved, seen=again if back else elsewhere, history=history)
    then = follow(seen)
    measured = follow(later(night, 4, then, seen=exceptions(), history=history))
    assert measured.filter(case_id=CASE)["outcome"].to_list() == [outcome]


def test_the_worst_money_is_remembered(night):
    worse = exceptions({"state": "open", "money_at_risk": 900.0, "trend": "worse"})
    better = exceptions({"state": "open", "money_at_risk": 300.0, "trend": "better"})
    second = follow(later(night, 1, follow(night), seen=worse))
    case = one(follow(later(night, 2, second, seen=better)))
    money = (case["money_at_opening"], case["money_at_risk"], case["money_at_worst"])
    assert money == (500.0, 300.0, 900.0)


def test_a_changed_playbook_changes_the_terms_and_a_lost_one_leaves_them(night):
    before = follow(night)
    quicker = playbooks({"owner": "allocator", "due_days": 0, "name": "quick"})
    case = one(follow(later(night, 1, before), quicker))
    assert (case["playbook"], case["owner"], case["due_on"]) == ("quick", "allocator", DAY)
    none = type(quicker).model_validate({"playbooks": []})
    kept = one(follow(later(night, 1, before), none))
    assert (kept["playbook"], kept["owner"]) == ("runs_out", "planner")
    assert kept["escalates_on"] == DAY + timedelta(days=2)


def test_the_same_night_again_gives_the_same(night):
    before = follow(night)
    book = later(night, 1, before)
    assert follow(book).equals(follow(book))


def alerts_of(cases, earlier, seen):
    found = raise_alerts(cases, earlier, seen, playbooks())
    return {(row["role"], row["reason"]): row["words"] for row in found.to_dicts()}


def test_roles_are_told_once_of_what_happens(night):
    opened = follow(night)
    told = alerts_of(opened, empty(Cases), night.exceptions)
    assert set(told) == {("planner", "opened"), ("merchandiser", "opened")}
    assert told["merchandiser", "opened"] == (
        "S2 runs out of 1 item within 48 hours. Hold the offer. 500 is at risk; 1 action leaves by "
        "itself; what is approved gains 20; 2 wait, which gains 45 at best."
    )
    assert "by 2026-03-03" in told["planner", "opened"]
    idle = later(night, 2, opened)
    escalated = follow(idle)
    assert set(alerts_of(escalated, opened, idle.exceptions)) == {("finance", "escalated")}
    still = later(night, 3, escalated)
    assert alerts_of(follow(still), escalated, still.exceptions) == {}
    worse = later(night, 3, escalated, seen=exceptions({"state": "open", "trend": "worse"}))
    assert set(alerts_of(follow(worse), escalated, worse.exceptions)) == {("finance", "worse")}
    ended = later(
        night, 3, escalated, seen=exceptions({"state": "closed", "closed_by": "Units came."})
    )
    told = alerts_of(follow(ended), escalated, ended.exceptions)
    assert set(told) == {("planner", "resolved")}
    assert "It has ended: Units came." in told["planner", "resolved"]


def test_options_are_compared_in_money(night):
    compared = compare_options(night.case_actions, night.proposals, night.routed)
    assert compared.select(
        *("option", "option_rank", "actions", "units", "margin_kept", "costs", "fees", "benefit"),
        *("needs", "standing"),
    ).rows() == [
        ("transfer", 1, 1, 24, 60.0, 15.0, 0.0, 45.0, "allocator", "waiting"),
        ("expedite", 2, 1, 10, 60.0, 15.0, 50.0, 30.0, "procurement", "waiting"),
    ]  # fmt: skip
    assert compared["gain_chance"].to_list() == [1.0, 1.0]


def test_roles_of_which_one_is_enough_are_told_as_such(night):
    either = {"needs": "any", "missing_roles": "allocator;planner"}
    routed = night.routed.with_columns(**{name: pl.lit(said) for name, said in either.items()})
    compared = compare_options(night.case_actions, night.proposals, routed)
    assert compared["needs"].to_list() == ["allocator or planner", "allocator or planner"]


def test_a_dry_run_counts_each_case_once_with_the_work_that_it_makes(night):
    touched = scope(("X1", "SKU1", "S2", "short"))
    first = PastDate(night.exceptions, touched, night.proposals, night.routed, LANES, LOCATIONS)
    seen = exceptions(
        {"state": "open", "money_at_risk": 800.0},
        {"exception_id": "X7", "kind": "overstock", "money_at_risk": 70.0},
    )
    shifted = [
        frame.with_columns(pl.lit(DAY + timedelta(days=1)).alias("business_date"))
        for frame in (seen, touched, night.proposals, night.routed)
    ]
    second = PastDate(*shifted, LANES, LOCATIONS)
    tried = rehearse_playbooks([first, second], playbooks())
    assert tried.cases.rows() == [("runs_out", 1, 500.0, 3, 95.0)]
    assert tried.unmatched.rows() == [("overstock", 1, 70.0)]
    assert tried.workload.sort("role").rows() == [
        ("allocator", 0, 0, 1),
        ("merchandiser", 0, 1, 0),
        ("planner", 1, 0, 0),
        ("procurement", 0, 0, 1),
    ]
