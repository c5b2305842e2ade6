"""Whether a file has the columns that its contract asks for."""

from collections.abc import Sequence
from difflib import get_close_matches

import polars as pl

from quality_checks.contracts import Contract
from quality_checks.intake.origin import ORIGIN_COLUMNS
from quality_checks.intake.refusal import FileRefusedError

# `qty` for `quantity` scores 0.55; unrelated names of columns stay below 0.5.
_LIKENESS = 0.5

_SINGLE = (pl.Boolean, pl.Date, pl.Datetime, pl.Null, pl.String)


def arrange(raw: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """`raw` with the contract's columns first, in order, extra ones by name, its origin last.

    Omissible columns that it lacks are added, missing in all rows.

    Raises:
        FileRefusedError: columns are missing (names them, and the extra ones that they may have
            been renamed to) or hold lists, structs or other things that no text could be.
    """
    extras = extra_columns(raw, contract)
    lacking = [name for name in contract.columns if name not in raw.columns]
    missing = [name for name in lacking if name not in contract.omissible]
    if missing:
        words = "; ".join(f"column {name!r} is missing{_rename(name, extras)}" for name in missing)
        message = f"{words}; the header has: {', '.join(raw.columns)}"
        raise FileRefusedError(message, rows=raw.height)
    if lacking:
        raw = raw.with_columns(pl.lit(None).alias(name) for name in lacking)
    odd = sorted(set(contract.columns) - set(single_values(raw)))
    if odd:
        words = "; ".join(f"column {name!r} holds {raw.schema[name]}" for name in odd)
        raise FileRefusedError(f"{words}, not single values", rows=raw.height)
    origin = [name for name in ORIGIN_COLUMNS if name in raw.columns]
    wanted = [*contract.columns, *extras, *origin]
    return raw if raw.columns == wanted else raw.select(wanted)


def extra_columns(raw: pl.DataFrame, contract: Contract) -> list[str]:
    """Columns that the contract does not know and that tell no origin, by name."""
    return sorted(set(raw.columns) - {*contract.columns, *ORIGIN_COLUMNS})


def single_values(raw: pl.DataFrame) -> list[str]:
    """Columns whose values can be written as one field of a CSV file."""
    return [
        name
        for name, dtype in raw.schema.items()
        if dtype.is_numeric() or isinstance(dtype, _SINGLE)
    ]


def _rename(name: str, extras: Sequence[str]) -> str:
    plain = {extra.strip().lower(): extra for extra in extras}
    close = get_close_matches(name, plain, n=1, cutoff=_LIKENESS)
    return f" (was it renamed to {plain[close[0]]!r}?)" if close else ""
