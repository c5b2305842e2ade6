"""Named queries: `sql/<name>.sql`, the views they share, what each reads, and how it is run."""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from quality_checks.contracts import CONTRACTS, HANDFUL, MOST_BROKEN, list_landing_sources
from warehouse.as_of import HELD_ON, known, newest, set_aside
from warehouse.assortment import select_known
from warehouse.connection import fetch_frame, parse_statement

_SQL = Path(__file__).parent / "sql"
_SHARED = {path.stem: path for path in sorted((_SQL / "views").glob("*.sql"))}
"""Views of our own that several queries read, so that what they define is defined once."""
_VIEWS = {
    **{f"known_{source}": source for source in list_landing_sources()},
    "known_sales_files": "pos_sales",
    "known_decision_files": "decisions",
    "known_stock_records": "stock",
    "known_stock_history": "stock",
    "known_stock_before": "stock",
    "known_set_aside": "quarantine",
    "known_order_history": "purchase_orders",
    "known_online_order_history": "online_orders",
    "known_level_words": "level_changes",
    "known_notice_history": "in_transit",
}
"""View that a query may read -> landing source behind it."""
_EXACT_SUM = "CREATE OR REPLACE TEMP MACRO exact_sum(x) AS sum(x::DECIMAL(38, 18))::DOUBLE"
"""A sum of floats that no order of the rows changes: threads add them up in another one each time.

Figures below 1e20 that are right to 18 decimals; 1.6 to 4 times as slow as `sum`."""


OF_DAYS: Mapping[str, str] = {
    "demand_history": "business_date",
    "trading_days": "business_date",
    "pos_sales": "timestamp",
    "returns": "timestamp",
}
"""Table of what happens by the hour -> column that tells the day of a row."""

_READ_UNTIL = (
    f"CASE WHEN sequence <> '' AND snapshot_time > CAST(CAST(snapshot_time AS DATE) AS TIMESTAMP) "
    "AND CAST(snapshot_time AS DATE) = business_date THEN snapshot_time "
    f"ELSE CAST({HELD_ON} + 1 AS TIMESTAMP) - INTERVAL 1 MICROSECOND END"
)
"""Until when a stock record has what moved: its day's close, or the moment at which a part of the
day was read."""


@cache
def find_tables_read(name: str) -> frozenset[str]:
    """Names of the tables of contracts that a query reads; frames it is given are none of them.

    Args:
        name: the SQL file.

    Raises:
        FileNotFoundError: there is no such query.
    """
    query = _SQL / f"{name}.sql"
    files = [query, *(_SHARED[view] for view in _find_shared_views(query))]
    found = {_VIEWS.get(table, table) for path in files for table in _find_names(path)}
    return frozenset(found & CONTRACTS.keys())


@cache
def _find_shared_views(path: Path) -> tuple[str, ...]:
    """Shared views that an SQL file reads, each after those that it rests on itself."""
    found: dict[str, None] = {}
    for name in sorted(_find_names(path) & _SHARED.keys()):
        found |= dict.fromkeys((*_find_shared_views(_SHARED[name]), name))
    return tuple(found)


@cache
def _find_names(path: Path) -> frozenset[str]:
    """Names of all tables and views in an SQL file."""
    return frozenset(_tables(parse_statement(path.read_text())))


def _tables(node: Any) -> Iterator[str]:  # noqa: ANN401  # a parsed statement nests anything
    """Names of the tables in a parsed statement."""
    if isinstance(node, dict):
        if node.get("type") == "BASE_TABLE":
            yield node["table_name"]
        for value in node.values():
            yield from _tables(value)
    elif isinstance(node, list):
        for value in node:
            yield from _tables(value)


def run_query(  # noqa: PLR0913, PLR0917  # what a query is given
    connection: duckdb.DuckDBPyConnection,
    name: str,
    business_date: date,
    frames: Mapping[str, pl.DataFrame],
    variables: Mapping[str, date | float | str],
    closed_until: date | None = None,
) -> pl.DataFrame:
    """The result of a query, in which `known_<source>` is a landing source as of the date.

    Where `closed_until` is given, tables of `OF_DAYS` hold nothing of a later day.
    """
    rules = {"handful": HANDFUL, "most_broken": MOST_BROKEN}
    connection.execute(_EXACT_SUM)
    query = _SQL / f"{name}.sql"
    shared = _find_shared_views(query)
    read = frozenset().union(*map(_find_names, (query, *(_SHARED[view] for view in shared))))
    first_day = variables.get("first_day", business_date)
    _create_views(connection, read, business_date, first_day, closed_until)
    for table, frame in frames.items():
        connection.register(table, frame)
    for variable, value in {"business_date": business_date, **rules, **variables}.items():
        literal = f"DATE '{value.isoformat()}'" if isinstance(value, date) else repr(value)
        connection.execute(f"SET VARIABLE {variable} = {literal}")
    for view in shared:
        selected = _read_sql(_SHARED[view], closed_until)
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS {selected}")
    with _in_any_order(connection):
        return fetch_frame(connection, _read_sql(query, closed_until))


def _read_sql(path: Path, closed_until: date | None) -> str:
    """The text of an SQL file, in which result tables of days hold no later one."""
    text = path.read_text()
    if closed_until is None:
        return text
    for table in (CONTRACTS[name].table for name in OF_DAYS.keys() - list_landing_sources().keys()):
        until = f"(SELECT * FROM {table} WHERE business_date <= DATE '{closed_until.isoformat()}')"
        text = re.sub(rf"\b{re.escape(table)}\b", until, text)
    return text


@contextmanager
def _in_any_order(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Have DuckDB give rows in any order: to keep them in theirs costs memory.

    It is a setting of the whole open file, and frames are sorted by key when they are stored.
    """
    connection.execute("SET GLOBAL preserve_insertion_order = false")
    try:
        yield
    finally:
        connection.execute("SET GLOBAL preserve_insertion_order = true")


def _create_views(
    connection: duckdb.DuckDBPyConnection,
    read: Collection[str],
    business_date: date,
    first_day: date | float | str,
    closed_until: date | None,
) -> None:
    """Views, of those that are read, of what is known as of a date; days start at `first_day`.

    Where `closed_until` is given, those of `OF_DAYS` hold nothing of a later day.
    """
    stock, orders, online, notices = (
        CONTRACTS[name].table
        for name in ("stock", "purchase_orders", "online_orders", "in_transit")
    )
    history = known(business_date)
    records = f"SELECT *, {HELD_ON} AS held_on, {_READ_UNTIL} AS read_until FROM {stock}"
    # The record that held before a day, by default the business date.
    before = newest(CONTRACTS["stock"], f"{history} AND {HELD_ON} < DATE '{first_day}'")
    views = {
        **{
            f"known_{name}": select_known(connection, source, business_date)
            for name, source in list_landing_sources().items()
            if f"known_{name}" in read
        },
        # Sales with the file that each row came in, which tells the part of the day that is there.
        "known_sales_files": f"SELECT * FROM {CONTRACTS['pos_sales'].table} WHERE {history}",
        "known_decision_files": f"SELECT * FROM {CONTRACTS['decisions'].table} WHERE {history}",
        "known_stock_records": f"{records} WHERE {newest(CONTRACTS['stock'], history)}",
        "known_stock_history": f"{records} WHERE {history}",
        # What documents said before, to hold against what became of them.
        "known_order_history": f"SELECT * FROM {orders} WHERE {history}",
        "known_online_order_history": f"SELECT * FROM {online} WHERE {history}",
        "known_notice_history": f"SELECT * FROM {notices} WHERE {history}",
        "known_level_words": f"SELECT * FROM {CONTRACTS['level_changes'].table} WHERE {history}",
        "known_stock_before": f"{records} WHERE {before}",
        "known_set_aside": f"SELECT * FROM {CONTRACTS['quarantine'].table} "
        f"WHERE {set_aside('', business_date)}",
    }
    for view in views.keys() & read:
        query = views[view]
        day = OF_DAYS.get(_VIEWS[view])
        if closed_until is not None and day is not None:
            end = closed_until + timedelta(days=1)
            query = f"SELECT * FROM ({query}) WHERE {day} < DATE '{end.isoformat()}'"
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS {query}")
