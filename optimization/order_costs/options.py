"""What shipping each line from each node and day costs by itself."""

from typing import NamedTuple

import polars as pl

from forecasting.distribution import compute_survival
from optimization.order_costs.parcels import (
    PARCEL,
    add_charged_weight,
    add_place,
    charge_carriage,
    list_parcels,
)
from quality_checks.contracts import (
    CustomerLines,
    KeptItems,
    LineRules,
    NodeDays,
    SourcingRules,
    StandingRefusals,
    find_frame,
)

LINE = ["order_id", "line"]
PAIR = ["sku", "location"]


class NodeFacts(NamedTuple):
    """What is known of the nodes that ship to customers.

    Attributes:
        days: frame `node_days`.
        kept: frame `kept_items`.
        rates: the columns of the contract ShippingRates.
        lanes: frame `collection_lanes`.
        pairs: what nodes hold, as `list_node_stock` gives it.
        refusal: frame `refusal_chances`.
        refused: frame `standing_refusals`.
        late: frame `delay_chances`.
        exit_loss_share: loss on a unit left at its item's exit, as a share of its cost.
    """

    days: pl.DataFrame
    rates: pl.DataFrame
    lanes: pl.DataFrame
    kept: pl.DataFrame
    pairs: pl.DataFrame
    refusal: pl.DataFrame
    refused: pl.DataFrame
    late: pl.DataFrame
    exit_loss_share: float


class ShippingOptions(NamedTuple):
    """From where and when each line could be shipped, and at which cost.

    Attributes:
        lines: frame `customer_lines` with charged_kg, place, unserved (currency: what it costs that
            the line is never shipped) and due_on: the promise, or the first day that a node with
            the units can keep where none can keep the promise.
        candidates: frame `sourcing_candidates`, with is_stated, as in `NodeFacts`, and gain_chance:
            that the node ships it and it comes in time; missing without a rate.
        parcels: frame `sourcing_parcels`, with carrier.
    """

    lines: pl.DataFrame
    candidates: pl.DataFrame
    parcels: pl.DataFrame


def price_options(
    lines: pl.DataFrame, facts: NodeFacts, rules: SourcingRules, line_rules: LineRules
) -> ShippingOptions:
    """Price every node that keeps a line's item, on each day, as far as it depends on the line.

    Nodes that say nothing of the day, that no carrier serves, from which no lane goes to where a
    line is collected, or that refused the line are told, too, and ship nothing. A refusal costs the
    hands in vain, and what the cheapest other node asks for carriage and hands beyond the carriage
    from this one, which is then not paid; without another node, what an unserved line costs. A node
    that never said whether it refuses or when it ships counts as sure.

    Args:
        lines: frame `customer_lines`.
        facts: of the nodes.
        rules: what lateness and unserved lines cost.
        line_rules: what it costs to pick a line.

    Raises:
        ValueError: `lines` breaks its contract.
    """
    facts = facts._replace(days=find_frame(NodeDays).read(facts.days))
    find_frame(StandingRefusals).check(facts.refused)
    asked = add_place(add_charged_weight(find_frame(CustomerLines).read(lines)))
    margin = (pl.col("unit_price") - pl.col("unit_cost")).clip(lower_bound=0.0).fill_null(0.0)
    asked = asked.with_columns(unserved=margin * pl.col("quantity") + rules.unserved_cost)
    nodes = facts.days.select("location", "origin_region", "only_hands_over", "ship_on")
    parcels = list_parcels(asked, nodes, facts.rates, facts.lanes)
    rows = _join_nodes(asked, parcels, facts)
    asked = _find_due(asked, rows)
    due = asked.select(*LINE, "due_on")
    late = _find_late_chance(rows.join(due, on=LINE, maintain_order="left"), facts.late)
    picks = {"dc": line_rules.dc_pick_cost}
    costed = late.with_columns(
        shipping_cost=charge_carriage(),
        handling_cost=pl.col("kind").replace_strict(
            picks, default=line_rules.store_pick_cost, return_dtype=pl.Float64
        ),
        late_cost=pl.col("late_chance") * rules.late_cost,
        markdown_avoided=_find_exit_loss(late, facts.exit_loss_share),
    )
    candidates = _cost_refusals(costed, facts.refusal).select(
        *LINE,
        "location",
        "ship_on",
        "shipping_cost",
        "handling_cost",
        "refusal_cost",
        "late_cost",
        "markdown_avoided",
        "refused_before",
        "is_stated",
        gain_chance=(1 - pl.col("refusal_chance")) * (1 - pl.col("late_chance")),
    )
    return ShippingOptions(asked, candidates, parcels)


def _join_nodes(asked: pl.DataFrame, parcels: pl.DataFrame, facts: NodeFacts) -> pl.DataFrame:
    """Each line at each node that keeps its item, on each day, with refused_before and can_ship."""
    kept = find_frame(KeptItems).read(facts.kept)
    refused = facts.refused.select(*LINE, "location", refused_before=pl.lit(value=True))
    is_known = pl.col("carrier").is_not_null() & pl.col("inventory_position").is_not_null()
    return (
        asked.join(kept, on="sku", maintain_order="left_right")
        .join(facts.days.drop("origin_region"), on="location", maintain_order="left_right")
        .filter(~pl.col("only_hands_over") | pl.col("location").eq_missing(pl.col("collect_at")))
        .join(parcels, on=PARCEL, how="left", maintain_order="left")
        .join(facts.pairs, on=PAIR, how="left", maintain_order="left")
        .join(refused, on=[*LINE, "location"], how="left", maintain_order="left")
        .with_columns(pl.col("refused_before").fill_null(value=False))
        .with_columns(can_ship=pl.col("is_stated") & is_known & ~pl.col("refused_before"))
        .sort(*LINE, "location", "ship_on")
    )


def _find_due(asked: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Add due_on: a promise that no node can keep is put off to the first day that one can."""
    has_units = pl.col("available") >= pl.col("quantity")
    able = rows.filter("can_ship")
    first = able.group_by(LINE, maintain_order=True).agg(
        first=pl.coalesce(pl.col("arrives_on").filter(has_units).min(), pl.col("arrives_on").min())
    )
    return asked.join(first, on=LINE, how="left", maintain_order="left").select(
        pl.exclude("first"), due_on=pl.max_horizontal("promised_on", "first")
    )


def _find_late_chance(rows: pl.DataFrame, late: pl.DataFrame) -> pl.DataFrame:
    """Add late_chance: that the line leaves too late to come by the day it is due.

    A promise that nobody can keep is broken whichever node ships: it moves no line.
    """
    spare = (pl.col("due_on") - pl.col("arrives_on")).dt.total_days()
    chance = pl.when(pl.col("spare") < 0).then(1.0).otherwise(pl.col("chance").fill_null(0.0))
    return (
        rows.with_columns(spare=spare)
        .with_columns(days_late=pl.col("spare") + 1)
        .join(late, on=["location", "days_late"], how="left", maintain_order="left")
        .with_columns(late_chance=pl.when(pl.col("spare").is_not_null()).then(chance))
        .drop("chance", "days_late", "spare")
    )


def _find_exit_loss(rows: pl.DataFrame, exit_loss_share: float) -> pl.Series:
    """Loss at the exit that the node need not take on a line's units, currency.

    The value of a unit looks until the next delivery. Where the item leaves the range later, its
    last units may be left then: with L the demand until the exit, the k-th with chance P(L < k).
    """
    leaving = rows.with_row_index("row").filter(
        pl.col("open_life_mean").is_not_null() & pl.col("inventory_position").is_not_null()
    )
    # The line's first unit is the one most surely sold.
    first = leaving["inventory_position"] - leaving["quantity"] + 1
    left = 1 - compute_survival(leaving["open_life_mean"], leaving["open_life_variance"], first)
    loss = leaving.select(
        "row",
        loss=pl.lit(pl.Series(left, dtype=pl.Float64))
        * exit_loss_share
        * pl.col("unit_cost")
        * pl.col("quantity"),
    )
    found = rows.with_row_index("row").join(loss, on="row", how="left", maintain_order="left")
    return found["loss"].fill_null(0.0)


def _cost_refusals(rows: pl.DataFrame, refusal: pl.DataFrame) -> pl.DataFrame:
    """Add refusal_chance and refusal_cost."""
    carriage = pl.col("shipping_cost") + pl.col("parcel_cost")
    by_node = (
        rows.filter("can_ship")
        .group_by(*LINE, "location", maintain_order=True)
        .agg(asks=(carriage + pl.col("handling_cost")).min())
        .sort(*LINE, "asks", "location")
    )
    best = by_node.group_by(LINE, maintain_order=True).agg(
        best_node=pl.col("location").first(),
        best=pl.col("asks").first(),
        second=pl.col("asks").get(1, null_on_oob=True),
    )
    other = pl.when(pl.col("location") == pl.col("best_node")).then("second").otherwise("best")
    beyond = pl.coalesce((other - carriage).clip(lower_bound=0.0), "unserved")
    cost = pl.col("refusal_chance") * (pl.col("handling_cost") + beyond)
    return (
        rows.join(refusal, on="location", how="left", maintain_order="left")
        .join(best, on=LINE, how="left", maintain_order="left")
        .with_columns(refusal_chance=pl.col("chance").fill_null(0.0))
        .with_columns(refusal_cost=pl.when(carriage.is_not_null()).then(cost))
    )
