"""A history as a scenario: recorded demand, the importer's stock and orders, policies on it."""

import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from forecasting.global_model.features import NAMES
from forecasting.global_model.forecaster import MODEL, fit_model, pack_model
from forecasting.history import unconstrain_demand
from forecasting.lifecycle.registry import ModelDescription, register_model
from forecasting.lifecycle.trained_versions import CHOICE
from simulation.importers import import_freshretailnet
from simulation.importers.freshretailnet_panel import read_panel
from simulation.replay.contest import ENTRANTS, play_contest
from simulation.replay.demo import build_demo_scenario
from simulation.replay.history import build_history_worlds, history_scenario, wanted
from simulation.replay.night_inputs import sales_history
from simulation.replay.pipeline import Pipeline
from simulation.replay.play import warmed_up
from simulation.replay.rules import weeks_of_cover
from simulation.replay.trained import known_panel, model_forecaster
from simulation.replay.world import ReplayWorld
from simulation.retailer.settings import size_retailer

FIRST, DAYS, AHEAD = date(2024, 4, 1), 40, 10
LAST_HOURS = sum(1 << hour for hour in range(14, 22))

SHARED = Path(os.environ.get("PLENISH_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
FRESH = SHARED / "freshretailnet50k"
CITY = 8  # 65 series in 3 stores
needs_fresh = pytest.mark.skipif(not FRESH.is_dir(), reason=f"no FreshRetailNet-50K at {FRESH}")


def raw_rows(cities=(7,), *, days=DAYS, products=4):
    """Three stores a city; product 0 is out of stock from 14 h every third day."""
    rng = np.random.default_rng(5)
    rows = []
    for city in cities:
        for store in range(3):
            for product in range(products - (city == 9)):
                rate = 0.1 * (1 + product % 4) * (1 + store)
                for day in range(days):
                    mask = LAST_HOURS if product == 0 and day % 3 == 2 else 0
                    hours = [
                        0.1 * rng.poisson(rate) * (6 <= h < 22) * (not mask >> h & 1)
                        for h in range(24)
                    ]
                    rows.append((city, 10 * city + store, product, day, mask, hours))
    columns = ("city_id", "store_id", "product_id", "day", "stockout_mask", "hours_sale")
    return pl.DataFrame(rows, schema=columns, orient="row")


def write_raw(rows, folder):
    folder.mkdir()
    dated = rows.with_columns(
        dt=pl.lit(FIRST) + pl.duration(days="day"),
        stockout_mask=pl.col("stockout_mask").cast(pl.UInt32),
        stockout_hours_6_22=pl.when(pl.col("stockout_mask") > 0)
        .then(8)
        .otherwise(0)
        .cast(pl.UInt8),
        first_category_id=pl.lit(1),
        second_category_id=pl.lit(2),
        third_category_id=pl.lit(3),
        discount=pl.when(pl.col("day") % 5 == 0).then(0.8).otherwise(1.0).cast(pl.Float32),
        holiday_flag=pl.lit(0),
        activity_flag=pl.lit(0),
        **dict.fromkeys(("precpt", "avg_temperature", "avg_humidity", "avg_wind_level"), pl.lit(1)),
    )
    dated.drop("hours_sale", "day").write_parquet(folder / "daily.parquet")
    dated.select(
        "store_id", "product_id", "dt", pl.col("hours_sale").cast(pl.List(pl.Float32))
    ).write_parquet(folder / "hourly_sales.parquet")
    return folder


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_raw(raw_rows(), tmp_path_factory.mktemp("history") / "raw")


@pytest.fixture(scope="module")
def panel(source):
    return read_panel(source, None)


@pytest.fixture(scope="module")
def evening(panel):
    return ReplayWorld(history_scenario(panel, AHEAD, seed=3))


def test_demand_is_sales_in_stock_and_more_where_hours_lacked_it(panel):
    found, sales = wanted(panel, 3), panel.sales
    out = panel.stockout_hours > 0
    assert (found[~out] == sales[~out]).all()
    assert (found >= sales).all()
    # Half of the sixteen hours are hidden: about as much again was wanted as was sold.
    assert 0.5 < found[out].sum() / sales[out].sum() - 1 < 1.5
    assert (wanted(panel, 3) == found).all()
    assert (wanted(panel, 4)[out] != found[out]).any()


def test_the_evening_is_that_of_the_import(source, evening, tmp_path):
    import_freshretailnet(source, tmp_path, seed=3)
    last = FIRST + timedelta(days=DAYS - AHEAD - 1)
    keys, masters = ["sku", "location"], evening.scenario.masters
    known = (
        pl.read_parquet(tmp_path / "stock" / "*.parquet")
        .filter(pl.col("snapshot_time").dt.date() <= last)
        .sort("snapshot_time")
        .group_by(keys)
        .last()
    )
    there = masters.pairs.select(keys).join(known, on=keys, how="left", maintain_order="left")
    assert masters.date(evening.day) == last
    assert evening.on_hand.tolist() == there["on_hand"].to_list()
    bought = pl.read_parquet(tmp_path / "purchase_orders" / "*.parquet")
    open_lines = (
        bought.filter(pl.col("ordered_on") <= last, pl.col("supplier") != "SPOT")
        .group_by("po", "line")
        .agg(pl.col("ordered_quantity").first(), came=(pl.col("delivered_on") <= last).any())
        .filter(~pl.col("came").fill_null(value=False))
    )
    assert evening.on_order.sum() == open_lines["ordered_quantity"].sum() > 0
    assert (evening.seen().sold.sum(axis=1)[-1]) == evening.scenario.past.sold[-1].sum()


def test_nothing_is_decided_by_days_to_come(panel, evening, policy):
    """With other sales, hours and discounts from the first day played on, the plan is the same."""
    cut = DAYS - AHEAD
    hourly, discount = panel.hourly.copy(), panel.discount.copy()
    mask, hours = panel.stockout_mask.copy(), panel.stockout_hours.copy()
    hourly[:, cut:] = 3 * hourly[:, cut:] + 1
    discount[:, cut:], mask[:, cut:], hours[:, cut:] = 0.5, 0, 0
    other = replace(
        panel, hourly=hourly, discount=discount, stockout_mask=mask, stockout_hours=hours
    )
    changed = ReplayWorld(history_scenario(other, AHEAD, seed=3))
    first, second = (Pipeline(policy).decide(world.seen()) for world in (evening, changed))
    assert first.replenishment.units.sum() > 0
    for ours, theirs in zip(
        (*first.replenishment, *first.transfers, *first.purchases),
        (*second.replenishment, *second.transfers, *second.purchases),
        strict=True,
    ):
        assert (ours == theirs).all()


def test_policies_are_played_alike_again_and_ours_serves(source, policy):
    def figures():
        return play_contest(build_history_worlds(source, AHEAD, seed=3), policy)

    found = figures()
    assert found.equals(figures())
    assert found.select("retailer", "policy").rows() == [(7, name) for name in ENTRANTS]
    served = dict(found.select("policy", "fill_rate").iter_rows())
    assert served["ours"] > 0.8 > served["do_nothing"]


def test_the_smallest_cities_are_played_and_too_short_a_past_is_refused(tmp_path):
    source = write_raw(raw_rows((7, 9)), tmp_path / "raw")
    worlds = build_history_worlds(source, AHEAD, seed=3)
    assert next(worlds)[0] == 9
    assert [city for city, _ in build_history_worlds(source, AHEAD, seed=3, cities=[7])] == [7]
    with pytest.raises(ValueError, match="40 days leave 20 before 20 played; 28 are needed"):
        next(build_history_worlds(source, 20, seed=3))
    with pytest.raises(FileNotFoundError, match=r"daily\.parquet"):
        next(build_history_worlds(tmp_path, AHEAD, seed=3))


@pytest.fixture(scope="module")
def long_panel(tmp_path_factory):
    rows = raw_rows(days=60, products=30)
    return read_panel(write_raw(rows, tmp_path_factory.mktemp("long") / "raw"), None)


@pytest.fixture(scope="module")
def version(long_panel, policy, tmp_path_factory):
    """Folder of a model that knows the first 50 days."""
    seen = ReplayWorld(history_scenario(long_panel, 10, seed=3)).seen()
    history = unconstrain_demand(sales_history(seen, policy.history_days, policy.horizon_days))
    model, _ = fit_model(known_panel(seen, policy, history), seed=7)
    last = seen.masters.date(seen.day)
    described = ModelDescription(
        model=MODEL,
        trained_on=last,
        first_day=FIRST,
        last_day=last,
        data_hash="",
        features=NAMES,
        parameters={},
        code_version="",
        scores={},
    )
    registry = tmp_path_factory.mktemp("registry")
    card = register_model(registry, described, {**pack_model(model), CHOICE: b"{}"})
    return registry / "models" / card.version


def test_a_trained_model_plans_by_what_was_known(long_panel, policy, version):
    seen = ReplayWorld(history_scenario(long_panel, 10, seed=3)).seen()
    forecaster = model_forecaster(version)
    found = forecaster(seen, policy).by_day
    assert found["model"].unique().to_list() == [MODEL]
    assert found.select("sku", "location").n_unique() == len(long_panel.series)
    # What an hour sells, sixteen hours a day, over all stores and products.
    mean = 16 * sum(0.1 * (1 + product % 4) * (1 + store) for product in range(30)
                    for store in range(3))  # fmt: skip
    daily = found.group_by("date").agg(pl.col("mean").sum())["mean"]
    assert daily.mean() == pytest.approx(mean, rel=0.1)
    decided = Pipeline(policy, forecaster=forecaster).decide(seen)
    assert decided.replenishment.units.sum() > 0


def test_a_model_that_knows_days_to_come_is_refused(long_panel, policy, version):
    early = ReplayWorld(history_scenario(long_panel, 11, seed=3)).seen()
    with pytest.raises(
        ValueError, match="knows days until 2024-05-20, and is to plan on 2024-05-19"
    ):
        model_forecaster(version)(early, policy)


def test_a_retailer_that_announces_nothing_has_no_model(policy, version):
    settings = size_retailer("tiny").model_copy(update={"days": 30})
    warm = warmed_up(build_demo_scenario(settings, 3), weeks_of_cover(), 25)
    with pytest.raises(ValueError, match="nothing is announced"):
        model_forecaster(version)(warm.seen(), policy)


@pytest.mark.proof
@needs_fresh
def test_a_city_of_the_real_data_is_played(policy):
    entrants = {name: ENTRANTS[name] for name in ("ours", "do_nothing")}
    city, world = next(build_history_worlds(SHARED, 14, seed=3, cities=[CITY]))
    raw = pl.read_parquet(FRESH / "daily.parquet").filter(pl.col("city_id") == CITY)
    ahead = raw.filter(pl.col("dt") > pl.col("dt").max() - timedelta(days=14))
    whole = ahead.filter(pl.col("stockout_hours_6_22") == 0)
    demand = world.scenario.truth.demand[-14:].sum()
    least = 10 * float(whole["sale_amount"].cast(pl.Float64).sum())
    assert least < demand < 3 * 10 * float(ahead["sale_amount"].cast(pl.Float64).sum())
    found = play_contest([(city, world)], policy, entrants=entrants)
    ours, nothing = found["fill_rate"]
    assert nothing < 0.2
    assert 0.7 < ours <= 1
