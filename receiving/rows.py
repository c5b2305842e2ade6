"""From the data of an event to a row of its landing source, and the business date that it lands on.

The door checks what a file of the source could not hold: columns and types. Bounds, keys and what
came before are judged by the intake, as of any landed row.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Final

import polars as pl

from quality_checks.contracts import Contract, list_landing_sources

Value = str | int | float | bool | None
Row = dict[str, Value]
"""Column -> value, days and times as ISO text; JSON holds each of them as it is."""

NOT_RECEIVED: Final = frozenset({"decisions", "level_changes", "assumptions"})
"""Sources that no event may bring: a till must not approve an order."""

_LONGEST_TEXT: Final = 4000
_LARGEST_WHOLE: Final = 2**63 - 1
# Beyond it a float cannot tell a whole number from its neighbour.
_EXACT: Final = 2.0**53
_LATE_DAYS: Final = 7
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", flags=re.ASCII)
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d{1,6})?", flags=re.ASCII)


def list_received_sources() -> dict[str, Contract]:
    """Contracts of the landing sources that events may bring."""
    every = list_landing_sources()
    return {name: contract for name, contract in every.items() if name not in NOT_RECEIVED}


def read_row(data: Mapping[str, object], contract: Contract) -> Row:
    """The row that an event brings, with the contract's columns in order.

    Columns that the contract lets a file lack are missing where the event lacks them.

    Args:
        data: column -> value as JSON has it.
        contract: of the landing source.

    Raises:
        ValueError: names each column that is unknown, lacking or not of its type.
    """
    readers = _find_readers(contract.name)
    unknown = [name for name in data if name not in readers]
    lacking = [
        name for name in contract.columns if name not in data and name not in contract.omissible
    ]
    faults = [f"{contract.name} has no column {name[:60]!a}" for name in unknown]
    faults += [f"{name} is not there" for name in lacking]
    row: Row = {}
    for name, read in readers.items():
        value = data.get(name)
        try:
            row[name] = None if value is None else read(value)
        except ValueError as error:
            faults.append(f"{name} must be {error}")
    if faults:
        raise ValueError("; ".join(faults))
    return row


@cache
def _find_readers(source: str) -> Mapping[str, Callable[[object], Value]]:
    """Column -> what reads its values; asked once, since a contract makes its schema each time."""
    schema = list_landing_sources()[source].schema
    return {name: _READERS[dtype] for name, dtype in schema.items()}


def choose_business_date(row: Row, contract: Contract, today: date) -> date:
    """The business date of the file that a row lands in.

    What happened lands on its own day, up to a week back. Everything else lands on the day on
    which it came: states, and what is dated ahead or long ago, which the intake then judges
    against the date of its file. A day from long ago in a file's name would begin history there.

    Args:
        row: as `read_row` makes it.
        contract: its source.
        today: the day by the retailer's clock.
    """
    told = row[contract.date] if contract.date else None
    if told is None:
        return today
    day = date.fromisoformat(str(told)[:10])
    return day if timedelta(0) <= today - day <= timedelta(days=_LATE_DAYS) else today


def _read_whole(value: object) -> int:
    words = "a whole number of 64 bits"
    if isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT:
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _LARGEST_WHOLE:
        raise ValueError(words)
    return value


def _read_number(value: object) -> float:
    words = "a number"
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(words)  # noqa: TRY004  # one kind of refusal
    try:
        number = float(value)
    except OverflowError as error:
        raise ValueError(words) from error
    if not math.isfinite(number):
        raise ValueError(words)
    return number


def _read_flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")  # noqa: TRY004
    return value


def _read_text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise ValueError(f"text of at most {_LONGEST_TEXT} characters")
    return value


def _read_day(value: object) -> str:
    words = "a day like 2025-09-30"
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError(words)
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise ValueError(words) from error


def _read_moment(value: object) -> str:
    words = "a local time like 2025-09-30T13:45:00, without a zone"
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueError(words)
    try:
        return datetime.fromisoformat(value).isoformat()
    except ValueError as error:
        raise ValueError(words) from error


_READERS: Final[Mapping[pl.DataType, Callable[[object], Value]]] = {
    pl.Int64(): _read_whole,
    pl.Float64(): _read_number,
    pl.Boolean(): _read_flag,
    pl.String(): _read_text,
    pl.Date(): _read_day,
    pl.Datetime("us"): _read_moment,
}
