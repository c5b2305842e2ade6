"""Landed rows that hold given values, each with the file and the row of it that they came in."""

from collections.abc import Mapping, Sequence
from datetime import date

import duckdb
import polars as pl

from quality_checks.contracts import CONTRACTS, Contract
from warehouse.as_of import known, newest

Wanted = Mapping[str, Sequence[str | int]]
"""Column -> values, one of which a row has."""


def trace_rows(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    business_date: date,
    *,
    every: Wanted,
    some: Wanted,
) -> pl.DataFrame:
    """Landed rows as of a date that fit, of a state the newest of each key.

    Args:
        connection: to the warehouse.
        contract: a landing source.
        business_date: as of when.
        every: columns each of which fits.
        some: columns of which at least one fits; none asked for where it is empty.

    Returns:
        source, file_name, file_date, sha256, row, content (the row as JSON), by file and row.
    """
    condition = known(business_date)
    if contract.mode == "state":
        condition = newest(contract, condition)
    fits = [_has_one_of(name) for name in every]
    if some:
        fits.append(f"({' OR '.join(_has_one_of(name) for name in some)})")
    columns = ", ".join(f'"{name}" := t."{name}"' for name in contract.columns)
    return connection.execute(
        f"SELECT '{contract.name}' AS source, f.file_name, t.business_date AS file_date, f.sha256, "
        f't."row", CAST(to_json(struct_pack({columns})) AS VARCHAR) AS content '
        f"FROM (SELECT * FROM {contract.table} WHERE {condition}) t "
        f"JOIN {CONTRACTS['files'].table} f USING (file_id) "
        f'WHERE {" AND ".join(fits) or "true"} ORDER BY f.file_id, t."row"',
        [list(values) for values in (*every.values(), *some.values())],
    ).pl()


def _has_one_of(column: str) -> str:
    return f't."{column}" IN (SELECT unnest(?))'
