"""Decisions are their owner's, other folders their group's; a password is kept nowhere."""

import os
import stat
import subprocess
import sys

import pytest
from simulated import LAST

from inventory_assets.project import PROJECT

KEPT = """
from dagster._core.remote_representation.external_data import RepositorySnap

from inventory_assets.definitions import defs
from inventory_assets.resources import name_retailer

name_retailer().store.close()
kept = str(RepositorySnap.from_def(defs.get_repository_def()))
print("n0b0dys" in kept, "PLENISH_DECISIONS_URL" in kept)
"""


def test_the_url_of_decisions_is_known_to_dagster_by_name_only(tmp_path):
    store = tmp_path / "n0b0dys.sqlite"
    done = subprocess.run(
        [sys.executable, "-c", KEPT],
        env={**os.environ, "PLENISH_DECISIONS_URL": f"sqlite:///{store}"},
        capture_output=True,
        text=True,
        check=True,
        cwd=PROJECT,
    )
    assert done.stdout == "False True\n"
    assert store.exists()


@pytest.mark.parametrize(
    ("folder", "mode"),
    [("governance", 0o700)]
    + [(folder, 0o750) for folder in ("warehouse", "exports", "checks", "reports")],
)
def test_others_read_no_folder_that_runs_write(planned, folder, mode):
    made = planned / folder
    assert stat.S_IMODE(made.stat().st_mode) == mode
    # What lies below is seen only by those who may enter.
    assert folder != "exports" or (made / str(LAST)).is_dir()
