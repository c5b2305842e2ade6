"""The window that stock must last: demand over lead time plus review, at a node or its echelon.

A node that a DC replenishes answers for its own demand. A node that a supplier replenishes
answers for its echelon, that is itself and all it supplies: the classical serial echelon view
(Clark and Scarf, Optimal Policies for a Multi-Echelon Inventory Problem, Management Science 6,
1960), in which goods once bought are shared out later.
"""

import polars as pl

from forecasting.distribution import aggregate, window_demand

_KEYS = ["sku", "location"]
_ACTIVE = pl.col("status") == "active"


def local_windows(pairs: pl.DataFrame, forecast: pl.DataFrame) -> pl.DataFrame:
    """Pairs that a DC replenishes, with their own demand over lead time plus review.

    Args:
        pairs: sku, location, status, supply_location (missing for a supplier), lead_time_mean,
            lead_time_sd, review_days (days; missing where unknown), and anything else.
        forecast: the columns of the contract Forecast.

    Returns:
        Active `pairs` with a supply_location, and echelon (False), protection_days,
        demand_mean (units), demand_variance (units^2), daily_demand (units a day); missing where
        the lead time or the forecast is.
    """
    fed = pairs.filter(_ACTIVE, pl.col("supply_location").is_not_null())
    return _with_demand(fed, forecast, echelon=False, below=pl.lit(0.0))


def echelon_windows(pairs: pl.DataFrame, forecast: pl.DataFrame) -> pl.DataFrame:
    """Pairs that a supplier replenishes, with the demand and the stock of their echelon.

    The echelon of a node is itself and the active pairs it supplies whose stock is known: demand
    whose stock nobody knows would otherwise be bought twice. The window is the node's lead time
    and review, and the mean of both on the lanes below it.

    Args:
        pairs: as for `local_windows`, and on_hand, reserved, damaged, in_transit,
            on_order, proposed_inbound, proposed_outbound (units).
        forecast: the columns of the contract Forecast.

    Returns:
        Active `pairs` without a supply_location, and the columns that `local_windows` adds,
        with echelon True, and inventory_position: units on hand, in transit, on order and
        proposed in the echelon, less reserved and damaged; missing where the node's own stock is
        unknown.
    """
    nodes = pairs.filter(_ACTIVE, pl.col("supply_location").is_null())
    members = _members(pairs, nodes)
    below = (
        members.filter(pl.col("location") != pl.col("node"))
        .group_by("sku", "node")
        .agg((pl.col("lead_time_mean") + pl.col("review_days")).mean().alias("days_below"))
    )
    stock = members.group_by("sku", "node").agg(_stock().sum().alias("echelon_stock"))
    demand = aggregate(forecast, members.select("sku", "location", "node"))
    nodes = nodes.join(
        below.join(stock, on=["sku", "node"], how="full", coalesce=True),
        left_on=_KEYS,
        right_on=["sku", "node"],
        how="left",
        maintain_order="left",
    )
    windows = _with_demand(nodes, demand, echelon=True, below=pl.col("days_below").fill_null(0.0))
    return windows.with_columns(
        inventory_position=pl.when(pl.col("on_hand").is_not_null()).then(pl.col("echelon_stock"))
    ).drop("days_below", "echelon_stock")


def _members(pairs: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """Each node's echelon, one row a member, with the node in `node`."""
    own = nodes.with_columns(node=pl.col("location"))
    fed = pairs.filter(
        pl.col("supply_location").is_not_null(),
        _ACTIVE,
        pl.col("on_hand").is_not_null(),
    ).with_columns(node=pl.col("supply_location"))
    return pl.concat([own, fed])


def _stock() -> pl.Expr:
    return (
        pl.col("on_hand")
        - pl.col("reserved")
        - pl.col("damaged")
        + pl.col("in_transit")
        + pl.col("on_order")
        + pl.col("proposed_inbound")
        - pl.col("proposed_outbound")
    )


def _with_demand(
    pairs: pl.DataFrame, forecast: pl.DataFrame, *, echelon: bool, below: pl.Expr
) -> pl.DataFrame:
    timed = pairs.with_columns(
        echelon=pl.lit(echelon),
        protection_days=pl.col("lead_time_mean") + pl.col("review_days") + below,
    )
    windows = (
        timed.filter(pl.col("protection_days").is_not_null())
        .select(*_KEYS, pl.col("protection_days").alias("days"), "lead_time_sd")
        .join(forecast.select(_KEYS).unique(), on=_KEYS, how="semi")
    )
    demand = window_demand(forecast, windows).select(
        *_KEYS, pl.col("mean").alias("demand_mean"), pl.col("variance").alias("demand_variance")
    )
    return timed.join(demand, on=_KEYS, how="left", maintain_order="left").with_columns(
        daily_demand=pl.col("demand_mean") / pl.col("protection_days")
    )
