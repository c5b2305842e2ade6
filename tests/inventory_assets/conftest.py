"""Retailers that are written and loaded once and copied for each test."""

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from landing_folder import Retailer, write_masters
from simulated import undo_exports, write_dirty, write_moving, write_planned


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
def masters(shared) -> Path:
    """The hand-made retailer with its masters loaded."""

    def build(root: Path) -> None:
        retailer = Retailer(root)
        write_masters(retailer)
        retailer.load_all(0)

    return shared("masters", build)


@pytest.fixture
def shop(masters, tmp_path) -> Retailer:
    """A copy of the hand-made retailer."""
    root = tmp_path / "shop"
    shutil.copytree(masters, root)
    return Retailer(root)


@pytest.fixture(scope="session")
def dirty(shared) -> Path:
    """A simulated retailer with broken rows, loaded."""
    return shared("dirty", write_dirty)


@pytest.fixture(scope="session")
def planned(shared) -> Path:
    """A small simulated retailer, planned on its last date; tests copy it before they change it."""
    return shared("planned", write_planned)


@pytest.fixture(scope="session")
def moving(shared) -> Path:
    """A small simulated retailer, planned, of which every kind of action is proposed."""
    return shared("moving", write_moving)


@pytest.fixture
def waiting(planned, tmp_path) -> Path:
    """A copy of the planned retailer of which nothing has left and everything waits for people."""
    root: Path = shutil.copytree(planned, tmp_path / "waiting")
    undo_exports(root)
    return root
