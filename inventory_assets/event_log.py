"""Dagster's SQLite storage, with an event log whose connections stay open between events.

A night reports a thousand events. Dagster opens and closes SQLite for each, and the last one to
close a write-ahead log copies it into the database: on the smallest retailer that took longer than
planning. Tables and files are Dagster's own, so that either storage reads what the other wrote.
"""

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
from sqlalchemy.pool import StaticPool

OPEN_SHARDS = 4
"""Databases that stay open: one for each run that is written or read, and their index."""


class OpenEventLogStorage(SqliteEventLogStorage):
    """The event log with the connections to its last few databases kept open."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Keep the event log in a folder, one database a run and an index of all."""
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        super().__init__(base_dir, inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        """A transaction on the database of a run, or on the index; one at a time, as Dagster's."""
        with self._db_lock, self._keep_engine(shard).connect() as connection, connection.begin():
            yield connection

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
        self._engines.move_to_end(shard)
        if len(self._engines) > OPEN_SHARDS:
            self._engines.popitem(last=False)[1].dispose()
        if shard not in self._initialized_dbs:
            self._initdb(self._engines[shard])
            self._initialized_dbs.add(shard)
        return self._engines[shard]


class OpenSqliteStorage(DagsterSqliteStorage):
    """Dagster's SQLite storage with `OpenEventLogStorage` for its events."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Keep runs, events and schedules under a folder, where Dagster's own storage does."""
        super().__init__(base_dir, inst_data)
        self._event_log_storage = OpenEventLogStorage(str(Path(base_dir, "history", "runs")))

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> Self:  # noqa: ANN401  # what dagster.yaml says
        """Make the storage that dagster.yaml asks for."""
        return cls.from_local(inst_data=inst_data, **config_value)
