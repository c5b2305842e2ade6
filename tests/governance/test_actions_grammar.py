from dataclasses import replace
from datetime import date
from functools import partial

import polars as pl
import pytest

from governance import actions
from governance.actions import propose_actions
from governance.context import ActionContext
from governance.identity import action_id
from governance.kinds import KINDS, list_reasons, may_decide
from governance.wording import describe_action, describe_reasons

from_allocation = partial(propose_actions, "allocation")
from_transfers = partial(propose_actions, "transfer")
from_purchases = partial(propose_actions, "purchase_order")


@pytest.fixture
def context(day):
    return ActionContext(
        business_date=day,
        plan_version=3,
        currency="EUR",
        items=pl.DataFrame(
            {"sku": ["A", "B"], "category": ["shirts", "socks"], "unit_cost": [4.125, 2.0]}
        ),
        lanes=pl.DataFrame(
            {"origin": ["S1", "DC1"], "destination": ["S2", "S2"], "transit_days": [2, 1]}
        ),
        record_doubts=pl.DataFrame({"sku": ["B"], "location": ["S2"], "doubt": [0.3]}),
        cautions=pl.DataFrame(
            {
                "sku": ["A", "B"],
                "location": ["S2", "S2"],
                "cautions": ["", "lead_time_not_observed"],
            }
        ),
        stock_ages=pl.DataFrame(
            {
                "sku": ["A", "A", "A", "B", "B", "B"],
                "location": ["S1", "S2", "DC1"] * 2,
                "age_days": [0, 0, 0, 0, 0, 0],
            }
        ),
        stock_late_after_days=0,
        late_inputs={},
        assumed_inputs=[],
        overtaken={},
        departed=pl.DataFrame(schema={"action_id": pl.String, "open_units": pl.Int64}),
        model_version="m",
        policy_version="p",
        input_version="i",
    )


def movement(day, **changes):
    row = {
        "business_date": day,
        "region": "north",
        "origin": "S1",
        "destination": "S2",
        "sku": "A",
        "quantity": 12,
        "packs": 12,
        "value_gained": 100.004,
        "value_lost": 10.006,
        "moving_cost": 5.8,
        "forced_cost": 0.0,
        "gain_chance": 1.0,
        "urgency_days": 1.5,
        "reason": "surplus_to_shortage",
        "binding": "stock at S1",
        "rejected": "S3",
    }
    return pl.DataFrame([{**row, **changes}])


def purchase(day, **changes):
    row = {
        "business_date": day,
        "region": "north",
        "supplier": "ACME",
        "sku": "A",
        "destination": "DC1",
        "quantity": 24,
        "packs": 2,
        "unit_price": 4.1234,
        "own_packs": 2,
        "list_price": 4.5,
        "break_saving": 9.04,
        "document": "2026-03-03/ACME/DC1",
        "document_value": 98.96,
        "minimum_order_value": None,
        "limit_price": 0.0,
        "capacity_limit": None,
        "capacity_price": 0.0,
        "life_units": None,
        "requested_on": date(2026, 3, 20),
        "inventory_position": 3,
        "order_up_to": 20,
        "margin_kept": 200.0,
        "margin_given_up": 0.0,
        "holding_cost": 12.345,
        "forced_cost": 3.004,
        "gain_chance": 1.0,
        "urgency_days": None,
        "reason": "supplier_minimum",
        "binding": "minimum order quantity",
        "rejected": "",
    }
    return pl.DataFrame([{**row, **changes}])


def test_action_id_is_the_hash_of_the_documented_form(day):
    # printf '2026-03-02\037transfer\037A\037S1\037S2\037' | sha256sum | cut -c1-24
    assert action_id(day, "transfer", ["A", "S1", "S2", None]) == "babada8efb685df621b8edbb"


def test_action_id_tells_keys_apart(day):
    ids = {
        action_id(day, "transfer", ["AB", "C", "D", None]),
        action_id(day, "transfer", ["A", "BC", "D", None]),
        action_id(day, "allocation", ["A", "BC", "D", None]),
        action_id(date(2026, 3, 3), "transfer", ["A", "BC", "D", None]),
        action_id(day, "transfer", ["A", "BC", None, "D"]),
    }
    assert len(ids) == 5


def test_action_id_refuses_a_key_with_the_separator(day):
    with pytest.raises(ValueError, match="unit separator"):
        action_id(day, "transfer", ["A\x1fS1", "S2"])


def test_transfer_row(day, context):
    row = from_transfers(movement(day), context).row(0, named=True)
    assert row["action_id"] == action_id(day, "transfer", ["A", "S1", "S2", None])
    assert row["kind"] == "transfer"
    assert row["category"] == "shirts"
    assert row["due_on"] == date(2026, 3, 5)  # leaves on the 3rd, two days on the way
    assert (row["value"], row["unit_value"]) == (49.5, 4.125)
    assert (row["margin_kept"], row["margin_given_up"]) == (100.0, 10.01)
    assert row["benefit"] == 84.19  # 100.00 - 10.01 - 5.80
    assert (row["confidence"], row["reason_codes"]) == (1.0, "surplus_to_shortage")
    assert (row["late_inputs"], row["assumed_inputs"], row["supplier"]) == ("", "", None)
    assert row["plan_version"] == 3


def test_purchase_row(day, context):
    row = from_purchases(purchase(day), context).row(0, named=True)
    assert row["kind"] == "purchase_order"
    assert (row["origin"], row["supplier"], row["destination"]) == (None, "ACME", "DC1")
    assert row["due_on"] == date(2026, 3, 20)
    assert row["value"] == 98.96  # 24 x 4.1234 = 98.9616
    assert (row["holding_cost"], row["moving_cost"]) == (12.35, 0.0)
    assert row["benefit"] == 187.65


def test_allocation_differs_from_transfer_only_in_kind_id_and_reason(day, context):
    sent = from_allocation(movement(day, reason="below_target"), context)
    moved = from_transfers(movement(day), context)
    own = ["action_id", "kind", "reason_codes"]
    assert sent.drop(own).equals(moved.drop(own))
    assert sent["action_id"][0] != moved["action_id"][0]


def test_order_of_plan_rows_does_not_matter(day, context):
    plan = pl.concat([movement(day), movement(day, sku="B"), movement(day, origin="DC1")])
    assert from_transfers(plan, context).equals(from_transfers(plan.reverse(), context))


def test_what_the_level_rests_on_stands_on_the_action(day, context):
    shaky = context.cautions.with_columns(cautions=pl.lit("presentation_above_shelf"))
    row = from_transfers(movement(day), replace(context, cautions=shaky)).row(0, named=True)
    assert row["reason_codes"] == "surplus_to_shortage;presentation_above_shelf"
    assert set(row["reason_codes"].split(";")) <= set(list_reasons())


def test_empty_plan_gives_no_rows(day, context):
    assert from_transfers(movement(day).clear(), context).is_empty()


@pytest.mark.parametrize(
    ("age_origin", "age_destination", "confidence"),
    [(0, 0, 1.0), (2, 0, 0.8), (1, 3, 0.7), (9, 0, 0.6), (0, None, 0.6)],
)
def test_late_stock_record_costs_confidence(day, context, age_origin, age_destination, confidence):
    ages = pl.DataFrame(
        {"sku": ["A", "A"], "location": ["S1", "S2"], "age_days": [age_origin, age_destination]}
    )
    row = from_transfers(movement(day), replace(context, stock_ages=ages)).row(0, named=True)
    assert row["confidence"] == pytest.approx(confidence)
    late = confidence < 1
    assert row["late_inputs"] == ("stock" if late else "")
    assert ("stock_record_late" in row["reason_codes"].split(";")) is late


def test_stock_within_tolerance_is_not_late(day, context):
    ages = context.stock_ages.with_columns(age_days=pl.lit(2))
    patient = replace(context, stock_ages=ages, stock_late_after_days=2)
    assert from_transfers(movement(day), patient)["confidence"][0] == 1.0


def test_late_sources_count_where_the_action_depends_on_them(day, context):
    late = replace(context, late_inputs={"lanes": 40, "suppliers": 40, "pos_sales": 1, "stock": 1})
    moved = from_transfers(movement(day), late).row(0, named=True)
    bought = from_purchases(purchase(day), late).row(0, named=True)
    assert (moved["late_inputs"], moved["confidence"]) == ("lanes;pos_sales", 0.8)
    assert (bought["late_inputs"], bought["confidence"]) == ("lanes;pos_sales;suppliers", 0.7)


def test_assumed_sources_are_named_and_capped(day, context):
    one = from_transfers(movement(day), replace(context, assumed_inputs=["lanes", "weather"]))
    assert one.select("assumed_inputs", "confidence", "reason_codes").row(0) == (
        "lanes",
        0.95,
        "surplus_to_shortage;input_assumed",
    )
    many = ["stock", "products", "lanes", "suppliers", "locations", "item_locations"]
    assert (
        from_transfers(movement(day), replace(context, assumed_inputs=many))["confidence"][0] == 0.8
    )


def test_each_superseded_master_costs_confidence_up_to_a_bound(day, context):
    rows = {
        "products": {"sku": ["A"]},
        "lanes": {"origin": ["S1"], "destination": ["S2"]},
        # Either end, and once however many of its rows wait.
        "locations": {"location": ["S1", "S2", "S2"]},
        "suppliers": {"supplier": ["ACME"]},
    }
    keys = {source: pl.DataFrame(columns) for source, columns in rows.items()}

    def unsure(*sources):
        overtaken = {source: keys[source] for source in sources}
        row = from_transfers(movement(day), replace(context, overtaken=overtaken))
        return row.select("unsure_inputs", "confidence").row(0)

    assert unsure("locations") == ("locations", 0.8)
    assert unsure("products", "lanes") == ("lanes;products", 0.6)
    assert unsure("products", "lanes", "locations") == ("lanes;locations;products", 0.6)
    assert unsure("suppliers") == ("", 1.0)
    assert from_transfers(movement(day, sku="B"), context)["unsure_inputs"][0] == ""


def test_confidence_is_the_chance_to_gain_less_what_a_doubtful_record_takes(day, context):
    plan = movement(day, origin="DC1", sku="B", reason="below_target", gain_chance=0.6)
    doubted = from_allocation(plan, context).row(0, named=True)
    # With probability 0.3 the record is wrong, and then it gains as often as not.
    assert doubted["confidence"] == pytest.approx(0.6 * 0.85)
    assert "stock_record_doubted" in doubted["reason_codes"].split(";")
    plan = movement(day, origin="DC1", sku="A", reason="below_target", gain_chance=0.6)
    sound = from_allocation(plan, context).row(0, named=True)
    assert sound["confidence"] == pytest.approx(0.6)
    assert sound["reason_codes"] == "below_target"


def test_confidence_stays_above_zero(day, context):
    worst = replace(
        context,
        stock_ages=context.stock_ages.clear(),
        late_inputs=dict.fromkeys(["lanes", "pos_sales", "products", "locations", "transfers"], 9),
        assumed_inputs=["stock", "products", "lanes", "locations"],
    )
    assert from_transfers(movement(day, sku="B"), worst)["confidence"][0] == 0.0


def test_errors_name_what_and_where(day, context):
    with pytest.raises(ValueError, match=r"not in lanes: S1 to S9"):
        from_transfers(movement(day, destination="S9"), context)
    with pytest.raises(ValueError, match=r"items: category missing: Z"):
        from_purchases(purchase(day, sku="Z"), context)
    with pytest.raises(ValueError, match=r"transfers_plan: unknown reason codes: because"):
        from_transfers(movement(day, reason="because"), context)
    with pytest.raises(ValueError, match=r"allocation: unknown reason codes: clearance"):
        from_allocation(movement(day, reason="clearance"), context)
    with pytest.raises(LookupError, match=r"'bundle' is not a kind of action; known: purchase_ord"):
        propose_actions("bundle", movement(day), context)
    with pytest.raises(
        ValueError, match=r"allocation: a row of 2026-03-01 in a plan of 2026-03-02"
    ):
        from_allocation(movement(day, business_date=date(2026, 3, 1)), context)
    with pytest.raises(ValueError, match=r"transfers_plan: key repeated.*'S1', 'S2', 'A'"):
        from_transfers(pl.concat([movement(day), movement(day, quantity=1)]), context)


def test_a_kind_that_nothing_plans_has_no_actions(day, context, monkeypatch):
    unplanned = replace(KINDS["transfer"], plan=None)
    monkeypatch.setattr(actions, "find_kind", {"transfer": unplanned}.__getitem__)
    with pytest.raises(ValueError, match=r"nothing plans transfers: the kind has no plan"):
        propose_actions("transfer", movement(day), context)


def test_described_in_one_sentence(day, context):
    row = from_transfers(movement(day), context).row(0, named=True)
    assert describe_action(row) == (
        "Move 12 of A from S1 to S2 by 2026-03-05: keeps 100.00 of margin, gives up 10.01 "
        "elsewhere, costs 5.80 to move, gains 84.19 EUR net; out of stock in 1.5 days without it."
    )


def test_an_order_of_a_customer_is_promised_and_not_out_of_stock(day, context):
    row = from_transfers(movement(day), context).row(0, named=True)
    said = describe_action(row | {"kind": "sourcing", "urgency_days": 3.0})
    assert said.startswith("Ship 12 of A from S1 for S2 by 2026-03-05")
    assert said.endswith("; promised in 3 days.")


def test_description_says_loss_and_doubt(day, context):
    doubtful = replace(
        context,
        late_inputs={"lanes": 40},
        assumed_inputs=["lanes", "stock"],
        overtaken={"products": pl.DataFrame({"sku": ["A"]})},
    )
    plan = purchase(day, margin_kept=2.0)
    assert describe_action(from_purchases(plan, doubtful).row(0, named=True)) == (
        "Buy 24 of A from ACME for DC1 by 2026-03-20: keeps 2.00 of margin, costs 12.35 to hold, "
        "loses 10.35 EUR net; late: lanes; assumed: lanes, stock; "
        "superseded by a row in quarantine: products."
    )


@pytest.mark.parametrize(
    ("kind", "form"), [(kind.name, form) for kind in KINDS.values() for form in kind.forms]
)
def test_every_form_of_every_kind_has_words(proposals, kind, form):
    row = proposals({"kind": kind}).row(0, named=True)
    if form:
        row["details"] = row["details"].replace('"cut"', f'"{form}"')
    if form == "split":
        row["details"] = row["details"].replace('"rest_on":null', '"rest_on":"2026-03-20"')
    text = describe_action(row)
    assert row["sku"] in text
    assert "None" not in text


def test_reasons_in_words():
    assert describe_reasons("below_target;input_assumed") == (
        "Stock and inbound are below the order-up-to level. "
        "An input of this action is assumed, not observed."
    )


def test_somebody_may_decide_every_kind():
    assert all(may_decide("planner", kind) for kind in KINDS)
    assert not may_decide("allocator", "purchase_order")
    assert not may_decide("king", "transfer")
