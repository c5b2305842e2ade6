"""Whether causes sum to what they explain."""

import polars as pl

_TOLERANCE = 1e-6
"""Units, and shares, by which sums may differ by rounding."""


def find_wrong_sums(causes: pl.DataFrame) -> pl.DataFrame:
    """Find item-locations whose causes do not sum to the change, or whose shares do not sum to one.

    Args:
        causes: the columns of the contract StockCauses.

    Returns:
        sku, location, expected, observed, units (the sum of its causes), share (of those that took
        units off) and share_added; the rows at fault.
    """
    off = pl.col("units") < 0
    return (
        causes.group_by("sku", "location", maintain_order=True)
        .agg(
            pl.col("expected", "observed").first(),
            pl.col("units").sum(),
            share=pl.when(off.any()).then(pl.col("share").filter(off).sum()).otherwise(1.0).first(),
            share_added=pl.when((~off).any())
            .then(pl.col("share").filter(~off).sum())
            .otherwise(1.0)
            .first(),
        )
        .filter(
            _differ(pl.col("observed") - pl.col("expected"), pl.col("units"))
            | _differ(pl.col("share"), pl.lit(1.0))
            | _differ(pl.col("share_added"), pl.lit(1.0))
        )
    )


def find_wrong_shares(causes: pl.DataFrame) -> pl.DataFrame:
    """Find exceptions whose shares do not sum to one.

    Args:
        causes: the columns of the contract ExceptionCauses.

    Returns:
        exception_id and share, their sum; the rows at fault.
    """
    summed = causes.group_by("exception_id", maintain_order=True).agg(pl.col("share").sum())
    return summed.filter(_differ(pl.col("share"), pl.lit(1.0)))


def _differ(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    return (one - other).abs() > _TOLERANCE
