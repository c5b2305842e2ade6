"""Forecast the last year anew, and say how that would have done."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import dagster as dg
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from inventory_assets.cli.plan import RUN_KEY, execute, load_definitions, newest_landed, retailer_of
from inventory_assets.cli.workplace import Workplace
from quality_checks.contracts import CONTRACTS


def run_backtest(place: Workplace, day: date | None, console: Console) -> bool:
    """Run the backtest of a business date and print it by category; False where it failed."""
    from inventory_assets.pictures import tabulate_accuracy  # noqa: PLC0415  # after its environment

    business_date = day or newest_landed(place)
    defs = load_definitions(business_date)
    tags = {RUN_KEY: f"backtest {business_date}"}
    with dg.DagsterInstance.get() as instance, _told(console):
        if not execute(defs, instance, "backtest", business_date, tags, console):
            return False
    rows = retailer_of(defs).warehouse.read(CONTRACTS["backtest_accuracy"], business_date)
    if rows.is_empty():
        console.print("The history is too short to forecast any of it.")
        return True
    found = tabulate_accuracy(rows, "category")
    names = (name for name in found.columns if name != "category")
    table = Table("category", *(Column(name, justify="right") for name in names))
    for category, *figures in found.iter_rows():
        table.add_row(category, *(f"{figure:.3f}" for figure in figures))
    console.print(table)
    return True


@contextmanager
def _told(console: Console) -> Iterator[None]:
    """Print what assets say of their progress while the body runs."""
    said, listener = logging.getLogger("inventory_assets"), _Listener(console)
    said.addHandler(listener)
    said.setLevel(logging.INFO)
    try:
        yield
    finally:
        said.removeHandler(listener)


class _Listener(logging.Handler):
    """Prints records on a console, above the bar that it may show."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        self._console.print(escape(record.getMessage()), highlight=False)
