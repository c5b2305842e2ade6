"""Read raw files into text columns, each row with its line; rows of another width say so."""

import csv
import io
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from connecting.mappings import RawForm
from quality_checks.intake import RAW_LINE, FileRefusedError, open_stream, read_parquet

WIDTH = "raw_width"
"""Column with what is wrong with a row's number of fields, missing where nothing is."""

_CHUNK_ROWS = 50_000
_LONGEST_FIELD = 1_000_000
_WIDEST = 2_000


def read_raw(path: Path, form: RawForm) -> pl.DataFrame:
    """All rows of a raw file at once; see `read_raw_parts`."""
    return pl.concat(read_raw_parts(path, form))


def read_raw_parts(path: Path, form: RawForm) -> Iterator[pl.DataFrame]:
    """The rows of a raw file, a part at a time: its columns as text, `RAW_LINE` and `WIDTH`.

    A name that several columns have is that of the first; the others become `name (2)` and so on.
    Blank lines are no rows. A row of too few or too many fields keeps those that have a name. A
    file without a row is one part without one; one may be refused after its last part.

    Args:
        path: a file of separated values or of X12, `.gz` or not, or `.parquet`.
        form: how it is written; of a parquet file only what is empty and trimmed counts.

    Raises:
        FileRefusedError: it is empty, cut, too large, damaged, of another encoding, has no header
            or leaves a quote open; says where.
    """
    if path.suffix == ".parquet":
        for rows in _read_typed(path):
            yield _tidy(rows, form)
        return
    if form.x12:
        from connecting.raw.x12_rows import read_x12  # noqa: PLC0415  # few retailers have any

        yield _tidy(read_x12(path, form.x12, WIDTH), form)
        return
    try:
        if path.stat().st_size == 0:
            raise FileRefusedError("the file is empty (0 bytes)")
        for rows in _read_lines(path, form):
            yield _tidy(rows, form)
    except UnicodeError as error:
        told = find_undecodable(path, form.encoding) or f"not {form.encoding}: {error}"
        raise FileRefusedError(told) from error
    except (OSError, EOFError, zlib.error) as error:
        raise FileRefusedError(f"the file is damaged or cannot be read: {error}") from error


def find_undecodable(path: Path, encoding: str) -> str | None:
    """The first line that is not of an encoding, in words; None where every line is."""
    with open_stream(path) as stream:
        for number, line in enumerate(stream, start=1):
            try:
                line.decode(encoding)
            except UnicodeError as error:
                at = ""
                if isinstance(error, UnicodeDecodeError):
                    at = f" (byte 0x{line[error.start]:02x})"
                return f"line {number} is not {encoding}{at}"
    return None


def _read_typed(path: Path) -> Iterator[pl.DataFrame]:
    """A parquet file a part at a time, its values as a text file would have them."""
    raw = read_parquet(path)
    odd = [name for name, dtype in raw.schema.items() if dtype.is_nested()]
    times = [name for name, dtype in raw.schema.items() if isinstance(dtype, pl.Datetime)]
    numbered = raw.drop(odd).with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(RAW_LINE)
    )
    for part in numbered.iter_slices(_CHUNK_ROWS) if raw.height else [numbered]:
        yield part.with_columns(pl.col(times).dt.strftime("%Y-%m-%dT%H:%M:%S")).select(
            pl.exclude(RAW_LINE).cast(pl.String),
            pl.col(RAW_LINE),
            pl.lit(None, dtype=pl.String).alias(WIDTH),
        )


def _read_lines(path: Path, form: RawForm) -> Iterator[pl.DataFrame]:
    # With the mark of the byte order left out, which is no part of the first name.
    encoding = "utf-8-sig" if form.encoding.lower() in {"utf-8", "utf8"} else form.encoding
    with io.TextIOWrapper(open_stream(path), encoding=encoding, newline="") as text:
        lines = _Ended(text)
        before = form.header - 1 if isinstance(form.header, int) else 0
        for _ in range(before):
            next(lines, None)
        records = _records(lines, form, before)
        names = _name_columns(records, form)
        yield from _chunks(records, names)
    if not lines.ended and not form.ends_open and path.suffix != ".gz":
        raise FileRefusedError(
            "the last line does not end with a line break: the file may be cut, or is still being "
            "copied; where its system always writes it so, state ends_open: true in the mapping"
        )


class _Ended:
    """Lines of a text, and whether the last one read had a line break."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.ended = True

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._text)
        self.ended = line.endswith(("\n", "\r"))
        return line


def _records(lines: _Ended, form: RawForm, before: int) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not blank, with the line on which it begins."""
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(lines, delimiter=form.separator, quotechar=form.quote, strict=True)
    line = before + 1
    try:
        for record in reader:
            if any(field.strip() for field in record):
                yield line, record
            line = before + reader.line_num + 1
    except csv.Error as error:
        raise FileRefusedError(
            f"line {line} cannot be read, a quote may be left open: {error}"
        ) from error


def _name_columns(records: Iterator[tuple[int, list[str]]], form: RawForm) -> list[str]:
    """Names of the columns, each once.

    Raises:
        FileRefusedError: no line has them.
    """
    if isinstance(form.header, list):
        came = form.header
    else:
        _, came = next(records, (0, []))
    if not came:
        raise FileRefusedError(f"the file ends before its header, line {form.header}")
    if len(came) > _WIDEST:
        raise FileRefusedError(f"the header names more than {_WIDEST:,} columns")
    taken = {RAW_LINE, WIDTH}
    names = []
    for number, name in enumerate(came, start=1):
        plain = name.strip() or f"column {number}"
        count, free = 1, plain
        while free in taken:
            count += 1
            free = f"{plain} ({count})"
        taken.add(free)
        names.append(free)
    return names


def _chunks(
    records: Iterator[tuple[int, list[str]]], names: Sequence[str]
) -> Iterator[pl.DataFrame]:
    """The records as frames, a part at a time: lists of texts take many times the memory."""
    schema = dict.fromkeys(names, pl.String) | {RAW_LINE: pl.Int64, WIDTH: pl.String}
    rows: list[list[object]] = []
    for line, record in records:
        told = None
        if len(record) != len(names):
            told = f"line {line} has {len(record)} fields, the header has {len(names)}"
            record = [*record, *[""] * (len(names) - len(record))][: len(names)]  # noqa: PLW2901
        rows.append([*record, line, told])
        if len(rows) == _CHUNK_ROWS:
            yield pl.DataFrame(rows, schema=schema, orient="row")
            rows = []
    yield pl.DataFrame(rows, schema=schema, orient="row")


def _tidy(rows: pl.DataFrame, form: RawForm) -> pl.DataFrame:
    """Blanks around values taken away, and missing ones missing."""
    came = pl.col(pl.String).exclude(WIDTH)
    trimmed = came.str.strip_chars() if form.trim else came
    return rows.with_columns(trimmed.replace(["", *form.empty], None).name.keep())
