"""Which node ships which line of customers' orders, and which line waits or stays open.

A line is shipped whole from one node. What its units are worth to the node comes from `value`;
what carriers, handling and refusals cost is given. Nothing here looks at the plans of a night:
what is taken from a node is known to them as stock that is reserved.
"""

from optimization.sourcing.plan import SourcingPlan, source_orders

__all__ = ["SourcingPlan", "source_orders"]
