"""Compiled loops of sourcing, each module one idea.

`orders` finds the best parcels of one order, `duals` what all orders draw at prices; `search` makes
a plan that keeps stock and capacities, and `exchanges` lets orders change places in it.
"""

from optimization.sourcing.kernels.duals import load_orders, measure_regrets
from optimization.sourcing.kernels.exchanges import Holders, exchange_orders
from optimization.sourcing.kernels.orders import make_order_room
from optimization.sourcing.kernels.search import (
    Draft,
    make_draft,
    place_at_prices,
    replace_orders,
)

__all__ = [
    "Draft",
    "Holders",
    "exchange_orders",
    "load_orders",
    "make_draft",
    "make_order_room",
    "measure_regrets",
    "place_at_prices",
    "replace_orders",
]
