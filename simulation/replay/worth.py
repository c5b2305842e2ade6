"""What the plan is worth against the rule that a retailer names as his own before.

One row for each term that executives ask for, with its interval and what is assumed beside it.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import polars as pl

from quality_checks.contracts import PlanningPolicy
from simulation.replay.contest import ENTRANTS, Entrants, list_entrants
from simulation.replay.decision import ReplayPolicy
from simulation.replay.intervals import estimate_interval
from simulation.replay.rules import COVER_WEEKS, SERVICE, reorder_point, weeks_of_cover

PLANNED: Final = "ours"
WITHOUT_TRANSFERS: Final = "ours_without_transfers"


class Worth(NamedTuple):
    """A row of the table; figures are means over retailers.

    Attributes:
        term: what is meant.
        unit: of it.
        before: by the rule; missing where the rule has no such thing.
        planned: by the plan; missing where there was none of it at some retailer.
        gain: how much better the plan is, above 0 for the better; missing where `planned` is.
        low, high: its 95 % interval, paired over retailers; missing for a single one.
        assumption: on which the row rests.
    """

    term: str
    unit: str
    before: float | None
    planned: float | None
    gain: float | None
    low: float | None
    high: float | None
    assumption: str


class _Term(NamedTuple):
    """How a term is reckoned of the figures of a policy; sign is -1 where less is better."""

    name: str
    unit: str
    sign: int
    value: pl.Expr
    assumption: str


_TOUCHES: Final = pl.when(pl.col("touches") > 0).then(pl.col("touches"))

_FULFILMENT: Final = pl.when(pl.col("revenue") > 0).then(pl.col("fulfilment_cost"))

_TERMS: Final = (
    _Term("revenue protected", "currency", -1, pl.col("lost_revenue"),
          "Demand that finds no stock is lost at the price of its day: nobody in a store"
          " waits, or takes another item; customers of online orders do, where they are played."),
    _Term("stock-outs", "share of pair-days", -1, pl.col("stock_outs"),
          "An item that is on sale at a place is out of stock on a day that closes with an empty"
          " shelf."),
    _Term("turns", "a year", 1, pl.col("turns"),
          "Cost of sales over mean stock at cost; a season within the days is taken for the year."),
    _Term("markdown efficiency", "share of list value", 1, pl.col("markdown_efficiency"),
          "Net revenue over what units sold and cleared list for; what is left when an item ends"
          " brings no revenue."),
    _Term("fulfilment cost", "currency a unit sold", -1, _FULFILMENT,
          "Lanes cost both what the master data say, and a line costs what planning.yaml says."),
)  # fmt: skip

_WORK: Final = (
    "The retailer's people look at each purchase line above a value that is one for both, and at"
    " each transfer line; how long a look takes is not asked."
)
_CAPITAL: Final = _Term(
    "working capital", "currency", -1, pl.col("stock_value"),
    "Mean stock at cost, on hand and between nodes; orders tie up nothing until they come.",
)  # fmt: skip
_MOVED: Final = (
    "Profit of the plan less that of the same plan without transfers, for each unit of currency"
    " that they cost; the rule before moves nothing sideways."
)


def choose_rule(
    name: str, *, cover_weeks: float | None = None, service: float | None = None
) -> Callable[[PlanningPolicy], ReplayPolicy]:
    """Choose the rule that a retailer names as his own before.

    Args:
        name: one of the rules that play against the plan.
        cover_weeks: weeks of sales that `weeks_of_cover` holds; `COVER_WEEKS` by default.
        service: chance of no stock-out that `reorder_point` aims at; `SERVICE` by default.

    Raises:
        ValueError: there is no such rule, or it has no such figure.
    """
    rules = [rule for rule in ENTRANTS if rule != PLANNED]
    if name not in rules:
        raise ValueError(f"no rule {name!r}; there are {', '.join(rules)}")
    for figure, given, owner in (
        ("weeks of cover", cover_weeks, "weeks_of_cover"),
        ("service", service, "reorder_point"),
    ):
        if given is not None and name != owner:
            raise ValueError(f"{name} has no {figure}; {owner} has")
    if name == "weeks_of_cover":
        return lambda _: weeks_of_cover(COVER_WEEKS if cover_weeks is None else cover_weeks)
    if name == "reorder_point":
        return lambda _: reorder_point(SERVICE if service is None else service)
    return ENTRANTS[name]


def list_compared(name: str, rule: Callable[[PlanningPolicy], ReplayPolicy]) -> Entrants:
    """List who plays for the table: the plan, the plan without transfers, and the rule."""
    plans = list_entrants(variants=[WITHOUT_TRANSFERS])
    return {PLANNED: plans[PLANNED], WITHOUT_TRANSFERS: plans[WITHOUT_TRANSFERS], name: rule}


def tabulate_worth(figures: pl.DataFrame, *, before: str, days: int) -> list[Worth]:
    """Tabulate what the plan is worth against the rule before, in the terms of executives.

    Args:
        figures: what `contest.play_contest` gives of `list_compared`.
        before: name of the rule.
        days: that counted, of each retailer.
    """
    ours, theirs, still = (
        figures.filter(policy=name).sort("retailer")
        for name in (PLANNED, before, WITHOUT_TRANSFERS)
    )
    cost = pl.when(pl.col("transfer_cost") > 0).then(pl.col("transfer_cost"))
    moved = ours.select((pl.col("profit") - still["profit"]) / cost).to_series()
    a_look = pl.col("revenue") / (_TOUCHES * days)
    work = _Term("planner productivity", "revenue a line looked at", 1, a_look, _WORK)
    return [
        *(_compare(term, ours, theirs) for term in _TERMS),
        _weigh("transfer efficiency", "profit a unit of cost", moved, _MOVED),
        *(_compare(term, ours, theirs) for term in (work, _CAPITAL)),
    ]


def _compare(term: _Term, ours: pl.DataFrame, theirs: pl.DataFrame) -> Worth:
    """One term of the plan beside the rule's."""
    mine, other = (frame.select(term.value).to_series() for frame in (ours, theirs))
    bounds = _bound(term.sign * mine, term.sign * other)
    return Worth(term.name, term.unit, _mean(other), _mean(mine), *bounds, term.assumption)


def _weigh(name: str, unit: str, values: pl.Series, assumption: str) -> Worth:
    """One term that the plan alone has: it gains what it is above 0."""
    bounds = _bound(values, pl.Series([0.0] * len(values)))
    return Worth(name, unit, None, _mean(values), *bounds, assumption)


def _bound(mine: pl.Series, other: pl.Series) -> tuple[float | None, float | None, float | None]:
    """Gain, low and high; missing where a retailer has no figure, bounds also of a single one."""
    if mine.null_count() or other.null_count():
        return None, None, None
    gain = estimate_interval(mine.to_list(), other.to_list())
    return (gain.mean, gain.low, gain.high) if len(mine) > 1 else (gain.mean, None, None)


def _mean(values: Sequence[float] | pl.Series) -> float | None:
    """Mean over retailers; missing where one has no figure."""
    known = pl.Series(values, dtype=pl.Float64)
    found = None if known.null_count() else known.mean()
    return found if isinstance(found, float) else None
