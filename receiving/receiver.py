"""Take events in: each once, on disk before anybody is told so, and landed in parts.

One thread writes the journal: what waits is written as one block, so that many senders share one
wait for the disk. Another lands segments that are closed, in their order.
"""

import logging
import time
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from threading import Condition, Event, Thread
from typing import IO, Final

import polars as pl

from receiving.journal import (
    FOLDER,
    Accepted,
    JournalDoubtError,
    Segment,
    list_segments,
    name_segment,
    read_segment,
    sync_folder,
)
from receiving.memory import Memory, hash_event, list_remembered
from receiving.parts import find_last_part, write_parts

MOST_ROWS: Final = 200_000
"""Events after which a segment lands at once: what is landed together has to fit into memory."""

_MOST_WAITING: Final = 50_000
_MOST_IN_BLOCK: Final = 20_000
_RETRY_SECONDS: Final = 5.0

_log = logging.getLogger(__name__)


class BusyError(Exception):
    """More events wait for the disk than it takes; the sender should come again."""


class ClosedError(Exception):
    """No event is taken any more: the receiver is closing, or its disk is in doubt."""


@dataclass
class _Waiting:
    """A batch that waits for the disk."""

    accepted: Sequence[Accepted]
    taken: Future[list[bool]] = field(default_factory=Future)


class Receiver:
    """The one process that takes events in for a data folder."""

    def __init__(self, data: Path, *, seconds: float, rows: int = MOST_ROWS) -> None:
        """Take over a data folder: land what an earlier process had accepted and not landed.

        Args:
            data: the data folder.
            seconds: after which accepted events land.
            rows: events after which they do so sooner.

        Raises:
            BusyError: another process takes events in for the folder.
            OSError: the folder cannot be written.
            ValueError: a segment of the journal is damaged.
        """
        self._seconds = seconds
        self._rows = rows
        self._landing = data / "landing"
        self._journal = data / FOLDER / "journal"
        ids = data / FOLDER / "ids"
        for folder in (data / FOLDER, self._journal, ids):
            _make_folder(folder, mode=0o700)
        _make_folder(self._landing, mode=0o777)
        self._lock = _lock_folder(data / FOLDER)
        self._memory = Memory(ids)
        left = list_segments(self._journal)
        # Above all that were: a part of an older one must never be taken for one of ours.
        self._number = max([0, *left, *list_remembered(ids), find_last_part(self._landing)])
        for number in left:
            self._recover(number)
        self._segment: Segment | None = None
        self._opened = 0.0
        self._waiting: deque[_Waiting] = deque()
        self._count = 0
        self._changed = Condition()
        self._closing = False
        self._ended = False
        self._unlanded: list[int] = []
        self._to_land = Event()
        self._writer = Thread(target=self._write, name="journal", daemon=True)
        self._lander = Thread(target=self._land, name="landing", daemon=True)
        self._writer.start()
        self._lander.start()

    def submit(self, accepted: Sequence[Accepted]) -> Future[list[bool]]:
        """Hand over a batch; the result is there once the disk has it.

        Args:
            accepted: events in their order.

        Returns:
            For each event whether it is new; one that is not was taken before. An `OSError` of
            the future says that none was taken, a `ClosedError` that it is not known.

        Raises:
            BusyError: too many wait.
            ClosedError: none is taken any more.
        """
        with self._changed:
            if self._closing or self._ended:
                raise ClosedError("no event is taken any more")
            if self._count + len(accepted) > _MOST_WAITING:
                raise BusyError(f"{self._count} events wait for the disk")
            batch = _Waiting(accepted)
            # From here on a sender who leaves takes nothing back.
            batch.taken.set_running_or_notify_cancel()
            self._waiting.append(batch)
            self._count += len(accepted)
            self._changed.notify()
        return batch.taken

    def count_waiting(self) -> int:
        """Events that wait for the disk."""
        return self._count

    def count_unlanded(self) -> int:
        """Closed segments that are not landed yet."""
        return len(self._unlanded)

    def close(self) -> None:
        """Take no more, write what waits, and land all that was accepted, once.

        What cannot land stays in the journal for the next process.
        """
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._writer.join()
        self._to_land.set()
        self._lander.join()
        self._lock.close()

    def _write(self) -> None:
        """Write blocks until the receiver closes or the disk is in doubt."""
        batches: list[_Waiting] | None = []
        try:
            while (batches := self._gather()) is not None:
                self._write_block(batches)
                if self._segment is not None and self._is_due(self._segment):
                    self._roll()
            self._roll()
        except JournalDoubtError as error:
            _log.critical("the journal is in doubt, and no more is taken: %s", error)
        finally:
            self._refuse(batches or ())

    def _gather(self) -> list[_Waiting] | None:
        """Batches that wait, as many as make a block; None once all is written and it closes."""
        with self._changed:
            while not self._waiting and not self._closing:
                left = self._opened + self._seconds - time.monotonic()
                if not self._changed.wait(max(left, 0.0) if self._segment else None):
                    return []
            if not self._waiting:
                return None
            batches: list[_Waiting] = []
            size = 0
            while self._waiting and size < _MOST_IN_BLOCK:
                batches.append(self._waiting.popleft())
                size += len(batches[-1].accepted)
            self._count -= size
            return batches

    def _write_block(self, batches: Sequence[_Waiting]) -> None:
        """Write what is new of the batches, and tell each which of its events were."""
        told: list[list[bool]] = []
        new: dict[bytes, Accepted] = {}
        for batch in batches:
            told.append([])
            for event in batch.accepted:
                known = hash_event(event.event_source, event.event_id)
                told[-1].append(known not in self._memory and known not in new)
                if told[-1][-1]:
                    new[known] = event
        if new:
            try:
                segment = self._open_segment()
                segment.append(list(new.values()))
            except OSError as error:
                _log.error("events cannot be written: %s", error)  # told in full
                for batch in batches:
                    batch.taken.set_exception(error)
                return
            self._memory.add(segment.number, new)
        for batch, verdicts in zip(batches, told, strict=True):
            batch.taken.set_result(verdicts)

    def _refuse(self, batches: Iterable[_Waiting]) -> None:
        """Take no more, and tell those who wait that it is not known what became of theirs."""
        with self._changed:
            self._ended = True
            refused = [*batches, *self._waiting]
            self._waiting.clear()
        for batch in refused:
            if not batch.taken.done():
                batch.taken.set_exception(ClosedError("the disk is in doubt"))

    def _open_segment(self) -> Segment:
        if self._segment is None:
            # A number whose file could not be made whole is not used again.
            self._number += 1
            self._segment = Segment(self._journal, self._number)
            self._opened = time.monotonic()
        return self._segment

    def _is_due(self, segment: Segment) -> bool:
        return segment.events >= self._rows or time.monotonic() - self._opened >= self._seconds

    def _roll(self) -> None:
        """Close the segment that is written to; it lands next."""
        if self._segment is not None:
            self._segment.close()
            self._unlanded.append(self._segment.number)
            self._to_land.set()
            self._segment = None

    def _land(self) -> None:
        """Land closed segments until the writer has ended and each was tried once more."""
        while True:
            self._to_land.wait(_RETRY_SECONDS)
            self._to_land.clear()
            ended = not self._writer.is_alive()
            self._land_closed()
            if ended:
                return

    def _land_closed(self) -> None:
        """Land what is closed, in order: of a state, what lands later holds.

        Where the disk does not take a part all later ones wait. Of any other fault only the
        segment waits in which it is.
        """
        for number in list(self._unlanded):
            try:
                self._land_segment(number)
            except OSError as error:
                _log.error("segment %d cannot land: %s", number, error)  # told whole
                return
            except (ValueError, pl.exceptions.PolarsError):
                _log.exception("segment %d cannot land", number)
            else:
                self._unlanded.remove(number)

    def _land_segment(self, number: int) -> None:
        """Write the parts of a segment, remember its events, and take it away."""
        path = name_segment(self._journal, number)
        accepted = (event for block in read_segment(path) for event in block)
        parts = write_parts(self._landing, number, accepted)
        self._memory.keep(number)
        path.unlink()
        for part in parts:
            words = "%s/%s landed: %d rows, %d events overtaken"
            _log.info(words, part.source, part.path.name, part.rows, part.overtaken)

    def _recover(self, number: int) -> None:
        """Remember and land what a process before accepted."""
        for block in read_segment(name_segment(self._journal, number)):
            known = (hash_event(event.event_source, event.event_id) for event in block)
            self._memory.add(number, known)
        self._land_segment(number)


def _make_folder(folder: Path, *, mode: int) -> None:
    """Make a folder, if it is not there, that outlasts a power cut."""
    folder.mkdir(mode=mode, parents=True, exist_ok=True)
    sync_folder(folder.parent)


def _lock_folder(folder: Path) -> IO[bytes]:
    """A lock that the kernel gives back however the process ends."""
    lock = (folder / ".lock").open("wb")
    try:
        flock(lock, LOCK_EX | LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise BusyError(f"another process takes events in for {folder.parent}") from error
    return lock
