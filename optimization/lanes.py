"""Lanes: which may be used on a day, and what a movement on them costs."""

import numpy as np
import polars as pl

from quality_checks.contracts import LanesLeft, find_frame

UNLIMITED = np.iinfo(np.int64).max // 4
"""Units that stand for no limit."""

DAYS_A_WEEK = 7


def open_lanes(lanes: pl.DataFrame, weekday: int) -> pl.DataFrame:
    """Lanes that plans may use and that ship on `weekday`, by origin and destination.

    Args:
        lanes: frame `lanes_left`.
        weekday: 0 for Monday to 6 for Sunday, as `date.weekday()`.

    Returns:
        origin, destination, fixed_cost, lane_unit_cost, lane_capacity (units, no limit as
        UNLIMITED), sorted by keys.

    Raises:
        ValueError: no such weekday, or a bad lane.
    """
    if weekday not in range(DAYS_A_WEEK):
        raise ValueError(f"weekday must be 0 (Monday) to 6 (Sunday), not {weekday}")
    ships = pl.col("order_weekdays").str.slice(weekday, 1) == "1"
    return (
        find_frame(LanesLeft)
        .read(lanes)
        .filter(pl.col("allowed") & ships & (pl.col("origin") != pl.col("destination")))
        .select(
            "origin",
            "destination",
            "fixed_cost",
            lane_unit_cost=pl.col("unit_cost"),
            lane_capacity=pl.col("capacity").fill_null(UNLIMITED),
        )
    )


def compute_moving_cost(line_cost: float = 0.0) -> pl.Expr:
    """The cost of a line: that of its units, and a share of the lane's fixed cost by what it gains.

    So no line of a shipment that is worth its cost shows a loss. Where none gains, by units.
    """
    own = pl.col("lane_unit_cost") * pl.col("quantity") + line_cost
    gain = (pl.col("value_gained") - pl.col("value_lost") - own).clip(lower_bound=0)
    gains = gain.sum().over("origin", "destination")
    units = pl.col("quantity") / pl.col("quantity").sum().over("origin", "destination")
    share = pl.when(gains > 0).then(gain / gains).otherwise(units)
    return own + pl.col("fixed_cost") * share
