"""How much an item-location usually sells."""

from typing import Final

import polars as pl

from forecasting.price_response.shelf import ITEM_LOCATION

LEVEL_WEEKS: Final = 4.0
"""Weeks of its item elsewhere that the level of an item-location is shrunk by."""


def learn_items(seen: pl.DataFrame) -> pl.DataFrame:
    """The usual sales and price of each item over all locations.

    Args:
        seen: what `describe_shelf` gives, with log_units.

    Returns:
        sku, item_level (mean log of units), item_price (mean log price).
    """
    return seen.group_by("sku", maintain_order=True).agg(
        item_level=pl.col("log_units").mean(), item_price=pl.col("log_price").mean()
    )


def learn_levels(seen: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """The usual sales of each item-location, those of few weeks shrunk to their item's.

    Args:
        seen: as of `learn_items`.
        items: what it gives.

    Returns:
        sku, location, level (mean log of units).
    """
    own = seen.group_by(ITEM_LOCATION, maintain_order=True).agg(
        total=pl.col("log_units").sum(), weeks=pl.len()
    )
    shrunk = (pl.col("total") + pl.col("item_level") * LEVEL_WEEKS) / (
        pl.col("weeks") + LEVEL_WEEKS
    )
    joined = own.join(items, on="sku", maintain_order="left")
    return joined.select(*ITEM_LOCATION, level=shrunk)


def add_levels(weeks: pl.DataFrame, items: pl.DataFrame, levels: pl.DataFrame) -> pl.DataFrame:
    """Add the level, the item's own where the location is new, and how far the price is from usual.

    Args:
        weeks: sku, location and log_price.
        items: sku, item_level, item_price, and what else is known of items.
        levels: sku, location, level.

    Returns:
        `weeks` with the columns of `items`, level and from_usual (log price against the item's).

    Raises:
        ValueError: an item was never seen; names it.
    """
    found = weeks.join(items, on="sku", how="left", maintain_order="left").join(
        levels, on=ITEM_LOCATION, how="left", maintain_order="left"
    )
    unseen = found.filter(pl.col("item_level").is_null())
    if unseen.height:
        raise ValueError(f"no week of {unseen['sku'][0]} was seen")
    return found.with_columns(
        pl.col("level").fill_null(pl.col("item_level")),
        from_usual=pl.col("log_price") - pl.col("item_price"),
    )
