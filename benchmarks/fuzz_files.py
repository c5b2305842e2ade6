"""Sound files of any landing source, and the accidents that befall them; all by seed."""

import csv
import gzip
import io
import math
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import polars as pl

from quality_checks.contracts import KEY_FORM, Contract, TargetByColumn

ROWS: Final = 6
"""Of a sound file."""

_FIRST: Final = date(2025, 1, 1)
_HOSTILE: Final = (
    *("1.000", "1.339", "1,5", "1.234,50", "5-", "(5)", "40%", "-1", "0", "1e308", "inf", "NaN"),
    *("9223372036854775808", "10000000000", "0x10", "1_000", "\u0663", "1e5", "+7", " 7", "7 "),
    *("", " ", "=cmd|' /C calc'!A1", "a\x00b", "a\nb", '"', "''", "\u202eabc", "x" * 5000, "*"),
    *("0000-00-00", "9999-12-31", "2025-02-30", "31.12.2025", "2025-09-30T25:00:00", "null"),
    *("\ufeff", "\U0001f9e8", "[[[[[[[[", '{"a": {"a": 1}}', "true", "TRUE", "1", "None", "-0.0"),
)
_NAMES: Final = (
    *("{day}_\u202etxt.csv", "{day}\n.csv", "{day};rm -rf x.csv", "{day}_{long}.csv", "{day}.CSV"),
    *("2026-13-45_{day}.csv", "{day}.csv.csv", "=cmd{day}.csv", "\U0001f9e8{day}.csv"),
    *("{day} (1).csv", "-{day}.csv"),
)
_STATED: Final = {"^[01]{7}$": "1111100", "^[A-Z]{3}$": "EUR"}
"""Form of a text -> one that has it."""

_LEFT_EMPTY: Final = {"level_changes": ("minimum",)}
"""Source -> columns that its sound rows leave empty, as a rule over several columns asks."""

_SWOLLEN_BYTES: Final = 160_000_000

Table = list[list[Any]]


@dataclass(frozen=True)
class Mutant:
    """A file after its accident.

    Attributes:
        ending: of its name.
        content: its bytes.
        written: the rows of a parquet file as they were written; none where it was cut.
        huge: whether it unpacks to more than a plan reads.
    """

    ending: str
    content: bytes
    written: pl.DataFrame | None = None
    huge: bool = False


def make_sound_rows(contract: Contract, numbers: Sequence[int]) -> pl.DataFrame:
    """Rows that hold a contract, `ROWS` for each number, with keys of their own."""
    rows = [
        {name: _make_value(name, contract, number * ROWS + n) for name in contract.columns}
        for number in numbers
        for n in range(ROWS)
    ]
    return pl.DataFrame(rows, schema=contract.schema)


def _make_value(name: str, contract: Contract, n: int) -> object:  # noqa: PLR0911  # a type a line
    if name in _LEFT_EMPTY.get(contract.name, ()):
        return None
    stated = {check.name: check.statistics for check in contract.model.stated_columns[name].checks}
    dtype = contract.schema[name]
    pattern = stated.get("str_matches", {}).get("pattern", KEY_FORM)
    if "isin" in stated:
        words = stated["isin"]["allowed_values"]
        return "*" if "*" in words else words[0]
    if pattern != KEY_FORM:
        return _STATED[pattern]
    if dtype == pl.String:
        named = [_find_column(other, contract) for other in contract.columns]
        place = contract.columns.index(name)
        # A second column that refers to the same master names the neighbour of the first one's.
        return f"{named[place]}{n ^ (named[place] in named[:place])}"
    if dtype == pl.Date:
        return _FIRST + timedelta(days=n)
    if dtype == pl.Datetime("us"):
        return datetime.combine(_FIRST, time()) + timedelta(hours=n)
    if dtype == pl.Boolean:
        return n % 2 == 0
    most = stated.get("less_than_or_equal_to", stated.get("less_than", {"max_value": 9}))
    return min(1, most["max_value"] / 2) if dtype == pl.Float64 else 1 + n % 9


def _find_column(name: str, contract: Contract) -> str:
    """The column whose values one has: that of the master it refers to, or its own."""
    target = {**contract.mentions, **contract.references}.get(name)
    if isinstance(target, TargetByColumn):
        target = target.targets.get(str(_make_value(target.column, contract, 0)))
    return name if target is None else target[1]


def write_csv(table: Table) -> str:
    """Rows as the text of a CSV file."""
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(table)
    return stream.getvalue()


def spoil(frame: pl.DataFrame, seed: str, *, huge: bool = False) -> Mutant:
    """A file of the rows with one accident.

    Args:
        frame: sound rows.
        seed: of the accident.
        huge: whether it unpacks to more than a plan reads.
    """
    draw = random.Random(seed)  # noqa: S311  # a seeded accident is no secret
    table: Table = [list(frame.columns), *map(list, frame.cast(pl.String).rows())]
    if huge:
        return Mutant("csv.gz", _swell(table), huge=True)
    if _happens(draw, 15):
        stream = io.BytesIO()
        written = draw.choice([_retype, _nest])(frame, draw)
        written.write_parquet(stream)
        data = stream.getvalue()
        if _happens(draw, 30):
            return Mutant("parquet", data[: draw.randrange(len(data))])
        return Mutant("parquet", data, written)
    content = draw.choice(_ACCIDENTS)(table, draw)
    data = content if isinstance(content, bytes) else content.encode(errors="surrogatepass")
    zipped = _happens(draw, 20)
    return Mutant("csv.gz", gzip.compress(data, mtime=0)) if zipped else Mutant("csv", data)


def misplace(folder: Path, day: date, seed: str) -> str:
    """Put something beside the files of a source that is none of them, and give its name."""
    draw = random.Random(seed)  # noqa: S311
    name = draw.choice(_NAMES).format(day=day, long="x" * 220)
    path = folder / name
    if _happens(draw, 20):
        (path / "deeper").mkdir(parents=True)
    elif _happens(draw, 10):
        path.symlink_to(folder / "nowhere.csv")
    else:
        path.write_bytes(b"sku\n1\n")
    return name


def _happens(draw: random.Random, percent: int) -> bool:
    return draw.randrange(100) < percent


def _put_cells(table: Table, draw: random.Random) -> str:
    for _ in range(draw.choice([1, 1, 2, 8])):
        row, column = draw.randrange(1, len(table)), draw.randrange(len(table[0]))
        table[row][column] = draw.choice(_HOSTILE)
    return write_csv(table)


def _fill_column(table: Table, draw: random.Random) -> str:
    column = draw.randrange(len(table[0]))
    for row in table[1:]:
        row[column] = draw.choice(_HOSTILE)
    return write_csv(table)


def _cut(table: Table, draw: random.Random) -> bytes:
    text = write_csv(table).encode()
    return text[: draw.randrange(len(text))]


def _flip(table: Table, draw: random.Random) -> bytes:
    data = bytearray(write_csv(table).encode())
    for _ in range(draw.choice([1, 3, 20])):
        data[draw.randrange(len(data))] = draw.randrange(256)
    return bytes(data)


def _reorder(table: Table, draw: random.Random) -> str:
    order = draw.sample(range(len(table[0])), len(table[0]))
    return write_csv([[row[n] for n in order] for row in table])


def _rename(table: Table, draw: random.Random) -> str:
    table[0][draw.randrange(len(table[0]))] = draw.choice([*_HOSTILE, *table[0]])
    return write_csv(table)


def _repeat(table: Table, draw: random.Random) -> str:
    return write_csv([table[0], *draw.choices(table[1:], k=20)])


def _misalign(table: Table, draw: random.Random) -> str:
    row = draw.choice(table)
    if _happens(draw, 50):
        row.insert(draw.randrange(len(row)), "more")
    else:
        row.pop()
    return write_csv(table)


def _encode(table: Table, draw: random.Random) -> bytes:
    table[1][0] = "\u00fc\u00df"
    return write_csv(table).encode(draw.choice(["utf-16", "cp1252", "utf-8-sig", "utf-7"]))


def _widen(table: Table, draw: random.Random) -> str:
    more = [f"more{n}" for n in range(draw.choice([1, 3000]))]
    return write_csv([table[0] + more, *(row + ["1"] * len(more) for row in table[1:])])


def _lengthen(table: Table, draw: random.Random) -> str:
    table[draw.randrange(1, len(table))][draw.randrange(len(table[0]))] = "9" * 2_000_000
    return write_csv(table)


def _swell(table: Table) -> bytes:
    """A small file that unpacks to a large one of repeats."""
    head, line = write_csv(table[:1]).encode(), write_csv(table[1:2]).encode()
    lines = line * 100_000
    stream = io.BytesIO()
    with gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=1, mtime=0) as packed:
        packed.write(head)
        for _ in range(_SWOLLEN_BYTES // len(lines) + 1):
            packed.write(lines)
    return stream.getvalue()


def _retype(frame: pl.DataFrame, draw: random.Random) -> pl.DataFrame:
    name = draw.choice(frame.columns)
    kind = draw.choice([pl.Float64, pl.Int8, pl.Binary, pl.Categorical])
    return frame.with_columns(pl.col(name).cast(pl.String).cast(kind, strict=False))


def _nest(frame: pl.DataFrame, draw: random.Random) -> pl.DataFrame:
    name = draw.choice(frame.columns)
    return frame.with_columns(pl.concat_list(pl.col(name)).alias(name))


_ACCIDENTS: Final[Sequence[Callable[[Table, random.Random], str | bytes]]] = (
    *(_put_cells, _put_cells, _put_cells, _put_cells, _fill_column, _fill_column, _fill_column),
    *(_cut, _cut, _flip, _flip, _flip, _reorder, _reorder, _rename, _rename, _repeat, _repeat),
    *(_misalign, _misalign, _encode, _encode, _widen, _lengthen),
)


def find_wrong_value(taken: pl.DataFrame, mutant: Mutant) -> str | None:
    """The first value that is not what the file says, read by the standard library; None if none.

    Args:
        taken: rows of one file by their number in the column `row`, and columns of the contract.
        mutant: the file.
    """
    lines = _read_lines(mutant)
    for row in taken.iter_rows(named=True):
        line = lines[row["row"] - 1]
        for column, found in row.items():
            if column == "row":
                continue
            expected = _read_cell(line.get(column), taken.schema[column])
            same = found == expected or (
                isinstance(found, float)
                and isinstance(expected, float)
                and math.isclose(found, expected, rel_tol=1e-12)
            )
            if not same:
                return f"row {row['row']}: {column} is {found!r} of {str(line.get(column))[:60]!r}"
    return None


def _read_lines(mutant: Mutant) -> list[dict[str, Any]]:
    if mutant.ending == "parquet":
        return [] if mutant.written is None else mutant.written.to_dicts()
    packed = mutant.ending == "csv.gz"
    text = (gzip.decompress(mutant.content) if packed else mutant.content).decode("utf-8-sig")
    csv.field_size_limit(10_000_000)
    lines = csv.reader(io.StringIO(text, newline=""))
    header, *records = [record for record in lines if record]
    return [dict(zip(header, record, strict=True)) for record in records]


def _read_cell(cell: object, dtype: pl.DataType) -> object:
    """The value that a cell stands for; None where it stands for none."""
    if isinstance(cell, bytes):
        cell = cell.decode()
    if cell is None or cell == "":
        return None
    if isinstance(cell, str):
        return _read_text(cell, dtype)
    if dtype == pl.Int64 and isinstance(cell, float):
        return int(cell) if cell.is_integer() else None
    return float(cell) if dtype == pl.Float64 and isinstance(cell, int) else cell


def _read_text(text: str, dtype: pl.DataType) -> object:
    try:
        if dtype == pl.Int64:
            whole = re.fullmatch(r"([+-]?[0-9]+)(\.0*)?", text)
            return None if whole is None else int(whole[1])
        if dtype == pl.Boolean:
            return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
        if dtype == pl.Date:
            return date.fromisoformat(text)
        if dtype == pl.Datetime("us"):
            return datetime.fromisoformat(text)
        return float(text) if dtype == pl.Float64 else text
    except (TypeError, ValueError, KeyError):
        return None
