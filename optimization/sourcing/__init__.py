"""Which node ships which line of customers' orders, and which line waits or stays open.

A line is shipped whole from one node. What its units are worth to the node comes from `value`;
what carriers, handling and refusals cost from `order_costs`.
"""

from optimization.frames import SourcingFrames
from optimization.sourcing.plan import SourcingPlan, source_orders
from optimization.sourcing.shadow import compare_choices
from optimization.sourcing.tables import (
    find_missed_choices,
    tabulate_decisions,
    tabulate_options,
    tabulate_order_limits,
    tabulate_sourcing,
)

__all__ = [
    "SourcingFrames",
    "SourcingPlan",
    "compare_choices",
    "find_missed_choices",
    "source_orders",
    "tabulate_decisions",
    "tabulate_options",
    "tabulate_order_limits",
    "tabulate_sourcing",
]
