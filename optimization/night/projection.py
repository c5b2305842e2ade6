"""Stock as far as the goods of each item-location's next order, once the night has planned."""

import datetime as dt
from typing import NamedTuple

import polars as pl

from optimization.levels import Outlook
from optimization.projection import (
    WEEK,
    Stretches,
    estimate_demand_ahead,
    estimate_draws,
    find_supply_gaps,
    project_stock,
)
from quality_checks.contracts import PlanningPolicy

_KEYS = ["sku", "location"]


class StockAhead(NamedTuple):
    """Stock once the night has planned.

    Attributes:
        stock: the columns of ProjectedStock without business_date.
        gaps: the columns of SupplyGaps without business_date.
    """

    stock: pl.DataFrame
    gaps: pl.DataFrame


def project_night(  # noqa: PLR0913  # pairs, levels, what is expected and planned, and the days
    pairs: pl.DataFrame,
    targets: pl.DataFrame,
    outlook: Outlook,
    moves: pl.DataFrame,
    policy: PlanningPolicy,
    *,
    first_day: dt.date,
) -> StockAhead:
    """Project the stock of active pairs by day over the horizon, and by week up to their reach.

    The reach is the protection interval, of lead time and review. A node that feeds places is asked
    for what these draw, and they wait for what it has not: see `find_supply_gaps`.

    Args:
        pairs: the columns of the contract PlanningPairs.
        targets: the columns of the contract Targets.
        outlook: demand, receipts and seasons.
        moves: frame `planned_moves`, of tonight's plans.
        policy: horizon, and kinds of location whose customers wait.
        first_day: day after the business date.
    """
    days, running = policy.horizon_days, outlook.sum_demand_from(first_day)
    active = _select_active(pairs, targets, policy, first_day)
    fed = _list_fed_places(active, targets, moves)
    feeders = fed.select("sku", location="node").unique(maintain_order=True)
    known = _select_projected(active, feeders, days)
    most = known["weeks"].max()
    stretches = Stretches(first_day, days, most if isinstance(most, int) else 0)
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
    stock = project_stock(known, demand, outlook.receipts, moves, first_day=first_day, days=days)
    levelled = active.filter(pl.col("protection_days").is_not_null())
    gaps = find_supply_gaps(
        stock,
        levelled.select(*_KEYS, "protection_days").join(feeders, on=_KEYS, how="semi"),
        # A lane that never ships brings nothing, whatever its DC has: the allocation says so.
        fed.filter(
            pl.col("lead_time_mean").is_not_null(), pl.col("order_weekdays").str.contains("1")
        ),
        _date_goods(outlook.receipts, moves),
        running,
        first_day=first_day,
    )
    return StockAhead(stock, gaps)


def _select_active(
    pairs: pl.DataFrame, targets: pl.DataFrame, policy: PlanningPolicy, first_day: dt.date
) -> pl.DataFrame:
    """Active pairs whose stock is known, with their level, as far as they have one."""
    levels = targets.select(*_KEYS, "protection_days", "order_up_to", "underage_cost")
    until_launch = (pl.col("launch_date") - pl.lit(first_day)).dt.total_days()
    return (
        pairs.filter(pl.col("status") == "active", pl.col("available").is_not_null())
        .with_columns(
            wait_days=until_launch.clip(lower_bound=0).fill_null(0),
            waits=pl.col("kind").is_in(sorted(policy.economics.backorder_kinds)),
        )
        .join(levels, on=_KEYS, how="left", maintain_order="left")
    )


def _select_projected(active: pl.DataFrame, feeders: pl.DataFrame, days: int) -> pl.DataFrame:
    """Frame `projected_pairs`: what a node that feeds places has not, these wait for."""
    beyond = ((pl.col("protection_days") - days) / WEEK).ceil().clip(lower_bound=0)
    feeding = feeders.with_columns(feeds=True)
    return active.join(feeding, on=_KEYS, how="left", maintain_order="left").select(
        *_KEYS,
        "region",
        "available",
        "wait_days",
        waits=pl.col("waits") | pl.col("feeds").fill_null(value=False),
        weeks=beyond.fill_null(0).cast(pl.Int64),
    )


def _date_goods(receipts: pl.DataFrame, moves: pl.DataFrame) -> pl.DataFrame:
    """Frame `dated_goods`: what open documents and tonight's plans bring, by day."""
    planned = moves.select(*_KEYS, "day", units="planned_in")
    return (
        pl.concat([receipts.select(*_KEYS, "units", day="due_on").select(planned.columns), planned])
        .group_by(*_KEYS, "day", maintain_order=True)
        .agg(pl.col("units").sum())
        .filter(pl.col("units") > 0)
        .sort(*_KEYS, "day")
    )


def _list_fed_places(
    active: pl.DataFrame, targets: pl.DataFrame, moves: pl.DataFrame
) -> pl.DataFrame:
    """Frame `gap_places`: those below an active node, with a level and a position."""
    moved = moves.group_by(_KEYS, maintain_order=True).agg(
        planned=pl.col("planned_in").sum() - pl.col("planned_out").sum()
    )
    nodes = active.select("sku", node="location")
    position = targets.select(*_KEYS, "inventory_position")
    return (
        active.filter(pl.col("order_up_to").is_not_null())
        .select(
            *_KEYS,
            *("region", "order_up_to", "underage_cost", "wait_days", "waits"),
            *("order_weekdays", "open_weekdays", "lead_time_mean"),
            node="supply_location",
        )
        .join(nodes, on=["sku", "node"], how="semi")
        .join(position, on=_KEYS, maintain_order="left")
        .filter(pl.col("inventory_position").is_not_null())
        .join(moved, on=_KEYS, how="left", maintain_order="left")
        .with_columns(
            above_level=pl.col("inventory_position")
            + pl.col("planned").fill_null(0)
            - pl.col("order_up_to"),
        )
    )
