"""The nightly job on real data, from the import to the export, with what is assumed marked."""

import re

import duckdb
import polars as pl
import pytest
from simulated import open_warehouse, plenish, plenish_here, warehouse_of

from quality_checks.contracts import CONTRACTS

pytestmark = pytest.mark.proof


def import_and_plan(data, run_plan, *arguments):
    """Import into the folder `data`, plan its newest date, and keep what was printed."""
    imported = plenish_here(data, "import", *arguments)
    assert imported.returncode == 0, imported.stdout + imported.stderr
    assert "assumed:" in imported.stdout
    planned = run_plan(data, "plan")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    (data / "summary.txt").write_text(planned.stdout)


def newest(data):
    with open_warehouse(data) as connection:
        return connection.sql("SELECT max(business_date) FROM plans.plan_versions").fetchone()[0]


@pytest.fixture(scope="session")
def fresh(shared, shared_data):
    """A city of FreshRetailNet with 65 series in 3 stores, planned."""
    folder = shared_data / "freshretailnet50k"
    if not folder.is_dir():
        pytest.skip(f"no FreshRetailNet-50K at {folder}")
    arguments = ("freshretailnet", str(folder), "--city", "8")
    return shared("fresh", lambda data: import_and_plan(data, plenish_here, *arguments))


@pytest.fixture(scope="session")
def invoices(shared, shared_data):
    """Four weeks of a tenth of Online Retail II, planned; the whole is the benchmark's business."""
    file = shared_data / "online_retail_ii" / "invoices_2009_2010.parquet"
    if not file.is_file():
        pytest.skip(f"no Online Retail II at {file}")
    weeks = "InvoiceDate BETWEEN '2010-04-12' AND '2010-05-11'"
    # TEST001 and M (manual) are no goods.
    items = "regexp_matches(StockCode, '^(84|TEST|M)')"

    def build(data):
        cut = data / "cut.parquet"
        duckdb.execute(f"COPY (SELECT * FROM '{file}' WHERE {weeks} AND {items}) TO '{cut}'")
        # In a process of its own, since the partitions of this one begin later than the data.
        import_and_plan(data, plenish, "online-retail-ii", str(cut))

    return shared("invoices", build)


def assert_assumptions_are_marked(data):
    """On every action, by what it rests on, and at the head of the summary."""
    warehouse, date = warehouse_of(data), newest(data)
    actions = warehouse.read(CONTRACTS["proposals"], date)
    assert set(actions["kind"]) >= {"purchase_order", "allocation"}
    for action in actions.iter_rows(named=True):
        of_kind = {"purchase_order": {"item_suppliers"}, "stock_count": set()}
        rests_on = {"stock"} | of_kind.get(action["kind"], {"lanes"})
        assert rests_on <= set(action["assumed_inputs"].split(";"))
        assert "input_assumed" in action["reason_codes"].split(";")
    known = warehouse.known("assumptions", date)
    head, _, _ = (data / "summary.txt").read_text().partition("Running short")
    for source in known["source"].unique():
        assert re.search(rf"^ *{source}: ", head, flags=re.MULTILINE), source


def test_a_city_of_freshretailnet_is_planned(fresh):
    warehouse, date = warehouse_of(fresh), newest(fresh)
    forecast = warehouse.read(CONTRACTS["forecast"], date)
    assert forecast.select("sku", "location").n_unique() == 65
    assert forecast["location"].n_unique() == 3
    assert list((fresh / "exports" / str(date)).iterdir())
    outcomes = warehouse.read(CONTRACTS["check_outcomes"], date)
    assert outcomes.filter(~pl.col("passed"), "blocking").is_empty()


def test_what_freshretailnet_lacks_is_marked_as_assumed(fresh):
    assert_assumptions_are_marked(fresh)


def test_history_of_freshretailnet_is_the_raw_sales(fresh, shared_data):
    daily = shared_data / "freshretailnet50k" / "daily.parquet"
    with open_warehouse(fresh) as connection:
        wrong, days, censored = connection.sql(f"""
            WITH raw AS (
                SELECT format('P{{:04d}}', product_id) AS sku, format('S{{:04d}}', store_id)
                    AS location, dt AS day, round(10 * sale_amount)::INT AS units,
                    stockout_hours_6_22 AS hours
                FROM '{daily}' WHERE city_id = 8 AND dt <= DATE '{newest(fresh)}'
            ), found AS (
                SELECT sku, location, business_date AS day, sum(sales) AS sales,
                    bool_or(out_of_stock) AS empty
                FROM inventory.demand_history GROUP BY ALL
            )
            SELECT count(*) FILTER (coalesce(sales, 0) <> units), count(*),
                count(*) FILTER (hours > 0 AND NOT coalesce(empty, false))
            FROM raw LEFT JOIN found USING (sku, location, day)
        """).fetchone()
    assert (wrong, censored) == (0, 0)
    assert days > 65 * 60


def test_real_invoices_are_planned(invoices):
    warehouse, date = warehouse_of(invoices), newest(invoices)
    assert date.isoformat() == "2010-05-10"
    assert len(warehouse.read(CONTRACTS["forecast"], date)) > 1000
    assert list((invoices / "exports" / str(date)).iterdir())


def test_what_real_invoices_lack_is_marked_as_assumed(invoices):
    assert_assumptions_are_marked(invoices)


def test_dirty_rows_of_real_invoices_wait_in_quarantine(invoices):
    wrong = {
        (row["field"], row["reason"])
        for row in warehouse_of(invoices).waiting("pos_sales", newest(invoices)).to_dicts()
    }
    assert wrong >= {("quantity", "out_of_bounds"), ("sku", "unknown_key")}
