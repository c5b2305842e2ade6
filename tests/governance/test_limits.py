"""Limits of what goes by itself: by day and by run, for all and for each supplier."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from frames_of_cases import case_actions

from governance.policy import ActionPolicy
from governance.routing import route_actions
from quality_checks.contracts import PlanLines, find_contract


def limited(**limit):
    return ActionPolicy.model_validate(
        {
            "automation": True,
            "budget": {"auto_purchases": 1e9},
            "limits": [{"name": "little", **limit}],
            "rules": [{"name": "all", "when": {}, "route": "auto", "roles": ["planner"]}],
            "default": {"route": "review", "roles": ["planner"]},
        }
    )


def orders(proposals, *rows):
    """Orders of (supplier, units, benefit), each unit worth 1."""
    return proposals(
        *(
            {
                "action_id": f"{number:024}",
                "kind": "purchase_order",
                "supplier": supplier,
                "quantity": units,
                "unit_value": 1.0,
                "benefit": float(benefit),
            }
            for number, (supplier, units, benefit) in enumerate(rows)
        )
    )


def stopped(routed):
    held = routed.filter(route="review")
    assert set(held["rule"]) <= {"all:over_limit_little"}
    return [int(action) for action in held["action_id"].sort()]


def test_each_supplier_has_the_limit_for_itself(proposals, decisions):
    actions = orders(proposals, ("A", 60, 1), ("A", 50, 2), ("B", 60, 1), ("A", 40, 0))
    policy = limited(measure="value", each="supplier", most=100)
    assert stopped(route_actions(actions, policy, decisions())) == [0]
    together = limited(measure="value", most=100)
    assert stopped(route_actions(actions, together, decisions())) == [0, 2]


def test_what_left_today_uses_up_a_limit_of_the_day_and_none_of_the_run(
    proposals, decisions, export_lines
):
    actions = orders(proposals, ("ACME", 60, 1), ("B", 60, 1))
    sent = export_lines({"kind": "purchase_order", "quantity": 50, "unit_value": 1.0})
    for per, held in (("day", [0]), ("run", [])):
        policy = limited(measure="quantity", each="supplier", per=per, most=100)
        assert stopped(route_actions(actions, policy, decisions(), sent=sent)) == held


def test_each_region_and_category_has_the_limit_for_itself(proposals, decisions, export_lines):
    rows = [
        {"action_id": f"{number:024}", "region": region, "category": category, "benefit": gain}
        for number, (region, category, gain) in enumerate(
            [("north", "shirts", 3), ("north", "shoes", 2), ("south", "shoes", 1)]
        )
    ]
    actions = proposals(*rows)
    for each, held in (("region", [1]), ("category", [2])):
        policy = limited(measure="actions", each=each, most=1)
        assert stopped(route_actions(actions, policy, decisions())) == held
    # A line that left with version 1 was of the north: it is told by the plan of then.
    gone = "9" * 24
    sent = export_lines({"action_id": gone, "plan_version": 1})
    line = {"action_id": gone, "plan_version": 1, "region": "north", "category": "shirts"}
    schema = find_contract(PlanLines).schema
    lines = pl.DataFrame([{**dict.fromkeys(schema), **line}], schema=schema)
    one = limited(measure="actions", each="region", most=1)
    routed = route_actions(actions, one, decisions(), sent=sent, lines=lines)
    assert stopped(routed) == [0, 1]


def test_actions_are_counted_and_other_kinds_and_those_without_a_supplier_are_not(
    proposals, decisions
):
    rows = [{"action_id": f"{number:024}", "benefit": number} for number in range(4)]
    transfers = proposals(*rows)
    count = limited(measure="actions", most=3)
    assert stopped(route_actions(transfers, count, decisions())) == [0]
    for change in ({"kind": "allocation"}, {"each": "supplier"}):
        policy = limited(**{"measure": "actions", "most": 0, **change})
        assert stopped(route_actions(transfers, policy, decisions())) == []


@pytest.mark.parametrize("seed", range(5))
def test_no_group_exceeds_its_limit_and_nothing_that_fits_is_held(proposals, decisions, seed):
    draw = np.random.default_rng(seed)
    rows = [
        ("ABC"[draw.integers(3)], int(draw.integers(1, 61)), int(draw.integers(10)))
        for _ in range(20)
    ]
    actions = orders(proposals, *rows)
    held = set(
        stopped(
            route_actions(actions, limited(measure="value", each="supplier", most=100), decisions())
        )
    )
    gone = dict.fromkeys("ABC", 0)
    for number, (supplier, units, _) in enumerate(rows):
        gone[supplier] += 0 if number in held else units
    assert max(gone.values()) <= 100
    for number in held:
        # Those that gain more were there first, and what is left has no room for it.
        supplier, units, benefit = rows[number]
        before = sum(
            other[1]
            for place, other in enumerate(rows)
            if place not in held
            and other[0] == supplier
            and (-other[2], place) < (-benefit, number)
        )
        assert before + units > 100


def test_what_people_rejected_uses_up_nothing(proposals, decisions):
    actions = orders(proposals, ("A", 60, 9), ("A", 60, 1))
    policy = limited(measure="value", each="supplier", most=60)
    no = {"action_id": f"{0:024}", "decision": "reject", "role": "buyer"}
    assert stopped(route_actions(actions, policy, decisions())) == [1]
    assert stopped(route_actions(actions, policy, decisions(no))) == []


def test_a_stopped_action_leaves_the_budget_to_others(proposals, decisions):
    actions = orders(proposals, ("A", 60, 9), ("A", 60, 8), ("B", 40, 1))
    policy = limited(measure="value", each="supplier", most=60).model_copy(
        update={
            "budget": limited(measure="value", most=1).budget.model_copy(
                update={"auto_purchases": 100.0}
            )
        }
    )
    assert stopped(route_actions(actions, policy, decisions())) == [1]


BEST, CHOSEN, NEXT = (f"{number:024}" for number in range(3))


def test_what_is_withdrawn_uses_up_nothing(proposals, decisions):
    linked = case_actions(
        {"action_id": BEST, "option": "transfer"},
        {"action_id": CHOSEN, "option": "transfer from afar", "option_rank": 2},
    )
    actions = proposals(
        {"action_id": BEST, "benefit": 9.0},
        {"action_id": CHOSEN, "benefit": 8.0},
        {"action_id": NEXT, "benefit": 7.0},
    )
    one = limited(measure="actions", most=1)
    stands = dict(
        route_actions(actions, one, decisions(*CHANGED_LATER), case_actions=linked)
        .select("action_id", "status")
        .iter_rows()
    )
    assert stands == {BEST: "withdrawn", CHOSEN: "approved", NEXT: "approved"}


CHANGED_LATER = [
    {"action_id": CHOSEN},
    {
        "action_id": BEST,
        "decision": "override",
        "quantity": 60,
        "expires_on": date(2026, 3, 9),
        "author": "ben",
    },
]
"""Another option is approved before somebody changes what would go by itself."""


def test_no_more_goes_than_a_limit_allows_where_room_changes_what_is_withdrawn(
    proposals, decisions
):
    # There would be room for what stands against the chosen one, which brings the best one back.
    linked = case_actions(
        {"action_id": BEST, "case_id": "C1", "option": "a"},
        {"action_id": CHOSEN, "case_id": "C1", "option": "b", "option_rank": 2},
        {"action_id": CHOSEN, "case_id": "C2", "option": "b", "option_rank": 2},
        {"action_id": NEXT, "case_id": "C2", "option": "c"},
    )
    actions = proposals(
        {"action_id": BEST, "benefit": 9.0, "quantity": 60},
        {"action_id": CHOSEN, "benefit": 4.0, "quantity": 10},
        {"action_id": NEXT, "benefit": 5.0, "quantity": 100},
    )
    policy = limited(measure="quantity", most=100)
    routed = route_actions(actions, policy, decisions(*CHANGED_LATER), case_actions=linked)
    assert routed.filter(route="auto", status="approved")["approved_quantity"].sum() <= 100
