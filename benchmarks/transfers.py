"""Transfers of a network: gap to our own bound, seconds and memory; and beside HiGHS, a small one.

Drawn are stores in a square, by region, and a night on which every fifth item is short at the DC:
only such items are wanted sideways, since of the others the DC fills what stores lack. Stores have
from nothing to two and a half times their level. A trip between any two stores of a region costs
15 and 0.4 a kilometre, a line LINE_COST, a unit 0.4; a store handles at most HANDLED units a day.

The small instance is of the same kind: fewer stores and items, hands scaled alike. HiGHS is given
the same units, lanes and limits as a mixed-integer program, and MIP_SECONDS.
"""

import time
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import stats

from benchmarks.demand_peers import Measured
from optimization.transfers import (
    IN_UNITS,
    TransferMarket,
    TransferPlan,
    add_movable_units,
    build_market,
    plan_transfers,
)
from optimization.value import StockValue
from quality_checks.contracts import LineRules, Movers, TransferRules, find_frame

REGION_STORES = 50
NETWORK, NETWORK_REGION = 400, 20
"""Stores from which regions are smaller, and how many they then have."""
SMALL_STORES, SMALL_SKUS = 8, 250
HANDLED = 200
SMALL_HANDLED = 40
SHORT = 0.2
LINE_COST = 1.0
MIP_SECONDS = 120.0


def measure(stores: int, skus: int, seed: int) -> dict[str, Any]:
    """Plan a network's transfers, and those of a small one beside HiGHS.

    Args:
        stores: stores in all, in regions of at most REGION_STORES; NETWORK_REGION from NETWORK on.
        skus: items, each ranged everywhere.
        seed: of what is drawn.

    Returns:
        gain, bound, gap_to_bound, trips, lines, units, seconds, cpu_seconds, peak_mb of the
        network;
        gap_to_mip (below 0 where HiGHS found less in its time),
        small_gap_to_bound, small_seconds, highs_seconds, highs_gap (how far HiGHS left
        its own bound) of the small one. Compiling is not in the seconds.
    """
    small_pairs, small_lanes = draw(SMALL_STORES, SMALL_SKUS, seed)
    _plan(small_pairs, small_lanes, SMALL_HANDLED)
    size = NETWORK_REGION if stores >= NETWORK else REGION_STORES
    plans, seconds, cpu = [], 0.0, 0.0
    with Measured() as run:
        for first in range(0, stores, size):
            pairs, lanes = draw(min(size, stores - first), skus, seed + first)
            clock = time.perf_counter(), time.process_time()
            plans.append(_plan(pairs, lanes, HANDLED))
            seconds += time.perf_counter() - clock[0]
            cpu += time.process_time() - clock[1]
    gain, bound = sum(plan.value for plan in plans), sum(plan.bound for plan in plans)
    return {
        "benchmark": "transfers",
        "stores": stores,
        "skus": skus,
        "seed": seed,
        "gain": round(gain, 1),
        "bound": round(bound, 1),
        "gap_to_bound": round(1 - gain / bound, 4),
        "trips": sum(plan.trips.height for plan in plans),
        "lines": sum(plan.lines.height for plan in plans),
        "units": sum(int(plan.lines["quantity"].sum()) for plan in plans),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "peak_mb": run.peak_mb,
        **_beside_highs(small_pairs, small_lanes),
    }


def _places(pairs: pl.DataFrame, handled: int) -> pl.DataFrame:
    return pairs.select("location").unique().with_columns(
        outbound_room=pl.lit(None, pl.Int64),
        handling_room=pl.lit(handled, pl.Int64),
        receiving_litres=pl.lit(None, pl.Float64),
    )  # fmt: skip


def _plan(pairs: pl.DataFrame, lanes: pl.DataFrame, handled: int) -> TransferPlan:
    return plan_transfers(
        pairs,
        lanes,
        weekday=0,
        min_gain=0.0,
        line_rules=LineRules(least_transfer_gain=LINE_COST),
        places=_places(pairs, handled),
    )


def _beside_highs(pairs: pl.DataFrame, lanes: pl.DataFrame) -> dict[str, Any]:
    started = time.perf_counter()
    plan = _plan(pairs, lanes, SMALL_HANDLED)
    seconds = time.perf_counter() - started
    started = time.perf_counter()
    market = small_market(pairs, lanes, SMALL_HANDLED, line_cost=LINE_COST)
    best, bound = solve(market, MIP_SECONDS)
    return {
        "gap_to_mip": round(1 - plan.value / best, 4),
        "small_gap_to_bound": round(plan.gap, 4),
        "small_seconds": round(seconds, 2),
        "highs_seconds": round(time.perf_counter() - started, 1),
        "highs_gap": round(1 - best / bound, 4),
    }


def small_market(
    pairs: pl.DataFrame, lanes: pl.DataFrame, handled: int, *, line_cost: float = 0.0
) -> TransferMarket:
    """The market of pairs and lanes as the program is written from it."""
    known = (
        add_movable_units(find_frame(Movers).read(pairs), TransferRules())
        .join(_places(pairs, handled), on="location")
        .sort("sku", "location")
    )
    ways = lanes.with_columns(
        lane_unit_cost="unit_cost", lane_capacity="capacity", lane_litres=pl.lit(None, pl.Float64)
    )
    worth = StockValue.of_pairs(known)
    return build_market(known, ways, worth, min_gain=0.0, least_units=1, line_cost=line_cost)[0]


def draw(stores: int, skus: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Pairs and lanes of the stores of a region."""
    rng = np.random.default_rng(seed)
    n = stores * skus
    sku, store = np.repeat(np.arange(skus), stores), np.tile(np.arange(stores), skus)
    at = rng.uniform(0, 100, (stores, 2))
    size = rng.lognormal(0, 0.5, stores)
    mean = rng.gamma(0.7, 2.5, skus)[sku] * size[store] * rng.lognormal(0, 0.4, n)
    mean = np.maximum(mean, 0.02)
    variance = mean * (1 + 0.3 * mean)
    cost = rng.uniform(4, 40, skus)
    margin, keeping = (cost * rng.uniform(0.6, 1.6, skus))[sku], (cost * 0.03)[sku]
    ratio = np.minimum(margin / (margin + keeping), 0.98)
    level = stats.nbinom.ppf(ratio, mean**2 / (variance - mean), mean / variance).astype(int)
    stock = np.round(level * rng.choice([0, 0.2, 0.5, 1.0, 1.5, 2.5], n)).astype(int)
    short = (rng.random(skus) < SHORT)[sku]
    names = [f"S{number:03}" for number in range(stores)]
    pairs = pl.DataFrame(
        {
            "sku": [f"K{i:05}" for i in sku],
            "location": np.array(names)[store],
            "region": "R",
            "inventory_position": np.where(short, stock, np.maximum(stock, level)),
            "available": stock,
            "order_up_to": level,
            "presentation_min": rng.integers(0, 3, n),
            "recently_moved": False,
            "demand_mean": mean,
            "demand_variance": variance,
            "protection_days": 7.0,
            "sold_before": 0,
            "open_demand_mean": mean,
            "open_demand_variance": variance,
            "underage_cost": margin,
            "overage_cost": keeping,
            "surplus_step": keeping / 7 / mean,
            "surplus_most": keeping * 26,
            "value_level": level,
        }
    ).with_columns(
        shelf_max=pl.lit(None, pl.Int64), receiving_room=pl.lit(None, pl.Int64)
    )  # fmt: skip
    ways = [(a, b) for a in range(stores) for b in range(stores) if a != b]
    lanes = pl.DataFrame(
        {
            "origin": [names[a] for a, _ in ways],
            "destination": [names[b] for _, b in ways],
            "transit_days": 1,
            "fixed_cost": [15 + 0.4 * float(np.hypot(*(at[a] - at[b]))) for a, b in ways],
            "unit_cost": 0.4,
            "order_weekdays": "1111111",
            "allowed": True,
        }
    ).with_columns(capacity=pl.lit(None, pl.Int64))
    return pairs, lanes


def solve(market: TransferMarket, seconds: float) -> tuple[float, float]:
    """Best gain and bound that HiGHS finds in `seconds` for a market, as a mixed-integer program.

    Variables: lanes open, units on arcs, each unit given and taken, which of the two a pair does
    that could do both, and where lines cost something, whether an arc carries any. Constraints:
    units on an arc at most what it can carry if its lane is open, and if it is a line, flow at both
    ends, limits, least trips.
    """
    program = _Program(market)
    return program.solved(seconds)


class _Program:
    def __init__(self, market: TransferMarket) -> None:
        self._market = market
        lanes, arcs = len(market.fixed), len(market.lane)
        self._arc, self._give = lanes, lanes + arcs
        self._take = self._give + len(market.give)
        both = np.flatnonzero((market.spare > 0) & (market.want > 0))
        first_role = self._take + len(market.take)
        self._role = {int(pair): first_role + n for n, pair in enumerate(both)}
        self._line = first_role + len(both)
        self._size = self._line + (arcs if market.line_cost > 0 else 0)
        self._rows: list[tuple[list[int], list[float], float, float]] = []
        self._most = np.minimum(market.spare[market.sender], market.want[market.receiver])
        self._ends()
        self._lanes()

    def _ends(self) -> None:
        market, infinite = self._market, highspy.kHighsInf
        sides = (
            (market.sender, market.spare, market.give_first, self._give, True),
            (market.receiver, market.want, market.take_first, self._take, False),
        )
        for ends, most, first, column, gives in sides:
            for pair in range(len(most)):
                units = [column + int(first[pair]) + k for k in range(int(most[pair]))]
                arcs = [self._arc + int(arc) for arc in np.flatnonzero(ends == pair)]
                if not units:
                    continue
                weights = [1.0] * len(arcs) + [-1.0] * len(units)
                self._rows.append((arcs + units, weights, 0.0, 0.0))
                if pair in self._role:
                    limit = float(most[pair])
                    weights = [1.0] * len(units) + [-limit if gives else limit]
                    upper = 0.0 if gives else limit
                    self._rows.append(([*units, self._role[pair]], weights, -infinite, upper))

    def _lanes(self) -> None:
        market, infinite = self._market, highspy.kHighsInf
        drawn: dict[int, dict[int, float]] = {}
        for arc, way in enumerate(market.lane):
            column = self._arc + arc
            most = float(self._most[arc])
            self._rows.append(([column, int(way)], [1.0, -most], -infinite, 0.0))
            if market.line_cost > 0:
                self._rows.append(([column, self._line + arc], [1.0, -most], -infinite, 0.0))
            for kind, row in enumerate(market.limits[way]):
                if row >= 0:
                    draw = 1.0 if kind < IN_UNITS else float(market.volume[market.item[arc]])
                    uses = drawn.setdefault(int(row), {})
                    uses[column] = uses.get(column, 0.0) + draw
        for row, uses in drawn.items():
            self._rows.append(
                (list(uses), list(uses.values()), -infinite, float(market.capacity[row]))
            )
        if market.least_units > 1:
            for way in range(len(market.fixed)):
                arcs = range(int(market.lane_first[way]), int(market.lane_first[way + 1]))
                columns = [self._arc + arc for arc in arcs]
                weights = [1.0] * len(columns) + [-float(market.least_units)]
                self._rows.append(([*columns, way], weights, 0.0, infinite))

    def solved(self, seconds: float) -> tuple[float, float]:
        market, program = self._market, highspy.HighsLp()
        roles = np.zeros(len(self._role))
        program.num_col_, program.num_row_ = self._size, len(self._rows)
        program.sense_ = highspy.ObjSense.kMaximize
        program.col_cost_ = np.concatenate(
            [
                -market.fixed,
                -market.unit_cost[market.lane],
                -market.give,
                market.take,
                roles,
                np.full(self._size - self._line, -market.line_cost),
            ]
        )
        upper: npt.NDArray[np.float64] = np.ones(self._size)
        upper[self._arc : self._give] = self._most
        program.col_lower_, program.col_upper_ = np.zeros(self._size), upper
        program.row_lower_ = np.array([row[2] for row in self._rows])
        program.row_upper_ = np.array([row[3] for row in self._rows])
        lengths = [len(row[0]) for row in self._rows]
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_ = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        columns = [column for row in self._rows for column in row[0]]
        program.a_matrix_.index_ = np.array(columns, dtype=np.int32)
        program.a_matrix_.value_ = np.array([value for row in self._rows for value in row[1]])
        whole = highspy.HighsVarType.kInteger
        units = range(self._give, self._take + len(market.take))
        program.integrality_ = [
            highspy.HighsVarType.kContinuous if column in units else whole
            for column in range(self._size)
        ]
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, value in (
            ("output_flag", False), ("threads", 1), ("mip_rel_gap", 1e-5), ("time_limit", seconds)
        ):  # fmt: skip
            solver.setOptionValue(option, value)
        solver.passModel(program)
        if solver.run() == highspy.HighsStatus.kError:
            raise RuntimeError("HiGHS did not run")
        info = solver.getInfo()
        return float(info.objective_function_value), float(info.mip_dual_bound)
