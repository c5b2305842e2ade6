"""Look at a raw file that nobody has described yet: encoding, separator, header, forms."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from connecting.mappings import NumberForm, RawForm
from connecting.raw import WIDTH, find_undecodable, read_raw
from quality_checks.intake import RAW_LINE, FileRefusedError, open_stream

_LOOKED_AT = 200
_SEPARATORS = (";", ",", "\t", "|")
# Umlauts and sharp s as the code pages of Windows and of DOS have them; the sharp s of DOS is an
# accented a of Windows, which hardly follows a vowel.
_WINDOWS = re.compile(b"[\xe4\xf6\xfc\xdf\xc4\xd6\xdc]")
_DOS = re.compile(b"[\x84\x94\x81\x8e\x99\x9a]|[aeiouy]\xe1")
_NUMBER = r"^[(]?[-+\u2212]?[0-9][0-9.,' \u00a0\u202f]*[)]?\s*-?$"
_UNITS = ("€", "EUR", "$", "USD", "£", "GBP", "CHF", "%", "kg", "l", "Stk", "St.", "pcs")
_DAYS = (
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%d.%m.%y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%Y%m%d",
    "%d-%m-%Y",
    "%Y/%m/%d",
)
_CLOCKS = (
    " %H:%M:%S",
    " %H:%M",
    "T%H:%M:%S",
    "T%H:%M",
    " %H:%M:%S %z",
    "T%H:%M:%S%z",
)
_HOURS = {"%H:%M": "^[0-2]?[0-9]:[0-5][0-9]$", "%H:%M:%S": "^[0-2]?[0-9](:[0-5][0-9]){2}$"}
_FLAGS = {"0", "1", "true", "false", "yes", "no", "ja", "nein", "j", "n", "y", "x"}
TOTALS = ("total", "totals", "summe", "gesamt", "gesamtsumme", "grand total", "endsumme")
"""Words that the last line of a list often begins with."""


@dataclass(frozen=True)
class Profile:
    """A column of a raw file.

    Attributes:
        name: in the header.
        kind: whole, number, day, time, clock, flag, text or empty: what all of its values can be.
        form: of its days or times; several where the values do not tell which.
        filled: share of rows that have a value.
        distinct: different values.
        examples: a few of them.
    """

    name: str
    kind: str
    forms: tuple[str, ...]
    filled: float
    distinct: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Sample:
    """A raw file that was looked at.

    Attributes:
        path: where it lies.
        form: how it seems to be written.
        rows: its rows, as `read_raw` gives them.
        columns: what each column holds.
        totals: first column and value of a line of totals, if there is one.
    """

    path: Path
    form: RawForm
    rows: pl.DataFrame
    columns: tuple[Profile, ...]
    totals: tuple[str, str] | None


def look_at(path: Path) -> Sample:
    """Find out how a raw file is written, and what its columns hold.

    Raises:
        FileRefusedError: it cannot be read in any way that is known.
    """
    form = RawForm() if path.suffix == ".parquet" else _find_form(path)
    came = read_raw(path, form)
    names = [name for name in came.columns if name not in {RAW_LINE, WIDTH}]
    totals = _find_totals(came, names)
    rows = came.filter(pl.col(totals[0]).ne_missing(totals[1])) if totals else came
    numbers = _find_number_form([rows[name] for name in names])
    columns = tuple(_profile(rows[name]) for name in names)
    days = Counter(c.forms[0] for c in columns if c.kind == "day")
    times = Counter(c.forms[0] for c in columns if c.kind == "time")
    found = form.model_copy(
        update={
            "numbers": numbers,
            "dates": days.most_common(1)[0][0] if days else None,
            "times": times.most_common(1)[0][0] if times else None,
        }
    )
    return Sample(path, found, rows, columns, totals)


def _find_form(path: Path) -> RawForm:
    encoding = _find_encoding(path)
    with open_stream(path) as stream:
        text = stream.read().decode("utf-8-sig" if encoding == "utf-8" else encoding)
    lines = text.splitlines()[:_LOOKED_AT]
    if not lines:
        raise FileRefusedError("the file is empty (0 bytes)")
    separator = max(_SEPARATORS, key=lambda mark: _regularity(lines, mark))
    records = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator))
    width = Counter(len(record) for record in records).most_common(1)[0][0]
    header = next(
        (
            number
            for number, record in enumerate(records, start=1)
            if len(record) == width and sum(bool(field.strip()) for field in record) > width / 2
        ),
        1,
    )
    return RawForm(
        encoding=encoding,
        separator=separator,
        header=header,
        ends_open=path.suffix != ".gz" and not text.endswith(("\n", "\r")),
    )


def _find_encoding(path: Path) -> str:
    with open_stream(path) as stream:
        content = stream.read()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if find_undecodable(path, "utf-8") is None:
        return "utf-8"
    return (
        "cp850" if len(_DOS.findall(content)) > len(_WINDOWS.findall(content)) else "windows-1252"
    )


def _regularity(lines: Sequence[str], separator: str) -> tuple[float, int]:
    """How many lines have the same number of fields, more than one, and how many fields."""
    widths = Counter(
        len(record) for record in csv.reader(io.StringIO("\n".join(lines)), delimiter=separator)
    )
    width, count = widths.most_common(1)[0]
    return (count / len(lines) if width > 1 else 0.0, width)


def _find_totals(rows: pl.DataFrame, names: Sequence[str]) -> tuple[str, str] | None:
    """Column and value that tell the last line as one of totals."""
    for name, value in zip(
        names, rows.select(names).tail(1).rows()[0] if len(rows) else (), strict=False
    ):
        if value is not None and value.strip().rstrip(":").lower() in TOTALS:
            return name, value
    return None


def _find_number_form(columns: Sequence[pl.Series]) -> NumberForm:
    """The marks and signs of the numbers of a file; no decimal mark where nothing tells it."""
    texts = [column.drop_nulls().head(10_000) for column in columns]
    numbers = (
        pl.concat([text.filter(text.str.contains(_NUMBER)) for text in texts])
        if texts
        else pl.Series([""])
    )
    comma = (
        numbers.str.contains(r"[0-9],[0-9]{1,2}-?[)]?$").any()
        or numbers.str.contains(r"\.[0-9]{3},[0-9]+").any()
    )
    point = (
        numbers.str.contains(r"[0-9]\.[0-9]{1,2}-?[)]?$").any()
        or numbers.str.contains(r",[0-9]{3}\.[0-9]+").any()
    )
    if comma == point:
        return NumberForm()
    mark, other = (",", ".") if comma else (".", ",")
    parted = numbers.str.contains(
        rf"^[^0-9]*[0-9]{{1,3}}({re.escape(other)}[0-9]{{3}})+(\{mark}|$|-)"
    ).any()
    behind = numbers.str.contains(r"[0-9]\s*-$").any()
    brackets = numbers.str.contains(r"^\(.*\)$").any()
    return NumberForm(
        decimal="," if comma else ".",
        thousands=("." if comma else ",") if parted else "",
        minus="behind" if behind else "brackets" if brackets else "front",
    )


def _profile(values: pl.Series) -> Profile:
    there = values.drop_nulls()
    kind, forms = _find_kind(there)
    return Profile(
        name=values.name,
        kind=kind,
        forms=forms,
        filled=len(there) / max(len(values), 1),
        distinct=there.n_unique(),
        examples=tuple(there.unique(maintain_order=True).head(3)),
    )


def _find_kind(there: pl.Series) -> tuple[str, tuple[str, ...]]:
    """What all values of a column can be, and in which forms."""
    forms = {
        "day": _DAYS,
        "time": [day + clock for day in _DAYS for clock in _CLOCKS],
    }
    if there.is_empty():
        return "empty", ()
    for kind, tried in forms.items():
        if found := _find_day_forms(there, tried):
            return kind, found
    for form, clock in _HOURS.items():
        if there.str.contains(clock).all():
            return "clock", (form,)
    return _find_plain_kind(there), ()


def _find_plain_kind(there: pl.Series) -> str:
    """What values that are no days and no times can be."""
    if {*there.str.to_lowercase().unique()} <= _FLAGS:
        return "flag"
    bare = there
    for unit in _UNITS:
        bare = bare.str.strip_prefix(unit).str.strip_suffix(unit).str.strip_chars()
    if bare.str.contains(r"^[-+]?[0-9]+-?$").all():
        return "whole"
    return "number" if bare.str.contains(_NUMBER).all() else "text"


def _find_day_forms(there: pl.Series, forms: Sequence[str]) -> tuple[str, ...]:
    """Forms by which every value can be read, those that hold for the first value tried on all."""
    likely = [form for form in forms if _reads(there.head(1), form)]
    return tuple(form for form in likely if _reads(there, form))


def _reads(values: pl.Series, form: str) -> bool:
    if form == "%Y%m%d" and not values.str.contains(r"^(19|20)[0-9]{6}$").all():
        return False
    if "%y" in form and not values.str.contains(r"^[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{2}\b").all():
        return False
    if "%Y" in form and form != "%Y%m%d" and not values.str.contains(r"[0-9]{4}").all():
        return False
    return values.str.to_datetime(form, time_unit="us", strict=False).null_count() == 0
