"""What of an order sells before the life of its goods ends, where they keep only so long."""

import polars as pl

from optimization.levels import limit_by_life


def count_life_units(items: pl.DataFrame) -> pl.Series:
    """Count the units of an order that are each as likely as not to sell before their life ends.

    Args:
        items: rows of frame `purchase_items` whose stock is known.

    Returns:
        Units, at least 0; missing where no life limits an order.
    """
    left = limit_by_life(items) - items["inventory_position"]
    return left.clip(lower_bound=0).alias("life_units")
