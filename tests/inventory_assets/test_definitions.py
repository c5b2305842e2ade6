"""What Dagster loads: complete, described, and valid."""

import subprocess
import sys

import dagster as dg
import pytest
from simulated import GROUPS, PROJECT, defs, environment

from inventory_assets.framework.asset_factory import make_asset_key
from quality_checks.contracts import CONTRACTS

GRAPH = defs.resolve_asset_graph()
WAREHOUSE_BOOKS = {
    *("asset_inputs", "check_outcomes", "day_fingerprints", "files", "loads", "quarantine"),
    "items_set_aside",
    *("read_marks", "run_times", "slice_marks"),
}
"""Tables that loading and checking keep by the way."""
TABLES = {name: c for name, c in CONTRACTS.items() if name not in WAREHOUSE_BOOKS}


def test_definitions_are_valid(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "dagster", "definitions", "validate", "-w", "workspace.yaml"],
        cwd=PROJECT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_files_for_the_erp_wait_for_no_explanation_and_the_read_copy_has_it():
    assets = dg.AssetSelection.assets(make_asset_key("export_lines"))
    assert make_asset_key("forecast_drivers") not in assets.upstream().resolve(GRAPH)
    assert make_asset_key("forecast_drivers") in assets.downstream().resolve(GRAPH)
    assert dg.AssetKey(["reporting", "read_copy"]) in dg.AssetSelection.assets(
        make_asset_key("forecast_drivers")
    ).downstream().resolve(GRAPH)


def test_every_table_is_an_asset_and_every_asset_a_table_or_the_read_copy():
    tables = {make_asset_key(name) for name in TABLES}
    assert set(GRAPH.get_all_asset_keys()) == tables | {dg.AssetKey(["reporting", "read_copy"])}


@pytest.mark.parametrize("key", sorted(GRAPH.get_all_asset_keys()), ids=lambda key: key.path[-1])
def test_an_asset_says_what_it_is(key):
    asset = GRAPH.get(key)
    assert asset.group_name in GROUPS
    assert asset.description
    assert asset.owners
    assert asset.kinds
    assert isinstance(asset.partitions_def, dg.DailyPartitionsDefinition)


def test_groups_sort_by_name_in_the_order_of_the_flow():
    groups = {GRAPH.get(key).group_name for key in GRAPH.get_all_asset_keys()}
    assert sorted(groups) == GROUPS
    assert GRAPH.get(make_asset_key("pos_sales")).group_name == "1_extracts"
    assert GRAPH.get(make_asset_key("targets")).group_name == "5_plans"


def test_the_flow_of_groups_runs_one_way():
    back = [
        (parent.path, key.path)
        for key in GRAPH.get_all_asset_keys()
        for parent in GRAPH.get(key).parent_keys
        if GRAPH.get(parent).group_name > GRAPH.get(key).group_name
    ]
    assert back == []


@pytest.mark.parametrize("name", TABLES)
def test_an_asset_shows_every_column_of_its_contract(name):
    schema = GRAPH.get(make_asset_key(name)).metadata["dagster/column_schema"]
    assert tuple(column.name for column in schema.columns) == TABLES[name].columns
    assert all(column.description for column in schema.columns)
    nullable = {column.name for column in schema.columns if column.constraints.nullable}
    assert nullable == TABLES[name].nullable


def test_every_source_comes_before_every_plan():
    version = make_asset_key("plan_versions")
    upstream = GRAPH.get(version).parent_keys
    assert upstream >= {make_asset_key(n) for n, c in CONTRACTS.items() if c.stage == "landing"}
    for name in ("targets", "allocation", "transfers_plan", "purchase_plan", "export_lines"):
        ancestors = GRAPH.get_ancestor_asset_keys(make_asset_key(name))
        assert version in ancestors


def test_jobs_schedules_and_sensors_are_there():
    nightly = defs.resolve_job_def("nightly")
    trained = {dg.AssetKey(["demand", "model_versions"])}
    tested = {dg.AssetKey(["demand", "backtest_accuracy"])}
    others = set(GRAPH.get_all_asset_keys()) - trained - tested
    assert set(nightly.asset_layer.selected_asset_keys) == others
    backtest = defs.resolve_job_def("backtest").asset_layer.selected_asset_keys
    assert tested <= set(backtest)
    assert not trained & set(backtest)
    training = defs.resolve_job_def("training").asset_layer.selected_asset_keys
    assert trained <= set(training) <= set(GRAPH.get_all_asset_keys())
    assert dg.AssetKey(["plans", "targets"]) not in training
    assert defs.resolve_job_def("intraday")
    names = ["nightly_schedule", "weekly_training", "weekly_backtest"]
    assert [schedule.name for schedule in defs.schedules] == names
    assert [sensor.name for sensor in defs.sensors] == ["landing_sensor", "decisions_sensor"]
    handed = defs.resolve_job_def("export").asset_layer.selected_asset_keys
    assert {key.path[-1] for key in handed} == {
        *("decisions", "routed", "worklist", "decision_steps", "cases", "case_alerts"),
        *("export_lines", "cancel_lines", "supplier_files", "erp_files"),
    }
