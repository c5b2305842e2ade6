"""Demand summed over windows of days: of an item-location, or of the echelon of a node."""

import datetime as dt
from typing import Final

import polars as pl

from quality_checks.contracts import EchelonMembers, Windows, find_frame

_ENGINE: Final = "in-memory"
"""How frames are summed: the streaming engine adds in another order each time, and the last digits
of a sum would differ from run to run."""

TAIL_DAYS = 7
"""Last days of a horizon whose mean level is carried on beyond it."""


def sum_window_demand(
    forecast: pl.DataFrame, windows: pl.DataFrame, *, first_day: dt.date
) -> pl.DataFrame:
    """Demand over the days from `first_day` on, with random lead time.

    Daily variances s_i^2 and the correlation rho of a pair give the variance of the sum,
    (1 - rho) sum s_i^2 + rho (sum s_i)^2. A lead time with standard deviation S adds
    (mean daily demand)^2 S^2 (Silver, Pyke and Thomas, Inventory and Production Management in
    Supply Chains, 4th ed. 2017, section 6.10). The last day counts as a fraction, its variance in
    proportion. Beyond its forecast every day is like the mean of the last `TAIL_DAYS` days of it.

    Args:
        forecast: frame `daily_demand`; of each pair every day from its wait on, until its last.
        windows: frame `windows`.
        first_day: first day of every window.

    Returns:
        sku, location, mean (units) and variance (units^2), one row a window in the given order;
        windows of pairs without a forecast are left out.

    Raises:
        ValueError: `windows` breaks its contract, or a pair lacks days of its forecast.
    """
    find_frame(Windows).check(windows)
    sums = _sums(forecast, windows, first_day)
    return sums.select("sku", "location", "mean", variance=pl.col("variance") + _of_lead_time())


def sum_echelon_demand(
    forecast: pl.DataFrame, windows: pl.DataFrame, members: pl.DataFrame, *, first_day: dt.date
) -> pl.DataFrame:
    """Demand that nodes face from the pairs of their echelons.

    As `sum_window_demand`, summed over the members, who share the lead time of the node.
    Days of two members, of means m and m', have the covariance sqrt(k k') m m', k being their
    common_variation: what moves the demand of an item in all places, as a season or a fashion
    does, is not averaged out by adding them up.

    Args:
        forecast: as for `sum_window_demand`, with common_variation.
        windows: frame `windows`, one a node, of which wait_days is not read.
        members: frame `echelon_members`.
        first_day: first day of every window.

    Returns:
        sku, location, mean and variance of nodes with any member that is forecast, in the order of
        `windows`.

    Raises:
        ValueError: as `sum_window_demand`, or `members` breaks its contract.
    """
    find_frame(Windows).check(windows)
    find_frame(EchelonMembers).check(members)
    nodes = windows.select("sku", "days", "lead_time_sd", node="location")
    own = members.select("sku", "location", "node", "wait_days")
    of_members = own.join(nodes, on=["sku", "node"], maintain_order="left")
    keys = ["sku", "location"]
    between = forecast.group_by(keys, maintain_order=True).agg(pl.col("common_variation").first())
    common = pl.col("common_variation").sqrt() * pl.col("mean")
    sums = (
        _sums(forecast, of_members, first_day)
        .join(between, on=keys, maintain_order="left")
        .group_by("sku", "node", maintain_order=True)
        .agg(
            pl.col("mean").sum(),
            pl.col("variance").sum() + common.sum().pow(2) - common.pow(2).sum(),
            pl.col("days", "lead_time_sd").first(),
        )
        .select("sku", "mean", location="node", variance=pl.col("variance") + _of_lead_time())
    )
    found = windows.select(keys).join(sums, on=keys, maintain_order="left")
    return found.select(*keys, "mean", "variance")


def _of_lead_time() -> pl.Expr:
    return (pl.col("mean") / pl.col("days") * pl.col("lead_time_sd")).pow(2)


def _sums(forecast: pl.DataFrame, windows: pl.DataFrame, first_day: dt.date) -> pl.DataFrame:
    """The windows whose pair has a forecast, with mean and variance of demand over their days."""
    daily = (
        windows.lazy()
        .with_row_index("window")
        .select("window", "sku", "location", "days", "wait_days")
        .join(
            forecast.lazy().select("sku", "location", "date", "mean", "variance", "correlation"),
            on=["sku", "location"],
            maintain_order="left_right",
        )
        .with_columns(offset=(pl.col("date") - pl.lit(first_day)).dt.total_days())
        .filter(pl.col("offset") >= pl.col("wait_days"))
    )
    offset = pl.col("offset").cast(pl.Float64)
    part = (pl.col("days") - offset).clip(0, 1)
    last = offset.max()
    beyond = (pl.col("days").first() - last - 1).clip(0)
    tail = offset > last - TAIL_DAYS
    tail_sd = pl.col("variance").filter(tail).mean().sqrt()
    tail_roots = beyond.floor() + (beyond % 1).sqrt()
    sums = daily.group_by("window", maintain_order=True).agg(
        pl.len().alias("length"),
        last.alias("last"),
        pl.col("wait_days", "correlation").first(),
        ((part * pl.col("mean")).sum() + beyond * pl.col("mean").filter(tail).mean()).alias("mean"),
        ((part * pl.col("variance")).sum() + beyond * tail_sd.pow(2)).alias("squares"),
        ((part * pl.col("variance")).sqrt().sum() + tail_roots * tail_sd).alias("roots"),
    )
    found = sums.collect(engine=_ENGINE)
    rho = pl.col("correlation")
    of_demand = (1 - rho) * pl.col("squares") + rho * pl.col("roots").pow(2)
    timed = windows.with_row_index("window").join(
        found.select("window", "length", "last", "mean", variance=of_demand),
        on="window",
        maintain_order="left",
    )
    _check_complete(timed)
    return timed


def _check_complete(sums: pl.DataFrame) -> None:
    expected = pl.col("last") + 1 - pl.col("wait_days")
    partial = sums.filter(pl.col("length") != expected)
    if not partial.is_empty():
        row = partial.select("sku", "location", "length", expected=expected).row(0, named=True)
        msg = (
            f"forecast of {row['sku']} at {row['location']} has {row['length']} rows for "
            f"{row['expected']:.0f} days"
        )
        raise ValueError(msg)
