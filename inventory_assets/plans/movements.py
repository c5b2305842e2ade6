"""Allocation from DCs, then transfers between locations: what moves the day after."""

from datetime import date, timedelta

import dagster as dg
import polars as pl

from inventory_assets.framework import Computed, Retailer, bindings_table, result_assets, table
from optimization.allocation import (
    allocate,
    allocation_receivers,
    barred_pairs,
    kept_units,
    ring_fences,
    shared_limits_of,
    supply,
)
from optimization.feasibility import allocation_problems, joint_problems, transfer_problems
from optimization.transfers import (
    lanes_left,
    plan_transfers,
    transfer_movers,
    transfer_places,
)
from quality_checks.checks import (
    FEASIBLE,
    NOT_PROMISED_TWICE,
    PLANNED,
    judge_feasibility,
    judge_problems,
)
from quality_checks.contracts import CONTRACTS

_SHOWN = 20
_PLANNED_FROM = ["targets", "position", "lanes", "locations", "products"]


@result_assets(
    {"allocation": [FEASIBLE, PLANNED], "limit_prices": ()},
    deps=[*_PLANNED_FROM, "item_locations"],
)
def allocation(retailer: Retailer, business_date: date) -> list[Computed]:
    """The DCs' units to the locations they supply, where they are worth most."""
    first_day = business_date + timedelta(days=1)
    pairs = retailer.planned_pairs(business_date)
    lanes = retailer.warehouse.known("lanes", business_date)
    takers, stock = allocation_receivers(pairs, first_day=first_day), supply(pairs)
    rules = retailer.planning_policy.allocation
    limits = shared_limits_of(
        pairs,
        lanes,
        department_budget=rules.department_budget,
        outbound_lines=rules.outbound_lines,
    )
    fences = ring_fences(pairs, {str(kind): share for kind, share in rules.ring_fence.items()})
    plan = allocate(
        takers,
        stock,
        lanes,
        weekday=first_day.weekday(),
        rules=rules,
        limits=limits,
        fences=fences,
        kept=kept_units(pairs, first_day=first_day),
        barred=barred_pairs(pairs, first_day=first_day),
    )
    violations = allocation_problems(
        plan.lines,
        stock,
        lanes,
        takers,
        weekday=first_day.weekday(),
        rules=rules,
        limits=limits,
        fences=fences,
    )
    lines = Computed(
        plan.lines,
        [judge_feasibility(violations), judge_problems(plan.left_out)],
        {
            "worth, currency": plan.value,
            "no plan is worth more than, currency": plan.bound,
            "gap, share": plan.gap,
            "what keeps lines from being larger": table(bindings_table(plan.lines), _SHOWN),
        },
    )
    return [lines, Computed(plan.limit_prices, metadata=_priced(plan.limit_prices))]


def _priced(prices: pl.DataFrame) -> dict[str, dg.MarkdownMetadataValue]:
    dearest = prices.filter(pl.col("price") > 0).sort("price", descending=True)
    return {"what one more of a limit is worth": table(dearest, _SHOWN)}


@result_assets(
    {"transfers_plan": [FEASIBLE, NOT_PROMISED_TWICE, PLANNED], "transfer_trips": ()},
    deps=["allocation", *_PLANNED_FROM, "item_locations", "transfers"],
)
def transfers_plan(retailer: Retailer, business_date: date) -> list[Computed]:
    """Sideways moves, once the allocation is on its way."""
    first_day = business_date + timedelta(days=1)
    allocated = retailer.warehouse.read(CONTRACTS["allocation"], business_date)
    before = retailer.planned_pairs(business_date)
    known_lanes = retailer.warehouse.known("lanes", business_date)
    policy = retailer.planning_policy.transfers
    pairs = transfer_movers(
        before,
        allocated,
        known_lanes,
        first_day=first_day,
        launch_protected_days=policy.launch_protected_days,
    )
    lanes = lanes_left(known_lanes, allocated, before.select("sku", "volume"))
    hands = {str(kind): units for kind, units in policy.handling_units.items()}
    places = transfer_places(before, allocated, hands)
    min_gain = retailer.planning_policy.min_transfer_gain
    plan = plan_transfers(
        pairs,
        lanes,
        weekday=first_day.weekday(),
        min_gain=min_gain,
        rules=policy,
        places=places,
    )
    violations = transfer_problems(
        plan.lines,
        pairs,
        lanes,
        weekday=first_day.weekday(),
        min_gain=min_gain,
        least_units=policy.least_units,
        keep_size_runs=policy.keep_size_runs,
        places=places,
    )
    twice = joint_problems(allocated, plan.lines, before, known_lanes)
    lines = Computed(
        plan.lines,
        [
            judge_feasibility(violations),
            judge_feasibility(twice, NOT_PROMISED_TWICE),
            judge_problems(plan.left_out),
        ],
        {
            "gain beyond costs and least gains, currency": plan.value,
            "no plan gains more than, currency": plan.bound,
            "gap, share": plan.gap,
            "what keeps lines from being larger": table(bindings_table(plan.lines), _SHOWN),
        },
    )
    return [lines, Computed(plan.trips)]
