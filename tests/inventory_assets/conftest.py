"""Retailers that are written and loaded once and copied for each test."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from landing_folder import Retailer, write_masters
from simulated import undo_exports, write_dirty, write_replanned


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
def replanned(shared, moving) -> Path:
    """The moving retailer planned a second time on its date, with more that is needed."""
    return shared("replanned", lambda root: write_replanned(root, moving))


@pytest.fixture(scope="session")
def seen(moving) -> dict[str, Any]:
    """What the night of the moving retailer read and compiled."""
    return json.loads((moving / "seen.json").read_text())


@pytest.fixture
def waiting(planned, tmp_path) -> Path:
    """A copy of the planned retailer of which nothing has left and everything waits for people."""
    root: Path = shutil.copytree(planned, tmp_path / "waiting")
    undo_exports(root)
    return root
