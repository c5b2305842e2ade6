"""Raw files are read in parts, and what is made of them does not tell where a part ended."""

import pytest
from raw_files import Connected

from connecting.making import folder, kept_rows
from connecting.raw import csv_lines

MAPPING = """
files: "umsatz*.csv"
folder: kasse
split_by: timestamp
read:
  separator: ";"
  numbers: {decimal: ","}
fill_down: [Bon]
leave_out:
  - {column: Artikel, values: [Summe]}
columns:
  receipt: Bon
  line: {number_within: Bon}
  timestamp: {from: Zeit}
  sku: Artikel
  location: {constant: S1}
  channel: {constant: store}
  fulfilment_location: {constant: S1}
  quantity: Menge
  net_value: Betrag
  list_value: Betrag
"""


def write_receipts(first, last, value):
    """Receipts of three lines named in their first, two a day; every fifth is of no day."""
    lines = ["Bon;Zeit;Artikel;Menge;Betrag"]
    for number in range(first, last):
        time = "" if number % 5 == 3 else f"2025-09-{1 + number // 2:02}T10:00:00"
        bad = "x" if number % 7 == 2 else value
        for line in range(3):
            name = f"B{number % 4}-{number // 4}" if line == 0 else ""
            lines.append(f'{name};{time};"A;{line}";1;{bad}')
        lines.append(";;Summe;3;")
    return "\n".join(lines) + "\n"


def make(root, monkeypatch, rows):
    """Landing files by name, made twice: of two exports that overlap, then with a third."""
    monkeypatch.setattr(csv_lines, "_CHUNK_ROWS", rows)
    monkeypatch.setattr(kept_rows, "_MOST_ROWS", 2 * rows)
    monkeypatch.setattr(kept_rows, "_BATCH_ROWS", rows)
    monkeypatch.setattr(folder, "_MOST_KEYS", rows)
    shop = Connected(root)
    shop.map("pos_sales", MAPPING)
    shop.drop("kasse/umsatz1.csv", write_receipts(0, 30, "2,50"))
    gone = shop.drop("kasse/umsatz2.csv", write_receipts(20, 40, "3,50"))
    told = [shop.make("pos_sales")]
    gone.unlink()
    shop.drop("kasse/umsatz3.csv", write_receipts(36, 44, "4,50"))
    told.append(shop.make("pos_sales"))
    assert not (root / "landing" / "pos_sales" / ".making").exists()
    files = {
        name: (root / "landing" / "pos_sales" / name).read_bytes()
        for name in shop.names("pos_sales")
    }
    return files, [(made.refused, made.notes) for made in told]


@pytest.mark.parametrize("rows", [1, 4, 50])
def test_the_bytes_are_the_same_wherever_a_part_ends(tmp_path, monkeypatch, rows):
    at_once, told = make(tmp_path / "whole", monkeypatch, 10_000)
    assert make(tmp_path / "parts", monkeypatch, rows) == (at_once, told)
    assert len(at_once) == 22
    assert [refused for refused, _ in told] == [[], []]
    # One that both brought, of which the later one stands, numbered through.
    lines = at_once["2025-09-12.csv"].decode().splitlines()
    mine = [line.split(",")[:2] for line in lines if line.startswith("B2-5,")]
    assert mine == [["B2-5", "1"], ["B2-5", "2"], ["B2-5", "3"]]
    assert sum(",3.5," in line for line in lines) == 3


def test_a_raw_file_that_cannot_be_read_any_more_keeps_its_rows_in_files_of_several(tmp_path):
    shop = Connected(tmp_path)
    shop.map("pos_sales", MAPPING)
    cut = shop.drop("kasse/umsatz1.csv", write_receipts(0, 2, "2,50"))
    shop.drop("kasse/umsatz2.csv", write_receipts(1, 4, "3,50"))
    shop.make("pos_sales")
    assert len(shop.landed("pos_sales", "2025-09-01.csv")) == 6
    cut.write_text(cut.read_text()[:-3])
    shop.drop("kasse/umsatz2.csv", write_receipts(1, 4, "4,50"))
    (refused,) = shop.make("pos_sales").refused
    assert "the file may be cut" in refused
    landed = shop.landed("pos_sales", "2025-09-01.csv")
    assert landed["net_value"].to_list() == ["2.5"] * 3 + ["4.5"] * 3
