"""How long a run took counts from the file that waited for it longest."""

import os
from datetime import UTC, timedelta
from functools import partial

import dagster as dg
import pytest
from landing_folder import day

from inventory_assets.framework.partitions import business_dates
from inventory_assets.landing_state import find_arrival
from inventory_assets.runs import record_run_times
from quality_checks.contracts import CONTRACTS


@dg.asset(key=["landing", "pos_sales"], partitions_def=business_dates)
def loaded() -> None:
    """Something that a cycle makes."""


@pytest.fixture
def timed(shop):
    """Runs a job and gives when it began and what was noted of it; files are landed by age."""

    def run(job="intraday", number=200):
        chosen = dg.define_asset_job(job, selection=[loaded])
        here = dg.Definitions([loaded], jobs=[chosen]).resolve_job_def(job)
        with dg.DagsterInstance.ephemeral() as instance:
            done = here.execute_in_process(instance=instance, partition_key=day(number).isoformat())
            arrives = partial(find_arrival, shop.root / "landing")
            record_run_times(shop.warehouse, instance, done.dagster_run, arrives)
        kept = shop.warehouse.read(CONTRACTS["run_times"], day(number)).filter(run=done.run_id)
        waited = kept.filter(stage="waited")["seconds"].item()
        return kept["started_at"][0].replace(tzinfo=UTC), waited

    return run


def land(shop, number, moment, name):
    """A part of sales that landed at a moment."""
    path = shop.root / "landing" / "pos_sales" / f"{day(number)}_{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"sales")
    os.utime(path, (moment.timestamp(), moment.timestamp()))


def age_all(shop, moment):
    for path in (shop.root / "landing").rglob("*"):
        if path.is_file():
            os.utime(path, (moment.timestamp(), moment.timestamp()))


def test_the_first_run_waited_since_the_last_file(shop, timed):
    began, _ = timed("export")
    age_all(shop, began - timedelta(hours=9))
    land(shop, 200, began - timedelta(hours=2), "1")
    land(shop, 200, began - timedelta(hours=1), "2")
    again, waited = timed()
    assert waited == pytest.approx((again - began).total_seconds() + 3600, abs=0.1)


def test_a_later_run_waited_since_the_first_file_that_it_could_be_the_first_to_see(shop, timed):
    began, _ = timed()
    age_all(shop, began - timedelta(hours=9))
    land(shop, 200, began + timedelta(milliseconds=1), "1")
    land(shop, 200, began + timedelta(milliseconds=5), "2")
    land(shop, 201, began, "of a later date")
    timed("export")
    again, waited = timed()
    assert waited == pytest.approx((again - began).total_seconds() - 0.001, abs=0.0005)


def test_a_run_for_which_nothing_has_come_did_not_wait(shop, timed):
    age_all(shop, timed()[0] - timedelta(hours=9))
    assert timed()[1] == 0


def test_a_run_of_an_older_date_takes_no_later_file_from_the_next_run(shop, timed):
    began, _ = timed()
    age_all(shop, began - timedelta(hours=9))
    land(shop, 200, began + timedelta(milliseconds=1), "1")
    land(shop, 199, began + timedelta(milliseconds=1), "late")
    older, waited = timed(number=199)
    # What it makes again was seen by the run of the later date, but for what came since.
    assert waited == pytest.approx((older - began).total_seconds() - 0.001, abs=0.0005)
    again, waited = timed()
    assert waited == pytest.approx((again - began).total_seconds() - 0.001, abs=0.0005)


def test_the_first_run_of_a_date_waited_since_its_first_file(shop, timed):
    began, _ = timed()
    age_all(shop, began - timedelta(hours=9))
    land(shop, 201, began - timedelta(minutes=2), "1")
    land(shop, 201, began - timedelta(minutes=1), "2")
    again, waited = timed(number=201)
    assert waited == pytest.approx((again - began).total_seconds() + 120, abs=0.0005)
