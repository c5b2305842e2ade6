"""What is said of open order lines beside what became of them, at the built-in retailer.

A usual rule buys and sends for a year. Every four weeks the night says of each open line how likely
it is late and what margin that puts at risk. What became of the lines is known in the end. What
their delays lost is what the world sells more where every line that is open on an evening comes by
the day asked for, in the weeks after it: by the supplier of the item, over all evenings. The same
arithmetic is held against it with the days on which lines then came in place of their chances: that
tells what is wrong with the money from what nobody could foresee of the days.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import spearmanr

from benchmarks.replay import POLICY
from forecasting.evaluation import score_chances
from forecasting.night import DemandForecast
from forecasting.supply import OrderRisks
from governance import load_planning_policy
from quality_checks.contracts import PlanningPolicy
from simulation.replay import (
    EveningView,
    Lateness,
    Parts,
    Pipeline,
    ReplayPolicy,
    ReplayWorld,
    build_demo_worlds,
    forbid_waiting,
    forecast_fallback,
    list_entrants,
    predict_evening_risks,
)
from simulation.retailer import Size, size_retailer

_MONEY = ("margin_at_risk", "margin_at_risk_together")

_ORDERS_ALONE = Parts(by_worth=False, transfers=False, supplier_choice=False)
"""What moves between nodes in a night says nothing of open orders, and is not planned."""

_MIDDLE = (0.1, 0.9)

APART, AHEAD = 28, 56
"""Days between two evenings, and days over which delays are followed."""


def measure(size: Size, seed: int, evenings: int) -> dict[str, Any]:
    """Chances and money at risk of open lines against the truth.

    Args:
        size: of the built-in retailer.
        seed: of it.
        evenings: on which lines are looked at.
    """
    policy = forbid_waiting(load_planning_policy(POLICY))
    days = evenings * APART + AHEAD
    ((_, world),) = build_demo_worlds(size_retailer(size), [seed], days)
    rule, looked_at, lost = list_entrants()["weeks_of_cover"](policy), [], []
    for _ in range(evenings):
        looked_at.append(world.copy())
        lost.append(_lose_by_delays(world, rule))
        for _ in range(APART):
            world.carry_out(rule.decide(world.seen()))
            world.trade()
    while world.day + 1 < world.scenario.days:
        world.carry_out(rule.decide(world.seen()))
        world.trade()
    orders = world.seen().orders
    said, foreseen, held = [], [], []
    for evening in looked_at:
        held.append(_hold_days(evening, policy, orders.due, world.day))
        review = _review_by_one_forecast(policy)
        said.append(review(evening, predict_evening_risks))
        told_days = partial(_know_lateness, due=orders.due, last_day=world.day)
        foreseen.append(review(evening, told_days))
    lines = pl.concat(said)
    number = lines["document"].cast(pl.Int64).to_numpy()
    came = orders.due[number]
    known = came <= world.day
    late = came - orders.requested[number]
    told = lines.filter(pl.Series(known))
    return {
        "size": size,
        "retailer": seed,
        "evenings": evenings,
        "lines": int(known.sum()),
        "late_0": _score(late[known] > 0, told["late_chance"]),
        "late_7": _score(late[known] > 7, told["late_week_chance"]),  # noqa: PLR2004  # a week
        "coverage_80": _cover(told, came[known], world),
        "coverage_80_by_chances": float(np.concatenate(held).mean()),
        **{money: _compare_money(lines, lost, money) for money in _MONEY},
        "days_known": {money: _compare_money(pl.concat(foreseen), lost, money) for money in _MONEY},
    }


def _review_by_one_forecast(
    policy: PlanningPolicy,
) -> Callable[[ReplayWorld, Lateness], pl.DataFrame]:
    """What is said of an evening's lines by several kinds of lateness, on one forecast."""
    forecasts: list[DemandForecast] = []

    def forecast(seen: EveningView, rules: PlanningPolicy) -> DemandForecast:
        if not forecasts:
            forecasts.append(forecast_fallback(seen, rules))
        return forecasts[0]

    def review(world: ReplayWorld, lateness: Lateness) -> pl.DataFrame:
        pipeline = Pipeline(policy, parts=_ORDERS_ALONE, forecaster=forecast, lateness=lateness)
        return pipeline.plan(world.seen()).risks

    return review


def _know_lateness(
    seen: EveningView, policy: PlanningPolicy, *, due: npt.NDArray[np.int64], last_day: int
) -> OrderRisks:
    """What is said of lines by who knows the days on which they come, as far as these are known."""
    said = predict_evening_risks(seen, policy)
    number = said.arrivals["document"].cast(pl.Int64).to_numpy()
    came = due[number] <= last_day
    days = seen.masters.dates(np.where(came, due[number], 0))
    comes = pl.when(pl.Series(came)).then(days).otherwise("due_on")
    return said._replace(arrivals=said.arrivals.with_columns(due_on=comes))


def _score(happened: npt.NDArray[np.bool_], chances: pl.Series) -> dict[str, float | None]:
    """Scores of chances beside what who knows only the share of all lines would have said."""
    return score_chances(happened, chances.to_numpy(), base_rate=float(happened.mean()))


def _cover(lines: pl.DataFrame, came: npt.NDArray[np.int64], world: ReplayWorld) -> float:
    """Share of lines that came between the days stated for one and for nine times in ten."""
    day = world.scenario.masters.dates(came)
    within = (day >= lines["due_p10"]) & (day <= lines["due_p90"])
    return float(within.sum()) / max(lines.height, 1)


def _hold_days(
    evening: ReplayWorld,
    policy: PlanningPolicy,
    due: npt.NDArray[np.int64],
    last_day: int,
) -> npt.NDArray[np.float64]:
    """How much of each line's day lies in the middle 80 % of the days stated of it, by chances.

    Many days are stated by one chance, the very day above all: of the stretch from the chance of an
    earlier day to that of this day or an earlier one, the part in 0.1 to 0.9. Its mean is 0.8 where
    the chances hold (the probability integral transform, randomised, in its mean). Lines whose day
    is known in the end.
    """
    arrivals = predict_evening_risks(evening.seen(), policy).arrivals
    number = arrivals["document"].cast(pl.Int64).to_numpy()
    known = arrivals.with_columns(
        came=evening.scenario.masters.dates(np.where(due[number] <= last_day, due[number], 0)),
        known=pl.Series(due[number] <= last_day),
    ).filter("known")
    stretch = known.group_by("document", "line", maintain_order=True).agg(
        earlier=(pl.col("due_on") < pl.col("came")).mean(),
        until=(pl.col("due_on") <= pl.col("came")).mean(),
    )
    earlier, until = (stretch[name].to_numpy() for name in ("earlier", "until"))
    return find_shares_within(earlier, until, _MIDDLE)


def find_shares_within(
    earlier: npt.NDArray[np.float64],
    until: npt.NDArray[np.float64],
    middle: tuple[float, float],
) -> npt.NDArray[np.float64]:
    """Find the part of each stretch of chances that lies in the middle of all.

    Args:
        earlier: chance of less.
        until: chance of this or less; the same where none was stated of it.
        middle: chances between which the middle lies.
    """
    low, high = middle
    within = np.clip(np.minimum(until, high) - np.maximum(earlier, low), 0.0, None)
    length = until - earlier
    point = ((earlier >= low) & (earlier <= high)).astype(float)
    return np.asarray(np.divide(within, length, out=point, where=length > 0))


def _lose_by_delays(world: ReplayWorld, rule: ReplayPolicy) -> pl.DataFrame:
    """supplier, lost: margin that the lines open on an evening lose because they are late."""
    late, in_time = world.copy(), world.copy()
    in_time.keep_promises()
    sold = [_sell(played, rule) for played in (late, in_time)]
    margin = world.scenario.masters.list_price - world.scenario.masters.cost
    lost = (sold[1] - sold[0]) * np.maximum(margin, 0.0)
    items = world.scenario.masters.pairs.select("sku", "supplier")
    main = items.drop_nulls().unique("sku", keep="first", maintain_order=True)
    return (
        items.select("sku")
        .with_columns(lost=pl.Series(lost))
        .join(main, on="sku", how="left", maintain_order="left")
        .group_by("supplier", maintain_order=True)
        .agg(pl.col("lost").sum())
    )


def _sell(world: ReplayWorld, rule: ReplayPolicy) -> npt.NDArray[np.float64]:
    """Units that each pair sells in the days ahead."""
    sold = np.zeros(world.on_hand.size)
    for _ in range(AHEAD):
        world.carry_out(rule.decide(world.seen()))
        world.trade()
        sold += world.flows.sold
    return sold


def _compare_money(lines: pl.DataFrame, lost: list[pl.DataFrame], money: str) -> dict[str, float]:
    """Margin said to be at risk and margin lost, by supplier over all evenings."""
    said = lines.group_by("supplier").agg(pl.col(money).sum())
    became = pl.concat(lost).group_by("supplier").agg(pl.col("lost").sum())
    both = said.join(became, on="supplier").sort("supplier")
    rank = spearmanr(both[money].to_numpy(), both["lost"].to_numpy())
    return {
        "suppliers": both.height,
        "said": float(both[money].sum()),
        "lost": float(both["lost"].sum()),
        "rank_correlation": float(rank.statistic),
    }
