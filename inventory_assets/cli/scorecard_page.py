"""A supplier's scorecard as a page of HTML: one file, no other is fetched, and it prints on A4."""

from collections.abc import Iterator
from html import escape
from pathlib import Path

import polars as pl

from inventory_assets.cli.page_parts import STYLE, tabulate_cells, write_html
from inventory_assets.cli.scorecard_words import (
    LABELS,
    MEANINGS,
    Card,
    describe_basis,
    describe_figures,
    list_faults,
    write_figure,
    write_place,
)


def write_page(card: Card, path: Path) -> None:
    """Write the page whole, by rename; the same card is the same bytes.

    Args:
        card: what is known of the supplier.
        path: the file; its folder is made.
    """
    write_html(path, _lay_out(card))


def _lay_out(card: Card) -> Iterator[str]:
    """The page, a part a line."""
    title = escape(f"{card.name} ({card.supplier})")
    yield "<!DOCTYPE html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield f"<title>Supplier scorecard: {title}, {card.business_date}</title>"
    yield f"<style>{STYLE}</style></head><body>"
    yield f"<h1>{title}</h1>"
    yield f"<p>Supplier scorecard as of {card.business_date}</p>"
    yield f"<p>{escape(describe_basis(card))}</p>"
    for said in describe_figures(card):
        yield f"<p><b>{escape(said)}</b></p>"
    yield "<h2>Figures</h2>"
    yield _tabulate_figures(card)
    yield from _explain(card)
    yield "<h2>Orders behind each figure</h2>"
    yield from _list_orders(card)
    yield "<h2>Order lines, newest first</h2>"
    yield _tabulate_lines(card)
    yield "</body></html>"


def _tabulate_figures(card: Card) -> str:
    weeks = card.trend_weeks
    heads = (
        "",
        "figure",
        "lines",
        "orders",
        "lines against",
        f"last {weeks} weeks",
        "of lines",
        f"{weeks} weeks before",
        "of lines",
        "trend",
        "peers, median",
        "place",
    )
    rows = [
        (
            f"{LABELS[figure]}",
            write_figure(figure, row["overall"]),
            row["lines"],
            row["orders"],
            row["lines_against"],
            write_figure(figure, row["recent"]),
            row["recent_lines"],
            write_figure(figure, row["before"]),
            row["before_lines"],
            row["trend"] or "-",
            write_figure(figure, row["peer_median"]),
            write_place(row),
        )
        for row in card.figures.iter_rows(named=True)
        for figure in (row["figure"],)
    ]
    return tabulate_cells(heads, rows, texts={0, 9})


def _explain(card: Card) -> Iterator[str]:
    """What the figures mean, and what is not said."""
    meanings = "; ".join(f"{LABELS[name]}: {meaning}" for name, meaning in MEANINGS.items())
    yield f'<p class="small">{escape(meanings)}. d: days.</p>'
    yield (
        '<p class="small">A trend is said where the change is beyond chance; a dash where too few '
        "lines or orders tell, or where lines that are still open can change it. Place 1 is the "
        "best of the suppliers with enough lines; a median of fewer than three is not told. Weeks "
        f"count back from {card.business_date}. Returns count once the days in which they "
        "are made have passed; a dash where none are recorded.</p>"
    )


def _list_orders(card: Card) -> Iterator[str]:
    """For each figure, the orders of the lines that keep it from its best."""
    by_order = (
        card.against.group_by("figure", "po", maintain_order=True)
        .agg(pl.col("line"))
        .sort("figure", "po")
    )
    for row in card.figures.iter_rows(named=True):
        figure = row["figure"]
        made_of = f"{row['lines']:,} lines of {row['orders']:,} orders"
        orders = [
            f"{po} ({', '.join(map(str, numbers))})"
            for po, numbers in by_order.filter(figure=figure).select("po", "line").iter_rows()
        ]
        if row["lines_against"] is None:
            said = f"{made_of}; no line is to blame by itself."
        elif orders:
            said = f"{made_of}; {row['lines_against']:,} lines against it: {', '.join(orders)}."
        else:
            said = f"{made_of}; none against it."
        yield f'<p class="small"><b>{LABELS[figure]}</b>: {escape(said)}</p>'


def _tabulate_lines(card: Card) -> str:
    heads = (
        "order",
        "line",
        "item",
        "asked for",
        "came",
        "ordered",
        "accepted",
        "in time",
        "refused",
        "returned",
        "confirmed later, d",
        "estimate moved, d",
        "against it",
    )
    rows = [
        (
            row["po"],
            row["line"],
            row["sku"],
            str(row["requested_on"]),
            str(row["came_on"] or ("open" if row["still_open"] else "-")),
            row["ordered_units"],
            row["delivered_units"],
            row["in_time_units"],
            row["rejected_units"],
            row["returned_units"],
            row["confirmation_slip"],
            row["estimate_slip"],
            f"left out: {row['left_out'].replace('_', ' ')}"
            if row["left_out"]
            else list_faults(row["against"]),
        )
        for row in card.lines.iter_rows(named=True)
    ]
    return tabulate_cells(heads, rows, texts={0, 2, 3, 4, 12})
