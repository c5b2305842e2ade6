"""What it costs to ship a line of a customer's order: from each node and day, later, or never.

Which node ships it, all lines together, is decided in `sourcing`; what units are worth to a node is
stated in `value`; how surely a node ships comes from forecasting.
"""

from optimization.order_costs.capacities import net_capacities
from optimization.order_costs.collecting import list_collection_lanes
from optimization.order_costs.lines import price_lines, price_undecided_lines
from optimization.order_costs.node_stock import list_node_stock, value_units
from optimization.order_costs.options import NodeFacts, ShippingOptions, price_options
from optimization.order_costs.parcels import BY_LANE, OFF_THE_SHELF, charge_weight
from optimization.order_costs.refusals import find_standing_refusals

__all__ = [
    "BY_LANE",
    "OFF_THE_SHELF",
    "NodeFacts",
    "ShippingOptions",
    "charge_weight",
    "find_standing_refusals",
    "list_collection_lanes",
    "list_node_stock",
    "net_capacities",
    "price_lines",
    "price_options",
    "price_undecided_lines",
    "value_units",
]
