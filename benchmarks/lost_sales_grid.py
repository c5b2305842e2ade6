"""What the closed forms of lost sales cost above the best of their kind, on a grid of demands."""

import time
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from benchmarks.lost_sales import level_of, lowest, rounded
from optimization.levels import find_arrival_service
from optimization.reference import find_level_service
from simulation.games import System, make_base_stock, make_fixed_service, play_system

DEMANDS = ((0.2, 0.2), (0.2, 0.4), (1.0, 1.0), (1.0, 3.0), (10.0, 10.0), (10.0, 100.0))
"""Mean and variance of a period's demand."""

LEAD_TIMES = (1, 2, 4)
RATIOS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98)
FACTORS = (1.0, 1.1, 1.2, 1.35, 1.5, 1.7, 2.0, 2.4)
"""Chances of a stock-out that are tried, as multiples of 1 - ratio."""

SLOW = 1.0
"""Mean demand a period below which an item counts as slow."""


class Excess(NamedTuple):
    """Cost of the closed forms over that of the best of their kind, less 1."""

    slow: bool
    order_up_to: float
    newsvendor: float
    ours: float
    ours_above_best_base_stock: float


def measure(periods: int, seed: int) -> dict[str, Any]:
    """Worst and mean excess over a grid of demand, lead time and ratio.

    Each policy is measured on the demand that the best of its kind is searched on.

    Args:
        periods: played for each figure.
        seed: of the demand.
    """
    started = time.perf_counter()
    cells = [_excess(*cell, periods, seed) for cell in product(DEMANDS, LEAD_TIMES, RATIOS)]
    return {
        "benchmark": "lost-sales-grid",
        "seed": seed,
        "periods": periods,
        "cells": len(cells),
        "seconds": rounded(time.perf_counter() - started),
        "others": _summary([cell for cell in cells if not cell.slow]),
        "slow": _summary([cell for cell in cells if cell.slow]),
    }


def _excess(
    demand: tuple[float, float], lead_time: int, ratio: float, periods: int, seed: int
) -> Excess:
    system = System(*demand, lead_time, 1.0, ratio / (1 - ratio))
    units = system.demand(periods, seed)
    window = (lead_time + 1) * system.mean, (lead_time + 1) * system.variance
    level = level_of(*window, float(find_level_service(ratio, lead_time, *window)))

    def held(at: tuple[int, ...]) -> float:
        return play_system(system, make_base_stock(*at), units).cost

    def served(chance: float) -> float:
        return play_system(system, make_fixed_service(chance), units).cost

    ours = served(float(find_arrival_service(ratio, lead_time)))
    tried = [served(1 - (1 - ratio) * k) for k in FACTORS if (1 - ratio) * k < 1]
    best_level = min(held(lowest((level,), held)), held((0,)))
    return Excess(
        slow=system.mean < SLOW,
        order_up_to=held((level,)) / best_level - 1,
        newsvendor=held((level_of(*window, ratio),)) / best_level - 1,
        ours=ours / min(*tried, ours) - 1,
        ours_above_best_base_stock=ours / best_level - 1,
    )


def _summary(cells: list[Excess]) -> dict[str, dict[str, float]]:
    return {
        name: {"worst": rounded(np.max(found)), "mean": rounded(np.mean(found))}
        for name, found in zip(Excess._fields[1:], list(zip(*cells, strict=True))[1:], strict=True)
    }
