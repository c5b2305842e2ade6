"""Why units move to another price zone for the rest of their season."""

import polars as pl

from optimization.explanation.common import (
    alternative_steps,
    benefit_step,
    lane_cost_step,
    line_cost_steps,
    moving_steps,
    of_action,
    with_line_cost,
    with_moving_cost,
)
from optimization.explanation.night import PlannedNight
from optimization.explanation.steps import LINE, Explained, Source, Step
from optimization.markdown import name_zone
from quality_checks.contracts import SEASON_WORTH, WORTH_OF_REJECTED

_VALUED = "optimization.season_moves.plan_season_moves"
_HERE = "sku={sku};zone={here}"
_THERE = "sku={sku};zone={there}"
_END = ["origin", "destination"]


def _stated(name: str, unit: str, words: str, column: str, zone: str) -> Step:
    source = Source("plans.season_moves", zone, column)
    return Step(name, unit, words, source, function=_VALUED)


_STEPS: list[tuple[str, list[Step]]] = [
    (
        "position",
        [
            _stated("stock_here", "units", "zone {here} has, there and coming", "stock", _HERE),
            _stated("stock_there", "units", "zone {there} has, there and coming", "stock", _THERE),
            _stated("net_here", "units", "that come to {here} tonight, below 0 those that leave",
                    "net_units", _HERE),
            _stated("net_there", "units", "that come to {there} tonight", "net_units", _THERE),
        ],
    ),
    (
        "limits",
        [
            _stated("wanted_units", "units", "that would go to {wanted_zone} at a unit's cost",
                    "wanted_units", _HERE),
            _stated("step_price", "currency", "price that {here} would have if nothing moved",
                    "step_price", _HERE),
        ],
    ),
    (
        "quantity",
        [of_action("quantity", "units", "to move, set by {binding}")],
    ),
    (
        "benefit",
        [
            _stated("worth_there_before", "currency", "the season in {there} without them",
                    "worth_before", _THERE),
            _stated("worth_there_after", "currency", "the season in {there} with all that come",
                    "worth_after", _THERE),
            of_action("margin_kept", "currency", "their part of what {there} gains",
                      "(worth_there_after - worth_there_before) * quantity / net_there"),
            _stated("worth_here_before", "currency", "the season in {here} with them, best priced",
                    "worth_before", _HERE),
            _stated("worth_here_after", "currency", "the season in {here} without those that leave",
                    "worth_after", _HERE),
            of_action("margin_given_up", "currency", "their part of what {here} loses",
                      "(worth_here_after - worth_here_before) * quantity / net_here"),
            of_action("holding_cost", "currency", "holding: it is in the worth of both zones"),
            lane_cost_step(),
            *line_cost_steps("store_pick_seconds"),
            *moving_steps("lane_unit_cost * quantity + line_cost + COALESCE(fixed_share, 0)"),
            benefit_step(),
        ],
    ),
    ("alternative", alternative_steps("plans.transfers_plan", LINE)),
]  # fmt: skip


def explain_season_moves(night: PlannedNight) -> Explained:
    """Lines of the transfers that move for a season, by what both zones make of it."""
    rules = night.policy.lines
    lines = with_line_cost(select_season_lines(night), rules, "store_pick_seconds")
    plan = night.plans["transfer"].filter(reason=SEASON_WORTH)
    lines = with_moving_cost(lines, plan, night.lanes, rules.transfer_line_cost, fixed=False)
    paid = night.plans["transfer"].filter(pl.col("reason") != SEASON_WORTH)
    zones = night.pairs.select("sku", "location", zone=name_zone(night.policy.markdown))
    own = pl.col("lane_unit_cost") * pl.col("quantity") + pl.col("line_cost")
    told = (
        lines.join(zones.rename({"location": "origin", "zone": "here"}), on=["sku", "origin"],
                   how="left", maintain_order="left")
        .join(zones.rename({"location": "destination", "zone": "there"}),
              on=["sku", "destination"], how="left", maintain_order="left")
        .join(_name_facts(night, "here").with_columns(night.season_moves.select(
              "wanted_zone", "wanted_units", "step_price")), on=["sku", "here"], how="left",
              maintain_order="left")
        .join(_name_facts(night, "there"), on=["sku", "there"], how="left",
              maintain_order="left")
        .drop("lane_fixed_cost")
        .join(night.lanes.select(*_END, lane_fixed_cost="fixed_cost").join(paid, on=_END,
              how="anti"), on=_END, how="left", maintain_order="left")
        .with_columns(
            fixed_share=pl.when(pl.col("lane_fixed_cost").is_not_null()).then(
                pl.col("moving_cost") - own
            ),
            rejected_worth=pl.col("rejected").str.extract(WORTH_OF_REJECTED).cast(pl.Float64),
        )
    )  # fmt: skip
    return Explained(told, _STEPS)


def select_season_lines(night: PlannedNight) -> pl.DataFrame:
    """Select the actions that are transfers for a season."""
    plan = night.plans["transfer"].filter(reason=SEASON_WORTH)
    return night.lines("transfer").join(
        plan.select("sku", *_END), on=["sku", *_END], how="semi", maintain_order="left"
    )


def _name_facts(night: PlannedNight, name: str) -> pl.DataFrame:
    """What the season is worth in each zone, with names for one end of a line."""
    return night.season_moves.select(
        "sku",
        pl.col("zone").alias(name),
        pl.col("stock").alias(f"stock_{name}"),
        pl.col("net_units").alias(f"net_{name}"),
        pl.col("worth_before").alias(f"worth_{name}_before"),
        pl.col("worth_after").alias(f"worth_{name}_after"),
    )
