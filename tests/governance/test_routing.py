from datetime import date, datetime

import polars as pl
import pytest
from frames_of_cases import case_actions
from pydantic import ValidationError

from governance.decisions import Decision, find_faults
from governance.policy import ActionPolicy, Budget
from governance.routing import route_actions
from governance.switches import Scope

NOON = datetime.fromisoformat("2026-03-03T12:00")
LATER = datetime.fromisoformat("2026-03-03T13:00")
PLANNED, LEAVES = date(2026, 3, 2), date(2026, 3, 3)
LAST = datetime.fromisoformat("2026-03-03T14:00")


def one(frame: pl.DataFrame) -> dict:
    assert len(frame) == 1
    return frame.row(0, named=True)


def policy(*rules, automation=True, budget=1e9):
    return ActionPolicy.model_validate(
        {
            "automation": automation,
            "budget": {"auto_purchases": budget},
            "rules": list(rules),
            "default": {"route": "review", "roles": ["planner"]},
        }
    )


def rule(name, route="auto", roles=("planner",), **when):
    return {
        "name": name,
        "when": when,
        "route": route,
        "roles": [] if route == "blocked" else list(roles),
    }


def test_low_risk_transfer_goes_by_itself(shipped, proposals, decisions):
    row = one(route_actions(proposals({}), shipped, decisions()))
    assert row == {
        "action_id": "a" * 24,
        "business_date": date(2026, 3, 2),
        "plan_version": 1,
        "route": "auto",
        "rule": "transfer_low_risk",
        "roles": "",
        "needs": "all",
        "least_people": 1,
        "status": "approved",
        "approved_quantity": 10,
        "decided_by": "policy",
        "missing_roles": "",
        "overridden": None,
        "overridden_due_on": None,
        "overridden_origin": None,
        "overridden_supplier": None,
        "overridden_price": None,
        "overridden_unit_value": None,
        "overridden_details": None,
        "override_code": None,
        "deferred_until": None,
        "lapsed": None,
        "withdrawn_for": None,
    }


@pytest.mark.parametrize(
    "case",
    [
        ({"unit_value": 100.0}, "transfer", "allocator"),
        ({"unit_value": 99.99}, "transfer_low_risk", ""),
        ({"quantity": 100, "unit_value": 1.0}, "transfer", "allocator"),
        ({"confidence": 0.09, "unit_value": 100.1}, "low_confidence", "planner"),
        ({"confidence": 0.09, "unit_value": 99.9}, "transfer_low_risk", ""),
        ({"confidence": 0.1, "unit_value": 100.1}, "transfer", "allocator"),
        ({"kind": "purchase_order", "quantity": 400, "forced_cost": 251.0}, "dear_floor", "buyer"),
        ({"kind": "purchase_order", "quantity": 400, "forced_cost": 250.0}, "purchase_small", ""),
        ({"kind": "allocation", "quantity": 400, "forced_cost": 251.0}, "dear_shelf", "allocator"),
        ({"kind": "allocation", "quantity": 400, "forced_cost": 250.0}, "allocation_routine", ""),
        ({"kind": "allocation", "quantity": 900}, "allocation_routine", ""),
        ({"kind": "allocation", "quantity": 1000}, "allocation_large", "allocator"),
        ({"kind": "purchase_order", "quantity": 500}, "purchase_small", ""),
        ({"kind": "purchase_order", "quantity": 501}, "purchase_medium", "buyer"),
        ({"kind": "purchase_order", "quantity": 4001}, "purchase_large", "buyer;finance"),
        ({"kind": "expedite", "quantity": 1000}, "expedite", "procurement"),
        ({"kind": "sourcing", "benefit": 4.0}, "sourcing_routine", ""),
        ({"kind": "sourcing", "benefit": -0.01}, "sourcing_without_gain", "allocator"),
        ({"kind": "sourcing", "quantity": 200}, "sourcing", "allocator"),
    ],
)
def test_shipped_rules(shipped, proposals, decisions, case):
    change, rule_name, roles = case
    row = one(route_actions(proposals(change), shipped, decisions()))
    assert (row["rule"], row["roles"]) == (rule_name, roles)
    assert row["status"] == ("waiting" if roles else "approved")


def test_dear_expedite_needs_procurement_and_finance(shipped, proposals, decisions):
    # Low confidence must not lead past the two.
    actions = proposals({"kind": "expedite", "quantity": 1001, "confidence": 0.1})
    row = one(route_actions(actions, shipped, decisions()))
    assert (row["rule"], row["roles"]) == ("expedite_dear", "procurement;finance")
    assert (row["status"], row["approved_quantity"], row["decided_by"]) == ("waiting", None, None)

    procurement = {"author": "pat", "role": "procurement"}
    finance = {"author": "fay", "role": "finance"}
    for votes in (
        [procurement],
        [finance],
        [procurement, {"author": "pia", "role": "procurement"}],
    ):
        assert one(route_actions(actions, shipped, decisions(*votes)))["status"] == "waiting"
    both = one(route_actions(actions, shipped, decisions(procurement, finance)))
    assert (both["status"], both["approved_quantity"]) == ("approved", 1001)
    assert both["decided_by"] == "fay;pat"


def test_one_person_cannot_speak_for_two_roles(shipped, proposals, decisions):
    actions = proposals({"kind": "expedite", "quantity": 1001})
    votes = decisions(
        {"author": "pat", "role": "procurement"}, {"author": "pat", "role": "finance"}
    )
    assert one(route_actions(actions, shipped, votes))["status"] == "waiting"


def test_approval_in_another_role_does_not_count(shipped, proposals, decisions):
    actions = proposals({"kind": "expedite", "quantity": 1001})
    votes = decisions(
        {"author": "pat", "role": "procurement"}, {"author": "ann", "role": "planner"}
    )
    assert one(route_actions(actions, shipped, votes))["status"] == "waiting"


def test_rejection_wins(shipped, proposals, decisions):
    actions = proposals({"kind": "expedite", "quantity": 1001})
    votes = decisions(
        {"author": "pat", "role": "procurement"},
        {"author": "bob", "role": "buyer", "decision": "reject"},
        {"author": "fay", "role": "finance"},
    )
    row = one(route_actions(actions, shipped, votes))
    assert (row["status"], row["decided_by"], row["approved_quantity"]) == ("rejected", "bob", None)


def test_rejection_stops_an_auto(shipped, proposals, decisions):
    votes = decisions({"role": "allocator", "decision": "reject"})
    assert one(route_actions(proposals({}), shipped, votes))["status"] == "rejected"


def test_role_that_may_not_decide_the_kind_is_not_heard(shipped, proposals, decisions):
    votes = decisions({"role": "finance", "decision": "reject"})
    assert one(route_actions(proposals({}), shipped, votes))["status"] == "approved"


def test_latest_word_of_a_person_stands(proposals, decisions):
    approve = {"decision": "approve", "decided_at": LATER}
    reject = {"decision": "reject", "decided_at": NOON}
    review = policy()
    assert (
        one(route_actions(proposals({}), review, decisions(approve, reject)))["status"]
        == "approved"
    )
    late_reject = {**reject, "decided_at": LAST}
    assert (
        one(route_actions(proposals({}), review, decisions(late_reject, approve)))["status"]
        == "rejected"
    )


def test_blocked_stays_blocked(proposals, decisions):
    never = policy(rule("never", "blocked", kind="transfer"))
    row = one(
        route_actions(proposals({}), never, decisions({}, {"author": "b", "decision": "reject"}))
    )
    assert (row["route"], row["status"], row["decided_by"]) == ("blocked", "blocked", "policy")
    assert row["approved_quantity"] is None


def test_first_rule_that_matches_wins(proposals, decisions):
    rules = policy(rule("one", "review", value_above=1.0), rule("two", kind="transfer"))
    assert one(route_actions(proposals({}), rules, decisions()))["rule"] == "one"


@pytest.mark.parametrize(
    ("when", "change", "matches"),
    [
        ({"region": ["north", "south"]}, {}, True),
        ({"region": "south"}, {}, False),
        ({"category": "shirts", "origin": "S1", "destination": "S2"}, {}, True),
        ({"category": "shirts", "origin": "S2"}, {}, False),
        ({"supplier": "ACME"}, {}, False),
        ({"supplier": "ACME"}, {"kind": "purchase_order"}, True),
        ({"value_above": 50.0}, {}, False),
        ({"value_above": 49.99}, {}, True),
        ({"value_below": 50.0}, {}, False),
        ({"quantity_above": 9}, {}, True),
        ({"quantity_below": 10}, {}, False),
        ({"benefit_below": 0.0}, {"benefit": -0.01}, True),
        ({"confidence_below": 0.5}, {"confidence": 0.5}, False),
        ({"urgency_below": 3.0}, {}, True),
        ({"urgency_below": 3.0}, {"urgency_days": None}, False),
        ({"late_input": "stock"}, {"late_inputs": "lanes;stock"}, True),
        ({"late_input": "stock"}, {"late_inputs": "stockout_hours"}, False),
        ({"late_input": "stock"}, {}, False),
        ({"unsure_input": ["lanes", "products"]}, {"unsure_inputs": "products"}, True),
        ({"unsure_input": "lanes"}, {"unsure_inputs": "products"}, False),
        ({}, {}, True),
    ],
)
def test_conditions(proposals, decisions, when, change, matches):
    row = one(route_actions(proposals(change), policy(rule("tested", **when)), decisions()))
    assert (row["rule"] == "tested") is matches


def test_a_rule_asks_for_which_exceptions_an_action_is_the_answer(proposals, decisions):
    linked = case_actions(
        {"action_id": "a" * 24, "exception": "overstock"},
        {"action_id": "a" * 24, "exception": "stock_out", "case_id": "C2", "exception_id": "X2"},
        {"action_id": "b" * 24, "exception": "backlog"},
    )
    actions = proposals(*({"action_id": letter * 24} for letter in "abc"))
    for wanted, expected in (
        ("stock_out", ["a"]),
        (["backlog", "overstock"], ["a", "b"]),
        ("node_down", []),
    ):
        tried = policy(rule("tested", exception=wanted))
        routed = route_actions(actions, tried, decisions(), case_actions=linked)
        met = routed.filter(rule="tested")["action_id"].sort().to_list()
        assert met == [letter * 24 for letter in expected]


def test_a_kind_of_exception_that_there_is_not_is_refused():
    with pytest.raises(ValidationError, match="stockout"):
        policy(rule("tested", exception="stockout"))


@pytest.mark.parametrize(
    "case",
    [
        (True, (), True),
        (True, (Scope(),), False),
        (False, (), False),
        (False, (Scope("markdown"),), False),
    ],
)
def test_kill_switch_sends_every_auto_to_review(shipped, proposals, decisions, case):
    in_policy, stopped, auto = case
    actions = proposals(
        {"action_id": "t" * 24},
        {"action_id": "p" * 24, "kind": "purchase_order"},
        {"action_id": "e" * 24, "kind": "expedite"},
    )
    switched = shipped.model_copy(update={"automation": in_policy})
    routed = route_actions(actions, switched, decisions(), stopped=stopped)
    by_id = {row["action_id"][0]: row for row in routed.iter_rows(named=True)}
    assert (by_id["t"]["status"] == "approved") is auto
    assert (by_id["p"]["status"] == "approved") is auto
    assert by_id["e"]["rule"] == "expedite"
    if not auto:
        assert by_id["t"]["rule"] == "transfer_low_risk:automation_off"
        assert (by_id["t"]["roles"], by_id["p"]["roles"]) == ("allocator", "buyer")
        approved = route_actions(
            actions,
            switched,
            decisions({"action_id": "t" * 24, "role": "allocator"}),
            stopped=stopped,
        )
        assert approved.filter(status="approved")["action_id"].to_list() == ["t" * 24]


@pytest.mark.parametrize(
    ("stopped", "held"),
    [
        ([Scope("transfer")], "ts"),
        ([Scope(region="south")], "sq"),
        ([Scope("transfer", "south")], "s"),
        ([Scope("transfer", "south"), Scope("purchase_order", "north")], "sp"),
        ([Scope("allocation", "south"), Scope(region="east")], ""),
    ],
)
def test_a_kill_switch_of_a_scope_holds_its_actions_alone(
    shipped, proposals, decisions, stopped, held
):
    actions = proposals(
        {"action_id": "t" * 24},
        {"action_id": "s" * 24, "region": "south"},
        {"action_id": "p" * 24, "kind": "purchase_order"},
        {"action_id": "q" * 24, "kind": "purchase_order", "region": "south"},
    )
    routed = route_actions(actions, shipped, decisions(), stopped=stopped)
    waiting = routed.filter(status="waiting")
    assert {action[0] for action in waiting["action_id"]} == set(held)
    assert waiting["rule"].str.ends_with(":automation_off").all()
    assert routed.filter(status="approved").height == 4 - len(held)


def test_what_a_switch_holds_leaves_the_budget_to_others(shipped, proposals, decisions):
    actions = proposals(
        {"action_id": "p" * 24, "kind": "purchase_order", "quantity": 100, "benefit": 9.0},
        {"action_id": "q" * 24, "kind": "purchase_order", "quantity": 100, "region": "south"},
    )
    tight = shipped.model_copy(update={"budget": Budget(auto_purchases=600.0)})
    routed = route_actions(actions, tight, decisions(), stopped=[Scope(region="south")])
    assert routed.filter(status="approved")["action_id"].to_list() == ["p" * 24]


def test_a_low_risk_store_transfer_goes_by_itself(shipped, proposals, decisions):
    row = one(route_actions(proposals({"kind": "transfer", "quantity": 10}), shipped, decisions()))
    assert (row["route"], row["status"], row["decided_by"]) == ("auto", "approved", "policy")


def test_a_dear_expedite_needs_procurement_and_finance_both(shipped, proposals, decisions):
    dear = proposals({"kind": "expedite", "quantity": 1000, "unit_value": 5.01})
    said = [{"author": "pam", "role": "procurement"}, {"author": "flo", "role": "finance"}]
    alone = one(route_actions(dear, shipped, decisions()))
    assert (alone["route"], alone["missing_roles"]) == ("review", "finance;procurement")
    for one_of_them, other in (said, reversed(said)):
        half = one(route_actions(dear, shipped, decisions(one_of_them)))
        assert (half["status"], half["missing_roles"]) == ("waiting", other["role"])
    both = one(route_actions(dear, shipped, decisions(*said)))
    assert (both["status"], both["decided_by"]) == ("approved", "flo;pam")
    same = [{**said[0]}, {**said[1], "author": "pam"}]
    assert one(route_actions(dear, shipped, decisions(*same)))["status"] == "waiting"
    cheap = proposals({"kind": "expedite", "quantity": 1000, "unit_value": 5.0})
    assert one(route_actions(cheap, shipped, decisions()))["missing_roles"] == "procurement"


def purchases(proposals, *values_and_benefits):
    return proposals(
        *(
            {
                "action_id": str(number) * 24,
                "kind": "purchase_order",
                "quantity": value,
                "unit_value": 1.0,
                "benefit": benefit,
            }
            for number, (value, benefit) in enumerate(values_and_benefits)
        )
    )


def autos(routed):
    return [action[0] for action in routed.filter(route="auto")["action_id"].sort()]


def test_budget_goes_to_the_best(proposals, decisions):
    actions = purchases(proposals, (60, 1.0), (30, 9.0), (50, 5.0), (20, 3.0))
    limited = policy(rule("buy", roles=["buyer"], kind="purchase_order"), budget=100)
    routed = route_actions(actions, limited, decisions())
    # By benefit: 30, 50, 20 spend the 100; 60 is left.
    assert autos(routed) == ["1", "2", "3"]
    left = one(routed.filter(action_id="0" * 24))
    assert (left["rule"], left["roles"], left["status"]) == ("buy:over_budget", "buyer", "waiting")


def test_smaller_purchase_still_fits_after_one_that_does_not(proposals, decisions, export_lines):
    limited = policy(rule("buy", kind="purchase_order"), budget=100)
    actions = purchases(proposals, (70, 9.0), (40, 5.0), (30, 1.0))
    assert autos(route_actions(actions, limited, decisions())) == ["0", "2"]
    for spent, left in ((40, ["1"]), (500, [])):
        sent = export_lines({"kind": "purchase_order", "quantity": spent, "unit_value": 1.0})
        assert autos(route_actions(actions, limited, decisions(), sent=sent)) == left


def test_budget_is_exact_in_cents_and_ties_go_by_id(proposals, decisions):
    limited = policy(rule("buy", kind="purchase_order"), budget=0.3)
    actions = proposals(
        *(
            {
                "action_id": letter * 24,
                "kind": "purchase_order",
                "quantity": 1,
                "unit_value": 0.1,
            }
            for letter in "dbca"
        )
    )
    # 0.1 + 0.1 + 0.1 is more than 0.3 in binary.
    assert autos(route_actions(actions, limited, decisions())) == ["a", "b", "c"]


def test_movements_do_not_spend_the_budget(proposals, decisions):
    limited = policy(rule("all"), budget=0)
    assert autos(
        route_actions(
            proposals(
                {},
            ),
            limited,
            decisions(),
        )
    ) == ["a"]


def override(quantity, **more):
    return {
        "decision": "override",
        "quantity": quantity,
        "expires_on": date(2026, 3, 10),
        "decided_at": LATER,
        **more,
    }


def test_override_sets_the_quantity_and_is_the_approval_of_its_role(proposals, decisions):
    row = one(route_actions(proposals({}), policy(), decisions(override(4))))
    assert (row["status"], row["approved_quantity"], row["decided_by"]) == ("approved", 4, "ann")


def test_override_of_an_auto(shipped, proposals, decisions):
    row = one(route_actions(proposals({}), shipped, decisions(override(0, role="allocator"))))
    assert (row["route"], row["status"], row["approved_quantity"]) == ("auto", "approved", 0)
    assert row["decided_by"] == "ann"


def test_override_holds_through_its_last_day(proposals, decisions):
    held = route_actions(proposals({}), policy(), decisions(override(4, expires_on=LEAVES)))
    gone = route_actions(proposals({}), policy(), decisions(override(4, expires_on=PLANNED)))
    assert one(held)["approved_quantity"] == 4
    assert (one(gone)["status"], one(gone)["approved_quantity"]) == ("waiting", None)


def test_override_cannot_slip_beneath_or_above_a_threshold(shipped, proposals, decisions):
    small = one(
        route_actions(
            proposals({"kind": "expedite", "quantity": 2000}),
            shipped,
            decisions(override(10, role="procurement")),
        )
    )
    assert (small["rule"], small["status"]) == ("expedite_dear", "waiting")
    large = one(route_actions(proposals({}), shipped, decisions(override(500, role="planner"))))
    assert (large["rule"], large["status"]) == ("transfer", "waiting")


def test_override_restarts_the_approvals_of_others(shipped, proposals, decisions):
    actions = proposals({"kind": "expedite", "quantity": 1001})
    finance = {"author": "fay", "role": "finance"}
    changed = override(3000, author="pat", role="procurement")
    before = decisions({**finance, "decided_at": NOON}, changed)
    assert one(route_actions(actions, shipped, before))["status"] == "waiting"
    after = one(
        route_actions(actions, shipped, decisions({**finance, "decided_at": LAST}, changed))
    )
    assert (after["status"], after["approved_quantity"]) == ("approved", 3000)


def test_approval_that_names_a_quantity_holds_up_to_it(proposals, decisions):
    for quantity, status in ((9, "waiting"), (10, "approved"), (11, "approved")):
        votes = decisions({"quantity": quantity})
        row = one(route_actions(proposals({}), policy(), votes))
        assert row["status"] == status
        assert row["approved_quantity"] == (10 if status == "approved" else None)


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ({"role": "king"}, "The role is unknown."),
        ({"author": " "}, "The author is missing."),
        ({"author": "\u200b"}, "The author is missing."),
        ({"author": "Policy "}, "The author's name is the system's own."),
        ({"author": "ann;bob"}, "The author's name holds a semicolon, which parts names."),
        ({"reason": ""}, "The reason is missing."),
        (
            {"author": "ann\0"},
            "The author's name has a character that cannot be kept (U+0000).",
        ),
        ({"reason": "wrong\0stock"}, "A text has a character that cannot be kept (U+0000)."),
        ({"quantity": None}, "An override needs what it changes."),
        ({"expires_on": None}, "An override needs the last day it holds."),
    ],
)
def test_decision_that_cannot_count_is_named_and_passed_over(proposals, decisions, fault, problem):
    votes = decisions({**override(4), **fault})
    assert find_faults(votes, proposals({})).rows() == [("d0", "a" * 24, problem)]
    assert one(route_actions(proposals({}), policy(), votes))["status"] == "waiting"
    with pytest.raises(ValueError, match="1 validation error"):
        Decision.model_validate(votes.row(0, named=True))


def test_good_decisions_have_no_problem(proposals, decisions):
    votes = decisions({}, override(3), {"decision": "reject"})
    assert find_faults(votes, proposals({})).is_empty()
    for row in votes.iter_rows(named=True):
        Decision.model_validate(row)


def test_decisions_on_other_actions_do_not_matter(proposals, decisions):
    votes = decisions({"action_id": "z" * 24}, {"action_id": "y" * 24, "decision": "reject"})
    assert one(route_actions(proposals({}), policy(), votes))["status"] == "waiting"


def test_order_of_rows_does_not_matter(shipped, proposals, decisions):
    actions = purchases(proposals, (60, 1.0), (30, 9.0), (5000, 5.0))
    votes = decisions(
        {"action_id": "2" * 24, "role": "buyer"}, {"author": "b", "action_id": "0" * 24}
    )
    assert route_actions(actions, shipped, votes).equals(
        route_actions(actions.reverse(), shipped, votes.reverse())
    )


def test_no_proposals(shipped, proposals, decisions):
    assert route_actions(proposals(), shipped, decisions()).is_empty()


def test_mixed_or_repeated_proposals_are_refused(shipped, proposals, decisions):
    with pytest.raises(ValueError, match="several business dates: 2026-03-01 to 2026-03-02"):
        route_actions(
            proposals({}, {"action_id": "b" * 24, "business_date": date(2026, 3, 1)}),
            shipped,
            decisions(),
        )
    with pytest.raises(ValueError, match="repeat action aaa"):
        route_actions(proposals({}, {}), shipped, decisions())
