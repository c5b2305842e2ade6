"""Marks of rows that were read: two frames with the same rows have the same, in whatever order."""

import polars as pl

_BITS = (1 << 63) - 1


def hash_items(frame: pl.DataFrame, seed: int) -> dict[str, int]:
    """Mark what a frame holds of each item.

    Args:
        frame: any columns; those with a column `sku` tell of items.
        seed: two reads of the same rows have other marks under another seed.

    Returns:
        Mark by sku, of 63 bits; rows of no item are marked under the empty one.
    """
    if frame.is_empty():
        return {}
    sku = frame["sku"].fill_null("") if "sku" in frame.columns else pl.lit("")
    marked = frame.select(sku=sku, mark=frame.hash_rows(seed=seed))
    sums = marked.group_by("sku").agg(pl.col("mark").sum())
    return {name: mark & _BITS for name, mark in sums.iter_rows()}


def hash_whole(frame: pl.DataFrame) -> int:
    """Mark the rows of a frame of any columns, whichever order they are in, by 63 bits."""
    return 0 if frame.is_empty() else int(frame.hash_rows().sum()) & _BITS


def add_marks(one: int, other: int) -> int:
    """The mark of the rows of both."""
    return (one + other) & _BITS
