"""What lies in the landing folder, as one hash: the cheap answer to "has anything changed?"."""

import hashlib
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from quality_checks.contracts import list_landing_sources
from quality_checks.intake import (
    MAIN_SOURCES,
    LandedFile,
    NewestDate,
    find_landed,
    find_newest_date,
)

_QUIET_SECONDS = 2.0
# A file that was changed longer ago is not being copied.
_RECENT_SECONDS = 10.0
_LONGEST_WAIT_SECONDS = 300.0

LANDING_STATE_TAG = "plenish/landing_state"
"""Tag of a run that plans everything landed: the hash of what lay there when it was asked for."""


def find_newest_landed(landing: Path, source: str | None = None) -> NewestDate:
    """Find the newest business date that has landed, and files of dates beyond it.

    Args:
        landing: the landing folder; it need not exist yet.
        source: whose files are looked at beside those that tell the date; by default all.
    """
    looked_at = list_landing_sources() if source is None else {source, *MAIN_SOURCES}
    today = date.today()  # noqa: DTZ011  # local by contract
    return find_newest_date(_files(landing, looked_at), today)


def hash_landing(landing: Path, upto: date) -> str:
    """Hash names, sizes and times of the files up to a business date.

    Args:
        landing: the landing folder; it need not exist yet.
        upto: files of later business dates do not count.
    """
    digest = hashlib.sha256()
    for file in _files(landing, list_landing_sources()):
        if file.business_date <= upto:
            stat = file.path.stat()
            name = file.path.relative_to(landing).as_posix()
            digest.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _files(landing: Path, sources: Iterable[str]) -> list[LandedFile]:
    """Every file of sources that can be loaded, by source and date."""
    return [file for source in sources for file in find_landed(landing, source)[0]]


def wait_for_quiet(landing: Path, *, longest: float = _LONGEST_WAIT_SECONDS) -> bool:
    """Wait while files are being copied into the landing folder: until two looks see the same.

    Nobody waits where no file was changed of late.

    Args:
        landing: the landing folder; it need not exist yet.
        longest: seconds after which waiting ends.

    Returns:
        Whether the folder kept still in the end.
    """
    deadline = time.monotonic() + longest
    if not _changed_of_late(landing):
        return True
    seen = hash_landing(landing, date.max)
    while time.monotonic() < deadline:
        time.sleep(_QUIET_SECONDS)
        looked, seen = seen, hash_landing(landing, date.max)
        if looked == seen:
            return True
    return False


def _changed_of_late(landing: Path) -> bool:
    since = time.time() - _RECENT_SECONDS
    return any(
        file.path.stat().st_mtime > since for file in _files(landing, list_landing_sources())
    )
