"""A worklist as xlsx or CSV, filled in by a spreadsheet program and read again."""

import csv
from datetime import date, datetime

import polars as pl
import pytest
from openpyxl import load_workbook

from governance import TO_FILL_IN
from inventory_assets.cli.send_back import SheetError, read_rows
from inventory_assets.framework import write_for_people

LISTED = pl.DataFrame(
    {
        "action_id": ["a" * 24, "b" * 24],
        **{name: [None, None] for name in TO_FILL_IN},
        "kind": ["'-", "purchase"],
        "quantity": [12, 40],
        "due_on": [date(2026, 3, 4)] * 2,
        "origin": ["=1+1", None],
    },
    schema_overrides=dict.fromkeys(TO_FILL_IN, pl.String),
)


@pytest.fixture
def written(tmp_path):
    return write_for_people(tmp_path / "reports" / "worklist", LISTED)


def test_what_is_filled_in_stands_beside_what_was_written(written):
    _, path = written
    book = load_workbook(path)
    cells = book.worksheets[0]
    names = [cell.value for cell in cells[1]]
    for name, value in {"decide": "override", "instead": 24, "why": "=HYPERLINK(1)"}.items():
        cells.cell(row=3, column=names.index(name) + 1, value=value)
    book.save(path)
    first, second = read_rows(path)
    assert (first["decide"], first["quantity"], first["origin"]) == (None, 12, "=1+1")
    assert first["due_on"] == datetime(2026, 3, 4)  # noqa: DTZ001
    assert (second["decide"], second["instead"], second["origin"]) == ("override", 24, None)
    # A formula that no program has worked out says nothing.
    assert second["why"] is None


def test_a_csv_reads_alike(written):
    path, _ = written
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    rows[1]["decide"] = "approve"
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    first, second = read_rows(path)
    assert (first["decide"], second["decide"], second["quantity"]) == ("", "approve", "40")
    # What would run as a formula is the key that it was.
    assert (rows[0]["origin"], first["origin"]) == ("'=1+1", "=1+1")
    assert (rows[0]["kind"], first["kind"]) == ("''-", "'-")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_a_csv_with_decimal_commas_reads_alike(written, encoding):
    """As a spreadsheet program saves it where German is spoken."""
    path, _ = written
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    for row in rows:
        row["due_on"] = "04.03.2026"
        row["unit_value"] = "12,5"
    rows[1] |= {"decide": "defer", "until": "5.3.2026 08:30", "why": "1,5 für später; 4.3.2026"}
    rows[0] |= {"decide": "override", "instead": "1.000"}
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, rows[0], delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    first, second = read_rows(path)
    assert (first["due_on"], first["unit_value"]) == ("2026-03-04", "12.5")
    assert first["instead"] == "1.000", "a thousand or one: it is not guessed, and no whole units"
    assert (second["until"], second["quantity"]) == ("2026-03-05 08:30", "40")
    assert second["why"] == "1,5 für später; 4.3.2026", "words stay as they are"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("other.xlsx", b"not a workbook", "cannot be read"),
        ("other.csv", b"sku,units\nA,1\n", "its first row lacks action_id"),
        ("other.csv", b"", "its first row lacks action_id"),
        ("other.csv", b"\xff\xfe\x00", "cannot be read"),
        ("other.csv", b"x" * 140_000, "cannot be read"),
        ("other.ods", b"PK\x05\x06" + bytes(18), "cannot be read"),
    ],
)
def test_what_is_no_worklist_is_refused(tmp_path, name, content, why):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SheetError, match=why):
        list(read_rows(path))


def test_a_packed_giant_is_refused_before_it_is_unpacked(monkeypatch, written):
    _, path = written
    monkeypatch.setattr("inventory_assets.cli.send_back._MOST_BYTES", 100)
    with pytest.raises(SheetError, match="too large"):
        list(read_rows(path))
