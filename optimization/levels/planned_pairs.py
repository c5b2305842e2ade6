"""Item-locations beside the order-up-to levels that were set for them."""

import polars as pl

_KEYS = ["sku", "location"]


def join_targets(pairs: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    """Pairs that have a target, with its columns.

    Args:
        pairs: the columns of the contract PlanningPairs.
        targets: the columns of the contract Targets.

    Returns:
        Frame `planned_pairs`.
    """
    levels = targets.select(
        *_KEYS,
        "echelon",
        "protection_days",
        "demand_mean",
        (pl.col("demand_sd") ** 2).alias("demand_variance"),
        "inventory_position",
        "sold_before",
        "open_demand_mean",
        (pl.col("open_demand_sd") ** 2).alias("open_demand_variance"),
        "stock_out_chance",
        "underage_cost",
        "overage_cost",
        "surplus_step",
        "surplus_most",
        "value_level",
        "order_up_to",
    )
    return pairs.join(levels, on=_KEYS).sort(_KEYS)
