"""What the read copy has that the warehouse has not: comments, and views for analysts.

The copy is of one moment, so that its views name the date of the newest plan and need no clock.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb

from quality_checks.contracts import CONTRACTS, VIEW_SCHEMA, VIEWS, Contract, Statement
from warehouse.as_of import HELD_ON, as_of, known
from warehouse.connection import open_file, transaction
from warehouse.tables import LOADED_WITH, region_column

_SQL = Path(__file__).parent / "sql" / "read_copy"
_STANDING = "standing_lines"
"""The one view of queries that views for analysts read, too: as of the newest plan."""
_KNOWN = {
    f"known_{name}": CONTRACTS[name]
    for name in (
        *("products", "locations", "suppliers", "acknowledgements", "online_orders"),
        *("purchase_orders", "transfers", "pos_sales", "returns", "receipts"),
    )
}
"""What a view may read as of the newest plan -> landing source behind it."""


def prepare_copy(path: Path) -> None:
    """Add comments and views to a copy of the warehouse that nobody reads yet.

    Args:
        path: the DuckDB file of the copy.
    """
    # A commit for each would take ten times as long, and to hand each over a third longer.
    with open_file(path, deadline_seconds=0) as connection, transaction(connection):
        connection.execute(";\n".join([*_views(_find_newest(connection)), *_comments()]))


def _find_newest(connection: duckdb.DuckDBPyConnection) -> date:
    """Date of the newest plan; without one a day before all that is known."""
    found = connection.execute(f"SELECT max(business_date) FROM {CONTRACTS['plan_versions'].table}")
    (newest,) = found.fetchone() or (None,)
    return newest or date.min


def _views(newest: date) -> Iterator[str]:
    """Statements that make every view anew, those that others read first."""
    yield f"CREATE SCHEMA IF NOT EXISTS {VIEW_SCHEMA}"
    day = f"SELECT DATE '{newest.isoformat()}' AS newest"
    sources = {name: as_of(contract, newest) for name, contract in _KNOWN.items()}
    records = (
        f"SELECT *, {HELD_ON} AS held_on FROM {CONTRACTS['stock'].table} WHERE {known(newest)}"
    )
    standing = (_SQL.parent / "views" / f"{_STANDING}.sql").read_text()
    standing = standing.replace("getvariable('business_date')", "(SELECT newest FROM newest_date)")
    given = {"newest_date": day, "known_stock_history": records, **sources, _STANDING: standing}
    for name in VIEWS:
        query = (_SQL / f"{name}.sql").read_text()
        read = query + (standing if _STANDING in query else "")
        named = ", ".join(f"{part} AS (\n{made})" for part, made in given.items() if part in read)
        within = f"WITH {named} " if named else ""
        shown = f"{within}SELECT * FROM (\n{query}) AS shown"
        yield f"CREATE OR REPLACE VIEW {VIEW_SCHEMA}.{name} AS {shown}"


def _comments() -> Iterator[str]:
    """Statements that say of every table, view and column what its contract says."""
    for contract in CONTRACTS.values():
        also = LOADED_WITH if contract.stage == "landing" else {}
        said = {name: meaning for name, (_, meaning) in also.items()}
        if region_column(contract):
            said["region"] = "Region of the location."
        yield from _comment_on("TABLE", contract.table, contract, said)
    for name, view in VIEWS.items():
        yield from _comment_on("VIEW", f"{VIEW_SCHEMA}.{name}", view, {})


def _comment_on(
    what: str, table: str, stated: Contract | Statement, others: dict[str, str]
) -> Iterator[str]:
    yield f"COMMENT ON {what} {table} IS {_quoted(' '.join(stated.description.split()))}"
    for name, column in stated.model.stated_columns.items():
        unit = column.metadata.get("unit")
        meaning = f"{column.description}{f' [{unit}]' if unit else ''}"
        yield f'COMMENT ON COLUMN {table}."{name}" IS {_quoted(meaning)}'
    for name, meaning in others.items():
        yield f'COMMENT ON COLUMN {table}."{name}" IS {_quoted(meaning)}'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
