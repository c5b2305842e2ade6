"""Which events were accepted already, across restarts: the newest five million are remembered.

What is sent again later than that lands again. Of a source of events the intake then knows its
key; of a state the older row would hold once more.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import Final

from receiving.journal import write_durably

_SUFFIX: Final = ".ids"
_BYTES: Final = 16
_MOST_EVENTS: Final = 5_000_000


def hash_event(event_source: str, event_id: str) -> bytes:
    """What an event is known by; neither part holds a line break."""
    digest = hashlib.blake2b(f"{event_source}\n{event_id}".encode(), digest_size=_BYTES)
    return digest.digest()


class Memory:
    """Hashes of accepted events, by the segment that brought them."""

    def __init__(self, folder: Path, most: int = _MOST_EVENTS) -> None:
        """Read what was kept.

        Args:
            folder: holds a file for each segment that has landed.
            most: events that are remembered at least; segments are forgotten whole.
        """
        self._folder = folder
        self._most = most
        # One thread accepts events while another forgets.
        self._lock = Lock()
        self._known: set[bytes] = set()
        self._segments: dict[int, list[bytes]] = {}
        for number in list_remembered(folder):
            content = _name_ids(folder, number).read_bytes()
            hashes = (content[at : at + _BYTES] for at in range(0, len(content), _BYTES))
            self.add(number, hashes)

    def __contains__(self, event: bytes) -> bool:
        """Whether an event is remembered."""
        return event in self._known

    def add(self, number: int, events: Iterable[bytes]) -> None:
        """Remember events of a segment; `keep` makes it outlast the process.

        Args:
            number: of the segment, none below those before.
            events: as `hash_event` makes them.
        """
        with self._lock:
            added = [event for event in events if event not in self._known]
            self._segments.setdefault(number, []).extend(added)
            self._known.update(added)

    def keep(self, number: int) -> None:
        """Write what a segment brought to disk, and forget the oldest ones beyond the limit.

        Raises:
            OSError: it is not there.
        """
        with self._lock:
            content = b"".join(self._segments.setdefault(number, []))
        write_durably(_name_ids(self._folder, number), content)
        with self._lock:
            oldest = min(self._segments)
            while len(self._known) - len(self._segments[oldest]) >= self._most:
                self._known.difference_update(self._segments.pop(oldest))
                _name_ids(self._folder, oldest).unlink(missing_ok=True)
                oldest = min(self._segments)


def _name_ids(folder: Path, number: int) -> Path:
    return folder / f"{number:08d}{_SUFFIX}"


def list_remembered(folder: Path) -> list[int]:
    """Numbers of the segments that are remembered, in order."""
    return sorted(int(path.stem) for path in folder.glob(f"*{_SUFFIX}"))
