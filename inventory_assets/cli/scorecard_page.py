"""A supplier's scorecard as a page of HTML: one file, no other is fetched, and it prints on A4."""

from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

import polars as pl

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

_STYLE = """
@page { size: A4; margin: 15mm; }
body { font: 10pt/1.35 "Helvetica Neue", Arial, sans-serif; color: #111; max-width: 180mm;
  margin: 0 auto; }
h1 { font-size: 16pt; margin: 0; }
h2 { font-size: 11pt; margin: 6mm 0 2mm; break-after: avoid; }
p { margin: 1mm 0; }
table { border-collapse: collapse; width: 100%; font-size: 8pt; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { text-align: left; vertical-align: top; padding: 0.6mm 1.2mm;
  border-bottom: 0.2mm solid #bbb; overflow-wrap: break-word; }
th { border-bottom-color: #111; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.small { font-size: 8pt; color: #444; }
"""

Cell = str | int | None


def write_page(card: Card, path: Path) -> None:
    """Write the page whole, by rename; the same card is the same bytes.

    Args:
        card: what is known of the supplier.
        path: the file; its folder is made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text("\n".join(_lay_out(card)) + "\n", encoding="utf-8", newline="\n")
    partial.replace(path)


def _lay_out(card: Card) -> Iterator[str]:
    """The page, a part a line."""
    title = escape(f"{card.name} ({card.supplier})")
    yield "<!DOCTYPE html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield f"<title>Supplier scorecard: {title}, {card.business_date}</title>"
    yield f"<style>{_STYLE}</style></head><body>"
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
    return _tabulate(heads, rows, texts={0, 9})


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
    return _tabulate(heads, rows, texts={0, 2, 3, 4, 12})


def _tabulate(heads: Iterable[str], rows: Iterable[Iterable[Cell]], *, texts: set[int]) -> str:
    """A table of which all columns but `texts` are numbers, which stand to the right."""
    head = _write_row("th", heads, texts)
    body = "\n".join(_write_row("td", row, texts) for row in rows)
    return f"<table><thead>{head}</thead><tbody>\n{body}\n</tbody></table>"


def _write_row(tag: str, cells: Iterable[Cell], texts: set[int]) -> str:
    number = f'<{tag} class="n">'
    written = "".join(
        f"{f'<{tag}>' if place in texts else number}{escape(_write_cell(cell))}</{tag}>"
        for place, cell in enumerate(cells)
    )
    return f"<tr>{written}</tr>"


def _write_cell(cell: Cell) -> str:
    """Numbers with commas; what is not known is a dash and no zero."""
    if cell is None:
        return "-"
    return f"{cell:,}" if isinstance(cell, int) else cell
