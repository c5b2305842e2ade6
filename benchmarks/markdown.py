"""Markdown: prices of a season against the optimum, the usual ladder by weeks left, and none.

Known: ours decides once a week, by nodes of stock, and is evaluated unit by unit; the optimum may
mark down on any day. Learnt: level and slope are not known. The slope is learnt from a category's
promotions of half a year (`forecasting.price_response`), the level from forecast and sales so far;
prices are planned anew each week. The optimum beside it knows both, on the same draws of demand.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from benchmarks.markdown_instances import (
    DISPERSION,
    LEVEL_SD,
    LOCK_WEEKS,
    Instance,
    draw_history,
    draw_instances,
)
from benchmarks.markdown_optimum import bound_by_fluid, evaluate_policy, find_optimum
from forecasting.price_response import estimate_price_responses
from optimization.markdown import Season, SolvedSeason, solve_season

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

USUAL = ((0.5, 0.3), (0.25, 0.5))
"""Share of the weeks left from which on a share of the price is taken off."""


def measure(paths: int, seed: int) -> dict[str, Any]:
    """Sell all seasons.

    Args:
        paths: draws of level and demand of each season, for what is learnt.
        seed: of histories and draws.

    Returns:
        known: of the optimum's worth, what ours (mean and least over seasons), the usual ladder and
        no markdown earn, and the optimum of the fluid bound; learnt: the same of the optimum that
        knows the season's level and slope.
    """
    started = time.perf_counter()
    instances = draw_instances()
    known = [_judge_known(instance) for instance in instances]
    learnt = np.array(
        [_sell_learnt(instance, paths, seed + at) for at, instance in enumerate(instances)]
    )
    shares = {name: np.array([row[name] for row in known]) for name in known[0]}
    best = learnt[:, 0]
    return {
        "benchmark": "markdown",
        "instances": len(instances),
        "seed": seed,
        "paths": paths,
        "known": {
            "ours": _round(shares["ours"].mean()),
            "ours_least": _round(shares["ours"].min()),
            "usual_ladder": _round(shares["ladder"].mean()),
            "no_markdown": _round(shares["none"].mean()),
            "optimum_of_fluid_bound": _round(shares["fluid"].mean()),
        },
        "learnt": {
            "ours": _round((learnt[:, 1] / best).mean()),
            "ours_least": _round((learnt[:, 1] / best).min()),
            "usual_ladder": _round((learnt[:, 2] / best).mean()),
            "no_markdown": _round((learnt[:, 3] / best).mean()),
        },
        "seconds": round(time.perf_counter() - started, 1),
    }


def _round(share: float) -> float:
    return round(float(share), 4)


def _judge_known(instance: Instance) -> dict[str, float]:
    """Shares of the optimum's worth."""
    season = instance.build_season(1.0, instance.slope, 0.0, 0.0)
    optimum = find_optimum(season)
    solved = solve_season(season)

    def ours(week: int, lock: int, rung: int, stock: IntArray) -> IntArray:
        del lock  # only asked where nothing is locked
        return _look_up(solved, week, rung, stock)

    def ladder(week: int, lock: int, rung: int, stock: IntArray) -> IntArray:
        del lock
        return np.full(len(stock), max(rung, _climb_down(season, week)))

    def none(week: int, lock: int, rung: int, stock: IntArray) -> IntArray:
        del week, lock
        return np.full(len(stock), rung)

    return {
        "ours": evaluate_policy(season, ours) / optimum,
        "ladder": evaluate_policy(season, ladder) / optimum,
        "none": evaluate_policy(season, none) / optimum,
        "fluid": optimum / bound_by_fluid(season),
    }


def _look_up(solved: SolvedSeason, week: int, rung: int, stock: IntArray) -> IntArray:
    node = np.minimum(np.rint(stock / solved.unit).astype(int), solved.choice.shape[3] - 1)
    return np.asarray(solved.choice[0, week, rung, node])


def _climb_down(season: Season, week: int) -> int:
    """The rung of the usual ladder in a week: the one nearest to what it takes off."""
    weeks = len(season.keeping)
    off = max([share for left, share in USUAL if (weeks - week) / weeks <= left], default=0.0)
    return int(np.argmin(np.abs(season.prices / season.prices[0] - (1 - off))))


def _sell_learnt(instance: Instance, paths: int, seed: int) -> tuple[float, ...]:
    """Mean worth of one who knows, of ours, of the usual ladder and of no markdown."""
    response = estimate_price_responses(*draw_history(instance, seed)).row(0, named=True)
    rng = np.random.default_rng(seed)
    totals = np.zeros(4)
    for _ in range(paths):
        level = float(np.exp(LEVEL_SD * rng.standard_normal() - LEVEL_SD**2 / 2))
        luck = rng.random(len(instance.forecast))
        truth = instance.build_season(level, instance.slope, 0.0, 0.0)
        sellers = (
            _Follower(partial(_follow, solve_season(truth))),
            _Learner(instance, response),
            _Follower(partial(_step_down, truth)),
            _Follower(lambda _, rung, __: rung),
        )
        totals += [_sell(truth, luck, seller) for seller in sellers]
    return tuple(totals / paths)


def _step_down(season: Season, week: int, rung: int, stock: int) -> int:
    del stock  # the usual ladder does not look at it
    return max(rung, _climb_down(season, week))


def _follow(solved: SolvedSeason, week: int, rung: int, stock: int) -> int:
    return int(_look_up(solved, week, rung, np.array([stock]))[0])


class _Follower:
    """Sets prices by a rule that needs nothing of what sold."""

    def __init__(self, rule: Callable[[int, int, int], int]) -> None:
        self.choose = rule

    def learn(self, week: int, rung: int, sold: int) -> None:
        """Nothing."""


class _Learner:
    """Plans prices anew each week, by what sold until then.

    The level is gamma around the forecast's; a week that did not sell out teaches it by its units
    against what was expected at its price.
    """

    def __init__(self, instance: Instance, response: dict[str, Any]) -> None:
        self.instance, self.response = instance, response
        self.shape = self.rate = 1 / LEVEL_SD**2

    def choose(self, week: int, rung: int, stock: int) -> int:
        """The rung of a week."""
        season = self._see(self.shape / self.rate, 1 / np.sqrt(self.shape))
        left = season._replace(
            mean=season.mean[:, week:, rung:],
            variance=season.variance[:, week:, rung:],
            told=season.told[week:],
            prices=season.prices[rung:],
            proceeds=season.proceeds[rung:],
            keeping=season.keeping[week:],
            stock=stock,
        )
        return rung + int(np.argmax(solve_season(left).value_rungs()))

    def learn(self, week: int, rung: int, sold: int) -> None:
        """Take in what a week sold that did not sell out."""
        season = self._see(1.0, 0.0)
        expected = float(season.chance @ season.mean[:, week, rung])
        calm = 1 + expected * DISPERSION
        self.shape += sold / calm
        self.rate += expected / calm

    def _see(self, level: float, level_sd: float) -> Season:
        slope, slope_sd = self.response["slope"], self.response["slope_sd"]
        return self.instance.build_season(level, slope, slope_sd, level_sd)


def _sell(truth: Season, luck: FloatArray, seller: _Follower | _Learner) -> float:
    """Sell a season on drawn demand; its worth."""
    stock, rung, lock, worth = truth.stock, 0, 0, 0.0
    for week in range(len(truth.keeping)):
        if stock == 0:
            break
        new = seller.choose(week, rung, stock) if lock == 0 else rung
        lock = LOCK_WEEKS - 1 if new > rung else max(lock - 1, 0)
        rung = new
        mean, variance = truth.mean[0, week, rung], truth.variance[0, week, rung]
        demand = int(stats.nbinom.ppf(luck[week], mean**2 / (variance - mean), mean / variance))
        sold = min(demand, stock)
        worth += sold * truth.proceeds[rung] - truth.keeping[week] * (stock - sold / 2)
        stock -= sold
        if stock > 0:
            seller.learn(week, rung, sold)
    return worth + truth.salvage * stock
