"""List what is wrong, the dearest first, or all that one exception touches."""

from datetime import date

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from inventory_assets.cli.causes import print_causes
from inventory_assets.cli.workplace import Workplace
from quality_checks.contracts import CONTRACTS

_SHORT_ID = 8
_ROWS = 40


def show_exceptions(
    place: Workplace, day: date | None, console: Console, *, kind: str | None, everything: bool
) -> None:
    """Print the exceptions of a business date that are open; with `everything`, the closed too."""
    with place.enter() as premises:
        business_date = day or premises.find_newest_plan()
        found = premises.warehouse.read(CONTRACTS["exceptions"], business_date)
    if kind is not None:
        found = found.filter(kind=kind)
    if not everything:
        found = found.filter(pl.col("state") != "closed")
    console.print(f"{len(found)} exceptions of {business_date}.")
    print_exceptions(found, console)


def print_exceptions(found: pl.DataFrame, console: Console) -> None:
    """Print exceptions, those with most money at risk first.

    Args:
        found: rows of the contract Exceptions.
        console: where to.
    """
    lines = Table.grid(Column(no_wrap=True), Column(no_wrap=True), Column(), padding=(0, 1))
    dearest = found.sort("money_at_risk", "exception_id", descending=[True, False], nulls_last=True)
    for row in dearest.iter_rows(named=True):
        told = row["closed_by"] or f"since {row['first_seen_on']}, {row['trend']}"
        late = f"; late: {row['late_inputs'].replace(';', ', ')}" if row["late_inputs"] else ""
        words = f"{row['words']} ({told}{late})"
        lines.add_row(row["exception_id"][:_SHORT_ID], row["kind"], escape(words))
    console.print(lines)


def show_exception(place: Workplace, digits: str, day: date | None, console: Console) -> None:
    """Print one exception, and the item-locations that it touches, the dearest first.

    Raises:
        SystemExit: no exception of the date begins with the digits, or several do.
    """
    with place.enter() as premises:
        business_date = day or premises.find_newest_plan()
        found = premises.warehouse.read(CONTRACTS["exceptions"], business_date)
        scope = premises.warehouse.read(CONTRACTS["exception_scope"], business_date)
        causes = premises.warehouse.read(CONTRACTS["exception_causes"], business_date)
    chosen = found.filter(pl.col("exception_id").str.starts_with(digits))
    if len(chosen) != 1:
        raise SystemExit(
            f"plenish: {len(chosen)} exceptions of {business_date} begin with {digits}"
        )
    print_exceptions(chosen, console)
    print_causes(causes.join(chosen.select("exception_id"), on="exception_id"), "why", console)
    touched = scope.join(chosen.select("exception_id"), on="exception_id").sort(
        "money_at_risk", "sku", "location", descending=[True, False, False], nulls_last=True
    )
    table = Table(
        "item", "at", "side", Column("units", justify="right"), Column("money", justify="right")
    )
    for row in touched.head(_ROWS).iter_rows(named=True):
        at_risk = (row["units_at_risk"], row["money_at_risk"])
        told = ("" if amount is None else f"{amount:,.1f}" for amount in at_risk)
        table.add_row(escape(row["sku"]), escape(row["location"]), row["side"], *told)
    console.print(table)
    if len(touched) > _ROWS:
        console.print(f"{len(touched) - _ROWS} more in the table exception_scope.")
