"""The sourcing of a night in the columns of its tables: what is decided, and what is to be done."""

from collections.abc import Mapping

import polars as pl

from optimization.frames import cast_to_contract, word_worth
from optimization.order_costs import ShippingOptions
from optimization.sourcing.plan import SourcingPlan
from quality_checks.contracts import OrderDecisions, OrderLimitPrices, SourcingOptions

LINE = ["order_id", "line"]
PARCEL = ["order_id", "place", "location", "ship_on"]
CHOICE = [*LINE, "location", "ship_on"]
KEPT_FROM = ("stock", "capacity", "after_promise", "refused_before")
"""Verdicts that keep a line from a node that costs less."""


def tabulate_options(plan: SourcingPlan, options: ShippingOptions) -> pl.DataFrame:
    """Every node and day considered for each line, in the columns of SourcingOptions.

    Args:
        plan: what was decided.
        options: what it was decided of.
    """
    carriers = options.parcels.select(*PARCEL, "carrier")
    places = options.lines.select(*LINE, "place")
    told = plan.considered.join(places, on=LINE, maintain_order="left").join(
        carriers, on=PARCEL, how="left", maintain_order="left"
    )
    return cast_to_contract(told, SourcingOptions)


def tabulate_decisions(
    plan: SourcingPlan, options: ShippingOptions, priced: pl.DataFrame
) -> pl.DataFrame:
    """What is decided of each line, in the columns of OrderDecisions.

    Args:
        plan: what was decided.
        options: what it was decided of.
        priced: frame `sourcing_lines` with stay_cost.
    """
    allocated = pl.col("allocated_to").is_not_null()
    stays = allocated & (pl.col("decision") == "open")
    told = _join_lines(plan.lines, options, priced).with_columns(
        decision=pl.when(stays).then(pl.lit("stay")).otherwise("decision"),
        cost=pl.when(stays).then("otherwise").otherwise("cost"),
    )
    return cast_to_contract(told, OrderDecisions)


def tabulate_sourcing(
    plan: SourcingPlan, options: ShippingOptions, priced: pl.DataFrame, nodes: pl.DataFrame
) -> pl.DataFrame:
    """What nodes are asked to ship, in the columns of OrderSourcing but urgency_days.

    Args:
        plan: what was decided.
        options: what it was decided of.
        priced: frame `sourcing_lines` with stay_cost.
        nodes: location and region of the contract Locations.
    """
    chances = options.candidates.select(*CHOICE, "gain_chance")
    carriers = options.parcels.select(*PARCEL, "carrier")
    known = pl.col("stay_cost").is_not_null()
    reason = (
        pl.when(pl.col("allocated_to").is_null())
        .then(pl.lit("cheapest_node"))
        .when(known)
        .then(pl.lit("cheaper_node"))
        .otherwise(pl.lit("node_cannot_ship"))
    )
    return (
        _join_lines(plan.lines.filter(decision="ship"), options, priced)
        .join(chances, on=CHOICE, maintain_order="left")
        .join(carriers, on=PARCEL, maintain_order="left")
        .join(_count_refusals(options), on=LINE, how="left", maintain_order="left")
        .join(_find_bindings(plan), on=LINE, how="left", maintain_order="left")
        .with_columns(destination=pl.coalesce("collect_at", "region"))
        .drop("region")
        .rename({"line": "order_line", "location": "origin"})
        .join(nodes.select("region", origin="location"), on="origin", maintain_order="left")
        .with_columns(
            reason=reason,
            packs="quantity",
            refused_nodes=pl.col("refused_nodes").fill_null(0),
            binding=pl.col("binding").fill_null("cost"),
            rejected=pl.col("rejected").fill_null("none"),
        )
    )


def _join_lines(
    lines: pl.DataFrame, options: ShippingOptions, priced: pl.DataFrame
) -> pl.DataFrame:
    """Add what is known of lines, otherwise (what doing nothing costs), and rejected in words."""
    asked = options.lines.select(
        *(*LINE, "region", "collect_at", "place"),
        *("promised_on", "due_on", "allocated_to", "unserved"),
    )
    stays = priced.select(*LINE, "stay_cost")
    return (
        lines.join(asked, on=LINE, maintain_order="left")
        .join(stays, on=LINE, maintain_order="left")
        .with_columns(otherwise=pl.coalesce("stay_cost", "unserved"))
        .with_columns(rejected=_tell_rejected())
    )


def _tell_rejected() -> pl.Expr:
    """The best rejected alternative, and what it is worth beside doing nothing about the line."""
    nothing = pl.col("rejected") == "leave it open"
    there = nothing & pl.col("allocated_to").is_not_null()
    words = pl.when(there).then(pl.lit("leave it where it is")).otherwise("rejected")
    cost = pl.when(nothing).then("otherwise").otherwise("rejected_cost")
    return word_worth(words, pl.col("otherwise") - cost)


def _count_refusals(options: ShippingOptions) -> pl.DataFrame:
    """Count the nodes that are not asked for a line as they refused it, the one left among them."""
    refused = options.candidates.filter("refused_before")
    return refused.group_by(LINE, maintain_order=True).agg(
        refused_nodes=pl.col("location").n_unique().cast(pl.Int64)
    )


def _find_bindings(plan: SourcingPlan) -> pl.DataFrame:
    """For each line what kept it from the cheapest node that costs less than the one chosen."""
    chosen = plan.considered.filter(verdict="chosen").select(*LINE, chosen_cost="cost")
    return find_missed_choices(plan.considered, chosen).select(*LINE, binding="verdict")


def find_missed_choices(considered: pl.DataFrame, chosen: pl.DataFrame) -> pl.DataFrame:
    """Find for each line the cheapest choice that costs less than the one made.

    It is one that stock, capacity, the promise or an earlier refusal keeps the line from; ties by
    its key. A line that got the cheapest of all has none.

    Args:
        considered: the columns of the contract SourcingOptions or SubstitutionOptions, or as many
            of them as are known so far.
        chosen: order_id, line and cost of the contract SourcingOptions or SubstitutionOptions of
            what was chosen, as chosen_cost.

    Returns:
        The rows of `considered` with chosen_cost.
    """
    ties = [name for name in ("substitute", "location", "ship_on") if name in considered.columns]
    kept = considered.filter(pl.col("verdict").is_in(KEPT_FROM)).join(chosen, on=LINE)
    cheaper = kept.filter(pl.col("cost") < pl.col("chosen_cost")).sort(*LINE, "cost", *ties)
    return cheaper.unique(LINE, keep="first", maintain_order=True)


def tabulate_order_limits(plans: Mapping[str, SourcingPlan]) -> pl.DataFrame:
    """What limits that customers' lines share are worth, in the columns of OrderLimitPrices.

    Args:
        plans: stage of the contract -> what was decided there.
    """
    stages = [
        plan.limits.with_columns(stage=pl.lit(stage, pl.String)) for stage, plan in plans.items()
    ]
    return cast_to_contract(pl.concat(stages), OrderLimitPrices)
