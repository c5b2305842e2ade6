"""Which records can be counted: not those that were asked for and are not counted yet."""

import duckdb
import pytest
from landing_folder import at, day, put

TODAY = 10
PAIR = {"sku": "A", "location": "S1", "region": "north"}
IN_SHOP = {"sku": "A", "location": "S1"}
COUNT = IN_SHOP | {"count_id": "C1", "counted": 9, "reason": "cycle"}
ROWS = {
    "position": PAIR | {"on_hand": 9, "available": 8},
    "planning_pairs": PAIR | {"review_days": 7.0, "status": "active"},
    "targets": PAIR | {"inventory_position": 8, "echelon": False, "open_demand_sd": 2.0},
}


@pytest.fixture
def stocked(shop):
    """A, launched long ago, has been on record for ten days of history, counted on the second."""
    shop.send("stock_counts", 2, [COUNT | {"timestamp": at(2)}])
    shop.load_all(TODAY)
    put(shop, "demand_history", 0, **IN_SHOP)
    for table, row in ROWS.items():
        put(shop, table, TODAY, **row)
    return shop


def countable(shop, doubts=()):
    record_doubts = duckdb.sql(
        "SELECT 'A' AS sku, 'S1' AS location, TRUE AS suspected, TRUE AS faulty, 0.9 AS doubt"
    ).pl()
    return shop.warehouse.query(
        "countable_pairs",
        day(TODAY),
        frames={"record_doubts": record_doubts if doubts else record_doubts.clear()},
        asked_since=day(TODAY - 7),
    )


def test_a_record_has_the_days_since_its_count_and_how_often_others_are_counted(stocked):
    found = countable(stocked).row(0, named=True)
    assert (found["on_hand"], found["available"], found["days_uncounted"]) == (9, 8, 8)
    # One count of the one item in eleven days of history.
    assert found["count_rate"] == pytest.approx(1 / 11)
    assert (found["record_chance"], found["open_demand_variance"]) == (1.0, 4.0)
    assert countable(stocked, doubts=True)["record_chance"].to_list() == pytest.approx([0.1])


@pytest.mark.parametrize(
    ("kind", "asked", "left_out"),
    [("stock_count", 4, True), ("stock_count", 2, False), ("stock_count", TODAY, False),
     ("allocation", 4, False)],
)  # fmt: skip
def test_what_was_asked_for_is_not_asked_again_until_it_is_counted_or_given_up(
    stocked, kind, asked, left_out
):
    line = {"action_id": "x", "kind": kind, "sku": "A", "destination": "S1"}
    put(stocked, "export_lines", asked, **line)
    assert countable(stocked).is_empty() == left_out
    counted = min(asked + 1, TODAY)
    stocked.send("stock_counts", counted, [COUNT | {"count_id": "C2", "timestamp": at(counted)}])
    stocked.load_all(TODAY)
    assert countable(stocked).height == 1


def test_a_count_that_was_rejected_is_asked_for_again(stocked):
    line = {"action_id": "x", "idempotency_key": "k", "kind": "stock_count"}
    put(stocked, "export_lines", 4, sku="A", destination="S1", **line)
    assert countable(stocked).is_empty()
    answer = {"idempotency_key": "k", "batch": 1, "acknowledged_on": day(5)}
    stocked.send("acknowledgements", 5, [answer | {"status": "rejected"}])
    stocked.load_all(TODAY)
    assert countable(stocked).height == 1


def test_stock_that_was_counted_since_nothing_sold_is_there(stocked):
    """Suspected from the fourth day on, of which a count of the second says nothing."""
    for number in (4, 9):
        suspect = IN_SHOP | {"date": day(number), "suspected": True}
        put(stocked, "unconstrained", TODAY, **suspect)

    def faulty():
        unsure = duckdb.sql("SELECT '' AS sku, '' AS location WHERE FALSE").pl()
        doubts = stocked.warehouse.query("record_doubts", day(TODAY), frames={"unsure": unsure})
        return doubts["suspected"].to_list()

    assert faulty() == [True]
    stocked.send("stock_counts", 6, [COUNT | {"count_id": "C2", "timestamp": at(6)}])
    stocked.load_all(TODAY)
    assert faulty() == [False]


def test_an_old_run_without_sales_says_nothing_of_a_new_one(stocked):
    """Counted between two runs of suspected days: what the count found has gone since, maybe."""
    for number, sales in ((1, 0), (4, 3), (8, 0)):
        row = IN_SHOP | {"date": day(number), "sales": sales, "suspected": not sales}
        put(stocked, "unconstrained", TODAY, **row)
    unsure = duckdb.sql("SELECT '' AS sku, '' AS location WHERE FALSE").pl()
    doubts = stocked.warehouse.query("record_doubts", day(TODAY), frames={"unsure": unsure})
    assert doubts["suspected"].to_list() == [True]
