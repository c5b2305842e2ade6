"""Margin that lines promised beside what they kept, held against the same days without them."""

import duckdb
import pytest
from landing_folder import day, put, record

from quality_checks.contracts import VIEW_SCHEMA

LINE = {"kind": "transfer", "currency": "EUR", "due_on": day(2), "batch": 1, "quantity": 10}


@pytest.fixture
def moved(shop):
    """Ten units to each of three item-locations on day 1, due on day 2, next goods on day 5."""
    shop.load_all(0)
    for number, (sku, store, kept) in enumerate(
        [("A", "S1", 30.0), ("B", "S1", 20.0), ("A", "S2", 25.0)]
    ):
        action = f"a{number}"
        line = {**LINE, "sku": sku, "destination": store}
        put(shop, "export_lines", 1, action_id=action, idempotency_key=f"k{number}", **line)
        put(shop, "proposals", 1, action_id=action, quantity=10, margin_kept=kept)
        put(shop, "targets", 1, sku=sku, location=store, echelon=False, protection_days=3.5,
            underage_cost=5.0, overage_cost=0.5)  # fmt: skip
    return shop


def arrive(shop, number, *lines, units=10):
    """Transfers of the actions come on a day."""
    rows = [
        {
            "transfer_id": f"T{action}", "line": 1, "sku": sku, "origin": "DC1",
            "destination": store, "shipped_on": day(1), "expected_on": day(2),
            "shipped_quantity": units, "received_quantity": units, "received_on": day(number),
            "proposal_ref": action,
        }
        for action, sku, store in lines
    ]  # fmt: skip
    shop.send("transfers", number, rows)
    shop.load("transfers", number)


def stock(shop, number, *rows):
    said = [
        record(number, units, sku=sku, location=store, reserved=0, damaged=0)
        for sku, store, units in rows
    ]
    shop.send("stock", number, said)
    shop.load("stock", number)


def read(shop, newest, view="realised_benefits"):
    put(shop, "plan_versions", newest, plan_version=1, current=True)
    with duckdb.connect(str(shop.warehouse.publish_copy()), read_only=True) as connection:
        return connection.sql(f"SELECT * FROM {VIEW_SCHEMA}.{view} ORDER BY ALL").pl().to_dicts()


ALL = [("a0", "A", "S1"), ("a1", "B", "S1"), ("a2", "A", "S2")]


def test_units_count_as_far_as_the_least_that_was_there_is_below_them(moved):
    # What was there before they came, and after the next goods, tells nothing of them.
    stock(moved, 1, ("A", "S1", 0), ("B", "S1", 30), ("A", "S2", 2))
    arrive(moved, 2, *ALL)
    stock(moved, 2, ("A", "S1", 11), ("B", "S1", 40), ("A", "S2", 12))
    stock(moved, 4, ("A", "S1", 4), ("A", "S2", 0))
    stock(moved, 6, ("A", "S1", 0), ("B", "S1", 0))
    assert read(moved, 4) == []
    north, south = sorted(read(moved, 6), key=lambda row: row["region"])
    assert (north["lines"], north["judged"], north["units"]) == (2, 2, 20)
    # 6 of the first and none of the second, whose 40 lasted: 14 were kept for nothing.
    assert (north["units_needed"], north["promised"]) == (6, 50.0)
    assert north["realised"] == 6 * 5.0 - 14 * 0.5
    assert north["realised_error"] == pytest.approx(2**0.5 * (28.0 + 5.0) / 2**0.5, abs=0.01)
    assert (south["units_needed"], south["promised"], south["realised"]) == (10, 25.0, 50.0)


def test_each_line_tells_what_it_promised_and_kept(moved):
    # A line that cannot be judged says so, and promises what the plan stated.
    with duckdb.connect(str(moved.warehouse.path)) as connection:
        connection.execute("UPDATE actions.proposals SET benefit = 17 WHERE action_id = 'a1'")
    arrive(moved, 2, ALL[0], units=6)
    stock(moved, 2, ("A", "S1", 4))
    lines = {row["action_id"]: row for row in read(moved, 6, "line_outcomes")}
    first, second = lines["a0"], lines["a1"]
    assert (first["shown_units"], first["came_units"], first["units_needed"]) == (6, 6, 2)
    assert (first["promised"], first["realised"]) == (18.0, 2 * 5.0 - 4 * 0.5)
    assert (second["promised_benefit"], second["quantity"]) == (17.0, 10)
    assert [second[name] for name in ("shown_units", "came_units", "promised", "realised")] == [
        None
    ] * 4
    assert first["next_goods_on"] == day(5)


def test_what_came_late_counts_from_its_day_and_what_never_came_is_not_judged(moved):
    stock(moved, 1, ("A", "S1", 0), ("A", "S2", 0))
    arrive(moved, 3, ALL[0])
    stock(moved, 3, ("A", "S1", 10))
    north, south = sorted(read(moved, 6), key=lambda row: row["region"])
    assert (north["lines"], north["judged"], north["units_needed"]) == (2, 1, 0)
    assert north["realised"] == -10 * 0.5
    assert (south["lines"], south["judged"], south["promised"]) == (1, 0, 0.0)


def test_a_part_that_came_promises_its_share(moved):
    arrive(moved, 2, ALL[2], units=4)
    stock(moved, 2, ("A", "S2", 0))
    (south,) = [row for row in read(moved, 6) if row["judged"]]
    assert (south["units_needed"], south["promised"], south["realised"]) == (4, 10.0, 20.0)


def test_what_left_by_an_earlier_version_is_counted_and_not_judged(moved):
    with duckdb.connect(str(moved.warehouse.path)) as connection:
        connection.execute("DELETE FROM actions.proposals WHERE action_id = 'a2'")
    arrive(moved, 2, *ALL)
    stock(moved, 2, ("A", "S1", 0), ("B", "S1", 0), ("A", "S2", 0))
    _, south = sorted(read(moved, 6), key=lambda row: row["region"])
    assert (south["lines"], south["judged"], south["realised"]) == (1, 0, 0.0)


def test_transfers_yield_what_they_kept_by_unit_and_by_what_trips_cost(moved):
    with duckdb.connect(str(moved.warehouse.path)) as connection:
        connection.execute("UPDATE actions.proposals SET margin_given_up = 4.0, moving_cost = 5.0")
    arrive(moved, 2, *ALL[:2])
    arrive(moved, 3, ALL[2], units=4)
    stock(moved, 2, ("A", "S1", 4))
    stock(moved, 3, ("A", "S2", 0))
    north, south = read(moved, 6, "transfer_yield")
    # Of the second no record is known from the day it came.
    assert (north["lines"], north["units"], north["trip_cost"]) == (1, 10, 5.0)
    assert (north["promised"], north["realised"]) == (30.0 - 4.0, 6 * 5.0 - 4 * 0.5 - 4.0)
    assert (north["promised_a_unit"], north["realised_a_unit"]) == (2.6, 2.4)
    assert (north["promised_return"], north["realised_return"]) == (26 / 5, 24 / 5)
    # A part of four in ten has its share of all.
    assert (south["units"], south["trip_cost"]) == (4, 2.0)
    assert south["promised"] == pytest.approx(0.4 * (25.0 - 4.0))
    assert south["realised_return"] == pytest.approx((4 * 5.0 - 1.6) / 2.0)
    value = {row["metric"]: row["value"] for row in read(moved, 6, "key_metrics")}
    assert value["transfer_yield"] == pytest.approx((24.0 + 18.4) / 14)
    assert value["transfer_return"] == pytest.approx((24.0 + 18.4) / 7)
