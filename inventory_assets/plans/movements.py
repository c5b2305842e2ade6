"""Allocation from DCs, then transfers between locations: what moves the day after."""

from datetime import timedelta

import dagster as dg
import polars as pl

from inventory_assets.framework import Computed, Inputs, bindings_table, result_assets, table
from inventory_assets.plans.pairs import read_planned
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

_SHOWN = 20
_PLANNED_FROM = ["planning_pairs", "targets", "lanes"]


@result_assets(
    {"allocation": [FEASIBLE, PLANNED], "limit_prices": ()},
    reads=_PLANNED_FROM,
)
def allocation(inputs: Inputs) -> list[Computed]:
    """The DCs' units to the locations they supply, where they are worth most."""
    first_day = inputs.business_date + timedelta(days=1)
    pairs = read_planned(inputs)
    lanes = inputs.known("lanes")
    takers, stock = allocation_receivers(pairs, first_day=first_day), supply(pairs)
    rules = inputs.policy.allocation
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
    reads=["allocation", *_PLANNED_FROM],
)
def transfers_plan(inputs: Inputs) -> list[Computed]:
    """Sideways moves, once the allocation is on its way."""
    first_day = inputs.business_date + timedelta(days=1)
    allocated = inputs.read("allocation")
    before = read_planned(inputs)
    known_lanes = inputs.known("lanes")
    policy = inputs.policy.transfers
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
    min_gain = inputs.policy.min_transfer_gain
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
