"""Which substitutes a night offers or sends for the lines that no node serves in time."""

import datetime as dt
from typing import NamedTuple

import polars as pl

from optimization.frames import SubstitutionFrames, cast_to_contract
from optimization.night.sourcing import NightSourcing, source_customer_orders
from optimization.sourcing import SourcingPlan, tabulate_order_limits
from optimization.substitution import (
    SubstituteCosts,
    SubstituteRecords,
    choose_substitutes,
    price_substitutes,
    tabulate_substitutes,
    tabulate_substitution_options,
)
from quality_checks.contracts import (
    CustomerLines,
    OrderDecisions,
    PlanningPolicy,
    SubstitutionPlan,
    find_frame,
)

LINE = ["order_id", "line"]
PAIR = ["sku", "location"]
DAY = ["location", "ship_on"]


class NightSubstitution(NamedTuple):
    """What a night sends in place of what was ordered, and what becomes of sourcing then.

    Attributes:
        given: what it was chosen from.
        lines: the columns of SubstitutionPlan without business_date.
        options: the columns of SubstitutionOptions without business_date.
        sourcing: the sourcing of all lines, in which those with a substitute are shipped no more.
        plan: the sourcing of orders of one line each by which they were chosen; its cost is that
            of all lines that no node serves in time.
        limits: the columns of OrderLimitPrices without business_date.
    """

    given: SubstitutionFrames
    lines: pl.DataFrame
    options: pl.DataFrame
    sourcing: NightSourcing
    plan: SourcingPlan
    limits: pl.DataFrame


def list_unserved_lines(
    night: NightSourcing, known: pl.DataFrame, policy: PlanningPolicy
) -> pl.DataFrame:
    """List the open lines that no node serves by their promise.

    A line that waits for a receipt comes by it and is none of them.

    Args:
        night: what sourcing decided.
        known: frame `customer_lines`: of all orders.
        policy: what a late line costs.

    Returns:
        Frame `customer_lines` with the columns that `SubstituteRecords` has besides.
    """
    is_open = pl.col("decision") == "open"
    late = (pl.col("decision") == "ship") & (pl.col("due_on") > pl.col("promised_on"))
    lateness = pl.when(is_open).then(0.0).otherwise(policy.sourcing.late_cost)
    unserved = night.decisions.filter(pl.col("allocated_to").is_null(), is_open | late).select(
        *LINE, is_open=is_open, otherwise=pl.col("cost") + lateness
    )
    others = (
        find_frame(CustomerLines)
        .fill(known)
        .with_columns(has_others=pl.len().over("order_id", "collect_at") > 1)
    )
    return others.join(unserved, on=LINE, maintain_order="left")


def substitute_unserved_lines(
    night: NightSourcing, records: SubstituteRecords, policy: PlanningPolicy, *,
    business_date: dt.date,
) -> NightSubstitution:  # fmt: skip
    """Choose substitutes for lines that no node serves by their promise.

    They are sent of what sourcing leaves of units and hands. Lines that would come after their
    promise and get a substitute are sourced no more, and the others are decided anew without them.

    Args:
        night: what sourcing decided.
        records: of the lines that `list_unserved_lines` lists, and their substitutes.
        policy: its rules of lines, sourcing and substitution.
        business_date: the day that closed.

    Raises:
        ValueError: a frame breaks its contract.
    """
    sent = night.plan.lines.filter(decision="ship")
    stock = _draw_stock(night.given.facts.pairs, sent)
    capacities = _draw_capacities(night.given.frames.capacities, sent)
    costs = SubstituteCosts(
        policy.substitution,
        policy.sourcing,
        policy.lines,
        policy.economics.return_handling_cost,
    )
    # The asks are no orders of customers, so no node has refused a line of theirs.
    given = night.given.facts
    facts = given._replace(pairs=stock, refused=given.refused.clear())
    priced = price_substitutes(records, facts, costs)
    choice = choose_substitutes(priced, stock, capacities)
    lines = tabulate_substitutes(choice, night.given.nodes)
    others = _take_out(night, choice.chosen, business_date)
    urgency = (pl.col("promised_on") - pl.lit(business_date)).dt.total_days().clip(lower_bound=0)
    return NightSubstitution(
        SubstitutionFrames(*records, priced.rows, stock, capacities),
        cast_to_contract(lines.with_columns(urgency_days=urgency), SubstitutionPlan),
        tabulate_substitution_options(choice),
        others,
        choice.plan,
        tabulate_order_limits({"sourcing": others.plan, "substitution": choice.plan}),
    )


def _draw_stock(stock: pl.DataFrame, sent: pl.DataFrame) -> pl.DataFrame:
    """What nodes have left of each item."""
    drawn = sent.group_by(PAIR, maintain_order=True).agg(drawn=pl.col("quantity").sum())
    left = pl.col("available", "inventory_position") - pl.col("drawn").fill_null(0)
    return (
        stock.join(drawn, on=PAIR, how="left", maintain_order="left")
        .with_columns(left)
        .drop("drawn")
    )


def _draw_capacities(capacities: pl.DataFrame, sent: pl.DataFrame) -> pl.DataFrame:
    """What nodes can still ship on each day."""
    drawn = sent.group_by(DAY, maintain_order=True).agg(
        lines=pl.len().cast(pl.Int64), units=pl.col("quantity").sum()
    )
    return (
        capacities.join(drawn, on=DAY, how="left", maintain_order="left")
        .with_columns(
            pl.col(f"most_{what}") - pl.col(what).fill_null(0) for what in ("lines", "units")
        )
        .drop("lines", "units")
    )


def _take_out(night: NightSourcing, chosen: pl.DataFrame, business_date: dt.date) -> NightSourcing:
    """The sourcing without the lines that get a substitute, each of them decided so."""
    shipped = night.plan.lines.filter(decision="ship")
    if shipped.join(chosen, on=LINE, how="semi").is_empty():
        others = night
    else:
        others = _source_others(night, chosen, business_date)
    taken = chosen.select(*LINE)
    decided = night.decisions.join(
        chosen.select(*LINE, *DAY, "arrives_on", "cost"),
        on=LINE,
        maintain_order="left",
        suffix="_chosen",
    ).with_columns(
        decision=pl.lit("substitute"),
        reason=pl.lit(None, pl.String),
        **{name: pl.col(f"{name}_chosen") for name in (*DAY, "arrives_on", "cost")},
    )
    looked_at = night.options.join(
        others.options, on=[*LINE, *DAY], how="anti", maintain_order="left"
    )
    rest = others.decisions.join(taken, on=LINE, how="anti", maintain_order="left")
    return others._replace(
        decisions=pl.concat([rest, cast_to_contract(decided, OrderDecisions)]).sort(LINE),
        options=pl.concat([others.options, looked_at]).sort(*LINE, *DAY),
    )


def _source_others(
    night: NightSourcing, chosen: pl.DataFrame, business_date: dt.date
) -> NightSourcing:
    """Source all lines but those with a substitute, of what the substitutes leave."""
    frames = night.given.frames
    units = chosen.select("location", "ship_on", "quantity", sku="substitute")
    left = frames._replace(
        lines=frames.lines.join(chosen, on=LINE, how="anti", maintain_order="left"),
        candidates=frames.candidates.join(chosen, on=LINE, how="anti", maintain_order="left"),
        stock=_draw_stock(frames.stock, units),
        capacities=_draw_capacities(frames.capacities, units),
    )
    return source_customer_orders(night.given._replace(frames=left), business_date=business_date)
