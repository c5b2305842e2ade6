"""Dagster's SQLite storage, with an event log whose connections stay open between events.

A night reports a thousand events. Dagster opens and closes SQLite for each, and the last one to
close a write-ahead log copies it into the database: on the smallest retailer that took longer than
planning. Nor is each of five thousand transactions waited for until it is on the disk: a machine
that loses its power may lose the last events, which a run that died with it does not need, and
never the log, which is written ahead. A process that dies loses none. Tables and files are
Dagster's own, so that either storage reads what the other wrote.
"""

import fcntl
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.event import listens_for
from sqlalchemy.pool import StaticPool

OPEN_SHARDS = 4
"""Databases that stay open: one for each run that is written or read, and their index."""


class OpenEventLogStorage(SqliteEventLogStorage):
    """The event log with the connections to its last few databases kept open."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Keep the event log in a folder, one database a run and an index of all."""
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        """A transaction on the database of a run, or on the index; one at a time, as Dagster's."""
        with self._db_lock, self._keep_engine(shard).connect() as connection, connection.begin():
            yield connection

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table; each check asks, and one that is there stays."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def store_event(self, event: EventLogEntry) -> None:
        """Keep an event, and tell those who watch the run."""
        super().store_event(event)
        # The web server watches the database itself, which only a closed log is copied into.
        Path(self.path_for_shard(event.run_id)).touch()

    def dispose(self) -> None:
        """Close all that is open."""
        while self._engines:
            self._engines.popitem()[1].dispose()
        super().dispose()

    def _keep_engine(self, shard: str) -> Engine:
        if shard in self._engines and not Path(self.path_for_shard(shard)).exists():
            # Dagster deletes the database of a run with the run.
            self._engines.pop(shard).dispose()
            self._initialized_dbs.discard(shard)
        if shard not in self._engines:
            self._engines[shard] = create_engine(
                self.conn_string_for_shard(shard),
                poolclass=StaticPool,
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
            )
            listens_for(self._engines[shard], "connect")(_sync_at_checkpoints)
        self._engines.move_to_end(shard)
        if len(self._engines) > OPEN_SHARDS:
            self._engines.popitem(last=False)[1].dispose()
        if shard not in self._initialized_dbs:
            self._initdb(self._engines[shard])
            self._initialized_dbs.add(shard)
        return self._engines[shard]


def _sync_at_checkpoints(connection: DBAPIConnection, _record: object) -> None:
    """Have SQLite wait for the disk when it copies the log into the database, and not before."""
    connection.cursor().execute("PRAGMA synchronous = NORMAL")


class OpenSqliteStorage(DagsterSqliteStorage):
    """Dagster's SQLite storage with `OpenEventLogStorage` for its events."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Keep runs, events and schedules under a folder, where Dagster's own storage does.

        Processes that meet on a fresh folder, commands, daemon and web server, make the databases
        one after the other: two at once leave tables half made, and versions of them that no later
        process can read.
        """
        with Path(base_dir, "making.lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            super().__init__(base_dir, inst_data)
            self._event_log_storage = OpenEventLogStorage(str(Path(base_dir, "history", "runs")))

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> Self:  # noqa: ANN401  # what dagster.yaml says
        """Make the storage that dagster.yaml asks for."""
        return cls.from_local(inst_data=inst_data, **config_value)
