"""Ordering under lost sales: what policies cost above the optimum on 32 known instances."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from optimization.levels import find_arrival_service, find_least_stock
from optimization.reference import find_level_service, find_marginal_orders, set_capped_levels
from simulation.games import (
    Played,
    RulePolicy,
    System,
    make_base_stock,
    make_fixed_service,
    play_system,
)

PENALTIES = (4, 9, 19, 39)
MEAN = 5.0
VARIANCES = {"poisson": 5.0, "geometric": 30.0}
OPTIMA = {
    "poisson": {
        1: (4.04, 5.44, 6.68, 7.84),
        2: (4.40, 6.09, 7.66, 9.11),
        3: (4.60, 6.53, 8.36, 10.04),
        4: (4.73, 6.84, 8.89, 10.79),
    },
    "geometric": {
        1: (9.82, 14.51, 19.22, 23.87),
        2: (10.24, 15.50, 20.89, 26.21),
        3: (10.47, 16.14, 22.06, 27.96),
        4: (10.61, 16.58, 22.95, 29.36),
    },
}
"""Least mean cost a period, by lead time and penalty; mean demand 5, holding cost 1 (Zipkin, Old
and New Methods for Lost-Sales Inventory Systems, Operations Research 56, 2008)."""

SEARCH_PERIODS = 200_000
PAIRS, LEAD_PERIODS = 1_000_000, 2


class Instance(NamedTuple):
    """One of the 32."""

    demand: str
    lead_time: int
    penalty: int
    optimum: float

    def system(self) -> System:
        """The item to play."""
        return System(MEAN, VARIANCES[self.demand], self.lead_time, 1.0, self.penalty)


def measure(periods: int, seed: int) -> dict[str, Any]:
    """Cost above the optimum, as a share of it.

    `ours` orders for a fixed chance of no stock-out at arrival, `order_up_to` and `capped` keep the
    levels of the closed forms; none of the three sees the instance's cost. `newsvendor` keeps the
    level that is best where demand waits; `best_base_stock` and `best_capped` are found by search
    on other demand than they are measured on. `worst_gap` and `mean_gap` are those of `ours`.
    `seconds_a_million` is what levels and orders take for a million pairs, one thread.

    Args:
        periods: played for each figure.
        seed: of the demand.
    """
    started = time.perf_counter()
    rows = [_instance(instance, periods, seed) for instance in instances()]
    names = list(rows[0]["policies"])
    gaps = {name: [row["policies"][name]["gap"] for row in rows] for name in names}
    return {
        "benchmark": "lost-sales",
        "seed": seed,
        "periods": periods,
        "worst_gap": max(gaps["ours"]),
        "mean_gap": rounded(np.mean(gaps["ours"])),
        "worst_standard_error": rounded(
            max(
                policy["standard_error"] / policy["cost"]
                for row in rows
                for policy in row["policies"].values()
            )
        ),
        "gaps": {
            name: {"worst": max(found), "mean": rounded(np.mean(found))}
            for name, found in gaps.items()
        },
        "seconds_a_million": _seconds_a_million(seed),
        "seconds": rounded(time.perf_counter() - started),
        "instances": rows,
    }


def instances() -> list[Instance]:
    """The 32 instances."""
    return [
        Instance(demand, lead_time, penalty, optimum)
        for demand, table in OPTIMA.items()
        for lead_time, row in table.items()
        for penalty, optimum in zip(PENALTIES, row, strict=True)
    ]


def _instance(instance: Instance, periods: int, seed: int) -> dict[str, Any]:
    started = time.perf_counter()
    system = instance.system()
    searched, measured = system.demand(SEARCH_PERIODS, seed + 1), system.demand(periods, seed)
    ratio = instance.penalty / (instance.penalty + 1.0)
    reviews = instance.lead_time + 1
    window = reviews * system.mean, reviews * system.variance
    level = level_of(*window, float(find_level_service(ratio, instance.lead_time, *window)))
    capped = set_capped_levels(ratio, instance.lead_time, *window)
    start = int(capped.order_up_to), int(capped.cap)
    best = lowest((level,), lambda at: play_system(system, make_base_stock(*at), searched).cost)
    best_capped = lowest(start, lambda at: play_system(system, make_base_stock(*at), searched).cost)
    policies: dict[str, RulePolicy] = {
        "ours": make_fixed_service(float(find_arrival_service(ratio, instance.lead_time))),
        "order_up_to": make_base_stock(level),
        "capped": make_base_stock(*start),
        "newsvendor": make_base_stock(level_of(*window, ratio)),
        "best_base_stock": make_base_stock(*best),
        "best_capped": make_base_stock(*best_capped),
    }
    found = {
        name: _figures(play_system(system, policy, measured), policy, instance.optimum)
        for name, policy in policies.items()
    }
    return {
        "demand": instance.demand,
        "lead_time": instance.lead_time,
        "penalty": instance.penalty,
        "optimum": instance.optimum,
        "policies": found,
        "seconds": rounded(time.perf_counter() - started),
    }


def level_of(mean: float, variance: float, service: float) -> int:
    """The least stock that covers demand with chance `service`."""
    return int(find_least_stock([mean], [variance], cycle_service=service, shortage=np.inf)[0])


def _figures(played: Played, policy: RulePolicy, optimum: float) -> dict[str, Any]:
    parameters = [rounded(x) for x in (policy.first, policy.second) if np.isfinite(x) and x > 0]
    return {
        "cost": rounded(played.cost),
        "gap": rounded(played.cost / optimum - 1),
        "standard_error": rounded(played.standard_error),
        "parameters": parameters,
    }


def lowest(start: tuple[int, ...], cost: Callable[[tuple[int, ...]], float]) -> tuple[int, ...]:
    """Search from `start` until no step of one or two units is cheaper."""
    known = {start: cost(start)}
    here = start
    steps = np.stack(np.meshgrid(*[[-2, -1, 0, 1, 2]] * len(start)), -1).reshape(-1, len(start))
    while True:
        for step in steps.tolist():
            there = tuple(max(a + b, 1) for a, b in zip(here, step, strict=True))
            if there not in known:
                known[there] = cost(there)
        best = min(known, key=lambda at: (known[at], at))
        if best == here:
            return here
        here = best


def _seconds_a_million(seed: int) -> dict[str, float]:
    """Pairs of a chain: mean demand of a few units a review, lead times of up to 2 reviews."""
    rng = np.random.default_rng(seed)
    mean = rng.gamma(0.7, 5.0, (PAIRS, LEAD_PERIODS + 1))
    variance = mean * (1 + rng.gamma(1.0, 1.0, (PAIRS, 1)))
    ratio = rng.uniform(0.6, 0.98, PAIRS)
    lead = rng.uniform(0.0, LEAD_PERIODS, PAIRS)
    on_hand = np.floor(mean[:, 0])
    pipeline = np.floor(mean)
    pipeline[:, LEAD_PERIODS:] = 0

    def levels(count: int) -> None:
        window = mean[:count].sum(axis=1), variance[:count].sum(axis=1)
        service = find_level_service(ratio[:count], lead[:count], *window)
        find_least_stock(*window, cycle_service=service, shortage=np.inf)

    def orders(count: int) -> None:
        service = find_arrival_service(ratio[:count], LEAD_PERIODS)
        find_marginal_orders(
            on_hand[:count], pipeline[:count], mean[:count], variance[:count], service
        )

    return {"levels": _timed(levels), "orders": _timed(orders)}


def _timed(work: Callable[[int], None]) -> float:
    work(10)  # compiles
    started = time.perf_counter()
    work(PAIRS)
    return rounded(time.perf_counter() - started)


def rounded(value: float | np.floating[Any]) -> float:
    """`value` to the five decimals that figures are printed with."""
    return round(float(value), 5)
