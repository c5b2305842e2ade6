"""Read the rows of a batch in the types of the contract, and say which values are not of them."""

import polars as pl

from quality_checks.contracts import Contract
from quality_checks.intake.cells import cell_faults, shown
from quality_checks.intake.date_forms import write_days_as_iso
from quality_checks.intake.number_forms import find_unclear_numbers, hint_at_form
from quality_checks.intake.parsing import parse, type_name


def read_types(
    raw: pl.DataFrame, contract: Contract, files: pl.Series
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """The contract's columns in type, and the cell faults of values that are not of it.

    A value at fault becomes null. NaN is no number and no missing value (`missing_value`), an
    infinite one has no bounds (`out_of_bounds`), all others are of the `wrong_type`.

    Args:
        raw: rows as they came, with at least the contract's columns.
        contract: what the rows should be.
        files: the file of each row; what a number or a day means is told by its column in its file.
    """
    columns, faults = [], []
    for name, dtype in contract.schema.items():
        came = write_days_as_iso(_empty_as_missing(raw[name]), files, dtype)
        unclear = find_unclear_numbers(came, files, dtype)
        parsed = parse(came, dtype)
        found = _column_faults(came, parsed, dtype, unclear)
        faults += found
        at_fault = pl.concat([fault["index"] for fault in found]) if found else None
        columns.append(parsed if at_fault is None else parsed.scatter(at_fault, None))
    return pl.DataFrame(columns), faults


def _empty_as_missing(raw: pl.Series) -> pl.Series:
    """Text without a character is missing in parquet as it is in CSV."""
    return raw.set(raw == "", None) if raw.dtype == pl.String else raw


def _column_faults(
    raw: pl.Series, parsed: pl.Series, dtype: pl.DataType, unclear: pl.Series
) -> list[pl.DataFrame]:
    """Cell faults of a column, one frame a reason that occurs."""
    doubt = unclear.is_not_null()
    same = raw.null_count() == parsed.null_count()
    if same and not (doubt.any() or raw.dtype.is_float() or dtype.is_float()):
        return []
    nan = _where_nan(raw) | _where_nan(parsed)
    infinite = parsed.is_infinite() if dtype.is_float() else _nowhere(raw)
    wrong = raw.is_not_null() & parsed.is_null() & ~nan & ~doubt
    cases: list[tuple[str, pl.Series, str | pl.Series]] = [
        ("missing_value", nan, "; a missing value must be empty"),
        ("out_of_bounds", infinite, "; it must be finite"),
        ("wrong_type", wrong, f": not {type_name(dtype)}" + hint_at_form(raw, dtype)),
        ("wrong_type", doubt, ": " + unclear),
    ]
    faults = []
    for reason, mask, words in cases:
        index = mask.fill_null(value=False).arg_true()
        if len(index):
            came = shown(raw.gather(index), quoted=raw.dtype == pl.String)
            told = words if isinstance(words, str) else words.gather(index)
            faults.append(cell_faults(index, raw.name, reason, f"{raw.name} is " + came + told))
    return faults


def _where_nan(values: pl.Series) -> pl.Series:
    is_nan = values.is_nan() if values.dtype.is_float() else _nowhere(values)
    return is_nan.fill_null(value=False)


def _nowhere(values: pl.Series) -> pl.Series:
    return pl.repeat(value=False, n=len(values), dtype=pl.Boolean, eager=True)
