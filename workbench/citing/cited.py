"""`Source`: rows of one table, of which any number can be cited."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal, Self

import polars as pl

from quality_checks.contracts import Column

Wanted = Mapping[str, str]
"""Column -> the value that rows have, as text; of columns that join several one of them."""

_JOINED: Final = frozenset(
    {
        "against",
        "assumed_inputs",
        "cautions",
        "decided_by",
        "goods_documents",
        "lapsed",
        "late_inputs",
        "level_change",
        "level_held_by",
        "missing_roles",
        "parts_before",
        "planned_kinds",
        "reason_codes",
        "receipt_source",
        "roles",
        "unsure_inputs",
    }
)
"""Columns that join several values by semicolons; in others a semicolon is a letter."""
_MONEY: Final = "currency"


@dataclass(frozen=True)
class Cited:
    """A number, a day or an id, with where it comes from.

    Attributes:
        value: missing where it is not known.
        unit: of the number: an ISO 4217 code for amounts; empty of a day and of what has none.
        table: that was read.
        where: which of its rows; of a cell the one row that has this key.
        column: that was read; `*` for a count.
        made_by: the value of one cell, the number of rows, or the sum of a column over rows.
        without_value: rows of a sum that have none, and so count for nothing in it.
    """

    value: float | date | str | None
    unit: str
    table: str
    where: Wanted
    column: str
    made_by: Literal["cell", "count", "sum"]
    without_value: int = 0


@dataclass(frozen=True)
class Source:
    """Rows of a table.

    Attributes:
        table: its name.
        key: columns that tell its rows apart.
        columns: what is stated of its columns.
        rows: in order.
        where: what all of them have, by which they were chosen.
        currency: of amounts where rows do not say their own.
    """

    table: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    rows: pl.DataFrame
    where: Wanted
    currency: str

    def choose(self, **wanted: str) -> Self:
        """The rows that have some values besides."""
        rows = self.rows.filter(fits(self.rows, wanted))
        return replace(self, rows=rows, where={**self.where, **wanted})

    def sort(self, column: str | pl.Expr, *, descending: bool = True) -> Self:
        """The same rows by a column or by columns, ties by key, those without a value last."""
        rows = self.rows.sort(
            column, *self.key, descending=[descending, *(False for _ in self.key)], nulls_last=True
        )
        return replace(self, rows=rows)

    def count(self, unit: str) -> Cited:
        """How many rows there are, with what they are."""
        return Cited(self.rows.height, unit, self.table, self.where, "*", "count")

    def sum(self, column: str) -> Cited:
        """The sum of a column; missing where no row has a value."""
        values = self.rows[column]
        known = values.drop_nulls()
        total = float(known.sum()) if len(known) or values.is_empty() else None
        missing = len(values) - len(known)
        unit = self.find_unit(column)
        return Cited(total, unit, self.table, self.where, column, "sum", missing)

    def cell(self, row: Mapping[str, Any], column: str) -> Cited:
        """The value that a row has in a column."""
        where = {name: str(row[name]) for name in self.key}
        dated = {name: self.where[name] for name in ("business_date",) if name in self.where}
        unit = self.find_unit(column, row.get(_MONEY))
        return Cited(row[column], unit, self.table, {**dated, **where}, column, "cell")

    def find_unit(self, column: str, currency: str | None = None) -> str:
        """The unit of a column; of an amount the currency of its row, else of the plan."""
        unit = str(self.columns[column].metadata.get("unit") or "")
        return (currency or self.currency) if unit == _MONEY else unit


def fits(rows: pl.DataFrame, wanted: Wanted) -> pl.Expr:
    """Whether rows have the values that are wanted.

    Args:
        rows: of any table.
        wanted: column -> value.

    Raises:
        LookupError: there is no such column.
    """
    holds = pl.lit(value=True)
    for name, value in wanted.items():
        if name not in rows.columns:
            raise LookupError(f"There is no column {name!r} to choose by.")
        held = pl.col(name).cast(pl.String)
        if name in _JOINED:
            has_it = pl.format(";{};", held).str.contains(f";{value};", literal=True)
        else:
            has_it = held == value
        holds &= has_it.fill_null(value=False)
    return holds
