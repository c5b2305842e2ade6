"""Allocation from DCs, then transfers between locations: what moves the day after."""

import dagster as dg
import polars as pl

from inventory_assets.framework import Computed, Inputs, result_assets, show_rows
from inventory_assets.inventory import DEPARTED_LINES_FROM
from inventory_assets.pictures import tabulate_bindings, tabulate_reasons
from inventory_assets.plans.pairs import read_left_limits, read_pairs, read_planned
from inventory_assets.plans.season_prices import PRICED_FROM, read_price_inputs
from optimization.feasibility import (
    find_allocation_problems,
    find_joint_problems,
    find_season_move_problems,
    find_transfer_problems,
)
from optimization.night import (
    TransferInputs,
    allocate_stock,
    gather_allocation_inputs,
    gather_transfer_inputs,
    may_move_for_seasons,
    move_for_seasons,
    transfer_stock,
)
from optimization.transfers import sum_trips
from quality_checks.checks import (
    FEASIBLE,
    NOT_PROMISED_TWICE,
    PLANNED,
    judge_feasibility,
    judge_problems,
)
from quality_checks.contracts import PlanProblems, SeasonMoves, find_contract, find_frame

_SHOWN = 20
_PLANNED_FROM = ["planning_pairs", "sale_values", "targets", "lanes", *DEPARTED_LINES_FROM]


@result_assets(
    {"allocation": [FEASIBLE, PLANNED], "limit_prices": (), "unserved": ()},
    reads=_PLANNED_FROM,
    earlier=["export_lines", "cancel_lines"],
    by_item=True,
)
def allocation(inputs: Inputs) -> list[Computed]:
    """The DCs' units to the locations they supply, where they are worth most."""
    left = read_left_limits(inputs, read_planned(inputs))
    given = gather_allocation_inputs(*left, business_date=inputs.business_date)
    plan = allocate_stock(given)
    violations = find_allocation_problems(
        plan.lines,
        given.supply,
        given.lanes,
        given.receivers,
        weekday=given.weekday,
        rules=given.rules,
        line_rules=given.line_rules,
        limits=given.limits,
        fences=given.fences,
        kept=given.kept,
        barred=given.barred,
    )
    lines = Computed(
        plan.lines,
        [judge_feasibility(violations), judge_problems(plan.left_out)],
        {
            "worth, currency": plan.value,
            "no plan is worth more than, currency": plan.bound,
            "gap, share": plan.gap,
            "what keeps lines from being larger": show_rows(tabulate_bindings(plan.lines), _SHOWN),
        },
    )
    return [
        lines,
        Computed(plan.limit_prices, metadata=_priced(plan.limit_prices)),
        Computed(plan.unserved, metadata={"why": show_rows(tabulate_reasons(plan.unserved), 20)}),
    ]


def _priced(prices: pl.DataFrame) -> dict[str, dg.MarkdownMetadataValue]:
    dearest = prices.filter(pl.col("price") > 0).sort("price", descending=True)
    return {"what one more of a limit is worth": show_rows(dearest, _SHOWN)}


@result_assets(
    {
        "transfers_plan": [FEASIBLE, NOT_PROMISED_TWICE, PLANNED],
        "transfer_trips": (),
        "season_moves": [FEASIBLE],
    },
    reads=["allocation", *_PLANNED_FROM, *PRICED_FROM],
    earlier=["export_lines", "cancel_lines"],
    by_item=True,
)
def transfers_plan(inputs: Inputs) -> list[Computed]:
    """Sideways moves, once the allocation is on its way: for the days ahead, then for a season."""
    planned, lanes, policy = read_left_limits(inputs, read_planned(inputs))
    allocated = inputs.read("allocation")
    given = gather_transfer_inputs(
        planned, lanes, allocated, policy, business_date=inputs.business_date
    )
    plan = transfer_stock(given)
    lines, zones, season_problems = _move_for_seasons(inputs, plan.lines, given)
    violations = find_transfer_problems(
        lines,
        given.movers,
        given.lanes,
        weekday=given.weekday,
        min_gain=given.min_gain,
        least_units=given.rules.least_units,
        keep_size_runs=given.rules.keep_size_runs,
        line_rules=given.line_rules,
        places=given.places,
    )
    twice = find_joint_problems(allocated, lines, planned, lanes)
    return [
        Computed(
            lines,
            [
                judge_feasibility(violations),
                judge_feasibility(twice, NOT_PROMISED_TWICE),
                judge_problems(plan.left_out),
            ],
            {
                "gain beyond costs and least gains, currency": plan.value,
                "no plan gains more than, currency": plan.bound,
                "gap, share": plan.gap,
                "what keeps lines from being larger": show_rows(tabulate_bindings(lines), _SHOWN),
            },
        ),
        Computed(sum_trips(lines)),
        Computed(zones, [judge_feasibility(season_problems)]),
    ]


def _move_for_seasons(
    inputs: Inputs, moved: pl.DataFrame, given: TransferInputs
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """All lines of the night, what was weighed of moves between price zones, and their faults."""
    if not may_move_for_seasons(inputs.policy.markdown):
        none = [find_contract(SeasonMoves).empty(), find_frame(PlanProblems).empty()]
        return moved, none[0].drop("business_date"), none[1]
    prices = read_price_inputs(inputs, moved)
    found = move_for_seasons(
        moved, given, prices, pairs=read_pairs(inputs), lanes=inputs.known("lanes")
    )
    problems = find_season_move_problems(
        found.lines,
        found.zones,
        prices.items,
        prices.weeks,
        prices.places,
        given.movers,
        given.lanes,
        min_gain=given.min_gain,
        least_units=given.rules.least_units,
        line_rules=given.line_rules,
        price_rules=prices.rules,
    )
    return found.lines, found.zones, problems
