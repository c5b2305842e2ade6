"""Compiled loops of transfers, each module one idea.

`flows` finds the best flow of an item at prices, `line_flows` the one whose lines are worth their
cost, and `network` what lanes add by it;
`neighbourhoods` searches over open lanes. `limits`, `least_trips` and `exchanges` make of flows a
plan that keeps limits and least sizes, unit by unit (`units`), and `losing_lines` rids it of lines
that are not worth their cost. `duals` is what the bound is made
of. They work on the arrays of a market; when each is called is decided in `search` and `bound`,
beside this folder.
"""

from optimization.transfers.kernels.duals import Duals, load_lanes, price_units
from optimization.transfers.kernels.exchanges import exchange_units
from optimization.transfers.kernels.flows import (
    Flows,
    Terms,
    make_closed_lanes,
    make_empty_flows,
    price_lanes,
)
from optimization.transfers.kernels.least_trips import drop_losing_units
from optimization.transfers.kernels.limits import keep_limits
from optimization.transfers.kernels.line_flows import find_flows
from optimization.transfers.kernels.losing_lines import drop_losing_lines
from optimization.transfers.kernels.neighbourhoods import KINDS, search_lanes
from optimization.transfers.kernels.network import (
    close_lanes,
    make_empty_plan,
    open_lanes,
    settle_items,
)
from optimization.transfers.kernels.units import put_flows, sum_trip_gains, sum_usage

__all__ = [
    "KINDS",
    "Duals",
    "Flows",
    "Terms",
    "close_lanes",
    "drop_losing_lines",
    "drop_losing_units",
    "exchange_units",
    "find_flows",
    "keep_limits",
    "load_lanes",
    "make_closed_lanes",
    "make_empty_flows",
    "make_empty_plan",
    "open_lanes",
    "price_lanes",
    "price_units",
    "put_flows",
    "search_lanes",
    "settle_items",
    "sum_trip_gains",
    "sum_usage",
]
