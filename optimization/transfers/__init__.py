"""Which units move sideways between locations, net of what moving costs."""

from optimization.transfers.inputs import measure_rooms, net_lanes, select_movers
from optimization.transfers.market import IN_UNITS, TransferMarket, build_market
from optimization.transfers.plan import TransferPlan, plan_transfers
from optimization.transfers.rules import add_movable_units

__all__ = [
    "IN_UNITS",
    "TransferMarket",
    "TransferPlan",
    "add_movable_units",
    "build_market",
    "measure_rooms",
    "net_lanes",
    "plan_transfers",
    "select_movers",
]
