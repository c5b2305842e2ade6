"""How an allocation line is told: its steps, from demand to the packs that each limit leaves."""

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
from optimization.explanation.steps import AT_DESTINATION, AT_ORIGIN, LINE, OF_ITEM, Source, Step

_PLANNER = "optimization.allocation.plan_allocation"


def _limit(name: str, unit: str, words: str, column: str | None = None) -> Step:
    key = "limit={binding};scope={limit_scope}"
    source = Source("plans.limit_prices", key, column) if column else None
    return Step(name, unit, words, source, function=None if column else _PLANNER)


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
            later_step(),
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
            ),
            Step(
                "launch_minimum",
                "units",
                "kept on the shelf besides, at the launch",
                formula="presentation_min",
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
                Source("policies/planning.yaml", "allocation", "least_line_units"),
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
            Step(
                "fenced_elsewhere",
                "units",
                "that only others may take",
                function="optimization.allocation.set_ring_fences",
            ),
            Step(
                "kept_value",
                "currency",
                "worth of a unit that stays at {origin}",
                function="optimization.allocation.value_kept_units",
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
                "worth_of_last",
                "currency",
                "worth of the last pack sent, net",
                function="optimization.value.StockValue",
            ),
            Step(
                "worth_of_next",
                "currency",
                "worth of one pack more, net",
                function="optimization.value.StockValue",
            ),
            Step(
                "paying_packs",
                "packs",
                "worth more than they cost",
                function="optimization.value.build_pack_ladders",
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
                Source("policies/planning.yaml", "lines", "most_cover_days"),
            ),
            Step(
                "covered_packs",
                "packs",
                "that last no longer",
                function="optimization.allocation.count_covered_packs",
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
            _limit("limit_used_elsewhere", "{measure}", "of it used by other lines"),
            _limit("limit_draw", "{measure}", "of it that a unit draws"),
            _limit("limit_price", "currency", "shadow price: worth of one more of it", "price"),
            Step(
                "limit_packs",
                "packs",
                "that {binding} leaves room for",
                formula="FLOOR((limit_capacity - limit_used_elsewhere) / (limit_draw * case_pack) "
                "+ 0.000001)",
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
                "sold",
                "units",
                "of them expected to sell in the interval",
                function="optimization.value.StockValue",
            ),
            Step(
                "surplus",
                "currency",
                "keeping units above the level until demand reaches them",
                function="optimization.value.StockValue",
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
