"""What a plan for a date may see: nothing that came after its run, and nothing taken from it."""

from landing_folder import record, sale


def test_a_file_sent_again_changes_nothing_before_its_run(shop):
    shop.send("pos_sales", 1, [sale("R1", 1), sale("R2", 1)])
    shop.send("pos_sales", 2, [sale("R3", 2)])
    shop.load("pos_sales", 2)
    shop.send("pos_sales", 1, [sale("R1", 1, 9)])
    shop.load("pos_sales", 4)
    before = {"R1": 1, "R2": 1, "R3": 1}
    assert shop.receipts(2) == before
    assert shop.receipts(3) == before
    assert shop.receipts(4) == {"R1": 9, "R3": 1}


def test_a_late_file_is_known_from_the_run_that_loads_it(shop):
    shop.send("pos_sales", 1, [sale("R1", 1)])
    shop.send("pos_sales", 3, [sale("R3", 3)])
    shop.load("pos_sales", 3)
    shop.send("pos_sales", 2, [sale("R2", 2)])
    shop.load("pos_sales", 4)
    assert shop.receipts(2) == {"R1": 1}
    assert shop.receipts(3) == {"R1": 1, "R3": 1}
    assert shop.receipts(4) == {"R1": 1, "R2": 1, "R3": 1}


def test_a_late_file_is_late_though_its_source_was_silent(shop):
    shop.send("pos_sales", 1, [sale("R1", 1)])
    shop.load("pos_sales", 1)
    shop.load("pos_sales", 2)
    planned = shop.receipts(2)
    shop.send("pos_sales", 2, [sale("R2", 2)])
    shop.send("pos_sales", 3, [sale("R3", 3)])
    shop.load("pos_sales", 3)
    assert shop.receipts(2) == planned
    assert shop.receipts(3) == {"R1": 1, "R2": 1, "R3": 1}


def test_history_that_comes_at_once_can_be_replayed_day_by_day(shop):
    for number in (1, 2, 3):
        shop.send("pos_sales", number, [sale(f"R{number}", number)])
    shop.load("pos_sales", 3)
    assert shop.receipts(1) == {"R1": 1}
    assert shop.receipts(2) == {"R1": 1, "R2": 1}


def test_a_run_of_an_older_date_leaves_no_gap(shop):
    for number in (1, 2, 3, 4):
        shop.send("pos_sales", number, [sale(f"R{number}", number)])
    shop.load("pos_sales", 4)
    shop.send("pos_sales", 1, [sale("R1", 1, 7)])
    shop.load("pos_sales", 2)
    assert shop.receipts(3).get("R1") in {1, 7}
    assert shop.receipts(4)["R1"] == 7


def test_a_file_sent_again_with_another_ending_is_no_new_one(shop):
    shop.send("pos_sales", 1, [sale("R1", 1)])
    shop.load("pos_sales", 1)
    shop.path("pos_sales", 1).unlink()
    shop.send("pos_sales", 1, [sale("R1", 1, 5)], ending="parquet")
    shop.load("pos_sales", 2)
    assert shop.receipts(2) == {"R1": 5}
    assert shop.known("pos_sales", 1)["quantity"].to_list() == [1]


def test_a_state_that_comes_out_of_order_does_not_override_a_newer_one(shop):
    shop.send("stock", 3, [record(3, 30)])
    shop.load("stock", 3)
    shop.send("stock", 2, [record(2, 20), record(2, 5, location="S2")])
    shop.load("stock", 4)
    on_hand = dict(shop.known("stock", 4).select("location", "on_hand").iter_rows())
    assert on_hand == {"S1": 30, "S2": 5}
    assert dict(shop.known("stock", 3).select("location", "on_hand").iter_rows()) == {"S1": 30}
    assert shop.known("stock", 2).is_empty()


def test_a_later_part_of_a_day_overrides_an_earlier_one(shop):
    shop.send("stock", 1, [record(1, 7)], part="10")
    shop.send("stock", 1, [record(1, 9)], part="9")
    shop.send("stock", 1, [record(1, 1)])
    shop.load("stock", 1)
    assert shop.known("stock", 1)["on_hand"].to_list() == [7]


def test_a_pair_that_is_not_sent_again_keeps_its_record(shop):
    shop.send("stock", 1, [record(1, 4), record(1, 6, location="S2")])
    shop.send("stock", 2, [record(2, 3)])
    shop.load("stock", 2)
    on_hand = dict(shop.known("stock", 2).select("location", "on_hand").iter_rows())
    assert on_hand == {"S1": 3, "S2": 6}


def test_the_inputs_of_a_date_stay_as_they_were(shop):
    shop.send("pos_sales", 1, [sale("R1", 1)])
    shop.load("pos_sales", 1)
    first = shop.input_hash(1)
    shop.send("pos_sales", 2, [sale("R2", 2)])
    shop.load("pos_sales", 2)
    shop.send("pos_sales", 1, [sale("R1", 1, 5)])
    shop.load("pos_sales", 3)
    assert shop.input_hash(1) == first
    assert len({shop.input_hash(number) for number in (1, 2, 3)}) == 3


def test_a_released_row_is_no_input_of_the_dates_before(shop):
    shop.send("pos_sales", 1, [sale("R1", 1), sale("R2", 1, sku="C")])
    shop.load("pos_sales", 1)
    first = shop.input_hash(1)
    shop.send("products", 3, [{"sku": "C"}])
    shop.load_all(3)
    assert shop.receipts(1) == {"R1": 1}
    assert shop.input_hash(1) == first
