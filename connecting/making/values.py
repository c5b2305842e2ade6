"""Write values as landing files have them: numbers, days, times and codes, each as it is stated.

What is not written as stated is never read in another way: it becomes missing, and its row says
what came.
"""

from collections.abc import Mapping as Codes
from dataclasses import dataclass
from re import escape

import polars as pl

from connecting.mappings import ColumnRule, NumberForm, RawForm, write_scalar

_VALUE = pl.col("value")
_DECIMALS = 9
# A minus of its own in Unicode is read as one.
_MINUS = "[-\u2212]"
_SHOWN = 60


@dataclass(frozen=True)
class Written:
    """Values of a column, and what is wrong with some.

    Attributes:
        values: text as a landing file has it, missing where it was missing or is at fault.
        faults: words where a value is at fault, else missing.
    """

    values: pl.Series
    faults: pl.Series


def write_numbers(raw: pl.Series, form: NumberForm, *, percent: bool = False) -> Written:
    """Write numbers with a point before their decimals and a minus in front.

    Args:
        raw: text.
        form: how they are written.
        percent: whether a percent sign may stand behind them; it is taken away.
    """
    decimal, thousands = escape(form.decimal or "."), escape(form.thousands)
    if form.thousands == " ":
        thousands = "[ \u00a0\u202f]"
    elif form.thousands == "'":
        thousands = "['\u2019]"
    whole = rf"[0-9]{{1,3}}(?:{thousands}[0-9]{{3}})+|[0-9]+" if thousands else "[0-9]+"
    number = rf"^(?:(?:{whole})(?:{decimal}[0-9]*)?|{decimal}[0-9]+)$"
    bare = raw.str.strip_prefix(form.unit).str.strip_suffix(form.unit).str.strip_chars()
    if percent:
        bare = bare.str.strip_suffix("%").str.strip_chars()
    beside = pl.DataFrame({"value": bare})
    signs = {
        "front": rf"^{_MINUS}\s*(.*)$",
        "behind": rf"^(.*?)\s*{_MINUS}$",
        "brackets": r"^\((.*)\)$",
    }
    forms = [signs["front"], *([signs[form.minus]] if form.minus != "front" else [])]
    sizes = [_VALUE.str.extract(sign, 1) for sign in forms]
    below = pl.any_horizontal(size.is_not_null() for size in sizes)
    size = pl.coalesce(*sizes, _VALUE.str.strip_prefix("+"))
    digits = size.str.replace_all(thousands, "") if thousands else size
    plain = digits.str.replace(decimal, ".")
    # 1.250 becomes 1.25, which nobody takes for a thousand.
    short = (
        pl.when(plain.str.contains(".", literal=True))
        .then(plain.str.replace(r"0+$", "").str.strip_suffix("."))
        .otherwise(plain)
        .replace("", "0")
    )
    written = pl.when(size.str.contains(number)).then(
        pl.when(below).then("-" + short).otherwise(short)
    )
    values = beside.select(written.alias(raw.name)).to_series()
    mark = f"a decimal {'comma' if form.decimal == ',' else 'point'}"
    between = f" and {form.thousands!r} between thousands" if form.thousands else ""
    return _judge(raw, values, f"is no number with {mark}{between}")


def scale_numbers(
    written: Written, factors: pl.Series | float, faults: pl.Series | None = None
) -> Written:
    """Multiply numbers written as text, to 9 decimals.

    Args:
        written: the numbers.
        factors: what they are multiplied by; missing where it is unknown.
        faults: words where it is, which count for numbers that are there.
    """
    scaled = (written.values.cast(pl.Float64) * factors).round(_DECIMALS)
    values = scaled.cast(pl.String).str.strip_suffix(".0").alias(written.values.name)
    if faults is None:
        return Written(values, written.faults)
    both = pl.DataFrame(
        {"first": written.faults, "then": faults.set(written.values.is_null(), None)}
    )
    return Written(values, both.select(pl.coalesce("first", "then")).to_series())


def write_days(raw: pl.Series, form: str, read: RawForm, *, timed: bool) -> Written:
    """Write days or times of a form as 2025-09-30 or 2025-09-30T13:45:00, by the local clock.

    Of an hour that the clocks of `read.zone` strike twice the first is taken; one that they leave
    out is at fault.
    """
    moments = raw.str.to_datetime(form, time_unit="us", strict=False)
    if isinstance(moments.dtype, pl.Datetime) and moments.dtype.time_zone:
        local = moments.dt.convert_time_zone(read.local_zone or "UTC")
    elif read.zone:
        local = moments.dt.replace_time_zone(
            read.zone, ambiguous="earliest", non_existent="null"
        ).dt.convert_time_zone(read.local_zone or read.zone)
    else:
        local = moments
    values = local.dt.strftime("%Y-%m-%dT%H:%M:%S" if timed else "%Y-%m-%d").alias(raw.name)
    left_out = f"is in an hour that clocks of {read.zone} leave out"
    words = pl.select(
        pl.when(moments.is_null())
        .then(pl.lit(f"is not of the form {form}"))
        .otherwise(pl.lit(left_out))
    )
    return _judge(raw, values, words.to_series())


def write_codes(raw: pl.Series, rule: ColumnRule) -> Written:
    """Put values in place of codes."""
    codes: Codes[str, str] = {
        code: write_scalar(value) for code, value in (rule.codes or {}).items()
    }
    otherwise = None if rule.otherwise is None else write_scalar(rule.otherwise)
    values = raw.replace_strict(codes, default=otherwise, return_dtype=pl.String)
    values = values.set(raw.is_null(), None)
    return _judge(raw, values, "is none of the codes: " + ", ".join(codes))


def look_up_factors(units: pl.Series, factors: Codes[str, float]) -> tuple[pl.Series, pl.Series]:
    """Factor of each row by its unit, and words where the unit is unknown."""
    found = units.replace_strict(factors, default=None, return_dtype=pl.Float64)
    known = ", ".join(factors)
    told = "the unit '" + _VALUE + "' is none of: " + known
    words = units.alias("value").to_frame().select(told.fill_null("the unit is missing"))
    return found, words.to_series().set(found.is_not_null(), None)


def _judge(raw: pl.Series, values: pl.Series, words: str | pl.Series) -> Written:
    """What was made of each value, and words for those of which nothing was."""
    at_fault = raw.is_not_null() & values.is_null()
    told = (
        "'" + _VALUE.str.head(_SHOWN) + "' " + (pl.lit(words) if isinstance(words, str) else words)
    )
    shown = raw.alias("value").to_frame().select(told).to_series()
    return Written(values, shown.set(~at_fault, None))
