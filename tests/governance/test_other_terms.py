"""Another supplier of an order, another price of a markdown: what leaves, and what cannot be."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from governance import (
    EVER,
    DecisionRefusedError,
    Desk,
    Terms,
    describe_route,
    find_in_force,
    find_overrides,
    list_waiting,
    open_store,
    record_landed_decisions,
    tabulate_waiting,
)
from governance.exchange.supplier_actions import list_supplier_actions
from quality_checks.contracts import (
    AllowedPrices,
    CaseActions,
    SupplierOffers,
    find_breach,
    find_contract,
    find_frame,
)

DAY, LEAVES = date(2026, 3, 2), date(2026, 3, 3)
NOON = datetime.fromisoformat("2026-03-03T12:00")
BOUGHT, BESIDE, SMALL_SIZE, LARGE_SIZE = "b" * 24, "c" * 24, "d" * 24, "e" * 24
SIZES = {"document": "2026-03-02/*/d/s", "old_price": 20.0, "new_price": 14.0, "least_value": 480.0}

BETA = {
    "sku": "SKU1",
    "destination": "S2",
    "supplier": "BETA",
    "unit_price": 6.0,
    "currency": "EUR",
    "order_multiple": 50,
    "minimum_order_quantity": 200,
    "minimum_order_value": 3000.0,
    "soonest_on": date(2026, 3, 12),
    "takes_orders": True,
}
OFFERS = [
    BETA,
    {**BETA, "supplier": "ACME", "unit_price": 5.0, "order_multiple": 1,
     "minimum_order_quantity": 1, "minimum_order_value": None, "soonest_on": date(2026, 3, 5)},
    {**BETA, "supplier": "ODD/50%", "unit_price": 4.0, "minimum_order_value": None,
     "soonest_on": date(2026, 3, 4)},
    {**BETA, "supplier": "DOLLAR", "currency": "USD"},
    {**BETA, "supplier": "LATER", "takes_orders": False},
    {**BETA, "supplier": "ELSEWHERE", "sku": "SKU2"},
]  # fmt: skip
BREAKS = [
    {"sku": "SKU1", "supplier": "BETA", "from_quantity": 600, "unit_price": 5.5},
    {"sku": "SKU1", "supplier": "BETA", "from_quantity": 1000, "unit_price": 5.2},
]
NO_BREAKS = pl.DataFrame(BREAKS).clear()
PRICES = [
    {"sku": "SKU1", "zone": "*", "price": price, "floor_price": 9.5} for price in (16.0, 14.0, 10.0)
]


def read_terms():
    return Terms(
        pl.DataFrame(OFFERS, schema=find_frame(SupplierOffers).schema),
        pl.DataFrame(BREAKS),
        pl.DataFrame(PRICES, schema=find_frame(AllowedPrices).schema),
    )


@pytest.fixture
def desk(proposals, export_lines, shipped, tmp_path):
    """An order of 600 at 5.00, one of another item beside it, and two sizes to mark down."""
    marked = {
        "kind": "markdown",
        "destination": "*",
        "origin": None,
        "unit_value": 6.0,
        "details": json.dumps(SIZES),
    }
    actions = proposals(
        {"action_id": BOUGHT, "kind": "purchase_order", "quantity": 600, "packs": 100},
        {"action_id": BESIDE, "kind": "purchase_order", "quantity": 400, "sku": "SKU3"},
        {"action_id": SMALL_SIZE, "quantity": 30, **marked},
        {"action_id": LARGE_SIZE, "quantity": 50, **marked},
    )
    store = open_store(f"sqlite:///{tmp_path / 'decisions.sqlite'}")
    unlinked = find_contract(CaseActions).empty()
    yield Desk(DAY, actions, export_lines(), shipped, store, unlinked, find_terms=read_terms)
    store.close()


def decide(desk, action, decision="override", at=NOON, **stated):
    facts = {
        "decision": decision,
        "author": "ann",
        "role": "buyer",
        "reason": "agreed",
        "decided_at": at,
        **stated,
    }
    if decision == "override":
        facts = {"expires_on": LEAVES, "reason_code": "event_ahead", **facts}
    return desk.decide(desk.state(action, facts), at)


def one(frame, **of):
    return frame.filter(**of).row(0, named=True)


def test_an_order_leaves_by_the_terms_of_the_supplier_that_is_asked_instead(desk):
    # 600 earn the break at 5.50, which is 3,300: over the 3,000 that BETA asks for.
    route = decide(desk, BOUGHT, supplier="BETA")
    assert describe_route(route) == (
        "approved by ann; 600 units from BETA at 5.5000 each for 2026-03-12 by override"
    )
    line = one(desk.select_ready(), action_id=BOUGHT)
    assert [line[name] for name in ("supplier", "due_on", "quantity", "unit_value", "value")] == [
        "BETA",
        date(2026, 3, 12),
        600,
        5.5,
        3300.0,
    ]
    assert json.loads(line["details"]) == {
        "document": "2026-03-03/BETA/S2",
        "minimum_order_value": 3000.0,
    }
    asked = one(list_supplier_actions(desk.proposals, desk.route()), action_id=BOUGHT)
    assert (asked["supplier"], asked["units"], asked["unit_price"]) == ("BETA", 600, 5.5)


def test_fewer_units_cost_the_list_price_and_wait_for_the_least_value(desk):
    decide(desk, BOUGHT, supplier="BETA", quantity=450)
    # 450 at 6.00 are 2,700 of 3,000.
    held = one(desk.list_held(), document="2026-03-03/BETA/S2")
    assert (held["value"], held["missing"]) == (2700.0, 300.0)
    assert BOUGHT not in desk.select_ready()["action_id"].to_list()


def test_the_order_that_a_line_leaves_lacks_its_value_too(desk):
    own = {"document": "2026-03-03/ACME/S2", "minimum_order_value": 4500.0}
    told = desk.proposals.with_columns(
        details=pl.when(kind="purchase_order").then(pl.lit(json.dumps(own))).otherwise("details")
    )
    both = replace(desk, proposals=told)
    decide(both, BOUGHT, supplier="BETA")
    # 600 x 5 + 400 x 5 would reach 4,500; 400 x 5 alone do not.
    held = one(both.list_held(), document="2026-03-03/ACME/S2")
    assert (held["lines"], held["value"], held["missing"]) == (1, 2000.0, 2500.0)
    assert both.select_ready()["action_id"].to_list() == [BOUGHT]


def test_a_dearer_supplier_is_judged_by_what_he_costs(desk):
    # Orders up to 2,500 go by themselves, those over 20,000 need finance, too.
    dear = pl.DataFrame([{**BETA, "unit_price": 40.0}], schema=find_frame(SupplierOffers).schema)
    costly = replace(desk, find_terms=lambda: Terms(dear, NO_BREAKS, read_terms().prices))
    route = decide(costly, BOUGHT, supplier="BETA")
    assert (route["rule"], route["missing_roles"]) == ("purchase_large", "finance")


def test_a_key_with_a_slash_names_no_document_of_another(desk):
    # It delivers a day before the supplier proposed does.
    decide(desk, BOUGHT, supplier="ODD/50%", due_on=date(2026, 3, 4))
    line = one(desk.select_ready(), action_id=BOUGHT)
    assert line["due_on"] == date(2026, 3, 4)
    details = json.loads(line["details"])
    assert details == {"document": "2026-03-03/ODD%2F50%25/S2", "minimum_order_value": None}


def test_a_later_override_keeps_the_supplier_and_one_back_takes_the_first_day(desk):
    decide(desk, BOUGHT, supplier="BETA")
    route = decide(desk, BOUGHT, quantity=1000, at=NOON + timedelta(minutes=1))
    assert (route["overridden_supplier"], route["overridden_unit_value"]) == ("BETA", 5.2)
    back = decide(desk, BOUGHT, supplier="ACME", at=NOON + timedelta(minutes=2))
    stands = find_in_force(desk.find_action(BOUGHT), back)
    assert (stands["supplier"], stands["due_on"]) == ("ACME", date(2026, 3, 5))


BAD = [
    (BOUGHT, {"supplier": "NOBODY"}, "NOBODY sells SKU1 to S2 on no terms that hold on 2026-03-03"),
    (BOUGHT, {"supplier": "ELSEWHERE"}, "who does: ACME, BETA, DOLLAR, LATER, ODD/50%."),
    (BOUGHT, {"supplier": "DOLLAR"}, "DOLLAR asks for USD, and the plan is in EUR."),
    (BOUGHT, {"supplier": "LATER"}, "LATER takes no orders on 2026-03-03."),
    (BOUGHT, {"supplier": "BETA", "quantity": 610}, "610 units are no whole packs of 50 of BETA."),
    (BOUGHT, {"supplier": "BETA", "quantity": 150}, "150 units are fewer than BETA sells, 200 at"),
    (BOUGHT, {"supplier": "BETA", "due_on": date(2026, 3, 11)}, "BETA delivers it on 2026-03-12"),
    (BOUGHT, {"price": 10.0}, "Of a purchase_order nobody changes price."),
    (SMALL_SIZE, {"supplier": "BETA"}, "Of a markdown nobody changes supplier."),
    (SMALL_SIZE, {"price": 20.0}, "20.0 is no markdown: the price in force is 20.0."),
    (SMALL_SIZE, {"price": 25.0}, "25.0 is no markdown"),
    (SMALL_SIZE, {"price": 9.0}, "9.0 is below 9.5, the lowest price that policy allows."),
    (SMALL_SIZE, {"price": 13.0}, "13.0 is no price that policy allows; these are: 16.0, 14.0, 10"),
]  # fmt: skip


@pytest.mark.parametrize(("action", "changes", "words"), BAD)
def test_what_cannot_be_is_refused_in_words_at_every_door(desk, decisions, action, changes, words):
    with pytest.raises(DecisionRefusedError, match=words):
        decide(desk, action, **changes)
    assert desk.store.decisions(EVER).is_empty()
    row = {"action_id": action, "decision": "override", "role": "buyer", "decided_at": NOON}
    refused = record_landed_decisions(
        desk.store,
        decisions({**row, "expires_on": LEAVES, "reason_code": "event_ahead", **changes}),
        desk.proposals,
        codes=desk.policy.reason_codes,
        lanes=desk.find_lanes(),
        find_terms=desk.find_terms,
    )
    (said,) = refused["problem"]
    assert pl.Series([said]).str.contains(words).item()
    assert desk.store.decisions(EVER).is_empty()


@pytest.mark.parametrize(
    ("action", "changes", "words"),
    [
        (BOUGHT, {"supplier": " "}, "the supplier must not be blank"),
        (SMALL_SIZE, {"price": float("nan")}, "the price must be an amount above 0"),
        (SMALL_SIZE, {"price": float("inf")}, "the price must be an amount above 0"),
        (SMALL_SIZE, {"price": -4.0}, "the price must be an amount above 0"),
    ],
)
def test_what_is_no_name_and_no_amount_is_refused(desk, action, changes, words):
    with pytest.raises(DecisionRefusedError, match=words):
        decide(desk, action, **changes)
    assert desk.store.decisions(EVER).is_empty()


@pytest.mark.parametrize("price", [float("nan"), float("inf"), 0.0])
def test_a_row_without_an_amount_breaks_its_contract(decisions, price):
    with pytest.raises(find_breach(), match="price"):
        decisions({"action_id": SMALL_SIZE, "decision": "override", "price": price})


def test_packs_are_of_the_supplier_proposed_alone(desk):
    with pytest.raises(DecisionRefusedError, match="of another one say units"):
        decide(desk, BOUGHT, supplier="BETA", packs=4)
    assert decide(desk, BOUGHT, packs=4)["overridden"] == 24


def test_a_file_decides_as_a_command_does(desk, tmp_path):
    decide(desk, BOUGHT, supplier="BETA", quantity=800)
    typed = desk.store.decisions(EVER)
    landed = replace(desk, store=open_store(f"sqlite:///{tmp_path / 'landed.sqlite'}"))
    refused = record_landed_decisions(
        landed.store,
        typed,
        desk.proposals,
        codes=desk.policy.reason_codes,
        lanes=desk.find_lanes(),
        find_terms=desk.find_terms,
    )
    assert refused.is_empty()
    assert landed.store.decisions(EVER).equals(typed)
    assert landed.route().equals(desk.route())
    landed.store.close()


def test_sizes_with_one_price_leave_once_all_of_them_have_the_other_one(desk):
    # At 16.00 the fall is 4.00: 30 x 4 = 120 and 50 x 4 = 200.
    route = decide(desk, SMALL_SIZE, price=16.0, role="merchandiser")
    assert describe_route(route).endswith("30 units at a price of 16.00 by override")
    decide(desk, LARGE_SIZE, "approve", role="merchandiser")
    assert one(desk.list_held(), kind="markdown")["lines"] == 2
    decide(desk, LARGE_SIZE, price=16.0, role="merchandiser", at=NOON + timedelta(minutes=1))
    assert desk.list_held().is_empty()
    lines = desk.select_ready().filter(kind="markdown").sort("quantity")
    assert lines.select("unit_value", "value").rows() == [(4.0, 120.0), (4.0, 200.0)]
    own = [json.loads(details) for details in lines["details"]]
    assert [(each["new_price"], each["old_price"], each["least_value"]) for each in own] == [
        (16.0, 20.0, 320.0)
    ] * 2


def test_an_approval_of_what_was_proposed_starts_anew(desk):
    decide(desk, BOUGHT, "approve", author="ben")
    assert desk.find_route(BOUGHT)["status"] == "approved"
    route = decide(desk, BOUGHT, supplier="BETA", role="planner", at=NOON + timedelta(minutes=1))
    assert (route["status"], route["missing_roles"]) == ("waiting", "buyer")


def test_an_override_that_later_terms_rule_out_waits_for_people(desk):
    decide(desk, BOUGHT, supplier="BETA")
    decide(desk, SMALL_SIZE, price=16.0, role="merchandiser")
    later = replace(desk, find_terms=Terms.empty)
    routes = later.route().filter(pl.col("action_id").is_in([BOUGHT, SMALL_SIZE]))
    assert routes["status"].to_list() == ["waiting", "waiting"]
    assert routes["overridden_supplier"].to_list() == [None, None]


def test_units_are_weighed_by_demand_and_terms_are_not(desk):
    decide(desk, BOUGHT, supplier="BETA")
    decide(desk, BESIDE, quantity=500)
    worth = find_overrides(desk.proposals, desk.store.decisions(EVER))
    assert worth["action_id"].to_list() == [BESIDE]


def test_the_sheet_to_be_sent_back_says_what_stands(desk):
    decide(desk, BOUGHT, supplier="BETA", role="planner")
    row = one(tabulate_waiting(list_waiting(desk.proposals, desk.route())), action_id=BOUGHT)
    assert (row["supplier"], row["unit_value"]) == ("BETA", 5.5)
