"""Partitions begin where the data does, for UI, daemon and command alike."""

import subprocess
import sys
from datetime import UTC, datetime

import dagster as dg
import pytest
from landing_folder import Retailer, day
from simulated import PROJECT, environment

from inventory_assets.framework.partitions import find_first_date
from inventory_assets.jobs import nightly_schedule
from inventory_assets.project import find_time_zone

_START = """
import sys

from inventory_assets.framework import business_dates as b
from inventory_assets.jobs import nightly_schedule as nightly

print(b.start.date(), b.timezone, nightly.execution_timezone, flush=True)

from inventory_assets.cli.app import main

sys.argv = ["plenish", "plan", "--date", "2025-09-01"]
main()
"""


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
    zone = "America/Chicago"
    env = {**environment(landed.root), "PLENISH_DATA": str(landed.root), "PLENISH_TIME_ZONE": zone}
    done = subprocess.run(
        [sys.executable, "-c", _START], cwd=PROJECT, env=env, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.stdout.split() == [day(3).isoformat(), zone, zone], done.stderr
    assert done.returncode == 1
    assert f"2025-09-01 is no business date: they run from {day(3)}" in done.stderr


@pytest.mark.parametrize(
    ("zone", "planned"),
    [("", "2025-10-01"), ("America/Chicago", "2025-09-30"), ("Asia/Tokyo", "2025-10-01")],
)
def test_the_night_plans_yesterday_by_the_clocks_of_the_retailer(
    monkeypatch, tmp_path, zone, planned
):
    monkeypatch.setenv("PLENISH_TIME_ZONE", zone)
    at = datetime(2025, 10, 2, 2, tzinfo=UTC)
    # The context opens the instance and closes it; one that is opened twice stays open.
    home = dg.DagsterInstance.local_temp(str(tmp_path))
    with dg.build_schedule_context(instance=home, scheduled_execution_time=at) as context:
        assert nightly_schedule(context).partition_key == planned


def test_a_time_zone_that_is_none_is_refused_in_words(monkeypatch):
    monkeypatch.setenv("PLENISH_TIME_ZONE", "Europe/Atlantis")
    with pytest.raises(LookupError, match="'Europe/Atlantis' is no time zone; write one as"):
        find_time_zone()
