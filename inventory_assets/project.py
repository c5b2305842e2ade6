"""Where the project lies, and where its data and its policies do."""

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

DECISIONS_URL = "PLENISH_DECISIONS_URL"
"""Variable with the SQLAlchemy URL of the decision store; unset for SQLite in the data folder."""


def data_folder() -> Path:
    """The data folder: $PLENISH_DATA, else the project's own."""
    return Path(os.environ.get("PLENISH_DATA") or PROJECT / "data")


def policies_folder() -> Path:
    """The folder of planning.yaml and actions.yaml: $PLENISH_POLICIES, else the project's own."""
    return Path(os.environ.get("PLENISH_POLICIES", str(PROJECT / "data" / "policies")))
