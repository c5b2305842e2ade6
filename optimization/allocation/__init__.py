"""Which location gets the scarce units of a DC, under limits that locations share."""

from optimization.allocation.inputs import (
    build_receivers,
    find_barred_pairs,
    flag_leaving_range,
    limit_last_sale,
    list_shared_limits,
    list_supply,
    select_receivers,
    set_ring_fences,
    value_kept_units,
)
from optimization.allocation.kernels import AllocationMarket, FloatArray, IntArray
from optimization.allocation.plan import AllocationPlan, build_keeping, plan_allocation
from optimization.allocation.prices import Shipments, Solution, Stage, solve_stages
from optimization.allocation.rules import count_covered_packs, limit_fences

__all__ = [
    "AllocationMarket",
    "AllocationPlan",
    "FloatArray",
    "IntArray",
    "Shipments",
    "Solution",
    "Stage",
    "build_keeping",
    "build_receivers",
    "count_covered_packs",
    "find_barred_pairs",
    "flag_leaving_range",
    "limit_fences",
    "limit_last_sale",
    "list_shared_limits",
    "list_supply",
    "plan_allocation",
    "select_receivers",
    "set_ring_fences",
    "solve_stages",
    "value_kept_units",
]
