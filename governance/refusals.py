"""Errors that name the first few rows at fault."""

from collections.abc import Iterable
from typing import Final

import polars as pl

_NAMED: Final = 5


def refuse(found: Iterable[object], problem: str) -> None:
    """Raise ValueError with `problem` and the first names in order, if there are any."""
    names = sorted(str(name) for name in found)
    if names:
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        raise ValueError(f"{problem}: {', '.join(names[:_NAMED])}{more}")


def require_values(frame: pl.DataFrame, column: str, keys: tuple[str, ...], problem: str) -> None:
    """Raise ValueError with `problem` and the keys of rows in which `column` is missing."""
    missing = frame.filter(pl.col(column).is_null()).select(keys).unique(maintain_order=True)
    refuse((" to ".join(row) for row in missing.iter_rows()), problem)
