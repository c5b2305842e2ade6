"""Where the project lies, where its data and its policies do, and what time it is there."""

import os
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

PROJECT = Path(__file__).resolve().parent.parent

DECISIONS_URL = "PLENISH_DECISIONS_URL"
"""Variable with the SQLAlchemy URL of the decision store; unset for SQLite in the data folder."""

TOKEN = "PLENISH_TOKEN"  # noqa: S105  # the variable, not what it holds
"""Variable with the token of whoever gives a command."""
AUDIT_KEY = "PLENISH_AUDIT_KEY"
"""Variable with the path of the key that signs heads of the audit chain; unset for `keys/audit.pem`
of the data folder."""

AUDIT_PLACE = "PLENISH_AUDIT_PLACE"
"""Variable with the file or folder to which signed heads are published; unset for `audit/` of the
data folder."""

OIDC_ISSUER = "PLENISH_OIDC_ISSUER"
"""Variable with the address of the provider of OpenID Connect that people sign on by; unset for
none."""

OIDC_CLIENT = "PLENISH_OIDC_CLIENT"
"""Variable with the id by which that provider knows the workbench."""

OIDC_SECRET = "PLENISH_OIDC_SECRET"  # noqa: S105  # the variable, not what it holds
"""Variable with the secret that the provider shares with it; unset where it gave none."""


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


def read_token() -> str | None:
    """The token of whoever gives a command: $PLENISH_TOKEN; None where there is none."""
    return os.environ.get(TOKEN) or None


def read_clock() -> datetime:
    """What the clocks of the retailer's time zone show now, to the second."""
    return datetime.now(ZoneInfo(find_time_zone())).replace(tzinfo=None, microsecond=0)
