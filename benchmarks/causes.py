"""Causes found in books with faults of known kind and size, beside the truth.

Item-locations of the built-in retailer, played by the shipped plan, get one fault or two. The truth
of a stock is what its faults took off it, and what it would have differed by without them: its true
demand, and its books. Demand is estimated as a night does, from sales and empty shelves alone.
"""

import time
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks.causes_books import NIGHTS, Books, Evening, list_books, play_evenings
from benchmarks.causes_faults import FAULTS
from forecasting.history import unconstrain_demand
from governance import load_planning_policy
from optimization.causes import explain_stocks
from quality_checks.contracts import ExplainedDays, ExplainedLines, ExplainedStocks, find_frame
from simulation.replay import Bools, build_demo_worlds, forbid_waiting
from simulation.retailer import Size, size_retailer

POLICY = Path(__file__).resolve().parent.parent / "data" / "policies" / "planning.yaml"

_EVENINGS = 30
_DAYS = 80
_POINTS = 0.15
_TWO_FAULTS = 0.4
_LEAST_STOCK = 4
_KEY = ["sku", "location"]
_JUDGED = {"fault": pl.String, "top": pl.Boolean, "error": pl.Float64}


class Figures(TypedDict):
    """What the benchmark prints.

    Attributes:
        size, retailers: size and seeds of the built-in retailer.
        cases: item-locations with a fault that run short of what was expected.
        top_right: share of them whose largest cause is that of the truth.
        within_15: share of them of which no cause is off by more than 15 points.
        mean_error: mean over cases of the largest error of a share.
        by_fault: the same of cases with one fault, by fault; and of those with two.
        seconds: of all.
    """

    size: str
    retailers: list[int]
    cases: int
    top_right: float
    within_15: float
    mean_error: float
    by_fault: dict[str, dict[str, float]]
    seconds: float


def measure(size: Size, seeds: Sequence[int]) -> Figures:
    """Put faults into the books of retailers, and hold what is found against the truth."""
    began = time.perf_counter()
    judged = pl.concat([_judge_retailer(size, seed) for seed in seeds])
    by_fault = judged.group_by("fault").agg(*_figures()).sort("fault")
    whole = judged.select(*_figures()).row(0, named=True)
    return Figures(
        size=size,
        retailers=list(seeds),
        cases=whole["cases"],
        top_right=whole["top_right"],
        within_15=whole["within_15"],
        mean_error=whole["mean_error"],
        by_fault={row.pop("fault"): row for row in by_fault.iter_rows(named=True)},
        seconds=round(time.perf_counter() - began, 1),
    )


def _figures() -> list[pl.Expr]:
    return [
        pl.len().alias("cases"),
        pl.col("top").mean().round(3).alias("top_right"),
        (pl.col("error") <= _POINTS).mean().round(3).alias("within_15"),
        pl.col("error").mean().round(3).alias("mean_error"),
    ]


def _judge_retailer(size: Size, seed: int) -> pl.DataFrame:
    """fault, top, error of each case of a retailer."""
    policy = forbid_waiting(load_planning_policy(POLICY))
    ((_, world),) = build_demo_worlds(size_retailer(size), [seed], _DAYS)
    evenings = play_evenings(world, policy, _EVENINGS)
    rows = []
    for last in range(NIGHTS + 6, _EVENINGS):
        draw = np.random.default_rng([seed, last])
        rows += _judge_night(evenings, last, draw)
    return pl.DataFrame(rows, schema=_JUDGED, orient="row")


def _judge_night(evenings: list[Evening], last: int, draw: np.random.Generator) -> list[Any]:
    cases = []
    for books in list_books(evenings, last):
        natural = _find_natural(books)
        chosen = _choose_faults(draw)
        # What the opening stock does not have cannot be late, short, cut or gone.
        if books.opening < _LEAST_STOCK:
            continue
        truth = dict(natural)
        for name in chosen:
            fault, cause = FAULTS[name]
            truth[cause] = truth.get(cause, 0.0) - fault(books, draw)
        label = chosen[0] if len(chosen) == 1 else "two faults"
        cases.append((label, books, truth))
    if not cases:
        return []
    found = _explain([books for _, books, _ in cases], evenings[last])
    return [
        (label, *_compare(truth, found[number]))
        for number, (label, _, truth) in enumerate(cases)
        if sum(units for units in truth.values()) < -1
    ]


def _choose_faults(draw: np.random.Generator) -> list[str]:
    """A fault or two; a promotion is not both announced and unannounced."""
    names = sorted(FAULTS)
    if draw.random() >= _TWO_FAULTS:
        return [names[int(draw.integers(len(names)))]]
    pairs = [
        [one, other]
        for one, other in combinations(names, 2)
        if {one, other} != {"promotion nobody announced", "promotion stronger than learnt"}
    ]
    return pairs[int(draw.integers(len(pairs)))]


def _find_natural(books: Books) -> dict[str, float]:
    """What the stock would differ by without a fault, by true demand and the books."""
    stock = books.stock
    gap = stock["order_up_to"] - stock["inventory_position"] - stock["planned"]
    asked = sum(day["forecast"] for day in books.days)
    beside = books.arrived.sum() - sum(line["units"] for line in books.lines) - stock["planned"]
    stock |= {"returns_expected": float(books.returned.sum()), "counted": 0}
    return {
        "demand_level": asked - float(books.wanted.sum()),
        "allocation_cut": -float(max(gap, 0)),
        "above_level": float(max(-gap, 0)),
        "extra_supply": float(max(beside, 0)),
        "not_shipped": float(min(beside, 0)),
        "transfer_out": -float(books.left.sum()),
    }


def _explain(cases: list[Books], evening: Evening) -> list[dict[str, float]]:
    """Units by cause of each case, as they are found."""
    sold, empty = evening.view.sold.copy(), evening.view.empty.copy()
    stocks, lines = [], []
    for number, books in enumerate(cases, start=1):
        moved, units, out = trade_books(books)
        first = evening.view.day + 1 - len(units)
        sold[first:, books.pair], empty[first:, books.pair] = units, out
        stocks.append(
            dict.fromkeys(("upstream", "left_out", "limit"))
            | {"asked": True}
            | dict.fromkeys(("adjusted", "damaged", "reserved"), 0)
            | {"stock": str(number), **books.stock, **moved}
        )
        lines += [{"stock": str(number), **line} for line in books.lines]
    known = pl.DataFrame(stocks, schema=find_frame(ExplainedStocks).schema)
    found = explain_stocks(
        known,
        _estimate_days(cases, evening, sold, empty),
        pl.DataFrame(lines, schema=find_frame(ExplainedLines).schema),
    )
    by_pair: dict[tuple[str, str], dict[str, float]] = {}
    for sku, location, cause, units in found.select(*_KEY, "cause", "units").iter_rows():
        by_pair.setdefault((sku, location), {})[cause] = units
    return [by_pair.get((books.stock["sku"], books.stock["location"]), {}) for books in cases]


def trade_books(books: Books) -> tuple[dict[str, int], list[int], list[bool]]:
    """Sell from the shelf day by day: what moved, units sold, and whether the shelf ran empty."""
    stock, sold, out = books.opening, [], []
    for day, wanted in enumerate(books.wanted):
        stock += int(books.arrived[day] - books.left[day])
        gone = min(int(books.lost_stock[day]), max(stock, 0))
        stock -= gone
        units = min(max(stock, 0), int(wanted))
        out.append(stock <= wanted)
        sold.append(units)
        stock += int(books.returned[day]) - units
    moved = {
        "opening": books.opening,
        "closing": stock,
        "arrived": int(books.arrived.sum()),
        "sent_away": int(books.left.sum()),
        "sold": sum(sold),
        "credited": sum(sold),
        "returned": int(books.returned.sum()),
    }
    return moved, sold, out


def _estimate_days(
    cases: list[Books], evening: Evening, sold: npt.NDArray[np.int32], empty: Bools
) -> pl.DataFrame:
    """Frame `explained_days`: demand estimated from what sold and when shelves were empty."""
    masters, last = evening.view.masters, evening.view.day
    rows = []
    for number, books in enumerate(cases, start=1):
        rows += [{"stock": str(number), "sku": books.stock["sku"], **day} for day in books.days]
    days = pl.DataFrame(rows)
    pairs = np.unique([books.pair for books in cases])
    back = np.arange(max(0, last - 90), last + 1)
    pair, day = np.repeat(pairs, back.size), np.tile(back, pairs.size)
    opens = masters.opens[day, masters.location[pair]] & (day >= masters.launch[pair])
    history = masters.pairs.select("region", *_KEY)[pair].with_columns(
        date=masters.dates(day),
        sales=pl.Series(sold[day, pair].astype(np.int64)).set(pl.Series(~opens), None),
        out_of_stock=pl.Series(empty[day, pair] & opens),
        stockout_hours=pl.lit(None, pl.Int64),
        closed=pl.Series(~opens),
    )
    estimated = unconstrain_demand(history).select(*_KEY, "date", "sales", "closed", "demand")
    known = days.join(estimated, on=[*_KEY, "date"], how="left", maintain_order="left")
    shut = pl.col("closed")
    return known.with_columns(
        demand=pl.when(shut).then(0.0).otherwise("demand"),
        sales=pl.when(shut).then(0).otherwise("sales"),
    ).select(find_frame(ExplainedDays).schema.names())


def _compare(truth: dict[str, float], found: dict[str, float]) -> tuple[bool, float]:
    """Whether the largest cause is right, and the largest error of a share."""
    true, said = _share(truth), _share(found)
    causes = sorted({*true, *said})
    top = max(causes, key=lambda cause: true.get(cause, 0.0))
    first = max(causes, key=lambda cause: said.get(cause, 0.0))
    error = max(abs(true.get(cause, 0.0) - said.get(cause, 0.0)) for cause in causes)
    return top == first, error


def _share(units: dict[str, float]) -> dict[str, float]:
    taken = {cause: -value for cause, value in units.items() if value < 0}
    whole = sum(taken.values())
    return {cause: value / whole for cause, value in taken.items()} if whole else {}
