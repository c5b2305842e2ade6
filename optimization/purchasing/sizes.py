"""How much of an item is worth ordering, before anything is shared with other items."""

import numpy as np
import numpy.typing as npt
import polars as pl

from optimization.purchasing.remaining_life import count_life_units
from optimization.purchasing.worth import value_orders
from optimization.value import IntArray

LEAST_GAIN = 1e-9
"""A multiple must gain more than that, in currency."""

FLOORS = ("service_floor", "presentation_min")
"""What can force a level above the one by value, by the binding of Targets."""

SHELVES = ("shelf_max", "shelf_max_below_presentation_min")
"""What keeps a level below the one by value."""


def size_items(items: pl.DataFrame, exit_loss_share: float) -> pl.DataFrame:
    """Add to items the multiples that value, floors, shelves, lives and the supplier ask for.

    Args:
        items: rows of frame `purchase_items` that can be ordered.
        exit_loss_share: of its price that a unit left at the exit of its item loses.

    Returns:
        The items with life_units, what `count_life_units` gives; in order multiples: life_packs
        (of those), free_packs (worth more than they cost, and of those), value_packs (of
        those what the shelf has room for), floor_packs (that a floor asks for, else 0),
        minimum_packs (of the least order line), most_packs (that the shelf has room for, that
        sell in their life, or that are not bought elsewhere; missing where none has a say),
        wanted_packs (0 where the level is reached, or the least order line would not sell in its
        life); and held_by_life (that more would be ordered of goods that keep).
    """
    multiple = pl.col("order_multiple")
    need = pl.col("order_up_to") - pl.col("inventory_position")
    short = need > 0
    held = pl.col("level_binding").is_in(SHELVES)
    most = pl.col("most_units") // multiple
    floor = short & pl.col("level_binding").is_in(FLOORS)
    paying = pl.Series("paying_packs", count_paying_multiples(items, exit_loss_share))
    life_units = count_life_units(items)
    shelf = pl.when(held).then(pl.max_horizontal(need // multiple, 0))
    asked = pl.when(floor).then(pl.min_horizontal(-(-need // multiple), most)).otherwise(0)
    by_value = pl.min_horizontal(paying, shelf, most)
    kept = pl.when(short).then(pl.max_horizontal(by_value, asked)).otherwise(0)
    least = pl.when(kept > 0).then(pl.max_horizontal(kept, "minimum_packs")).otherwise(0)
    life = pl.col("life_packs")
    return (
        items.with_columns(life_units, life_packs=life_units // items["order_multiple"])
        .with_columns(
            free_packs=pl.min_horizontal(paying, life),
            most_packs=pl.min_horizontal(shelf, most, life),
            floor_packs=pl.min_horizontal(asked, life),
            minimum_packs=-(-pl.col("minimum_order_quantity") // multiple),
        )
        .with_columns(
            value_packs=pl.min_horizontal("free_packs", "most_packs"),
            held_by_life=(least > life).fill_null(value=False),
        )
        .with_columns(
            wanted_packs=pl.when(short & (pl.col("minimum_packs") <= life).fill_null(value=True))
            .then(pl.max_horizontal("value_packs", "floor_packs"))
            .otherwise(0)
        )
    )


def count_wanted_units(items: pl.DataFrame, exit_loss_share: float) -> IntArray:
    """Count the units that each item would be ordered in by itself, 0 where it needs none.

    Args:
        items: rows of frame `purchase_items` that can be ordered.
        exit_loss_share: of its price that a unit left at the exit of its item loses.

    Returns:
        Units, shape (items,).
    """
    least = pl.max_horizontal("wanted_packs", "minimum_packs") * pl.col("order_multiple")
    wanted = pl.when(pl.col("wanted_packs") > 0).then(least).otherwise(0)
    return size_items(items, exit_loss_share).select(wanted).to_series().to_numpy()


def count_paying_multiples(items: pl.DataFrame, exit_loss_share: float) -> IntArray:
    """Count the multiples of each item that are worth more than they cost: the first that are.

    Each is worth no more than the one before, so the last that pays is found by doubling, then
    halving.

    Args:
        items: rows of frame `purchase_items`.
        exit_loss_share: of its price that a unit left at the exit of its item loses.

    Returns:
        Multiples, shape (items,).
    """
    multiple = items["order_multiple"].to_numpy()
    short = pl.max_horizontal("order_up_to", "value_level") - pl.col("inventory_position")
    most = items.select(short.clip(lower_bound=0)).to_series().to_numpy()
    low, high = np.zeros(items.height, dtype=np.int64), -(-most // multiple) + 1

    def pays(packs: IntArray) -> npt.NDArray[np.bool_]:
        units = packs * multiple
        more, less = (
            value_orders(items, held, exit_loss_share).benefit for held in (units, units - multiple)
        )
        return np.asarray(more - less > LEAST_GAIN)

    while (still := pays(high)).any():
        low, high = np.where(still, high, low), np.where(still, 2 * high, high)
    while (low < high).any():
        middle = (low + high + 1) // 2
        worth = pays(middle)
        low, high = np.where(worth, middle, low), np.where(worth, high, middle - 1)
    return low
