"""Put before a buyer how a supplier delivers: in words on a console, and as a page to send."""

from datetime import date
from pathlib import Path
from urllib.parse import quote

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from forecasting.supply import list_lines_against
from inventory_assets.cli.scorecard_page import write_page
from inventory_assets.cli.scorecard_words import (
    LABELS,
    Card,
    count_things,
    describe_basis,
    describe_dependence,
    describe_figures,
    list_faults,
    write_figure,
    write_place,
)
from inventory_assets.cli.summary import print_path
from inventory_assets.cli.workplace import Workplace
from inventory_assets.premises import Premises
from quality_checks.contracts import CONTRACTS, EVERYWHERE

_SHOWN = 10


def show_scorecard(
    place: Workplace, supplier: str, day: date | None, console: Console, *, out: Path | None
) -> None:
    """Print how a supplier delivers and write the page to send.

    Args:
        place: where the plan lives.
        supplier: its key or its name.
        day: business date; the newest planned by default.
        console: what is printed on.
        out: file of the page; below reports/ of the data folder by default.

    Raises:
        LookupError: nothing is known of such a supplier, in words.
    """
    with place.enter() as premises:
        card = read_card(premises, supplier, day or premises.find_newest_plan())
    print_card(card, console)
    name = f"scorecard-{quote(card.supplier, safe='')}.html"
    path = out or place.data / "reports" / card.business_date.isoformat() / name
    write_page(card, path)
    print_path("Page to print and send", path, console)


def read_card(premises: Premises, supplier: str, business_date: date) -> Card:
    """What is known of a supplier, by its key or its name.

    Raises:
        LookupError: the date has no scorecard, none of this supplier, or no lines of it any more.
    """
    warehouse = premises.warehouse
    names = warehouse.known("suppliers", business_date).select("supplier", "name")
    figures = warehouse.read(CONTRACTS["scorecard_figures"], business_date)
    if figures.is_empty():
        raise LookupError(f"no scorecard of {business_date}: no order line closed, or no plan ran")
    key = _find_supplier(supplier, names, figures["supplier"])
    lines = warehouse.read(CONTRACTS["scorecard_lines"], business_date).filter(supplier=key)
    if lines.is_empty():
        raise LookupError(
            f"the order lines of {business_date} are kept no longer: materialize "
            "supply/scorecard_lines and supply/scorecard_figures of that date again"
        )
    order = pl.DataFrame({"figure": [*LABELS]})
    named = dict(names.iter_rows())
    return Card(
        key,
        named.get(key, key),
        business_date,
        premises.planning_policy.scorecard.trend_weeks,
        order.join(figures.filter(supplier=key), on="figure", maintain_order="left"),
        lines.sort("requested_on", "po", "line", descending=[True, False, False]),
        list_lines_against(lines).drop("supplier"),
        warehouse.read(CONTRACTS["concentration"], business_date).filter(
            supplier=key, category=EVERYWHERE
        ),
        warehouse.read(CONTRACTS["supplier_exposure"], business_date).filter(supplier=key),
        warehouse.known("products", business_date)["currency"][0],
    )


def _find_supplier(asked: str, names: pl.DataFrame, scored: pl.Series) -> str:
    """The key of a supplier that is asked for by key or by name.

    Raises:
        LookupError: there is none, several have the name, or none of its lines closed.
    """
    by_name = names.filter(pl.col("name").str.to_lowercase() == asked.lower())["supplier"]
    keys = [asked] if asked in {*names["supplier"], *scored} else by_name.sort().to_list()
    if len(keys) > 1:
        raise LookupError(f"several suppliers are named {asked}: {', '.join(keys)}; say the key")
    if not keys:
        raise LookupError(f"no supplier {asked}; known: {', '.join(names['supplier'].sort())}")
    if keys[0] not in scored:
        raise LookupError(f"no order line of {keys[0]} closed in the days of the scorecard")
    return str(keys[0])


def print_card(card: Card, console: Console) -> None:
    """Print what a supplier's figures are, what they rest on, and the lines against it."""
    console.print(
        f"[bold]{escape(card.name)}[/bold] ({escape(card.supplier)}), {card.business_date}",
        highlight=False,
    )
    console.print(describe_basis(card), highlight=False)
    console.print()
    console.print(_tabulate_figures(card))
    for said in describe_figures(card):
        console.print(said, highlight=False)
    _print_lines(card, console)
    if dependence := [*describe_dependence(card)]:
        console.print("\n[bold]For you, and not on the page[/bold]")
        for said in dependence:
            console.print(escape(said), highlight=False)


def _tabulate_figures(card: Card) -> Table:
    """Figures in columns, each with the lines and orders behind it."""
    weeks = f"{card.trend_weeks} wk"
    numbers = ("value", "lines", "orders", weeks, "before")
    table = Table(
        "figure",
        *(Column(header, justify="right", no_wrap=True) for header in numbers),
        "trend",
        *(Column(header, justify="right", no_wrap=True) for header in ("peers", "place")),
        box=None,
        padding=(0, 1, 0, 0),
    )
    for row in card.figures.iter_rows(named=True):
        figure = row["figure"]
        table.add_row(
            LABELS[figure],
            write_figure(figure, row["overall"]),
            f"{row['lines']:,}",
            f"{row['orders']:,}",
            write_figure(figure, row["recent"]),
            write_figure(figure, row["before"]),
            row["trend"] or "-",
            write_figure(figure, row["peer_median"]),
            write_place(row),
        )
    return table


def _print_lines(card: Card, console: Console) -> None:
    """The newest lines that something counts against."""
    faulty = card.counted.filter(pl.col("against").is_not_null())
    if faulty.is_empty():
        console.print("Nothing counts against any line.")
        return
    said = f"{len(faulty):,} of {count_things(len(card.counted), 'line')}"
    console.print(f"\n[bold]Lines that something counts against[/bold]: {said}, newest first")
    lines = Table.grid(*(Column(overflow="fold") for _ in range(4)), padding=(0, 1))
    for row in faulty.head(_SHOWN).iter_rows(named=True):
        lines.add_row(
            escape(f"{row['po']} {row['line']}"),
            escape(row["sku"]),
            f"{row['requested_on']}",
            list_faults(row["against"]),
        )
    console.print(lines)
    if len(faulty) > _SHOWN:
        console.print(f"{len(faulty) - _SHOWN:,} more; the page lists all of them.")
