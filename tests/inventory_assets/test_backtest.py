"""A backtest tells how forecasts would have done, and knows nothing of what came after."""

import shutil
from datetime import date, timedelta

import duckdb
import polars as pl
import pytest
from simulated import LAST, materialize, open_warehouse, warehouse_of

from inventory_assets.demand import backtest
from quality_checks.contracts import CONTRACTS, VIEW_SCHEMA
from warehouse import Warehouse

STEP = 14
ORIGIN = LAST - timedelta(days=STEP)
TABLE = CONTRACTS["backtest_accuracy"]


def read(root):
    return warehouse_of(root).read(TABLE, LAST)


@pytest.fixture(scope="module")
def tested(planned, tmp_path_factory):
    """A retailer with five weeks of history, of which the last two are forecast anew."""
    root = shutil.copytree(planned, tmp_path_factory.mktemp("backtest") / "retailer")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backtest, "_STEP_DAYS", STEP)
        patch.setattr(backtest, "_LEAST_DAYS", STEP)
        materialize(root, LAST, "backtest_accuracy")
        yield root


def test_every_day_since_the_origin_is_compared_with_its_sales(tested):
    rows = read(tested)
    with open_warehouse(tested) as connection:
        traded = connection.execute(
            "SELECT DISTINCT business_date FROM inventory.trading_days "
            "WHERE status = 'open' AND business_date > ?",
            [ORIGIN],
        ).fetchall()
    assert set(rows["date"]) == {day for (day,) in traded}
    assert (rows["date"] - timedelta(days=1) >= ORIGIN).all()
    leads = (rows["date"] - ORIGIN).dt.total_days()
    assert leads.equals(rows["lead_days"], check_names=False)
    assert rows["actual"].sum() > 0
    assert rows["absolute_error"].sum() < 2 * rows["actual"].sum()


def test_a_forecast_knows_nothing_of_what_sold_after_its_origin(tested, tmp_path):
    root = shutil.copytree(tested, tmp_path / "later")
    with duckdb.connect(str(warehouse_of(root).path)) as connection:
        connection.execute(
            "UPDATE inventory.demand_history SET sales = sales * 3 WHERE business_date > ?",
            [ORIGIN],
        )
    before = read(root)
    materialize(root, LAST, "backtest_accuracy")
    after = read(root)
    assert after["actual"].sum() == pytest.approx(3 * before["actual"].sum())
    same = ["date", "region", "category", "lead_days", "pairs", "forecast"]
    assert after.select(same).equals(before.select(same))


def test_the_view_shows_a_backtest_where_no_night_has_forecast(tested, tmp_path):
    path = tmp_path / "plenish.duckdb"
    path.write_bytes(warehouse_of(tested).path.read_bytes())
    warehouse = Warehouse(path)
    night = read(tested).filter(pl.col("date") == LAST, lead_days=STEP).drop("date")
    accuracy = CONTRACTS["forecast_accuracy"]
    warehouse.write(accuracy, LAST, night.with_columns(forecast=pl.lit(1000.0)))
    with duckdb.connect(str(warehouse.publish_copy()), read_only=True) as connection:
        shown = connection.sql(f"FROM {VIEW_SCHEMA}.category_accuracy").pl()
    assert shown.select("business_date", "category", "lead_days").is_unique().all()
    of_night = shown.filter(business_date=LAST)
    assert set(of_night["made_by"]) == {"night"}
    assert (of_night["forecast"] >= 1000).all()
    others = shown.filter(pl.col("business_date") < LAST)
    assert set(others["made_by"]) == {"backtest"}
    assert others["actual"].sum() == read(tested).filter(pl.col("date") < LAST)["actual"].sum()


def test_a_history_that_is_too_short_has_no_backtest(planned, tmp_path):
    root = shutil.copytree(planned, tmp_path / "short")
    materialize(root, date(2025, 9, 1), "backtest_accuracy")
    assert warehouse_of(root).read(TABLE, date(2025, 9, 1)).is_empty()
