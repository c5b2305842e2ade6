"""What to order from suppliers, in their minimums and multiples."""

from optimization.purchasing.inputs import purchase_items
from optimization.purchasing.plan import plan_purchases, waiting_days

__all__ = ["plan_purchases", "purchase_items", "waiting_days"]
