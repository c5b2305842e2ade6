"""Shared by all tests: where the real data lies, and no surprise from the environment."""

import os
from pathlib import Path

import pytest

# Set before anything of Dagster is imported: tests make their own homes.
for name in ("DAGSTER_HOME", "PLENISH_DATA", "PLENISH_POLICIES", "PLENISH_DECISIONS_URL"):
    os.environ.pop(name, None)
# Tests plan dates of their own, whatever lies in the project's landing folder.
os.environ["PLENISH_FIRST_BUSINESS_DATE"] = "2024-01-01"

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of the real data sets."""
    return Path(os.environ.get("PLENISH_SHARED_DATA", PROJECT.parent / "shared" / "data"))
