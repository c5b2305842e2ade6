"""From values as they came to the types of the contract, never by rounding in silence."""

from collections.abc import Callable, Mapping
from datetime import date

import polars as pl

# Beyond it a float cannot tell a whole number from its neighbour.
_EXACT = 2.0**53

# Years 1 to 9999 in days since 1970: what Python's dates, and with them all that read our
# tables, can hold.
_EPOCH = date(1970, 1, 1)
_FIRST, _LAST = (date(1, 1, 1) - _EPOCH).days, (date(9999, 12, 31) - _EPOCH).days
_A_DAY = {"ms": 86_400_000, "us": 86_400_000_000}

_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-5][0-9](\.[0-9]+)?$"

_NAMES: dict[pl.DataType, str] = {
    pl.Int64(): "a whole number",
    pl.Float64(): "a number",
    pl.Boolean(): "true, false, 1 or 0",
    pl.Date(): "a date like 2025-09-30",
    pl.Datetime("us"): "a time like 2025-09-30T13:45:00, without a zone",
    pl.String(): "text",
}


def type_name(dtype: pl.DataType) -> str:
    """What a value of a contract's type is, in words."""
    return _NAMES[dtype]


def parse(raw: pl.Series, dtype: pl.DataType) -> pl.Series:
    """`raw` in the type of a contract, null where it is missing or is no such value.

    Numbers that are whole pass for whole numbers (2.0 for 2), midnight passes for a date, and
    text is read as in a CSV file. NaN and infinity pass as floats; the caller judges them.

    Args:
        raw: a column as it was read: text, numbers, booleans, dates or timestamps.
        dtype: the type due, one of those that contracts use.
    """
    if raw.dtype == pl.Null:
        return raw.cast(dtype)
    return _PARSERS[dtype](raw)


def as_text(raw: pl.Series) -> pl.Series:
    """Values as a CSV file would have them."""
    return raw.cast(pl.String)


def day_limits(dtype: pl.DataType) -> tuple[int, int]:
    """First and last physical value of a date or timestamp type in the years 1 to 9999."""
    if not isinstance(dtype, pl.Datetime):
        return _FIRST, _LAST
    if dtype.time_unit == "ns":  # 64 bits of them reach from 1677 to 2262
        return -(2**63), 2**63 - 1
    a_day = _A_DAY[dtype.time_unit]
    return _FIRST * a_day, (_LAST + 1) * a_day - 1


def in_range(days: pl.Series) -> pl.Series:
    """Whether dates or timestamps lie in the years 1 to 9999; null where they are missing."""
    return days.to_physical().is_between(*day_limits(days.dtype))


def _whole_number(raw: pl.Series) -> pl.Series:
    if raw.dtype.is_integer():
        return raw.cast(pl.Int64, strict=False)
    if raw.dtype.is_float():
        whole = raw.cast(pl.Int64, strict=False)
        exact = (whole.cast(raw.dtype) == raw) & (raw.abs() <= _EXACT)
        return whole.set(~exact.fill_null(value=False), None)
    return as_text(raw).str.replace(r"\.0*$", "").cast(pl.Int64, strict=False)


def _number(raw: pl.Series) -> pl.Series:
    numeric = raw if raw.dtype.is_numeric() else as_text(raw)
    return numeric.cast(pl.Float64, strict=False)


def _flag(raw: pl.Series) -> pl.Series:
    if raw.dtype == pl.Boolean:
        return raw
    words = {"true": True, "1": True, "false": False, "0": False}
    return (
        as_text(raw).str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Boolean)
    )


def _day(raw: pl.Series) -> pl.Series:
    if raw.dtype == pl.Date:
        days = raw
    elif _is_naive(raw.dtype):
        days = raw.dt.date().set((raw.dt.truncate("1d") != raw).fill_null(value=False), None)
    else:
        texts = as_text(raw)
        days = texts.set(~texts.str.contains(_DAY), None).str.to_date("%Y-%m-%d", strict=False)
    return days.set(~in_range(days), None)


def _moment(raw: pl.Series) -> pl.Series:
    if _is_naive(raw.dtype):
        moments = raw.cast(pl.Datetime("us"))
    else:
        texts = as_text(raw)
        moments = (
            texts.set(~texts.str.contains(_MOMENT), None)
            .str.replace("T", " ", literal=True)
            .str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)
        )
    return moments.set(~in_range(moments), None)


def _is_naive(dtype: pl.DataType) -> bool:
    return isinstance(dtype, pl.Datetime) and dtype.time_zone is None


_PARSERS: Mapping[pl.DataType, Callable[[pl.Series], pl.Series]] = {
    pl.Int64(): _whole_number,
    pl.Float64(): _number,
    pl.Boolean(): _flag,
    pl.Date(): _day,
    pl.Datetime("us"): _moment,
    pl.String(): as_text,
}
