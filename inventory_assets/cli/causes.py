"""Print why stock is not what an earlier plan expected."""

from datetime import date

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from quality_checks.contracts import CONTRACTS
from warehouse import Warehouse

_LEAST_SHARE = 0.005
"""Share below which a cause rounds to nothing and is not printed."""


def print_stock_causes(
    warehouse: Warehouse, sku: str, location: str, business_date: date, console: Console
) -> None:
    """Print what took stock off an item-location, or added it; nothing where no exception is."""
    stored = warehouse.read(CONTRACTS["stock_causes"], business_date)
    causes = stored.filter(pl.col("sku") == sku, pl.col("location") == location)
    if causes.is_empty():
        return
    first = causes.row(0, named=True)
    console.print(
        f"[bold]Against the plan of {first['since']}[/bold]: {first['expected']:.1f} units "
        f"expected, {first['observed']:.1f} there, less demand since that was not served"
    )
    for name, chosen in (("less", pl.col("units") < 0), ("more", pl.col("units") > 0)):
        print_causes(causes.filter(chosen), f"why {name}", console)


def print_causes(causes: pl.DataFrame, name: str, console: Console) -> None:
    """Print causes, the largest first.

    Args:
        causes: share and words, and cause, by which equal shares are put in order.
        name: of the list.
        console: where to.
    """
    told = causes.filter(pl.col("share") >= _LEAST_SHARE)
    lines = Table.grid(Column(no_wrap=True), Column(justify="right"), Column(), padding=(0, 1))
    for row in told.sort("share", "cause", descending=[True, False]).iter_rows(named=True):
        lines.add_row(name, f"{row['share']:.0%}", escape(row["words"]))
    if told.height:
        console.print(lines)
