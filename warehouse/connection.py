"""Open the warehouse for as long as one read or write takes, or a run of them in quick succession.

DuckDB lets one process at a time have a file open for writing, and keeps it out while any other
process reads. So nobody keeps it open for long: every use waits for its turn up to a deadline, and
then says which process holds the file. To open a file of seventy tables and to close it again takes
about 50 ms, as long as many a step of a night, which is why uses that follow each other closely
share one opening; see `OpenFile`.
"""

import atexit
import json
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from weakref import WeakSet

import duckdb
import polars as pl

_HOLDER = re.compile(r"Conflicting lock is held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")
_OTHERWISE = "with a different configuration"
_POLL_SECONDS = 0.2
_TURN_SECONDS = 5.0
_MEMORY_LIMIT = "3GB"
_SMALL_BYTES = 64_000_000
"""Of a file of which one thread is quicker: a few thousand rows are not worth sharing out."""
_SCRATCH_MEMORY_LIMIT = "1GB"

# Of the open file, and so of every connection to it. Past the limit of memory DuckDB sorts and
# joins on disk, which beats dying.
_SETTINGS = f"""
    SET GLOBAL memory_limit = '{_MEMORY_LIMIT}';
    SET GLOBAL TimeZone = 'UTC';
    SET GLOBAL preserve_insertion_order = true;
"""


class WarehouseBusyError(RuntimeError):
    """The warehouse was held past the deadline, by another process or otherwise by this one."""


@contextmanager
def open_file(
    path: Path, *, deadline_seconds: float, read_only: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to `path`, closed on leaving, also when the body raises."""
    connection = _connect(path, time.monotonic() + deadline_seconds, read_only=read_only)
    try:
        connection.execute(_SETTINGS)
        if path.stat().st_size < _SMALL_BYTES:
            connection.execute("SET GLOBAL threads = 1")
        yield connection
    finally:
        connection.close()


def _connect(path: Path, deadline: float, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    if read_only and not path.exists():
        raise LookupError(f"nothing is planned yet: there is no {path}")
    # Those who read the copy are of the folder's group; others see nothing.
    path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    while True:
        try:
            return duckdb.connect(str(path), read_only=read_only)
        except duckdb.Error as error:
            holder = _find_holder(error)
            if holder is None:
                raise
            if time.monotonic() >= deadline:
                msg = (
                    f"{path} is held by {holder}; "
                    "close it, or read the published copy beside it instead"
                )
                raise WarehouseBusyError(msg) from error
            time.sleep(_POLL_SECONDS)


def _find_holder(error: duckdb.Error) -> str | None:
    """Who has the file open such that it cannot be opened here, by what DuckDB says of it."""
    if isinstance(error, duckdb.ConnectionException) and _OTHERWISE in str(error):
        # Whoever writes keeps it for a moment after a use, and whoever only reads waits for that.
        return "this process in another way"
    holder = _HOLDER.search(str(error)) if isinstance(error, duckdb.IOException) else None
    return None if holder is None else f"process {holder['pid']} ({holder['program']})"


class OpenFile:
    """A warehouse that stays open for a moment after each use, in case the next one comes soon.

    A second connection to a file that the process has open takes a hundredth of a millisecond. The
    file is closed once nobody has used it for `idle_seconds`, and after `_TURN_SECONDS` of uses
    without a pause, so that other processes get their turn. Threads may use it together.

    Args:
        path: the DuckDB file; made with its folder when absent.
        idle_seconds: how long it stays open after a use; 0 closes it at once.
        read_only: whether nothing is written; processes that only read share the file.
    """

    def __init__(self, path: Path, *, idle_seconds: float, read_only: bool = False) -> None:
        self._path = path
        self._read_only = read_only
        self._idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._users = 0
        self._kept: duckdb.DuckDBPyConnection | None = None
        self._opened = self._gave_way = self._left = -_TURN_SECONDS
        self._closing: threading.Timer | None = None
        _files.add(self)

    @contextmanager
    def use(self, *, deadline_seconds: float) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of its own, closed on leaving, also when the body raises.

        Args:
            deadline_seconds: how long to wait while another process has the file.

        Raises:
            WarehouseBusyError: the deadline passed; names who holds the file.
            LookupError: there is no file, and nothing may be written.
        """
        with self._lock:
            self._users += 1
            given_way_for = time.monotonic() - self._gave_way
        try:
            # Longer than others wait between two attempts, or the file would be gone by then.
            time.sleep(max(0.0, 1.5 * _POLL_SECONDS - given_way_for))
            with self._connect(deadline_seconds) as connection:
                yield connection
        finally:
            self._leave()

    @contextmanager
    def _connect(self, deadline_seconds: float) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection to the file that is open, or that is opened with it."""
        with self._lock:
            further = None if self._kept is None else self._kept.cursor()
        if further is not None:
            with further:
                yield further
            return
        with open_file(
            self._path, deadline_seconds=deadline_seconds, read_only=self._read_only
        ) as first:
            with self._lock:
                if self._kept is None and self._idle_seconds > 0:
                    # No cursor of the first, with which it would be closed.
                    self._kept = duckdb.connect(str(self._path), read_only=self._read_only)
                    self._opened = time.monotonic()
            yield first

    def close(self) -> None:
        """Close the file unless somebody uses it just now."""
        with self._lock:
            if self._closing is not None:
                self._closing.cancel()
                self._closing = None
            if self._users == 0 and self._kept is not None:
                self._kept.close()
                self._kept = None

    def _leave(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users or self._kept is None:
                return
            self._left = time.monotonic()
            turn_is_over = self._left - self._opened > _TURN_SECONDS
            # One waits for many uses: to start a thread takes longer than most of them.
            if not turn_is_over and self._closing is None:
                self._close_in(self._idle_seconds)
        if turn_is_over:
            self.close()
            self._gave_way = time.monotonic()

    def _close_in(self, seconds: float) -> None:
        self._closing = threading.Timer(seconds, self._close_if_idle)
        self._closing.daemon = True
        self._closing.start()

    def _close_if_idle(self) -> None:
        """Close the file, or wait on where it was used in the meantime."""
        with self._lock:
            self._closing = None
            if self._kept is None:
                return
            used_until = time.monotonic() if self._users else self._left
            rest = used_until + self._idle_seconds - time.monotonic()
            if rest > 0:
                self._close_in(rest)
                return
        self.close()


_files: WeakSet[OpenFile] = WeakSet()


def _close_all() -> None:
    """Close what is still open: a process that ends while a thread does so is aborted."""
    for file in list(_files):
        file.close()


atexit.register(_close_all)


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of the body's changes, or none of them."""
    connection.execute("BEGIN TRANSACTION")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def fetch_frame(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[str] | None = None
) -> pl.DataFrame:
    """The result of a query, handed over without pyarrow, which is slow to import.

    Args:
        connection: of the open file.
        query: a SELECT.
        parameters: values of its question marks. DuckDB imports pandas for them: where a look must
            be quick, there are none.
    """
    return pl.DataFrame(connection.sql(query, params=parameters))


def parse_statement(sql: str) -> object:
    """A SELECT as DuckDB parses it: nested dictionaries and lists; nothing of it is run."""
    # Quoted here, as a parameter would import pandas, which takes longer than a decision may.
    quoted = "'" + sql.replace("'", "''") + "'"
    row = _parser().cursor().execute(f"SELECT json_serialize_sql({quoted})").fetchone()
    return json.loads(row[0]) if row else {}


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """A database in memory, made once: it takes longer than the parsing."""
    return duckdb.connect(":memory:")


@contextmanager
def open_scratch(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a database of its own below a folder, which goes with it.

    It reads and writes no other file, keeps order, and takes little memory: the rest lies there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(dir=folder) as own,
        duckdb.connect(Path(own, "scratch.duckdb")) as connection,
    ):
        connection.execute(f"SET memory_limit = '{_SCRATCH_MEMORY_LIMIT}'")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET preserve_insertion_order = true")
        # Sums of floats depend on how threads share the rows.
        connection.execute("SET threads = 1")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection
