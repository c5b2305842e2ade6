"""What an item is: its price among its likes, its days on sale so far, and those to come."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

NAMES = ("list_price", "days_on_sale", "days_to_exit")
"""Features, in the order of the columns."""

YOUNG_DAYS = 120
"""Days on sale from which on an item is no longer young: older ones look alike."""

ENDING_DAYS = 120
"""Days before the last day on sale from which on the end may show."""


@dataclass(frozen=True)
class Attributes:
    """Of each pair's item, [pair]; NaN where unknown. Days are indices like those of the history.

    Attributes:
        list_price: logarithm of the list price over the median of the category's items.
        launch: first day on sale.
        exit: last day on sale.
        exit_announced: day from which that was known.
    """

    list_price: FloatArray
    launch: FloatArray
    exit: FloatArray
    exit_announced: FloatArray


def build_attributes(items: pl.DataFrame, pairs: pl.DataFrame, *, start: dt.date) -> Attributes:
    """Attributes of the items of pairs.

    Args:
        items: sku, category, list_price, launch_date, exit_date, exit_announced_on; missing values
            are unknown.
        pairs: sku; the pairs of a panel in its order.
        start: first day of history.

    Raises:
        ValueError: a list price is not above 0 or not finite, or a sku comes twice (names it).
    """
    price = pl.col("list_price")
    bad = items.filter(~(price.is_finite() & (price > 0)) | pl.col("sku").is_duplicated())
    if not bad.is_empty():
        row = bad.sort("sku").row(0, named=True)
        msg = f"item {row['sku']} comes twice or has no usable list price: {row['list_price']}"
        raise ValueError(msg)
    days = ("launch_date", "exit_date", "exit_announced_on")
    found = pairs.select("sku").join(
        items.select(
            "sku",
            (price / price.median().over("category")).log(),
            *((pl.col(name) - start).dt.total_days() for name in days),
        ),
        on="sku",
        how="left",
        maintain_order="left",
    )
    arrays = (
        found[name].cast(pl.Float32).fill_null(float("nan")).to_numpy()
        for name in ("list_price", *days)
    )
    return Attributes(*arrays)


def attribute_features(
    attributes: Attributes, pair: IntArray, origin: IntArray, target: IntArray
) -> FloatArray:
    """Features of `NAMES` of a day as it looks from an origin, NaN where nothing is known.

    Args:
        attributes: of a panel.
        pair: row of the panel.
        origin: last known day, an index into the days of history.
        target: the day asked for.

    Returns:
        [row, feature].
    """
    known = attributes.exit_announced[pair] <= origin
    age = np.minimum(target - attributes.launch[pair], YOUNG_DAYS)
    left = np.minimum(attributes.exit[pair] - target, ENDING_DAYS)
    columns = [attributes.list_price[pair], age, np.where(known, left, np.nan)]
    return np.column_stack(columns).astype(np.float32)
