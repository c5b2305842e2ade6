"""Prices that make no sense, from a file to what a sale earns: named, and nothing else delayed."""

import shutil
from datetime import timedelta

import polars as pl
import pytest
from simulated import LAST, materialize, send_rows, warehouse_of

from quality_checks.checks import PRICES_SOUND
from quality_checks.contracts import CONTRACTS

FILE = f"{LAST}_late.parquet"
TOMORROW = LAST + timedelta(days=1)
LISTED = ("list_price", "promotion")
"""Where the price of a sale comes from that follows the list, with or without a promotion."""
READ = ("selling_price", "sale_margin", "basis", "cautions")


def read_values(root):
    """What a sale of each pair earns: (sku, location) -> the columns of READ."""
    found = warehouse_of(root).read(CONTRACTS["sale_values"], LAST)
    return {
        (sku, at): tuple(row) for sku, at, *row in found.select("sku", "location", *READ).rows()
    }


@pytest.fixture(scope="module")
def items(planned):
    """Two items of the night whose price nothing changes from tomorrow on."""
    warehouse = warehouse_of(planned)
    told = warehouse.known("prices", LAST).filter(
        pl.col("valid_to").fill_null(TOMORROW) >= TOMORROW
    )
    valued = warehouse.read(CONTRACTS["sale_values"], LAST)
    plain = valued.filter(pl.col("cautions") == "", ~pl.col("sku").is_in(told["sku"].implode()))
    skus = plain["sku"].unique().sort()[:2]
    return warehouse.known("products", LAST).filter(pl.col("sku").is_in(skus.implode())).sort("sku")


@pytest.fixture(scope="module")
def repriced(planned, items, tmp_path_factory):
    """The night once a late file of prices has come: what a sale earns, and what was said."""
    root = shutil.copytree(planned, tmp_path_factory.mktemp("prices") / "retailer")
    cheap, twice = items.select("sku", "unit_cost", "list_price").rows()
    entry = {"location": "*", "valid_from": TOMORROW, "valid_to": None}
    rows = [
        {**entry, "sku": cheap[0], "price": 0.5 * cheap[1]},
        {**entry, "sku": twice[0], "price": 0.9 * twice[2]},
        {**entry, "sku": twice[0], "price": 0.8 * twice[2]},
    ]
    send_rows(root, "prices", pl.DataFrame(rows), FILE)
    warehouse_of(root).load(root / "landing", "prices", LAST)
    done = materialize(root, LAST, "sale_values")
    said = {c.check_name: c for c in done.get_asset_check_evaluations()}
    return root, said[PRICES_SOUND.name]


def test_a_price_below_cost_is_named_and_a_sale_at_it_loses(planned, items, repriced):
    root, said = repriced
    before, now = read_values(planned), read_values(root)
    cheap = items["sku"][0]
    selling = [pair for pair in now if pair[0] == cheap]
    assert selling
    for pair in selling:
        price, margin, _, cautions = now[pair]
        assert price < before[pair][0]
        assert margin < 0
        assert "sells_below_cost" in cautions.split(";")
    assert not said.passed
    assert "sells below cost" in said.description
    # It is a price all the same: nothing of it waits, and the night has every other pair.
    assert set(now) == set(before)


def test_of_two_prices_of_one_day_the_first_holds_and_the_other_waits_by_name(
    planned, items, repriced
):
    root, _ = repriced
    before, now = read_values(planned), read_values(root)
    twice = items["sku"][1]
    listed = [pair for pair in before if pair[0] == twice and before[pair][2] in LISTED]
    assert listed
    for pair in listed:
        assert now[pair][0] == pytest.approx(0.9 * before[pair][0])
    waiting = warehouse_of(root).waiting("prices", LAST)
    assert waiting.filter(pl.col("reason") == "duplicate_key").height == 1


def test_sales_of_all_other_items_earn_what_they_did(planned, items, repriced):
    root, _ = repriced
    before, now = read_values(planned), read_values(root)
    other = [pair for pair in before if pair[0] not in items["sku"]]
    assert len(other) > 10
    assert {pair: now[pair] for pair in other} == {pair: before[pair] for pair in other}
