"""What a customer sees before an item-location in a week: its price beside others and before."""

import math
from typing import Final

import polars as pl

ITEM_LOCATION: Final = ["sku", "location"]
SHELF: Final = ["location", "week"]

USUAL_WEEKS: Final = 13
"""Weeks whose highest price is the usual one."""

OWN_PRICE: Final = ("log_price", "below_usual", "beside_shelf", "below_month")
"""Features that the own price of the week moves, all else as it was."""

RIVALS: Final = ("cheapest_rival", "rivals_deal", "rivals_feature")
PROMOTION: Final = ("deal", "feature")
BEFORE: Final = ("last_price", "price_before", "last_deal", "last_feature")


def describe_shelf(weeks: pl.DataFrame) -> pl.DataFrame:
    """Add what stands beside and before each price; logs of prices throughout.

    Args:
        weeks: rows of frame `priced_weeks`, sorted by its key; of each row the weeks before it and
            the other items of its location must be among them.

    Returns:
        The same rows with log_price, below_usual (against the highest price of 13 weeks),
        beside_shelf (against the mean of the location), below_month (against the mean of the four
        weeks before), cheapest_rival, rivals_deal and rivals_feature (sums of the other items),
        last_price and price_before (of the two rows before), last_deal and last_feature, and
        shelf_items (of the location in the week). What no row tells is missing.
    """
    own = weeks.with_columns(log_price=pl.col("price").log())
    log_price, week = pl.col("log_price"), pl.col("week")
    lowest, second = log_price.min(), log_price.bottom_k(2).max()
    return own.with_columns(
        below_usual=log_price
        - log_price.rolling_max_by("week", f"{7 * USUAL_WEEKS}d").over(ITEM_LOCATION),
        beside_shelf=log_price - log_price.mean().over(SHELF),
        below_month=log_price
        - log_price.rolling_mean_by("week", "28d", closed="left").over(ITEM_LOCATION),
        last_price=log_price.shift(1).over(ITEM_LOCATION, order_by=week),
        price_before=log_price.shift(2).over(ITEM_LOCATION, order_by=week),
        last_deal=pl.col("deal").shift(1).over(ITEM_LOCATION, order_by=week),
        last_feature=pl.col("feature").shift(1).over(ITEM_LOCATION, order_by=week),
        cheapest_rival=pl.when(pl.len().over(SHELF) > 1).then(
            pl.when(log_price > lowest.over(SHELF))
            .then(lowest.over(SHELF))
            .otherwise(second.over(SHELF))
        ),
        shelf_items=pl.len().over(SHELF),
        **{f"rivals_{name}": pl.col(name).sum().over(SHELF) - pl.col(name) for name in PROMOTION},
    )


def raise_price(rows: pl.DataFrame, rise: float) -> pl.DataFrame:
    """What is seen where the price of an item rises in one week, and no other price anywhere.

    Args:
        rows: what `describe_shelf` gives.
        rise: of the price, as a share of it, above 0.
    """
    step = math.log1p(rise)
    return rows.with_columns(
        pl.col("log_price", "below_month") + step,
        pl.min_horizontal(pl.col("below_usual") + step, 0.0).alias("below_usual"),
        pl.col("beside_shelf") + step * (1 - 1 / pl.col("shelf_items")),
    )


def name_rival_prices(rivals: tuple[str, ...]) -> list[pl.Expr]:
    """The log price of each rival beside every row, missing for the item itself.

    Args:
        rivals: items; the columns are rival_0, rival_1, ... in their order. The columns read are
            sku, location, week and log_price.
    """
    return [
        pl.when(pl.col("sku") != sku)
        .then(pl.col("log_price").filter(pl.col("sku") == sku).first().over(SHELF))
        .alias(f"rival_{at}")
        for at, sku in enumerate(rivals)
    ]
