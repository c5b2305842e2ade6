"""Where the project lies, where its data and its policies do, and what time it is there."""

import os
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

PROJECT = Path(__file__).resolve().parent.parent

DECISIONS_URL = "PLENISH_DECISIONS_URL"
"""Variable with the SQLAlchemy URL of the decision store; unset for SQLite in the data folder."""


def find_data_folder() -> Path:
    """The data folder: $PLENISH_DATA, else the project's own."""
    return Path(os.environ.get("PLENISH_DATA") or PROJECT / "data")


def find_policies_folder() -> Path:
    """The folder of the policy files: $PLENISH_POLICIES, else the project's own."""
    return Path(os.environ.get("PLENISH_POLICIES", str(PROJECT / "data" / "policies")))


def find_time_zone() -> str:
    """The retailer's time zone: $PLENISH_TIME_ZONE, else UTC.

    Raises:
        LookupError: there is no zone of that name.
    """
    name = os.environ.get("PLENISH_TIME_ZONE") or "UTC"
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:
        message = f"PLENISH_TIME_ZONE: {name!r} is no time zone; write one as Europe/Berlin"
        raise LookupError(message) from error
    return name


def read_clock() -> datetime:
    """What the clocks of the retailer's time zone show now, to the second."""
    return datetime.now(ZoneInfo(find_time_zone())).replace(tzinfo=None, microsecond=0)
