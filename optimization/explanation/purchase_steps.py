"""How an order line is told: the echelon and its level, the terms of its supplier, the benefit."""

from dataclasses import replace

from optimization.explanation.common import (
    WORTH,
    alternative_steps,
    benefit_step,
    demand_steps,
    later_steps,
    level_steps,
    of_action,
    sale_margin_formula,
)
from optimization.explanation.steps import AT_DESTINATION, POLICY, Source, Step

ECHELON_STOCK = {
    "on_hand": "on hand",
    "reserved": "reserved for customers",
    "damaged": "damaged",
    "in_transit": "in transit",
    "on_order": "on order",
    "proposed_inbound": "proposed by us, to arrive",
    "proposed_outbound": "proposed by us, to leave",
}
"""Columns of an echelon's stock, in words."""

_OFFER = "sku={sku};supplier={supplier}"
_SUPPLIER = "supplier={supplier}"
_END = "sku={sku};destination={destination}"
_AT_OTHER = "sku={sku};location={destination};supplier={supplier}"
_ECHELON = "sku={sku};location|supply_location={destination};status=active"
_OWNED = (
    "on_hand - reserved - damaged + in_transit + on_order + proposed_inbound - proposed_outbound"
)
_WORTH = tuple("unit_margin" if name == "underage_cost" else name for name in WORTH)
"""Steps that say what stock of the echelon is worth, at the price of the supplier."""

_EXIT = ("open_life_mean", "open_life_sd", "exit_loss_share", "supplier_price")
"""Steps that say what is lost when the item leaves the range."""

_WORTH_OF = "optimization.purchasing.value_orders"
_PLANNER = "optimization.purchasing.plan_purchases"
_ORDER = "sku={sku};supplier={supplier};destination={destination}"


def _of_offer(name: str, unit: str, words: str, column: str | None = None) -> Step:
    return Step(name, unit, words, Source("landing.item_suppliers", _OFFER, column or name))


def _of_supply(name: str, words: str) -> Step:
    return Step(name, "days", words, Source("supply.lead_times", AT_DESTINATION, name))


def _of_echelon(name: str, words: str) -> Step:
    return Step(
        name,
        "units",
        f"{words}, in all {{members}} members of the echelon",
        Source("plans.planning_pairs", _ECHELON, name),
        function="optimization.levels.build_echelon_windows",
    )


def _of_plan(name: str, unit: str, words: str, column: str | None = None) -> Step:
    return Step(name, unit, words, Source("plans.purchase_plan", _ORDER, column or name))


def _of_choice(
    name: str, unit: str, words: str, value: str | None = None, column: str | None = None
) -> Step:
    source = Source("plans.supplier_choices", _END, column or name)
    return Step(name, unit, words, source, value=value)


def _state_term(name: str, words: str, *, own: str, choice: str) -> list[Step]:
    """A term of the benefit: of an order by itself, or of what choosing its supplier changes."""
    step = of_action(name, "currency", words)
    return [
        replace(step, formula=formula, value=f"{of}_{name}")
        for of, formula in (("own", own), ("choice", choice))
    ]


def _shortfall(name: str, words: str) -> Step:
    return Step(
        name,
        "units",
        words,
        Source("plans.targets", AT_DESTINATION, name),
        function="optimization.levels.build_echelon_windows",
    )


_SHORT = "expected to be short until the goods of the next order come"
_KEPT = "cost of stock kept until then and of what is left"

PURCHASE_STEPS = [
    (
        "demand",
        [
            _of_supply("lead_time_mean", "lead time of {supplier}"),
            _of_supply("closure_days", "of it while {supplier} is closed"),
            _of_supply("lead_time_sd", "standard deviation of the lead time"),
            *(
                Step(
                    name,
                    "days",
                    words,
                    Source("supply.other_lead_times", _AT_OTHER, name),
                    value=of,
                )
                for name, of, words in (
                    ("lead_time_mean", "other_days", "lead time of {supplier}"),
                    ("closure_days", "other_closure", "of it while {supplier} is closed"),
                    ("lead_time_sd", "other_sd", "standard deviation of the lead time"),
                )
            ),
            _of_supply("review_days", "between two orders"),
            *demand_steps(
                "optimization.levels.build_echelon_windows",
                "forecasting.distribution.sum_echelon_demand",
            ),
            _shortfall("shortfall_mean", "that suppliers are expected to leave short"),
            _shortfall("shortfall_sd", "standard deviation of that"),
        ],
    ),
    ("level", level_steps()),
    (
        "position",
        [
            *(_of_echelon(name, words) for name, words in ECHELON_STOCK.items()),
            Step(
                "ordered_elsewhere",
                "units",
                "ordered tonight from {other_supplier}, which come before",
                Source("plans.supplier_choices", _END, "other_units"),
            ),
            *later_steps(f"{_OWNED} + COALESCE(ordered_elsewhere, 0)"),
            Step(
                "inventory_position",
                "units",
                "inventory position of the echelon",
                Source("plans.purchase_plan", _ORDER, "inventory_position"),
                f"{_OWNED} - COALESCE(later, 0) + COALESCE(ordered_elsewhere, 0)",
                "optimization.levels.count_owned_units",
            ),
        ],
    ),
    (
        "need",
        [Step("need", "units", "short of the level", formula="order_up_to - inventory_position")],
    ),
    (
        "limits",
        [
            _of_offer("minimum_order_quantity", "units", "least order of {supplier}"),
            _of_offer("order_multiple", "units", "in an order multiple"),
            _of_offer("supplier_price", "currency", "price of {supplier}", "unit_price"),
            Step(
                "unit_margin",
                "currency",
                "margin of a sale at that price, net of returns",
                formula=f"GREATEST({sale_margin_formula('supplier_price')}, 0)",
            ),
            *(
                Step(name, "units", words, Source("plans.targets", AT_DESTINATION, name))
                for name, words in (
                    ("open_life_mean", "demand that its stock can serve until the item leaves"),
                    ("open_life_sd", "standard deviation of that"),
                )
            ),
            Step(
                "exit_loss_share",
                "share",
                "of its price that a unit left then loses",
                Source(POLICY, "economics", "exit_loss_share"),
            ),
            Step(
                "value_packs",
                "packs",
                "order multiples worth more than they cost",
                function="optimization.purchasing.count_paying_multiples",
                terms=(*_WORTH, *_EXIT, "inventory_position", "order_multiple"),
            ),
            _of_plan(
                "shelf_packs",
                "packs",
                "order multiples worth it, as far as the shelf has room",
                "own_packs",
            ),
            _of_plan(
                "split_packs",
                "packs",
                "order multiples of the part that {supplier} brings",
                "own_packs",
            ),
            _of_plan("life_units", "units", "as likely as not to sell before their life ends"),
            Step(
                "life_packs",
                "packs",
                "order multiples that sell before their life ends",
                formula="FLOOR(life_units / order_multiple)",
            ),
            Step(
                "floor_packs",
                "packs",
                "order multiples that a floor asks for",
                formula="CEIL(need / order_multiple)",
            ),
            Step(
                "minimum_packs",
                "packs",
                "order multiples of the least order line",
                formula="CEIL(minimum_order_quantity / order_multiple)",
            ),
            _of_plan(
                "break_packs", "packs", "order multiples that earn a lower price", "own_packs"
            ),
            _of_plan("own_packs", "packs", "order multiples of the line by itself"),
            Step(
                "minimum_order_value",
                "currency",
                "least value of an order to {supplier}",
                Source("landing.suppliers", _SUPPLIER, "minimum_order_value"),
            ),
            _of_plan("document_value", "currency", "worth of all lines of order {document}"),
            _of_plan(
                "limit_price",
                "currency",
                "what one more in its budget would bring",
            ),
            _of_plan(
                "capacity_price", "currency", "what one more unit of {capacity_limit} would bring"
            ),
            Step(
                "added_packs",
                "packs",
                "order multiples added so that the order reaches its least value",
                function=_PLANNER,
                terms=("own_packs", "minimum_order_value", "document_value"),
            ),
            Step(
                "cut_packs",
                "packs",
                "order multiples fewer, as {binding} asks for",
                function=_PLANNER,
                terms=("own_packs", "limit_price", "capacity_price"),
            ),
        ],
    ),
    (
        "quantity",
        [
            of_action(
                "packs",
                "packs",
                "order multiples",
                "GREATEST(value_packs, shelf_packs, split_packs, life_packs, floor_packs, "
                "minimum_packs, break_packs) "
                "+ COALESCE(added_packs, 0) - COALESCE(cut_packs, 0)",
            ),
            of_action("quantity", "units", "to order, set by {binding}", "packs * order_multiple"),
        ],
    ),
    (
        "benefit",
        [
            Step(
                "sold",
                "units",
                "of them expected to sell before the goods of the next order come",
                function=_WORTH_OF,
                terms=(*WORTH[:3], "inventory_position", "quantity"),
            ),
            _of_plan("paid_price", "currency", "price of so many", "unit_price"),
            _of_plan("break_saving", "currency", "what it saves on the least order that earns it"),
            _of_choice(
                "dearer",
                "currency",
                "more than all from {preferred_supplier}",
                "choice_price_difference",
                "price_difference",
            ),
            _of_choice(
                "lost_margin",
                "currency",
                "cost of a unit short at the price of {preferred_supplier}",
                "choice_underage",
                "underage_cost",
            ),
            _of_choice("lost_as_is", "units", f"{_SHORT}, all from {{preferred_supplier}}"),
            _of_choice("lost_then", "units", f"{_SHORT}, with this order"),
            *_state_term(
                "margin_kept",
                "margin kept",
                own="unit_margin * sold + COALESCE(break_saving, 0)",
                choice="(lost_as_is - lost_then) * lost_margin - dearer",
            ),
            _of_choice(
                "wait_gain",
                "currency",
                "that ordering it when orders are placed again would gain, too",
            ),
            of_action(
                "margin_given_up", "currency", "given up elsewhere", "COALESCE(wait_gain, 0)"
            ),
            Step(
                "surplus",
                "currency",
                "keeping units above the level until demand reaches them",
                function=_WORTH_OF,
                terms=(*WORTH[5:], "inventory_position", "quantity"),
            ),
            Step(
                "exit_cost",
                "currency",
                "loss on what is left when the item leaves the range",
                function=_WORTH_OF,
                terms=(*_EXIT, "sold_before", "inventory_position", "quantity"),
            ),
            _of_choice("holding_as_is", "currency", f"{_KEPT}, all from {{preferred_supplier}}"),
            _of_choice("holding_then", "currency", f"{_KEPT}, with this order"),
            *_state_term(
                "holding_cost",
                "holding",
                own="(quantity - sold) * overage_cost + COALESCE(surplus, 0) "
                "+ COALESCE(exit_cost, 0)",
                choice="holding_then - holding_as_is",
            ),
            of_action("moving_cost", "currency", "moving"),
            benefit_step(),
            Step(
                "forced_cost",
                "currency",
                "of it that {binding} costs beyond the best order",
                Source("plans.purchase_plan", _ORDER, "forced_cost"),
            ),
        ],
    ),
    (
        "alternative",
        [
            *alternative_steps("plans.purchase_plan", _ORDER),
            _of_choice("preferred_price", "currency", "price of {preferred_supplier}, preferred"),
            _of_choice("preferred_days", "days", "lead time of {preferred_supplier}"),
            _of_choice(
                "price_difference",
                "currency",
                "more than all from {preferred_supplier}",
                "own_price_difference",
            ),
            _of_choice(
                "gain",
                "currency",
                "that ordering from {other_supplier} as well or instead gains; next best: "
                "{rejected_choice}",
                "choice_gain",
            ),
            _of_choice("gain_chance", "share", "probability that it gains", "choice_chance"),
        ],
    ),
]


def _of_order_levels(step: Step) -> Step:
    """The step with its level read from those that were set for the order."""
    if step.source is None or step.source.table != "plans.targets":
        return step
    key = f"{step.source.key};{_SUPPLIER}"
    return replace(step, source=Source("plans.order_levels", key, step.source.column))


CHOICE_STEPS = [
    (part, [_of_order_levels(step) for step in steps]) for part, steps in PURCHASE_STEPS
]
"""The same of items that go to another supplier, or to two."""
