"""What lies in the landing folder: which files there are, and what their names say."""

import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

CONTROL_SUFFIX = ".control.json"

_UNFINISHED = (".tmp", ".part")
# A file system takes 255 bytes: the control file beside it needs its own.
_LONGEST_NAME = 200
_GZIP_SIZE = 4
_NAME = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})(_(?P<sequence>[A-Za-z0-9_-]+))?\.(parquet|csv|csv\.gz)",
    flags=re.ASCII,
)


@dataclass(frozen=True)
class LandedFile:
    """A file to load.

    Attributes:
        source: landing source, the folder's name.
        business_date: business date in the file's name.
        sequence: part in the file's name, empty for the only one.
        path: where it lies.
    """

    source: str
    business_date: date
    sequence: str
    path: Path


@dataclass(frozen=True)
class RefusedFile:
    """A file that cannot be given a place, with the reason in words."""

    source: str
    path: Path
    message: str


def find_landed(landing: Path, source: str) -> tuple[list[LandedFile], list[RefusedFile]]:
    """Files landed for a source, and those whose names do not tell what they are.

    Hidden files, control files and unfinished ones (`.tmp`, `.part`) are passed over.

    Args:
        landing: the landing folder.
        source: name of the landing source.

    Returns:
        The files by business date and sequence (2 before 10, numbers before words), and the
        refused ones by name. Both are empty where the source has no folder.
    """
    landed: list[LandedFile] = []
    refused: list[RefusedFile] = []
    folder = landing / source
    for path, is_file in _list_folder(folder):
        file = _parse(source, path, is_file=is_file)
        if isinstance(file, LandedFile):
            landed.append(file)
        else:
            refused.append(file)
    unique, clashing = _split_clashes(landed)
    return sorted(unique, key=_order), sorted([*refused, *clashing], key=lambda file: file.path)


def _list_folder(folder: Path) -> list[tuple[Path, bool]]:
    """Paths by name that are not passed over, and whether they are files."""
    if not folder.is_dir():
        return []
    # The folder says what they are: to ask each file takes long on a network share.
    with os.scandir(folder) as entries:
        found = sorted((entry.name, entry.is_file()) for entry in entries)
    return [(folder / name, is_file) for name, is_file in found if not _is_unfinished(name)]


def drop_unfinished(paths: Iterable[Path]) -> list[Path]:
    """Those of the paths that are not hidden, control files or unfinished, by their names."""
    return [path for path in paths if not _is_unfinished(path.name)]


def _is_unfinished(name: str) -> bool:
    return name.startswith(".") or name.endswith((*_UNFINISHED, CONTROL_SUFFIX))


def find_control(path: Path) -> Path | None:
    """The control file beside a file, if there is one."""
    control = path.with_name(path.name + CONTROL_SUFFIX)
    return control if control.exists() else None


def measure_file(path: Path) -> tuple[int, int]:
    """Size of a file, and when it or the control file beside it was last changed, in ns."""
    stat = path.stat()
    control = find_control(path)
    changed = 0 if control is None else control.stat().st_mtime_ns
    return stat.st_size, max(stat.st_mtime_ns, changed)


def measure_content(path: Path) -> int:
    """Bytes of a file once it is unpacked, as its last four bytes state where it is a gzip file."""
    size = path.stat().st_size
    if path.suffix != ".gz" or size < _GZIP_SIZE:
        return size
    with path.open("rb") as stream:
        stream.seek(-_GZIP_SIZE, os.SEEK_END)
        return max(size, int.from_bytes(stream.read(), "little"))


def hash_content(path: Path) -> str:
    """SHA-256 of a file's bytes in hex, read as a stream."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _parse(source: str, path: Path, *, is_file: bool) -> LandedFile | RefusedFile:
    if not is_file:
        return RefusedFile(source, path, f"{path.name} is not a file")
    if len(os.fsencode(path.name)) > _LONGEST_NAME:
        message = f"{path.name[:40]}… has a name of more than {_LONGEST_NAME} bytes"
        return RefusedFile(source, path, message)
    match = _NAME.fullmatch(path.name)
    if match is None:
        message = (
            f"{path.name} is not named <business date>[_<sequence>] with the ending .parquet, "
            ".csv or .csv.gz, as in 2025-09-30.csv"
        )
        return RefusedFile(source, path, message)
    try:
        business_date = date.fromisoformat(match["date"])
    except ValueError as error:
        return RefusedFile(source, path, f"{path.name}: {match['date']} is not a date ({error})")
    return LandedFile(source, business_date, match["sequence"] or "", path)


def _split_clashes(files: list[LandedFile]) -> tuple[list[LandedFile], list[RefusedFile]]:
    """Files alone in their slot, and those that share it: which of them counts is a guess."""
    slots = defaultdict(list)
    for file in files:
        slots[file.business_date, file.sequence].append(file)
    unique = [slot[0] for slot in slots.values() if len(slot) == 1]
    clashing = []
    for slot in slots.values():
        for file in slot if len(slot) > 1 else []:
            others = ", ".join(other.path.name for other in slot if other is not file)
            message = f"{file.path.name} stands for the same date and sequence as {others}"
            clashing.append(RefusedFile(file.source, file.path, message))
    return unique, clashing


def _order(file: LandedFile) -> tuple[date, int, str]:
    """A missing sequence first, then words, then numbers by size."""
    number = int(file.sequence) if file.sequence.isdecimal() else -1
    return file.business_date, number, file.sequence
