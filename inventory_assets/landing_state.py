"""What lies in the landing folder, as one hash: the cheap answer to "has anything changed?"."""

import hashlib
import time
from datetime import date
from pathlib import Path

from quality_checks.contracts import list_landing_sources
from quality_checks.intake import find_landed

_QUIET_SECONDS = 2.0
# A file that was changed longer ago is not being copied.
_RECENT_SECONDS = 10.0
_LONGEST_WAIT_SECONDS = 300.0

LANDING_STATE_TAG = "plenish/landing_state"
"""Tag of a run that plans everything landed: the hash of what lay there when it was asked for."""


def hash_landing(landing: Path, upto: date | None = None) -> tuple[date | None, str]:
    """Find the newest landed business date, and hash names, sizes and times of the files.

    Args:
        landing: the landing folder; it need not exist yet.
        upto: files of later business dates do not count.
    """
    files = [
        file
        for source in list_landing_sources()
        for file in find_landed(landing, source)[0]
        if upto is None or file.business_date <= upto
    ]
    digest = hashlib.sha256()
    for file in files:
        stat = file.path.stat()
        name = file.path.relative_to(landing).as_posix()
        digest.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    newest = max((file.business_date for file in files), default=None)
    return newest, digest.hexdigest()


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
    seen = hash_landing(landing)
    while time.monotonic() < deadline:
        time.sleep(_QUIET_SECONDS)
        looked, seen = seen, hash_landing(landing)
        if looked == seen:
            return True
    return False


def _changed_of_late(landing: Path) -> bool:
    since = time.time() - _RECENT_SECONDS
    return any(
        file.path.stat().st_mtime > since
        for source in list_landing_sources()
        for file in find_landed(landing, source)[0]
    )
