"""Allocation from DCs, then transfers between locations: what moves the day after."""

from datetime import date, timedelta

import dagster as dg
import polars as pl

from inventory_assets.checked import Computed, result_asset, result_assets, table
from inventory_assets.plots import bindings_table
from inventory_assets.resources import Retailer
from optimization.allocation import allocate
from optimization.allocation_inputs import (
    allocation_receivers,
    barred_pairs,
    kept_units,
    ring_fences,
    shared_limits_of,
)
from optimization.feasibility import allocation_problems, joint_problems, transfer_problems
from optimization.inputs import lanes_left, receivers, supply, transfer_pairs
from optimization.transfers import plan_transfers
from quality_checks.checks.plans import (
    FEASIBLE,
    NOT_PROMISED_TWICE,
    PLANNED,
    judge_feasibility,
    judge_problems,
)
from quality_checks.contracts import CONTRACTS

_SHOWN = 20
_PLANNED_FROM = ["targets", "position", "lanes", "locations", "products"]


def _shipping_weekday(business_date: date) -> int:
    return (business_date + timedelta(days=1)).weekday()


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
    policy, rules = retailer.planning_policy.allocation, retailer.allocation_rules
    limits = shared_limits_of(
        pairs,
        lanes,
        department_budget=policy.department_budget,
        outbound_lines=policy.outbound_lines,
    )
    fences = ring_fences(pairs, {str(kind): share for kind, share in policy.ring_fence.items()})
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


@result_asset(
    "transfers_plan",
    deps=["allocation", *_PLANNED_FROM, "transfers"],
    checks=[FEASIBLE, NOT_PROMISED_TWICE],
)
def transfers_plan(retailer: Retailer, business_date: date) -> Computed:
    """Sideways moves, once the allocation is on its way."""
    allocated = retailer.warehouse.read(CONTRACTS["allocation"], business_date)
    before = retailer.planned_pairs(business_date)
    pairs = transfer_pairs(before, allocated)
    lanes = lanes_left(retailer.warehouse.known("lanes", business_date), allocated)
    weekday = _shipping_weekday(business_date)
    min_gain = retailer.planning_policy.min_transfer_gain
    plan = plan_transfers(pairs, lanes, weekday=weekday, min_gain=min_gain)
    violations = transfer_problems(plan, pairs, lanes, weekday=weekday, min_gain=min_gain)
    room = receivers(before).select("location", "receiving_room").unique()
    twice = joint_problems(allocated, plan, before, room)
    return Computed(
        plan, [judge_feasibility(violations), judge_feasibility(twice, NOT_PROMISED_TWICE)]
    )
