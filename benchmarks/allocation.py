"""Time the priced allocation of a network, its gap to its own bound, and HiGHS on the same LP.

Timed is what a night does from demand on: every pack valued, prices found, the plan made. Compiling
is set-up. HiGHS runs after the peak memory is read.
"""

import resource
import time
from typing import TypedDict

import highspy
import numpy as np

from benchmarks.allocation_network import draw_network, market_of
from optimization.allocation import AllocationMarket, Solution, Stage, solve_stages

_KILOBYTES_A_MEGABYTE = 1024
_WARM_UP = 4_000


class Figures(TypedDict, total=False):
    """What the benchmark prints."""

    pairs: int
    limits: int
    packs: int
    seconds: float
    cpu_seconds: float
    gap: float
    seconds_lumpy: float
    cpu_seconds_lumpy: float
    gap_lumpy: float
    peak_mb: float
    highs_seconds: float
    highs_cpu_seconds: float
    gap_to_highs: float
    bound_above_highs: float
    speedup: float


def measure(pairs: int, seed: int, *, highs: bool) -> Figures:
    """Allocate without and with lumpy constraints, and solve the LP of the former with HiGHS."""
    for lumpy in (False, True):
        _Run(_WARM_UP, seed, lumpy=lumpy)
    lumpy_run = _Run(pairs, seed, lumpy=True)
    run = _Run(pairs, seed, lumpy=False)
    market, solution = run.market, run.solution
    figures = Figures(
        pairs=len(market.pack),
        limits=len(market.capacity),
        packs=len(market.ladder),
        seconds=round(run.seconds, 2),
        cpu_seconds=round(run.cpu_seconds, 2),
        gap=_gap(solution),
        seconds_lumpy=round(lumpy_run.seconds, 2),
        cpu_seconds_lumpy=round(lumpy_run.cpu_seconds, 2),
        gap_lumpy=_gap(lumpy_run.solution),
        peak_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KILOBYTES_A_MEGABYTE),
    )
    if highs:
        started, cpu = time.perf_counter(), time.process_time()
        optimum = _lp_optimum(market)
        seconds = time.perf_counter() - started
        figures |= Figures(
            highs_seconds=round(seconds, 1),
            highs_cpu_seconds=round(time.process_time() - cpu, 1),
            gap_to_highs=round(1 - solution.value / optimum, 7),
            bound_above_highs=round(solution.bound / optimum - 1, 7),
            speedup=round(seconds / run.seconds, 1),
        )
    return figures


class _Run:
    """A network allocated, with its times."""

    def __init__(self, pairs: int, seed: int, *, lumpy: bool) -> None:
        network = draw_network(pairs, seed, lumpy=lumpy)
        started, cpu = time.perf_counter(), time.process_time()
        self.market, shipments = market_of(network)
        most = np.diff(self.market.ladder_start).astype(np.int32)
        self.solution = solve_stages(self.market, [Stage(most, by_units=False)], shipments)
        self.seconds = time.perf_counter() - started
        self.cpu_seconds = time.process_time() - cpu


def _gap(solution: Solution) -> float:
    return round(1 - solution.value / solution.bound, 7)


def _lp_optimum(market: AllocationMarket) -> float:
    """Optimum of the LP with a column for each pack that is worth sending, by HiGHS."""
    worth = market.ladder > 0
    pair = np.repeat(np.arange(len(market.pack)), np.diff(market.ladder_start))[worth]
    group_of = np.repeat(np.arange(len(market.free)), np.diff(market.group_start))
    group, kinds = group_of[pair], market.limit.shape[1]
    row = np.column_stack([group, len(market.free) + market.limit[pair]]).astype(np.int32)
    units = market.pack[pair, None].astype(np.float64)
    drawn = np.column_stack([np.ones(len(pair)), market.use[group]]) * units
    upper = np.concatenate([market.free, market.capacity]).astype(float)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(pair), len(upper)
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_ = market.ladder[worth].astype(float)
    model.col_lower_, model.col_upper_ = np.zeros(len(pair)), np.ones(len(pair))
    model.row_lower_, model.row_upper_ = np.full(len(upper), -highspy.kHighsInf), upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.arange(len(pair) + 1) * (kinds + 1)
    model.a_matrix_.index_ = row.ravel()
    model.a_matrix_.value_ = drawn.ravel()
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.passModel(model)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError(f"HiGHS ended with {solver.getModelStatus()}")
    return float(solver.getInfo().objective_function_value)
