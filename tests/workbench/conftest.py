"""A planned retailer whose actions all wait, and the workbench over it on a free port."""

import shutil
from pathlib import Path

import pytest
from client import Client, serving
from simulated import undo_exports, warehouse_of


@pytest.fixture(scope="session")
def waiting(shared, planned) -> Path:
    """The small retailer with automation off and nothing exported, as published."""

    def build(root: Path) -> None:
        shutil.copytree(planned, root, dirs_exist_ok=True)
        undo_exports(root)
        warehouse = warehouse_of(root)
        warehouse.publish_copy()
        warehouse.close()

    return shared("workbench", build)


@pytest.fixture
def folder(waiting, tmp_path) -> Path:
    """A copy of it that a test may change."""
    return shutil.copytree(waiting, tmp_path / "retailer")


@pytest.fixture
def bench(folder):
    """The workbench over that copy."""
    with serving(folder) as served:
        yield served


@pytest.fixture(scope="module")
def shown(waiting, tmp_path_factory):
    """The workbench over a copy that tests of a module share, since they change nothing."""
    root = shutil.copytree(waiting, tmp_path_factory.mktemp("shown") / "retailer")
    with serving(root) as served:
        yield served


@pytest.fixture(scope="module")
def planner(shown) -> Client:
    """Somebody who is signed on to look."""
    return shown.sign_on("Ann", "planner")
