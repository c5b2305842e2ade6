"""How much each item-location should hold: protection intervals, order-up-to levels, service.

Textbook rules to compare with live in `reference`.
"""

from optimization.frames import Plan
from optimization.levels.arrival_service import find_arrival_service
from optimization.levels.calendars import find_lane_arrival
from optimization.levels.carried_stock import CELLS_PER_SD, carry_stock, choose_step
from optimization.levels.demand_mass import bound_demand, fill_demand
from optimization.levels.order_up_to import set_order_up_to
from optimization.levels.outlook import Outlook
from optimization.levels.planned_pairs import join_targets
from optimization.levels.remaining_life import limit_by_life
from optimization.levels.service import find_least_stock
from optimization.levels.trade_off import build_trade_off, sum_classes
from optimization.levels.windows import (
    build_echelon_windows,
    build_local_windows,
    count_local_units,
    count_owned_units,
    list_member_shares,
    sum_echelon_days,
)

__all__ = [
    "CELLS_PER_SD",
    "Outlook",
    "Plan",
    "bound_demand",
    "build_echelon_windows",
    "build_local_windows",
    "build_trade_off",
    "carry_stock",
    "choose_step",
    "count_local_units",
    "count_owned_units",
    "fill_demand",
    "find_arrival_service",
    "find_lane_arrival",
    "find_least_stock",
    "join_targets",
    "limit_by_life",
    "list_member_shares",
    "set_order_up_to",
    "sum_classes",
    "sum_echelon_days",
]
