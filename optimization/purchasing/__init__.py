"""What to order from suppliers, in their minimums and multiples."""

from optimization.purchasing.inputs import select_purchase_items
from optimization.purchasing.plan import count_paying_multiples, plan_purchases
from optimization.purchasing.worth import OrderWorth, value_orders

__all__ = [
    "OrderWorth",
    "count_paying_multiples",
    "plan_purchases",
    "select_purchase_items",
    "value_orders",
]
