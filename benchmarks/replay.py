"""Policies played in closed loop, and how long their decisions take."""

import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TypedDict

import polars as pl

from forecasting.night import DemandForecast
from governance import load_planning_policy
from quality_checks.contracts import PlanningPolicy
from simulation.replay import (
    DAYS,
    HISTORY_DAYS,
    Decision,
    Entrants,
    EveningView,
    Interval,
    Pipeline,
    ReplayPolicy,
    choose_retailers,
    estimate_interval,
    forecast_fallback,
    list_entrants,
    play_contest,
)
from simulation.retailer import Size

POLICY = Path(__file__).resolve().parent.parent / "data" / "policies" / "planning.yaml"
"""The policy that ships."""

COMPARED = (
    "profit",
    "revenue",
    "markdown",
    "sell_through",
    "order_cost",
    "split_orders",
    "late_orders",
    "cancelled_orders",
    "substitutes",
    "order_penalty",
    "lost_margin",
    "fill_rate",
    "stock_value",
    "turns",
    "transfers",
    "moving_cost",
    "lines",
)


class Difference(TypedDict):
    """Mean of ours less another policy's, and its 95 % interval; no bounds for one retailer."""

    mean: float
    low: float | None
    high: float | None


class Figures(TypedDict):
    """What the benchmark prints.

    Attributes:
        against: size of the built-in retailer, or the data whose history is played.
        retailers: seeds or cities.
        days: that count, of each retailer.
        ours: means over retailers of every measure.
        baselines: policy -> the same of the rules, and of ours without a part of it or with a
            trained model.
        ours_less: policy -> measure -> paired difference.
        seconds: policy -> CPU seconds of deciding over the days of a retailer, without forecasts.
        forecast_seconds: CPU seconds of the forecasts of `ours` for a retailer.
        total_seconds: wall clock of everything.
    """

    against: str
    retailers: list[int]
    days: int
    ours: dict[str, float]
    baselines: dict[str, dict[str, float]]
    ours_less: dict[str, dict[str, Difference]]
    seconds: dict[str, float]
    forecast_seconds: float
    total_seconds: float


class _Clock:
    """CPU seconds that functions took, by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def run(self, name: str, function: Callable[[], object]) -> object:
        started = time.process_time()
        result = function()
        self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - started
        return result


class _Timed:
    """A policy whose decisions are timed."""

    def __init__(self, name: str, policy: ReplayPolicy, clock: _Clock) -> None:
        self.name = name
        self._policy, self._clock = policy, clock

    def decide(self, seen: EveningView) -> Decision:
        decision = self._clock.run(self.name, lambda: self._policy.decide(seen))
        assert isinstance(decision, Decision)
        return decision


def measure(  # noqa: PLR0913  # who is played against, and for how long
    size: Size,
    seeds: Sequence[int],
    days: int | None,
    *,
    variants: Collection[str] = (),
    options: Collection[str] = (),
    data: Path | None = None,
    cities: Sequence[int] | None = None,
    model: Path | None = None,
    life: int | None = None,
    selling: bool = False,
    items: int | None = None,
) -> Figures:
    """Play all policies against the retailers of `choose_retailers`.

    Options are of the planning policy, as `lines.least_allocation_gain=0.5`: ours plays with each
    of them as well, one at a time.
    """
    started, clock = time.perf_counter(), _Clock()
    changed = {f"ours_with_{option}": _with_option(option) for option in options}
    chosen = {**list_entrants(variants=variants, model=model), **changed}
    figures = play_contest(
        choose_retailers(
            size, seeds, days, data=data, cities=cities, life=life, selling=selling, items=items
        ),
        load_planning_policy(POLICY),
        entrants={name: _timed(name, chosen, clock) for name in chosen},
    )
    played = figures["retailer"].unique(maintain_order=True).to_list()
    seconds = {name: clock.seconds[name] / len(played) for name in chosen}
    forecasting = clock.seconds["forecast"] / len(played)
    seconds["ours"] -= forecasting
    means = figures.drop("retailer").group_by("policy", maintain_order=True).mean()
    policies = {row.pop("policy"): _rounded(row) for row in means.to_dicts()}
    return Figures(
        against=size if data is None else "freshretailnet",
        retailers=played,
        days=days or (DAYS if data is None else HISTORY_DAYS),
        ours=policies.pop("ours"),
        baselines=policies,
        ours_less={name: _differences(figures, name) for name in chosen if name != "ours"},
        seconds={name: round(taken, 1) for name, taken in seconds.items()},
        forecast_seconds=round(forecasting, 1),
        total_seconds=round(time.perf_counter() - started, 1),
    )


def _with_option(option: str) -> Callable[[PlanningPolicy], ReplayPolicy]:
    """The plan with another value of a figure of the policy, a rule and its key."""
    path, _, value = option.partition("=")
    rules, _, key = path.partition(".")

    def entrant(policy: PlanningPolicy) -> ReplayPolicy:
        told = policy.model_dump()
        told[rules][key] = float(value)
        return Pipeline(PlanningPolicy.model_validate(told), name=f"ours_with_{option}")

    return entrant


def _timed(
    name: str, entrants: Entrants, clock: _Clock
) -> Callable[[PlanningPolicy], ReplayPolicy]:
    def forecast(seen: EveningView, policy: PlanningPolicy) -> DemandForecast:
        made = clock.run("forecast", lambda: forecast_fallback(seen, policy))
        assert isinstance(made, DemandForecast)
        return made

    def entrant(policy: PlanningPolicy) -> ReplayPolicy:
        if name == "ours":
            return _Timed(name, Pipeline(policy, forecaster=forecast), clock)
        return _Timed(name, entrants[name](policy), clock)

    return entrant


def _differences(figures: pl.DataFrame, other: str) -> dict[str, Difference]:
    ours, theirs = (figures.filter(pl.col("policy") == name) for name in ("ours", other))
    return {
        name: _bounded(estimate_interval(ours[name].to_list(), theirs[name].to_list()), len(ours))
        for name in COMPARED
    }


def _bounded(interval: Interval, retailers: int) -> Difference:
    several = retailers > 1
    return Difference(
        mean=round(interval.mean, 4),
        low=round(interval.low, 4) if several else None,
        high=round(interval.high, 4) if several else None,
    )


def _rounded(row: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in row.items()}
