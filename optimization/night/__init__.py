"""The night's order of decisions, stated once for the plan that ships and for the replay of it.

    set_levels -> planned_pairs -> allocate_stock -> transfer_stock -> move_for_seasons
        -> source_customer_orders -> substitute_unserved_lines
        -> plan_prices, purchase_stock -> review_open_orders, project_night

Every step is given what the steps before it decided: levels come first, DCs then send what they
have, what is left of docks, lanes and stock may move sideways, first for the days ahead and then to
price zones where the rest of a season makes more of it than any price, customers' orders are
shipped from what is then left at nodes, lines that no node serves in time may get a substitute of
the rest, prices see the stock where it then is, and suppliers are ordered from by the levels of
echelons, which no move within one changes. Last, stock is projected as all that leaves it. The
inputs of a step are a value of their own: the plan is made from them, and checks of whether it can
be carried out recompute from the same. How each decision is made lives in `levels`,
`allocation`, `transfers`, `season_moves`, `sourcing`, `substitution`, `markdown`, `purchasing` and
`open_orders`.
"""

from optimization.night.allocation import AllocationInputs, allocate_stock, gather_allocation_inputs
from optimization.night.departed import LeftLimits, net_limits
from optimization.night.item_days import find_longest_days
from optimization.night.levels import set_levels
from optimization.night.markdown import PriceInputs, gather_price_inputs, plan_prices
from optimization.night.open_orders import review_open_orders
from optimization.night.projection import StockAhead, project_night
from optimization.night.purchases import gather_purchase_inputs, purchase_stock
from optimization.night.season_moves import may_move_for_seasons, move_for_seasons
from optimization.night.sourcing import (
    NightSourcing,
    OrderRecords,
    SourcingInputs,
    compare_oms_choices,
    gather_sourcing_inputs,
    source_customer_orders,
)
from optimization.night.substitution import (
    NightSubstitution,
    list_unserved_lines,
    substitute_unserved_lines,
)
from optimization.night.suppliers import SupplierNight
from optimization.night.transfers import TransferInputs, gather_transfer_inputs, transfer_stock

__all__ = [
    "AllocationInputs",
    "LeftLimits",
    "NightSourcing",
    "NightSubstitution",
    "OrderRecords",
    "PriceInputs",
    "SourcingInputs",
    "StockAhead",
    "SupplierNight",
    "TransferInputs",
    "allocate_stock",
    "compare_oms_choices",
    "find_longest_days",
    "gather_allocation_inputs",
    "gather_price_inputs",
    "gather_purchase_inputs",
    "gather_sourcing_inputs",
    "gather_transfer_inputs",
    "list_unserved_lines",
    "may_move_for_seasons",
    "move_for_seasons",
    "net_limits",
    "plan_prices",
    "project_night",
    "purchase_stock",
    "review_open_orders",
    "set_levels",
    "source_customer_orders",
    "substitute_unserved_lines",
    "transfer_stock",
]
