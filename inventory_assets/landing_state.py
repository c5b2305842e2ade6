"""What lies in the landing folder, as one hash: the cheap answer to "has anything changed?".

Where a retailer is connected by mappings, landing files are made from raw ones before one looks.
"""

import hashlib
import time
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from connecting.making import make_landing
from inventory_assets.project import read_clock
from quality_checks.contracts import list_landing_sources
from quality_checks.intake import (
    MAIN_SOURCES,
    LandedFile,
    NewestDate,
    find_landed,
    find_newest_date,
    measure_file,
)

_QUIET_SECONDS = 2.0
# A file that was changed longer ago is not being copied.
_RECENT_SECONDS = 10.0
_LONGEST_WAIT_SECONDS = 300.0

LANDING_STATE_TAG = "plenish/landing_state"
"""Tag of a run that plans everything landed: the hash of what lay there when it was asked for."""


def make_all_landing(data: Path) -> list[str]:
    """Make the landing files of all sources from raw files; what was refused, in words.

    Args:
        data: the data folder.
    """
    return [
        message
        for source in list_landing_sources()
        for message in make_landing(data, source).refused
    ]


def find_newest_landed(landing: Path, source: str | None = None) -> NewestDate:
    """Find the newest business date that has landed, and files of dates beyond it.

    Args:
        landing: the landing folder; it need not exist yet.
        source: whose files are looked at beside those that tell the date; by default all.
    """
    looked_at = list_landing_sources() if source is None else {source, *MAIN_SOURCES}
    return find_newest_date(_files(landing, looked_at), read_clock().date())


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


def find_arrival(landing: Path, upto: date, runs: Mapping[date, float], before: float) -> float:
    """When the first file landed that no run before could have seen, in seconds since 1970.

    A run sees files of its business date and of earlier ones that had landed when it began.

    Args:
        landing: the landing folder.
        upto: files of later business dates do not count.
        runs: business date -> moment at which its newest run before began; of the first run of all
            the last file is given.
        before: moment at which the run began, which is given where no file has come since.
    """
    files = _files(landing, list_landing_sources())
    landed = [
        (file.business_date, file.path.stat().st_mtime)
        for file in files
        if file.business_date <= upto
    ]
    here = [(day, moment) for day, moment in landed if moment <= before]
    if not runs:
        return max((moment for _, moment in here), default=before)
    seen = {
        day: max((began for run, began in runs.items() if run >= day), default=0.0)
        for day in {day for day, _ in here}
    }
    return min((moment for day, moment in here if moment > seen[day]), default=before)


def _files(landing: Path, sources: Iterable[str]) -> list[LandedFile]:
    """Every file of sources that can be loaded, by source and date."""
    return [file for source in sources for file in find_landed(landing, source)[0]]


def wait_for_quiet(data: Path, *, longest: float = _LONGEST_WAIT_SECONDS) -> bool:
    """Wait while files are being copied to where files come in: until two looks see the same.

    Nobody waits where no file was changed of late.

    Args:
        data: the data folder; it need not exist yet, nor need landing/ or raw/ in it.
        longest: seconds after which waiting ends.

    Returns:
        Whether both folders kept still in the end.
    """
    deadline = time.monotonic() + longest
    if not _changed_of_late(data):
        return True
    seen = _look_at_files(data)
    while time.monotonic() < deadline:
        time.sleep(_QUIET_SECONDS)
        looked, seen = seen, _look_at_files(data)
        if looked == seen:
            return True
    return False


def _changed_of_late(data: Path) -> bool:
    since = time.time_ns() - int(_RECENT_SECONDS * 1e9)
    return any(modified > since for *_, modified in _look_at_files(data))


def _look_at_files(data: Path) -> list[tuple[Path, int, int]]:
    """Path, size and time of every file that came in, by landing folder or as a raw file."""
    landed = [file.path for file in _files(data / "landing", list_landing_sources())]
    raw = [path for path in sorted((data / "raw").rglob("*")) if path.is_file()]
    return [(path, *measure_file(path)) for path in (*landed, *raw)]
