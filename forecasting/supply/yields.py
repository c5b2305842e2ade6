"""What share of an order line a supplier delivers in the end: mean and deviation."""

import datetime as dt

import polars as pl

from forecasting.distribution import aggregate_groups
from forecasting.supply.lateness import PRIOR_LINES
from quality_checks.contracts import SupplierYields, find_contract

LEAST_YIELD = 0.05
"""Share that a supplier delivers at least: below it no order is large enough."""


def estimate_yields(orders: pl.DataFrame, *, as_of: dt.date, window_days: int) -> pl.DataFrame:
    """Estimate mean and deviation of the share of a line that comes, for every supplier.

    Counted are received lines whose day asked for is one of the `window_days` days up to `as_of`;
    a delivery above the order counts as whole, an open or a cancelled line not at all. To the n
    lines of a supplier `PRIOR_LINES` lines like those of all suppliers are added, to mean and mean
    square alike. Of lines that were confirmed the share of the units confirmed is estimated, too.

    Args:
        orders: rows of the contract PurchaseOrders as they stood on `as_of`, with
            confirmed_quantity as first confirmed.
        as_of: business date.
        window_days: days of the window, at least 1.

    Returns:
        The columns of the contract SupplierYields but business_date, sorted by supplier; no rows
        where no line of any supplier is closed.

    Raises:
        ValueError: the window has no days.
    """
    if window_days < 1:
        raise ValueError(f"window_days must be at least 1, not {window_days}")
    closed = orders.filter(
        pl.col("status") == "received",
        pl.col("requested_on") <= as_of,
        pl.col("requested_on") > as_of - dt.timedelta(days=window_days),
        pl.col("delivered_quantity").is_not_null(),
        pl.col("ordered_quantity") > 0,
    )
    columns = find_contract(SupplierYields).made_schema.names()
    if closed.is_empty():
        return find_contract(SupplierYields).empty().select(columns)
    every = orders.select("supplier").unique(maintain_order=True)
    ordered = _shrink(every, _list_shares(closed, "ordered_quantity"))
    known = _list_shares(closed.filter(pl.col("confirmed_quantity") > 0), "confirmed_quantity")
    confirmed = ordered.with_columns(lines=pl.lit(0, pl.Int64))
    if known.height:
        confirmed = _shrink(every, known)
    told = confirmed.select("supplier", confirmed_lines="lines", confirmed_yield_mean="mean")
    return (
        ordered.rename({"lines": "closed_lines", "mean": "yield_mean", "sd": "yield_sd"})
        .join(told, on="supplier")
        .select(columns)
        .sort("supplier")
    )


def _list_shares(closed: pl.DataFrame, of: str) -> pl.DataFrame:
    """Supplier and share delivered of each line."""
    share = (pl.col("delivered_quantity") / pl.col(of)).clip(0, 1)
    return closed.select("supplier", share=share).sort("supplier", "share").rechunk()


def _shrink(every: pl.DataFrame, shares: pl.DataFrame) -> pl.DataFrame:
    """Lines, mean and deviation of the shares of each supplier, drawn to those of all lines."""
    all_mean, all_square = shares.select(
        pl.col("share").mean(), (pl.col("share") ** 2).mean().alias("square")
    ).row(0)
    weight = pl.col("lines") + PRIOR_LINES
    own = aggregate_groups(
        shares,
        "supplier",
        lines=pl.len().cast(pl.Int64),
        total=pl.col("share").sum(),
        squares=(pl.col("share") ** 2).sum(),
    )
    return (
        every.join(own, on="supplier", how="left")
        .with_columns(pl.col("lines", "total", "squares").fill_null(0))
        .with_columns(
            drawn=(pl.col("total") + PRIOR_LINES * all_mean) / weight,
            square=(pl.col("squares") + PRIOR_LINES * all_square) / weight,
        )
        .select(
            "supplier",
            "lines",
            mean=pl.col("drawn").clip(LEAST_YIELD, 1),
            sd=(pl.col("square") - pl.col("drawn") ** 2).clip(0, 1).sqrt(),
        )
    )
