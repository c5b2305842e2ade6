"""Compiled loops of sourcing, each module one idea.

`orders` finds the best parcels of one order, `duals` what all orders draw at prices; `search` makes
a plan that keeps stock and capacities, and `exchanges` lets orders change places in it.
"""

from optimization.sourcing.kernels.duals import load_orders, measure_regrets
from optimization.sourcing.kernels.exchanges import Rivals, exchange_orders
from optimization.sourcing.kernels.orders import make_order_room
from optimization.sourcing.kernels.search import (
    Draft,
    make_draft,
    plan_at_prices,
    settle_orders,
)
from optimization.sourcing.market import Prices

__all__ = [
    "Draft",
    "Prices",
    "Rivals",
    "exchange_orders",
    "load_orders",
    "make_draft",
    "make_order_room",
    "measure_regrets",
    "plan_at_prices",
    "settle_orders",
]
