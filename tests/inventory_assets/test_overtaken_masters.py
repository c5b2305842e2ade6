"""A master's row whose newer one waits in quarantine makes the actions that rest on it unsure."""

from datetime import timedelta

import polars as pl
import pytest
from landing_folder import START, day

from governance import ActionContext, load_policy, propose_actions
from governance.routing import route_actions
from inventory_assets.project import PROJECT
from quality_checks.contracts import CONTRACTS
from warehouse import find_tables_read

TERMS = {
    "supplier": "V1",
    "contract_lead_time_days": 10,
    "minimum_order_quantity": 1,
    "order_multiple": 1,
    "unit_price": 4.0,
    "currency": "EUR",
    "preferred": True,
    "valid_from": START - timedelta(days=1),
}
LANE = {
    "origin": "DC1",
    "destination": "S1",
    "transit_days": 1,
    "fixed_cost": 1.0,
    "unit_cost": 0.1,
    "order_weekdays": "1111111",
    "allowed": True,
}
BROKEN = {
    "products": ({"sku": "A"}, {"case_pack": 0}),
    "suppliers": ({}, {"name": None}),
    "item_suppliers": ({"sku": "A", **TERMS}, {"minimum_order_quantity": 0}),
    "lanes": (LANE, {"transit_days": -1}),
    "locations": ({"location": "S1"}, {"priority": 0}),
    "item_locations": ({"sku": "A", "location": "S1"}, {"presentation_min": -1}),
}
"""Source -> a row of it, and what breaks the newer one."""
BUY_A, BUY_B, SEND_A, SEND_B = (
    "purchase_order A",
    "purchase_order B",
    "allocation A",
    "allocation B",
)
RESTING = {
    "products": {BUY_A, SEND_A},
    "suppliers": {BUY_A, BUY_B},
    "item_suppliers": {BUY_A},
    "lanes": {SEND_A, SEND_B},
    "locations": {SEND_A, SEND_B},
    "item_locations": {SEND_A},
}


def propose(shop, number):
    """Actions of two items: each bought for DC1, and sent from there to S1."""
    today = day(number)
    offers = find_tables_read("unsure_offers")
    inputs = shop.inputs(number, "products", "lanes", *BROKEN, *offers)
    nowhere = pl.DataFrame(schema={"sku": pl.String, "location": pl.String})
    here = [(sku, location) for sku in "AB" for location in ("DC1", "S1")]
    context = ActionContext(
        business_date=today,
        plan_version=1,
        currency="EUR",
        items=inputs.known("products"),
        lanes=inputs.known("lanes"),
        cautions=nowhere.with_columns(cautions=pl.lit("")),
        stock_ages=pl.DataFrame(here, schema=["sku", "location"], orient="row").with_columns(
            age_days=0
        ),
        record_doubts=nowhere.with_columns(doubt=pl.lit(0.0)),
        stock_late_after_days=0,
        late_inputs={},
        assumed_inputs=[],
        departed=pl.DataFrame(schema={"action_id": pl.String, "open_units": pl.Int64}),
        overtaken={
            **{name: inputs.overtaken(name).select(CONTRACTS[name].key) for name in BROKEN},
            **{
                source: pairs.drop("source")
                for (source,), pairs in inputs.query("unsure_offers")
                .partition_by("source", as_dict=True)
                .items()
            },
        },
        model_version="m",
        policy_version="p",
        input_version="i",
    )
    line = {"business_date": today, "region": "north", "packs": 2, "quantity": 12}
    line |= {"gain_chance": 1.0, "urgency_days": 1.0, "binding": "level", "rejected": "none"}
    line |= {"reason": "below_target"}
    bought = {
        "supplier": "V1",
        "destination": "DC1",
        "unit_price": 4.0,
        "own_packs": 2,
        "list_price": 4.0,
        "break_saving": 0.0,
        "document": "2026-03-03/V1/DC1",
        "document_value": 48.0,
        "minimum_order_value": 200.0,
        "limit_price": 0.0,
        "capacity_limit": None,
        "capacity_price": 0.0,
        "life_units": None,
        "requested_on": day(20),
        "inventory_position": 3,
        "order_up_to": 15,
        "margin_kept": 50.0,
        "margin_given_up": 0.0,
        "holding_cost": 1.0,
        "forced_cost": 0.0,
    }
    sent = {"origin": "DC1", "destination": "S1", "value_gained": 50.0, "value_lost": 1.0}
    sent |= {"moving_cost": 1.0, "forced_cost": 0.0}
    frames = [
        propose_actions(kind, pl.DataFrame([{**line, **own, "sku": s} for s in "AB"]), context)
        for kind, own in (("purchase_order", bought), ("allocation", sent))
    ]
    return pl.concat(frames).with_columns(name=pl.col("kind") + " " + pl.col("sku"))


@pytest.mark.parametrize("source", BROKEN)
def test_actions_on_a_superseded_master_say_so_and_lose_confidence(shop, source):
    shop.send("item_suppliers", 0, [{"sku": sku, **TERMS} for sku in "AB"])
    shop.send("lanes", 0, [LANE])
    shop.load_all(0)
    row, fault = BROKEN[source]
    shop.send(source, 1, [{**row, **fault}])
    shop.load_all(1)
    assert len(shop.waiting(source)) == 1

    found = {action["name"]: action for action in propose(shop, 1).iter_rows(named=True)}
    for name, action in found.items():
        unsure = name in RESTING[source]
        assert action["unsure_inputs"] == (source if unsure else ""), name
        assert ("newer_row_waits" in action["reason_codes"].split(";")) is unsure
        assert action["confidence"] == pytest.approx(0.8 if unsure else 1.0)

    shop.send(source, 2, [row])
    shop.load_all(2)
    assert propose(shop, 2)["unsure_inputs"].unique().to_list() == [""]


PRICE = {"sku": "A", "location": "S1", "valid_from": START, "price": 8.0}
OFFER = {
    "promo_id": "P",
    "scope": "sku",
    "scope_value": "A",
    "region": "*",
    "channel": "store",
    "starts_on": START,
    "discount": 0.2,
}


MENDED = {"prices": {"price": 7.0}, "promotions": {"scope": "sku", "discount": 0.3}}
BROKEN_OFFERS = {
    "prices": [
        ({**PRICE, "price": -1}, {"S1", "DC1"}),
        # What is announced for the first time, or from another day on, is waited for as well.
        ({**PRICE, "valid_from": day(99), "price": -1}, {"S1", "DC1"}),
        ({**PRICE, "location": "*", "price": -1}, {"S1", "S2", "DC1"}),
        ({**PRICE, "valid_to": START, "price": -1}, set()),
    ],
    "promotions": [
        ({**OFFER, "discount": 20}, {"S1", "S2", "DC1"}),
        # Of the newer row nothing says what it is of: the older one does.
        ({**OFFER, "scope": "item"}, {"S1", "S2", "DC1"}),
        ({**OFFER, "promo_id": "Q", "region": "south", "discount": 20}, {"S2", "DC1"}),
        ({**OFFER, "promo_id": "R", "channel": "ecom", "discount": 20}, set()),
    ],
}
"""Source -> a row that is broken, and where the item A is unsure while it waits."""


def test_a_price_or_promotion_that_waits_makes_its_pairs_unsure_until_it_is_mended(shop):
    offers = find_tables_read("unsure_offers")
    shop.send("prices", 0, [PRICE])
    shop.send("promotions", 0, [OFFER])
    shop.load("prices", 0)
    shop.load("promotions", 0)
    number = 0
    for source, cases in BROKEN_OFFERS.items():
        for broken, places in cases:
            for row, unsure in ((broken, places), ({**broken, **MENDED[source]}, set())):
                number += 1
                shop.send(source, number, [row])
                shop.load(source, number)
                found = shop.inputs(number, *offers).query("unsure_offers")
                assert found.rows() == [(source, "A", place) for place in sorted(unsure)]


def test_actions_on_a_price_that_waits_say_so(shop):
    shop.send("item_suppliers", 0, [{"sku": sku, **TERMS} for sku in "AB"])
    shop.send("lanes", 0, [LANE])
    shop.send("prices", 0, [{**PRICE, "price": -1}])
    shop.load_all(0)
    found = dict(propose(shop, 0).select("name", "unsure_inputs").iter_rows())
    assert found == {BUY_A: "prices", SEND_A: "prices", BUY_B: "", SEND_B: ""}


def test_an_order_on_superseded_terms_waits_for_a_buyer(shop):
    shop.send("item_suppliers", 0, [{"sku": sku, **TERMS} for sku in "AB"])
    shop.send("lanes", 0, [LANE])
    shop.load_all(0)
    shop.send("item_suppliers", 1, [{"sku": "A", **TERMS, "minimum_order_quantity": 0}])
    shop.load_all(1)
    proposed = propose(shop, 1)
    policy = load_policy(PROJECT / "data" / "policies" / "actions.yaml")
    routed = route_actions(proposed.drop("name"), policy, CONTRACTS["decisions"].empty())
    found = dict(
        proposed.join(routed, on="action_id")
        .select("name", pl.concat_str("status", pl.lit(" "), "missing_roles"))
        .iter_rows()
    )
    assert found[BUY_A] == "waiting buyer"
    assert {found[name] for name in (BUY_B, SEND_A, SEND_B)} == {"approved "}
