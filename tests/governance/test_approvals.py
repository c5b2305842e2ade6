"""Who must approve: all of the roles, any of them, or all in order; and how many people."""

from datetime import date, datetime, timedelta
from itertools import permutations

import pytest

from governance import DecisionRefusedError, Desk, describe_route, open_store
from governance.policy import ActionPolicy
from governance.routing import route_actions
from quality_checks.contracts import CaseActions, find_contract

ORDER = "a" * 24
EIGHT = datetime.fromisoformat("2026-03-02T08:00")
LEAVES = date(2026, 3, 3)
THREE = ("buyer", "procurement", "finance")


def asked(*roles, **outcome):
    """A policy by which an order waits for the roles."""
    return ActionPolicy.model_validate(
        {
            "automation": True,
            "budget": {"auto_purchases": 1e6},
            "rules": [
                {
                    "name": "order",
                    "when": {"kind": "purchase_order"},
                    "route": "review",
                    "roles": list(roles),
                    **outcome,
                }
            ],
            "default": {"route": "review", "roles": ["planner"]},
        }
    )


@pytest.fixture
def order(proposals):
    return proposals({"action_id": ORDER, "kind": "purchase_order", "quantity": 10})


@pytest.fixture
def open_desk(order, export_lines, tmp_path):
    """Opens a desk with the order, by a policy."""
    stores = []

    def opened(policy):
        stores.append(open_store(f"sqlite:///{tmp_path / 'decisions.sqlite'}"))
        unlinked = find_contract(CaseActions).empty()
        return Desk(date(2026, 3, 2), order, export_lines(), policy, stores[-1], unlinked)

    yield opened
    for store in stores:
        store.close()


def decide(desk, author, role, **stated):
    """A decision of somebody, a minute after the one before: status and roles that it waits for."""
    number = len(desk.store.decisions(EIGHT + timedelta(days=1)))
    at = EIGHT + timedelta(minutes=number)
    facts = {
        "decision_id": str(number),
        "action_id": ORDER,
        "decision": "approve",
        "author": author,
        "role": role,
        "reason": "agreed",
        "decided_at": at,
        **stated,
    }
    route = desk.decide(desk.state(ORDER, facts), at=at)
    return route["status"], route["missing_roles"]


def refused(desk, author, role):
    with pytest.raises(DecisionRefusedError) as error:
        decide(desk, author, role)
    return str(error.value)


def override(units):
    return {"decision": "override", "quantity": units, "expires_on": LEAVES}


def test_any_of_the_roles_is_enough(open_desk):
    desk = open_desk(asked("buyer", "procurement", needs="any"))
    assert desk.find_route(ORDER)["missing_roles"] == "buyer;procurement"
    words = refused(desk, "fay", "finance")
    assert words.endswith("would not count: it waits for buyer or procurement.")
    assert decide(desk, "pat", "procurement") == ("approved", "")


def test_in_order_each_comes_after_those_before_it(open_desk):
    desk = open_desk(asked(*THREE, needs="in_order"))
    words = "An approval as finance would not count yet: it waits for buyer."
    assert refused(desk, "fay", "finance") == words
    assert decide(desk, "ann", "buyer") == ("waiting", "procurement")
    words = "It is approved as buyer already: it waits for procurement."
    assert refused(desk, "ben", "buyer") == words
    assert decide(desk, "pat", "procurement") == ("waiting", "finance")
    assert decide(desk, "fay", "finance") == ("approved", "")


def test_an_override_asks_the_others_anew(open_desk):
    desk = open_desk(asked("buyer", "finance", needs="in_order"))
    decide(desk, "ann", "buyer")
    # She has set the quantity: the others are asked for it, and she is not once more.
    assert decide(desk, "fay", "finance", **override(8)) == ("waiting", "buyer")
    assert decide(desk, "ann", "buyer") == ("approved", "")


def test_in_order_and_of_more_people_than_roles_any_role_gives_the_rest(open_desk):
    desk = open_desk(asked("buyer", "finance", needs="in_order", least_people=3))
    decide(desk, "ann", "buyer")
    assert decide(desk, "fay", "finance") == ("waiting", "buyer;finance")
    words = refused(desk, "fay", "finance")
    assert words.endswith("it waits for buyer or finance, and another person must.")
    assert decide(desk, "gil", "finance") == ("approved", "")


def test_what_goes_by_itself_waits_once_one_person_has_changed_it(open_desk):
    desk = open_desk(asked("buyer", route="auto", least_people=2))
    assert decide(desk, "ann", "buyer", **override(8)) == ("waiting", "buyer")
    assert desk.find_route(ORDER)["rule"] == "order:overridden"
    assert decide(desk, "ben", "buyer") == ("approved", "")


def test_words_say_whether_one_is_enough(open_desk):
    either = open_desk(asked("buyer", "finance", needs="any")).find_route(ORDER)
    assert describe_route(either) == "waiting, needs buyer or finance"
    both = open_desk(asked("buyer", "finance")).find_route(ORDER)
    assert describe_route(both) == "waiting, needs buyer and finance"


@pytest.mark.parametrize("turns", list(permutations(range(3))))
def test_of_decisions_in_files_those_out_of_order_do_not_count(order, decisions, turns):
    said = [
        {
            "action_id": ORDER,
            "author": role,
            "role": role,
            "decided_at": EIGHT + timedelta(minutes=turn),
        }
        for role, turn in zip(THREE, turns, strict=True)
    ]
    policy = asked(*THREE, needs="in_order")
    found = route_actions(order, policy, decisions(*said)).row(0, named=True)
    # The first role that approved before one that comes before it, taken one after the other.
    in_turn = 1
    while in_turn < 3 and turns[in_turn] > turns[in_turn - 1]:
        in_turn += 1
    waits_for = "" if in_turn == 3 else THREE[in_turn]
    assert found["missing_roles"] == waits_for
    assert (found["status"] == "approved") == (waits_for == "")


def test_nobody_lets_go_alone_what_needs_two_people(open_desk):
    desk = open_desk(asked("buyer", least_people=2))
    assert decide(desk, "ann", "buyer") == ("waiting", "buyer")
    words = refused(desk, "Ann ", "buyer")
    assert words == ("Ann  has spoken for it already: it waits for buyer, and another person must.")
    assert decide(desk, "ben", "buyer") == ("approved", "")


def test_who_changes_an_action_does_not_approve_the_change(open_desk):
    desk = open_desk(asked("buyer", least_people=2))
    assert decide(desk, "ann", "buyer", **override(8)) == ("waiting", "buyer")
    assert "another person must" in refused(desk, "ann", "buyer")
    assert decide(desk, "ben", "buyer") == ("approved", "")
    alone = open_desk(asked("buyer"))
    assert decide(alone, "ann", "buyer", **override(7)) == ("approved", "")


def test_two_people_fill_two_roles_and_no_third_is_asked(open_desk):
    desk = open_desk(asked("buyer", "finance", least_people=2))
    assert decide(desk, "ann", "buyer") == ("waiting", "finance")
    assert decide(desk, "fay", "finance") == ("approved", "")
