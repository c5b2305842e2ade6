"""What open orders of suppliers are worth: on their day, later, sooner, smaller, or not at all.

What is ordered anew is `purchasing`. An order is valued over paths of the demand of its echelon
until the goods of the next order are there, so that demand which is lost before it comes stays
lost.
"""

from optimization.open_orders.capacities import take_up
from optimization.open_orders.choice import OpenOrderPlan, OpenOrders, plan_open_orders

__all__ = ["OpenOrderPlan", "OpenOrders", "plan_open_orders", "take_up"]
