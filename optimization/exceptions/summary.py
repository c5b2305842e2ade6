"""Exceptions by kind, as a person looks at them first."""

import polars as pl


def tabulate_exceptions(exceptions: pl.DataFrame) -> pl.DataFrame:
    """Count exceptions by kind and state, the dearest kind first.

    Args:
        exceptions: rows of the contract Exceptions.

    Returns:
        kind; new, open, closed: exceptions; money_at_risk: currency, of those that are not closed.
    """
    counts = (
        pl.col("state").eq(state).sum().alias(state).cast(pl.Int64)
        for state in ("new", "open", "closed")
    )
    return (
        exceptions.group_by("kind", maintain_order=True)
        .agg(*counts, pl.col("money_at_risk").sum())
        .sort("money_at_risk", "kind", descending=[True, False])
    )
