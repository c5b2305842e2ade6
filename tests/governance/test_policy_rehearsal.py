"""A changed policy on past actions: what would go elsewhere, for how much, and whose work it is."""

from datetime import date

import pytest
from frames_of_cases import LANES, LOCATIONS, exceptions, playbooks, scope

from governance import RoutedDate, rehearse_policy
from governance.cases import link_actions
from governance.routing import route_actions
from quality_checks.contracts import CONTRACTS

NO_CASES = CONTRACTS["case_actions"].empty()


def routed_date(actions, policy, said):
    return RoutedDate(actions, route_actions(actions, policy, said), NO_CASES)


@pytest.fixture
def dates(shipped, proposals, decisions):
    """A small and a dear order on two dates, of which the dear one was approved."""
    found = []
    for number, day in enumerate((date(2026, 3, 1), date(2026, 3, 2))):
        facts = {"business_date": day, "kind": "purchase_order", "unit_value": 100.0}
        actions = proposals(
            {**facts, "action_id": f"{number}s".ljust(24, "0"), "quantity": 10},
            {**facts, "action_id": f"{number}d".ljust(24, "0"), "quantity": 50},
        )
        said = decisions({"action_id": actions["action_id"][1], "role": "buyer"})
        found.append(routed_date(actions, shipped, said))
    return found


def test_the_same_policy_changes_nothing(dates, shipped, decisions):
    found = rehearse_policy(dates, shipped, decisions())
    assert found.routes.rows() == [
        ("purchase_order", "auto", "auto", 2, 2_000.0),
        ("purchase_order", "review", "review", 2, 10_000.0),
    ]
    assert found.workload.rows() == [("buyer", 2, 2)]


def test_a_stricter_policy_says_what_it_sends_to_whom(dates, shipped, decisions):
    limits = {"purchase_large": 4_000.0, "purchase_medium": 900.0}
    rules = tuple(
        rule.model_copy(
            update={"when": rule.when.model_copy(update={"value_above": limits[rule.name]})}
        )
        if rule.name in limits
        else rule
        for rule in shipped.rules
    )
    stricter = shipped.model_copy(update={"rules": rules})
    found = rehearse_policy(dates, stricter, decisions())
    assert found.routes.rows() == [
        ("purchase_order", "auto", "review", 2, 2_000.0),
        ("purchase_order", "review", "review", 2, 10_000.0),
    ]
    assert found.workload.rows() == [("buyer", 2, 4), ("finance", 0, 2)]


def test_without_dates_there_is_nothing_to_tell(shipped, decisions):
    found = rehearse_policy([], shipped, decisions())
    assert found.routes.is_empty()
    assert found.workload.is_empty()


def test_what_had_left_is_no_longer_held_by_what_gains_more(proposals, decisions, shipped):
    """As it was routed then: its option was taken, and none is better."""
    gone, better = "g" * 24, "b" * 24
    actions = proposals(
        {"action_id": gone, "benefit": 10.0, "quantity": 2},
        {"action_id": better, "kind": "expedite", "benefit": 90.0, "destination": "DC1"},
    )
    linked = link_actions(
        exceptions({}),
        scope(("X1", "SKU1", "S2", "short"), ("X1", "SKU1", "DC1", "short")),
        actions,
        LANES,
        LOCATIONS,
        playbooks({}),
    )
    routed = route_actions(actions, shipped, decisions(), case_actions=linked, left=[gone])
    assert routed.filter(action_id=gone)["route"].to_list() == ["auto"]
    for left, would_be in (([gone], "auto"), ([], "review")):
        past = RoutedDate(actions, routed, linked, left)
        found = rehearse_policy([past], shipped, decisions()).routes.filter(kind="transfer")
        assert found.select("was", "would_be").rows() == [("auto", would_be)]
