"""A thousand spoilt files: each is loaded right, or set aside with file, row and column."""

import csv
import gzip
import io
import math
import random
import re
from datetime import date, datetime, time, timedelta

import polars as pl
import pytest

from quality_checks.contracts import KEY_FORM, list_landing_sources
from quality_checks.intake import LandedFile, examine_files

SOURCES = list_landing_sources()
MUTANTS = 48
ROWS = 6
FIRST = date(2025, 1, 1)
HOSTILE = [
    *("1.000", "1.339", "1,5", "1.234,50", "5-", "(5)", "40%", "-1", "0", "1e308", "inf", "NaN"),
    *("9223372036854775808", "10000000000", "0x10", "1_000", "\u0663", "1e5", "+7", " 7", "7 "),
    *("", " ", "=cmd|' /C calc'!A1", "a\x00b", "a\nb", '"', "''", "\u202eabc", "x" * 5000, "*"),
    *("0000-00-00", "9999-12-31", "2025-02-30", "31.12.2025", "2025-09-30T25:00:00", "null"),
    *("\ufeff", "\U0001f9e8", "[[[[[[[[", '{"a": {"a": 1}}', "true", "TRUE", "1", "None", "-0.0"),
]


def sound(contract, number):
    """Rows that hold the contract, with keys of their own for each number."""
    columns = contract.model.to_schema().columns
    rows = [
        {name: value(name, columns[name], contract, number * ROWS + n) for name in columns}
        for n in range(ROWS)
    ]
    return pl.DataFrame(rows, schema=contract.schema)


def value(name, column, contract, n):  # noqa: PLR0911  # a type a line
    dtype = contract.schema[name]
    stated = {check.name: check.statistics for check in column.checks}
    pattern = stated.get("str_matches", {}).get("pattern", KEY_FORM)
    if "isin" in stated:
        words = stated["isin"]["allowed_values"]
        return "*" if "*" in words else words[0]
    if pattern != KEY_FORM:
        return {"^[01]{7}$": "1111100", "^[A-Z]{3}$": "EUR"}[pattern]
    if dtype == pl.String:
        return f"{name}{n}"
    if dtype == pl.Date:
        return FIRST + timedelta(days=n)
    if dtype == pl.Datetime("us"):
        return datetime.combine(FIRST, time()) + timedelta(hours=n)
    if dtype == pl.Boolean:
        return n % 2 == 0
    most = stated.get("less_than_or_equal_to", stated.get("less_than", {"max_value": 9}))
    return min(1, most["max_value"] / 2) if dtype == pl.Float64 else 1 + n % 9


def as_csv(rows):
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(rows)
    return stream.getvalue()


def spoil(frame, seed):
    """(ending, content) of a file with one accident."""
    draw = random.Random(seed)  # noqa: S311  # a seeded accident is no secret
    table = [list(frame.columns), *[list(row) for row in frame.cast(pl.String).rows()]]
    if draw.random() < 0.15:
        stream = io.BytesIO()
        draw.choice([retype, nest])(frame, draw).write_parquet(stream)
        data = stream.getvalue()
        return "parquet", data[: draw.randrange(len(data))] if draw.random() < 0.3 else data
    content = draw.choice(ACCIDENTS)(table, draw)
    data = content if isinstance(content, bytes) else content.encode(errors="surrogatepass")
    return ("csv.gz", gzip.compress(data, mtime=0)) if draw.random() < 0.2 else ("csv", data)


def put_cells(table, draw):
    for _ in range(draw.choice([1, 1, 2, 8])):
        row, column = draw.randrange(1, len(table)), draw.randrange(len(table[0]))
        table[row][column] = draw.choice(HOSTILE)
    return as_csv(table)


def fill_column(table, draw):
    column = draw.randrange(len(table[0]))
    for row in table[1:]:
        row[column] = draw.choice(HOSTILE)
    return as_csv(table)


def cut(table, draw):
    text = as_csv(table).encode()
    return text[: draw.randrange(len(text))]


def flip(table, draw):
    data = bytearray(as_csv(table).encode())
    for _ in range(draw.choice([1, 3, 20])):
        data[draw.randrange(len(data))] = draw.randrange(256)
    return bytes(data)


def reorder(table, draw):
    order = draw.sample(range(len(table[0])), len(table[0]))
    return as_csv([[row[n] for n in order] for row in table])


def rename(table, draw):
    table[0][draw.randrange(len(table[0]))] = draw.choice([*HOSTILE, *table[0]])
    return as_csv(table)


def repeat(table, draw):
    return as_csv([table[0], *draw.choices(table[1:], k=20)])


def misalign(table, draw):
    row = draw.choice(table)
    row.insert(draw.randrange(len(row)), "more") if draw.random() < 0.5 else row.pop()
    return as_csv(table)


def encode(table, draw):
    table[1][0] = "\u00fc\u00df"
    return as_csv(table).encode(draw.choice(["utf-16", "cp1252", "utf-8-sig", "utf-7"]))


def retype(frame, draw):
    name = draw.choice(frame.columns)
    kind = draw.choice([pl.Float64, pl.Int8, pl.Binary, pl.Categorical])
    return frame.with_columns(pl.col(name).cast(pl.String).cast(kind, strict=False))


def nest(frame, draw):
    name = draw.choice(frame.columns)
    return frame.with_columns(pl.concat_list(pl.col(name)).alias(name))


ACCIDENTS = [
    *(put_cells, put_cells, put_cells, fill_column, fill_column, cut, flip, flip),
    *(reorder, rename, repeat, misalign, encode),
]


def read_plainly(text, dtype):
    """The value that a text stands for, by the standard library; None where it is none."""
    try:
        if dtype == pl.Int64:
            return int(re.fullmatch(r"([+-]?[0-9]+)(\.0*)?", text)[1])
        if dtype == pl.Boolean:
            return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
        if dtype == pl.Date:
            return date.fromisoformat(text)
        if dtype == pl.Datetime("us"):
            return datetime.fromisoformat(text)
        return float(text) if dtype == pl.Float64 else text
    except (TypeError, ValueError, KeyError):
        return None


@pytest.mark.parametrize("name", SOURCES)
def test_a_spoilt_file_is_loaded_right_or_set_aside_by_row_or_whole(tmp_path, name):
    contract = SOURCES[name]
    files, contents = [], []
    for number in range(MUTANTS):
        day = date(2025, 12, 31) + timedelta(days=number)
        ending, data = spoil(sound(contract, number), f"{name} {number}")
        path = tmp_path / f"{day}.{ending}"
        path.write_bytes(data)
        files.append(LandedFile(name, day, "", path))
        contents.append((ending, data))
    examined = examine_files(files, contract)
    refused = dict(examined.refused)
    for number, file in enumerate(files):
        taken = examined.rows.filter(file_index=number)
        faults = examined.faults.filter(file_index=number)
        if number in refused:
            assert refused[number].startswith(f"{file.path.name}: ")
            assert taken.is_empty()
            assert faults.is_empty()
            continue
        rows = sorted([*taken["row"], *faults["row"]])
        assert rows == list(range(1, examined.row_counts[number] + 1)), "no row is lost"
        fields = set(faults["field"].str.split(",").explode())
        assert fields <= set(contract.columns), "the column is named"
        assert faults["message"].str.len_chars().min() != 0
        ending, data = contents[number]
        if ending != "parquet":
            assert_taken_right(taken, gzip.decompress(data) if ending == "csv.gz" else data)
    contract.model.to_schema().validate(examined.rows.select(contract.columns), lazy=True)


def assert_taken_right(taken, data):
    """Every row taken says what its line says, read by the standard library."""
    lines = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    header, *records = [record for record in lines if record]
    for row in taken.iter_rows(named=True):
        line = dict(zip(header, records[row["row"] - 1], strict=True))
        for column, found in row.items():
            if column in {"file_index", "row"}:
                continue
            text = line.get(column, "")
            if text == "":
                assert found is None, (column, found)
            else:
                expected = read_plainly(text, taken.schema[column])
                same = found == expected or (
                    isinstance(found, float) and math.isclose(found, expected, rel_tol=1e-12)
                )
                assert same, (column, text, found)
