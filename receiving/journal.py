"""The journal: what was accepted, on disk before it is acknowledged.

A journal is a row of segments, files that are only appended to. Events are written in blocks: a
line of JSON for each, and a line that closes the block with its length and checksum. A block
counts once that line is there and true, so that a process may die at any byte.
"""

import json
import os
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from receiving.rows import Row

FOLDER: Final = "events"
"""Folder in the data folder: journal, memory of events and tokens."""

_SUFFIX: Final = ".journal"
_CLOSES: Final = b"#"


class Accepted(NamedTuple):
    """An event that was accepted.

    Attributes:
        event_source: who sent it.
        event_id: which of his events.
        source: landing source.
        business_date: of the file that it lands in, ISO.
        row: what lands.
    """

    event_source: str
    event_id: str
    source: str
    business_date: str
    row: Row


class JournalDoubtError(Exception):
    """The disk did not say whether a block is on it: only reading it anew tells."""


def name_segment(folder: Path, number: int) -> Path:
    """Path of a segment."""
    return folder / f"{number:08d}{_SUFFIX}"


def list_segments(folder: Path) -> list[int]:
    """Numbers of the segments in a folder, in order."""
    return sorted(int(path.stem) for path in folder.glob(f"*{_SUFFIX}"))


class Segment:
    """The segment that is written to."""

    def __init__(self, folder: Path, number: int) -> None:
        """Begin a new segment.

        Args:
            folder: of the journal.
            number: above those of all segments before.

        Raises:
            OSError: it cannot be made.
        """
        self.number = number
        self.events = 0
        self._stream = name_segment(folder, number).open("xb", buffering=0)
        self._size = 0
        sync_folder(folder)

    def append(self, accepted: Sequence[Accepted]) -> None:
        """Write a block and wait until the disk has it.

        Raises:
            OSError: the block is not there, as where the disk is full; those before are.
            JournalDoubtError: the block may be there or not, and nothing more may be appended.
        """
        block = _write_block(accepted)
        try:
            _write_all(self._stream.fileno(), block)
        except OSError:
            self._take_back()
            raise
        try:
            os.fsync(self._stream.fileno())
        except OSError as error:
            raise JournalDoubtError(str(error)) from error
        self._size += len(block)
        self.events += len(accepted)

    def _take_back(self) -> None:
        """Cut off what was written of a block."""
        try:
            os.ftruncate(self._stream.fileno(), self._size)
            os.lseek(self._stream.fileno(), self._size, os.SEEK_SET)
            os.fsync(self._stream.fileno())
        except OSError as error:
            raise JournalDoubtError(str(error)) from error

    def close(self) -> None:
        """Write no more to it."""
        self._stream.close()


def read_segment(path: Path) -> Iterator[list[Accepted]]:
    """Blocks of a segment. A last one that is not whole is left out: nobody was told it is there.

    Args:
        path: of the segment.

    Raises:
        ValueError: a block is not whole and a whole one follows, which no death explains.
    """
    with path.open("rb") as stream:
        lines: list[bytes] = []
        torn = False
        for line in stream:
            if not line.startswith(_CLOSES):
                lines.append(line)
                continue
            whole = line == _close_block(b"".join(lines))
            if whole and torn:
                raise ValueError(f"{path} is damaged: a block before its last cannot be read")
            if whole:
                yield [Accepted(*json.loads(event)) for event in lines]
            torn = not whole
            lines = []


def _write_block(accepted: Sequence[Accepted]) -> bytes:
    lines = [json.dumps(event, separators=(",", ":"), allow_nan=False) for event in accepted]
    text = "".join(f"{line}\n" for line in lines).encode()
    return text + _close_block(text)


def _close_block(text: bytes) -> bytes:
    return b"%s%d %08x\n" % (_CLOSES, len(text), zlib.crc32(text))


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def write_durably(path: Path, content: bytes) -> None:
    """Write a file beside its place and rename it, so that it is there as a whole or not at all.

    Raises:
        OSError: it is not there.
    """
    partial = path.with_name(f".{path.name}.part")
    with partial.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the names in a folder.

    Raises:
        OSError: it does not say so.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
