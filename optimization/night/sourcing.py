"""Which node ships which customer's line in a night, once allocation and transfers are known."""

import datetime as dt
from typing import NamedTuple

import polars as pl

from optimization.frames import cast_to_contract
from optimization.order_costs import (
    NodeFacts,
    ShippingOptions,
    find_standing_refusals,
    list_collection_lanes,
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
from optimization.transfers import net_lanes
from quality_checks.contracts import (
    CustomerLines,
    OrderSourcing,
    PlanningPolicy,
    SourcingShadow,
    find_frame,
)

SHIP_DAYS = 2
"""Days, from the one after the business date, on which a line may be shipped: what is left to later
days is decided later, with what has come by then."""


class OrderRecords(NamedTuple):
    """What systems and forecasts say of customers' orders and of the nodes that ship them.

    Attributes:
        lines: frame `customer_lines`.
        locations: the columns of the contract Locations.
        rates: the columns of the contract ShippingRates.
        lanes: the columns of the contract Lanes, with what lower versions of the plan leave.
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
    lanes: pl.DataFrame
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
        nodes: location, kind and region of the contract Locations, of nodes that ship to customers,
            and of stores at which lines are collected.
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
    lines = find_frame(CustomerLines).fill(records.lines.filter("movable"))
    facts = _find_facts(records, lines, policy, capacities, stock, first_day)
    options = price_options(lines, facts, policy.sourcing, policy.lines)
    priced = price_lines(options, facts, records.receipts, policy.sourcing, first_day=first_day)
    held = options.lines.select("order_id", "line", location="allocated_to")
    elsewhere = options.candidates.join(held, on=held.columns, how="anti", maintain_order="left")
    return SourcingInputs(
        frames=SourcingFrames(priced, elsewhere, options.parcels, stock, capacities),
        options=options,
        priced=priced,
        nodes=_select_nodes(records.locations, lines),
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
    placed = find_frame(CustomerLines).fill(placed)
    others = allocated.filter(~pl.col("has_left")).join(
        placed, on=["order_id", "line"], how="anti", maintain_order="left"
    )
    capacities = net_capacities(records.capacities, others, first_day=first_day, days=SHIP_DAYS)
    stock = _list_stock(records, placed)
    facts = _find_facts(records, placed, policy, capacities, stock, first_day)
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


def _select_nodes(locations: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Nodes that ship to customers, and stores at which lines are collected: only_hands_over."""
    collected = pl.col("location").is_in(lines["collect_at"].drop_nulls().unique().sort().implode())
    return locations.filter(pl.col("ships_online") | collected).select(
        "location", "kind", "region", only_hands_over=~pl.col("ships_online")
    )


def _find_facts(  # noqa: PLR0913, PLR0917  # all that nodes are asked by
    records: OrderRecords,
    lines: pl.DataFrame,
    policy: PlanningPolicy,
    capacities: pl.DataFrame,
    stock: pl.DataFrame,
    first_day: dt.date,
) -> NodeFacts:
    moved = records.moved
    volumes = records.planned.select("sku", "volume")
    return NodeFacts(
        days=_list_days(records.locations, lines, capacities, first_day),
        kept=records.kept,
        rates=records.rates,
        lanes=list_collection_lanes(
            net_lanes(records.lanes, moved, volumes), moved, lines, first_day=first_day
        ),
        pairs=stock,
        refusal=records.refusal,
        refused=find_standing_refusals(records.refusals, first_day=first_day),
        late=records.late,
        exit_loss_share=policy.economics.exit_loss_share,
    )


def _list_days(
    locations: pl.DataFrame, lines: pl.DataFrame, capacities: pl.DataFrame, first_day: dt.date
) -> pl.DataFrame:
    """Frame `node_days`: nodes that ship to customers, and stores at which lines are collected."""
    nodes = _select_nodes(locations, lines).rename({"region": "origin_region"})
    ahead = [first_day + dt.timedelta(days=day) for day in range(SHIP_DAYS)]
    stated = capacities.select("location", "ship_on", is_stated=pl.lit(value=True))
    return (
        nodes.join(pl.DataFrame({"ship_on": ahead}), how="cross")
        .join(stated, on=["location", "ship_on"], how="left", maintain_order="left")
        .with_columns(pl.col("is_stated").fill_null(value=False))
        .sort("location", "ship_on")
    )
