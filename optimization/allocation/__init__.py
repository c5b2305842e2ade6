"""Which location gets the scarce units of a DC, under limits that locations share."""

from optimization.allocation.inputs import (
    allocation_receivers,
    barred_pairs,
    kept_units,
    last_sale,
    leaves_range,
    receivers,
    ring_fences,
    shared_limits_of,
    supply,
)
from optimization.allocation.kernels import FloatArray, IntArray, Market
from optimization.allocation.plan import AllocationPlan, allocate, worth_kept
from optimization.allocation.prices import Shipments, Solution, Stage, solve
from optimization.allocation.rules import fenced

__all__ = [
    "AllocationPlan",
    "FloatArray",
    "IntArray",
    "Market",
    "Shipments",
    "Solution",
    "Stage",
    "allocate",
    "allocation_receivers",
    "barred_pairs",
    "fenced",
    "kept_units",
    "last_sale",
    "leaves_range",
    "receivers",
    "ring_fences",
    "shared_limits_of",
    "solve",
    "supply",
    "worth_kept",
]
