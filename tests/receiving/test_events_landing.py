"""Parts of events are files like any other: the intake takes them, or sets their rows aside."""

import shutil

import pytest
from door import receiving
from simulated import LAST, open_warehouse, warehouse_of

from quality_checks.contracts import CONTRACTS
from receiving.journal import Accepted
from receiving.rows import read_row


@pytest.fixture(scope="module")
def retailer(planned, tmp_path_factory):
    root = tmp_path_factory.mktemp("retailer")
    for folder in ("landing", "warehouse"):
        shutil.copytree(planned / folder, root / folder)
    return root


@pytest.fixture(scope="module")
def before(retailer):
    return {name: warehouse_of(retailer).known(name, LAST) for name in ("pos_sales", "stock")}


def accept(source, number, row):
    contract = CONTRACTS[source]
    sent = {name: value for name, value in row.items() if name in contract.columns}
    return Accepted("tills/1", f"{source}-{number}", source, str(LAST), read_row(sent, contract))


@pytest.fixture(scope="module")
def loaded(retailer, before):
    """What came as events is loaded twice; what the first load said."""
    sale = before["pos_sales"].row(0, named=True)
    sale = {**sale, "timestamp": f"{LAST}T23:30:00"}
    record = before["stock"].row(0, named=True) | {"snapshot_time": f"{LAST}T23:59:00"}
    events = [
        *(accept("pos_sales", n, {**sale, "receipt": f"new {n}"}) for n in range(3)),
        accept("pos_sales", 3, sale),
        accept("pos_sales", 4, {**sale, "receipt": "new 4", "quantity": -1}),
        accept("pos_sales", 5, {**sale, "receipt": "new 5", "sku": "no such item"}),
        accept("pos_sales", 6, {**sale, "receipt": "new 6", "timestamp": "2099-01-01T00:00:00"}),
        accept("stock", 0, {**record, "on_hand": 7, "reserved": 0}),
        accept("stock", 1, {**record, "on_hand": 4, "reserved": 1}),
    ]
    for _ in range(2):  # what comes a second time, in another process, changes nothing
        with receiving(retailer) as receiver:
            receiver.submit(events).result(30)
    landing = retailer / "landing"
    first, again = (
        {name: warehouse_of(retailer).load(landing, name, LAST) for name in before}
        for _ in range(2)
    )
    assert {report.files for report in again.values()} == {0}
    return first


def test_each_sale_counts_once(retailer, before, loaded):
    known = warehouse_of(retailer).known("pos_sales", LAST)
    assert known.height == before["pos_sales"].height + 3
    assert sorted(known.filter(known["receipt"].str.starts_with("new "))["receipt"]) == [
        "new 0",
        "new 1",
        "new 2",
    ]
    assert loaded["pos_sales"].refused == loaded["pos_sales"].notes == []


def test_what_waits_names_its_event(retailer, loaded):
    with open_warehouse(retailer) as connection:
        rows = connection.sql(
            "SELECT message, reason FROM intake.quarantine WHERE file_name LIKE '%_events-%' "
            'ORDER BY "row"'
        ).fetchall()
    assert loaded["pos_sales"].quarantined_rows == len(rows)
    told = [(message.partition("(event ")[2], reason) for message, reason in rows]
    assert told == [
        ("tills/1 pos_sales-3)", "duplicate_key"),
        ("tills/1 pos_sales-4)", "out_of_bounds"),
        ("tills/1 pos_sales-5)", "unknown_key"),
        ("tills/1 pos_sales-6)", "out_of_bounds"),
    ]


def test_the_newest_record_of_stock_is_in_force(retailer, before, loaded):
    known = warehouse_of(retailer).known("stock", LAST)
    first = before["stock"].row(0, named=True)
    assert loaded["stock"].loaded_rows == 1
    assert known.height == before["stock"].height
    found = known.filter(sku=first["sku"], location=first["location"])
    assert found.select("on_hand", "reserved").rows() == [(4, 1)]
