"""What the DCs send in a night: the rules that hold, put together, and the plan under them."""

import datetime as dt
from dataclasses import dataclass

import polars as pl

from optimization.allocation import (
    AllocationPlan,
    build_receivers,
    find_barred_pairs,
    list_shared_limits,
    list_supply,
    plan_allocation,
    set_ring_fences,
    value_kept_units,
)
from quality_checks.contracts import AllocationRules, LineRules, PlanningPolicy


@dataclass(frozen=True)
class AllocationInputs:
    """All that the allocation of a night is made from.

    Attributes:
        receivers: frame `receivers`.
        supply: frame `dc_supply`.
        lanes: frame `lanes_left`.
        weekday: on which the DCs ship, 0 for Monday.
        rules: of policy.
        line_rules: what a line costs, must gain, and may cover.
        limits: frame `limits`.
        fences: frame `ring_fences`.
        kept: frame `kept_units`.
        barred: frame `barred_pairs`.
    """

    receivers: pl.DataFrame
    supply: pl.DataFrame
    lanes: pl.DataFrame
    weekday: int
    rules: AllocationRules
    line_rules: LineRules
    limits: pl.DataFrame
    fences: pl.DataFrame
    kept: pl.DataFrame
    barred: pl.DataFrame


def gather_allocation_inputs(
    planned: pl.DataFrame, lanes: pl.DataFrame, policy: PlanningPolicy, *, business_date: dt.date
) -> AllocationInputs:
    """Put together what the allocation of a night must keep.

    Args:
        planned: frame `planned_pairs`.
        lanes: frame `lanes_left`.
        policy: its rules of lines and of allocation.
        business_date: the day that closed; DCs ship on the next.
    """
    first_day, rules = business_date + dt.timedelta(days=1), policy.allocation
    return AllocationInputs(
        receivers=build_receivers(planned, first_day=first_day),
        supply=list_supply(planned),
        lanes=lanes,
        weekday=first_day.weekday(),
        rules=rules,
        line_rules=policy.lines,
        limits=list_shared_limits(
            planned,
            lanes,
            department_budget=rules.department_budget,
            outbound_lines=rules.outbound_lines,
        ),
        fences=set_ring_fences(
            planned, {str(kind): share for kind, share in rules.ring_fence.items()}
        ),
        kept=value_kept_units(planned, first_day=first_day),
        barred=find_barred_pairs(planned, first_day=first_day),
    )


def allocate_stock(inputs: AllocationInputs) -> AllocationPlan:
    """Send the DCs' units to where they are worth most, within all that `inputs` states.

    Raises:
        ValueError: a column is absent, or a value is missing or out of bounds.
    """
    return plan_allocation(
        inputs.receivers,
        inputs.supply,
        inputs.lanes,
        weekday=inputs.weekday,
        rules=inputs.rules,
        line_rules=inputs.line_rules,
        limits=inputs.limits,
        fences=inputs.fences,
        kept=inputs.kept,
        barred=inputs.barred,
    )
