"""The parts of the retailer against hand-computed numbers and known distributions."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from quality_checks.contracts import list_landing_sources
from simulation.retailer.arrays import dates, day_number, grant, moments, repeat_index
from simulation.retailer.dirt import soil
from simulation.retailer.sales import empties_at
from simulation.retailer.settings import size_retailer
from simulation.retailer.vendors import ERRATIC, PUNCTUAL, draw_lateness
from simulation.retailer.world import build_world


@pytest.fixture(scope="module")
def world():
    return build_world(size_retailer("tiny"), 5)


def test_grant_serves_claimants_in_order_until_the_group_is_out():
    group = np.array([0, 0, 0, 2, 2])
    want = np.array([4, 4, 4, 5, 1])
    given = grant(group, want, np.array([6, 99, 5]))
    assert given.tolist() == [4, 2, 0, 5, 0]
    assert grant(group[:0], want[:0], np.array([1])).size == 0


def test_repeat_index_counts_each_source():
    index, place = repeat_index(np.array([2, 0, 3]))
    assert index.tolist() == [0, 0, 2, 2, 2]
    assert place.tolist() == [0, 1, 0, 1, 2]


def test_day_numbers_become_dates_and_timestamps():
    day = day_number(dt.date(2025, 9, 30))
    known = np.array([True, False])
    assert dates(np.array([day, day]), known).to_list() == [dt.date(2025, 9, 30), None]
    assert moments(day, np.array([3_661])).to_list() == [dt.datetime(2025, 9, 30, 1, 1, 1)]  # noqa: DTZ001  # local wall-clock time


def test_demand_is_negative_binomial(world):
    # Variance of a negative binomial: mean + mean^2 / shape.
    shape = world.network.products.dispersion[world.network.sku]
    means = np.full(shape.size, 5.0)
    drawn = np.array([world.demand.draw(means, day) for day in range(400)])
    assert drawn.mean() == pytest.approx(5.0, rel=0.03)
    assert drawn.var(axis=0).mean() == pytest.approx((5 + 25 / shape).mean(), rel=0.06)


def test_mean_demand_follows_price_promotion_and_opening(world):
    day = day_number(dt.date(2025, 9, 27))
    price, _ = world.offers.selling_prices(day)
    usual = world.demand.means(day, price)
    cheap = world.demand.means(day, price * 0.8)
    sold = usual > 0
    lift = cheap[sold] / usual[sold]
    elasticity = world.network.products.elasticity[world.network.sku][sold]
    assert lift == pytest.approx(0.8**-elasticity)
    sunday = world.demand.means(day + 1, price)
    shut = ~world.network.locations.opens[:, 6][world.network.location]
    assert shut.any()
    assert (sunday[shut] == 0).all()


def test_browsing_runs_ahead_of_demand(world):
    # Views of a day correlate with the popularity of styles three days later more than on the day.
    trend = world.demand.trend
    style = world.network.products.style
    popularity = dict(zip(world.network.products.names, style, strict=True))
    lead, same = [], []
    for day in range(110):
        rows = world.demand.browsing(world.first + day, 2)
        views = rows.group_by("sku").agg(pl.col("views").sum())
        basics = views.filter(pl.col("sku").str.starts_with("TSH"))
        if basics.is_empty():
            continue
        row = popularity[basics["sku"][0]]
        lead.append((basics["views"].sum(), trend[row, day + 3]))
        same.append((basics["views"].sum(), trend[row, day]))

    def correlation(pairs):
        return np.corrcoef(np.array(pairs).T)[0, 1]

    assert correlation(lead) > correlation(same)


def test_a_shelf_empties_at_the_moment_of_its_last_unit():
    # The 2nd of 5 uniform moments: beta(2, 4), mean 1/3.
    count = 20_000
    until = empties_at(np.full(count, 5), np.full(count, 2), np.random.default_rng(1))
    assert until.mean() == pytest.approx(1 / 3, abs=0.01)
    assert (empties_at(np.array([3]), np.array([3]), np.random.default_rng(1)) == 1).all()


def test_every_item_of_a_store_is_kept_at_its_dc(world):
    network = world.network
    assorted = network.assortment(np.arange(network.size), delisted=False)
    pairs = set(assorted.select("sku", "location").iter_rows())
    needed = assorted.drop_nulls("supply_location").select("sku", "supply_location").unique()
    assert set(needed.iter_rows()) <= pairs
    dcs = assorted.filter(pl.col("location").str.starts_with("D"))
    assert dcs["supply_location"].is_null().all()


def test_lanes_join_dcs_to_nodes_and_stores_of_a_region(world):
    lanes = world.network.locations.lanes
    region = dict(world.network.locations.frame.select("location", "region").iter_rows())
    between = lanes.filter(
        pl.col("origin").str.starts_with("S") & pl.col("destination").str.starts_with("S")
    )
    assert all(region[a] == region[b] for a, b in between.select("origin", "destination").rows())
    assert between.filter(pl.col("origin") == pl.col("destination")).is_empty()
    served = set(lanes.filter(pl.col("origin") == "D01")["destination"])
    assert served == {"E01", "M01", "M02", "S001", "S002", "S003", "S004", "S005"}


def test_orders_fall_late_as_the_profile_of_their_supplier(world):
    rng = np.random.default_rng(3)
    by_profile = {
        profile: draw_lateness(
            world.vendors, np.full(4_000, int(np.argmax(world.vendors.profile == profile))), rng
        )
        for profile in (PUNCTUAL, ERRATIC)
    }
    assert (by_profile[PUNCTUAL] > 1.1).mean() < 0.01
    # Lognormal with sigma 0.28 and mu 0.02: P(ratio > 1.3) = P(Z > 0.866) = 0.193.
    assert (by_profile[ERRATIC] > 1.3).mean() == pytest.approx(0.193, abs=0.025)


def test_a_duplicate_receipt_is_another_quantity_under_the_same_key():
    contract = list_landing_sources()["receipts"]
    clean = pl.DataFrame(
        {
            "receipt_id": [f"G{i}" for i in range(400)],
            "line": [1] * 400,
            "received": list(range(400)),
        }
    )
    rows, broken = soil(clean, contract, 0.05, np.random.default_rng(2), spare=np.arange(0, 200))
    twins = [entry for entry in broken if entry[2] == "duplicate_key"]
    assert twins
    for row, field, _, twin in twins:
        assert field == "receipt_id,line"
        assert twin > 200
        assert rows["receipt_id"][row - 1] == clean["receipt_id"][twin - 1]
        assert int(rows["received"][row - 1]) == clean["received"][twin - 1] + 1
