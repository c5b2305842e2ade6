"""Which units move sideways between locations, net of what moving costs."""

from optimization.transfers.inputs import measure_rooms, net_lanes, select_movers
from optimization.transfers.limits import name_binding, name_full_limit
from optimization.transfers.market import IN_UNITS, TransferMarket, build_market
from optimization.transfers.plan import (
    ChosenTrips,
    TransferPlan,
    choose_trips,
    plan_transfers,
    sum_trips,
)
from optimization.transfers.rules import add_movable_units

__all__ = [
    "IN_UNITS",
    "ChosenTrips",
    "TransferMarket",
    "TransferPlan",
    "add_movable_units",
    "build_market",
    "choose_trips",
    "measure_rooms",
    "name_binding",
    "name_full_limit",
    "net_lanes",
    "plan_transfers",
    "select_movers",
    "sum_trips",
]
