"""Parts of pages of HTML that are one file each: their style, their tables, and their writing."""

from collections.abc import Iterable
from html import escape
from pathlib import Path

STYLE = """
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
"""Style of a page that prints on A4."""

Cell = str | int | None


def write_html(path: Path, lines: Iterable[str]) -> None:
    """Write a page whole, by rename; the same lines are the same bytes.

    Args:
        path: the file; its folder is made.
        lines: of the page.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    partial.replace(path)


def tabulate_cells(heads: Iterable[str], rows: Iterable[Iterable[Cell]], *, texts: set[int]) -> str:
    """Lay out a table of which all columns but `texts` are numbers, which stand to the right."""
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
