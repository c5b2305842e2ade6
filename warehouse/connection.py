"""Open the warehouse for as long as one read or write takes.

DuckDB lets one process at a time have a file open for writing, and keeps it out while any other
process reads. So nobody keeps it open: every use waits for its turn up to a deadline, and then
says which process holds the file.
"""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

_HOLDER = re.compile(r"Conflicting lock is held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")
_POLL_SECONDS = 0.2
_MEMORY_LIMIT = "3GB"


class WarehouseBusyError(RuntimeError):
    """Another process held the warehouse past the deadline."""


@contextmanager
def open_warehouse(path: Path, *, deadline_seconds: float) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to `path`, closed on leaving, also when the body raises.

    Args:
        path: the DuckDB file; made with its folder when absent.
        deadline_seconds: how long to wait while another process has the file.

    Raises:
        WarehouseBusyError: the deadline passed; names the process that holds the file.
    """
    connection = _connect(path, time.monotonic() + deadline_seconds)
    try:
        # Spilling beats dying: past the limit DuckDB sorts and joins on disk.
        connection.execute(f"SET memory_limit = '{_MEMORY_LIMIT}'")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        yield connection
    finally:
        connection.close()


def _connect(path: Path, deadline: float) -> duckdb.DuckDBPyConnection:
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        try:
            return duckdb.connect(str(path))
        except duckdb.IOException as error:
            holder = _HOLDER.search(str(error))
            if holder is None:
                raise
            if time.monotonic() >= deadline:
                msg = (
                    f"{path} is held by process {holder['pid']} ({holder['program']}); "
                    "close it, or read the published copy beside it instead"
                )
                raise WarehouseBusyError(msg) from error
            time.sleep(_POLL_SECONDS)


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


def parse_statement(sql: str) -> object:
    """A SELECT as DuckDB parses it: nested dictionaries and lists; nothing of it is run."""
    with duckdb.connect(":memory:") as connection:
        row = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    return json.loads(row[0]) if row else {}
