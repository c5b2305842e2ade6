"""Why a node is asked to ship a line of a customer's order."""

import polars as pl

from optimization.explanation.common import (
    alternative_steps,
    benefit_step,
    of_action,
    stock_steps,
)
from optimization.explanation.missed import missed_steps, with_missed_choice
from optimization.explanation.night import PlannedNight
from optimization.explanation.steps import AT_ORIGIN, OF_ACTION, Explained, Source, Step
from optimization.order_costs import BY_LANE, OFF_THE_SHELF
from quality_checks.contracts import WORTH_OF_REJECTED

_LINE = "order_id={order_id};line={order_line}"
_ORDER_LINE = "order_id={order_id};order_line={order_line}"
_TABLE = "plans.order_sourcing"
_OF_LINE = pl.Struct({"order_id": pl.String, "order_line": pl.Int64})
_STOCK = (
    "on_hand",
    "reserved",
    "damaged",
    "proposed_outbound",
    "available",
    "in_transit",
    "on_order",
    "proposed_inbound",
)
_PRICED = "optimization.order_costs.price_options"
_TERMS = (
    ("shipping_cost", "{carriage}", _PRICED),
    ("parcel_cost", "its share of the parcel", _PRICED),
    ("split_penalty", "its share of the order's further parcels to its place", None),
    ("handling_cost", "picking and packing", _PRICED),
    ("refusal_cost", "that {origin} may refuse it", _PRICED),
    ("late_cost", "that it may come after its promise", _PRICED),
)

_REFUSED = Step(
    "refused_nodes",
    "nodes",
    "that refused it before, and are not asked again",
    Source(_TABLE, _ORDER_LINE, "refused_nodes"),
)


def explain_sourcing(night: PlannedNight) -> Explained:
    """Lines of customers' orders: what the node has, each cost of shipping it, and what else."""
    lines = night.lines("sourcing")
    of_line = lines.select(pl.col("details").str.json_decode(_OF_LINE)).unnest("details")
    own = ["order_id", "order_line"]
    stated = (
        night.plans["sourcing"]
        .select(
            *own,
            *(name for name, _, _ in _TERMS),
            "markdown_avoided",
            "allocated_to",
            "otherwise",
            "refused_nodes",
            "ship_on",
            carriage=word_carriage(),
            worth_there="unit_value",
        )
        .with_columns(
            left_open=pl.when(pl.col("allocated_to").is_null()).then("otherwise"),
            left_there=pl.when(pl.col("allocated_to").is_not_null()).then("otherwise"),
            refused_nodes=pl.when(pl.col("refused_nodes") > 0).then("refused_nodes"),
        )
    )
    chosen = night.sourcing_options.filter(verdict="chosen").select(
        "order_id", order_line="line", chosen_cost="cost"
    )
    told = (
        lines.hstack(of_line)
        .join(stated, on=own, how="left", validate="1:1", maintain_order="left")
        .join(chosen, on=own, how="left", validate="1:1", maintain_order="left")
    )
    told = with_missed_choice(told, night.sourcing_options, night.order_limit_prices, "sourcing")
    return Explained(with_node_facts(told, night), _list_steps())


def word_carriage() -> pl.Expr:
    """What carriage beside the parcel is paid for, by carrier and collect_at."""
    shelf = pl.format("taken off the shelf of {}", "collect_at")
    lane = pl.format("the lane to {}, where it is collected, for its units", "collect_at")
    return (
        pl.when(carrier=OFF_THE_SHELF)
        .then(shelf)
        .when(carrier=BY_LANE)
        .then(lane)
        .otherwise(pl.format("{} for its weight", "carrier"))
    )


def with_node_facts(lines: pl.DataFrame, night: PlannedNight) -> pl.DataFrame:
    """Add what the node that ships has of the item, asked, and rejected_worth.

    Args:
        lines: sku, origin, quantity, rejected.
        night: the night.
    """
    held = night.pairs.select(
        "sku",
        pl.col("location").alias("origin"),
        *(pl.col(name).alias(f"sender_{name}") for name in _STOCK),
    )
    return lines.join(
        held, on=["sku", "origin"], how="left", validate="m:1", maintain_order="left"
    ).with_columns(
        asked="quantity",
        rejected_worth=pl.col("rejected").str.extract(WORTH_OF_REJECTED).cast(pl.Float64),
    )


def _list_steps() -> list[tuple[str, list[Step]]]:
    def stated(
        name: str, words: str, function: str | None = None, value: str | None = None
    ) -> Step:
        return Step(
            name, "currency", words, Source(_TABLE, _ORDER_LINE, name), None, function, value
        )

    moving = " + ".join(name for name, _, _ in _TERMS)
    quantity = Source("actions.proposals", OF_ACTION, "quantity")
    asked = Source("plans.order_decisions", _LINE, "quantity")
    here, there = (
        Source("plans.sourcing_options", f"{_LINE};location={{{node}}};ship_on={{{day}}}", "cost")
        for node, day in (("origin", "ship_on"), ("missed_location", "missed_on"))
    )
    return [
        ("sender", stock_steps("sender_", AT_ORIGIN)),
        ("limits", missed_steps(here, there)),
        (
            "quantity",
            [
                Step(
                    "asked", "units", "that line {order_line} of {order_id} still asks for", asked
                ),
                Step("quantity", "units", "to ship, all at once", quantity, "asked"),
            ],
        ),
        (
            "benefit",
            [
                stated("otherwise", "that the line is never shipped", value="left_open"),
                stated("otherwise", "that {allocated_to} ships it", value="left_there"),
                of_action("margin_kept", "currency", "kept by shipping it so", "otherwise"),
                stated(
                    "unit_value",
                    "that its units are worth to {origin}",
                    "optimization.value.StockValue",
                    "worth_there",
                ),
                stated("markdown_avoided", "loss at their exit that it avoids", _PRICED),
                of_action(
                    "margin_given_up",
                    "currency",
                    "given up there",
                    "unit_value - markdown_avoided",
                ),
                *(stated(name, words, function) for name, words, function in _TERMS),
                of_action("moving_cost", "currency", "shipping", moving),
                of_action("holding_cost", "currency", "holding"),
                benefit_step(),
            ],
        ),
        ("alternative", [_REFUSED, *alternative_steps(_TABLE, _ORDER_LINE)]),
    ]
