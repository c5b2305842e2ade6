"""What the night never loads is no part of the planning code's hash."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from inventory_assets.framework.code_version import NOT_PLANNING, ROOMS, hash_planning_code

PROJECT = Path(__file__).resolve().parent.parent
LOADED_LATER = {
    "governance.exchange.x12_documents": "when a supplier takes X12",
    "inventory_assets.asset_answers": "by Dagster, with the log of its events",
    "inventory_assets.event_log": "by Dagster, whose events it keeps",
    "quality_checks.contracts.enforcement": "when a frame has a fault",
    "warehouse.doubled_sales": "when the first file is loaded",
    "warehouse.loading": "when the first file is loaded",
}
"""Modules of the night that are not loaded with its definitions, and when they are."""


@pytest.fixture(scope="module")
def loaded():
    """Modules that a process has once it has loaded all that Dagster runs."""
    script = "import sys, inventory_assets.definitions; print(*sys.modules, sep='\\n')"
    command = [sys.executable, "-c", script]
    found = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    return found.stdout.split()


def test_the_night_loads_nothing_that_its_hash_leaves_out(loaded):
    assert "optimization.night" in loaded
    left_out = [room.removesuffix(".py").replace("/", ".") for room in NOT_PLANNING]
    for room in (*left_out, "receiving", "simulation", "benchmarks", "tests"):
        assert [name for name in loaded if f"{name}.".startswith(f"{room}.")] == []


def test_its_hash_holds_nothing_that_the_night_never_loads(loaded):
    hashed = {
        ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")
        for room in ROOMS
        for path in (PROJECT / room).rglob("*.py")
        if not path.relative_to(PROJECT).as_posix().startswith(NOT_PLANNING)
    }
    assert hashed - {*loaded} == LOADED_LATER.keys()


def test_what_is_left_out_is_there():
    assert [room for room in NOT_PLANNING if not (PROJECT / room).exists()] == []


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    project = tmp_path_factory.mktemp("project")
    for room in ROOMS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT / room, project / room, ignore=ignored)
    return project


@pytest.mark.parametrize(
    ("module", "matters"),
    [
        ("optimization/reference/rollout.py", False),
        ("forecasting/weekly/model.py", False),
        ("forecasting/online/beliefs.py", False),
        ("inventory_assets/cli/app.py", False),
        ("governance/kinds/document.py", False),
        ("quality_checks/document/page.py", False),
        ("optimization/levels/service.py", True),
        ("forecasting/global_model/spread.py", True),
        ("compilation/decorator.py", True),
        ("warehouse/sql/stock_health.sql", True),
    ],
)
def test_a_comment_makes_a_new_plan_version_where_the_night_goes(copied, module, matters):
    before = hash_planning_code(copied)
    path = copied / module
    comment = "-- why\n" if path.suffix == ".sql" else "# why\n"
    path.write_text(path.read_text() + comment)
    assert (hash_planning_code(copied) != before) is matters
