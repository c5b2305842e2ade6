"""What exceptions are found in: cells that sold, and the plan's own rows that put money at risk."""

import duckdb
import pytest
from landing_folder import day

from quality_checks.contracts import CONTRACTS

TODAY = 10
PAIR = {"sku": "A", "location": "S1", "region": "north"}
MADE = {"mean_in_stock": 5.0, "variance_in_stock": 6.0, "common_variation": 0.1}
CELL = "shirts|north|store"


def put(shop, table, number, **row):
    """A row of a result table of which only some columns matter."""
    names = ", ".join(["business_date", *row])
    marks = ", ".join("?" * (len(row) + 1))
    with duckdb.connect(str(shop.warehouse.path)) as connection:
        query = f"INSERT INTO {CONTRACTS[table].table} ({names}) VALUES ({marks})"
        connection.execute(query, [day(number), *row.values()])


def find_nodes(shop, off, awaited=""):
    return shop.warehouse.query("node_signals", day(TODAY), frames={"off": off}, awaited=awaited)


@pytest.fixture
def sold(shop):
    """A and B at two stores, forecast the day before; both stores traded."""
    shop.load_all(TODAY)
    for location in ("S1", "S2"):
        put(shop, "trading_days", TODAY, location=location, region="north", status="open")
        for sku in ("A", "B"):
            pair = {"sku": sku, "location": location, "region": "north", "date": day(TODAY)}
            put(shop, "forecast", TODAY - 1, **pair, **MADE)
    return shop


def cells(shop, *, still_open=False):
    found = shop.warehouse.query("sold_cells", day(TODAY), still_open=still_open)
    return {(row["kind"], row["subject"]): row for row in found.iter_rows(named=True)}


def test_a_cell_sums_what_it_sold_and_what_locations_of_an_item_share(sold):
    put(sold, "demand_history", TODAY, sku="A", location="S1", channel="store", sales=7)
    put(sold, "demand_history", TODAY, sku="A", location="S2", channel="store", sales=2)
    found = cells(sold)
    above = found["demand_above", CELL]
    assert (above["observed"], above["expected"]) == (9.0, 20.0)
    # Of each item two locations of 5 units: 6 + 6 + 0.1 (10^2 - 5^2 - 5^2).
    assert above["variance"] == pytest.approx(2 * (12 + 5))
    assert found["demand_below", CELL]["variance"] == above["variance"]
    node = found["node_down", "S1"]
    assert (node["observed"], node["expected"], node["variance"]) == (7.0, 10.0, 12.0)


def test_an_empty_shelf_and_sales_that_did_not_come_are_on_neither_side(sold):
    row = {"sku": "A", "location": "S1", "channel": "store", "sales": 1, "out_of_stock": True}
    put(sold, "demand_history", TODAY, **row)
    with duckdb.connect(str(sold.warehouse.path)) as connection:
        connection.execute(
            "UPDATE inventory.trading_days SET status = 'missing' WHERE location = 'S2'"
        )
    found = cells(sold)
    assert (found["demand_above", CELL]["observed"], found["demand_above", CELL]["expected"]) == (
        0,
        5,
    )
    assert ("node_down", "S2") not in found


def test_the_newest_forecast_made_before_counts_and_none_of_the_day_itself(sold):
    older = PAIR | {"date": day(TODAY)} | MADE | {"mean_in_stock": 99.0}
    put(sold, "forecast", TODAY - 2, **older)
    put(sold, "forecast", TODAY, **older)
    assert cells(sold)["node_down", "S1"]["expected"] == 10.0


def test_a_part_of_a_day_is_not_taken_for_a_day_where_its_usual_end_is_not_known(sold):
    put(sold, "demand_history", TODAY, sku="A", location="S1", channel="store", sales=1)
    assert cells(sold, still_open=True) == {}
    put(sold, "trading_days", TODAY - 7, location="S1", region="north", status="open")
    put(sold, "trading_days", TODAY - 6, location="S2", region="north", status="open")
    found = cells(sold, still_open=True)
    assert {subject for _, subject in found} == {CELL, "S1"}
    assert found["demand_below", CELL]["expected"] == 10.0


def risk(shop):
    rates = {"keep_rate": 0.01, "keep_days": 100.0}
    found = shop.warehouse.query("stock_signals", day(TODAY), **rates)
    return {row["kind"]: row for row in found.iter_rows(named=True)}


@pytest.fixture
def stocked(shop):
    """A at S1 with a level of 10, a margin of 4 and 2 units of demand a day."""
    shop.load_all(TODAY)
    told = {"department": "fashion", "category": "shirts", "kind": "store", "status": "active"}
    put(shop, "planning_pairs", TODAY, **PAIR, **told, available=10, unit_cost=4.0)
    level = {"order_up_to": 10, "protection_days": 7.0, "demand_mean": 14.0, "underage_cost": 4.0}
    put(shop, "targets", TODAY, **PAIR, **level, stock_out_chance=0.5, echelon=False)
    return shop


@pytest.mark.parametrize(("chance", "units"), [(0.6, 3.0), (0.4, None)])
def test_what_is_likelier_out_than_not_in_two_days_loses_what_the_plan_projects(
    stocked, chance, units
):
    for ahead, lost in ((1, 1.0), (2, 2.0), (3, 50.0)):
        projected = {"day": day(TODAY + ahead), "lost": lost, "closing": 0.0, "out_chance": chance}
        put(stocked, "projected_stock", TODAY, **PAIR, **projected)
    found = risk(stocked).get("stock_out")
    if units is None:
        assert found is None
    else:
        assert (found["units_at_risk"], found["money_at_risk"]) == (units, units * 4)
        assert (found["subject"], found["channel"], found["side"]) == (
            "S1|shirts",
            "store",
            "short",
        )


def test_surplus_costs_its_keeping_until_it_is_sold(stocked):
    with duckdb.connect(str(stocked.warehouse.path)) as connection:
        connection.execute("UPDATE plans.planning_pairs SET available = 50")
    found = risk(stocked)["overstock"]
    # 40 units above the level sell in 20 days, so that one waits for 10, at 4 times 0.01 a day.
    assert (found["units_at_risk"], found["money_at_risk"]) == (40.0, pytest.approx(40 * 0.04 * 10))
    assert (found["subject"], found["side"]) == ("shirts|north", "over")


def test_goods_that_are_overdue_are_missed_as_far_as_the_stock_runs_out(stocked):
    line = {"document_kind": "transfer", "document": "T1", "line": 1, "units": 6}
    put(stocked, "receipts_ahead", TODAY, **PAIR, **line, overdue_days=2, expected_units=6)
    found = risk(stocked)["receipt_missing"]
    assert (found["money_at_risk"], found["document"]) == (6 * 4 * 0.5, "T1")


def test_an_order_that_is_confirmed_short_is_its_suppliers(stocked):
    order = {"po": "P1", "ordered_quantity": 10, "confirmed_quantity": 4, "destination": "S1"}
    stocked.send("purchase_orders", TODAY, [order | {"status": "confirmed"}])
    stocked.load_all(TODAY)
    found = stocked.warehouse.query("supplier_signals", day(TODAY)).row(0, named=True)
    assert (found["kind"], found["subject"]) == ("order_short", "V1")
    assert (found["units_at_risk"], found["money_at_risk"]) == (6.0, 6 * 4 * 0.5)


def test_a_feed_that_is_late_is_a_fault_of_the_feed_at_all_it_has(stocked):
    put(stocked, "feeds", TODAY, location="S1", region="north", source="stock", state="stopped")
    put(stocked, "feeds", TODAY, location="S1", region="north", source="pos_sales", state="on_time")
    off = duckdb.sql("SELECT 'node_down' AS kind, 'S9' AS subject, -0.5 AS change").pl()
    found = find_nodes(stocked, off)
    assert found.select("kind", "subject", "sku", "location").rows() == [
        ("feed_late", "stock|S1", "A", "S1")
    ]
    assert found["money_at_risk"].to_list() == [None]


@pytest.mark.parametrize(
    ("age", "awaited", "late"),
    [(1, "pos_sales;stock", 0), (1, "stock", 1), (1, "", 1), (2, "pos_sales;stock", 1)],
)
def test_what_is_not_due_yet_of_an_open_date_is_not_late(stocked, age, awaited, late):
    feed = {"location": "S1", "region": "north", "source": "pos_sales", "state": "late"}
    put(stocked, "feeds", TODAY, **feed, age_days=age)
    off = duckdb.sql("SELECT 'node_down' AS kind, 'S9' AS subject, -0.5 AS change").pl()
    assert find_nodes(stocked, off, awaited).height == late


def test_nodes_whose_stock_is_unknown_are_not_watched_for_it(stocked):
    def watched():
        found = stocked.warehouse.query("watched_subjects", day(TODAY))
        return {tuple(row) for row in found.iter_rows()}

    assert ("stock_out", "S1|shirts") in watched()
    with duckdb.connect(str(stocked.warehouse.path)) as connection:
        connection.execute("UPDATE plans.planning_pairs SET available = NULL")
    assert not {kind for kind, _ in watched()} & {"stock_out", "overstock", "phantom_stock"}
    assert ("receipt_missing", "S1") in watched()
