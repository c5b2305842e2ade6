"""The allocation of a planned retailer, and the prices of its limits, against each other."""

import shutil

import polars as pl
import pytest
from simulated import LAST, materialize, warehouse_of

from quality_checks.contracts import CONTRACTS


@pytest.fixture(scope="module")
def plan(planned):
    return warehouse_of(planned).read(CONTRACTS["allocation"], LAST)


@pytest.fixture(scope="module")
def prices(planned):
    return warehouse_of(planned).read(CONTRACTS["limit_prices"], LAST)


def test_every_limit_that_a_line_draws_on_has_a_row_that_says_what_is_used(plan, prices):
    kinds = set(prices["limit"])
    assert kinds >= {"lane_capacity", "lane_volume", "receiving_capacity", "outbound_capacity"}
    assert plan.height > 0
    (dc,) = prices.filter(pl.col("limit") == "outbound_capacity").to_dicts()
    assert dc["used"] == plan["quantity"].sum()
    used = prices.filter(pl.col("limit") == "receiving_capacity").select("scope", "used")
    received = plan.group_by(scope="destination").agg(units=pl.col("quantity").sum())
    compared = received.join(used, on="scope", how="left")
    assert (compared["units"] == compared["used"]).all()
    assert (prices["used"] <= prices["capacity"] * (1 + 1e-6)).all()


def test_a_price_is_only_asked_for_what_is_scarce(prices):
    assert prices.filter(pl.col("price") > 0, pl.col("used") < 0.9 * pl.col("capacity")).is_empty()


def test_one_of_the_two_tables_can_be_made_alone(planned, tmp_path, prices):
    root = shutil.copytree(planned, tmp_path / "retailer")
    made = materialize(root, LAST, "limit_prices")
    assert [event.step_key for event in made.get_asset_materialization_events()] == [
        "plans__allocation"
    ]
    assert warehouse_of(root).read(CONTRACTS["limit_prices"], LAST).equals(prices)
