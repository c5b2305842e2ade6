"""An action leaves in parts over a day: each once, by its own key, and judged with the others."""

import json
from datetime import date, datetime

import polars as pl
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance import DecisionRefusedError, Desk, make_decision, open_store
from governance.context import ActionContext
from governance.exchange import (
    list_departed_collections,
    list_departed_lines,
    list_departed_moves,
    select_earlier_lines,
    select_lines_before,
    select_new_lines,
)
from governance.identity import action_id, identify_actions
from governance.kinds import KINDS
from governance.policy import ActionPolicy, Budget
from governance.routing import PART_OVERRIDDEN, route_actions
from quality_checks.contracts import CancelLines, CaseActions, ExportLines, find_contract

DAY = date(2026, 3, 2)
NO_CASES = find_contract(CaseActions).empty()
NO_CANCELS = find_contract(CancelLines).empty()
TRANSFER = ["SKU1", "S1", "S2", None]
FIRST = action_id(DAY, "transfer", TRANSFER)
SECOND = action_id(DAY, "transfer", TRANSFER, 1)
ORDER = action_id(DAY, "purchase_order", ["SKU1", None, "S2", "ACME"])


def identify(kind, departed, day=DAY, **own):
    """Id, parts before and units left before of an action between S1 and S2."""
    schema = {"action_id": pl.String, "open_units": pl.Int64}
    frame = pl.DataFrame(departed, schema=schema, orient="row")
    context = ActionContext(
        business_date=day,
        plan_version=2,
        currency="EUR",
        items=pl.DataFrame(),
        lanes=pl.DataFrame(),
        cautions=pl.DataFrame(),
        stock_ages=pl.DataFrame(),
        record_doubts=pl.DataFrame(),
        stock_late_after_days=0,
        late_inputs={},
        assumed_inputs=[],
        overtaken={},
        departed=frame,
        model_version="m",
        policy_version="p",
        input_version="i",
    )
    row = {"sku": "SKU1", "origin": "S1", "destination": "S2", "supplier": None, **own}
    schema = {"supplier": pl.String}
    found = identify_actions(pl.DataFrame([row], schema_overrides=schema), KINDS[kind], context)
    return found.select("action_id", "parts_before", "left_before").row(0)


def test_what_has_left_makes_the_rest_an_action_of_its_own():
    assert identify("transfer", []) == (FIRST, "", 0)
    assert identify("transfer", [("x" * 24, 5)]) == (FIRST, "", 0)
    assert identify("transfer", [(FIRST, 5)]) == (SECOND, FIRST, 5)
    third = action_id(DAY, "transfer", TRANSFER, 2)
    assert identify("transfer", [(FIRST, 5), (SECOND, 3)]) == (third, f"{FIRST};{SECOND}", 8)
    assert len({FIRST, SECOND, third}) == 3


def test_what_an_answer_settles_leaves_once_a_date():
    # Its units are not netted by difference: a further part would be the same thing again.
    line = {"order_id": "O1", "order_line": 1}
    sourced = action_id(DAY, "sourcing", ["O1", "1", "SKU1", "S1"])
    assert identify("sourcing", [(sourced, 5)], **line) == (sourced, "", 0)
    cut = {"po": "P", "po_line": 2, "form": "cut"}
    changed = action_id(DAY, "purchase_change", ["P", "2", "cut"])
    assert identify("purchase_change", [(changed, 5)], **cut) == (changed, "", 0)
    counted = action_id(DAY, "stock_count", ["SKU1", "S2"])
    assert identify("stock_count", [(counted, 5)]) == (counted, "", 0)


@pytest.fixture
def departed(export_lines, acknowledgements):
    def ask(*rows, said=(), version=2):
        lines = list_departed_lines(
            select_lines_before(export_lines(*rows), DAY, version),
            acknowledgements(*said),
            NO_CANCELS,
            business_date=DAY,
        )
        return lines.select("action_id", "open_units").rows()

    return ask


def test_only_earlier_versions_of_the_same_date_count(departed):
    assert departed({"action_id": FIRST}) == [(FIRST, 10)]
    assert departed({"action_id": FIRST}, version=1) == []
    assert departed({"action_id": FIRST, "business_date": date(2026, 3, 1)}) == []


def test_what_the_erp_refuses_is_not_asked_again_on_the_date(departed):
    refused = {"action_id": FIRST, "status": "rejected"}
    left = departed({"action_id": FIRST}, said=[refused])
    assert left == []
    # So the action keeps the id under which it has left, and does not leave again.
    assert identify("transfer", left) == (FIRST, "", 0)
    changed = {"action_id": FIRST, "status": "changed", "quantity": 4}
    assert departed({"action_id": FIRST}, said=[changed]) == [(FIRST, 4)]


def test_moves_are_what_leaves_one_node_for_another(export_lines, acknowledgements):
    rows = [{"action_id": FIRST, "quantity": 6}, {"action_id": ORDER, "kind": "purchase_order"}]
    lines = list_departed_lines(
        export_lines(*rows), acknowledgements(), NO_CANCELS, business_date=DAY
    )
    assert list_departed_moves(lines).rows() == [("S1", "S2", "SKU1", 6)]
    assert list_departed_collections(lines).is_empty()


@pytest.mark.parametrize(
    ("kind", "collect_at", "sent"),
    [
        ("sourcing", "S7", [("S1", "S7", "SKU1", 6)]),
        ("substitution", "S7", [("S1", "S7", "SKU1", 6)]),
        # Off the shelf of the store itself, or to the customer's door.
        ("sourcing", "S1", []),
        ("sourcing", None, []),
    ],
)
def test_what_is_collected_elsewhere_has_gone_there_by_a_lane(
    export_lines, acknowledgements, kind, collect_at, sent
):
    own = {
        "order_id": "O1", "order_line": 1, "ordered_sku": "SKU9", "form": "send", "carrier": "lane",
        "ship_on": "2026-03-03", "collect_at": collect_at, "unit_price": 9.0,
    }  # fmt: skip
    details = json.dumps({name: own[name] for name in KINDS[kind].own_schema})
    row = {"kind": kind, "origin": "S1", "quantity": 6, "details": details}
    lines = list_departed_lines(
        export_lines(row), acknowledgements(), NO_CANCELS, business_date=DAY
    )
    assert list_departed_collections(lines).rows() == sent
    # It has used no dock and no budget of what moves between nodes.
    assert list_departed_moves(lines).is_empty()


SMALL_OR_ASKED = """
automation: true
budget: {auto_purchases: 1000}
rules:
  - {name: many, when: {quantity_above: 30}, route: blocked}
  - {name: dear, when: {value_above: 100}, route: review, roles: [planner]}
  - {name: small, when: {value_below: 100.01}, route: auto, roles: [planner]}
default: {route: review, roles: [planner]}
"""


@pytest.fixture
def policy():
    return ActionPolicy.model_validate(yaml.safe_load(SMALL_OR_ASKED))


def rest(quantity, left, **changes):
    """A second part: each unit is worth 5."""
    parts = {"action_id": SECOND, "parts_before": FIRST, "left_before": left, "plan_version": 2}
    return {**parts, "quantity": quantity, **changes}


def routed(policy, proposals, decisions, *rows, said=(), sent=None):
    frame = route_actions(proposals(*rows), policy, decisions(*said), sent=sent)
    return frame.select("rule", "status", "approved_quantity").row(0)


def test_a_split_does_not_slip_under_a_threshold(policy, proposals, decisions):
    assert routed(policy, proposals, decisions, rest(4, 16)) == ("small", "approved", 4)
    assert routed(policy, proposals, decisions, rest(5, 16)) == ("dear", "waiting", None)
    assert routed(policy, proposals, decisions, rest(5, 26)) == ("many", "blocked", None)


def test_an_approval_of_a_part_is_none_of_the_rest(policy, proposals, decisions):
    first = {"action_id": FIRST, "decision": "approve", "role": "planner", "quantity": 30}
    assert routed(policy, proposals, decisions, rest(5, 16), said=[first])[1] == "waiting"
    both = [first, {**first, "action_id": SECOND, "quantity": 5}]
    assert routed(policy, proposals, decisions, rest(5, 16), said=both)[1:] == ("approved", 5)


def test_the_rest_of_what_people_changed_waits_for_them(policy, proposals, decisions):
    fewer = {
        "action_id": FIRST,
        "decision": "override",
        "role": "planner",
        "quantity": 2,
        "expires_on": date(2026, 3, 9),
    }
    found = routed(policy, proposals, decisions, rest(4, 2), said=[fewer])
    assert found == (f"small{PART_OVERRIDDEN}", "waiting", None)
    # One who took his change back has not changed it.
    back = {**fewer, "decision": "approve", "quantity": None, "expires_on": None}
    assert routed(policy, proposals, decisions, rest(4, 2), said=[fewer, back])[1] == "approved"


def test_the_budget_counts_each_part_once(policy, proposals, decisions, export_lines):
    gone = export_lines({"action_id": ORDER, "kind": "purchase_order", "quantity": 10})
    sent = select_earlier_lines(gone, DAY, 2)
    order = rest(10, 10, kind="purchase_order", parts_before=ORDER)
    exact, less = (
        policy.model_copy(update={"budget": Budget(auto_purchases=most)}) for most in (100, 99.99)
    )
    found = routed(exact, proposals, decisions, order, sent=sent)
    assert found == ("small", "approved", 10)
    found = routed(less, proposals, decisions, order, sent=sent)
    assert found == ("small:over_budget", "waiting", None)


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(needs=st.lists(st.tuples(st.integers(0, 18), st.integers(1, 2)), min_size=1, max_size=6))
def test_parts_of_a_day_add_up_to_the_largest_need(
    policy, proposals, decisions, acknowledgements, needs
):
    exported = find_contract(ExportLines).empty()
    for version, (need, runs) in enumerate(needs, start=1):
        # A run that is tried again finds what its own version has handed out.
        for _ in range(runs):
            lines = list_departed_lines(
                select_lines_before(exported, DAY, version),
                acknowledgements(),
                NO_CANCELS,
                business_date=DAY,
            )
            left = lines["open_units"].sum()
            if need > left:
                departed = lines.select("action_id", "open_units").rows()
                action, before, units = identify("transfer", departed)
                row = rest(need - left, units, action_id=action, parts_before=before)
                actions = proposals({**row, "plan_version": version})
                routes = route_actions(actions, policy, decisions())
                exported = pl.concat([exported, select_new_lines(actions, routes, exported, ())])
    assert exported["quantity"].sum() == max(need for need, _ in needs)
    assert exported["idempotency_key"].is_unique().all()
    assert exported["plan_version"].is_unique().all()


def test_the_desk_asks_for_the_rest_and_tells_of_what_has_left(
    policy, proposals, export_lines, tmp_path
):
    store = open_store(f"sqlite:///{tmp_path / 'decisions.sqlite'}")
    gone = export_lines({"action_id": FIRST, "quantity": 16})
    desk = Desk(DAY, proposals(rest(5, 16)), gone, policy, store, NO_CASES)
    assert desk.select_ready().is_empty()
    said = f"action {FIRST[:8]} has left with batch 2026-03-02/1; what is still needed is {SECOND}"
    with pytest.raises(LookupError, match=said):
        desk.find_action(FIRST[:6])
    facts = {
        "decision_id": "1",
        "action_id": SECOND,
        "decision": "approve",
        "author": "ann",
        "role": "planner",
        "reason": "seen",
        "quantity": 5,
        "decided_at": datetime(2026, 3, 2, 12),  # noqa: DTZ001  # local by contract
    }
    desk.decide(make_decision(facts), at=facts["decided_at"])
    ready = desk.select_ready()
    assert ready.select("action_id", "batch", "quantity").rows() == [(SECOND, 2, 5)]
    after = Desk(DAY, desk.proposals, pl.concat([gone, ready]), policy, store, NO_CASES)
    assert after.select_ready().is_empty()
    with pytest.raises(DecisionRefusedError, match=r"It has left with batch 2026-03-02/2"):
        after.decide(make_decision({**facts, "decision_id": "2"}), at=facts["decided_at"])
    store.close()
