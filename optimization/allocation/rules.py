"""Rules of policy that an allocation keeps."""

import polars as pl

from quality_checks.contracts import RingFences, find_frame


def limit_fences(fences: pl.DataFrame, supply: pl.DataFrame) -> pl.DataFrame:
    """Cut fences to the units that there are: dc, sku, location, fence.

    Where a DC has less of an item than its fences ask for, the first locations by key have theirs.

    Args:
        fences: frame `ring_fences`.
        supply: frame `dc_supply`.

    Raises:
        ValueError: a column is absent, or a value is missing or negative.
    """
    before = pl.col("units").cum_sum().over("dc", "sku") - pl.col("units")
    there = pl.col("available").fill_null(0).clip(lower_bound=0)
    room = (there - before).clip(lower_bound=0)
    return (
        find_frame(RingFences)
        .read(fences)
        .join(supply, on=["dc", "sku"], how="inner", maintain_order="left")
        .select("dc", "sku", "location", fence=pl.min_horizontal("units", room))
    )
