"""Run a SELECT that a person wrote over one frame, apart from the warehouse and from all files."""

from collections.abc import Iterator

import duckdb
import polars as pl

from warehouse.connection import open_scratch, parse_statement


class SelectError(ValueError):
    """A SELECT that cannot be run, or that would not give the same again; says why."""


def select_rows(sql: str, table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The result of a SELECT over `rows`, which it knows as `table`.

    Args:
        sql: one SELECT.
        table: what the SELECT calls the rows.
        rows: the only rows it may read.

    Raises:
        SelectError: it is no SELECT, reads anything else, fails on a value, gives lists or bytes,
            or calls a function whose result differs from call to call or from day to day.
    """
    parsed = parse_statement(sql)
    if not isinstance(parsed, dict) or parsed.get("error"):
        told = parsed.get("error_message", "") if isinstance(parsed, dict) else ""
        raise SelectError(f"is no SELECT: {told}")
    with open_scratch() as connection:
        fleeting = _list_fleeting(connection)
        used = sorted({name for name in _list_names(parsed) if name in fleeting - {*rows.columns}})
        if used:
            raise SelectError(f"{', '.join(used)} does not give the same each time")
        connection.register(table, rows.to_arrow())
        try:
            found = connection.sql(sql).pl()
        except (duckdb.Error, pl.exceptions.PolarsError) as error:
            raise SelectError(str(error)) from error
    odd = [name for name, dtype in found.schema.items() if dtype.is_nested() or dtype == pl.Binary]
    if odd:
        raise SelectError(f"{', '.join(odd)} does not hold single values")
    return found


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
