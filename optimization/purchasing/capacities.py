"""Which stated capacities of suppliers an order draws on, and which one keeps it small.

A supplier may state what it can deliver in a week of an item, of a category and in all; an order
draws on each of them that has the day it is asked for. Where weeks overlap, every one holds.
"""

import datetime as dt

import polars as pl

from optimization.capacity_words import word_capacity
from optimization.purchasing.order_days import find_day_asked_for

_STATED = ("supplier", "stated_sku", "stated_category", "week")
_SCOPE = ("stated_sku", "stated_category")
_EVERY = "*"


def list_draws(sized: pl.DataFrame, capacities: pl.DataFrame, order_day: dt.date) -> pl.DataFrame:
    """List the capacities that orders draw on.

    Args:
        sized: as `size_items` gives it, with pair, the number of each row.
        capacities: frame `capacity_rooms`.
        order_day: day on which orders are placed.

    Returns:
        A row for each capacity of each pair: pair, what is stated, room (units) and column, the
        place of the capacity among those of the pair; sorted by pair and column.
    """
    asked = sized.select("pair", "sku", "supplier", asked_for=find_day_asked_for(order_day))
    day = pl.col("asked_for")
    drawn = (
        asked.join(capacities, on=["sku", "supplier"])
        .filter(day >= pl.col("week"), day < pl.col("week") + pl.duration(days=7))
        .sort("pair", *_SCOPE, "week")
        # Weeks of one scope that overlap stand in columns of their own.
        .with_columns(among=pl.int_range(pl.len()).over("pair", *_SCOPE))
    )
    broad = [(pl.col(name) == _EVERY).cast(pl.Int64) for name in _SCOPE]
    kind = 4 * pl.col("among") + 2 * broad[0] + broad[1]
    return drawn.with_columns(column=kind.rank("dense").cast(pl.Int64) - 1).select(
        "pair", *_STATED, "room", "column"
    )


def keep_scarce(draws: pl.DataFrame, most: pl.DataFrame) -> pl.DataFrame:
    """Keep the capacities that orders could pass, and number them.

    Args:
        draws: as `list_draws` gives it.
        most: pair, units: the most that could be ordered of each.

    Returns:
        Their rows of `draws`, with capacity, the number of each.
    """
    asked = (
        draws.join(most, on="pair")
        .group_by(*_STATED, maintain_order=True)
        .agg(pl.col("units").sum(), pl.col("room").first())
        .filter(pl.col("units") > pl.col("room"))
        .sort(_STATED)
        .select(*_STATED, capacity=pl.int_range(pl.len()))
    )
    return draws.join(asked, on=list(_STATED), how="inner", maintain_order="left")


def name_tightest(scarce: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    """Name the capacity of each pair of which one more unit would bring most.

    Args:
        scarce: as `keep_scarce` gives it.
        prices: capacity, capacity_price (currency a unit) and left (units).

    Returns:
        pair, capacity_limit, in words, capacity_price and capacity_left (units); sorted by pair.
    """
    return (
        scarce.join(prices, on="capacity")
        .sort("pair", "capacity_price", "left", "capacity", descending=[False, True, False, False])
        .unique("pair", keep="first", maintain_order=True)
        .select("pair", "capacity_price", capacity_limit=word_capacity(), capacity_left="left")
    )
