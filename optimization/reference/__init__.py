"""Textbook rules and optima that plans are compared with.

The night does not use them: the replay, games, benchmarks and tests do.
"""

from optimization.reference.lost_sales import marginal_orders
from optimization.reference.reorder_rules import min_max_levels, normal_reorder_points
from optimization.reference.rollout import Supply, rollout_order, usual_lead_time

__all__ = [
    "Supply",
    "marginal_orders",
    "min_max_levels",
    "normal_reorder_points",
    "rollout_order",
    "usual_lead_time",
]
