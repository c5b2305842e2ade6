"""Control totals: what the sender says a file holds, held against what it does hold."""

import math
from pathlib import Path
from typing import Annotated

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from quality_checks.contracts import Contract
from quality_checks.intake.header import single_values
from quality_checks.intake.landed import find_control
from quality_checks.intake.parsing import parse
from quality_checks.intake.refusal import FileRefusedError

# Money is stated to the cent, and adding a million floats is good to far less than that.
_CENT_HALF = 0.005
_FLOAT_NOISE = 1e-12


class ControlTotals(BaseModel):
    """A control file: rows and sums of columns, each where the sender states it."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    rows: Annotated[int, Field(ge=0)] | None = None
    sums: dict[str, int | float] = {}


def check_totals(path: Path, raw: pl.DataFrame, contract: Contract) -> None:
    """Hold a file against the control file beside it, if there is one.

    Args:
        path: the data file; its control file is `<file name>.control.json`.
        raw: the rows of the file as they came.
        contract: says which columns are whole numbers; columns it does not know are numbers.

    Raises:
        FileRefusedError: the control file is broken, or a total is not what it says.
    """
    control = find_control(path)
    if control is None:
        return
    try:
        totals = ControlTotals.model_validate_json(control.read_bytes())
    except (OSError, ValidationError) as error:
        message = f"its control file {control.name} cannot be read: {_words(error)}"
        raise FileRefusedError(message, rows=raw.height) from error
    faults = [] if totals.rows is None else _row_fault(totals.rows, raw)
    for name, expected in totals.sums.items():
        faults += _sum_fault(name, expected, raw, contract)
    if faults:
        message = f"it fails the totals of {control.name}: {'; '.join(faults)}"
        raise FileRefusedError(message, rows=raw.height)


def _words(error: OSError | ValidationError) -> str:
    if isinstance(error, OSError):
        return str(error)
    return "; ".join(" ".join([*map(str, fault["loc"]), fault["msg"]]) for fault in error.errors())


def _row_fault(expected: int, raw: pl.DataFrame) -> list[str]:
    return [] if raw.height == expected else [f"rows: expected {expected}, found {raw.height}"]


def _sum_fault(name: str, expected: float, raw: pl.DataFrame, contract: Contract) -> list[str]:
    if name not in raw.columns:
        return [f"sum of {name}: there is no such column"]
    dtype = contract.schema.get(name, pl.Float64())
    if not dtype.is_numeric() or name not in single_values(raw):
        return [f"sum of {name}: the column is not numeric"]
    column = raw[name]
    values = parse(column, dtype)
    unread = column.filter(column.is_not_null() & values.is_null())
    if len(unread):
        return [f"sum of {name}: expected {expected}, but {unread[0]!r} cannot be added"]
    if dtype.is_integer():
        found = values.cast(pl.Int128).sum()
        same = found == expected
    else:
        found = values.sum()
        same = math.isclose(found, expected, rel_tol=_FLOAT_NOISE, abs_tol=_CENT_HALF)
    return [] if same else [f"sum of {name}: expected {expected}, found {found}"]
