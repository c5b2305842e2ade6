"""How an allocation line is told: its steps, from demand to the packs that each limit leaves."""

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

_STOCK_VALUE = "optimization.value.StockValue"
_KEPT = ("kept_value", "resupply_days", "demand_mean", "demand_sd", "protection_days")
"""Steps that say what units are worth that stay at the DC."""

_PACK = (*WORTH, *_KEPT, "inventory_position", "case_pack", "lane_unit_cost")
"""Steps that say what a pack is worth, net."""


def _limit(name: str, unit: str, words: str, column: str) -> Step:
    key = "limit={binding};scope={limit_scope}"
    return Step(name, unit, words, Source("plans.limit_prices", key, column))


def _of_dc(name: str, unit: str, words: str, column: str) -> Step:
    return Step(name, unit, words, Source("plans.targets", AT_ORIGIN, column))


def _fence(kind: str) -> Step:
    source = Source(POLICY, "allocation.ring_fence", kind)
    words = f"of it fenced for each other location that is {kind}"
    return Step(f"fence_share_{kind}", "share", words, source)


FENCED = ("ecom", "marketplace")
"""Kinds of location for which policy may fence a part of a DC's units."""

_COMING = "available + in_transit + on_order + proposed_inbound"
ALLOCATION_STEPS: list[tuple[str, list[Step]]] = [
    (
        "demand",
        demand_steps(
            "optimization.levels.build_local_windows", "forecasting.distribution.sum_window_demand"
        ),
    ),
    ("level", level_steps()),
    (
        "position",
        [
            *stock_steps("", AT_DESTINATION),
            *later_steps(_COMING),
            Step(
                "owed",
                "units",
                "promised to customers beyond what there is",
                formula="GREATEST(reserved - GREATEST(on_hand - damaged, 0), 0)",
            ),
            Step(
                "inventory_position",
                "units",
                "inventory position",
                formula=f"{_COMING} - COALESCE(later, 0) - owed",
                function="optimization.allocation.build_receivers",
            ),
        ],
    ),
    (
        "need",
        [
            Step(
                "last_sale",
                "units",
                "most that may still sell before the item leaves",
                function="optimization.allocation.limit_last_sale",
                terms=("demand_mean", "demand_sd"),
            ),
            Step(
                "launch_minimum",
                "units",
                "kept on the shelf besides, at the launch",
                Source("landing.item_locations", AT_DESTINATION, "presentation_min"),
            ),
            Step(
                "level",
                "units",
                "level that tonight fills up to",
                formula="LEAST(GREATEST(order_up_to, last_sale, order_up_to + launch_minimum), "
                "shelf_max)",
                function="optimization.allocation.build_receivers",
            ),
            Step("need", "units", "short of the level", formula="level - inventory_position"),
            Step(
                "case_pack",
                "units",
                "in a case pack",
                Source("landing.products", OF_ITEM, "case_pack"),
            ),
            Step(
                "need_packs",
                "packs",
                "that fill the level",
                formula="CEIL(need / case_pack)",
            ),
            Step(
                "least_line_units",
                "units",
                "fewest of a line",
                Source(POLICY, "allocation", "least_line_units"),
            ),
            Step(
                "least_packs",
                "packs",
                "that hold the fewest units of a line",
                formula="CEIL(least_line_units / case_pack)",
            ),
        ],
    ),
    (
        "sender",
        [
            Step(
                "dc_available",
                "units",
                "free to send at {origin}",
                Source("inventory.position", AT_ORIGIN, "available"),
            ),
            Step(
                "dc_sent_elsewhere",
                "units",
                "that {origin} sends elsewhere tonight",
                Source(
                    "plans.allocation",
                    "sku={sku};origin={origin};destination<>{destination}",
                    "quantity",
                ),
            ),
            *(_fence(kind) for kind in FENCED),
            Step(
                "fenced_elsewhere",
                "units",
                "that only others may take",
                function="optimization.allocation.set_ring_fences",
                terms=("dc_available", *(f"fence_share_{kind}" for kind in FENCED)),
            ),
            _of_dc(
                "dc_underage_cost", "currency", "cost of a unit short at {origin}", "underage_cost"
            ),
            _of_dc("dc_overage_cost", "currency", "cost of a unit left over there", "overage_cost"),
            _of_dc(
                "dc_stock_out_chance",
                "share",
                "that {origin} and all it feeds run out",
                "stock_out_chance",
            ),
            _of_dc("resupply_days", "days", "until {origin} is supplied again", "protection_days"),
            Step(
                "kept_value",
                "currency",
                "worth of a unit that stays at {origin}",
                formula="GREATEST(dc_underage_cost * COALESCE(dc_stock_out_chance, 0) "
                "- dc_overage_cost * (1 - COALESCE(dc_stock_out_chance, 0)), 0)",
                value="kept_for_later",
            ),
            Step(
                "kept_value",
                "currency",
                "worth of a unit that stays at {origin}: it is left over as the item leaves",
                function="optimization.allocation.value_kept_units",
                terms=("overage_cost",),
                value="kept_in_vain",
            ),
            lane_cost_step(),
            Step(
                "priority_weight",
                "factor",
                "on the worth of its stock, priority {priority}",
                Source(POLICY, "allocation.priority_weight", "{priority}"),
            ),
        ],
    ),
    (
        "limits",
        [
            Step(
                "shelf_packs",
                "packs",
                "that the shelf has room for",
                formula="FLOOR((shelf_max - inventory_position) / case_pack)",
            ),
            Step(
                "dc_packs",
                "packs",
                "that {origin} has for it",
                formula="FLOOR((dc_available - dc_sent_elsewhere - COALESCE(fenced_elsewhere, 0)) "
                "/ case_pack)",
            ),
            Step(
                "paying_packs",
                "packs",
                "worth more than they cost",
                function="optimization.value.build_pack_ladders",
                terms=(*_PACK, "priority_weight"),
            ),
            Step(
                "owed_packs",
                "packs",
                "that customers wait for",
                formula="CEIL(-inventory_position / case_pack)",
            ),
            Step(
                "shown_packs",
                "packs",
                "that fill the presentation minimum",
                formula="CEIL((presentation_min - inventory_position) / case_pack)",
            ),
            Step(
                "most_cover_days",
                "days",
                "of demand that a line may cover without a reason",
                Source(POLICY, "lines", "most_cover_days"),
            ),
            Step(
                "covered_packs",
                "packs",
                "that last no longer",
                formula="GREATEST(FLOOR((CEIL(GREATEST(most_cover_days, protection_days) "
                "* (demand_mean / protection_days)) - inventory_position) / case_pack), 0)",
            ),
            Step(
                "cover_packs",
                "packs",
                "that may be sent: those, or what is owed, shown or cannot be broken",
                formula="GREATEST(covered_packs, owed_packs, shown_packs, least_packs, 1)",
            ),
            Step(
                "full_packs",
                "packs",
                "below the level: a unit kept is worth nothing",
                formula="LEAST(FLOOR(need / case_pack), covered_packs)",
            ),
            Step(
                "worth_packs",
                "packs",
                "worth sending",
                formula="GREATEST(paying_packs, owed_packs, shown_packs, full_packs, least_packs)",
            ),
            _limit("limit_capacity", "{measure}", "{binding} of {limit_scope}", "capacity"),
            _limit("limit_used", "{measure}", "of it used by all lines", "used"),
            Step(
                "limit_draw",
                "litres",
                "of it that a unit draws",
                Source("landing.products", OF_ITEM, "volume"),
                value="limit_litres",
            ),
            Step(
                "limit_draw",
                "currency",
                "of it that a unit draws",
                formula="unit_cost",
                value="limit_currency",
            ),
            Step(
                "planned_units",
                "units",
                "of the line itself",
                Source("plans.allocation", LINE, "quantity"),
            ),
            Step(
                "limit_used_elsewhere",
                "{measure}",
                "of it used by other lines",
                formula="limit_used - COALESCE(limit_draw, 1) * planned_units",
            ),
            _limit("limit_price", "currency", "shadow price: worth of one more of it", "price"),
            Step(
                "limit_packs",
                "packs",
                "that {binding} leaves room for",
                formula="FLOOR((limit_capacity - limit_used_elsewhere) "
                "/ (COALESCE(limit_draw, 1) * case_pack) + 0.000001)",
            ),
        ],
    ),
    (
        "quantity",
        [
            of_action(
                "packs",
                "packs",
                "the least of these, set by {binding}",
                "LEAST(GREATEST(need_packs, least_packs), cover_packs, shelf_packs, dc_packs, "
                "worth_packs, limit_packs)",
            ),
            of_action("quantity", "units", "to send", "packs * case_pack"),
        ],
    ),
    (
        "benefit",
        [
            Step(
                "worth_of_last",
                "currency",
                "worth of the last pack sent, net",
                function=_STOCK_VALUE,
                terms=(*_PACK, "quantity"),
            ),
            Step(
                "worth_of_next",
                "currency",
                "worth of one pack more, net",
                function=_STOCK_VALUE,
                terms=(*_PACK, "quantity"),
            ),
            Step(
                "sold",
                "units",
                "of them expected to sell in the interval",
                function=_STOCK_VALUE,
                terms=(*WORTH[:3], "inventory_position", "quantity"),
            ),
            Step(
                "surplus",
                "currency",
                "keeping units above the level until demand reaches them",
                function=_STOCK_VALUE,
                terms=(*WORTH[5:], "inventory_position", "quantity"),
            ),
            of_action(
                "margin_kept",
                "currency",
                "margin kept",
                "sold * underage_cost - (quantity - sold) * overage_cost - COALESCE(surplus, 0)",
            ),
            Step(
                "stranded",
                "units",
                "of them unsold when {origin} is supplied again",
                function="optimization.value.Keeping",
                terms=(*_KEPT[1:], "inventory_position", "quantity"),
            ),
            of_action(
                "margin_given_up",
                "currency",
                "given up at {origin}",
                "COALESCE(stranded, 0) * kept_value",
            ),
            of_action("holding_cost", "currency", "holding"),
            *line_cost_steps("dc_pick_seconds"),
            *moving_steps("lane_unit_cost * quantity + line_cost + COALESCE(fixed_share, 0)"),
            benefit_step(),
            forced_step("plans.allocation", LINE),
        ],
    ),
    ("alternative", alternative_steps("plans.allocation", LINE)),
]
