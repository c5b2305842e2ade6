"""Rules of policy that an allocation keeps."""

import math

import polars as pl

from optimization.frames import limit_cover
from quality_checks.contracts import RingFences, find_frame


def limit_fences(fences: pl.DataFrame, supply: pl.DataFrame) -> pl.DataFrame:
    """Cut fences to the units that there are: dc, sku, location, fence.

    Where a DC has less of an item than its fences ask for, the first locations by key have theirs.

    Args:
        fences: frame `ring_fences`.
        supply: frame `dc_supply`.

    Returns:
        Frame `ring_fences`, with fence for units.

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


def count_covered_packs(most_cover_days: float = math.inf) -> pl.Expr:
    """Packs that leave a pair with no more than lasts for most_cover_days; missing for no limit.

    Launches, and items that leave the range, are not bound by it. The columns read are
    inventory_position, demand_mean (units), protection_days, case_pack and occasion.
    """
    packs = (limit_cover(most_cover_days) - pl.col("inventory_position")) // pl.col("case_pack")
    return pl.when(pl.col("occasion").is_null()).then(packs.clip(lower_bound=0))
