"""Tables made from contracts; slices of results replaced whole, in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import date

import duckdb
import polars as pl

from quality_checks.contracts import CONTRACTS, Contract
from warehouse.connection import transaction

SQL_TYPES = {
    pl.String: "VARCHAR",
    pl.Int64: "BIGINT",
    pl.Float64: "DOUBLE",
    pl.Boolean: "BOOLEAN",
    pl.Date: "DATE",
    pl.Datetime: "TIMESTAMP",
}

_MARKS = CONTRACTS["slice_marks"]

_IN_PARTS = {
    "asset_inputs",
    "check_outcomes",
    "day_fingerprints",
    "items_set_aside",
    "read_marks",
    "run_times",
}
"""Result tables that are replaced in parts."""

LOADED_WITH = {
    "business_date": ("DATE", "Date of the file that it came in."),
    "sequence": ("VARCHAR", "Part of the day of that file; empty where a day is one file."),
    "known_on": ("DATE", "First business date whose plan may use it."),
    "replaced_on": ("DATE", "First business date whose plan may not, as its file was sent again."),
    "file_id": ("BIGINT", "File that it came in, by `intake.files`."),
    "row": ("BIGINT", "Row of that file."),
    "recency": ("BIGINT", "Of rows of one key the one with the highest is the newest."),
}
"""What a landed row carries besides its contract, with SQL type and meaning. `recency` orders rows
of one key by business date (or the day on which the row was read, where that was before), then part
of the day, then file."""


def may_change_unmarked(contract: Contract) -> bool:
    """Whether a table changes in parts, of which no mark of its slices tells."""
    return contract.name in _IN_PARTS


def region_column(contract: Contract) -> str | None:
    """Column of a landed table whose location gives the row's region, if it needs one."""
    if contract.stage != "landing" or "region" in contract.columns or contract.name == "locations":
        return None
    return next((name for name in ("location", "destination") if name in contract.columns), None)


def column_types(contract: Contract) -> dict[str, str]:
    """SQL type of each column of the contract."""
    return {name: SQL_TYPES[dtype.base_type()] for name, dtype in contract.schema.items()}


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make every schema and table that is not there yet.

    Raises:
        LookupError: a table is there with other columns than this version's.
    """
    there = _read_columns(connection)
    # Asked first, since a hundred statements that find their table take longer than many a use.
    missing = [contract for contract in CONTRACTS.values() if contract.table not in there]
    if missing:
        # Together, since a transaction of its own for each waits for the disk a hundred times.
        with transaction(connection):
            for stage in sorted({contract.stage for contract in missing}):
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {stage}")
            for contract in missing:
                columns = ", ".join(f'"{n}" {kind}' for n, kind in stored_types(contract).items())
                connection.execute(f"CREATE TABLE IF NOT EXISTS {contract.table} ({columns})")
        there = _read_columns(connection)
    _refuse_others(there)


def stored_types(contract: Contract) -> dict[str, str]:
    """SQL type of each column of a table as it is stored."""
    types = column_types(contract)
    if contract.stage == "landing":
        types |= {name: kind for name, (kind, _) in LOADED_WITH.items()}
        types |= {"region": "VARCHAR"} if region_column(contract) else {}
    return types


def refuse_other_columns(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse a warehouse of which a table has other columns than this version's, or is not there.

    Raises:
        LookupError: names the first such table and its columns.
    """
    _refuse_others(_read_columns(connection))


def _refuse_others(there: Mapping[str, Mapping[str, str]]) -> None:
    """Refuse tables, with the SQL type of each column by table and name, as above."""
    for contract in CONTRACTS.values():
        found, stated = there.get(contract.table, {}), stored_types(contract)
        if found != stated:
            differing = sorted({name for name, _ in found.items() ^ stated.items()})
            raise LookupError(
                f"the warehouse was made by another version: {contract.table} differs in "
                f"{', '.join(differing)}; move it away and run its dates again, files and "
                "batches are still there"
            )


def _read_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """SQL type of each column, by table and name."""
    there: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.execute(
        "SELECT schema_name || '.' || table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE NOT internal AND database_name = current_database()"
    ).fetchall():
        there.setdefault(table, {})[column] = kind
    return there


def column_list(names: Sequence[str], prefix: str = "") -> str:
    """`names` quoted and joined for SQL, each with `prefix`."""
    return ", ".join(f'{prefix}"{name}"' for name in names)


def replace_slice(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    business_dates: Sequence[date],
    frame: pl.DataFrame,
) -> None:
    """Put `frame`, which holds the contract, in place of what `business_dates` held before.

    Slices are marked, and those older than the contract retains go, in the same transaction.
    """
    columns = column_list(contract.columns)
    with transaction(connection):
        connection.execute(
            f"DELETE FROM {contract.table} WHERE business_date IN (SELECT unnest(?))",
            [list(business_dates)],
        )
        connection.register("new_slice", frame)
        connection.execute(
            f"INSERT INTO {contract.table} ({columns}) SELECT {columns} FROM new_slice"
        )
        connection.unregister("new_slice")
        mark_slices(connection, contract, business_dates)
        drop_old_slices(connection, contract, business_dates)


def drop_old_slices(
    connection: duckdb.DuckDBPyConnection, contract: Contract, business_dates: Sequence[date]
) -> None:
    """Drop slices older than the contract retains, with their marks, but those of some dates."""
    if contract.retain is None:
        return
    dropped = connection.execute(
        f"DELETE FROM {contract.table} WHERE business_date NOT IN "
        f"(SELECT DISTINCT business_date FROM {contract.table} "
        f"ORDER BY business_date DESC LIMIT {contract.retain}) "
        "AND business_date NOT IN (SELECT unnest(?))",
        [list(business_dates)],
    ).fetchone()
    if dropped != (0,):
        connection.execute(
            f"DELETE FROM {_MARKS.table} WHERE name = '{contract.name}' "
            f"AND business_date NOT IN (SELECT business_date FROM {contract.table})"
        )


def mark_slices(
    connection: duckdb.DuckDBPyConnection, contract: Contract, business_dates: Sequence[date]
) -> None:
    """Note what the slices of a result table hold, as a hash that no order of the rows changes."""
    dates = [list(business_dates)]
    connection.execute(
        f"DELETE FROM {_MARKS.table} WHERE name = '{contract.name}' "
        "AND business_date IN (SELECT unnest(?))",
        dates,
    )
    connection.execute(
        f"INSERT INTO {_MARKS.table} BY NAME SELECT business_date, '{contract.name}' AS name, "
        f"count(*) || ' ' || sum(hash({column_list(contract.columns)})::HUGEINT) AS mark "
        f"FROM {contract.table} WHERE business_date IN (SELECT unnest(?)) GROUP BY business_date",
        dates,
    )
