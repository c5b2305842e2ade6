"""A file of a wrong later date is named, and takes over neither the command nor the sensor."""

import io
import shutil

import dagster as dg
import polars as pl
import pytest
from rich.console import Console
from simulated import LAST, materialize, plenish_here, warehouse_of

from inventory_assets.cli.plan import newest_landed
from inventory_assets.cli.workplace import Workplace
from inventory_assets.framework import Retailer
from inventory_assets.sensors import landing_sensor
from quality_checks.contracts import CONTRACTS


@pytest.fixture
def root(planned, tmp_path):
    """The planned retailer, with sales and promotions of dates that are wrong."""
    root = shutil.copytree(planned, tmp_path / "retailer")
    for source, day in (("pos_sales", "2026-02-11"), ("promotions", "2205-09-30")):
        (root / "landing" / source / f"{day}.csv").write_text("no header\n")
    return root


def test_the_command_takes_the_right_date_and_names_the_files(root):
    console = Console(file=io.StringIO(), width=80)
    assert newest_landed(Workplace(root), console) == LAST
    printed = console.file.getvalue()
    assert "pos_sales/2026-02-11.csv: its date is beyond 2025-09-30" in printed
    assert "promotions/2205-09-30.csv: its date is beyond 2025-09-30" in printed


def test_a_date_to_come_is_refused_in_words(root):
    refused = plenish_here(root, "plan", "--date", "2205-09-30")
    assert refused.returncode == 1
    assert "2205-09-30 is no business date: they run from" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_sensor_asks_for_the_right_date(root):
    retailer = Retailer(data_folder=str(root), policies_folder="")
    instance, cursor = dg.DagsterInstance.ephemeral(), ""
    for _ in range(2):
        with dg.build_sensor_context(
            instance=instance, cursor=cursor, resources={"retailer": retailer}
        ) as context:
            found = landing_sensor(context)
            cursor = context.cursor
    assert [request.partition_key for request in found.run_requests] == [str(LAST)]


def test_the_check_of_the_source_names_it(root):
    materialize(root, LAST, "promotions")
    outcomes = warehouse_of(root).read(CONTRACTS["check_outcomes"], LAST)
    (found,) = outcomes.filter(pl.col("asset") == "landing.promotions", check="readable").to_dicts()
    assert not found["passed"]
    assert "2205-09-30.csv" in (root / found["failing_file"]).read_text()
