"""Retailers that are written and loaded once and copied for each test."""

import shutil
from pathlib import Path

import pytest
from landing_folder import Retailer, write_masters
from simulated import undo_exports, write_dirty, write_moving


@pytest.fixture(scope="session")
def masters(shared) -> Path:
    """The hand-made retailer with its masters loaded."""

    def build(root: Path) -> None:
        retailer = Retailer(root)
        write_masters(retailer)
        retailer.load_all(0)
        retailer.warehouse.close()

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
def moving(shared) -> Path:
    """A small simulated retailer, planned, of which every kind of action is proposed."""
    return shared("moving", write_moving)


@pytest.fixture
def waiting(planned, tmp_path) -> Path:
    """A copy of the planned retailer of which nothing has left and everything waits for people."""
    root: Path = shutil.copytree(planned, tmp_path / "waiting")
    undo_exports(root)
    return root
