"""Demand summed over windows of days: of an item-location, or of the echelon of a node."""

import polars as pl

from forecasting.distribution.beyond import sum_beyond
from forecasting.distribution.running_demand import RunningDemand
from quality_checks.contracts import EchelonMembers, Windows, find_frame

_KEYS = ["sku", "location"]


def sum_window_demand(demand: RunningDemand, windows: pl.DataFrame) -> pl.DataFrame:
    """Demand over the days from the first one on, with random lead time.

    Daily variances s_i^2 and the correlation rho of a pair give the variance of the sum,
    (1 - rho) sum s_i^2 + rho (sum s_i)^2. A lead time with standard deviation S adds
    (mean daily demand)^2 S^2 (Silver, Pyke and Thomas, Inventory and Production Management in
    Supply Chains, 4th ed. 2017, section 6.10). The last day counts as a fraction, its variance in
    proportion. Beyond its forecast every day is like the mean of the last `TAIL_DAYS` days of it,
    times the factor of its week over that of those days, and less sure by what levels stray until
    then.

    Args:
        demand: of each pair every day from its wait on, with what is known of seasons.
        windows: frame `windows`.

    Returns:
        Frame `window_demand`, one row a window in the given order; windows of pairs without a
        forecast are left out.

    Raises:
        ValueError: `windows` breaks its contract, or a pair lacks days of its forecast.
    """
    find_frame(Windows).check(windows)
    sums = _sums(demand, windows)
    return sums.select("sku", "location", "mean", variance=pl.col("variance") + _of_lead_time())


def sum_echelon_demand(
    demand: RunningDemand, windows: pl.DataFrame, members: pl.DataFrame
) -> pl.DataFrame:
    """Demand that nodes face from the pairs of their echelons.

    As `sum_window_demand`, summed over the members, who share the lead time of the node.
    Days of two members, of means m and m', have the covariance sqrt(k k') m m', k being their
    common_variation: what moves the demand of an item in all places, as a season or a fashion
    does, is not averaged out by adding them up. Nor is what levels stray.

    Args:
        demand: as for `sum_window_demand`, with common_variation.
        windows: frame `windows`, one a node, of which wait_days is not read.
        members: frame `echelon_members`.

    Returns:
        Frame `window_demand` of nodes with any member that is forecast, in the order of `windows`.

    Raises:
        ValueError: as `sum_window_demand`, or `members` breaks its contract.
    """
    find_frame(Windows).check(windows)
    nodes = windows.select("sku", "days", "lead_time_sd", node="location")
    own = members.join(nodes, on=["sku", "node"], how="semi", maintain_order="left")
    find_frame(EchelonMembers).check(own)
    of_members = own.select("sku", "location", "node", "wait_days").join(
        nodes, on=["sku", "node"], maintain_order="left"
    )
    common = pl.col("common_variation").sqrt() * pl.col("mean")
    sums = (
        _sums(demand, of_members)
        .group_by("sku", "node", maintain_order=True)
        .agg(
            pl.col("mean").sum(),
            pl.col("variance").sum()
            + common.sum().pow(2)
            - common.pow(2).sum()
            + pl.col("level_sd").sum().pow(2)
            - pl.col("level_sd").pow(2).sum(),
            pl.col("days", "lead_time_sd").first(),
        )
        .select("sku", "mean", location="node", variance=pl.col("variance") + _of_lead_time())
    )
    found = windows.select(_KEYS).join(sums, on=_KEYS, maintain_order="left")
    return found.select(*_KEYS, "mean", "variance")


def _of_lead_time() -> pl.Expr:
    return (pl.col("mean") / pl.col("days") * pl.col("lead_time_sd")).pow(2)


def _sums(demand: RunningDemand, windows: pl.DataFrame) -> pl.DataFrame:
    """The windows whose pair has a forecast, with mean and variance of demand over their days.

    And common_variation, and level_sd, the standard deviation of what straying levels do to it,
    which variance holds.
    """
    near = demand.sum_near(windows)
    beyond = sum_beyond(near, demand.seasons)
    rho = pl.col("correlation")
    squares = pl.col("near_squares") + pl.col("beyond_squares")
    roots = pl.col("near_roots") + pl.col("beyond_roots")
    return near.with_columns(
        beyond_mean=pl.Series(beyond.mean),
        beyond_squares=pl.Series(beyond.squares),
        beyond_roots=pl.Series(beyond.roots),
        level_sd=pl.Series(beyond.level_sd),
    ).select(
        *windows.columns,
        (pl.col("near_mean") + pl.col("beyond_mean")).alias("mean"),
        ((1 - rho) * squares + rho * roots.pow(2) + pl.col("level_sd").pow(2)).alias("variance"),
        "common_variation",
        "level_sd",
    )
