"""How much each item-location should hold: protection intervals, order-up-to levels, service.

Textbook rules to compare with live in `reference`.
"""

from optimization.frames import Plan
from optimization.levels.demand_mass import bound_demand, fill_demand
from optimization.levels.lost_sales import capped_levels, find_window_service
from optimization.levels.order_up_to import order_up_to
from optimization.levels.planned_pairs import planned_pairs
from optimization.levels.service import least_stock
from optimization.levels.trade_off import class_sums, curve
from optimization.levels.windows import echelon_windows, local_windows, owned_units

__all__ = [
    "Plan",
    "bound_demand",
    "capped_levels",
    "class_sums",
    "curve",
    "echelon_windows",
    "fill_demand",
    "find_window_service",
    "least_stock",
    "local_windows",
    "order_up_to",
    "owned_units",
    "planned_pairs",
]
