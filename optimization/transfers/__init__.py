"""Which units move sideways between locations, net of what moving costs."""

from optimization.transfers.inputs import lanes_left, transfer_movers, transfer_places
from optimization.transfers.market import IN_UNITS, Market, open_market
from optimization.transfers.plan import TransferPlan, plan_transfers
from optimization.transfers.rules import movable

__all__ = [
    "IN_UNITS",
    "Market",
    "TransferPlan",
    "lanes_left",
    "movable",
    "open_market",
    "plan_transfers",
    "transfer_movers",
    "transfer_places",
]
