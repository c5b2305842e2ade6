"""Where an item stands in its life: its days on sale so far, and those to come."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from quality_checks.contracts import ItemDates, find_frame

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

NAMES = ("days_on_sale", "days_to_exit")
"""Features, in the order of the columns."""

YOUNG_DAYS = 120
"""Days on sale from which on an item is no longer young: older ones look alike."""

ENDING_DAYS = 120
"""Days before the last day on sale from which on the end may show."""


@dataclass(frozen=True)
class Attributes:
    """Of each pair's item, [pair]; NaN where unknown. Days are indices like those of the history.

    Attributes:
        launch: first day on sale.
        exit: last day on sale.
        exit_announced: day from which that was known.
    """

    launch: FloatArray
    exit: FloatArray
    exit_announced: FloatArray


def build_attributes(items: pl.DataFrame, pairs: pl.DataFrame, *, start: dt.date) -> Attributes:
    """Attributes of the items of pairs.

    Args:
        items: frame `item_dates`.
        pairs: sku; the pairs of a panel in its order.
        start: first day of history.

    Raises:
        ValueError: `items` breaks its contract.
    """
    dates = find_frame(ItemDates).read(items)
    days = ("launch_date", "exit_date", "exit_announced_on")
    found = pairs.select("sku").join(
        dates.select("sku", *((pl.col(name) - start).dt.total_days() for name in days)),
        on="sku",
        how="left",
        maintain_order="left",
    )
    arrays = (found[name].cast(pl.Float32).fill_null(float("nan")).to_numpy() for name in days)
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
    return np.column_stack([age, np.where(known, left, np.nan)]).astype(np.float32)
