"""Why a customer is offered, or sent, another item than he ordered."""

import polars as pl

from optimization.explanation.common import (
    alternative_steps,
    benefit_step,
    of_action,
    stock_steps,
)
from optimization.explanation.missed import missed_steps, with_missed_choice
from optimization.explanation.night import PlannedNight
from optimization.explanation.sourcing import with_node_facts, word_carriage
from optimization.explanation.steps import AT_ORIGIN, OF_ACTION, Explained, Source, Step

_LINE = "order_id={order_id};line={order_line}"
_ORDER_LINE = "order_id={order_id};order_line={order_line}"
_MISSED = f"{_LINE};substitute={{missed_item}};location={{missed_location}};ship_on={{missed_on}}"
_TABLE = "plans.substitution_plan"
_OF_LINE = pl.Struct({"order_id": pl.String, "order_line": pl.Int64, "form": pl.String})
_CHANCES = "forecasting.substitution.estimate_substitute_chances"
_PRICED = "optimization.substitution.price_substitutes"
_WORTH = "optimization.value.StockValue"
_CARRIED = (
    ("shipping_cost", "{carriage}", _PRICED),
    ("parcel_cost", "a parcel of its own", _PRICED),
    ("split_penalty", "a further parcel of the order to its place", None),
    ("handling_cost", "picking and packing", _PRICED),
    ("refusal_cost", "that {origin} may refuse it", _PRICED),
    ("late_cost", "that it may come after the promise", _PRICED),
)
_STATED = (
    "ordered_sku", "closeness", "answers", "like_answers", "dearer_answers",
    "equal_chance", "price_slope", "unit_price", "chance", "otherwise", "margin_change",
    "returned_value", "declined_cost", "markdown_avoided",
)  # fmt: skip


def explain_substitutions(night: PlannedNight) -> Explained:
    """Substitutes: who takes them, what the node has, what each earns and costs, and what else."""
    lines = night.lines("substitution")
    of_line = lines.select(pl.col("details").str.json_decode(_OF_LINE)).unnest("details")
    own = ["order_id", "order_line"]
    stated = night.plans["substitution"].select(
        *own,
        *_STATED,
        *(name for name, _, _ in _CARRIED),
        worth_there="unit_value",
        chosen_cost="cost",
        carriage=word_carriage(),
    )
    told = (
        lines.hstack(of_line)
        .join(stated, on=own, how="left", validate="1:1", maintain_order="left")
        .with_columns(
            asked_first=pl.when(form="offer").then("chance"),
            closeness=pl.col("closeness").str.replace_all("_", " "),
        )
    )
    told = with_missed_choice(
        told, night.substitution_options, night.order_limit_prices, "substitution"
    )
    return Explained(with_node_facts(told, night), _list_steps())


def _list_steps() -> list[tuple[str, list[Step]]]:
    def stated(
        name: str,
        words: str,
        function: str | None = None,
        value: str | None = None,
        unit: str = "currency",
    ) -> Step:
        source = Source(_TABLE, _ORDER_LINE, name)
        return Step(name, unit, words, source, None, function, value)

    carried = " + ".join(name for name, _, _ in _CARRIED)
    quantity = Source("actions.proposals", OF_ACTION, "quantity")
    asked = Source("plans.order_decisions", _LINE, "quantity")
    missed = Source("plans.substitution_options", _MISSED, "cost")
    return [
        ("sender", stock_steps("sender_", AT_ORIGIN)),
        ("limits", missed_steps(Source(_TABLE, _ORDER_LINE, "cost"), missed)),
        (
            "quantity",
            [
                Step(
                    "asked",
                    "units",
                    "of {ordered_sku} that line {order_line} of {order_id} asks for",
                    asked,
                ),
                Step("quantity", "units", "to ship, all at once", quantity, "asked"),
            ],
        ),
        (
            "benefit",
            [
                stated("answers", "answers of customers to the two items", unit="answers"),
                stated("like_answers", "answers to items as close: {closeness}", unit="answers"),
                stated(
                    "equal_chance",
                    "that the customer takes it at the price of what he ordered, by these",
                    _CHANCES,
                    unit="share",
                ),
                stated("dearer_answers", "answers to items that cost more", unit="answers"),
                stated(
                    "price_slope",
                    "fall of its log-odds by the log of a higher price",
                    _CHANCES,
                    unit="share",
                ),
                stated("unit_price", "that he pays for a unit"),
                stated("chance", "that he takes it at that price", _PRICED, unit="share"),
                stated("otherwise", "what the line costs without it"),
                stated("margin_change", "that it earns beyond the item ordered", _PRICED),
                of_action(
                    "margin_kept",
                    "currency",
                    "kept with that chance",
                    "chance * (otherwise + margin_change)",
                ),
                stated("unit_value", "that its units are worth to {origin}", _WORTH, "worth_there"),
                stated("returned_value", "of that there again if declined", _WORTH),
                stated("markdown_avoided", "loss at their exit that it avoids", _PRICED),
                of_action(
                    "margin_given_up",
                    "currency",
                    "given up there",
                    "unit_value - returned_value - chance * markdown_avoided",
                ),
                *(stated(name, words, function) for name, words, function in _CARRIED),
                stated("declined_cost", "that a customer costs who declines"),
                Step(
                    "shipped_chance",
                    "share",
                    "that it is shipped: he is asked first",
                    formula="chance",
                    value="asked_first",
                ),
                of_action(
                    "moving_cost",
                    "currency",
                    "shipping, and declining",
                    f"COALESCE(shipped_chance, 1) * ({carried}) + (1 - chance) * declined_cost",
                ),
                of_action("holding_cost", "currency", "holding"),
                benefit_step(),
            ],
        ),
        ("alternative", alternative_steps(_TABLE, _ORDER_LINE)),
    ]
