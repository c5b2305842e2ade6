"""Files are loaded once, replaced whole when sent again, and refused whole when broken."""

import os

import pytest
from landing_folder import day, record, sale


def contents(shop):
    """Every row that the warehouse keeps of sales, and its whole ledger."""
    rows = shop.known("pos_sales", 99).rows()
    return rows, shop.warehouse.files("pos_sales", day(99)).drop("modified").rows()


def test_loading_twice_changes_nothing(shop):
    shop.send("pos_sales", 1, [sale("R1", 1), sale("R2", 1, sku="unknown")])
    shop.load("pos_sales", 1)
    before = contents(shop)
    again = shop.load("pos_sales", 2)
    assert (again.files, again.loaded_rows, again.quarantined_rows) == (0, 0, 0)
    assert contents(shop) == before
    assert len(shop.waiting("pos_sales")) == 1


def test_a_touched_file_is_not_a_new_one(shop):
    path = shop.send("pos_sales", 1, [sale("R1", 1)])
    shop.load("pos_sales", 1)
    before = contents(shop)
    os.utime(path, ns=(0, 12345))
    assert shop.load("pos_sales", 2).files == 0
    assert contents(shop) == before


def test_a_file_of_a_later_date_waits_for_its_run(shop):
    shop.send("pos_sales", 1, [sale("R1", 1)])
    shop.send("pos_sales", 2, [sale("R2", 2)])
    shop.load("pos_sales", 1)
    assert shop.receipts(99) == {"R1": 1}
    shop.load("pos_sales", 2)
    assert shop.receipts(99) == {"R1": 1, "R2": 1}


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet"])
def test_every_ending_loads_alike(shop, ending):
    shop.send("pos_sales", 1, [sale("R1", 1, 3, promo_id="P")], ending=ending)
    shop.load("pos_sales", 1)
    (row,) = shop.known("pos_sales", 1).rows(named=True)
    expected = {"receipt": "R1", "quantity": 3, "net_value": 10.0, "promo_id": "P"}
    assert {name: row[name] for name in expected} == expected


def test_a_file_sent_again_replaces_all_of_its_rows(shop):
    shop.send("pos_sales", 1, [sale("R1", 1), sale("R2", 1), sale("R3", 1)])
    shop.send("pos_sales", 2, [sale("R4", 2)])
    shop.load("pos_sales", 2)
    shop.send("pos_sales", 1, [sale("R2", 1, 5)])
    shop.load("pos_sales", 2)
    assert shop.receipts(2) == {"R2": 5, "R4": 1}
    statuses = [(name, status) for name, status, *_ in shop.files("pos_sales")]
    assert statuses == [
        ("2025-09-02.csv", "replaced"),
        ("2025-09-03.csv", "loaded"),
        ("2025-09-02.csv", "loaded"),
    ]


def test_a_file_sent_again_as_it_was_at_first_counts_again(shop):
    first = [sale("R1", 1, 1)]
    for quantity in (1, 2, 1):
        shop.send("pos_sales", 1, [sale("R1", 1, quantity)] if quantity != 1 else first)
        shop.load("pos_sales", 1)
        assert shop.receipts(1) == {"R1": quantity}


def test_rows_in_quarantine_go_with_the_file_that_is_replaced(shop):
    shop.send("pos_sales", 1, [sale("R1", 1, sku="unknown"), sale("R2", 1, quantity=-4)])
    shop.load("pos_sales", 1)
    assert len(shop.waiting("pos_sales")) == 2
    shop.send("pos_sales", 1, [sale("R1", 1), sale("R2", 1, 4)])
    shop.load("pos_sales", 1)
    assert shop.waiting("pos_sales") == []
    assert shop.receipts(1) == {"R1": 1, "R2": 4}
    shop.send("products", 2, [{"sku": "unknown"}])
    shop.load_all(2)
    assert shop.receipts(2) == {"R1": 1, "R2": 4}


def test_the_same_content_as_another_part_counts_once(shop):
    shop.send("pos_sales", 1, [sale("R1", 1)], part="1")
    shop.load("pos_sales", 1)
    shop.send("pos_sales", 1, [sale("R1", 1)], part="2")
    shop.load("pos_sales", 1)
    assert shop.receipts(1) == {"R1": 1}
    assert shop.files("pos_sales") == [
        ("2025-09-02_1.csv", "loaded", 1, 0),
        ("2025-09-02_2.csv", "repeated", 0, 0),
    ]
    assert shop.waiting("pos_sales") == []


def test_the_same_content_twice_in_one_load_counts_once(shop):
    for part in ("1", "2", "3"):
        shop.send("stock", 1, [record(1, 5)], part=part)
    shop.load("stock", 1)
    statuses = [status for _, status, *_ in shop.files("stock")]
    assert statuses == ["loaded", "repeated", "repeated"]


def test_a_repeated_part_counts_once_the_first_one_is_put_right(shop):
    shop.send("pos_sales", 1, [sale("R2", 1)], part="1")
    shop.send("pos_sales", 1, [sale("R2", 1)], part="2")
    shop.load("pos_sales", 1)
    shop.send("pos_sales", 1, [sale("R1", 1)], part="1")
    shop.load("pos_sales", 1)
    assert shop.receipts(1) == {"R1": 1, "R2": 1}


def cut(path):
    path.write_bytes(path.read_bytes()[:-9])


def emptied(path):
    path.write_bytes(b"")


def renamed_column(path):
    path.write_text(path.read_text().replace("quantity", "qty"))


def wrong_totals(path):
    path.with_name(f"{path.name}.control.json").write_text('{"sums": {"quantity": 3}}')


@pytest.mark.parametrize(
    ("ending", "spoil", "words"),
    [
        ("parquet", cut, "truncated"),
        ("csv.gz", cut, "truncated"),
        ("parquet", emptied, "empty"),
        ("csv", renamed_column, "renamed to 'qty'"),
        ("csv", wrong_totals, "expected 3, found 2"),
    ],
)
def test_a_broken_file_leaves_the_one_before_in_place(shop, ending, spoil, words):
    shop.send("pos_sales", 1, [sale("R1", 1)], ending=ending)
    shop.load("pos_sales", 1)
    path = shop.send("pos_sales", 1, [sale("R1", 1, 2)], ending=ending)
    spoil(path)
    (message,) = shop.load("pos_sales", 1).refused
    assert path.name in message
    assert words in message
    assert shop.receipts(1) == {"R1": 1}
    assert [status for _, status, *_ in shop.files("pos_sales")] == ["loaded", "refused"]
    assert shop.load("pos_sales", 1).files == 0, "it is not tried again as it is"
    shop.send("pos_sales", 1, [sale("R1", 1, 3)], ending=ending)
    assert shop.load("pos_sales", 1).refused == []
    assert shop.receipts(1) == {"R1": 3}


def test_a_file_sent_again_of_which_hardly_a_row_can_be_taken_leaves_the_one_before(shop):
    shop.send("pos_sales", 1, [sale(f"R{n}", 1) for n in range(20)])
    shop.load("pos_sales", 1)
    before = shop.receipts(1)
    path = shop.path("pos_sales", 1)
    path.write_text(path.read_text().replace("2025-09-02T12", "02.09.25 12"))
    (message,) = shop.load("pos_sales", 3).refused
    assert "of 20 rows 20 cannot be taken" in message
    assert "2025-09-02.csv" in message
    assert shop.receipts(3) == before
    assert shop.files("pos_sales") == [
        ("2025-09-02.csv", "loaded", 20, 0),
        ("2025-09-02.csv", "refused", 0, 20),
    ]
    assert len(shop.waiting("pos_sales")) == 20
    shop.send("pos_sales", 1, [sale(f"R{n}", 1, 2) for n in range(20)])
    assert shop.load("pos_sales", 3).refused == []
    assert shop.receipts(3) == dict.fromkeys(before, 2)
    assert shop.waiting("pos_sales") == []


def test_rows_of_a_file_that_was_not_taken_are_not_released_one_by_one(shop):
    shop.send("stock", 1, [record(1, n, sku=sku) for n, sku in enumerate("AB")])
    shop.load("stock", 1)
    unknown = [record(1, 70, sku=f"C{n}") for n in range(9)]
    path = shop.send("stock", 1, [record(1, 50), *unknown], ending="csv.gz")
    shop.path("stock", 1).unlink()
    (message,) = shop.load("stock", 2).refused
    assert path.name in message
    shop.send("products", 3, [{"sku": f"C{n}"} for n in range(9)])
    shop.load_all(3)
    on_hand = dict(shop.known("stock", 3).select("sku", "on_hand").iter_rows())
    assert on_hand == {"A": 0, "B": 1}


def test_a_file_sent_again_with_more_that_can_be_taken_replaces_a_worse_one(shop):
    shop.send("stock", 1, [record(1, 10**8, sku=sku) for sku in "AB" * 4])
    shop.load("stock", 1)
    broken = [record(1, 10**8, location=f"S{n}") for n in range(6)]
    shop.send("stock", 1, [record(1, 5), *broken])
    assert shop.load("stock", 1).refused == []
    assert shop.known("stock", 1)["on_hand"].to_list() == [5]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_name_that_leaves_no_room_for_its_control_file_is_refused(shop, ending):
    name = f"2025-09-02_{'x' * (250 - 12 - len(ending))}.{ending}"
    path = shop.send("pos_sales", 1, [sale("R1", 1)], ending=ending)
    path.rename(path.with_name(name))
    shop.send("pos_sales", 1, [sale("R2", 1)])
    report = shop.load("pos_sales", 1)
    assert "more than 200 bytes" in report.misnamed[0]
    assert shop.receipts(1) == {"R2": 1}


def test_a_broken_first_file_is_taken_once_it_is_whole(shop):
    path = shop.send("pos_sales", 1, [sale("R1", 1), sale("R2", 1)], ending="parquet")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert len(shop.load("pos_sales", 1).refused) == 1
    assert shop.receipts(1) == {}
    path.write_bytes(whole)
    shop.load("pos_sales", 2)
    assert shop.receipts(2) == {"R1": 1, "R2": 1}


def test_a_file_is_taken_once_its_control_file_is_put_right(shop):
    path = shop.send("pos_sales", 1, [sale("R1", 1)])
    control = path.with_name(f"{path.name}.control.json")
    control.write_text('{"rows": 2}')
    assert len(shop.load("pos_sales", 1).refused) == 1
    control.write_text('{"rows": 1}')
    shop.load("pos_sales", 1)
    assert shop.receipts(1) == {"R1": 1}


def test_files_without_a_place_are_named(shop):
    shop.send("pos_sales", 1, [sale("R1", 1)])
    (shop.landing / "pos_sales" / "sales of monday.csv").write_text("x")
    shop.path("pos_sales", 2).write_text("x")
    shop.path("pos_sales", 2, ending="csv.gz").write_text("x")
    report = shop.load("pos_sales", 2)
    assert len(report.misnamed) == 3
    assert any("sales of monday.csv" in message for message in report.misnamed)
    assert shop.receipts(2) == {"R1": 1}


def test_a_source_that_never_came_loads_nothing(shop):
    report = shop.load("acknowledgements", 1)
    assert (report.files, report.loaded_rows, report.refused) == (0, 0, [])
    assert shop.known("acknowledgements", 1).is_empty()
