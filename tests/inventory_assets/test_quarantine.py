"""Rows that cannot be taken wait where a person finds them, and no other rows do."""

from datetime import date

import pytest
from landing_folder import at, day, frame, record, sale
from polars.testing import assert_frame_equal


def test_each_fault_names_its_file_row_field_and_reason(shop):
    good = sale("R1", 1)
    shop.send(
        "pos_sales",
        1,
        [
            good,
            sale("R2", 1, quantity=-2),
            sale("R3", 1, sku="nobody"),
            sale("R4", 1, location="nowhere", fulfilment_location="nowhere"),
            sale("R5", 1, channel=None),
            sale("R1", 1, 5),
        ],
    )
    report = shop.load("pos_sales", 1)
    assert (report.loaded_rows, report.quarantined_rows) == (1, 5)
    name = "2025-09-02.csv"
    assert shop.waiting("pos_sales") == [
        (name, 2, "quantity", "out_of_bounds"),
        (name, 3, "sku", "unknown_key"),
        (name, 4, "location,fulfilment_location", "unknown_key"),
        (name, 5, "channel", "missing_value"),
        (name, 6, "receipt,line", "duplicate_key"),
    ]
    assert shop.receipts(1) == {"R1": 1}


def test_a_negative_reservation_is_not_taken_for_one(shop):
    shop.send("stock", 1, [record(1, 8)])
    shop.send("stock", 2, [record(2, 6, reserved=-3)])
    shop.load("stock", 2)
    assert shop.known("stock", 2)["on_hand"].to_list() == [8]
    assert shop.waiting("stock") == [("2025-09-03.csv", 1, "reserved", "out_of_bounds")]


def test_the_same_receipt_in_two_files_stands_as_it_came_first(shop):
    shop.send("pos_sales", 1, [sale("R1", 1, 2)])
    shop.load("pos_sales", 1)
    shop.send("pos_sales", 2, [sale("R1", 1, 7), sale("R2", 2, 3)])
    shop.load("pos_sales", 2)
    assert shop.receipts(2) == {"R1": 2, "R2": 3}
    assert shop.waiting("pos_sales") == [("2025-09-03.csv", 1, "receipt,line", "duplicate_key")]
    (message,) = shop.warehouse.waiting("pos_sales", at(9).date())["message"]
    assert "2025-09-02.csv" in message


def test_the_same_receipt_in_two_files_of_one_load_stands_as_it_came_first(shop):
    shop.send("pos_sales", 1, [sale("R1", 1, 2)])
    shop.send("pos_sales", 2, [sale("R1", 1, 7)])
    shop.load("pos_sales", 2)
    assert shop.receipts(2) == {"R1": 2}
    assert shop.waiting("pos_sales") == [("2025-09-03.csv", 1, "receipt,line", "duplicate_key")]


def test_the_same_receipt_under_another_time_stands_as_it_came_first(shop):
    shop.send("pos_sales", 1, [sale("R1", 1, 2)])
    shop.load("pos_sales", 1)
    shop.send("pos_sales", 2, [sale("R1", 2, 7)])
    shop.load("pos_sales", 2)
    assert shop.receipts(2) == {"R1": 2}


def test_sales_of_an_unknown_item_count_once_its_master_comes(shop):
    shop.send("pos_sales", 1, [sale("R1", 1, 2, sku="C", promo_id="P"), sale("R2", 1)])
    shop.load("pos_sales", 1)
    shop.load("pos_sales", 2)
    assert shop.receipts(2) == {"R2": 1}
    shop.send("products", 3, [{"sku": "C"}])
    shop.load("products", 3)
    report = shop.load("pos_sales", 3)
    assert report.released_rows == 1
    assert shop.waiting("pos_sales") == []
    assert shop.files("pos_sales") == [("2025-09-02.csv", "loaded", 2, 0)]
    assert shop.receipts(2) == {"R2": 1}, "a plan of an earlier date did not know it"
    sent = frame("pos_sales", [sale("R1", 1, 2, sku="C", promo_id="P")])
    assert_frame_equal(shop.known("pos_sales", 3).filter(receipt="R1"), sent)
    assert shop.load("pos_sales", 4).released_rows == 0


def test_an_order_line_is_released_with_its_dates_and_gaps(shop):
    line = {"po": "P1", "sku": "C", "ordered_quantity": 12, "confirmed_quantity": None}
    shop.send("purchase_orders", 1, [line])
    shop.load("purchase_orders", 1)
    shop.send("products", 2, [{"sku": "C"}])
    shop.load_all(2)
    (released,) = shop.known("purchase_orders", 2).rows(named=True)
    assert released["requested_on"] == at(30).date()
    assert released["confirmed_quantity"] is None
    assert released["delivered_on"] is None
    assert released["ordered_quantity"] == 12


def offer(name, scope, value, **rest):
    """A promotion of 40 % on what is named."""
    dates = {"starts_on": at(1).date(), "discount": 0.4}
    where = {"region": "*", "channel": "*"}
    return {"promo_id": name, "scope": scope, "scope_value": value, **where, **dates, **rest}


def messages(shop, source):
    waiting = shop.warehouse.waiting(source, at(9).date())
    return dict(waiting.sort("row").select("row", "message").iter_rows())


def test_a_promotion_of_what_no_master_knows_is_set_aside_with_what_it_may_mean(shop):
    shop.send(
        "promotions",
        1,
        [
            offer("P1", "sku", "A"),
            offer("P2", "sku", "A "),
            offer("P3", "category", "Shirts"),
            offer("P4", "style", "A"),
            offer("P5", "all", "*", region="nord"),
            offer("P6", "sku", "1.23457E+12"),
            offer("P7", "sku", "*"),
            offer("P8", "all", "*", region="north", channel="ecom"),
        ],
    )
    shop.load("promotions", 1)
    assert shop.known("promotions", 1)["promo_id"].to_list() == ["P1", "P8"]
    told = messages(shop, "promotions")
    assert told[2] == "scope_value 'A ' is not in products (is it 'A'?)"
    assert told[3] == "scope_value 'Shirts' is not in products (is it 'shirts'?)"
    assert told[4] == "scope_value 'A' is not in products"
    assert told[5] == "region 'nord' is not in locations"
    assert "a spreadsheet" in told[6]
    assert set(told) == {2, 3, 4, 5, 6, 7}
    shop.send("products", 2, [{"sku": "C", "category": "Shirts"}])
    shop.load_all(2)
    assert "P3" in shop.known("promotions", 2)["promo_id"].to_list()


def test_lost_zeros_and_look_alikes_are_hinted_at(shop):
    shop.send("products", 1, [{"sku": "00471"}, {"sku": "S0O1"}])
    shop.load("products", 1)
    prices = [{"sku": sku, "location": "*"} for sku in ("471", "s001", "472")]
    shop.send("prices", 1, [{**row, "valid_from": at(1).date(), "price": 5.0} for row in prices])
    shop.load("prices", 1)
    told = messages(shop, "prices")
    assert "(is it '00471'?)" in told[1]
    assert "(is it 'S0O1'?)" in told[2]
    assert "is it" not in told[3]


def test_all_locations_may_be_meant_only_where_the_contract_says_so(shop):
    shop.send("pos_sales", 1, [sale("R1", 1, location="*"), sale("R2", 1)])
    shop.load("pos_sales", 1)
    assert shop.receipts(1) == {"R2": 1}
    assert shop.waiting("pos_sales") == [("2025-09-02.csv", 1, "location", "unknown_key")]


def test_what_a_row_names_without_standing_on_it_is_told_and_the_row_taken(shop):
    receipt = {"line": 1, "po_line": 1, "received": 4, "rejected": 0, "timestamp": at(1)}
    where = {"sku": "A", "location": "DC1"}
    shop.send("purchase_orders", 1, [{"po": "PO-1", "ordered_quantity": 9}])
    orders = ("PO-1", "po-1", "P0-2")
    shop.send(
        "receipts",
        1,
        [{"receipt_id": f"G{n}", **receipt, **where, "po": po} for n, po in enumerate(orders)],
    )
    shop.send("products", 1, [{"sku": "C", "like_sku": "a"}, {"sku": "D", "like_sku": "C"}])
    shop.load_all(1)
    assert shop.known("receipts", 1).height == 3
    told = shop.warehouse.unknown_mentions("receipts", at(1).date()).select("message", "rows")
    assert told.rows() == [
        ("po 'P0-2' is not in purchase_orders", 1),
        ("po 'po-1' is not in purchase_orders (is it 'PO-1'?)", 1),
    ]
    (like,) = shop.warehouse.unknown_mentions("products", at(1).date())["message"]
    assert like == "like_sku 'a' is not in products (is it 'A'?)"
    assert shop.warehouse.unknown_mentions("receipts", at(2).date()).is_empty()


def test_what_had_not_happened_when_its_file_was_sent_is_set_aside(shop):
    late = [sale("R1", 1), sale("R2", 2), sale("R3", 3), sale("R4", 30)]
    shop.send("pos_sales", 1, late)
    shop.load("pos_sales", 1)
    assert shop.receipts(1) == {"R1": 1, "R2": 1}, "after midnight it is still the day before"
    assert [(row, field) for _, row, field, _ in shop.waiting("pos_sales")] == [
        (3, "timestamp"),
        (4, "timestamp"),
    ]
    assert "its file is of 2025-09-02" in messages(shop, "pos_sales")[3]


def test_rows_of_another_day_than_most_of_their_file_are_named(shop):
    usual = [sale(f"R{n}", 20) for n in range(5)]
    shop.send("pos_sales", 20, [*usual, sale("R8", 19), sale("R9", 21), sale("R10", 2)])
    shop.load("pos_sales", 20)
    found = shop.warehouse.misfit_times("pos_sales", at(20).date(), days=7)
    assert found.select("day", "rows").rows() == [(at(2).date(), 1), (at(21).date(), 1)]
    history = [sale(f"H{n}", n) for n in range(1, 19)]
    shop.send("pos_sales", 20, history, part="2")
    shop.load("pos_sales", 20)
    found = shop.warehouse.misfit_times("pos_sales", at(20).date(), days=7)
    assert found.height == 2, "a file of history is of no day"


def test_a_released_state_does_not_override_a_newer_one(shop):
    shop.send("stock", 1, [record(1, 5, sku="C")])
    shop.load("stock", 1)
    shop.send("products", 2, [{"sku": "C"}])
    shop.send("stock", 2, [record(2, 9, sku="C")])
    shop.load_all(2)
    assert shop.waiting("stock") == []
    assert shop.known("stock", 2)["on_hand"].to_list() == [9]


def test_a_row_is_released_only_once_all_of_its_keys_are_known(shop):
    shop.send("pos_sales", 1, [sale("R1", 1, sku="C", location="S9")])
    shop.load("pos_sales", 1)
    shop.send("products", 2, [{"sku": "C"}])
    shop.load_all(2)
    assert shop.receipts(2) == {}
    shop.send("locations", 3, [{"location": "S9"}])
    shop.load_all(3)
    assert shop.receipts(3) == {"R1": 1}


def test_a_waiting_row_is_not_released_beside_the_same_receipt(shop):
    shop.send("pos_sales", 1, [sale("R1", 1, 2, sku="C")])
    shop.load("pos_sales", 1)
    shop.send("pos_sales", 2, [sale("R1", 1, 5)])
    shop.load("pos_sales", 2)
    shop.send("products", 3, [{"sku": "C"}])
    shop.load_all(3)
    assert shop.receipts(3) == {"R1": 5}
    assert len(shop.waiting("pos_sales")) == 1


def test_of_two_waiting_rows_of_a_receipt_one_is_released(shop):
    shop.send("pos_sales", 1, [sale("R1", 1, 2, sku="C")])
    shop.load("pos_sales", 1)
    shop.send("pos_sales", 2, [sale("R1", 1, 7, sku="C")])
    shop.load("pos_sales", 2)
    shop.send("products", 3, [{"sku": "C"}])
    shop.load_all(3)
    assert shop.known("pos_sales", 3)["quantity"].to_list() == [2]


def test_keys_whose_newest_row_waits_are_named_until_a_sound_one_comes(shop):
    shop.send("products", 1, [{"sku": "A", "case_pack": 0}, {"sku": "B", "case_pack": 2}])
    shop.load("products", 1)
    (row,) = shop.warehouse.overtaken("products", day(1)).rows(named=True)
    assert (row["sku"], row["file_name"], row["row"]) == ("A", f"products/{day(1)}.csv", 1)
    assert row["in_force_since"] == day(0)
    assert "case_pack is 0" in row["message"]
    shop.send("products", 2, [{"sku": "A", "case_pack": 6}])
    shop.load("products", 2)
    assert shop.warehouse.overtaken("products", day(2)).is_empty()
    assert len(shop.warehouse.overtaken("products", day(1))) == 1
    assert shop.warehouse.overtaken("pos_sales", day(2)).is_empty()


def test_a_moment_that_a_system_writes_for_none_is_set_aside(shop):
    nothing = [at(1).replace(year=year) for year in (1, 1899, 1900, 1970)]
    for number in (1, 2):
        rows = [
            sale(f"R{number}-{n}", number) | {"timestamp": moment}
            for n, moment in enumerate([*nothing, at(number)])
        ]
        shop.send("pos_sales", number, rows)
        report = shop.load("pos_sales", number)
        assert (report.loaded_rows, report.quarantined_rows) == (1, 4)
    assert shop.receipts(2) == {"R1-4": 1, "R2-4": 1}


@pytest.mark.parametrize("year", [1980, 9999])
def test_a_day_at_the_end_of_the_calendar_loads(shop, year):
    for number in (1, 2):
        told = {"region": "north", "date": date(year, 12, 31), "issued_on": day(number)}
        shop.send("weather", number, [{**told, "kind": "forecast", "temperature": 20.0}])
        report = shop.load("weather", number)
        assert (report.refused, report.quarantined_rows) == ([], 0)
