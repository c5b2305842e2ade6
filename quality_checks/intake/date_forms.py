"""Read days as people write them where the whole column of a file tells how: 24.09.2025.

A point between the parts says that the day comes first. A stroke does not: a part above twelve
somewhere in the column, which is no month, does. What a column does not settle stays as it came,
and is set aside as no date.
"""

import polars as pl

_TIME = r"([T ]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?$"
_POINTS = r"^([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})" + _TIME
_STROKES = r"^([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})" + _TIME
_MONTHS = 12
_VALUE = pl.col("value")


def write_days_as_iso(raw: pl.Series, files: pl.Series, dtype: pl.DataType) -> pl.Series:
    """Give the values of a column in the form of the contract where all of a file have another.

    Args:
        raw: a column as it came; only text can be written in another form.
        files: the file of each value.
        dtype: the type due.

    Returns:
        The column, its values of files that settle their form as 2025-09-24 or
        2025-09-24T13:45:00.
    """
    if raw.dtype != pl.String or not dtype.is_temporal():
        return raw
    if not raw.str.contains(r"^[0-9]{1,2}[./]").any():
        return raw
    beside = pl.DataFrame({"value": raw, "file": files})
    points, strokes = _all_have(_POINTS), _all_have(_STROKES)
    first, second = (_most(_part(_STROKES, group)) for group in (1, 2))
    day_first = strokes & (first > _MONTHS) & (second <= _MONTHS)
    month_first = strokes & (second > _MONTHS) & (first <= _MONTHS)
    written = (
        pl.when(points)
        .then(_iso(_POINTS, day=1, month=2, timed=dtype == pl.Datetime("us")))
        .when(day_first)
        .then(_iso(_STROKES, day=1, month=2, timed=dtype == pl.Datetime("us")))
        .when(month_first)
        .then(_iso(_STROKES, day=2, month=1, timed=dtype == pl.Datetime("us")))
        .otherwise(_VALUE)
    )
    # A form that lacks a part is none: the value stays as it came.
    return beside.select(pl.coalesce(written, _VALUE).alias(raw.name)).to_series()


def _all_have(form: str) -> pl.Expr:
    """Whether every value of the file's column that is there has the form."""
    return _VALUE.str.contains(form).all().over("file")


def _part(form: str, group: int) -> pl.Expr:
    return _VALUE.str.extract(form, group)


def _most(part: pl.Expr) -> pl.Expr:
    return part.cast(pl.Int64, strict=False).max().over("file")


def _iso(form: str, *, day: int, month: int, timed: bool) -> pl.Expr:
    date = pl.concat_str(
        _part(form, 3), *(_part(form, group).str.zfill(2) for group in (month, day)), separator="-"
    )
    if not timed:
        # A time that should not be there stays, to be set aside with the value.
        return date + _part(form, 4).fill_null("")
    seconds = _part(form, 7).fill_null("00")
    time = pl.concat_str(_part(form, 5).str.zfill(2), _part(form, 6), seconds, separator=":")
    return date + "T" + time
