"""Stock of echelons by day: what a supplier-fed node and all that it supplies hold and sell."""

import datetime as dt

import polars as pl

from optimization.projection import project_stock
from quality_checks.contracts import DailyDemand, PlannedMoves, find_frame

_POOL = ["sku", "node"]


def project_pools(
    pairs: pl.DataFrame,
    demand: pl.DataFrame,
    lines: pl.DataFrame,
    *,
    first_day: dt.date,
    days: int,
) -> pl.DataFrame:
    """Project the stock of echelons by day, as `project_stock` does that of pairs.

    An echelon sells what its places are asked for as long as it holds some: what nights to come
    will move within it is not decided yet, and moves no money.

    Args:
        pairs: frame `stocked_pairs` of those whose stock is known.
        demand: frame `daily_demand` of their nodes.
        lines: sku, location, due_on, units: goods that come; those of other pairs are left out.
        first_day: first day.
        days: how many.

    Returns:
        The columns of the contract ProjectedStock but business_date; `location` is the node.
    """
    nodes = pairs.select("sku", "location", "node")
    pools = pairs.group_by(_POOL, maintain_order=True).agg(
        pl.col("region", "waits").first(), available=pl.col("sellable").sum()
    )
    receipts = (
        lines.join(nodes, on=["sku", "location"], how="inner", maintain_order="left")
        .group_by(*_POOL, "due_on", maintain_order=True)
        .agg(pl.col("units").sum())
    )
    return project_stock(
        pools.rename({"node": "location"}),
        demand.select("sku", "location", "mean", "variance", "correlation", day="date"),
        receipts.rename({"node": "location"}),
        find_frame(PlannedMoves).empty(),
        first_day=first_day,
        days=days,
    )


def sum_pool_demand(
    forecast: pl.DataFrame, pairs: pl.DataFrame, *, first_day: dt.date, days: int
) -> pl.DataFrame:
    """Sum the forecast of pairs over echelons, day by day.

    Pairs are independent, so means and variances add. The correlation of two days is the one with
    which the variance of all days together is that of the pairs: with s the standard deviation of a
    day of pair i, and S that of the echelon, rho = sum_i rho_i ((sum s)^2 - sum s^2) /
    ((sum S)^2 - sum S^2), which is at most 1 by Minkowski's inequality.

    Args:
        forecast: frame `daily_demand`.
        pairs: frame `stocked_pairs`; those whose stock is unknown are left out.
        first_day: first day.
        days: how many.

    Returns:
        Frame `daily_demand`, in which `location` is the node.
    """
    last_day = first_day + dt.timedelta(days=days - 1)
    daily = (
        find_frame(DailyDemand)
        .fill(forecast)
        .filter(pl.col("date").is_between(first_day, last_day))
        .join(
            pairs.filter(pl.col("on_hand").is_not_null()).select("sku", "location", "node"),
            on=["sku", "location"],
            how="inner",
            maintain_order="left",
        )
    )
    shared = pl.col("variance").sqrt().sum() ** 2 - pl.col("variance").sum()
    of_pairs = (
        daily.group_by(*_POOL, "location", maintain_order=True)
        .agg(common=pl.col("correlation").first() * shared)
        .group_by(_POOL, maintain_order=True)
        .agg(pl.col("common").sum())
    )
    summed = (
        daily.group_by(*_POOL, "date", maintain_order=True)
        .agg(pl.col("mean", "variance").sum())
        .sort(*_POOL, "date")
    )
    most = summed.group_by(_POOL, maintain_order=True).agg(shared=shared)
    rho = (pl.col("common") / pl.col("shared")).clip(0.0, 1.0)
    correlation = pl.when(pl.col("shared") > 0).then(rho).otherwise(0.0)
    return (
        summed.join(of_pairs, on=_POOL, how="left", maintain_order="left")
        .join(most, on=_POOL, how="left", maintain_order="left")
        .select("sku", "date", "mean", "variance", location="node", correlation=correlation)
    )
