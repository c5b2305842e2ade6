"""How a transfer line is told: receiver, sender, and what each limit leaves."""

from optimization.explanation.common import (
    WORTH,
    alternative_steps,
    benefit_step,
    demand_steps,
    forced_step,
    lane_cost_step,
    later_steps,
    level_steps,
    line_cost_steps,
    moving_steps,
    of_action,
    stock_steps,
)
from optimization.explanation.steps import (
    AT_DESTINATION,
    AT_ORIGIN,
    LINE,
    OF_ITEM,
    POLICY,
    Source,
    Step,
)
from quality_checks.contracts import SEASON_WORTH

_PLANNER = "optimization.transfers.plan_transfers"
_MOVERS = "optimization.transfers.select_movers"


OF_DAYS = f";reason<>{SEASON_WORTH}"
"""Of a key: lines that move for the days ahead, which are planned before those of a season."""


def _other_lines(name: str, words: str, key: str) -> Step:
    return Step(name, "units", words, Source("plans.transfers_plan", key + OF_DAYS, "quantity"))


_STOCK_VALUE = "optimization.value.StockValue"
_OF_SENDER = (
    "sender_open_demand_mean",
    "sender_open_demand_sd",
    "sender_open_share",
    "sender_sold_before",
    "sender_underage_cost",
    "sender_overage_cost",
    "sender_surplus_step",
    "sender_surplus_most",
    "sender_value_level",
    "sender_inventory_position",
    "sent_elsewhere",
)
"""Steps that say what the units of the sender are worth there."""

_OF_TAKER = (
    *(name for name in WORTH if name not in {"underage_cost", "overage_cost"}),
    "taker_underage",
    "taker_overage",
    "inventory_position",
    "got_elsewhere",
)
"""Steps that say what units are worth to the receiver."""


def _of_sender(name: str, unit: str, words: str) -> Step:
    source = Source("plans.targets", AT_ORIGIN, name)
    return Step(f"sender_{name}", unit, words, source)


def _awaited(prefix: str) -> list[Step]:
    """What the DC of an end of the line has left for it, for which it waits."""
    of_dc = f"sku={{sku}};location={{{prefix}dc}}"
    sent = f"sku={{sku}};origin={{{prefix}dc}}"
    words = f"that {{{prefix}dc}}"
    return [
        Step(f"{prefix}dc_available", "units", f"{words} has free to send",
             Source("inventory.position", of_dc, "available")),
        Step(f"{prefix}dc_sent", "units", f"{words} sends tonight",
             Source("plans.allocation", sent, "quantity")),
        Step(f"{prefix}awaited", "units", f"{words} has left for its next order", function=_MOVERS,
             terms=(f"{prefix}dc_available", f"{prefix}dc_sent")),
    ]  # fmt: skip


_COMING = "available + in_transit + on_order + proposed_inbound"
_SENDER_COMING = "sender_available + sender_in_transit + sender_on_order + sender_proposed_inbound"
_RECEIVER = [
    *stock_steps("", AT_DESTINATION),
    *later_steps(_COMING),
    Step("allocated", "units", "sent to it by its DC tonight",
         Source("plans.allocation", "sku={sku};destination={destination}", "quantity")),
    *_awaited(""),
    Step("inventory_position", "units", "inventory position",
         formula=f"{_COMING} - COALESCE(later, 0) + COALESCE(allocated, 0) + COALESCE(awaited, 0)",
         function=_MOVERS),
    Step("sent_to_others", "units", "of what it has, sent to those it supplies",
         Source("plans.allocation", "sku={sku};origin={destination}", "quantity")),
    Step("dc_lacks", "units", "that it lacks for those it supplies", function=_MOVERS,
         terms=("available", "sent_to_others"), value="lacks"),
    Step("inventory_position", "units", "position of a node that owes units",
         formula="-dc_lacks", value="dc_position"),
]  # fmt: skip
_NEED = [
    Step("last_sale", "units", "most that may still sell before the item leaves",
         function="optimization.allocation.limit_last_sale", terms=("demand_mean", "demand_sd")),
    Step("level", "units", "level that tonight fills up to",
         formula="LEAST(GREATEST(order_up_to, last_sale), shelf_max)", function=_MOVERS),
    Step("level", "units", "level of a node that owes units: it takes what it lacks",
         formula="0 * dc_lacks", value="dc_level"),
    Step("need", "units", "short of the level", formula="level - inventory_position"),
    Step("most_cover_days", "days", "of demand that a line may cover without a reason",
         Source(POLICY, "lines", "most_cover_days")),
    Step("cover_room", "units", "of them that last no longer than that",
         formula="GREATEST(GREATEST(CEIL(GREATEST(most_cover_days, protection_days) "
         "* (demand_mean / protection_days)), presentation_min, 1) - inventory_position, 0)"),
]  # fmt: skip
_SENDER = [
    *stock_steps("sender_", AT_ORIGIN),
    *later_steps(_SENDER_COMING, "sender_", AT_ORIGIN),
    *_awaited("sender_"),
    Step("sender_inventory_position", "units", "inventory position of {origin}",
         formula=f"{_SENDER_COMING} - COALESCE(sender_later, 0) + COALESCE(sender_awaited, 0)",
         function=_MOVERS),
    Step("sender_order_up_to", "units", "order-up-to level of {origin}",
         Source("plans.targets", AT_ORIGIN, "order_up_to"),
         function="optimization.levels.set_order_up_to"),
    _of_sender("demand_mean", "units", "demand expected at {origin} in its interval"),
    _of_sender("demand_sd", "units", "standard deviation of that demand"),
    Step("sender_last_sale", "units", "most that may still sell before the item leaves",
         function="optimization.allocation.limit_last_sale",
         terms=("sender_demand_mean", "sender_demand_sd")),
    Step("sender_level", "units", "level of {origin} tonight",
         formula="GREATEST(sender_order_up_to, sender_last_sale)", function=_MOVERS),
    Step("sender_presentation_min", "units", "presentation minimum of {origin}",
         Source("plans.planning_pairs", AT_ORIGIN, "presentation_min")),
    Step("sender_need", "units", "that {origin} keeps",
         formula="LEAST(sender_level, sender_presentation_min + CEIL(sender_demand_mean))",
         function="optimization.transfers.add_movable_units"),
    Step("sender_need", "units", "that {origin} must keep: the item or the location goes",
         formula="0 * sender_level", value="sender_keeps_nothing"),
    Step("spare", "units", "that {origin} can spare",
         formula="GREATEST(LEAST(sender_available, sender_inventory_position) - sender_need, 0)",
         function="optimization.transfers.add_movable_units"),
    Step("spare", "units", "that {origin} can spare: one of each size stays",
         formula="sender_available - 1", function="optimization.transfers.add_movable_units",
         value="run_spare"),
    _of_sender("protection_days", "days", "until the goods of its next order arrive"),
    Step("sender_closes_in", "days", "until {origin} closes",
         Source("landing.locations", "location={origin}", "closed_on")),
    Step("sender_open_share", "share", "of its interval that {origin} is open",
         formula="LEAST(GREATEST((sender_closes_in - 1) / sender_protection_days, 0), 1)"),
    _of_sender("open_demand_mean", "units", "demand that its stock can still serve"),
    _of_sender("open_demand_sd", "units", "standard deviation of that demand"),
    _of_sender("sold_before", "units", "of its stock all but sure to be sold before"),
    _of_sender("underage_cost", "currency", "cost of a unit short at {origin}"),
    _of_sender("overage_cost", "currency", "cost of a unit left over there"),
    _of_sender("value_level", "units", "its level by what a unit is worth"),
    _of_sender("surplus_step", "currency",
               "that each unit above it costs more than the one before"),
    _of_sender("surplus_most", "currency", "most of that for a unit"),
]  # fmt: skip
_LIMITS = [
    _other_lines("got_elsewhere", "of the need, from other locations",
                 "sku={sku};destination={destination};origin<>{origin}"),
    Step("wanted", "units", "still wanted", formula="LEAST(need, cover_room) - got_elsewhere"),
    _other_lines("sent_elsewhere", "of what is spare, to other locations",
                 "sku={sku};origin={origin};destination<>{destination}"),
    Step("spared", "units", "still spare", formula="spare - sent_elsewhere"),
    Step("stock_out_chance", "share", "that it and all it feeds run out",
         Source("plans.targets", AT_DESTINATION, "stock_out_chance"),
         value="dc_stock_out_chance"),
    Step("taker_underage", "currency", "cost of a unit short at {destination}",
         formula="underage_cost", value="own_underage"),
    Step("taker_underage", "currency", "worth of a unit that {destination} can send on",
         formula="GREATEST(underage_cost * stock_out_chance "
         "- overage_cost * (1 - stock_out_chance), 0)", value="dc_underage"),
    Step("taker_overage", "currency", "cost of a unit left over there", formula="overage_cost",
         value="own_overage"),
    Step("taker_overage", "currency", "cost of a unit left over there: it is owed",
         formula="0 * dc_lacks", value="dc_overage"),
    lane_cost_step(),
    Step("paying_units", "units", "of these worth more there than here", function=_STOCK_VALUE,
         terms=(*_OF_TAKER, *_OF_SENDER, "lane_unit_cost", "wanted", "spared")),
    _other_lines("trip_elsewhere", "of the trip, of other items",
                 "origin={origin};destination={destination};sku<>{sku}"),
    Step("least_trip_units", "units", "fewest of a trip",
         Source(POLICY, "transfers", "least_units")),
    Step("trip_lacks", "units", "that the trip lacks without it",
         formula="least_trip_units - trip_elsewhere"),
    Step("limit_stated", "{limit_unit}", "{binding} of {limit_scope}",
         Source("{limit_table}", "{limit_key}", "{limit_column}")),
    Step("limit_allocated", "units", "of that taken by the allocation",
         Source("plans.allocation", "{limit_rows}", "quantity")),
    Step("limit_storage", "units", "that {destination} can hold in all",
         Source("landing.locations", "location={destination}", "unit_capacity")),
    Step("limit_capacity", "{limit_unit}", "of it left for transfers",
         function="optimization.transfers.measure_rooms",
         terms=("limit_stated", "limit_allocated", "limit_storage")),
    Step("limit_draw", "litres", "of it that a unit draws",
         Source("landing.products", OF_ITEM, "volume"), value="limit_litres"),
    Step("planned_units", "units", "of the line itself",
         Source("plans.transfers_plan", LINE, "quantity")),
    Step("limit_used", "units", "of it used by all lines",
         Source("plans.transfers_plan", "{limit_rows}", "quantity"), value="limit_used_units"),
    Step("limit_used", "litres", "of it used by all lines", function=_PLANNER,
         terms=("limit_draw", "planned_units"), value="limit_used_litres"),
    Step("limit_used_elsewhere", "{limit_unit}", "of it used by other lines",
         formula="limit_used - COALESCE(limit_draw, 1) * planned_units"),
    Step("limit_units", "units", "that {binding} leaves room for",
         formula="FLOOR((limit_capacity - limit_used_elsewhere) "
         "/ COALESCE(limit_draw, 1) + 0.000001)"),
]  # fmt: skip
_BENEFIT = [
    Step("worth_there", "currency", "worth of the last unit sent, at {destination}",
         function=_STOCK_VALUE, terms=(*_OF_TAKER, "quantity")),
    Step("worth_here", "currency", "worth of the same unit at {origin}",
         function=_STOCK_VALUE, terms=(*_OF_SENDER, "quantity")),
    Step("gain_of_next", "currency", "that one unit more would gain, net",
         function=_STOCK_VALUE, terms=(*_OF_TAKER, *_OF_SENDER, "lane_unit_cost", "quantity")),
    Step("sold", "units", "of them expected to sell there",
         function=_STOCK_VALUE, terms=(*_OF_TAKER, "quantity")),
    Step("surplus", "currency", "keeping units above the level there until demand reaches them",
         function=_STOCK_VALUE, terms=(*_OF_TAKER, "quantity")),
    of_action("margin_kept", "currency", "margin kept",
              "sold * taker_underage - (quantity - sold) * taker_overage - COALESCE(surplus, 0)"),
    Step("sender_sold", "units", "of them expected to sell at {origin}",
         function=_STOCK_VALUE, terms=(*_OF_SENDER, "quantity")),
    Step("sender_surplus", "currency", "saved: keeping units above the level at {origin}",
         function=_STOCK_VALUE, terms=(*_OF_SENDER, "quantity")),
    of_action(
        "margin_given_up", "currency", "given up at {origin}",
        "sender_sold * sender_underage_cost - (quantity - sender_sold) * sender_overage_cost "
        "- COALESCE(sender_surplus, 0)",
    ),
    of_action("holding_cost", "currency", "holding"),
    *line_cost_steps("store_pick_seconds"),
    *moving_steps("lane_unit_cost * quantity + line_cost + fixed_share"),
    benefit_step(),
            forced_step("plans.transfers_plan", LINE),
]  # fmt: skip
TRANSFER_STEPS: list[tuple[str, list[Step]]] = [
    (
        "demand",
        demand_steps(
            "optimization.levels.build_local_windows", "forecasting.distribution.sum_window_demand"
        ),
    ),
    ("level", level_steps()),
    ("position", _RECEIVER),
    ("need", _NEED),
    ("sender", _SENDER),
    ("limits", _LIMITS),
    (
        "quantity",
        [
            of_action(
                "quantity",
                "units",
                "to move: the least of these, set by {binding}",
                "LEAST(wanted, spared, GREATEST(paying_units, trip_lacks), limit_units)",
            )
        ],
    ),
    ("benefit", _BENEFIT),
    ("alternative", alternative_steps("plans.transfers_plan", LINE)),
]
