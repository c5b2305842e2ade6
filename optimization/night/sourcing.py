"""Which node ships which customer's line in a night, once allocation and transfers are known."""

import datetime as dt
from typing import NamedTuple

import polars as pl

from optimization.frames import cast_to_contract
from optimization.order_costs import (
    NodeFacts,
    ShippingOptions,
    find_standing_refusals,
    list_node_stock,
    net_capacities,
    price_lines,
    price_options,
)
from optimization.sourcing import (
    SourcingFrames,
    SourcingPlan,
    compare_choices,
    source_orders,
    tabulate_decisions,
    tabulate_options,
    tabulate_sourcing,
)
from quality_checks.contracts import OrderSourcing, PlanningPolicy, SourcingShadow

SHIP_DAYS = 2
"""Days, from the one after the business date, on which a line may be shipped: what is left to later
days is decided later, with what has come by then."""


class OrderRecords(NamedTuple):
    """What systems and forecasts say of customers' orders and of the nodes that ship them.

    Attributes:
        lines: frame `customer_lines`.
        locations: the columns of the contract Locations.
        rates: the columns of the contract ShippingRates.
        capacities: the columns of the contract NodeCapacities.
        receipts: frame `node_receipts`.
        refusal: frame `refusal_chances`.
        refusals: frame `line_refusals`.
        late: frame `delay_chances`.
        kept: frame `kept_items`.
        planned: frame `planned_pairs`.
        lives: sku, location, open_life_mean, open_life_sd of the contract Targets.
        moved: frame `moved_units`, of tonight's allocation and transfers.
    """

    lines: pl.DataFrame
    locations: pl.DataFrame
    rates: pl.DataFrame
    capacities: pl.DataFrame
    receipts: pl.DataFrame
    refusal: pl.DataFrame
    refusals: pl.DataFrame
    late: pl.DataFrame
    kept: pl.DataFrame
    planned: pl.DataFrame
    lives: pl.DataFrame
    moved: pl.DataFrame


class SourcingInputs(NamedTuple):
    """All that the sourcing of a night is made from.

    Attributes:
        frames: what is decided of, and the limits.
        options: from where and when each line could be shipped.
        priced: frame `sourcing_lines` with stay_cost.
        nodes: location, region of the nodes that ship to customers.
        facts: what is known of these nodes.
        split_penalty: cost of each further parcel of an order, currency.
    """

    frames: SourcingFrames
    options: ShippingOptions
    priced: pl.DataFrame
    nodes: pl.DataFrame
    facts: NodeFacts
    split_penalty: float


class NightSourcing(NamedTuple):
    """What a night decides of customers' orders.

    Attributes:
        given: what it was decided from.
        plan: the plan.
        lines: the columns of OrderSourcing without business_date.
        decisions: the columns of OrderDecisions without business_date.
        options: the columns of SourcingOptions without business_date.
    """

    given: SourcingInputs
    plan: SourcingPlan
    lines: pl.DataFrame
    decisions: pl.DataFrame
    options: pl.DataFrame


def gather_sourcing_inputs(
    records: OrderRecords, policy: PlanningPolicy, *, business_date: dt.date
) -> SourcingInputs:
    """Put together what the sourcing of a night must keep.

    Allocated lines that a node has not picked are looked at beside open ones; the units that are
    reserved for them stay reserved, and the hands of their node busy, until the OMS says otherwise.

    Args:
        records: of orders and nodes.
        policy: its rules of lines and of sourcing.
        business_date: the day that closed; nodes ship from the next.
    """
    first_day = business_date + dt.timedelta(days=1)
    allocated = records.lines.filter(pl.col("allocated_to").is_not_null(), ~pl.col("has_left"))
    capacities = net_capacities(records.capacities, allocated, first_day=first_day, days=SHIP_DAYS)
    stock = _list_stock(records, allocated.clear())
    facts = _find_facts(records, policy, capacities, stock, first_day)
    lines = records.lines.filter("movable")
    options = price_options(lines, facts, policy.sourcing, policy.lines)
    priced = price_lines(options, facts, records.receipts, policy.sourcing, first_day=first_day)
    held = options.lines.select("order_id", "line", location="allocated_to")
    elsewhere = options.candidates.join(held, on=held.columns, how="anti", maintain_order="left")
    return SourcingInputs(
        frames=SourcingFrames(priced, elsewhere, options.parcels, stock, capacities),
        options=options,
        priced=priced,
        nodes=_select_nodes(records.locations),
        facts=facts,
        split_penalty=policy.sourcing.split_penalty,
    )


def source_customer_orders(inputs: SourcingInputs, *, business_date: dt.date) -> NightSourcing:
    """Decide which node ships each line, or that it waits, stays open or stays where it is.

    Raises:
        ValueError: a frame breaks its contract.
    """
    plan = source_orders(inputs.frames, split_penalty=inputs.split_penalty)
    lines = tabulate_sourcing(plan, inputs.options, inputs.priced, inputs.nodes)
    urgency = (pl.col("promised_on") - pl.lit(business_date)).dt.total_days().clip(lower_bound=0)
    return NightSourcing(
        inputs,
        plan,
        cast_to_contract(lines.with_columns(urgency_days=urgency), OrderSourcing),
        tabulate_decisions(plan, inputs.options, inputs.priced),
        tabulate_options(plan, inputs.options),
    )


def compare_oms_choices(
    records: OrderRecords, policy: PlanningPolicy, *, business_date: dt.date
) -> pl.DataFrame:
    """Cost what the OMS allocated on the day, where it did and where we would have.

    Args:
        records: of orders and nodes.
        policy: its rules of lines and of sourcing.
        business_date: the day that closed.

    Returns:
        The columns of SourcingShadow without business_date.
    """
    first_day = business_date + dt.timedelta(days=1)
    allocated = records.lines.filter(pl.col("allocated_to").is_not_null())
    placed = allocated.filter("choosable", allocated_on=business_date)
    others = allocated.filter(~pl.col("has_left")).join(
        placed, on=["order_id", "line"], how="anti", maintain_order="left"
    )
    capacities = net_capacities(records.capacities, others, first_day=first_day, days=SHIP_DAYS)
    stock = _list_stock(records, placed)
    facts = _find_facts(records, policy, capacities, stock, first_day)
    compared = compare_choices(
        price_options(placed, facts, policy.sourcing, policy.lines),
        stock,
        capacities,
        split_penalty=policy.sourcing.split_penalty,
    )
    regions = records.locations.select("location", "region")
    return cast_to_contract(compared.join(regions, on="location"), SourcingShadow)


def _list_stock(records: OrderRecords, freed: pl.DataFrame) -> pl.DataFrame:
    units = freed.select("sku", "quantity", location="allocated_to")
    return list_node_stock(records.planned, records.lives, records.moved, units)


def _select_nodes(locations: pl.DataFrame) -> pl.DataFrame:
    """Nodes that ship to customers."""
    return locations.filter("ships_online").select("location", "kind", "region")


def _find_facts(
    records: OrderRecords,
    policy: PlanningPolicy,
    capacities: pl.DataFrame,
    stock: pl.DataFrame,
    first_day: dt.date,
) -> NodeFacts:
    nodes = _select_nodes(records.locations).rename({"region": "origin_region"})
    ahead = [first_day + dt.timedelta(days=day) for day in range(SHIP_DAYS)]
    stated = capacities.select("location", "ship_on", is_stated=pl.lit(value=True))
    return NodeFacts(
        days=nodes.join(pl.DataFrame({"ship_on": ahead}), how="cross")
        .join(stated, on=["location", "ship_on"], how="left", maintain_order="left")
        .with_columns(pl.col("is_stated").fill_null(value=False))
        .sort("location", "ship_on"),
        kept=records.kept,
        rates=records.rates,
        pairs=stock,
        refusal=records.refusal,
        refused=find_standing_refusals(records.refusals, first_day=first_day),
        late=records.late,
        exit_loss_share=policy.economics.exit_loss_share,
    )
