"""Forecast the last year anew, and say how that would have done."""

from datetime import date

import dagster as dg
from rich.console import Console
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
    with dg.DagsterInstance.get() as instance:
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
