"""Read a CSV file as it came: every column as text, with the line at fault when it is broken."""

import csv
import gzip
import io
import zlib
from pathlib import Path
from typing import IO, Any, cast

import polars as pl
import pyarrow as pa
import pyarrow.csv as pacsv

from quality_checks.intake.landed import find_control
from quality_checks.intake.refusal import FileRefusedError
from quality_checks.intake.size import refuse_too_large

# Stands in the first field of a row that is put behind the file: see `_EndMarked`.
_END = "\x04"

_BUFFER = 1 << 20


def read_csv(path: Path) -> pl.DataFrame:
    """The rows of a `.csv` or `.csv.gz` file with all columns as text, empty fields missing.

    A byte order mark, CRLF and quoted fields with line breaks are accepted; blank lines are
    skipped and do not count as rows.

    Raises:
        FileRefusedError: the file is empty, truncated, too large or not UTF-8, its last line does
            not end and no control file says that it is whole, a line has more or fewer fields
            than the header, or a quote is left open.
    """
    try:
        if path.stat().st_size == 0:
            raise FileRefusedError("the file is empty (0 bytes)")
        try:
            rows = _read_rows(path, _read_header(path))
        except (UnicodeDecodeError, csv.Error, pa.ArrowInvalid) as error:
            fault = _find_fault(path) or f"the file is not CSV: {error}"
            raise FileRefusedError(fault) from error
        else:
            _refuse_cut(path)
            return rows
    except (OSError, EOFError, zlib.error) as error:
        raise FileRefusedError(f"the file is truncated or damaged: {error}") from error


def _refuse_cut(path: Path) -> None:
    """Refuse a file that ends within a line: a copy that was broken off ends so."""
    if path.suffix == ".gz" or find_control(path) is not None:
        return  # both say by themselves where the file ends
    with path.open("rb") as stream:
        stream.seek(-1, io.SEEK_END)
        if stream.read() not in {b"\n", b"\r"}:
            raise FileRefusedError(
                "the last line does not end with a line break: the file may be cut, or is still "
                "being copied; send it whole, or with a control file"
            )


def _read_header(path: Path) -> list[str]:
    with open_stream(path) as stream:
        header = next((record for record in csv.reader(_as_text(stream)) if record), None)
    if header is None:
        raise FileRefusedError("the file is empty: it has no header")
    repeated = [name for name in header if header.count(name) > 1]
    if repeated:
        raise FileRefusedError(f"line 1 names column {repeated[0]!r} more than once")
    return header


def _read_rows(path: Path, header: list[str]) -> pl.DataFrame:
    with open_stream(path) as stream:
        table = pacsv.read_csv(
            _EndMarked(stream, len(header)),
            parse_options=pacsv.ParseOptions(newlines_in_values=True),
            # Without a type given, pyarrow would guess one and lose leading zeros.
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
    if table.column(0)[-1].as_py() != _END:
        raise FileRefusedError(_find_fault(path) or "a quote is opened and never closed")
    return cast("pl.DataFrame", pl.from_arrow(table.slice(0, table.num_rows - 1)))


class _Capped(io.RawIOBase):
    """A stream that is refused once it holds more than fits into memory."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._size = self._rows = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401  # typing has no name for a buffer
        chunk = self._stream.read(len(memoryview(buffer)))
        memoryview(buffer)[: len(chunk)] = chunk
        self._size += len(chunk)
        self._rows += chunk.count(b"\n")
        refuse_too_large(size=self._size, rows=self._rows)
        return len(chunk)

    def close(self) -> None:
        self._stream.close()
        super().close()


class _EndMarked(io.RawIOBase):
    """A stream with one extra row at its end.

    pyarrow takes the rest of a file for one value where a quote is left open in the last
    column. The row behind the end is then swallowed too, which tells.
    """

    def __init__(self, stream: IO[bytes], width: int) -> None:
        self._stream = stream
        self._end = f"\n{_END}{',' * (width - 1)}\n".encode()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        chunk = self._stream.read(size)
        # pyarrow wants the first row in its first block: the end comes with the last bytes.
        room = len(self._end) if size < 0 else size - len(chunk)
        chunk, self._end = chunk + self._end[:room], self._end[room:]
        return chunk


def _find_fault(path: Path) -> str | None:
    """The first line that is not UTF-8 or does not fit the header, in words.

    pyarrow does not count lines across its blocks, so a broken file is read once more here.
    """
    with open_stream(path) as stream:
        for number, line in enumerate(stream, start=1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return f"line {number} is not UTF-8 (byte 0x{line[error.start]:02x})"
    with open_stream(path) as stream:
        return _find_misfit(_as_text(stream))


def _find_misfit(stream: io.TextIOWrapper) -> str | None:
    """The first line with too many or too few fields, or the one that opens a quote for good."""
    # Only a strict reader minds a quote that is open at the end.
    records = csv.reader(stream, strict=True)
    width, start = 0, 1
    try:
        for record in records:
            width = width or len(record)
            if record and len(record) != width:
                return f"line {start} has {len(record)} fields, the header has {width}"
            start = records.line_num + 1
    except csv.Error as error:
        return f"line {start} cannot be read, a quote may be left open: {error}"
    return None


def open_stream(path: Path) -> IO[bytes]:
    """The bytes of a file, unpacked; reading is refused once they are more than fit into memory."""
    plain = path.open("rb")
    raw = cast("IO[bytes]", gzip.GzipFile(fileobj=plain)) if path.suffix == ".gz" else plain
    return io.BufferedReader(_Capped(raw), buffer_size=_BUFFER)


def _as_text(stream: IO[bytes]) -> io.TextIOWrapper:
    return io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
