"""Groups of rows aggregated in one order, so that sums of floats do not depend on threads."""

from collections.abc import Sequence

import polars as pl

_WHOLE = pl.len().implode()
"""An aggregate that cannot be made of those of parts of a group."""


def aggregate_groups(
    frame: pl.DataFrame, keys: str | Sequence[str], *aggregates: pl.Expr, **named: pl.Expr
) -> pl.DataFrame:
    """Aggregate each group over its rows in the order of `frame`, to the same last digit each time.

    polars makes the sums of few groups of one key from those of parts of the frame, a part a
    thread, and a sort or a join leaves a chunk a thread, by which sums are made too: the last
    digits of a sum of floats would differ from machine to machine. Sums of whole units need no
    more than `group_by(..., maintain_order=True)`.

    Args:
        frame: rows in an order that the data fix.
        keys: columns of the groups.
        aggregates: what is made of each group.
        named: the same, named by the argument.

    Returns:
        The keys and aggregates, groups in the order of their first rows.
    """
    groups = frame.rechunk().group_by(keys, maintain_order=True)
    return groups.agg(*aggregates, **named, _whole=_WHOLE).drop("_whole")
