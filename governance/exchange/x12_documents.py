"""Documents for suppliers as an X12 interchange: orders (850) and changes of orders (860).

Version 004010, one functional group a transaction set. pyx12 closes the envelopes and counts what
they hold. The bytes depend on the lines alone.
"""

import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

import polars as pl
from pyx12.segment import Segment
from pyx12.x12file import X12Writer

_TERMINATORS: Final = ("~", "*", ">")
"""What ends a segment, an element and a part of one."""

_CHANGE_CODES: Final = {"add": "AI", "cut": "QD", "cancel": "DI"}
"""What changes of a line (element 670); other changes reschedule it, RS."""


def render_x12(lines: pl.DataFrame, *, sender: str, business_date: date, batch: int) -> bytes:
    """The interchange of a batch for one supplier.

    Args:
        lines: what `list_supplier_documents` lists for the supplier, none with a key that
            X12 cannot carry.
        sender: our code in envelopes, at most 15 characters.
        business_date: of the batch; the interchange is dated the day after.
        batch: its number; with the date it makes the control number.
    """
    text = io.StringIO()
    writer = X12Writer(text, *_TERMINATORS, eol="\n")
    supplier = lines["supplier"][0]
    day = business_date + timedelta(days=1)
    control = f"{business_date:%y%m%d}{batch:03d}"
    _write(
        writer,
        *("ISA", "00", " " * 10, "00", " " * 10, "ZZ", f"{sender:15}", "ZZ", f"{supplier:15}"),
        *(f"{day:%y%m%d}", "0000", "U", "00401", control, "0", "P", ">"),
    )
    orders, changes = (
        lines.filter(pl.col("change").is_null()),
        lines.filter(pl.col("change").is_not_null()),
    )
    groups = [("PO", "850", orders, _order), ("PC", "860", changes, _change)]
    for number, (code, transaction, part, document) in enumerate(groups, start=1):
        if part.is_empty():
            continue
        group = f"{number}"
        _write(writer, "GS", code, sender, supplier, f"{day:%Y%m%d}", "0000", group, "X", "004010")
        parts = part.partition_by("po", maintain_order=True)
        for place, rows in enumerate(parts, start=1):
            _write(writer, "ST", transaction, f"{place:04}")
            for segment in document(rows.to_dicts(), day):
                _write(writer, *segment)
            _write(writer, "SE", "0", f"{place:04}")
        _write(writer, "GE", "0", group)
    writer.close()
    return text.getvalue().encode("ascii")


def _write(writer: X12Writer, *elements: str) -> None:
    end, between, within = _TERMINATORS
    said = between.join(elements)
    # Empty elements at the end are left out, as the standard asks of all but the first segment.
    said = said if elements[0] == "ISA" else said.rstrip(between)
    writer.Write(Segment(said, end, between, within))


def _order(rows: list[dict[str, Any]], day: date) -> Iterator[tuple[str, ...]]:
    """Segments of an 850: its head, where to, its lines, each with its day, and their totals."""
    head = rows[0]
    yield "BEG", "00", "SA", head["po"], "", f"{day:%Y%m%d}"
    yield "CUR", "BY", head["currency"]
    yield "N1", "ST", "", "92", head["destination"]
    yield "N1", "VN", "", "92", head["supplier"]
    for row in rows:
        price = f"{row['unit_price']:.4f}"
        units = f"{row['quantity']}"
        yield "PO1", f"{row['po_line']}", units, "EA", price, "", *_name_item(row)
        yield "DTM", "002", f"{row['due_on']:%Y%m%d}"
    yield "CTT", f"{len(rows)}", f"{sum(row['quantity'] for row in rows)}"


def _name_item(row: dict[str, Any]) -> tuple[str, ...]:
    """How we call an item, and how the supplier does where he has told so."""
    theirs = row["supplier_item"]
    return ("SK", row["sku"], *(() if theirs is None else ("VN", theirs)))


def _change(rows: list[dict[str, Any]], day: date) -> Iterator[tuple[str, ...]]:
    """Segments of an 860: its head, where to, each line as it is to be, and how many there are."""
    head = rows[0]
    ordered_on = f"{head['ordered_on']:%Y%m%d}"
    yield "BCH", "04", "SA", head["po"], "", "", ordered_on, *[""] * 4, f"{day:%Y%m%d}"
    yield "N1", "ST", "", "92", head["destination"]
    yield "N1", "VN", "", "92", head["supplier"]
    for row in rows:
        code = _CHANGE_CODES.get(row["change"], "RS")
        left = "0" if row["change"] == "cancel" else ""
        price = f"{row['unit_price']:.4f}"
        units = f"{row['line_units']}"
        yield (
            *("POC", f"{row['po_line']}", code, units, left or units, "EA", price),
            *("", *_name_item(row)),
        )
        if row["rest_on"] is None:
            yield "DTM", "002", f"{row['due_on']:%Y%m%d}"
            continue
        parts = (row["quantity"], row["due_on"]), (row["rest_units"], row["rest_on"])
        for part, on in parts:
            yield "SCH", f"{part}", "EA", "", "", "002", f"{on:%Y%m%d}"
    yield "CTT", f"{len(rows)}"
