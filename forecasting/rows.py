"""Refusals of bad rows, by name."""

import polars as pl


def refuse_numbers(
    frame: pl.DataFrame, columns: list[str], keys: list[str], *, nullable: bool = False
) -> None:
    """Refuse a number that is negative, not finite or, unless `nullable`, missing.

    Raises:
        ValueError: names the row by its keys, the first in their order.
    """
    for name in columns:
        value = pl.col(name)
        good = (value.is_finite() & (value >= 0)).fill_null(value=nullable)
        bad = frame.filter(~good)
        if bad.height:
            row = bad.sort(keys).row(0, named=True)
            msg = f"{name} of {_named(row, keys)} must be a number of at least 0, not {row[name]}"
            raise ValueError(msg)


def in_order(frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """`frame` sorted by its keys; one whose keys ascend already is not sorted again."""
    return frame if frame.select(_ascends(keys)).item() else frame.sort(keys)


def _ascends(keys: list[str]) -> pl.Expr:
    """Whether every key is there and above that of the row before it."""
    above = pl.lit(value=False)
    for key in reversed(keys):
        value, before = pl.col(key), pl.col(key).shift()
        above = (value > before) | ((value == before) & above)
    there = ~pl.any_horizontal(pl.col(keys).is_null())
    return there.all() & above.slice(1).all()


def refuse_twice(frame: pl.DataFrame, keys: list[str]) -> None:
    """Refuse a key that comes more than once or is missing.

    Raises:
        ValueError: names the first row.
    """
    if frame.select(_ascends(keys)).item():
        return
    bad = frame.filter(pl.struct(keys).is_duplicated() | pl.any_horizontal(pl.col(keys).is_null()))
    if bad.height:
        row = bad.sort(keys).row(0, named=True)
        msg = f"{_named(row, keys)} comes more than once, or lacks a key"
        raise ValueError(msg)


def _named(row: dict[str, object], keys: list[str]) -> str:
    return ", ".join(f"{key} {row[key]}" for key in keys)
