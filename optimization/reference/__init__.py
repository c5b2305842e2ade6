"""Textbook rules and optima that plans are compared with.

The night does not use them: the replay, games, benchmarks and tests do.
"""

from optimization.reference.lost_sales import marginal_orders
from optimization.reference.lost_sales_service import arrival_service, order_up_to_service
from optimization.reference.projected_stock import find_marginal_order
from optimization.reference.reorder_rules import min_max_levels, normal_reorder_points
from optimization.reference.rollout import Supply, rollout_order, usual_lead_time

__all__ = [
    "Supply",
    "arrival_service",
    "find_marginal_order",
    "marginal_orders",
    "min_max_levels",
    "normal_reorder_points",
    "order_up_to_service",
    "rollout_order",
    "usual_lead_time",
]
