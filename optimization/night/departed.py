"""What limits of the day leave for a later version of a plan, once an earlier one has sent units.

Trucks, docks and hands of a day are there once: what left by an earlier version of the same
business date has used of them what it takes.
"""

from typing import NamedTuple

import polars as pl

from optimization.transfers import net_lanes
from quality_checks.contracts import PlanningPolicy


class LeftLimits(NamedTuple):
    """Pairs, lanes and policy with what is left of the limits of the day.

    Attributes:
        pairs: the columns of the contract PlanningPairs, with what is left of receiving_capacity,
            receiving_volume and outbound_capacity.
        lanes: frame `lanes_left`.
        policy: with what is left of the lines and the budgets of its rules of allocation.
    """

    pairs: pl.DataFrame
    lanes: pl.DataFrame
    policy: PlanningPolicy


def net_limits(
    pairs: pl.DataFrame,
    lanes: pl.DataFrame,
    policy: PlanningPolicy,
    departed: pl.DataFrame,
    collected: pl.DataFrame,
) -> LeftLimits:
    """Take what has left off the limits that moves of a day share.

    What a place handles for transfers (`handling_units`) is not among them: policy states it by
    kind of location.

    Args:
        pairs: sku, location, supply_location, department, volume, unit_cost, receiving_capacity,
            receiving_volume and outbound_capacity of the contract PlanningPairs, and more.
        lanes: the columns of the contract Lanes.
        policy: its rules of allocation.
        departed: frame `moved_units`: what lower versions of the plan have handed out.
        collected: frame `moved_units`: what they have sent to where customers collect it. It takes
            room on lanes on whichever day it goes, and none of what allocation is granted.

    Returns:
        The limits, none of them below 0; a missing one is none.
    """
    if departed.is_empty() and collected.is_empty():
        return LeftLimits(pairs, lanes, policy)
    items = pairs.select("sku", "department", "volume", "unit_cost").unique(
        "sku", keep="first", maintain_order=True
    )
    carried = pl.concat([departed, collected.select(departed.columns)])
    moved = departed.join(items, on="sku", how="left", maintain_order="left")
    return LeftLimits(
        _net_docks(pairs, moved),
        net_lanes(lanes, carried, items.select("sku", "volume")),
        _net_rules(policy, moved.filter(pl.col("origin").is_in(_list_dcs(pairs)))),
    )


def _list_dcs(pairs: pl.DataFrame) -> list[str]:
    return pairs["supply_location"].drop_nulls().to_list()


def _net_docks(pairs: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    """Pairs with what is left of the docks of their location."""
    litres = pl.col("quantity") * pl.col("volume").fill_null(0.0)
    received = moved.group_by(location="destination", maintain_order=True).agg(
        receiving_capacity_used=pl.col("quantity").sum(), receiving_volume_used=litres.sum()
    )
    sent = moved.group_by(location="origin", maintain_order=True).agg(
        outbound_capacity_used=pl.col("quantity").sum()
    )
    limits = ("receiving_capacity", "receiving_volume", "outbound_capacity")
    return (
        pairs.join(received, on="location", how="left", maintain_order="left")
        .join(sent, on="location", how="left", maintain_order="left")
        .with_columns(
            (pl.col(limit) - pl.col(f"{limit}_used").fill_null(0)).clip(lower_bound=0)
            for limit in limits
        )
        .select(pairs.columns)
    )


def _net_rules(policy: PlanningPolicy, sent: pl.DataFrame) -> PlanningPolicy:
    """Policy with what the lines that DCs have sent leave of their picks and of budgets."""
    rules = policy.allocation
    picked = dict(sent.group_by("origin", maintain_order=True).len().iter_rows())
    worth = sent.group_by("department", maintain_order=True).agg(
        (pl.col("quantity") * pl.col("unit_cost")).sum()
    )
    spent = dict(worth.iter_rows())
    left = rules.model_copy(
        update={
            "outbound_lines": {
                dc: max(most - picked.get(dc, 0), 0) for dc, most in rules.outbound_lines.items()
            },
            "department_budget": {
                name: max(most - spent.get(name, 0.0), 0.0)
                for name, most in rules.department_budget.items()
            },
        }
    )
    return policy.model_copy(update={"allocation": left})
