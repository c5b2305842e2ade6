"""Levels and the trade-off curve as assets: in ranges of skus, with what a person looks at."""

import shutil
from datetime import timedelta
from itertools import pairwise

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from simulated import LAST, PROJECT, failures, materialize, warehouse_of

from inventory_assets.framework import Inputs, Retailer
from inventory_assets.framework.inputs import Declared
from inventory_assets.plans import pairs as plan_pairs
from optimization.levels import join_targets
from quality_checks.contracts import CONTRACTS, PlannedPairs, SteadyPairs, find_frame


def inputs_at(root):
    retailer = Retailer(data_folder=str(root), policies_folder=str(PROJECT / "data" / "policies"))
    return Inputs(
        LAST, Declared("test", frozenset({"planning_pairs", "sale_values"}), frozenset()), retailer
    )


def read(root, name):
    return warehouse_of(root).read(CONTRACTS[name], LAST)


def test_ranges_hold_every_sku_once_and_whole(planned, monkeypatch):
    monkeypatch.setattr(plan_pairs, "_RANGE_PAIRS", 12)
    inputs = inputs_at(planned)
    ranges = list(plan_pairs.list_sku_ranges(inputs))
    pairs = warehouse_of(planned).known("item_locations", LAST)
    assert len(ranges) > 2
    assert all(first <= last for first, last in ranges)
    assert all(before < first for (_, before), (first, _) in pairwise(ranges))
    found = [plan_pairs.read_pairs(inputs, one).select("sku", "location") for one in ranges]
    assert_frame_equal(pl.concat(found), pairs.select("sku", "location").sort("sku", "location"))


@pytest.fixture(scope="module")
def in_ranges(planned, tmp_path_factory):
    """The planned retailer with its levels made once more in small ranges, and the run."""
    root = shutil.copytree(planned, tmp_path_factory.mktemp("ranges") / "retailer")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan_pairs, "_RANGE_PAIRS", 12)
        done = materialize(root, LAST, "targets", "trade_off")
    return root, done


def test_levels_do_not_depend_on_the_ranges(planned, in_ranges):
    assert_frame_equal(read(in_ranges[0], "targets"), read(planned, "targets"))
    assert_frame_equal(read(in_ranges[0], "trade_off"), read(planned, "trade_off"))


def test_pairs_beside_their_levels_hold_the_contract_of_the_frame(planned):
    pairs, targets = read(planned, "planning_pairs"), read(planned, "targets")
    beside = join_targets(pairs.drop("business_date"), targets)
    assert beside.height == targets.height
    find_frame(PlannedPairs).check(beside)
    kept = pairs.select(
        "sku", "location", "unit_cost", "review_days", "presentation_min", "shelf_max"
    )
    find_frame(SteadyPairs).check(targets.join(kept, on=["sku", "location"]))


def test_the_curve_is_of_the_levels_in_force_and_drawn(planned, in_ranges):
    levels, curve = read(planned, "targets"), read(planned, "trade_off")
    passing = ["run_down", "before_launch", "not_replenished"]
    steady = levels.filter(~pl.col("binding").is_in(passing))
    counted = steady.group_by("echelon", "service_class").len("pairs").cast({"pairs": pl.Int64})
    in_force = curve.filter(pl.col("aim") == "plan").select("echelon", "service_class", "pairs")
    assert_frame_equal(in_force, counted, check_row_order=False)
    events = in_ranges[1].get_asset_materialization_events()
    shown = next(e.materialization.metadata for e in events if e.asset_key.path[-1] == "trade_off")
    assert "data:image/svg+xml;base64," in shown["service against stock"].value


def test_goods_for_a_launch_beyond_the_forecast_are_bought_in_time(planned, tmp_path):
    root = shutil.copytree(planned, tmp_path / "retailer")
    bought = read(planned, "targets").filter("echelon").sort("protection_days", "sku")
    sku, days = bought.select("sku", "protection_days").row(-1)
    launch = LAST + timedelta(days=int(days) - 6)
    assert launch > read(planned, "forecast")["date"].max()
    warehouse = root / "warehouse" / "plenish.duckdb"
    with duckdb.connect(warehouse) as connection:
        landed = CONTRACTS["products"].table
        connection.execute(f"UPDATE {landed} SET launch_date = ? WHERE sku = ?", [launch, sku])
    done = materialize(
        root, LAST, "unconstrained", "learnt_forecast", "forecast", "launch_forecast",
        "planning_pairs", "sale_values", "targets",
    )  # fmt: skip
    assert not failures(done)
    assert sku not in read(root, "forecast")["sku"]
    ahead = read(root, "launch_forecast").filter(pl.col("sku") == sku)
    assert ahead["date"].min() == launch
    events = done.get_asset_materialization_events()
    told = next(e.materialization for e in events if e.asset_key.path[-1] == "launch_forecast")
    line = f"| {sku} | pooled\\_attributes | {launch} | {ahead['location'].n_unique()} |"
    assert line in told.metadata["launches ahead"].value
    levels = read(root, "targets").filter(pl.col("sku") == sku)
    assert set(levels.filter(~pl.col("echelon"))["binding"]) == {"before_launch"}
    # Demand of the last seven days of the window and of the part of a day after them.
    dc = levels.filter("echelon").row(0, named=True)
    by_days = ahead.group_by("date").agg(pl.col("mean").sum()).sort("date")["mean"].cum_sum()
    assert by_days[6] <= dc["demand_mean"] <= by_days[7]
    assert dc["order_up_to"] >= dc["demand_mean"]


def test_every_level_has_its_costs_and_what_is_lost_before_goods_come(planned):
    levels = read(planned, "targets")
    kinds = warehouse_of(planned).known("locations", LAST).select("location", "kind")
    joined = levels.join(kinds, on="location")
    lost, waits = (joined.filter((pl.col("kind") == "ecom") == kind) for kind in (False, True))
    assert lost["lost"].all()
    assert lost["lost_before"].sum() > 0
    assert not waits["lost"].any()
    assert (waits["lost_before"] == 0).all()
    # What a unit left over saves of a later delivery is at most what a sale earns.
    assert (levels["underage_cost"] + levels["overage_cost"] > 0).all()
