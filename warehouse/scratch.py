"""Run a SELECT that a person wrote over rows, apart from the warehouse and from all files."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from warehouse.connection import open_scratch, parse_statement

_PART_ROWS: Final = 50_000


class SelectError(ValueError):
    """A SELECT that cannot be run, or that would not give the same again; says why."""


def select_rows(
    sql: str, table: str, parts: Iterable[pl.DataFrame], *, first: str, folder: Path
) -> Iterator[pl.DataFrame]:
    """The result of a SELECT over rows, which it knows as `table`, a part at a time.

    Neither the rows nor the result are held in memory: what does not fit lies in the folder. The
    result is sorted by all its columns, what is missing first.

    Args:
        sql: one SELECT.
        table: what the SELECT calls the rows.
        parts: the only rows it may read, at least one part, all of the same columns.
        first: column that the result is sorted by before all others, where it has it.
        folder: where files may lie meanwhile.

    Raises:
        SelectError: it is no SELECT, reads anything else, fails on a value, gives lists or bytes
            or two columns of one name, or calls a function whose result differs from call to call
            or from day to day.
    """
    parsed = parse_statement(sql)
    if not isinstance(parsed, dict) or parsed.get("error"):
        told = parsed.get("error_message", "") if isinstance(parsed, dict) else ""
        raise SelectError(f"is no SELECT: {told}")
    with open_scratch(folder) as connection:
        columns = _keep(connection, table, parts)
        fleeting = _list_fleeting(connection) - {*columns}
        used = sorted({name for name in _list_names(parsed) if name in fleeting})
        if used:
            raise SelectError(f"{', '.join(used)} does not give the same each time")
        try:
            yield from _compute(connection, sql, first)
        except (duckdb.Error, pl.exceptions.PolarsError) as error:
            raise SelectError(str(error)) from error


def _keep(
    connection: duckdb.DuckDBPyConnection, table: str, parts: Iterable[pl.DataFrame]
) -> list[str]:
    """Put rows into a table; its columns."""
    columns: list[str] = []
    for part in parts:
        connection.register("part", part.to_arrow())
        kept = f'INSERT INTO "{table}"' if columns else f'CREATE TABLE "{table}" AS'
        connection.execute(f"{kept} FROM part")
        connection.unregister("part")
        columns = part.columns
    return columns


def _compute(connection: duckdb.DuckDBPyConnection, sql: str, first: str) -> Iterator[pl.DataFrame]:
    """The sorted result of a SELECT, a part at a time, of which there is always one."""
    names = [name.lower() for name in connection.sql(sql).columns]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SelectError(f"{', '.join(twice)} is the name of two columns")
    connection.execute(f"CREATE TABLE found AS {sql}")
    order = sorted(connection.table("found").columns, key=lambda name: name != first)
    keys = ", ".join(f"{_quote(name)} NULLS FIRST" for name in order)
    reader = connection.execute(f"FROM found ORDER BY {keys}").to_arrow_reader(_PART_ROWS)
    empty = pl.DataFrame(reader.schema.empty_table())
    odd = [name for name, dtype in empty.schema.items() if dtype.is_nested() or dtype == pl.Binary]
    if odd:
        raise SelectError(f"{', '.join(odd)} does not hold single values")
    yield empty
    for batch in reader:
        yield pl.DataFrame(batch)


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _list_fleeting(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Functions whose result does not follow from their arguments."""
    found = connection.execute(
        "SELECT DISTINCT function_name FROM duckdb_functions() "
        "WHERE stability IN ('VOLATILE', 'CONSISTENT_WITHIN_QUERY')"
    ).fetchall()
    words = {name for (name,) in found}
    return words | {"current_time", "current_timestamp", "localtime", "localtimestamp"}


def _list_names(node: object) -> Iterator[str]:
    """Functions and columns that a parsed statement names: some functions need no brackets."""
    if isinstance(node, dict):
        name = node.get("function_name")
        names = node.get("column_names")
        yield from [name] if isinstance(name, str) else []
        yield from [str(column) for column in names] if isinstance(names, list) else []
        for inner in node.values():
            yield from _list_names(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _list_names(inner)
