"""Sourcing of customer orders: gap to our own bound, to plain greedy, and to HiGHS on a part.

Timed is all that `source_orders` does, from frames to frames; compiling is not. HiGHS is given a
night of at most MIP_ORDERS orders, drawn alike, as a mixed-integer program, and MIP_SECONDS.
Plain greedy ships lines in turn, each by what costs least at that moment.
"""

import time
from collections import defaultdict
from typing import Any

import numpy as np
import polars as pl

from benchmarks.demand_peers import Measured
from benchmarks.sourcing_instances import SPLIT_PENALTY, draw_night
from benchmarks.sourcing_program import LINE, PAIR, PARCEL, solve_program
from optimization.feasibility import find_sourcing_problems
from optimization.sourcing import SourcingFrames, SourcingPlan, source_orders
from optimization.value import StockValue

WARM_UP = 300
MIP_ORDERS = 500
MIP_SECONDS = 90.0


def measure(orders: int, seed: int) -> dict[str, Any]:
    """Source a night's orders, and those of a small night beside HiGHS.

    Args:
        orders: open orders of the night.
        seed: of what is drawn.

    Returns:
        cost and bound (currency), gap_to_bound, greedy_gap (of plain greedy, to our bound), shares
        of lines shipped, waiting and open, problems (found by the check of feasibility), seconds,
        cpu_seconds, peak_mb; and of the small night small_orders, gap_to_mip (below 0 where HiGHS
        found less in its time), small_gap_to_bound, small_greedy_gap (to the cheaper of HiGHS's
        plan and ours), highs_gap (how far HiGHS left its own bound) and highs_seconds.
    """
    _plan(draw_night(WARM_UP, seed))
    night = draw_night(orders, seed)
    with Measured() as run:
        cpu = time.process_time()
        plan = _plan(night)
        cpu = time.process_time() - cpu
    decided = plan.lines["decision"]
    return {
        "benchmark": "sourcing",
        "orders": orders,
        "lines": night.lines.height,
        "candidates": night.candidates.height,
        "seed": seed,
        "cost": round(plan.cost, 1),
        "bound": round(plan.bound, 1),
        "gap_to_bound": round(plan.cost / plan.bound - 1, 4),
        "greedy_gap": round(ship_greedily(night) / plan.bound - 1, 4),
        **{
            name: round((decided == name).sum() / len(decided), 4)
            for name in ("ship", "wait", "open")
        },
        "problems": find_sourcing_problems(plan.lines, night, split_penalty=SPLIT_PENALTY).height,
        "seconds": round(run.seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "peak_mb": run.peak_mb,
        **_beside_highs(min(orders, MIP_ORDERS), seed),
    }


def _plan(night: SourcingFrames) -> SourcingPlan:
    return source_orders(night, split_penalty=SPLIT_PENALTY)


def _beside_highs(orders: int, seed: int) -> dict[str, Any]:
    night = draw_night(orders, seed)
    plan = _plan(night)
    started = time.perf_counter()
    best, bound = solve_program(night, SPLIT_PENALTY, MIP_SECONDS)
    return {
        "small_orders": orders,
        "gap_to_mip": round(plan.cost / best - 1, 4),
        "small_gap_to_bound": round(plan.cost / plan.bound - 1, 4),
        "small_greedy_gap": round(ship_greedily(night) / min(best, plan.cost) - 1, 4),
        "highs_gap": round(1 - bound / best, 4),
        "highs_seconds": round(time.perf_counter() - started, 1),
    }


def ship_greedily(night: SourcingFrames) -> float:
    """Cost of shipping lines in turn, each by what costs least with what is left, currency."""
    rows = _list_choices(night)
    left = dict(zip(rows["pair"], rows["available"], strict=True))
    room: dict[tuple[str, Any], list[float]] = {
        (node, day): [lines, units]
        for node, day, lines, units in night.capacities.select(
            "location", "ship_on", pl.col("most_lines", "most_units").fill_null(np.inf)
        ).iter_rows()
    }
    ladder, start = _value_units(night)
    nodes: dict[str, set[tuple[str, Any]]] = defaultdict(set)
    total = 0.0
    for (order, _), choices in rows.group_by(LINE, maintain_order=True):
        best, chosen = float(choices["outside"][0]), None
        units = choices["quantity"][0]
        for pair, node, day, own, parcel in choices.select(
            "pair", "location", "ship_on", "own", "parcel_cost"
        ).iter_rows():
            if pair is None or left[pair] < units:
                continue
            if room[node, day][0] < 1 or room[node, day][1] < units:
                continue
            first = start[pair + 1] - left[pair]
            cost = own + ladder[first : first + units].sum()
            if (node, day) not in nodes[str(order)]:
                cost += parcel + (SPLIT_PENALTY if nodes[str(order)] else 0.0)
            if cost < best:
                best, chosen = float(cost), (pair, node, day)
        total += best
        if chosen is not None:
            pair, node, day = chosen
            left[pair] -= units
            room[node, day][0] -= 1
            room[node, day][1] -= units
            nodes[str(order)].add((node, day))
    return total


def _list_choices(night: SourcingFrames) -> pl.DataFrame:
    """Every line with each candidate that comes by the promise; a line without any has one row."""
    own = pl.sum_horizontal("shipping_cost", "handling_cost", "refusal_cost", "late_cost")
    pairs = night.stock.select(*PAIR, "available").with_columns(
        pair=pl.int_range(pl.len(), dtype=pl.Int64)
    )
    in_time = night.candidates.join(night.parcels, on=PARCEL)
    return (
        night.lines.select(
            *LINE,
            "sku",
            "quantity",
            "promised_on",
            outside=pl.min_horizontal("open_cost", "wait_cost"),
        )
        .join(in_time, on=LINE, how="left")
        .join(pairs, on=PAIR, how="left")
        .with_columns(
            own=own - pl.col("markdown_avoided"),
            pair=pl.when(pl.col("arrives_on") <= pl.col("promised_on")).then("pair"),
        )
        .sort(*LINE, "location", "ship_on")
    )


def _value_units(night: SourcingFrames) -> tuple[np.ndarray, np.ndarray]:
    """What each unit of each pair is worth, the first to be taken first; where pairs begin."""
    held = night.stock["available"].to_numpy()
    start = np.concatenate([[0], np.cumsum(held)])
    pair = np.repeat(np.arange(len(held)), held)
    taken = np.arange(len(pair)) - start[pair]
    position = night.stock["inventory_position"].to_numpy()[pair]
    return StockValue.of_pairs(night.stock).of_unit(pair, position - taken), start
