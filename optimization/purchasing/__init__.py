"""What to order from suppliers, in documents that they accept and budgets that hold."""

from optimization.purchasing.breaks import find_prices, price_orders
from optimization.purchasing.inputs import (
    add_stranded_units,
    list_budget_rooms,
    list_budgets,
    select_purchase_items,
)
from optimization.purchasing.joint import OrderMarket, solve_orders
from optimization.purchasing.order_days import match_order_day
from optimization.purchasing.plan import Purchases, plan_purchases
from optimization.purchasing.sizes import count_paying_multiples, count_wanted_units
from optimization.purchasing.worth import OrderWorth, value_orders

__all__ = [
    "OrderMarket",
    "OrderWorth",
    "Purchases",
    "add_stranded_units",
    "count_paying_multiples",
    "count_wanted_units",
    "find_prices",
    "list_budget_rooms",
    "list_budgets",
    "match_order_day",
    "plan_purchases",
    "price_orders",
    "select_purchase_items",
    "solve_orders",
    "value_orders",
]
