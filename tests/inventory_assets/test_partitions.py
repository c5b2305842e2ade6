"""Partitions begin where the data does, for UI, daemon and command alike."""

import subprocess
import sys

import pytest
from landing_folder import Retailer, day
from simulated import PROJECT, environment, plenish

from inventory_assets.framework.partitions import find_first_date

_START = "from inventory_assets.framework import business_dates as b; print(b.start.date())"


@pytest.fixture
def landed(tmp_path, monkeypatch):
    monkeypatch.delenv("PLENISH_FIRST_BUSINESS_DATE")
    retailer = Retailer(tmp_path)
    for number in (4, 3, 5):
        retailer.send("stock", number, [])
    return retailer


def test_the_first_date_is_that_of_the_oldest_daily_file(landed):
    assert find_first_date(landed.landing) == day(3).isoformat()
    landed.send("products", 0, [{"sku": "A"}])
    landed.path("pos_sales", 1).parent.mkdir()
    (landed.landing / "pos_sales" / "1970-01-01.csv.part").touch()
    (landed.landing / "pos_sales" / "readme.csv").touch()
    assert find_first_date(landed.landing) == day(3).isoformat()


def test_masters_alone_begin_where_they_do(tmp_path, monkeypatch):
    monkeypatch.delenv("PLENISH_FIRST_BUSINESS_DATE")
    assert find_first_date(tmp_path / "landing") == "2024-01-01"
    Retailer(tmp_path).send("products", 2, [{"sku": "A"}])
    assert find_first_date(tmp_path / "landing") == day(2).isoformat()


def test_what_is_stated_goes_before_what_has_landed(landed, monkeypatch):
    monkeypatch.setenv("PLENISH_FIRST_BUSINESS_DATE", "2020-02-02")
    assert find_first_date(landed.landing) == "2020-02-02"


def test_the_definitions_begin_there_and_the_command_names_dates_before(landed):
    env = {**environment(landed.root), "PLENISH_DATA": str(landed.root)}
    done = subprocess.run(
        [sys.executable, "-c", _START], cwd=PROJECT, env=env, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert done.stdout.strip() == day(3).isoformat()
    refused = plenish(landed.root, "plan", "--date", "2025-09-01")
    assert refused.returncode == 1
    assert f"2025-09-01 is no business date: they run from {day(3)}" in refused.stderr
