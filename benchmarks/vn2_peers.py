"""The three figures published for VN2, as policies that any window can be played with.

- `MovingAverage(cover=4)`: the organiser's benchmark as his code has it: 13-week moving average
  over one multiplicative season of all series, orders up to four weeks of forecast.
- The same with the cover that would have cost least in the year before.
- `BoostedPoint`: after the abstract of the winner's report (Szablowski, arXiv 2601.18919): one
  gradient-boosted model of all series a lead, lags and windows blind to weeks out of stock, targets
  scaled by series, recent weeks weighing more; stock projected to the week of delivery by point
  forecasts, raised to a target above that week's forecast. The report's constants are not known to
  us: the target is forecast + k sqrt(forecast) with the k that would have cost least before. The
  trees are LightGBM's, not CatBoost's.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import lightgbm as lgb
import numpy as np

from benchmarks.vn2_policy import Costs, FloatArray, IntArray, usual_stock
from forecasting.weekly import YEAR, WeeklyHistory
from simulation.games import Decide, State, play_orders

AVERAGED_WEEKS = 13
SETTLING_WEEKS = 4
"""Weeks of a replay that its starting state spoils."""

COVERS = tuple(np.arange(2.0, 5.01, 0.25))
FACTORS = tuple(np.arange(-0.25, 1.51, 0.25))
TUNED_WEEKS = 52
SPLIT_WEEKS = 26
"""Weeks before the first order on which `BoostedPoint` finds its factor, not trained on them."""


@dataclass
class MovingAverage:
    """Orders up to `cover` weeks of a seasonal moving average."""

    history: WeeklyHistory
    cover: float
    _levels: dict[int, FloatArray] = field(default_factory=dict, init=False)

    def __call__(self, week: int, state: State) -> IntArray:
        """Orders at the end of `week`."""
        if week not in self._levels:
            self._levels[week] = self.forecast(week, int(COVERS[-1]) + 1)
        forecast, whole = self._levels[week], int(self.cover)
        level = forecast[:, :whole].sum(axis=1) + (self.cover - whole) * forecast[:, whole]
        position = state.on_hand + state.pipeline.sum(axis=1)
        units: IntArray = np.round(np.maximum(level - position, 0)).astype(np.int64)
        return units

    def forecast(self, week: int, horizon: int) -> FloatArray:
        """Means of the weeks after `week`, shape (series, horizon); 0 where nothing is known."""
        demand, number = self.history.demand[:, : week + 1], self.history.week_of_year
        ahead = number[week + 1 - YEAR :][:horizon]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # means of nothing are NaN
            means = np.nanmean(demand, axis=0)
            season = np.full(54, np.nan)
            for n in np.unique(number[: week + 1]):
                season[n] = means[number[: week + 1] == n].mean()
            season /= np.nanmean(season)
            recent = slice(max(week + 1 - AVERAGED_WEEKS, 0), week + 1)
            base = np.nanmean(demand[:, recent] / season[number[recent]], axis=1)
        forecast: FloatArray = np.nan_to_num(base)[:, None] * season[ahead]
        return forecast

    def tuned(self, week: int, costs: Costs) -> "MovingAverage":
        """Find the cover out of `COVERS` that cost least in the year up to `week`."""

        def with_cover(cover: float) -> MovingAverage:
            peer = MovingAverage(self.history, cover)
            peer._levels = self._levels
            return peer

        return with_cover(least_cost(with_cover, COVERS, self.history, week, costs, TUNED_WEEKS))


@dataclass
class BoostedPoint:
    """Projects stock by point forecasts of boosted trees and raises it to a target.

    Attributes:
        history: all weeks; only those up to the week of the order are looked at.
        costs: of a unit.
        seed: of the trees.
    """

    history: WeeklyHistory
    costs: Costs
    seed: int
    _models: list[lgb.Booster] = field(default_factory=list, init=False)
    _factor: float = field(default=0.0, init=False)

    def __call__(self, week: int, state: State) -> IntArray:
        """Orders at the end of `week`; at the first call the models are fitted."""
        leads = state.pipeline.shape[1] + 1
        if not self._models:
            self._models = self._fit(week - SPLIT_WEEKS, leads)
            known: dict[int, FloatArray] = {}

            def with_factor(factor: float) -> Decide:
                def decide(at: int, there: State) -> IntArray:
                    if at not in known:
                        known[at] = self._forecast(at)
                    return _raised(known[at], there, factor)

                return decide

            self._factor = least_cost(
                with_factor, FACTORS, self.history, week, self.costs, SPLIT_WEEKS
            )
            self._models = self._fit(week, leads)
        return _raised(self._forecast(week), state, self._factor)

    def _forecast(self, week: int) -> FloatArray:
        rows, scale = self._rows(week)
        return np.stack(
            [np.maximum(np.asarray(m.predict(rows)), 0) * scale for m in self._models], axis=1
        )

    def _fit(self, week: int, leads: int) -> list[lgb.Booster]:
        models = []
        for lead in range(1, leads + 1):
            blocks, labels, weights = [], [], []
            for origin in range(YEAR + 1, week - lead + 1):
                rows, scale = self._rows(origin)
                target = self.history.demand[:, origin + lead]
                seen = np.isfinite(target)
                blocks.append(rows[seen])
                labels.append(target[seen] / scale[seen])
                weights.append(scale[seen] * 0.5 ** ((week - origin) / YEAR))
            data = lgb.Dataset(
                np.concatenate(blocks),
                label=np.concatenate(labels),
                weight=np.concatenate(weights),
                categorical_feature=list(range(len(self.history.groups))),
            )
            parameters: dict[str, Any] = {
                "objective": "regression",
                "learning_rate": 0.05,
                "num_leaves": 31,
                "min_data_in_leaf": 50,
                "feature_fraction": 0.5,
                "max_bin": 63,
                "num_threads": 1,
                "deterministic": True,
                "force_row_wise": True,
                "verbosity": -1,
                "seed": self.seed,
            }
            models.append(lgb.train(parameters, data, num_boost_round=100))
        return models

    def _rows(self, origin: int) -> tuple[FloatArray, FloatArray]:
        """Features of all series at an origin, relative to the scale of each, and the scale."""
        demand = self.history.demand
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # windows may hold no known week
            scale = np.nan_to_num(np.nanmean(demand[:, max(origin - 51, 0) : origin + 1], axis=1))
            scale = np.maximum(scale, 0.1)
            columns = list(self.history.groups.values())
            columns += [demand[:, origin - back] / scale for back in (0, 1, 2, 3, 49, 50, 51)]
            for weeks in (4, 8, 13, 26):
                window = demand[:, max(origin + 1 - weeks, 0) : origin + 1] / scale[:, None]
                columns += [np.nanmean(window, axis=1), np.nanmedian(window, axis=1)]
                columns += [np.nanstd(window, axis=1)]
        columns.append(np.full(len(scale), self.history.week_of_year[origin]))
        columns.append(np.log(scale))
        return np.stack(columns, axis=1).astype(float), scale


def _raised(forecast: FloatArray, state: State, factor: float) -> IntArray:
    stock = state.on_hand
    for period in range(state.pipeline.shape[1]):
        stock = np.maximum(stock + state.pipeline[:, period] - forecast[:, period], 0)
    wanted = forecast[:, -1] + factor * np.sqrt(forecast[:, -1])
    return np.round(np.maximum(wanted - stock, 0)).astype(np.int64)


def least_cost(  # noqa: PLR0913, PLR0917  # the candidates and the game they are tried in
    policy: Callable[[float], Decide],
    candidates: Sequence[float],
    history: WeeklyHistory,
    week: int,
    costs: Costs,
    weeks: int,
) -> float:
    """Find the candidate whose policy would have cost least over the last `weeks` weeks."""
    demand = np.nan_to_num(history.demand)
    first = max(week - weeks - SETTLING_WEEKS, YEAR + 1)

    def cost(candidate: float) -> float:
        played = play_orders(
            policy(candidate), demand, usual_stock(demand, first, 2), range(first, week)
        )
        held, lost = played.held[SETTLING_WEEKS:].sum(), played.lost[SETTLING_WEEKS:].sum()
        return float(costs.holding * held + costs.shortage * lost)

    return min(candidates, key=cost)
