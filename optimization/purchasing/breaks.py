"""What a unit costs at a quantity, where suppliers ask less for more (all-units discounts).

From the least quantity of a break on, every unit of the line costs its price. A unit that is left
over stands for one of the next order, which needs no more than the same break; so what a break
saves is counted on the least order that earns it, and units beyond are weighed at the list price.
"""

from typing import NamedTuple

import numpy as np
import polars as pl

from optimization.purchasing.worth import OrderWorth, value_orders
from optimization.value import FloatArray, IntArray

_OFFER = ["sku", "supplier"]


class PricedOrders(NamedTuple):
    """What a quantity of each item costs and is worth.

    Attributes:
        price: of a unit, currency.
        saving: what the price saves against the list price, on the least order that earns it.
        worth: what the quantity is worth at the list price.
    """

    price: FloatArray
    saving: FloatArray
    worth: OrderWorth

    @property
    def margin_kept(self) -> FloatArray:
        """Margin of what sells, and what the price saves."""
        return self.worth.margin_kept + self.saving

    @property
    def benefit(self) -> FloatArray:
        """What the order gains."""
        return self.worth.benefit + self.saving


def price_orders(
    items: pl.DataFrame, breaks: pl.DataFrame, quantity: IntArray, exit_loss_share: float
) -> PricedOrders:
    """Price and value a quantity of each item.

    Args:
        items: rows of frame `purchase_items`; an item may come more than once.
        breaks: frame `break_prices`.
        quantity: units of each row, at least 0.
        exit_loss_share: of its price that a unit left at the exit of its item loses.
    """
    worth = value_orders(items, quantity, exit_loss_share)
    list_price = items["unit_price"].to_numpy()
    if breaks.is_empty():
        return PricedOrders(list_price, np.zeros(len(list_price)), worth)
    earned = _earn_breaks(items, breaks, quantity)
    price = _pay(earned, list_price)
    least = earned.select(count_earning_packs() * pl.col("order_multiple")).to_series()
    saving = (list_price - price) * least.fill_null(0).to_numpy()
    return PricedOrders(price, saving, worth)


def find_prices(items: pl.DataFrame, breaks: pl.DataFrame, quantity: IntArray) -> FloatArray:
    """Find what a unit costs at a quantity of each item, currency.

    Args:
        items: sku, supplier, order_multiple, minimum_order_quantity (units) and unit_price, what
            the supplier asks without a break; an item may come more than once.
        breaks: frame `break_prices`.
        quantity: units of each row, at least 0.
    """
    list_price = items["unit_price"].to_numpy()
    return (
        list_price if breaks.is_empty() else _pay(_earn_breaks(items, breaks, quantity), list_price)
    )


def _earn_breaks(items: pl.DataFrame, breaks: pl.DataFrame, quantity: IntArray) -> pl.DataFrame:
    """The break that a quantity of each item earns, from_quantity and break_price, if any."""
    asked = items.select(*_OFFER, "order_multiple", "minimum_order_quantity", quantity=quantity)
    return (
        asked.with_row_index("row")
        .sort("quantity", "row")
        .join_asof(
            breaks.select(*_OFFER, "from_quantity", break_price="unit_price").sort("from_quantity"),
            left_on="quantity",
            right_on="from_quantity",
            by=_OFFER,
            check_sortedness=False,
        )
        .sort("row")
    )


def _pay(earned: pl.DataFrame, list_price: FloatArray) -> FloatArray:
    price = earned.select(pl.col("break_price").fill_null(pl.Series(list_price)))
    return price.to_series().to_numpy()


def count_earning_packs() -> pl.Expr:
    """Order multiples of the least order that earns a break; missing without one.

    The columns read are from_quantity, minimum_order_quantity and order_multiple (units).
    """
    units = pl.max_horizontal("from_quantity", "minimum_order_quantity")
    earned = -(-units // pl.col("order_multiple"))
    return pl.when(pl.col("from_quantity").is_not_null()).then(earned)
