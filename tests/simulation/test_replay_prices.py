"""What a sale earns in the replay: announced offers are known, later ones are not."""

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from optimization.value import value_sales
from simulation.replay.demo import build_demo_scenario
from simulation.replay.night_inputs import planning_pairs
from simulation.replay.night_prices import sale_records
from simulation.replay.night_supply import known_supply, ordered_receipts
from simulation.replay.world import ReplayWorld
from simulation.retailer import size_retailer

DAYS = 40


@pytest.fixture(scope="module")
def world():
    settings = size_retailer("tiny").model_copy(update={"days": DAYS})
    world = ReplayWorld(build_demo_scenario(settings, 7))
    for _ in range(DAYS - 12):
        world.trade()
    return world


def valued(seen, policy):
    """Sale values of a night on which every pair sells alike every day."""
    supply = known_supply(seen, policy)
    pairs = planning_pairs(seen, supply, ordered_receipts(seen, policy, supply.yields), 14)
    days = pl.DataFrame({"date": [seen.masters.date(seen.day + 1 + ahead) for ahead in range(28)]})
    ahead = pairs.filter(pl.col("kind") != "dc").select("sku", "location").join(days, how="cross")
    forecast = ahead.with_columns(mean=1.0, variance=1.0, correlation=0.0, common_variation=0.0)
    first_day = seen.masters.date(seen.day + 1)
    return value_sales(
        pairs, forecast, sale_records(seen), policy.economics, first_day=first_day
    ).lines


def test_a_night_expects_the_prices_that_the_world_will_sell_at(world, policy):
    seen = world.seen()
    lines = valued(seen, policy).filter(pl.col("basis") != "salvage")
    masters = seen.masters
    sells = lines.filter(pl.col("sells_to") <= masters.date(DAYS - 1)).join(
        masters.pairs.filter(pl.col("kind") != "dc").select("sku", "location"),
        on=["sku", "location"],
    )
    pair = masters.numbers(sells["sku"], sells["location"])
    start, end = (
        (sells[name] - masters.first).dt.total_days().to_numpy()
        for name in ("sells_from", "sells_to")
    )
    truth = np.array(
        [world.scenario.truth.price[a : b + 1, p].mean()
         for a, b, p in zip(start, end, pair, strict=True)]
    )  # fmt: skip
    expected = sells["selling_price"].to_numpy()
    off = np.abs(expected / truth - 1)
    assert sells["basis"].n_unique() >= 2
    # Only markdowns that are announced three days ahead can be news in these days.
    assert (off < 0.005).mean() > 0.9
    listed = sells["list_price"].to_numpy()
    assert np.abs(listed / truth - 1).mean() > 5 * off.mean()


def test_offers_count_from_the_evening_on_which_they_are_announced(world):
    seen, later = world.seen(), dt.date(2030, 1, 1)
    kept = pl.when(pl.col("promoted")).then(pl.lit(later)).otherwise("announced_on")
    late = seen.masters.offers.with_columns(announced_on=kept)
    known, told = (
        sale_records(replace(seen, masters=replace(seen.masters, offers=offers))).offers
        for offers in (late, seen.masters.offers)
    )
    assert known["discount"].null_count() == known.height > 0
    assert told["discount"].count() > 0
    assert known.sort(known.columns).equals(
        told.filter(pl.col("discount").is_null()).sort(known.columns)
    )


def test_return_rates_and_receipts_are_those_of_the_world(world, policy):
    seen = world.seen()
    lines = valued(seen, policy).filter(pl.col("basis") != "salvage")
    stores = lines.join(
        seen.masters.pairs.filter(pl.col("kind") == "store"), on=["sku", "location"], how="semi"
    )
    pair = seen.masters.numbers(stores["sku"], stores["location"])
    rate = world.scenario.truth.return_rate[pair]
    assert stores["return_rate"].to_numpy() == pytest.approx(rate)
    assert not stores["cautions"].str.contains("paid_|returns_not_known").any()
