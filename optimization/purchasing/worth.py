"""What an order is expected to keep and cost: the one statement that chooses it and is stated."""

from typing import NamedTuple

import numpy as np
import polars as pl

from forecasting.distribution import compute_expected_sales
from optimization.value import FloatArray, IntArray, StockValue


class OrderWorth(NamedTuple):
    """What a quantity of each item changes, against no order; currency, and units.

    Attributes:
        sold: units of it that are expected to sell before the goods of the next order come.
        margin_kept: what they keep.
        left_cost: cost of those left over until then.
        surplus_cost: cost of keeping those above the level until demand reaches them.
        exit_cost: loss on those that are left when the item leaves the range.
    """

    sold: FloatArray
    margin_kept: FloatArray
    left_cost: FloatArray
    surplus_cost: FloatArray
    exit_cost: FloatArray

    @property
    def holding_cost(self) -> FloatArray:
        """All that units cost which do not sell at once."""
        return self.left_cost + self.surplus_cost + self.exit_cost

    @property
    def benefit(self) -> FloatArray:
        """What the order gains."""
        return self.margin_kept - self.holding_cost


def value_orders(items: pl.DataFrame, quantity: IntArray, exit_loss_share: float) -> OrderWorth:
    """Value a quantity of each item.

    A unit kept costs at least nothing: what is left over of an order stands for a part of the next.

    Args:
        items: rows of frame `purchase_items`.
        quantity: units of each, at least 0.
        exit_loss_share: of its price that a unit left at the exit of its item loses.
    """
    worth = StockValue.of_pairs(items)
    pair = np.arange(items.height)
    position = items["inventory_position"].cast(pl.Int64).to_numpy()
    sold = worth.sold(pair, position + quantity) - worth.sold(pair, position)
    surplus = worth.surplus(pair, position + quantity) - worth.surplus(pair, position)
    return OrderWorth(
        sold,
        worth.underage * sold,
        worth.overage * (quantity - sold),
        surplus,
        _lose_at_exit(items, position, quantity, exit_loss_share),
    )


def _lose_at_exit(
    items: pl.DataFrame, position: IntArray, quantity: IntArray, share: float
) -> FloatArray:
    """Loss on the units of an order that no demand until the exit takes; 0 where the item stays."""
    stays = items["open_life_mean"].is_null().to_numpy()
    mean, variance = (
        items[name].fill_null(0.0).to_numpy() for name in ("open_life_mean", "open_life_variance")
    )
    before = items["sold_before"].to_numpy()

    def left(stock: IntArray) -> FloatArray:
        beyond = np.maximum(stock - before, 0)
        return np.asarray(beyond - compute_expected_sales(mean, variance, beyond))

    lost = left(position + quantity) - left(position)
    return np.where(stays, 0.0, lost * items["unit_price"].to_numpy() * share)
