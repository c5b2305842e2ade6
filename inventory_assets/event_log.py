"""Dagster's SQLite storage, with an event log whose connections stay open between events.

A night reports a thousand events. Dagster opens and closes SQLite for each, and the last one to
close a write-ahead log copies it into the database: on the smallest retailer that took longer than
planning. Nor is each of five thousand transactions waited for until it is on the disk: a machine
that loses its power may lose the last events, which a run that died with it does not need, and
never the log, which is written ahead. A process that dies loses none. What steps ask of assets is
looked for once until it changes, and what a run plans is kept in one transaction. Tables and files
are Dagster's own, so that either storage reads what the other wrote.
"""

import fcntl
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

from dagster import AssetKey, AssetRecordsFilter, DagsterEventType, EventRecordsResult
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.base import AssetRecord
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.event import listens_for
from sqlalchemy.pool import StaticPool

from inventory_assets.asset_answers import AssetAnswers

OPEN_SHARDS = 4
"""Databases that stay open: one for each run that is written or read, and their index."""

_BATCH_SIZE: Final = "DAGSTER_EVENT_BATCH_SIZE"
_LARGEST_BATCH: Final = "1000"
"""Events that are kept in one transaction: those of what a run is going to do."""

os.environ.setdefault(_BATCH_SIZE, _LARGEST_BATCH)


class OpenEventLogStorage(SqliteEventLogStorage):
    """The event log with the connections to its last few databases kept open."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Keep the event log in a folder, one database a run and an index of all."""
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._held: dict[str, Connection] = {}
        self._tables: set[str] = set()
        self._columns: set[str] = set()
        self._answers = AssetAnswers()
        self._is_storing = False
        super().__init__(base_dir, inst_data)
        # One that stores a batch asks within it.
        self._db_lock = threading.RLock()  # type: ignore[assignment]

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        """A transaction on the database of a run, or on the index; one at a time, as Dagster's."""
        with self._db_lock:
            if shard in self._held:
                yield self._held[shard]
                return
            with self._keep_engine(shard).connect() as connection, connection.begin():
                yield connection

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table; each check asks, and one that is there stays."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        """Whether assets have a column; each of their events asks, and one that is there stays."""
        if column_name not in self._columns and super()._has_asset_key_col_on_connection(
            conn, column_name
        ):
            self._columns.add(column_name)
        return column_name in self._columns

    def store_event(self, event: EventLogEntry) -> None:
        """Keep an event, and tell those who watch the run."""
        with self._storing(event):
            super().store_event(event)
        # The web server watches the database itself, which only a closed log is copied into.
        os.utime(self.path_for_shard(event.run_id))

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Keep events in one transaction of each database, all of them or none."""
        shards = {INDEX_SHARD_NAME, *(event.run_id for event in events)}
        with self._db_lock, ExitStack() as stack:
            for shard in sorted(shards):
                connection = stack.enter_context(self._connect(shard))
                stack.callback(self._held.pop, shard)
                self._held[shard] = connection
            super().store_event_batch(events)

    @contextmanager
    def _storing(self, event: EventLogEntry) -> Iterator[None]:
        """Forget what was told of the asset of an event that the body stores, and of no other."""
        with self._db_lock:
            self._is_storing = True
            try:
                yield
            finally:
                self._is_storing = False
                told = event.dagster_event
                self._answers.forget_asset(told.asset_key if told else None)

    def get_latest_tags_by_partition(  # noqa: PLR0913, PLR0917  # as Dagster asks
        self,
        asset_key: AssetKey,
        event_type: DagsterEventType,
        tag_keys: Sequence[str],
        asset_partitions: Sequence[str] | None = None,
        before_cursor: int | None = None,
        after_cursor: int | None = None,
    ) -> Mapping[str, Mapping[str, str]]:
        """Tags of the last events of an asset: of the version that a step has read."""
        asked = (asset_key, event_type, tag_keys, asset_partitions, before_cursor, after_cursor)
        find = super().get_latest_tags_by_partition
        with self._recall() as answers:
            return answers.ask(asset_key, "tags", repr(asked), lambda: find(*asked))

    def fetch_materializations(
        self,
        records_filter: AssetKey | AssetRecordsFilter,
        limit: int,
        cursor: str | None = None,
        ascending: bool = False,  # noqa: FBT001, FBT002  # as Dagster asks
    ) -> EventRecordsResult:
        """Materializations of an asset: of the slice that a check has judged."""
        key = records_filter if isinstance(records_filter, AssetKey) else records_filter.asset_key
        asked = (records_filter, limit, cursor, ascending)
        find = super().fetch_materializations
        with self._recall() as answers:
            return answers.ask(key, "materializations", repr(asked), lambda: find(*asked))

    def get_asset_records(
        self, asset_keys: Sequence[AssetKey] | None = None
    ) -> Sequence[AssetRecord]:
        """What is told of some assets, or of all, with their last events."""
        if asset_keys is None:
            return super().get_asset_records()
        with self._recall() as answers:
            new = answers.select_unasked(asset_keys, "record")
            found = {
                record.asset_entry.asset_key: record
                for record in (super().get_asset_records(new) if new else ())
            }
            told = [answers.ask(key, "record", "", partial(found.get, key)) for key in asset_keys]
        return [record for record in told if record is not None]

    @contextmanager
    def _recall(self) -> Iterator[AssetAnswers]:
        """What has been told of assets and is still true, while the body asks.

        No other thread writes meanwhile: what it makes untrue would be kept as an answer.
        """
        with self._db_lock:
            with self._connect(INDEX_SHARD_NAME) as connection:
                raw = connection.connection.cursor()
                (version,) = raw.execute("PRAGMA data_version").fetchone()
                raw.close()
            self._answers.note_version(version)
            yield self._answers

    def dispose(self) -> None:
        """Close all that is open."""
        while self._engines:
            self._engines.popitem()[1].dispose()
        self._answers.forget()
        super().dispose()

    def _keep_engine(self, shard: str) -> Engine:
        if shard in self._engines and not os.path.exists(self.path_for_shard(shard)):  # noqa: PTH110
            # Dagster deletes the database of a run with the run.
            self._engines.pop(shard).dispose()
            self._initialized_dbs.discard(shard)
        if shard not in self._engines:
            self._engines[shard] = self._open_engine(shard)
        self._engines.move_to_end(shard)
        if len(self._engines) > OPEN_SHARDS:
            self._engines.popitem(last=False)[1].dispose()
        if shard not in self._initialized_dbs:
            self._initdb(self._engines[shard])
            self._initialized_dbs.add(shard)
        return self._engines[shard]

    def _open_engine(self, shard: str) -> Engine:
        engine = create_engine(
            self.conn_string_for_shard(shard),
            poolclass=StaticPool,
            connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        )
        listens_for(engine, "connect")(_sync_at_checkpoints)
        if shard == INDEX_SHARD_NAME:
            # Each connection counts the changes of others for itself.
            self._answers.forget()
            listens_for(engine, "before_cursor_execute")(self._note_statement)
        return engine

    def _note_statement(self, _connection: object, _cursor: object, text: str, *_: object) -> None:
        """Forget what was told of assets before it changes by anything but an event."""
        if not self._is_storing:
            self._answers.note_statement(text)


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
