"""Hold typed rows to the bounds of the contract's pandera model, and say what broke in words."""

from collections.abc import Callable, Mapping
from typing import Any, cast

import polars as pl

from quality_checks.contracts import KEY_FORM, Contract
from quality_checks.intake.cells import cell_faults, shown

_NOT_NULLABLE = "not_nullable"

# What pandera calls a check -> what a value must be, from the check's statistics.
_RULES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "greater_than_or_equal_to": lambda s: f"at least {s['min_value']}",
    "greater_than": lambda s: f"above {s['min_value']}",
    "less_than_or_equal_to": lambda s: f"at most {s['max_value']}",
    "less_than": lambda s: f"below {s['max_value']}",
    "isin": lambda s: f"one of {', '.join(map(str, s['allowed_values']))}",
    "str_matches": lambda s: f"of the form {s['pattern']}",
    "str_length": lambda s: f"of at most {s['max_value']} characters",
}


def bound_faults(typed: pl.DataFrame, contract: Contract) -> list[pl.DataFrame]:
    """Cell faults of values that are missing though they must not be, or out of bounds.

    Args:
        typed: rows with the contract's columns in its types.
        contract: what the rows should be.

    Raises:
        pandera.errors.SchemaErrors: the frame as a whole is not of the contract.
    """
    # Most files are sound: one look at all values tells, and pandera is slow to import and to ask.
    if contract.model.is_held_by(typed):
        return []
    from pandera.config import ValidationDepth, config_context  # noqa: PLC0415
    from pandera.errors import SchemaErrors  # noqa: PLC0415

    try:
        with config_context(validation_depth=ValidationDepth.SCHEMA_AND_DATA):
            contract.model.to_schema().validate(typed, lazy=True)
    except SchemaErrors as error:
        cases = cast("pl.DataFrame", error.failure_cases)
        if cases["index"].null_count():
            raise
        groups = cases.group_by("schema_context", "column", "check", maintain_order=True)
        return [
            _column_faults(typed, contract, str(column), str(check), rows["index"])
            if context == "Column"
            else _row_faults(typed, contract, str(check), rows["index"])
            for (context, column, check), rows in groups
        ]
    return []


def _column_faults(
    typed: pl.DataFrame, contract: Contract, column: str, check: str, index: pl.Series
) -> pl.DataFrame:
    if check == _NOT_NULLABLE:
        messages = pl.repeat(f"{column} is missing", len(index), eager=True)
        return cell_faults(index, column, "missing_value", messages)
    values = typed[column].gather(index)
    words = shown(values, quoted=typed.schema[column] == pl.String)
    messages = f"{column} is " + words + f"; it must be {_rule(contract, column, check)}"
    return cell_faults(index, column, "out_of_bounds", messages)


def _rule(contract: Contract, column: str, check: str) -> str:
    """What a value must be to pass a check of its column."""
    for known in contract.model.to_schema().columns[column].checks:
        if str(known.error) == check and known.name in _RULES:
            if known.statistics.get("pattern") == KEY_FORM:
                return "a key that can be seen, without control characters"
            return _RULES[known.name](known.statistics)
    return f"as the check {check} asks"


def _row_faults(
    typed: pl.DataFrame, contract: Contract, check: str, index: pl.Series
) -> pl.DataFrame:
    """Faults of a check on whole rows, laid to the columns that its name tells of."""
    fields = [name for name in contract.columns if f"_{name}_" in f"_{check}_"] or contract.key
    values = typed.select(fields)[index]
    parts = [f"{name} is " + shown(values[name], quoted=False) for name in fields]
    words = pl.select(pl.concat_str(parts, separator=" and ")).to_series()
    messages = words + f"; {check} does not hold"
    return cell_faults(index, ",".join(fields), "out_of_bounds", messages)
