"""What the night never loads is no part of the planning code's hash."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from inventory_assets.framework.code_version import NOT_PLANNING, ROOMS, hash_planning_code

PROJECT = Path(__file__).resolve().parent.parent


def test_the_night_loads_nothing_that_its_hash_leaves_out():
    script = "import sys, inventory_assets.definitions; print(*sys.modules, sep='\\n')"
    command = [sys.executable, "-c", script]
    found = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    loaded = found.stdout.split()
    assert "optimization.night" in loaded
    left_out = [room.removesuffix(".py").replace("/", ".") for room in NOT_PLANNING]
    for room in (*left_out, "simulation", "benchmarks", "tests"):
        assert [name for name in loaded if f"{name}.".startswith(f"{room}.")] == []


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
