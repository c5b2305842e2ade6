"""How a transfer line is told: receiver, sender, and what each limit leaves."""

from optimization.explanation.common import (
    alternative_steps,
    benefit_step,
    demand_steps,
    forced_step,
    later_step,
    level_steps,
    line_cost_steps,
    moving_steps,
    of_action,
    stock_steps,
)
from optimization.explanation.steps import AT_DESTINATION, AT_ORIGIN, LINE, Source, Step

_PLANNER = "optimization.transfers.plan_transfers"
_MOVERS = "optimization.transfers.select_movers"


def _other_lines(name: str, words: str, key: str) -> Step:
    return Step(name, "units", words, Source("plans.transfers_plan", key, "quantity"))


_COMING = "available + in_transit + on_order + proposed_inbound"
_SENDER_COMING = "sender_available + sender_in_transit + sender_on_order + sender_proposed_inbound"
_RECEIVER = [
    *stock_steps("", AT_DESTINATION),
    later_step(),
    Step("allocated", "units", "sent to it by its DC tonight",
         Source("plans.allocation", "sku={sku};destination={destination}", "quantity")),
    Step("awaited", "units", "that its DC has left for its next order", function=_MOVERS),
    Step("inventory_position", "units", "inventory position",
         formula=f"{_COMING} - COALESCE(later, 0) + COALESCE(allocated, 0) + COALESCE(awaited, 0)",
         function=_MOVERS),
    Step("dc_lacks", "units", "that it lacks for those it supplies", function=_MOVERS,
         value="lacks"),
    Step("inventory_position", "units", "position of a node that owes units",
         formula="-dc_lacks", value="dc_position"),
]  # fmt: skip
_NEED = [
    Step("last_sale", "units", "most that may still sell before the item leaves",
         function="optimization.allocation.limit_last_sale"),
    Step("level", "units", "level that tonight fills up to",
         formula="LEAST(GREATEST(order_up_to, last_sale), shelf_max)", function=_MOVERS),
    Step("level", "units", "level of a node that owes units: it takes what it lacks",
         formula="0 * dc_lacks", value="dc_level"),
    Step("need", "units", "short of the level", formula="level - inventory_position"),
    Step("cover_room", "units", "of them that last no longer than policy's most cover",
         function="optimization.transfers.add_movable_units"),
]  # fmt: skip
_SENDER = [
    *stock_steps("sender_", AT_ORIGIN),
    later_step("sender_"),
    Step("sender_awaited", "units", "that its DC has left for its next order", function=_MOVERS),
    Step("sender_inventory_position", "units", "inventory position of {origin}",
         formula=f"{_SENDER_COMING} - COALESCE(sender_later, 0) + COALESCE(sender_awaited, 0)",
         function=_MOVERS),
    Step("sender_order_up_to", "units", "order-up-to level of {origin}",
         Source("plans.targets", AT_ORIGIN, "order_up_to"),
         function="optimization.levels.set_order_up_to"),
    Step("sender_last_sale", "units", "most that may still sell before the item leaves",
         function="optimization.allocation.limit_last_sale"),
    Step("sender_level", "units", "level of {origin} tonight",
         formula="GREATEST(sender_order_up_to, sender_last_sale)", function=_MOVERS),
    Step("sender_presentation_min", "units", "presentation minimum of {origin}",
         Source("landing.item_locations", AT_ORIGIN, "presentation_min")),
    Step("sender_demand_mean", "units", "demand expected at {origin} in its interval",
         function=_MOVERS),
    Step("sender_need", "units", "that {origin} keeps",
         formula="LEAST(sender_level, sender_presentation_min + CEIL(sender_demand_mean))",
         function="optimization.transfers.add_movable_units"),
    Step("sender_need", "units", "that {origin} must keep: the item or the location goes",
         function="optimization.transfers.add_movable_units", value="sender_keeps_nothing"),
    Step("spare", "units", "that {origin} can spare",
         formula="GREATEST(LEAST(sender_available, sender_inventory_position) - sender_need, 0)",
         function="optimization.transfers.add_movable_units"),
    Step("spare", "units", "that {origin} can spare: one of each size stays",
         formula="sender_available - 1", function="optimization.transfers.add_movable_units",
         value="run_spare"),
]  # fmt: skip
_LIMITS = [
    _other_lines("got_elsewhere", "of the need, from other locations",
                 "sku={sku};destination={destination};origin<>{origin}"),
    Step("wanted", "units", "still wanted", formula="LEAST(need, cover_room) - got_elsewhere"),
    _other_lines("sent_elsewhere", "of what is spare, to other locations",
                 "sku={sku};origin={origin};destination<>{destination}"),
    Step("spared", "units", "still spare", formula="spare - sent_elsewhere"),
    Step("worth_there", "currency", "worth of the last unit sent, at {destination}",
         function="optimization.value.StockValue"),
    Step("worth_here", "currency", "worth of the same unit at {origin}",
         function="optimization.value.StockValue"),
    Step("gain_of_next", "currency", "that one unit more would gain, net",
         function="optimization.value.StockValue"),
    Step("paying_units", "units", "of these worth more there than here",
         function="optimization.value.StockValue"),
    _other_lines("trip_elsewhere", "of the trip, of other items",
                 "origin={origin};destination={destination};sku<>{sku}"),
    Step("least_trip_units", "units", "fewest of a trip",
         Source("policies/planning.yaml", "transfers", "least_units")),
    Step("trip_lacks", "units", "that the trip lacks without it",
         formula="least_trip_units - trip_elsewhere"),
    Step("limit_capacity", "{limit_unit}", "{binding} of {limit_scope} left for transfers",
         function="optimization.transfers.measure_rooms"),
    Step("limit_used_elsewhere", "{limit_unit}", "of it used by other lines", function=_PLANNER),
    Step("limit_draw", "{limit_unit}", "of it that a unit draws", function=_PLANNER),
    Step("limit_units", "units", "that {binding} leaves room for",
         formula="FLOOR((limit_capacity - limit_used_elsewhere) / limit_draw + 0.000001)"),
]  # fmt: skip
_BENEFIT = [
    Step("taker_underage", "currency", "cost of a unit short at {destination}", function=_MOVERS),
    Step("taker_overage", "currency", "cost of a unit left over there", function=_MOVERS),
    Step("sold", "units", "of them expected to sell there",
         function="optimization.value.StockValue"),
    Step("surplus", "currency", "keeping units above the level there until demand reaches them",
         function="optimization.value.StockValue"),
    of_action("margin_kept", "currency", "margin kept",
              "sold * taker_underage - (quantity - sold) * taker_overage - COALESCE(surplus, 0)"),
    Step("sender_underage_cost", "currency", "cost of a unit short at {origin}",
         Source("plans.targets", AT_ORIGIN, "underage_cost")),
    Step("sender_overage_cost", "currency", "cost of a unit left over there",
         Source("plans.targets", AT_ORIGIN, "overage_cost")),
    Step("sender_sold", "units", "of them expected to sell at {origin}",
         function="optimization.value.StockValue"),
    Step("sender_surplus", "currency", "saved: keeping units above the level at {origin}",
         function="optimization.value.StockValue"),
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
