"""Tell by its column what a number means that can be read in two ways, and hint at what is wrong.

A point may part thousands or decimals. One value cannot tell which, the values of its file beside
it often can. What they do not settle is set aside, and never guessed.
"""

import polars as pl

_VALUE = pl.col("value")
# 1.000, 12.500 and 1.234.567: thousands, or three decimals.
_GROUPED = r"^[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+$"
_GROUPS = r"^[+-]?[1-9][0-9]{0,2}(\.[0-9]{3}){2,}$"
_ROUND = r"^[+-]?[1-9][0-9]{0,2}\.000$"
_PLAIN = r"^[+-]?[1-9][0-9]*$"
# 0.000, 1250.000, 12.5: no thousands are written so.
_DECIMAL = r"^[+-]?([0-9]{4,}\.[0-9]*|0[0-9]*\.[0-9]*|[0-9]{1,3}\.([0-9]{0,2}|[0-9]{4,}))$"
_DECIMAL_COMMA = r"^[+-]?[0-9]{1,3}([0-9]*|(\.[0-9]{3})+),([0-9]{1,2}|[0-9]{4,})$"
_PERCENT = r"^[^%]*[0-9][^%]*%\s*$"
_NOT_ZERO = r"[1-9]"

_NO_THOUSANDS = "thousands separators are not accepted"

_HINTS = (
    (r"^[+-]?[0-9]{1,3}([,' \u{2019}\u{a0}\u{202f}][0-9]{3})+(\.[0-9]*)?$", _NO_THOUSANDS),
    (r"^[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+(,[0-9]*)?$", _NO_THOUSANDS),
    (r"^[+-]?[0-9]*,[0-9]+$", "decimals stand behind a point, not a comma"),
    (r"%\s*$", "a percentage is written as a share: 0.4 for 40%"),
    (r"^[0-9.,]+\s*[-\u{2212}]$", "a minus stands in front"),
    (r"^\u{2212}[0-9.,]+$", "a minus is the character - in front"),
    (r"^\(.*\)$", "a negative number has a minus in front, not brackets around it"),
    (r"^\s|\s$", "blanks before or behind a number are not accepted"),
    (r"^[^0-9]+[0-9.,]+$|^[0-9.,]+\s*\pL+$|\p{Sc}", "a number stands alone, without its unit"),
)  # fmt: skip


def find_unclear_numbers(raw: pl.Series, files: pl.Series, dtype: pl.DataType) -> pl.Series:
    """Why a text that should be a number is unclear beside the others of its file and column.

    Args:
        raw: a column as it came; only text can be unclear.
        files: the file of each value.
        dtype: the type due.

    Returns:
        Words for a message, null where the value is clear or no number at all.
    """
    nothing = pl.repeat(None, len(raw), dtype=pl.String, eager=True)
    if raw.dtype != pl.String or not dtype.is_numeric():
        return nothing
    doubtful = raw.str.contains(_GROUPED) | raw.str.contains(_PERCENT)
    if not doubtful.any():
        return nothing
    beside = pl.DataFrame({"value": raw, "file": files})
    grouped = _whole_number_forms() if dtype.is_integer() else _number_forms()
    percent = (
        pl.when(
            _in_file(_PERCENT)
            & ~_VALUE.str.contains(_PERCENT)
            & _VALUE.str.contains(_NOT_ZERO)
        )
        .then(pl.lit("a share or a percentage: other values of the column have a percent sign"))
    )  # fmt: skip
    return beside.select(pl.coalesce(grouped, percent)).to_series()


def hint_at_form(values: pl.Series, dtype: pl.DataType) -> pl.Series:
    """What may be wrong, in brackets, with values that could not be read as numbers."""
    if not dtype.is_numeric():
        return pl.repeat("", len(values), dtype=pl.String, eager=True)
    text = pl.col("value").cast(pl.String)
    hint = pl.coalesce(
        *(pl.when(text.str.contains(form)).then(pl.lit(f" ({words})")) for form, words in _HINTS),
        pl.lit(""),
    )
    return values.alias("value").to_frame().select(hint).to_series()


def _in_file(form: str) -> pl.Expr:
    """Whether any value of the file's column has the form."""
    return _VALUE.str.contains(form).any().over("file")


def _whole_number_forms() -> pl.Expr:
    """What a point with three digits behind it may be in a column of whole numbers.

    Three decimals are written for all values or for none: a whole number without a point beside
    one with a point says that the point parts thousands.
    """
    parted = (_VALUE.str.contains(_GROUPED) & ~_VALUE.str.contains(_ROUND)).any().over("file")
    thousands = parted | _in_file(_PLAIN)
    words = (
        pl.when(thousands)
        .then(pl.lit(f"not a whole number ({_NO_THOUSANDS})"))
        .otherwise(
            pl.lit(
                "a number or its thousandfold, which nothing in the column tells (write whole "
                "numbers without a point)"
            )
        )
    )
    clear = _in_file(_DECIMAL) & ~thousands
    return pl.when(_VALUE.str.contains(_GROUPED) & ~clear).then(words)


def _number_forms() -> pl.Expr:
    """What a point with three digits behind it may be in a column of numbers with decimals.

    The point parts thousands where others of the column have it twice, have a decimal comma, or
    have no point while some that have one end in a zero, which is written for the thousands only.
    """
    mixed = (
        _in_file(_PLAIN)
        & (_VALUE.str.contains(_GROUPED) & _VALUE.str.ends_with("0")).any().over("file")
        & ~_in_file(_DECIMAL)
    )
    parted = _in_file(_GROUPS) | _in_file(_DECIMAL_COMMA) | mixed
    words = pl.lit("a number or its thousandfold: the column writes thousands with a point, too")
    return pl.when(_VALUE.str.contains(_GROUPED) & parted).then(words)
