"""Shared by all tests: real data, retailers planned once, and an environment that is known."""

import fcntl
import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings
from numba.core.types import Array, BaseTuple

from compilation import kept_code

# A run tells of the change that was tested, not of luck: the same examples are drawn each time.
# `pytest --hypothesis-profile=search` draws others.
settings.register_profile("repeated", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None, print_blob=True)
settings.load_profile("repeated")

# Set before anything of Dagster is imported: tests make their own homes.
for name in (
    "DAGSTER_HOME",
    "PLENISH_DATA",
    "PLENISH_POLICIES",
    "PLENISH_DECISIONS_URL",
    "PLENISH_AUDIT_KEY",
    "PLENISH_AUDIT_PLACE",
    "PLENISH_TOKEN",
):
    os.environ.pop(name, None)
# Where the environment forbids bytecode, each worker and each process that a test starts would
# compile all of the project anew, and pytest rewrite every test.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Tests plan dates of their own, whatever lies in the project's landing folder.
os.environ["PLENISH_FIRST_BUSINESS_DATE"] = "2024-01-01"

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of the real data sets."""
    return Path(os.environ.get("PLENISH_SHARED_DATA", PROJECT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def shared(tmp_path_factory, worker_id) -> Callable[[str, Callable[[Path], None]], Path]:
    """Gives the folder that `build` fills, once for all workers of a test run."""
    base = tmp_path_factory.getbasetemp()
    root = base if worker_id == "master" else base.parent

    def once(name: str, build: Callable[[Path], None]) -> Path:
        folder = root / name
        with (root / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                partial = root / f"{name}.partial"
                partial.mkdir()
                build(partial)
                partial.rename(folder)
        return folder

    return once


@pytest.fixture(scope="session")
def planned(shared) -> Path:
    """A small simulated retailer, planned on its last date; tests copy it before they change it."""
    # Most rooms need no Dagster, which is slow to import.
    from simulated import write_planned  # noqa: PLC0415

    return shared("planned", write_planned)


@pytest.fixture(scope="session")
def moving(shared) -> Path:
    """A small simulated retailer, planned, of which every kind of action is proposed."""

    def build(root: Path) -> None:
        # In a process of its own, in which no other night has asked for kernels yet.
        done = subprocess.run(
            [
                sys.executable,
                str(PROJECT / "tests" / "inventory_assets" / "plan_watched.py"),
                str(root),
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
        )
        assert done.returncode == 0, done.stdout + done.stderr

    return shared("moving", build)


LONGEST = (
    "ui/test_ui.py",
    "connecting/test_first_day.py",
    "inventory_assets/test_decide.py",
    "inventory_assets/test_faults.py",
    "inventory_assets/test_adding_a_kind.py",
    "inventory_assets/test_netting.py",
    "inventory_assets/test_models.py",
    "inventory_assets/test_imported_data.py",
    "test_determinism.py",
)
"""Files of which some test takes half a minute or more."""


@pytest.fixture(scope="session", autouse=True)
def one_kind_of_array():
    """A kernel of ours that is given an array which may not be written to fails the test.

    Whether polars hands over such a one depends on how a frame lies in memory, and a kernel is
    compiled for each kind: `compilation.copy_array` makes all of them one.
    """
    load = kept_code._KeptCode.load_overload

    def refuse_read_only(self, sig, context):
        # What kernels hand to each other is theirs; constants they take in may be read-only.
        asked_from_python = kept_code._TURN._depth == 1
        ours = not self._kernel.__module__.startswith("test")
        assert not (ours and asked_from_python and list_read_only(sig)), (
            f"{self._kernel.py_func.__qualname__} is given arrays that may not be written to, "
            f"see `compilation.copy_array`: {sig}"
        )
        return load(self, sig, context)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept_code._KeptCode, "load_overload", refuse_read_only)
        yield


def list_read_only(types) -> list[Array]:
    """Those of the types that are arrays which may not be written to, within tuples, too."""
    waiting = list(types)
    for found in waiting:
        if isinstance(found, BaseTuple):
            waiting.extend(found)
    return [found for found in waiting if isinstance(found, Array) and not found.mutable]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files come first, so that no worker begins with one when the others are done."""
    there = {PROJECT / "tests" / name for name in LONGEST}
    items.sort(key=lambda item: item.path not in there)


def pytest_collection_finish() -> None:
    """What is imported by now stays: the garbage collector need not look through it again."""
    gc.freeze()
