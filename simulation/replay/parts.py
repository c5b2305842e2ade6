"""Parts of the shipped plan that a replay may leave out, to say what each is worth in money."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import polars as pl
from pydantic import BaseModel

from optimization.allocation import select_receivers
from optimization.night import AllocationInputs, TransferInputs
from quality_checks.contracts import LineRules, PlanningPolicy

Rules = TypeVar("Rules", bound=BaseModel)


@dataclass(frozen=True)
class Parts:
    """Which parts of the plan are in force: all of them, as it ships, unless said otherwise.

    Attributes:
        transfers: goods move sideways.
        by_worth: scarce units of a DC go where they are worth most; else they are shared in
            proportion to what pairs lack.
        occasions: launches are filled beyond their level, and items at the end of their season
            pushed out of the DC.
        kept_units: a unit that stays at a DC is worth what the last one of its echelon is.
        ring_fences: a part of a DC's units is kept for online locations.
        line_cost: a line from a DC must gain what it costs in hands.
        transfer_line_cost: a line that moves sideways must gain that and the least of policy.
        most_cover: no line fills a location beyond the most cover of policy without a reason.
        least_trips: a trip must carry the least units, and gain the least, of policy.
        launch_protection: what was launched lately is not sent on.
        move_protection: what moved lately is not sent on.
        size_runs: a location keeps one of each size of a whole run.
        handling_limits: locations handle no more transfers a day than policy says.
        order_changes: open orders are pulled in, pushed out, cut and cancelled, or sped up.
        expedites: open orders are sped up at their suppliers' fee.
        lives: goods that keep only so long are sent and ordered in what sells before they spoil.
        supplier_choice: items are ordered from another supplier where that is worth its price.
        prices: they fall, and falls of the price list are put off, where that gains; else they are
            as the price list has them.
        season_moves: goods move to a price zone where the rest of their season is worth more.
        sourcing: the plan says which node ships a customer's order; else the retailer's OMS does.
        substitution: customers whose line no node serves in time are offered another item; without
            sourcing the plan knows of no such line.
    """

    transfers: bool = True
    by_worth: bool = True
    occasions: bool = True
    kept_units: bool = True
    ring_fences: bool = True
    line_cost: bool = True
    transfer_line_cost: bool = True
    most_cover: bool = True
    least_trips: bool = True
    launch_protection: bool = True
    move_protection: bool = True
    size_runs: bool = True
    handling_limits: bool = True
    order_changes: bool = True
    expedites: bool = True
    lives: bool = True
    supplier_choice: bool = True
    prices: bool = True
    season_moves: bool = True
    sourcing: bool = True
    substitution: bool = True

    def rules_of(self, policy: PlanningPolicy) -> PlanningPolicy:
        """The policy without the rules that are left out."""
        lines = _without(policy.lines, (self.most_cover, {"most_cover_days": math.inf}))
        allocation = _without(policy.allocation, (self.ring_fences, {"ring_fence": {}}))
        transfers = _without(
            policy.transfers,
            (self.least_trips, {"least_units": 1}),
            (self.launch_protection, {"launch_protected_days": 0}),
            (self.move_protection, {"recently_moved_days": 0}),
            (self.size_runs, {"keep_size_runs": False}),
            (self.handling_limits, {"handling_units": {}}),
        )
        gain = policy.min_transfer_gain if self.least_trips else 0.0
        return policy.model_copy(
            update={
                "lines": lines,
                "allocation": allocation,
                "transfers": transfers,
                "min_transfer_gain": gain,
            }
        )

    def pairs_of(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """The rows of the contract PlanningPairs without what is left out."""
        forever = pl.lit(None, pl.Int64)
        if self.lives:
            return pairs
        return pairs.with_columns(shelf_life_days=forever, least_remaining_days=forever)

    def inputs_of(self, inputs: AllocationInputs, planned: pl.DataFrame) -> AllocationInputs:
        """The inputs of an allocation without those that are left out.

        Args:
            inputs: of the plan that ships.
            planned: the rows that they were made from.
        """
        return replace(
            inputs,
            receivers=inputs.receivers if self.occasions else select_receivers(planned),
            kept=inputs.kept if self.kept_units else inputs.kept.clear(),
            line_rules=inputs.line_rules if self.line_cost else _free_lines(inputs.line_rules),
        )

    def moves_of(self, inputs: TransferInputs) -> TransferInputs:
        """The inputs of transfers without those that are left out."""
        free = _free_lines(inputs.line_rules)
        return replace(inputs, line_rules=inputs.line_rules if self.transfer_line_cost else free)


EVERY_PART = Parts()
"""The plan as it ships."""


def _free_lines(lines: LineRules) -> LineRules:
    """Lines that cost nothing and need not gain anything."""
    return lines.model_copy(
        update={
            "labour_cost_per_hour": 0.0,
            "least_allocation_gain": 0.0,
            "least_transfer_gain": 0.0,
        }
    )


def _without(rules: Rules, *parts: tuple[bool, Mapping[str, object]]) -> Rules:
    """The rules, with no rule in place of those that are left out."""
    changes = {name: value for kept, none in parts if not kept for name, value in none.items()}
    return rules.model_copy(update=changes)
