"""What it costs to ship a line from no node tonight: left open, left where it is, or waiting."""

import datetime as dt

import polars as pl

from optimization.order_costs.node_stock import value_units
from optimization.order_costs.options import LINE, NodeFacts, ShippingOptions
from optimization.order_costs.parcels import PARCEL, charge_carriage, list_parcels
from quality_checks.contracts import NodeDays, NodeReceipts, SourcingRules, find_frame

OWN = ("shipping_cost", "handling_cost", "refusal_cost", "late_cost")


def price_lines(
    options: ShippingOptions,
    facts: NodeFacts,
    receipts: pl.DataFrame,
    rules: SourcingRules,
    *,
    first_day: dt.date,
) -> pl.DataFrame:
    """Price lines that open or allocated orders ask for, where no node is to ship them tonight.

    An open line then costs its margin and what policy says of an unserved one, or waits for a
    receipt. An allocated one stays where it is, at the costs of that node on the first day, less
    what a change must gain; the parcel counts where the line is the only one of its order that goes
    from there to its place. Where it cannot be costed there, or the node has refused it, it counts
    as unserved.

    Args:
        options: as `price_options` gives them.
        facts: of the nodes.
        receipts: frame `node_receipts`.
        rules: of policy.
        first_day: day after the business date.

    Returns:
        Frame `sourcing_lines`, with stay_cost, missing for an open line and where unknown.
    """
    stays = _find_stay_cost(options, facts, first_day)
    waits = _find_wait_cost(options, facts, find_frame(NodeReceipts).read(receipts), first_day)
    kept = (pl.col("stay_cost") - rules.least_resourcing_gain).clip(lower_bound=0.0)
    return (
        options.lines.join(stays, on=LINE, how="left", maintain_order="left")
        .join(waits, on=LINE, how="left", maintain_order="left")
        .select(
            *LINE,
            "sku",
            "quantity",
            "place",
            "stay_cost",
            promised_on="due_on",
            open_cost=pl.coalesce(kept, "unserved"),
            wait_cost=pl.when(pl.col("allocated_to").is_null()).then("wait_cost"),
        )
    )


def price_undecided_lines(options: ShippingOptions) -> pl.DataFrame:
    """Price lines as if nothing had been decided of them: unserved, where no node ships them.

    Args:
        options: as `price_options` gives them.

    Returns:
        Frame `sourcing_lines`.
    """
    return options.lines.select(
        *LINE,
        "sku",
        "quantity",
        "place",
        promised_on="due_on",
        open_cost="unserved",
        wait_cost=pl.lit(None, pl.Float64),
    )


def _find_stay_cost(options: ShippingOptions, facts: NodeFacts, first_day: dt.date) -> pl.DataFrame:
    """stay_cost of allocated lines that can be costed where they are, currency."""
    able = options.candidates.filter("is_stated", ~pl.col("refused_before"))
    there = (
        options.lines.filter(pl.col("allocated_to").is_not_null())
        .select(
            *LINE, "sku", "quantity", "place", location="allocated_to", ship_on=pl.lit(first_day)
        )
        .join(able, on=[*LINE, "location", "ship_on"], maintain_order="left")
        .join(options.parcels, on=PARCEL, maintain_order="left")
    )
    alone = (pl.len().over("order_id", "place", "location") == 1).cast(pl.Float64)
    # The units are reserved: the position that is free has them no more.
    valued = value_units(there, facts.pairs, added=True)
    return valued.select(
        *LINE,
        stay_cost=pl.sum_horizontal(OWN)
        - pl.col("markdown_avoided")
        + pl.col("parcel_cost") * alone
        + pl.col("worth"),
    )


def _find_wait_cost(
    options: ShippingOptions, facts: NodeFacts, receipts: pl.DataFrame, first_day: dt.date
) -> pl.DataFrame:
    """wait_cost of lines for which enough units come in time, at the cheapest such node."""
    known = find_frame(NodeDays).fill(facts.days)
    places = known.drop("ship_on", "is_stated").unique(
        "location", keep="first", maintain_order=True
    )
    coming = (
        options.lines.join(receipts, on="sku", maintain_order="left_right")
        .filter(pl.col("units") >= pl.col("quantity"))
        .with_columns(
            # What comes on a day is shipped on the next; what is overdue may come on the first.
            ship_on=pl.max_horizontal("due_on_right", pl.lit(first_day)) + pl.duration(days=1)
        )
    )
    days = coming.select("location", "ship_on").unique(maintain_order=True)
    nodes = places.join(days, on="location")
    parcels = list_parcels(options.lines, nodes, facts.rates, facts.lanes)
    # A refusal that stands tonight has passed by the day on which new units have come.
    stated = options.candidates.filter("is_stated", pl.col("refusal_cost").is_not_null())
    usual = stated.group_by(*LINE, "location", maintain_order=True).agg(
        pl.col("handling_cost", "refusal_cost").first()
    )
    rows = (
        coming.join(parcels, on=PARCEL, maintain_order="left")
        .filter(pl.col("arrives_on") <= pl.col("promised_on"))
        .join(usual, on=[*LINE, "location"], maintain_order="left")
    )
    valued = value_units(rows, facts.pairs, added=False)
    cost = (
        charge_carriage()
        + pl.col("parcel_cost")
        + pl.col("handling_cost")
        + pl.col("refusal_cost")
        + pl.col("worth")
        + (1 - pl.col("chance")) * pl.col("unserved")
    )
    return valued.group_by(LINE, maintain_order=True).agg(wait_cost=cost.min()).sort(LINE)
