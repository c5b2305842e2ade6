"""Which substitute each line gets, of units and hands that lines share."""

from typing import NamedTuple

import polars as pl

from optimization.frames import SourcingFrames
from optimization.sourcing import SourcingPlan, source_orders
from optimization.substitution.pricing import LINE, NODE_DAY, PricedSubstitutes

_CASE = "case"
_OWN = ("shipping_cost", "handling_cost", "refusal_cost", "late_cost", "markdown_avoided")


class SubstituteChoice(NamedTuple):
    """What is chosen for each line, and of what.

    Attributes:
        chosen: the columns of the contract SubstitutionPlan as far as is known yet: rows of the
            priced substitutes that are offered or sent, with unit_value (share of what the units
            are worth to the node), cost, rejected and rejected_cost (the best other decision).
        considered: the columns of the contract SubstitutionOptions: all of them, with unit_value
            (all other lines left as they are), cost and verdict.
        plan: the sourcing of orders of one line each by which they were chosen.
    """

    chosen: pl.DataFrame
    considered: pl.DataFrame
    plan: SourcingPlan


def choose_substitutes(
    priced: PricedSubstitutes, stock: pl.DataFrame, capacities: pl.DataFrame
) -> SubstituteChoice:
    """Choose the substitute, node and day of each line, or that it stays without.

    Lines share units and hands as in sourcing, whose search and bound are used: a line is shipped
    with another item, at the cost that is expected of it, where that is less than its cost without
    by policy's least gain. A parcel is a line's own.

    Args:
        priced: as `price_substitutes` gives them.
        stock: frame `sourcing_stock`, as other plans leave it.
        capacities: frame `sourcing_capacities`, likewise.

    Raises:
        ValueError: a frame breaks its contract.
    """
    cases = priced.lines.select(LINE).with_row_index(_CASE)
    # Numbers as text, in their order.
    cases = cases.with_columns(pl.col(_CASE).cast(pl.String).str.zfill(9))
    frames = _build_frames(priced, cases, stock, capacities)
    plan = source_orders(frames, split_penalty=0.0)
    return SubstituteChoice(
        _join_chosen(priced, plan, cases), _join_considered(priced, plan, cases), plan
    )


def _build_frames(
    priced: PricedSubstitutes, cases: pl.DataFrame, stock: pl.DataFrame, capacities: pl.DataFrame
) -> SourcingFrames:
    """The choice as a sourcing of orders of one line each."""
    least = priced.costs.rules.least_gain
    due = priced.rows.select(*LINE, promised_on="due_by").unique(LINE, maintain_order=True)
    named = priced.lines.drop("promised_on").join(cases, on=LINE, maintain_order="left")
    lines = named.join(due, on=LINE, maintain_order="left").select(
        "sku",
        "quantity",
        "promised_on",
        order_id=_CASE,
        line=pl.lit(1, pl.Int64),
        open_cost=(pl.col("otherwise") - least).clip(lower_bound=0.0),
        wait_cost=pl.lit(None, pl.Float64),
    )
    rows = priced.rows.join(cases, on=LINE, maintain_order="left").rename({_CASE: "case_id"})
    candidates = rows.select(
        *NODE_DAY,
        *(pl.lit(0.0).alias(name) for name in _OWN),
        order_id="case_id",
        line=pl.lit(1, pl.Int64),
        item="substitute",
        # Where stock is unknown nothing is promised, whatever it costs.
        other_cost=pl.col("expected_cost").fill_null(0.0),
    )
    parcels = (
        rows.group_by("case_id", *NODE_DAY, maintain_order=True)
        .agg(pl.col("arrives_on").min())
        .select(*NODE_DAY, "arrives_on", order_id="case_id", parcel_cost=pl.lit(0.0))
    )
    return SourcingFrames(lines, candidates, parcels, stock, capacities)


def _join_chosen(
    priced: PricedSubstitutes, plan: SourcingPlan, cases: pl.DataFrame
) -> pl.DataFrame:
    told = _name_lines(plan.lines.filter(decision="ship"), cases).select(
        *LINE, *NODE_DAY, "substitute", "unit_value", "cost", "rejected", "rejected_cost"
    )
    return priced.rows.join(told, on=[*LINE, "substitute", *NODE_DAY], maintain_order="left")


def _join_considered(
    priced: PricedSubstitutes, plan: SourcingPlan, cases: pl.DataFrame
) -> pl.DataFrame:
    told = _name_lines(plan.considered, cases).select(
        *LINE, *NODE_DAY, "substitute", "unit_value", "cost", "verdict"
    )
    known = pl.col("expected_cost").is_not_null()
    return priced.rows.join(
        told, on=[*LINE, "substitute", *NODE_DAY], maintain_order="left"
    ).with_columns(cost=pl.when(known).then("cost"))


def _name_lines(rows: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """Rows of orders of one line under the names of the lines."""
    return (
        rows.drop("line")
        .rename({"order_id": _CASE, "item": "substitute"})
        .join(cases, on=_CASE, maintain_order="left")
    )
