"""Stock as far as the goods of each item-location's next order, once the night has planned."""

import datetime as dt

import polars as pl

from optimization.levels import Outlook
from optimization.projection import (
    WEEK,
    Stretches,
    estimate_demand_ahead,
    estimate_draws,
    project_stock,
)
from quality_checks.contracts import PlanningPolicy

_KEYS = ["sku", "location"]


def project_night(  # noqa: PLR0913  # pairs, levels, what is expected and planned, and the days
    pairs: pl.DataFrame,
    targets: pl.DataFrame,
    outlook: Outlook,
    moves: pl.DataFrame,
    policy: PlanningPolicy,
    *,
    first_day: dt.date,
) -> pl.DataFrame:
    """Project the stock of active pairs by day over the horizon, and by week up to their reach.

    The reach is the protection interval, of lead time and review. A node that feeds places is asked
    for what these draw, and they wait for what it has not.

    Args:
        pairs: the columns of the contract PlanningPairs.
        targets: the columns of the contract Targets.
        outlook: demand, receipts and seasons.
        moves: frame `planned_moves`, of tonight's plans.
        policy: horizon, and kinds of location whose customers wait.
        first_day: day after the business date.

    Returns:
        The columns of the contract ProjectedStock but business_date.
    """
    days, levels = policy.horizon_days, targets.select(*_KEYS, "protection_days", "order_up_to")
    until_launch = (pl.col("launch_date") - pl.lit(first_day)).dt.total_days()
    active = (
        pairs.filter(pl.col("status") == "active", pl.col("available").is_not_null())
        .with_columns(wait_days=until_launch.clip(lower_bound=0).fill_null(0))
        .join(levels, on=_KEYS, how="left", maintain_order="left")
    )
    fed = _list_fed_places(active, targets, moves)
    feeders = fed.select("sku", location="node").unique(maintain_order=True)
    beyond = ((pl.col("protection_days") - days) / WEEK).ceil().clip(lower_bound=0)
    known = active.join(
        feeders.with_columns(feeds=True), on=_KEYS, how="left", maintain_order="left"
    ).select(
        *_KEYS,
        "region",
        "available",
        "wait_days",
        waits=pl.col("kind").is_in(sorted(policy.economics.backorder_kinds))
        | pl.col("feeds").fill_null(value=False),
        weeks=beyond.fill_null(0).cast(pl.Int64),
    )
    most = known["weeks"].max()
    stretches = Stretches(first_day, days, most if isinstance(most, int) else 0)
    running = outlook.sum_demand_from(first_day)
    asked = pl.concat(
        [
            estimate_demand_ahead(known, outlook.demand, running, stretches),
            estimate_draws(fed, running, stretches),
        ]
    )
    demand = (
        asked.group_by(*_KEYS, "day", maintain_order=True)
        .agg(pl.col("mean", "variance").sum(), pl.col("correlation").min())
        .sort(*_KEYS, "day")
    )
    return project_stock(known, demand, outlook.receipts, moves, first_day=first_day, days=days)


def _list_fed_places(
    active: pl.DataFrame, targets: pl.DataFrame, moves: pl.DataFrame
) -> pl.DataFrame:
    """Frame `fed_places`: those below an active node, with a level and a position."""
    moved = moves.group_by(_KEYS, maintain_order=True).agg(
        planned=pl.col("planned_in").sum() - pl.col("planned_out").sum()
    )
    nodes = active.select("sku", node="location")
    position = targets.select(*_KEYS, "inventory_position")
    return (
        active.filter(pl.col("order_up_to").is_not_null())
        .select(*_KEYS, "order_up_to", "wait_days", node="supply_location")
        .join(nodes, on=["sku", "node"], how="semi")
        .join(position, on=_KEYS, maintain_order="left")
        .filter(pl.col("inventory_position").is_not_null())
        .join(moved, on=_KEYS, how="left", maintain_order="left")
        .select(
            *_KEYS,
            "node",
            "wait_days",
            above_level=pl.col("inventory_position")
            + pl.col("planned").fill_null(0)
            - pl.col("order_up_to"),
        )
    )
