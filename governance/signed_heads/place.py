"""The operator's place for heads: a file to which lines are only added, best on another disk."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from governance.signed_heads.heads import SignedHead

_FILE: Final = "heads.jsonl"
_LAST_BYTES: Final = 4096
"""The end of the file, which holds several heads."""


def name_heads_file(place: Path) -> Path:
    """The file of a place that is named as a file (with a suffix) or as a folder."""
    return place if place.suffix and not place.is_dir() else place / _FILE


def add_head(place: Path, head: SignedHead, *, makes: bool) -> None:
    """Add a head as a line, and wait until the disk has it.

    Args:
        place: where to.
        head: that is published.
        makes: whether folder and file are made where they are missing. A place on another disk has
            to be there: a mount point is a folder, too, while nothing is mounted there, and what
            were made in it would be written in the stead of the disk.

    Raises:
        OSError: the place is not there, or cannot be written.
    """
    path = name_heads_file(place)
    if makes:
        path.parent.mkdir(mode=0o750, exist_ok=True)
    elif not path.exists():
        raise FileNotFoundError(f"{path} is not there: mount its disk, or make it once, empty")
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | (os.O_CREAT if makes else 0), 0o640)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        # A line that a power cut tore stays: what is only added to cannot be mended.
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        os.write(descriptor, (b"\n" if torn else b"") + head.line)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_heads(place: Path) -> list[SignedHead]:
    """Heads at a place in the order of their lines; none where it is not there.

    Lines that state no head are passed over: a torn one is no fault, and who can spoil a line could
    take it away.

    Raises:
        OSError: the file is there and cannot be read.
    """
    path = name_heads_file(place)
    return _parse(path.read_bytes()) if path.exists() else []


def find_last_head(place: Path, is_wanted: Callable[[SignedHead], bool]) -> SignedHead | None:
    """Find the wanted head that was published last; None where the end of the file has none.

    Args:
        place: where heads are.
        is_wanted: whether a head is one to find.

    Raises:
        OSError: the file is there and cannot be read.
    """
    path = name_heads_file(place)
    if not path.exists():
        return None
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _LAST_BYTES, 0))
        found = _parse(file.read())
    return next(filter(is_wanted, reversed(found)), None)


def _parse(content: bytes) -> list[SignedHead]:
    read = [SignedHead.parse(line) for line in content.splitlines()]
    return [head for head in read if head is not None]
