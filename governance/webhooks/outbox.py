"""`Outbox`: messages that wait to be taken, on disk, each receiver's in the order they came in.

A message, how far the sources are read and what a receiver knows by then are written in one
transaction, so that none is lost and none comes in twice.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from governance.webhooks.messages import Message, ToldException

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS messages (
    place INTEGER PRIMARY KEY, receiver TEXT NOT NULL, message_id TEXT NOT NULL, kind TEXT NOT NULL,
    body TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'waiting', attempts INTEGER NOT NULL DEFAULT 0,
    next_at REAL NOT NULL, words TEXT NOT NULL DEFAULT '', UNIQUE (receiver, message_id)
);
CREATE INDEX IF NOT EXISTS ix_due ON messages (receiver, state, next_at);
CREATE TABLE IF NOT EXISTS read_so_far (source TEXT PRIMARY KEY, mark TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS waits (
    receiver TEXT PRIMARY KEY, failures INTEGER NOT NULL, next_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS told_exceptions (
    receiver TEXT NOT NULL, exception_id TEXT NOT NULL, times INTEGER NOT NULL, facts TEXT NOT NULL,
    PRIMARY KEY (receiver, exception_id)
);
"""
_FIRST_WAIT: Final = 60.0
_LONGEST_WAIT: Final = 6 * 3600.0
MOST_ATTEMPTS: Final = 16
"""After that a message is given up: some 44 hours."""
_ATTEMPTED: Final = (
    "attempts = attempts + 1, words = ?, next_at = ?, "
    f"state = CASE WHEN attempts + 1 >= {MOST_ATTEMPTS} THEN 'given_up' ELSE 'waiting' END"
)


@dataclass(frozen=True)
class Waiting:
    """A message that is due."""

    place: int
    message_id: str
    body: bytes
    attempts: int


class Outbox:
    """Messages on disk; open it with `open_outbox`. Seconds are those since 1970."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def put(
        self,
        messages: Mapping[str, Sequence[Message]],
        marks: Mapping[str, str],
        at: float,
        told: Mapping[str, Iterable[ToldException]] | None = None,
    ) -> int:
        """Put messages in, and note how far their sources are read; gives how many are new.

        Args:
            messages: receiver -> what it is told, in order; what it was told before is left out.
            marks: source -> how far it is read.
            at: when.
            told: receiver -> as what it knows exceptions by these messages.
        """
        before = self._connection.total_changes
        with self._connection:
            for receiver, some in messages.items():
                rows = [
                    (receiver, one.message_id, one.kind, _write_body(one, at), at) for one in some
                ]
                self._connection.executemany(
                    "INSERT OR IGNORE INTO messages (receiver, message_id, kind, body, next_at) "
                    "VALUES (?, ?, ?, ?, ?)",
                    rows,
                )
            put = self._connection.total_changes - before
            self._connection.executemany(
                "INSERT INTO read_so_far VALUES (?, ?) "
                "ON CONFLICT (source) DO UPDATE SET mark = excluded.mark",
                marks.items(),
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO told_exceptions VALUES (?, ?, ?, ?)",
                [
                    (receiver, one.exception_id, one.times, json.dumps(one.facts))
                    for receiver, known in (told or {}).items()
                    for one in known
                ],
            )
        return put

    def read_told_exceptions(self, receiver: str) -> dict[str, ToldException]:
        """By id, as what a receiver knows exceptions."""
        query = "SELECT exception_id, times, facts FROM told_exceptions WHERE receiver = ?"
        rows = self._connection.execute(query, (receiver,)).fetchall()
        return {row[0]: ToldException(row[0], row[1], json.loads(row[2])) for row in rows}

    def find_mark(self, source: str) -> str | None:
        """How far a source is read; None where it never was."""
        query = "SELECT mark FROM read_so_far WHERE source = ?"
        row = self._connection.execute(query, (source,)).fetchone()
        return None if row is None else str(row[0])

    def list_due(self, receiver: str, at: float, most: int) -> list[Waiting]:
        """The messages that a receiver is to be sent by now, in order; none while it waits."""
        rows = self._connection.execute(
            "SELECT place, message_id, body, attempts FROM messages WHERE receiver = ? "
            "AND state = 'waiting' AND next_at <= ? "
            "AND NOT EXISTS (SELECT 1 FROM waits w WHERE w.receiver = ? AND w.next_at > ?) "
            "ORDER BY place LIMIT ?",
            (receiver, at, receiver, at, most),
        )
        return [Waiting(row[0], row[1], row[2].encode(), row[3]) for row in rows.fetchall()]

    def note_taken(self, receiver: str, waiting: Waiting) -> None:
        """Note that a receiver has taken a message, of which the id is kept and no more."""
        with self._connection:
            self._end_wait(receiver)
            self._connection.execute(
                "UPDATE messages SET state = 'taken', attempts = attempts + 1, words = '', "
                "body = '' WHERE place = ?",
                (waiting.place,),
            )

    def note_refused(self, receiver: str, waiting: Waiting, words: str, at: float) -> None:
        """Note that a receiver refuses a message: that one is tried later, or given up."""
        with self._connection:
            self._end_wait(receiver)
            self._connection.execute(
                f"UPDATE messages SET {_ATTEMPTED} WHERE place = ?",
                (words, at + _find_wait(waiting.attempts), waiting.place),
            )

    def note_no_answer(self, receiver: str, words: str, at: float) -> None:
        """Note that a receiver takes nothing now: all that is due waits for it, in its order."""
        query = "SELECT failures FROM waits WHERE receiver = ?"
        row = self._connection.execute(query, (receiver,)).fetchone()
        failures = 0 if row is None else int(row[0])
        next_at = at + _find_wait(failures)
        with self._connection:
            self._connection.execute(
                "INSERT OR REPLACE INTO waits VALUES (?, ?, ?)", (receiver, failures + 1, next_at)
            )
            self._connection.execute(
                f"UPDATE messages SET {_ATTEMPTED} "
                "WHERE receiver = ? AND state = 'waiting' AND next_at <= ?",
                (words, at, receiver, at),
            )

    def try_again(self, receiver: str, at: float) -> int:
        """Have all that a receiver has not taken sent anew; gives how many."""
        with self._connection:
            self._end_wait(receiver)
            return self._connection.execute(
                "UPDATE messages SET state = 'waiting', attempts = 0, next_at = ? "
                "WHERE receiver = ? AND state <> 'taken'",
                (at, receiver),
            ).rowcount

    def _end_wait(self, receiver: str) -> None:
        self._connection.execute("DELETE FROM waits WHERE receiver = ?", (receiver,))

    def count_states(self) -> list[tuple[str, str, int, str]]:
        """Receiver, state, number of messages and what the last attempt said, in order."""
        rows = self._connection.execute(
            "SELECT receiver, state, count(*), max(words) FROM messages GROUP BY 1, 2 ORDER BY 1, 2"
        )
        return [(row[0], row[1], row[2], row[3]) for row in rows.fetchall()]


@contextmanager
def open_outbox(path: Path) -> Iterator[Outbox]:
    """The outbox in a file, which is made where there is none."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=30)
    try:
        connection.executescript(_TABLES)
        yield Outbox(connection)
    finally:
        connection.close()


def _find_wait(failures: int) -> float:
    """Seconds until the next attempt after so many that failed before the last."""
    return float(min(_FIRST_WAIT * 2**failures, _LONGEST_WAIT))


def _write_body(message: Message, at: float) -> str:
    told = {"id": message.message_id, "type": message.kind, "recorded": int(at)}
    return json.dumps({**told, "data": message.data}, sort_keys=True, ensure_ascii=False)
