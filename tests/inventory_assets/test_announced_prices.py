"""Offers, receipts and returns as the warehouse gives them, from what has landed."""

import shutil
from datetime import timedelta

import duckdb
import polars as pl
import pytest
from landing_folder import at, day, sale
from simulated import LAST, warehouse_of

from quality_checks.contracts import CONTRACTS

TODAY = 3


def chosen(first=None, last=None):
    schema = {"first_sku": pl.String, "last_sku": pl.String}
    return {"sku_range": pl.DataFrame([(first, last)], schema=schema, orient="row")}


def offers(shop, **skus):
    rows = shop.warehouse.query(
        "announced_offers",
        day(TODAY),
        frames=chosen(**skus),
        first_day=day(TODAY - 27),
        last_day=day(TODAY + 60),
    )
    return rows.filter(pl.col("location") == "S1")


def promotion(promo_id, number, **terms):
    row = {"promo_id": promo_id, "scope": "all", "scope_value": "*", "region": "*", "channel": "*"}
    row |= {"starts_on": day(number), "ends_on": day(number + 7), "discount": 0.2}
    return row | terms


@pytest.mark.parametrize(
    ("terms", "touches"),
    [
        ({}, 2),
        ({"scope": "sku", "scope_value": "A"}, 1),
        ({"scope": "style", "scope_value": "style"}, 2),
        ({"scope": "category", "scope_value": "hats"}, 0),
        ({"channel": "store"}, 2),
        ({"channel": "ecom"}, 0),
        ({"region": "nowhere"}, 0),
        ({"ends_on": None}, 2),
        ({"starts_on": day(70), "ends_on": day(80)}, 0),
        ({"starts_on": day(-90), "ends_on": day(-80)}, 0),
    ],
)
def test_a_promotion_touches_the_pairs_of_its_scope_region_and_channel(shop, terms, touches):
    shop.send("promotions", 1, [promotion("P", 0, **terms)])
    shop.load("promotions", 1)
    assert offers(shop).height == touches


def test_entries_hold_for_their_place_and_an_endless_one_for_ever(shop):
    entry = {"sku": "A", "location": "*", "valid_from": day(0), "price": 8.0}
    shop.send("prices", 1, [entry, entry | {"location": "S2"}, entry | {"sku": "B", "price": 0.0}])
    shop.load("prices", 1)
    rows = offers(shop)
    assert rows.select("sku", "price", "ends_on").rows() == [("A", 8.0, None), ("B", 0.0, None)]
    assert offers(shop, first="B", last="B")["sku"].to_list() == ["B"]
    later = shop.warehouse.query(
        "announced_offers", day(0), frames=chosen(), first_day=day(0), last_day=day(60)
    )
    assert later.is_empty()


def test_of_two_changes_of_one_day_the_later_told_holds_and_a_price_below_cost_is_taken_in(shop):
    entry = {"sku": "A", "location": "*", "valid_from": day(2), "price": 8.0}
    below_cost = entry | {"sku": "B", "price": 1.0}
    shop.send("prices", 1, [entry, entry | {"price": 7.0}, below_cost])
    shop.load("prices", 1)
    assert offers(shop).select("sku", "price").rows() == [("A", 8.0), ("B", 1.0)]
    waiting = [row[2:] for row in shop.waiting("prices")]
    assert waiting == [("sku,location,valid_from", "duplicate_key")]
    shop.send("prices", 1, [entry | {"price": 6.0}], part="noon")
    shop.load("prices", 1)
    assert offers(shop).select("sku", "price").rows() == [("A", 6.0), ("B", 1.0)]
    # Entries of other days hold beside it, and of several on a day the lowest does.
    shop.send("prices", 1, [entry | {"valid_from": day(1), "price": 5.0}], part="pm")
    shop.load("prices", 1)
    assert offers(shop).select("sku", "price").rows() == [("A", 5.0), ("A", 6.0), ("B", 1.0)]


def test_an_item_without_a_list_price_is_taken_in(shop):
    rows = [{"sku": "C", "list_price": None}, {"sku": "D", "list_price": 0.0}]
    shop.send("products", 2, rows)
    report = shop.load("products", 2)
    assert shop.known("products", 2).filter(pl.col("sku").is_in(["C", "D"])).height == 2
    assert report is not None


def test_receipts_and_returns_by_pair(shop):
    shop.send("pos_sales", 1, [sale("R1", 1, 2, net_value=12.0, list_value=20.0)])
    shop.send("pos_sales", 2, [sale("R2", 2, 6, net_value=48.0, list_value=60.0)])
    back = {"return_id": "X", "timestamp": at(2), "quantity": 2}
    shop.send("returns", 2, [back])
    for number in (1, 2):
        shop.load("pos_sales", number)
    shop.load("returns", 2)
    shop.rebuild("demand_history", 2)
    paid = shop.warehouse.query(
        "paid_sales", day(2), frames=chosen(), first_day=day(-20), last_day=day(2)
    )
    assert sorted(paid.rows()) == [("A", "S1", day(1), 2, 12.0), ("A", "S1", day(2), 6, 48.0)]
    sums = shop.warehouse.query(
        "category_prices", day(2), first_day=day(2) - timedelta(days=364), last_day=day(2)
    )
    assert sums.rows() == [("shirts", 8, 60.0, 80.0, 32.0)]
    channels = shop.warehouse.query("channel_returns", day(2), first_day=day(-20), last_day=day(2))
    assert channels.select("sku", "channel", "units", "resalable").rows() == [("A", "store", 2, 2)]


def test_terms_in_another_currency_are_named(shop):
    assert shop.known("products", 0)["currency"].unique().to_list() == ["EUR"]
    found = shop.warehouse.query("foreign_terms", day(TODAY))
    assert found.is_empty()
    terms = {
        "sku": "A",
        "supplier": "V1",
        "contract_lead_time_days": 5,
        "minimum_order_quantity": 1,
        "order_multiple": 1,
        "unit_price": 4.0,
        "currency": "USD",
        "preferred": True,
        "valid_from": day(0),
    }
    shop.send("item_suppliers", 2, [terms])
    shop.load("item_suppliers", 2)
    found = shop.warehouse.query("foreign_terms", day(TODAY))
    assert found.select("sku", "supplier", "currency", "item_currency").rows() == [
        ("A", "V1", "USD", "EUR")
    ]


def test_an_item_without_terms_that_hold_is_named_and_not_ordered(planned, tmp_path):
    root = shutil.copytree(planned, tmp_path / "retailer")
    lines = warehouse_of(root).read(CONTRACTS["purchase_plan"], LAST)
    foreign, gone, *_ = lines["sku"].unique(maintain_order=True)
    with duckdb.connect(str(warehouse_of(root).path)) as connection:
        connection.execute(
            "UPDATE landing.item_suppliers SET currency = 'USD' WHERE sku = ?", [foreign]
        )
        connection.execute("DELETE FROM landing.item_suppliers WHERE sku = ?", [gone])
    reasons = {foreign: "terms_in_other_currency", gone: "terms_missing"}
    missing = warehouse_of(root).query("missing_terms", LAST)
    assert {sku: reasons[sku] for sku in missing["sku"]} == reasons
    assert dict(missing.select("sku", "reason").iter_rows()) == reasons
    bought = lines.filter(pl.col("sku").is_in(list(reasons))).select("sku", "destination")
    named = missing.select("sku", destination="location")
    assert bought.join(named, on=bought.columns, how="anti").is_empty()
    terms = warehouse_of(root).query("purchase_terms", LAST)
    assert not {*terms["sku"]} & {*reasons}
    assert {*lines["sku"]} - {*reasons} <= {*terms["sku"]}
