"""What to order from suppliers, in their minimums and multiples."""

from optimization.purchasing.inputs import select_purchase_items
from optimization.purchasing.plan import plan_purchases, sum_waiting_days

__all__ = ["plan_purchases", "select_purchase_items", "sum_waiting_days"]
