"""What changed since the plan before, in words."""

from datetime import date

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from governance import list_dearest_changes, tabulate_changes
from governance.kinds import find_kind
from inventory_assets.premises import Premises
from quality_checks.contracts import CHANGES, CONTRACTS

_SHOWN = 5


def print_changes(retailer: Premises, business_date: date, console: Console) -> None:
    """Print what the plan in force changes against the plan before it, and why."""
    version = retailer.plan_version(business_date).plan_version
    kept = retailer.warehouse.read(CONTRACTS["plan_changes"], business_date)
    changes = kept.filter(plan_version=version)
    if changes.is_empty():
        return
    day, before = changes.select("before_date", "before_version").row(0)
    console.print(
        f"\n[bold]Since the plan before[/bold] ({day}, version {before}): "
        f"{len(changes):,} actions differ"
    )
    numbers = (*CHANGES, "units", "value")
    table = Table("because of", *(Column(header, justify="right") for header in numbers))
    for cause, *counts in tabulate_changes(changes).iter_rows():
        table.add_row(cause.replace("_", " "), *(f"{number:,.0f}" for number in counts))
    console.print(table)
    lines = Table.grid(Column(justify="right"), Column(), padding=(0, 1))
    for rank, row in enumerate(list_dearest_changes(changes).head(_SHOWN).iter_rows(named=True), 1):
        kind = find_kind(row["kind"]).singular
        said = f"{kind} of {row['sku']} for {row['destination']}: {row['words']}"
        lines.add_row(f"{rank}.", escape(said))
    console.print(lines)
