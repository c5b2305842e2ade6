"""Orders with least values, price breaks and budgets, beside HiGHS.

Small instances are solved to their optimum by HiGHS over every quantity that could be ordered, and
not only those that the planner looks at; some of them share budgets, from one item on. A large one
is timed, and its budgets held against the LP
without least values. HiGHS runs after the time is read.
"""

import datetime as dt
import time
from typing import NamedTuple, TypedDict

import highspy
import numpy as np
import polars as pl

from benchmarks.purchasing_instances import ECONOMICS, draw_purchases
from optimization.purchasing import Purchases, plan_purchases, price_orders
from quality_checks.contracts import BudgetRooms, find_frame

_AS_OF = dt.date(2026, 3, 31)
_NO_BUDGETS = pl.DataFrame(schema=find_frame(BudgetRooms).schema)
_SMALL = range(50)
_SKUS, _SUPPLIERS = 10, 2
_LARGE_SKUS, _LARGE_SUPPLIERS = 10_000, 300
_SHARED = ((1, 1), (3, 1), (6, 2), (10, 3))
"""Items and suppliers of small instances that share two budgets."""

_SHARED_EACH = range(1_000, 1_030)
_PERCENT, _LEAST_WORTH = 0.01, 0.01
_BUDGET_SHARE = 0.6
"""Of what departments would order, that their budgets have room for."""

_FURTHER_MONEY = 1.5
"""Least values beyond which HiGHS is given no larger quantity of an item."""


class SharedFigures(TypedDict):
    """How instances of a size that share budgets end."""

    skus: int
    suppliers: int
    gap_mean: float
    gap_worst: float
    above_percent: int


class Figures(TypedDict):
    """What the benchmark prints."""

    instances: int
    skus: int
    suppliers: int
    gap_mean: float
    gap_worst: float
    stated_gap_worst: float
    raised: int
    waiting: int
    broken: int
    shared: list[SharedFigures]
    large_skus: int
    large_suppliers: int
    large_seconds: float
    large_gap: float
    budget_seconds: float
    budget_gap: float
    budget_gap_to_highs: float
    budget_minimum_seconds: float
    budget_minimum_gap: float


def measure(seed: int) -> Figures:
    """Plan small and large purchases, and solve them with HiGHS."""
    _plan(_SKUS, _SUPPLIERS, seed)
    small = [_compare(seed + number) for number in _SMALL]
    large = _plan(_LARGE_SKUS, _LARGE_SUPPLIERS, seed)
    rooms = _make_rooms(large)
    both = _plan(_LARGE_SKUS, _LARGE_SUPPLIERS, seed, rooms=rooms)
    alone = _plan(_LARGE_SKUS, _LARGE_SUPPLIERS, seed, rooms=rooms, minimums=False)
    optimum = _solve_budgets(alone, rooms)
    gaps = [one.gap for one in small]
    return Figures(
        instances=len(small),
        skus=_SKUS,
        suppliers=_SUPPLIERS,
        gap_mean=round(float(np.mean(gaps)), 6),
        gap_worst=round(max(gaps), 6),
        stated_gap_worst=round(max(one.stated for one in small), 6),
        raised=sum(one.raised for one in small),
        waiting=sum(one.waiting for one in small),
        broken=sum(one.broken for one in small),
        shared=[_measure_shared(*size, seed) for size in _SHARED],
        large_skus=_LARGE_SKUS,
        large_suppliers=_LARGE_SUPPLIERS,
        large_seconds=round(large.seconds, 2),
        large_gap=round(large.plan.gap, 6),
        budget_seconds=round(alone.seconds, 2),
        budget_gap=round(alone.plan.gap, 6),
        budget_gap_to_highs=round(1 - alone.plan.value / optimum, 6),
        budget_minimum_seconds=round(both.seconds, 2),
        budget_minimum_gap=round(both.plan.gap, 6),
    )


class _Run(NamedTuple):
    """Purchases planned, with what they were planned from, and the seconds it took."""

    items: pl.DataFrame
    breaks: pl.DataFrame
    plan: Purchases
    seconds: float


class _Compared(NamedTuple):
    """A small instance: gap to the optimum, gap stated, orders raised and left, breaks earned."""

    gap: float
    stated: float
    raised: int
    waiting: int
    broken: int


def _plan(  # noqa: PLR0913  # what is drawn, and what limits it
    skus: int,
    suppliers: int,
    seed: int,
    *,
    rooms: pl.DataFrame = _NO_BUDGETS,
    minimums: bool = True,
    departments: int | None = None,
) -> _Run:
    items, breaks = draw_purchases(skus, suppliers, seed, as_of=_AS_OF)
    if departments is not None:
        number = pl.int_range(pl.len()) % departments
        items = items.with_columns(department=pl.format("D{}", number))
    if not minimums:
        items = items.with_columns(minimum_order_value=pl.lit(None, pl.Float64))
    started = time.perf_counter()
    plan = plan_purchases(items, breaks, rooms, ECONOMICS, as_of=_AS_OF)
    return _Run(items, breaks, plan, time.perf_counter() - started)


def _make_rooms(run: _Run) -> pl.DataFrame:
    value = (pl.col("quantity") * pl.col("unit_price")).sum() * _BUDGET_SHARE
    return (
        run.plan.lines.join(run.items.select("sku", "destination", "department"), on="sku")
        .group_by("department")
        .agg(room=value)
        .with_columns(month=pl.lit("2026-04"))
        .sort("department")
    )


def _measure_shared(skus: int, suppliers: int, seed: int) -> SharedFigures:
    """Gaps of small purchases of two departments that may order for a part of what they would."""
    gaps = []
    for number in _SHARED_EACH:
        free = _plan(skus, suppliers, seed + number, departments=2)
        rooms = _make_rooms(free)
        run = _plan(skus, suppliers, seed + number, rooms=rooms, departments=2)
        optimum = _solve_documents(_list_quantities(run), rooms)
        if optimum > _LEAST_WORTH:
            gaps.append(1 - run.plan.value / optimum)
    return SharedFigures(
        skus=skus,
        suppliers=suppliers,
        gap_mean=round(float(np.mean(gaps)), 6),
        gap_worst=round(max(gaps), 6),
        above_percent=sum(gap > _PERCENT for gap in gaps),
    )


def _compare(seed: int) -> _Compared:
    """The planner's worth against the optimum."""
    run = _plan(_SKUS, _SUPPLIERS, seed)
    options = _list_quantities(run)
    optimum = _solve_documents(options, _NO_BUDGETS)
    lines, left_out = run.plan.lines, run.plan.left_out
    raised = lines.filter(pl.col("binding") == "supplier_minimum_value")
    waiting = left_out.filter(pl.col("problem") == "supplier_minimum_value")
    return _Compared(
        1 - run.plan.value / optimum if optimum > 0 else 0.0,
        run.plan.gap,
        raised["document"].n_unique(),
        waiting["supplier"].n_unique(),
        lines.filter(pl.col("unit_price") < pl.col("list_price")).height,
    )


def _list_quantities(run: _Run) -> pl.DataFrame:
    """Every quantity of every item that is worth a look, nothing included: money, benefit."""
    need = pl.col("order_up_to") - pl.col("inventory_position")
    further = pl.col("minimum_order_value").fill_null(0.0) * _FURTHER_MONEY
    last = run.breaks.group_by("sku").agg(pl.col("from_quantity").max())
    most = pl.max_horizontal(2 * need, "from_quantity", "minimum_order_quantity")
    last_packs = (most + further / pl.col("unit_price")) // pl.col("order_multiple") + 2
    packs, quantity = pl.int_ranges(0, last_packs), pl.col("quantity")
    rows = (
        run.items.join(last, on="sku", how="left")
        .with_columns(packs=packs.cast(pl.List(pl.Int64)))
        .explode("packs")
        .with_columns(quantity=pl.col("packs") * pl.col("order_multiple"))
        .filter((quantity == 0) | (quantity >= pl.col("minimum_order_quantity")))
    )
    units = rows["quantity"].to_numpy()
    priced = price_orders(rows, run.breaks, units, ECONOMICS.exit_loss_share)
    return rows.select(
        "sku",
        "department",
        "supplier",
        pl.col("minimum_order_value").fill_null(0.0),
        money=pl.Series(priced.price * units),
        benefit=pl.Series(priced.benefit),
    )


def _solve_documents(options: pl.DataFrame, rooms: pl.DataFrame) -> float:
    """The optimum with orders that reach their supplier's least value or wait, within budgets."""
    solver = _make_solver()
    wanted = options["benefit"] * 1.0
    columns = [solver.addBinary(obj=float(benefit)) for benefit in wanted]
    places = options.with_row_index("place")
    for _, of_item in places.group_by("sku", maintain_order=True):
        solver.addConstr(sum(columns[place] for place in of_item["place"]) == 1)
    for _, of_supplier in places.group_by("supplier", maintain_order=True):
        leaves = solver.addBinary(obj=0.0)
        money = sum(
            columns[place] * float(value)
            for place, value in of_supplier.select("place", "money").iter_rows()
            if value > 0
        )
        least = float(of_supplier["minimum_order_value"][0])
        most = float(of_supplier.group_by("sku").agg(pl.col("money").max())["money"].sum())
        solver.addConstr(money >= leaves * least)
        solver.addConstr(money <= leaves * most)
    for department, room in rooms.select("department", "room").iter_rows():
        of_budget = places.filter(pl.col("department") == department, pl.col("money") > 0)
        solver.addConstr(
            sum(
                columns[place] * float(value)
                for place, value in of_budget.select("place", "money").iter_rows()
            )
            <= float(room)
        )
    solver.maximize()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError(f"HiGHS ended with {solver.getModelStatus()}")
    return float(solver.getInfo().objective_function_value)


def _solve_budgets(run: _Run, rooms: pl.DataFrame) -> float:
    """Optimum of the LP of the large purchases under budgets, without least values."""
    options = _list_quantities(run)
    item = options["sku"].rank("dense").cast(pl.Int64).to_numpy() - 1
    numbers = {name: number for number, name in enumerate(rooms["department"])}
    budget = options["department"].replace_strict(numbers, return_dtype=pl.Int64).to_numpy()
    items = int(item.max()) + 1
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = options.height, items + rooms.height
    program.sense_ = highspy.ObjSense.kMaximize
    program.col_cost_ = options["benefit"].to_numpy()
    program.col_lower_, program.col_upper_ = np.zeros(options.height), np.ones(options.height)
    upper = np.concatenate([np.ones(items), rooms["room"].to_numpy()])
    lower = np.concatenate([np.ones(items), np.zeros(rooms.height)])
    program.row_lower_, program.row_upper_ = lower, upper
    program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    program.a_matrix_.start_ = np.arange(options.height + 1) * 2
    program.a_matrix_.index_ = np.column_stack([item, items + budget]).astype(np.int32).ravel()
    drawn = np.column_stack([np.ones(options.height), options["money"].to_numpy()])
    program.a_matrix_.value_ = drawn.ravel()
    solver = _make_solver()
    solver.passModel(program)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError(f"HiGHS ended with {solver.getModelStatus()}")
    return float(solver.getInfo().objective_function_value)


def _make_solver() -> highspy.Highs:
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (("output_flag", False), ("threads", 1), ("mip_rel_gap", 1e-7)):
        solver.setOptionValue(option, value)
    return solver
