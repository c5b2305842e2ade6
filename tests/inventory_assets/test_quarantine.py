"""Rows that cannot be taken wait where a person finds them, and no other rows do."""

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


@pytest.mark.xfail(
    strict=True, reason="keys that came before are searched between the batch's timestamps only"
)
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


@pytest.mark.xfail(
    strict=True, reason="two waiting rows of one key are released together: only landed rows count"
)
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
