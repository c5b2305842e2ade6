"""The actions of a night: what each states to be worth, and where it stands.

The one place that reads a benefit from the lines of a plan: `state_benefit`.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from simulation.promises.spread import add_spread
from simulation.replay import NightPlan, ReplayWorld

KINDS = ("allocation", "transfer", "purchase", "purchase_change", "expedite")
"""Kinds of action, in the order in which a night decides them."""

CHANGES = ("purchase_change", "expedite")
"""Kinds that change what a supplier has been asked for."""

TRAITS = (
    "category",
    "empty_shelf",
    "source_emptied",
    "runs_out_first",
    "marked_down",
    "launched_lately",
    "leaves",
)
"""What an action is looked at by, to find what makes it promise too much or too little."""

LAUNCH_DAYS = 28
"""Days from its launch on during which an item counts as launched lately."""

MARKED_DOWN = 0.97
"""Share of the list price below which an item sells at a reduced price."""

_BENEFIT: Mapping[str, pl.Expr] = {
    "allocation": pl.col("value_gained") - pl.col("value_lost") - pl.col("moving_cost"),
    "transfer": pl.col("value_gained") - pl.col("value_lost") - pl.col("moving_cost"),
    "purchase": pl.col("margin_kept") - pl.col("holding_cost"),
    **dict.fromkeys(
        CHANGES,
        pl.col("margin_kept") - pl.col("margin_given_up") - pl.col("holding_cost") - pl.col("fee"),
    ),
}


def state_benefit(kind: str) -> pl.Expr:
    """The benefit that a line of a kind states, currency."""
    return _BENEFIT[kind]


def list_actions(kind: str, plan: NightPlan, world: ReplayWorld) -> pl.DataFrame:
    """List the lines of a kind of action with what they state, in the order of the plan.

    Args:
        kind: one of `KINDS`.
        plan: of the night.
        world: on its evening, before anything is carried out.

    Returns:
        kind, sku, style, origin (the supplier of what is ordered), destination, quantity (units),
        stated (currency), outcomes (currency, a list of equally likely benefits), unit_worth
        (currency of a unit that is wanted), at_stake (currency, the root mean square of the
        benefit), confidence (the plan's gain_chance), lead_days (contract lead
        time of a purchase, days until a changed line comes, else 0), binding, and the traits by
        which figures are broken down: category, empty_shelf (nothing on hand at the destination),
        source_emptied (the origin of a move has nothing left afterwards), runs_out_first (a
        purchase's echelon runs out before its lead time is over), marked_down, launched_lately
        (or not launched yet), leaves (the item has an exit date).
    """
    lines = select_lines(kind, plan).with_columns(kind=pl.lit(kind), stated=state_benefit(kind))
    if kind in CHANGES:
        # What it may gain hangs on when the line comes, too, of which no chances are stated.
        spread = lines.with_columns(
            outcomes=pl.lit(None, pl.List(pl.Float64)),
            unit_worth=0.0,
            at_stake=pl.col("stated").abs(),
        )
    else:
        spread = add_spread(kind, lines, plan.targets, _positions(world))
    return _with_traits(kind, spread, world).select(
        "kind",
        "sku",
        "style",
        "origin",
        "destination",
        "quantity",
        "stated",
        "outcomes",
        "unit_worth",
        "at_stake",
        pl.col("gain_chance").alias("confidence"),
        "lead_days",
        "binding",
        *TRAITS,
    )


def select_lines(kind: str, plan: NightPlan) -> pl.DataFrame:
    """The lines of a kind, the supplier of what is ordered as origin."""
    match kind:
        case "allocation":
            return plan.allocation
        case "transfer":
            return plan.transfers
        case "purchase":
            return plan.purchases.rename({"supplier": "origin"})
        case "purchase_change":
            return plan.changes.rename({"supplier": "origin"})
        case "expedite":
            return plan.expedites.rename({"supplier": "origin"})
    raise ValueError(f"there is no kind of action {kind}")


def _positions(world: ReplayWorld) -> pl.DataFrame:
    """sku, location, position: units on hand and on the way between nodes."""
    return world.scenario.masters.pairs.select("sku", "location").with_columns(
        position=pl.Series(world.on_hand + world.in_transit)
    )


def _with_traits(kind: str, lines: pl.DataFrame, world: ReplayWorld) -> pl.DataFrame:
    masters = world.scenario.masters
    to = masters.numbers(lines["sku"], lines["destination"])
    age = world.day + 1 - masters.launch[to]
    item = masters.pairs.select("style", "category", leaves=pl.col("exit_date").is_not_null())[to]
    traits = lines.hstack(item).with_columns(
        empty_shelf=pl.Series(world.on_hand[to] <= 0, dtype=pl.Boolean),
        marked_down=pl.Series(_price_share(world)[to] < MARKED_DOWN, dtype=pl.Boolean),
        launched_lately=pl.Series(age < LAUNCH_DAYS, dtype=pl.Boolean),
    )
    if kind == "purchase":
        lead = pl.Series(masters.lead[masters.find_whom(to, lines["origin"]), to])
        return traits.with_columns(
            lead_days=lead,
            source_emptied=pl.lit(None, pl.Boolean),
            runs_out_first=pl.col("urgency_days") < lead,
        )
    if kind in CHANGES:
        until = pl.max_horizontal("stated_on", "due_on") - pl.lit(masters.date(world.day))
        return traits.with_columns(
            lead_days=until.dt.total_days().clip(lower_bound=0),
            source_emptied=pl.lit(None, pl.Boolean),
            runs_out_first=pl.lit(None, pl.Boolean),
        )
    origin = masters.numbers(lines["sku"], lines["origin"])
    sent = np.bincount(origin, lines["quantity"].to_numpy(), minlength=masters.size)
    return traits.with_columns(
        lead_days=pl.lit(0, pl.Int64),
        source_emptied=pl.Series((world.on_hand - sent)[origin] <= 0, dtype=pl.Boolean),
        runs_out_first=pl.lit(None, pl.Boolean),
    )


def _price_share(world: ReplayWorld) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """What each pair sells for today over its list price; at a DC the mean of what it feeds."""
    masters = world.scenario.masters
    share = world.price[world.day] / masters.list_price
    fed = masters.supply >= 0
    feeder = masters.supply[fed]
    count = np.bincount(feeder, minlength=masters.size)
    mean = np.bincount(feeder, share[fed], minlength=masters.size) / np.maximum(count, 1)
    return np.where(count > 0, mean, share)
