"""Allocation from DCs, then transfers between locations: what moves the day after."""

from datetime import date, timedelta

from inventory_assets.checked import Computed, result_asset
from inventory_assets.resources import Retailer
from optimization.allocation import allocate
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

_PLANNED_FROM = ["targets", "position", "lanes", "locations", "products"]


def _shipping_weekday(business_date: date) -> int:
    return (business_date + timedelta(days=1)).weekday()


@result_asset("allocation", deps=_PLANNED_FROM, checks=[FEASIBLE, PLANNED])
def allocation(retailer: Retailer, business_date: date) -> Computed:
    """The DCs' units to the locations they supply, where they are worth most."""
    pairs = retailer.planned_pairs(business_date)
    lanes = retailer.warehouse.known("lanes", business_date)
    takers, stock, weekday = receivers(pairs), supply(pairs), _shipping_weekday(business_date)
    plan = allocate(takers, stock, lanes, weekday=weekday)
    violations = allocation_problems(plan.lines, stock, lanes, takers, weekday=weekday)
    return Computed(plan.lines, [judge_feasibility(violations), judge_problems(plan.left_out)])


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
