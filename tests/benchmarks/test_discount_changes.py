"""Changes of discounts: known slopes are found, and ours errs less than its peers."""

import json
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from benchmarks.__main__ import app

FIRST = date(2024, 3, 28)
STORES, PRODUCTS, DAYS, SLOPE = 6, 12, 77, -2.0


def run(folder, cutoff):
    asked = ["price-response", "--data", str(folder), "--cutoff", str(cutoff)]
    return json.loads(CliRunner().invoke(app, asked, catch_exceptions=False).stdout)


def write_city(folder, *, discounts=(1.0, 0.8)):
    """Products that are sold at one discount or the other, a week or two each, at a known slope."""
    draw = np.random.default_rng(3)
    rows = []
    for store in range(STORES):
        for product in range(PRODUCTS):
            turns = (np.arange(DAYS) + draw.integers(0, 20)) // draw.integers(7, 15) % 2
            discount = np.array(discounts)[turns]
            sold = draw.poisson(20 * discount**SLOPE)
            rows.append(
                pl.DataFrame(
                    {
                        "city_id": 1,
                        "store_id": store,
                        "product_id": product,
                        "second_category_id": product % 2,
                        "third_category_id": product % 4,
                        "dt": [FIRST + timedelta(days=day) for day in range(DAYS)],
                        "discount": discount.astype(np.float32),
                        "activity_flag": 0,
                        "sale_amount": (sold / 10).astype(np.float32),
                        "stockout_hours_6_22": (draw.random(DAYS) < 0.1).astype(np.uint8),
                    }
                )
            )
    pl.concat(rows).write_parquet(folder / "daily.parquet")


def test_a_slope_that_is_known_is_found_and_its_intervals_hold(tmp_path):
    write_city(tmp_path)
    figures = run(tmp_path, 6)
    ours, peers = figures["ours"], figures["peers"]
    assert figures["cities"] == 1
    assert figures["rows"]["scored"] > 100
    assert ours["elasticity"]["q50"] == pytest.approx(SLOPE, abs=0.15)
    assert ours["slope"] == pytest.approx(1.0, abs=0.1)
    assert ours["coverage_80"] == pytest.approx(0.8, abs=0.08)
    assert peers["no response"]["slope"] is None
    assert ours["wape"] < 0.7 * peers["no response"]["wape"]


def test_without_a_change_there_is_nothing_to_judge(tmp_path):
    write_city(tmp_path, discounts=(1.0, 1.0))
    with pytest.raises(ValueError, match="no changes of discounts up to week 6"):
        run(tmp_path, 6)


@pytest.mark.proof
def test_on_real_discounts_ours_errs_less_than_its_peers(shared_data, tmp_path):
    folder = shared_data / "freshretailnet50k"
    if not folder.is_dir():
        pytest.skip(f"no FreshRetailNet-50K at {folder}")
    daily = pl.scan_parquet(folder / "daily.parquet").filter(pl.col("city_id") <= 3)
    daily.collect().write_parquet(tmp_path / "daily.parquet")
    figures = run(tmp_path, 7)
    ours = figures["ours"]
    assert ours["sign"] == 1.0
    for peer in figures["peers"].values():
        assert ours["wape"] < peer["wape"]
