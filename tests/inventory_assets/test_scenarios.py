"""Scenarios: a copy is planned with something changed, and the retailer keeps every byte."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import polars as pl
import pytest
import yaml
from simulated import LAST, PROJECT, command, environment, plenish_here, warehouse_of

from governance.scenarios import parse_scenario
from inventory_assets.scenarios import ScenarioFolder, find_scenario, list_scenarios, open_scenario
from inventory_assets.scenarios.folder import book_scenario
from quality_checks.contracts import CONTRACTS
from warehouse import Warehouse

MORE = "{name: more, demand: [{factor: 1.5}], supplier_days: {%s: 14}}"
_SECONDS = 300


def hash_files(root):
    """Every file of a data folder but scenarios and the runs beside it."""
    apart = {"scenarios", "dagster"}
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.relative_to(root).parts[0] not in apart
    }


def state(root, text, *arguments):
    """Run `plenish scenario run` on what a text states."""
    path = root / "statement.yaml"
    path.write_text(text)
    try:
        return plenish_here(root, "scenario", "run", str(path), "--author", "ann", *arguments)
    finally:
        path.unlink()


@pytest.fixture(scope="module")
def ran(planned, tmp_path_factory) -> Path:
    """A retailer of whom the workbench has run a scenario and was killed, and his bytes before."""
    root = shutil.copytree(planned, tmp_path_factory.mktemp("ran") / "retailer")
    (supplier, *_) = warehouse_of(root).known("suppliers", LAST)["supplier"]
    (root / "governance").mkdir(exist_ok=True)
    with serving_process(root) as address:
        before = hash_files(root)
        stated = {**yaml.safe_load(MORE % supplier), "author": "ann"}
        answer = httpx2.post(f"{address}/api/v1/scenarios", json=stated, timeout=_SECONDS)
        assert (answer.status_code, answer.json()["state"]) == (202, "running")
    end = time.monotonic() + _SECONDS
    while (standing := list_scenarios(root)[0]).state == "running":
        assert time.monotonic() < end, "it did not end"
        time.sleep(0.5)
    assert standing.state == "done", standing.words
    (root / "scenarios" / "said.json").write_text(json.dumps([before, supplier]))
    return root


@contextmanager
def serving_process(root):
    """The workbench in a process of its own, which is killed once the body ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        command("serve", "--port", str(port), "--data", str(root)),
        env={
            **environment(root),
            "PLENISH_FIRST_BUSINESS_DATE": os.environ["PLENISH_FIRST_BUSINESS_DATE"],
        },
        stdout=subprocess.DEVNULL,
        cwd=PROJECT,
    )
    address, end = f"http://127.0.0.1:{port}", time.monotonic() + _SECONDS
    try:
        while True:
            with suppress(httpx2.TransportError):
                httpx2.get(f"{address}/health")
                break
            assert time.monotonic() < end, "the workbench did not start"
            time.sleep(0.2)
        yield address
    finally:
        process.kill()
        process.wait()


def figures(root):
    rows = find_scenario(root, "more").read_comparison()
    return {(row["figure"], row["name"]): row for row in rows.iter_rows(named=True)}


def test_more_demand_asks_for_more_and_loses_more(ran):
    found = figures(ran)
    demand = found["demand ahead", ""]
    assert demand["scenario"] == pytest.approx(1.5 * demand["live"])
    assert found["margin lost", ""]["change"] > 0
    ordered = found["value of actions", "purchase_order"]
    assert ordered["scenario"] > ordered["live"]


def test_suppliers_take_the_days_that_people_expect(ran):
    _, supplier = json.loads((ran / "scenarios" / "said.json").read_text())
    copies = (warehouse_of(ran), Warehouse(find_scenario(ran, "more").plan, read_only=True))
    days = [
        frame.read(CONTRACTS["lead_times"], LAST).select(
            "sku", "location", "supplier", "lead_time_mean"
        )
        for frame in copies
    ]
    both = days[0].join(
        days[1], on=["sku", "location", "supplier"], suffix="_then", nulls_equal=True
    )
    late = both.with_columns(change=pl.col("lead_time_mean_then") - pl.col("lead_time_mean"))
    mine = late.filter(supplier=supplier)
    assert mine.height
    assert mine["change"].round(6).unique().to_list() == [14.0]
    others = late.filter(pl.col("supplier").ne_missing(supplier))
    assert others["change"].round(6).unique().to_list() == [0.0]


def test_the_retailer_keeps_every_byte(ran):
    before, _ = json.loads((ran / "scenarios" / "said.json").read_text())
    assert hash_files(ran) == before


def test_only_the_plan_of_it_is_kept(ran):
    folder = find_scenario(ran, "more")
    assert {path.name for path in folder.path.iterdir()} == {
        "scenario.json",
        "progress.json",
        "live.parquet",
        "figures.parquet",
        "run.log",
        "plan.duckdb",
    }
    (standing,) = list_scenarios(ran)
    assert (standing.state, standing.scenario.author) == ("done", "ann")
    assert standing.of_steps > 50


def test_it_is_compared_in_words(ran):
    assert "demand ahead" in plenish_here(ran, "scenario", "compare", "more").stdout
    assert "demand x 1.5" in plenish_here(ran, "scenario", "list").stdout


def test_a_name_is_taken_once(ran):
    done = state(ran, MORE % "S1")
    assert done.returncode == 1
    assert "there is a scenario more" in done.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{name: none}", "it changes nothing"),
        ("{name: ../up, demand: [{factor: 2}]}", "name"),
        ("{name: far, demand: [{factor: 2, region: moon}]}", "there is no region 'moon'"),
        ("{name: past, outages: [{supplier: S, until: 2020-01-01}]}", "there is no supplier 'S'"),
        ("{name: odd, price: 3}", "price"),
        ("[1]", "a scenario is a mapping"),
    ],
)
def test_what_cannot_be_run_is_said_and_leaves_nothing(ran, text, words):
    done = state(ran, text)
    assert done.returncode == 1
    assert words in done.stderr
    assert [one.scenario.name for one in list_scenarios(ran)] == ["more"]


def test_two_at_once_are_refused(ran):
    with open_scenario(ran, parse_scenario("{name: first, demand: [{factor: 2}]}", "ann")):
        done = state(ran, "{name: second, demand: [{factor: 2}]}")
    assert done.returncode == 1
    assert "another scenario runs" in done.stderr
    assert not (ran / "scenarios" / "first").exists()


def start(root, name):
    """A scenario in a process of its own that is at work on its copy."""
    path = root.parent / f"{name}.yaml"
    path.write_text(f"{{name: {name}, demand: [{{factor: 2}}]}}")
    process = subprocess.Popen(
        command("scenario", "run", str(path), "--author", "ann", "--data", str(root)),
        env={
            **environment(root),
            "PLENISH_FIRST_BUSINESS_DATE": os.environ["PLENISH_FIRST_BUSINESS_DATE"],
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=PROJECT,
    )
    folder, end = ScenarioFolder(root / "scenarios" / name), time.monotonic() + _SECONDS
    while not (folder.path / "progress.json").exists():
        assert process.poll() is None, "it ended"
        assert time.monotonic() < end, "it did not begin"
        time.sleep(0.2)
    return process, folder


def test_a_killed_run_leaves_nothing(ran):
    process, folder = start(ran, "killed")
    process.kill()
    process.wait()
    assert folder.retailer.exists()
    assert [one.scenario.name for one in list_scenarios(ran)] == ["more"]
    assert not folder.path.exists()


def test_what_dies_in_the_background_says_so(ran):
    stated = parse_scenario("{name: lost, demand: [{factor: 2}]}", "ann")
    with book_scenario(ran, stated) as (folder, _):
        folder.log.touch()
    (found,) = (one for one in list_scenarios(ran) if one.scenario.name == "lost")
    assert (found.state, found.words) == ("failed", "its process ended before its night did")
    assert plenish_here(ran, "scenario", "drop", "lost").returncode == 0


def test_nobody_joins_what_he_has_not_booked(ran):
    done = plenish_here(ran, "scenario", "carry-out", "more", "0")
    assert done.returncode == 1
    assert "nobody has booked" in done.stderr


def test_a_run_is_stopped_by_dropping_it(ran):
    process, folder = start(ran, "stopped")
    assert "running" in {one.state for one in list_scenarios(ran)}
    assert plenish_here(ran, "scenario", "drop", "stopped").returncode == 0
    assert process.wait(_SECONDS) != 0
    assert not folder.path.exists()
