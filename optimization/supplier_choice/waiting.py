"""What else could be done than to order from another supplier tonight: wait, and ask it later.

Who waits orders as planned tonight, and the other supplier's units when orders are placed again.
Units that keep are then bought once, so tonight's give up what waiting would have brought. Of goods
that perish tonight's units sell in their life and those of the next review in theirs: what an order
then still gains on top of tonight's is not given up.
"""

import polars as pl

_LATER = {
    "other_supplier": "wait_supplier",
    "other_units": "wait_units",
    "later_days": "wait_days",
    "later_sd": "wait_sd",
    "later_yield": "wait_yield",
    "later_price": "wait_price",
}
"""Columns of a candidate that is asked a review later, as the best of an item has them."""


def wait_a_review(rows: pl.DataFrame) -> pl.DataFrame:
    """Order as planned tonight, and the other supplier's units when orders are placed again."""
    return rows.with_columns(
        preferred_units="quantity", other_units=pl.lit(0, pl.Int64), later_units="other_units"
    )


def order_again(rows: pl.DataFrame) -> pl.DataFrame:
    """Order the other supplier's units tonight and, where they perish, when that is done again."""
    perish = pl.col("other_life_demand").is_not_null()
    return rows.with_columns(later_units=pl.when(perish).then("other_units").otherwise(0))


def find_best_waits(candidates: pl.DataFrame) -> pl.DataFrame:
    """Find what of each item it gains most to order from another supplier a review later.

    Args:
        candidates: what `WeighedOrders.weigh` gives.

    Returns:
        item, later_gain, and of that order wait_supplier, wait_units, wait_days, wait_sd,
        wait_yield and wait_price.
    """
    return (
        candidates.sort("item", "later_gain", descending=[False, True], maintain_order=True)
        .unique("item", keep="first", maintain_order=True)
        .select("item", "later_gain", *(pl.col(name).alias(to) for name, to in _LATER.items()))
    )


def set_beside_waiting(weighed: pl.DataFrame, waits: pl.DataFrame) -> pl.DataFrame:
    """Add to orders wait_gain, what they give up of what waiting would gain, at least 0.

    Args:
        weighed: what `WeighedOrders.weigh` gives.
        waits: what `find_best_waits` gives.
    """
    kept = pl.col("later_gain") - pl.col("again_gain")
    return (
        weighed.drop("later_gain")
        .join(waits, on="item", maintain_order="left")
        .with_columns(wait_gain=kept.clip(lower_bound=0))
    )


def list_best_alternatives(placed: pl.DataFrame) -> pl.DataFrame:
    """What is best beside each order: to wait, or to order from the preferred supplier alone.

    Args:
        placed: orders, as `set_beside_waiting` gives them.

    Returns:
        The same rows with the units, days and price_difference of that.
    """
    waits = pl.col("wait_gain") > 0
    return placed.with_columns(
        preferred_units="quantity",
        other_units=pl.lit(0, pl.Int64),
        later_units=pl.when(waits).then("wait_units").otherwise(0),
        later_days="wait_days",
        later_sd="wait_sd",
        later_yield="wait_yield",
        price_difference=pl.when(waits).then("wait_price").otherwise(0.0),
    )


def follow_orders(placed: pl.DataFrame) -> pl.DataFrame:
    """The orders themselves, with what is ordered again where it counts beside waiting."""
    again = (pl.col("wait_gain") > 0) & (pl.col("again_gain") > 0)
    later_price = pl.when(again).then("later_price").otherwise(0.0)
    return placed.with_columns(
        later_units=pl.when(again).then("other_units").otherwise(0),
        price_difference=pl.col("price_difference") + later_price,
    )
