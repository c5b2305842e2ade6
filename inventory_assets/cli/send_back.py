"""Decide by a worklist that was filled in: a sheet of the layout that each night writes."""

import csv
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from rich.console import Console

from governance import TO_FILL_IN, read_sent_back
from governance.people import find_author
from inventory_assets.cli.audit import publish_head
from inventory_assets.cli.workplace import Workplace
from inventory_assets.project import read_clock, read_token

_MOST_BYTES = 200_000_000
"""Bytes of a file, unpacked where it is packed, beyond which nobody has filled it in by hand."""
_MOST_ROWS = 200_000
_FIGURES = ("unit_value", "quantity", "overridden", "instead")
_DAYS = ("due_on", "until")
_DECIMALS = re.compile(r"-?\d+,\d+")
_LOCAL_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})( \d{2}:\d{2}(?::\d{2})?)?")
_UNREADABLE = (
    # Of the file, of its packing, of its XML and of what a workbook must have.
    OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError, csv.Error,
    ParseError, KeyError, IndexError, TypeError, InvalidFileException
)  # fmt: skip


class SheetError(ValueError):
    """A file that is no worklist; the message says why."""


def decide_by_sheet(
    place: Workplace, sheet: Path, author: str | None, day: date | None, console: Console
) -> None:
    """Record what the rows of a sheet decide, all that can count in one transaction.

    Each other row is named with why it does not. Of the same sheet sent again
    comments and deferrals count anew; all else is refused.

    Raises:
        SystemExit: the sheet is no worklist, or nothing of it could be recorded.
    """
    try:
        rows = list(read_rows(sheet))
    except SheetError as error:
        raise SystemExit(f"plenish: {error}") from error
    with place.enter() as premises:
        desk = premises.open_desk(day or premises.find_newest_plan())
        at, token = read_clock(), read_token()
        try:
            who = author or find_author(desk.store, token, at)
            found = read_sent_back(rows, desk, who, at)
            verdict = desk.decide_all(list(found.stated.values()), at, token=token)
        except ValueError as error:
            raise SystemExit(f"plenish: not recorded: {error}") from error
        finally:
            publish_head(premises, at, console)
    ids = {decision.decision_id: row for row, decision in found.stated.items()}
    refused = found.refused | {ids[name]: str(why) for name, why in verdict.refused.items()}
    total = len(found.stated) + len(found.refused)
    _say(f"Recorded: {len(verdict.recorded)} of {total} rows that are filled in.", console)
    for number in sorted(refused):
        _say(f"Row {number} not recorded: {refused[number]}", console)
    if not verdict.recorded:
        raise SystemExit("plenish: nothing is recorded")


def read_rows(sheet: Path) -> Iterator[Mapping[str, Any]]:
    """Read the rows of a sheet by the names of its first one.

    Raises:
        SheetError: the file cannot be read, is too large, or lacks the columns of a worklist.
    """
    try:
        _refuse_large(sheet)
        yield from _read_csv(sheet) if sheet.suffix == ".csv" else _read_xlsx(sheet)
    except SheetError:
        raise
    except _UNREADABLE as error:
        raise SheetError(f"{sheet.name} cannot be read: {error}") from error


def _refuse_large(sheet: Path) -> None:
    size = sheet.stat().st_size
    if sheet.suffix != ".csv":
        with zipfile.ZipFile(sheet) as packed:
            size = sum(part.file_size for part in packed.infolist())
    if size > _MOST_BYTES:
        raise SheetError(f"{sheet.name} is too large to be a worklist: {size:,} bytes")


def _read_csv(sheet: Path) -> Iterator[Mapping[str, Any]]:
    # Its assets take longer to load than deciding by a workbook.
    from inventory_assets.framework import read_plain_text  # noqa: PLC0415

    is_by_semicolons, encoding = _find_form(sheet)
    with sheet.open(encoding=encoding, newline="") as stream:
        reader = csv.DictReader(stream, delimiter=";" if is_by_semicolons else ",")
        _refuse_other(reader.fieldnames or ())
        for row in reader:
            # A row with more cells than names has the rest of them as a list.
            cells = {
                name: read_plain_text(cell) if isinstance(cell, str) else cell
                for name, cell in row.items()
            }
            yield {**cells, **_read_local(cells)} if is_by_semicolons else cells


def _find_form(sheet: Path) -> tuple[bool, str]:
    """Whether cells are parted by semicolons, and the encoding.

    So does a spreadsheet program save where commas part decimals, on Windows not in UTF-8.
    """
    text = sheet.read_bytes()
    first = text.split(b"\n", 1)[0]
    if first.count(b";") < len(TO_FILL_IN):
        return False, "utf-8-sig"
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return True, "cp1252"
    return True, "utf-8-sig"


def _read_local(cells: Mapping[str, Any]) -> dict[str, str]:
    """Figures and days of a row as they are written where there are decimal points."""
    told = {name: cells[name] for name in (*_FIGURES, *_DAYS) if isinstance(cells.get(name), str)}
    read = {
        name: said.replace(",", ".")
        for name, said in told.items()
        if name in _FIGURES and _DECIMALS.fullmatch(said)
    }
    for name in told.keys() & set(_DAYS):
        if found := _LOCAL_DAY.fullmatch(told[name]):
            day, month, year, time = found.groups()
            read[name] = f"{year}-{month:0>2}-{day:0>2}{time or ''}"
    return read


def _read_xlsx(sheet: Path) -> Iterator[Mapping[str, Any]]:
    # Values alone: a formula that somebody typed says what it last came to, or nothing.
    book = load_workbook(sheet, read_only=True, data_only=True)
    lines = book.worksheets[0].iter_rows(max_row=_MOST_ROWS, values_only=True)
    names = [str(name) for name in next(lines, ())]
    _refuse_other(names)
    for cells in lines:
        yield dict(zip(names, cells, strict=False))
    book.close()


def _refuse_other(names: Sequence[str]) -> None:
    lacking = [name for name in ("action_id", *TO_FILL_IN) if name not in names]
    if lacking:
        raise SheetError(f"that is no worklist: its first row lacks {', '.join(lacking)}")


def _say(text: str, console: Console) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
