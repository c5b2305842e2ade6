"""Textbook rules and optima that plans are compared with.

The night does not use them: the replay, games, benchmarks and tests do.
"""

from optimization.reference.capped_levels import set_capped_levels
from optimization.reference.lost_sales import find_marginal_orders
from optimization.reference.lost_sales_service import find_level_service
from optimization.reference.projected_stock import find_marginal_order
from optimization.reference.reorder_rules import find_min_max_levels, set_reorder_points
from optimization.reference.rollout import Supply, choose_order, find_usual_lead_time

__all__ = [
    "Supply",
    "choose_order",
    "find_level_service",
    "find_marginal_order",
    "find_marginal_orders",
    "find_min_max_levels",
    "find_usual_lead_time",
    "set_capped_levels",
    "set_reorder_points",
]
