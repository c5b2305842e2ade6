"""The tables of a planned night that explanations are made of."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from optimization.levels import join_targets
from optimization.night import (
    AllocationInputs,
    TransferInputs,
    gather_allocation_inputs,
    gather_transfer_inputs,
)
from quality_checks.contracts import PlanningPolicy


@dataclass(frozen=True)
class PlannedNight:
    """What was planned of a business date, and what it was planned from.

    Attributes:
        business_date: the date; goods ship on the day after.
        policy: the planning policy.
        proposals: the columns of the contract Proposals: the actions to explain.
        plans: kind of action -> the rows of the table that its kind states as its plan.
        pairs: the columns of the contract PlanningPairs, with what is left of their limits.
        targets: the columns of the contract Targets.
        choices: the columns of the contract SupplierChoices.
        order_levels: the columns of the contract OrderLevels.
        order_alternatives: the columns of the contract OrderAlternatives.
        season_moves: the columns of the contract SeasonMoves.
        limit_prices: the columns of the contract LimitPrices.
        sourcing_options: the columns of the contract SourcingOptions.
        substitution_options: the columns of the contract SubstitutionOptions.
        order_limit_prices: the columns of the contract OrderLimitPrices.
        lanes: the columns of the contract Lanes, with what is left of their limits.
        stated_lanes: the columns of the contract Lanes.
        locations: the columns of the contract Locations.
        lead_times: the columns of the contract LeadTimes.
        other_lead_times: the columns of the contract OtherLeadTimes.
        terms: frame `purchase_terms`.
        other_terms: frame `other_terms`.
        models: sku, location and model of the contract Forecast, or of LaunchForecast where that
            is what plans look ahead by.
        drivers: the columns of the contract ForecastDrivers.
    """

    business_date: dt.date
    policy: PlanningPolicy
    proposals: pl.DataFrame
    plans: Mapping[str, pl.DataFrame]
    pairs: pl.DataFrame
    targets: pl.DataFrame
    choices: pl.DataFrame
    order_levels: pl.DataFrame
    order_alternatives: pl.DataFrame
    season_moves: pl.DataFrame
    limit_prices: pl.DataFrame
    sourcing_options: pl.DataFrame
    substitution_options: pl.DataFrame
    order_limit_prices: pl.DataFrame
    lanes: pl.DataFrame
    stated_lanes: pl.DataFrame
    locations: pl.DataFrame
    lead_times: pl.DataFrame
    other_lead_times: pl.DataFrame
    terms: pl.DataFrame
    other_terms: pl.DataFrame
    models: pl.DataFrame
    drivers: pl.DataFrame

    @property
    def first_day(self) -> dt.date:
        """Day on which goods ship and orders are placed."""
        return self.business_date + dt.timedelta(days=1)

    @cached_property
    def planned(self) -> pl.DataFrame:
        """Pairs beside the levels that were set for them."""
        return join_targets(self.pairs, self.targets)

    @cached_property
    def allocated_from(self) -> AllocationInputs:
        """What the allocation was made from."""
        return gather_allocation_inputs(
            self.planned, self.lanes, self.policy, business_date=self.business_date
        )

    @cached_property
    def transferred_from(self) -> TransferInputs:
        """What the transfers were made from, once the allocation had left."""
        return gather_transfer_inputs(
            self.planned,
            self.lanes,
            self.plans["allocation"],
            self.policy,
            business_date=self.business_date,
        )

    def lines(self, kind: str) -> pl.DataFrame:
        """The actions of a kind, by id."""
        return self.proposals.filter(pl.col("kind") == kind).sort("action_id")
