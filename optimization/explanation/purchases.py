"""Why so many units of an item are ordered from its supplier."""

from dataclasses import replace

import polars as pl

from optimization.explanation.common import (
    WORTH,
    alternative_steps,
    benefit_step,
    demand_steps,
    later_steps,
    level_steps,
    of_action,
    sale_margin_formula,
    with_facts,
)
from optimization.explanation.night import PlannedNight
from optimization.explanation.steps import (
    AT_DESTINATION,
    POLICY,
    Explained,
    Source,
    Step,
)
from optimization.levels import count_owned_units
from optimization.purchasing import count_paying_multiples, value_orders
from optimization.value import compute_sale_margin
from quality_checks.contracts import PurchaseTerms, find_frame

_STOCK = {
    "on_hand": "on hand",
    "reserved": "reserved for customers",
    "damaged": "damaged",
    "in_transit": "in transit",
    "on_order": "on order",
    "proposed_inbound": "proposed by us, to arrive",
    "proposed_outbound": "proposed by us, to leave",
}
_PLANNED = (
    "inventory_position",
    "forced_cost",
    "own_packs",
    "unit_price",
    "list_price",
    "break_saving",
    "document",
    "document_value",
    "minimum_order_value",
    "limit_price",
    "life_units",
)
"""Columns of the plan that are told."""

_CHOICE = (
    "preferred_supplier",
    "preferred_price",
    "preferred_days",
    "price_difference",
    "choice_gain",
    "choice_chance",
)
"""What is told of a choice beside the order."""

_GAINED = (
    "lost_as_is",
    "lost_then",
    "choice_underage",
    "holding_as_is",
    "holding_then",
    "wait_gain",
)
"""What is told of a choice beside the order of the other supplier: what that changes."""

_LINE = ["sku", "destination", "supplier"]
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


def explain_purchases(night: PlannedNight) -> Explained:
    """Orders: demand, level and position of the echelon, and the supplier's terms."""
    lines = night.lines("purchase_order").join(_list_chosen(night), on=_LINE, how="anti")
    return Explained(_tell(lines.sort("action_id"), night), PURCHASE_STEPS)


def explain_supplier_choices(night: PlannedNight) -> Explained:
    """Orders of items that go to another supplier, or to two, by the levels set for these."""
    lines = night.lines("purchase_order").join(_list_chosen(night), on=_LINE, how="semi")
    return Explained(
        _tell(lines.sort("action_id"), replace(night, targets=night.order_levels)), CHOICE_STEPS
    )


def _list_chosen(night: PlannedNight) -> pl.DataFrame:
    """sku, destination, supplier: orders whose levels were set for them."""
    return night.order_levels.select("sku", "supplier", destination="location")


def _tell(lines: pl.DataFrame, night: PlannedNight) -> pl.DataFrame:
    """Lines with a column for every value and every name of the steps."""
    known = with_facts(lines, night).drop(*_STOCK)
    return _with_money(_with_order(known, night), night)


def _echelons(night: PlannedNight) -> pl.DataFrame:
    """The stock of each echelon: sku, destination, members, and sums over the members."""
    active = night.pairs.filter(pl.col("status") == "active")
    own = active.filter(pl.col("supply_location").is_null()).with_columns(node="location")
    fed = active.filter(
        pl.col("supply_location").is_not_null(), pl.col("on_hand").is_not_null()
    ).with_columns(node="supply_location")
    return (
        pl.concat([own, fed])
        .group_by("sku", destination="node", maintain_order=True)
        .agg(pl.col(list(_STOCK)).sum(), members=pl.len())
    )


def _with_order(lines: pl.DataFrame, night: PlannedNight) -> pl.DataFrame:
    """Add the echelon's position, the supplier's lead time and terms, and what is short."""
    end = ["sku", "destination"]
    times = night.lead_times.select(
        "sku", pl.col("location").alias("destination"), "lead_time_mean", "lead_time_sd",
        "review_days", "closure_days",
    )  # fmt: skip
    terms = pl.concat(
        find_frame(PurchaseTerms).fill(of).select(
            "sku", pl.col("location").alias("destination"), "supplier", "supplier_price",
            "minimum_order_quantity", "order_multiple",
        )
        for of in (night.terms, night.other_terms)
    )  # fmt: skip
    planned = night.plans["purchase_order"].select(*end, "supplier", *_PLANNED)
    multiple = pl.col("order_multiple")
    return (
        lines.drop("lead_time_mean")
        .join(_echelons(night), on=end, how="left", validate="m:1", maintain_order="left")
        .join(times, on=end, how="left", validate="m:1", maintain_order="left")
        .join(terms, on=[*end, "supplier"], how="left", validate="1:1", maintain_order="left")
        .join(planned, on=[*end, "supplier"], how="left", validate="1:1", maintain_order="left")
        .join(_list_choices(night), on=_LINE, how="left", validate="1:1", maintain_order="left")
        .with_columns(
            need=pl.col("order_up_to") - pl.col("inventory_position"),
            later=_above_zero(
                count_owned_units()
                + pl.col("ordered_elsewhere").fill_null(0)
                - pl.col("inventory_position")
            ),
            lead_time_mean=pl.when(pl.col("other_days").is_null()).then("lead_time_mean"),
            lead_time_sd=pl.when(pl.col("other_days").is_null()).then("lead_time_sd"),
            closure_days=pl.when(pl.col("other_days").is_null()).then("closure_days"),
            minimum_packs=pl.when(pl.col("own_packs") > 0).then(
                -(-pl.col("minimum_order_quantity") // multiple)
            ),
            forced_cost=_above_zero(pl.col("forced_cost")),
            limit_price=_above_zero(pl.col("limit_price")),
            paid_price=pl.when(pl.col("unit_price") < pl.col("list_price")).then("unit_price"),
            added_packs=_above_zero(pl.col("packs") - pl.col("own_packs")),
            exit_loss_share=pl.when(pl.col("open_life_mean").is_not_null()).then(
                pl.lit(night.policy.economics.exit_loss_share)
            ),
            cut_packs=_above_zero(pl.col("own_packs") - pl.col("packs")),
        )
        .with_columns(
            floor_packs=pl.when(pl.col("binding").is_in(["service_floor", "presentation_min"]))
            .then(-(-pl.col("need") // multiple)),
        )
    )  # fmt: skip


def _list_choices(night: PlannedNight) -> pl.DataFrame:
    """What was chosen of the supplier of each line: prices, days and gain, by line."""
    taken = night.choices.filter(pl.col("form") != "preferred").rename(
        {
            "rejected": "rejected_choice",
            "gain": "choice_gain",
            "gain_chance": "choice_chance",
            "underage_cost": "choice_underage",
        }
    )
    told = ["sku", "destination", *_CHOICE, "rejected_choice", "other_supplier"]
    times = night.other_lead_times.select(
        "sku",
        destination="location",
        supplier="supplier",
        other_days="lead_time_mean",
        other_sd="lead_time_sd",
        other_closure="closure_days",
    )
    other = taken.select(*told, *_GAINED, supplier="other_supplier").join(
        times, on=_LINE, how="left", maintain_order="left"
    )
    rest = taken.filter(pl.col("form") == "split").select(
        *told, supplier="preferred_supplier", ordered_elsewhere="other_units"
    )
    return pl.concat([other, rest], how="diagonal")


def _above_zero(number: pl.Expr) -> pl.Expr:
    return pl.when(number > 0).then(number)


def _with_money(lines: pl.DataFrame, night: PlannedNight) -> pl.DataFrame:
    """Add what the order sells until the next one comes, and what the rest of it costs.

    Of an order that goes to another supplier than the preferred one, what that changes instead.
    """
    margin = compute_sale_margin("supplier_price")
    orders = lines.with_columns(
        unit_margin=margin.clip(lower_bound=0.0), unit_price=pl.col("supplier_price")
    )
    share = night.policy.economics.exit_loss_share
    priced = orders.with_columns(underage_cost="unit_margin")
    worth = value_orders(priced, orders["quantity"].to_numpy(), share)
    packs = count_paying_multiples(priced, share)
    held, own = pl.col("level_binding").is_in(_SHELVES), pl.col("own_packs")
    split = pl.col("binding") == "split"
    living = pl.col("life_units") // pl.col("order_multiple")
    cut = ~held & ~split & (pl.Series(packs) > living)
    spoils = (own > 0) & ((pl.col("binding") == "remaining_life") | cut.fill_null(value=False))
    asked = pl.max_horizontal("floor_packs", "minimum_packs", "split_packs", "life_packs")
    chosen = pl.col("wait_gain").is_not_null()
    money = ("margin_kept", "holding_cost", "price_difference")
    return orders.with_columns(
        sold=pl.Series(worth.sold),
        surplus=_above_zero(pl.lit(pl.Series(worth.surplus_cost))),
        exit_cost=_above_zero(pl.lit(pl.Series(worth.exit_cost))),
        break_saving=_above_zero(pl.col("break_saving")),
        value_packs=pl.when(own == 0).then(0).when(~held & ~split & ~spoils).then(pl.Series(packs)),
        shelf_packs=pl.when(held & ~split & ~spoils & (own > 0)).then(own),
        life_packs=pl.when(spoils).then(living),
        split_packs=pl.when(split).then(own),
    ).with_columns(
        *(
            pl.when(~chosen).then(name).alias(name)
            for name in ("unit_margin", "sold", "surplus", "exit_cost", "break_saving")
        ),
        *(pl.when(~chosen).then(name).alias(f"own_{name}") for name in money),
        *(pl.when(chosen).then(name).alias(f"choice_{name}") for name in money),
        break_packs=pl.when(own > pl.max_horizontal("value_packs", "shelf_packs", asked)).then(own),
        wait_gain=_above_zero(pl.col("wait_gain")),
    )


_SHELVES = ["shelf_max", "shelf_max_below_presentation_min"]


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
            *(_of_echelon(name, words) for name, words in _STOCK.items()),
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
                terms=("own_packs", "limit_price"),
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
