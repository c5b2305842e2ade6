"""What goes wrong with orders of suppliers: set aside and named, or by a rule of the docs."""

from datetime import date

import polars as pl
import pytest
from landing_folder import START, at, day
from test_receipts_ahead import (
    IN_FULL,
    NO_DELAYS,
    REACH,
    TODAY,
    documents,
    find_documents,
    order,
    receipt,
)

from forecasting.supply import estimate_yields, predict_receipts, score_suppliers

LONG_AGO = START.replace(year=1970)


def expected(shop):
    """Day on which each open order is expected, and units."""
    shop.load_all(TODAY)
    query = shop.warehouse.query
    found = predict_receipts(
        find_documents(shop),
        query("delivery_record", day(TODAY), window_days=REACH),
        query("supplier_closures", day(TODAY)),
        NO_DELAYS,
        IN_FULL,
        as_of=day(TODAY),
        longest_days=REACH,
    )
    return {row["document"]: (row["due_on"], row["expected_units"]) for row in found.to_dicts()}


@pytest.mark.parametrize("column", ["requested_on", "confirmed_on", "estimated_on"])
def test_a_day_of_1970_is_not_planned_on_and_teaches_nothing(shop, column):
    came = {"status": "received", "delivered_quantity": 10, "delivered_on": day(29)}
    known = [order(f"K{n}", 10, requested_on=day(30), **came) for n in range(20)]
    broken = order("P1", 10, **{column: LONG_AGO})
    shop.send("purchase_orders", 30, [*known, broken, order("P2", 10, **came | {column: LONG_AGO})])
    # It counts as due its supplier's usual days after the order, and overdue by ten.
    due_on, units = expected(shop)["P1"]
    assert day(TODAY) < due_on <= day(TODAY + 14)
    assert units > 0
    card = score_suppliers(
        shop.known("purchase_orders", TODAY), as_of=day(TODAY), window_days=REACH
    )
    assert card["lead_time_mean"].item() == pytest.approx(29, abs=1)


def test_what_came_beyond_the_order_brings_no_more_and_is_no_more_than_whole(shop):
    shop.send("purchase_orders", 0, [order("P1", 10, requested_on=day(9))])
    shop.send("receipts", 9, [receipt("P1", 14, 9)])
    assert documents(shop) == {}
    closed = {"status": "received", "delivered_quantity": 14, "delivered_on": day(9)}
    shop.send("purchase_orders", 10, [order("P1", 10, requested_on=day(9), **closed)])
    shop.load_all(TODAY)
    orders = shop.known("purchase_orders", TODAY)
    yields = estimate_yields(orders, as_of=day(TODAY), window_days=REACH)
    assert yields["yield_mean"].to_list() == [1.0]


def test_goods_without_an_order_are_stock_owed_to_the_items_supplier_and_named(shop):
    shop.send("receipts", 20, [receipt("nobody's", 10, 20)])
    shop.load_all(TODAY)
    found = shop.warehouse.query("received_lines", day(TODAY), payment_days=30)
    assert found.select("supplier", "units", "unit_price").rows() == [("V1", 10, 4.0)]
    unknown = shop.warehouse.unknown_mentions("receipts", day(20))
    assert "nobody's" in unknown["message"].item()


def test_a_line_closed_short_and_reopened_is_open_again_for_the_rest(shop):
    short = {"delivered_quantity": 60, "delivered_on": day(9)}
    shop.send("purchase_orders", 9, [order("P1", 100, **short, status="received")])
    shop.send("receipts", 9, [receipt("P1", 60, 9, timestamp=at(9))])
    assert documents(shop, 9) == {}
    shop.send("purchase_orders", 12, [order("P1", 100, **short, status="confirmed")])
    assert documents(shop, 12) == {("P1", 1): 40}
    # What it was as of an earlier day it stays.
    assert documents(shop, 9) == {}


def test_terms_without_a_currency_are_set_aside_with_their_row(shop):
    terms = {
        "supplier": "V1", "contract_lead_time_days": 30, "minimum_order_quantity": 1,
        "order_multiple": 1, "unit_price": 4.0, "preferred": True, "valid_from": day(0),
    }  # fmt: skip
    shop.send(
        "item_suppliers", 1, [{**terms, "sku": "A"}, {**terms, "sku": "B", "currency": "EUR"}]
    )
    shop.load("item_suppliers", 1)
    assert shop.waiting("item_suppliers") == [("2025-09-02.csv", 1, "currency", "missing_value")]
    assert shop.known("item_suppliers", 1)["sku"].to_list() == ["B"]


def test_a_vendor_is_its_key_whatever_it_is_called_or_merged_into(shop):
    came = {"requested_on": day(20), "status": "received", "delivered_quantity": 10}
    shop.send("purchase_orders", 20, [order("P1", 10, **came, delivered_on=day(25))])
    shop.send("purchase_orders", 21, [order("P2", 10)])
    shop.send("suppliers", 22, [{"name": "renamed"}])
    # V1 is merged into V9: new orders are V9's, and those under way stay V1's.
    shop.send("suppliers", 23, [{"supplier": "V9"}])
    shop.send("products", 23, [{"sku": "A", "supplier": "V9"}])
    shop.send("purchase_orders", 24, [order("P3", 10, supplier="V9")])
    shop.load_all(TODAY)
    assert shop.known("suppliers", TODAY).select("supplier", "name").rows() == [
        ("V1", "renamed"),
        ("V9", "Vendor"),
    ]
    assert set(expected(shop)) == {"P2", "P3"}
    card = score_suppliers(
        shop.known("purchase_orders", TODAY), as_of=day(TODAY), window_days=REACH
    )
    lead = dict(card.select("supplier", "lead_time_mean").iter_rows())
    # What V1 did counts for V9 as it does for every supplier without lines of its own.
    assert 20 < lead["V1"] < lead["V9"]


def test_the_model_of_delays_learns_from_no_line_whose_days_cannot_be(shop):
    """Due in 1970, or come on a day that has not been; a sound one tells of both its days."""
    lines = [
        order("SOUND", 10, ordered_on=START, requested_on=day(9), delivered_on=day(12),
              delivered_quantity=10, status="received"),
        order("OLD", 10, ordered_on=START, requested_on=date(1970, 1, 1), delivered_on=day(12),
              delivered_quantity=10, status="received"),
        order("AHEAD", 10, ordered_on=START, requested_on=day(9), delivered_on=day(TODAY + 3),
              delivered_quantity=10, status="received"),
    ]  # fmt: skip
    shop.send("purchase_orders", TODAY, lines)
    shop.load_all(TODAY)
    found = shop.warehouse.query(
        "past_order_lines", day(TODAY), learnt_days=1_095, window_days=REACH
    )
    told = found.filter(pl.col("order").is_in(["SOUND", "OLD", "AHEAD"]))
    assert told.select("record", "order", "days_late").rows() == [
        ("order_asked", "SOUND", 3),
        ("order_promised", "SOUND", 3),
    ]
