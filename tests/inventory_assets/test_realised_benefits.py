"""Margin that lines promised beside what they kept, held against the same days without them."""

import duckdb
import pytest
from landing_folder import day, put, record

from quality_checks.contracts import VIEW_SCHEMA

LINE = {"kind": "transfer", "sku": "A", "currency": "EUR", "due_on": day(2), "batch": 1}


@pytest.fixture
def moved(shop):
    """Ten units to each of three stores' items on day 1, there on day 2, next goods on day 5."""
    shop.load_all(0)
    for number, (sku, store, kept) in enumerate(
        [("A", "S1", 30.0), ("B", "S1", 20.0), ("A", "S2", 25.0)]
    ):
        action = f"a{number}"
        line = {**LINE, "sku": sku, "destination": store, "quantity": 10}
        put(shop, "export_lines", 1, action_id=action, idempotency_key=f"k{number}", **line)
        put(shop, "proposals", 1, action_id=action, region="north", category="shirts",
            quantity=10, margin_kept=kept)  # fmt: skip
        put(shop, "targets", 1, sku=sku, location=store, echelon=False, protection_days=3.5,
            underage_cost=5.0)  # fmt: skip
    return shop


def stock(shop, number, *rows):
    said = [
        record(number, units, sku=sku, location=store, reserved=0, damaged=0)
        for sku, store, units in rows
    ]
    shop.send("stock", number, said)
    shop.load("stock", number)


def read(shop, newest):
    put(shop, "plan_versions", newest, plan_version=1)
    with duckdb.connect(str(shop.warehouse.publish_copy()), read_only=True) as connection:
        view = f"{VIEW_SCHEMA}.realised_benefits"
        return connection.sql(f"SELECT * FROM {view} ORDER BY ALL").pl().to_dicts()


def test_units_count_as_far_as_the_least_that_was_there_is_below_them(moved):
    stock(moved, 1, ("A", "S1", 1), ("B", "S1", 40), ("A", "S2", 2))
    # Before the units are there, and after the next goods, nothing is said of them.
    stock(moved, 2, ("A", "S1", 11), ("A", "S2", 12))
    stock(moved, 4, ("A", "S1", 4), ("A", "S2", 0))
    stock(moved, 6, ("A", "S1", 0), ("B", "S1", 0))
    assert read(moved, 4) == []
    (row,) = read(moved, 6)
    assert (row["kind"], row["region"], row["lines"], row["units"]) == ("transfer", "north", 3, 30)
    # 6 of the first, none of the second, whose 40 lasted, and all of the third.
    assert (row["units_needed"], row["promised"], row["realised"]) == (16, 75.0, 80.0)
    assert row["realised_error"] == pytest.approx(3**0.5 * 25.17, abs=0.02)


def test_what_the_erp_rejected_and_what_no_record_tells_of_is_left_out(moved):
    stock(moved, 2, ("A", "S1", 3), ("B", "S1", 3))
    refusal = {"idempotency_key": "k1", "batch": "1", "status": "rejected"}
    moved.send("acknowledgements", 2, [{**refusal, "acknowledged_on": day(2)}])
    moved.load("acknowledgements", 2)
    (row,) = read(moved, 6)
    assert (row["lines"], row["units_needed"], row["realised_error"]) == (1, 7, 0)


def test_an_override_of_the_quantity_promises_its_share(moved):
    with duckdb.connect(str(moved.warehouse.path)) as connection:
        connection.execute("UPDATE exports.export_lines SET quantity = 4 WHERE action_id = 'a0'")
        connection.execute("DELETE FROM exports.export_lines WHERE action_id <> 'a0'")
    stock(moved, 2, ("A", "S1", 0))
    (row,) = read(moved, 6)
    assert (row["units_needed"], row["promised"], row["realised"]) == (4, 12.0, 20.0)
