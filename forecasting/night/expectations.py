"""What people expect of the days ahead that no record tells, put on top of what records tell."""

import polars as pl

from forecasting.adjust import scale_demand
from quality_checks.contracts import EVERYWHERE, Expectations


def assume_demand(
    rows: pl.DataFrame, items: pl.DataFrame, places: pl.DataFrame, expected: Expectations
) -> pl.DataFrame:
    """Multiply the forecast by what people expect of it, where they expect anything.

    Mean and variance go as `scale_demand` says.

    Args:
        rows: rows of the contract Forecast without business_date.
        items: rows of the contract Products.
        places: rows of the contract Locations.
        expected: the part of the planning policy; factors that touch the same pair multiply.

    Returns:
        `rows` in their order.
    """
    if not expected.demand:
        return rows
    # Rows may have a region of their own, by which the warehouse keeps them.
    kinds = items.select("sku", of_category="category")
    regions = places.select("location", of_region="region")
    grouped = rows.join(kinds, on="sku", how="left", maintain_order="left").join(
        regions, on="location", how="left", maintain_order="left"
    )
    factor = pl.lit(1.0)
    for one in expected.demand:
        touches = pl.lit(value=True)
        for name, wanted in (("of_category", one.category), ("of_region", one.region)):
            if wanted != EVERYWHERE:
                touches &= (pl.col(name) == wanted).fill_null(value=False)
        factor *= pl.when(touches).then(one.factor).otherwise(1.0)
    return scale_demand(grouped.with_columns(factor=factor)).select(rows.columns)


def assume_delays(times: pl.DataFrame, expected: Expectations) -> pl.DataFrame:
    """Add the days that people expect a supplier to take beyond its record.

    Args:
        times: the columns of the contract LeadTimes or OtherLeadTimes without business_date.
        expected: the part of the planning policy.

    Returns:
        `times` in their order.
    """
    if not expected.supplier_days:
        return times
    days = pl.col("supplier").replace_strict(
        expected.supplier_days, default=0, return_dtype=pl.Float64
    )
    return times.with_columns(pl.col("lead_time_mean") + days)
