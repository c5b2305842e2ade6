"""Which quantities of many items are ordered together, under least values, budgets and capacities.

Nothing here knows what an item is: options of items with their money and benefit go in, the chosen
options come out, with a bound that no choice can pass.
"""

from optimization.purchasing.joint.items import MOST_ITEMS
from optimization.purchasing.joint.market import Choice, OrderMarket
from optimization.purchasing.joint.solve import solve_orders

__all__ = ["MOST_ITEMS", "Choice", "OrderMarket", "solve_orders"]
