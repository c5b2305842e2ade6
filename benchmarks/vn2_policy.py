"""Weekly orders by our forecast and projection: what plays VN2, and would play any such data.

Stock is projected to the arrival of the order under lost sales, and units are added as long as the
next is worth its place (`optimization.lost_sales.marginal_orders`). A unit left over is held until
it is sold, for more than a week where demand or its forecast falls. For how many weeks is asked of
the past: the policy with the statistical forecasts of last year's origins is replayed, and the
least cost decides.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from forecasting.weekly_history import YEAR, WeeklyHistory
from forecasting.weekly_levels import Levels
from forecasting.weekly_model import FIRST_ORIGIN, WeeklyForecast, WeeklyModel
from optimization.lost_sales import marginal_orders
from simulation.weekly_orders import State, play

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

REFIT_WEEKS = 4
"""A model older than this is fitted again."""

WEEKS_HELD = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5)
"""How long a unit left over may be held on average, to choose from."""

SETTLING_WEEKS = 4
"""Weeks of a replay that its starting state spoils."""

LEAST_REPLAY = 26
"""Weeks without which a replay tells nothing, and a unit left over is held for a week."""


@dataclass(frozen=True)
class Costs:
    """What a unit costs: held for a week, and lost."""

    holding: float
    shortage: float


@dataclass
class Planner:
    """Orders at the end of each week from the history up to it.

    Attributes:
        history: all weeks; only those up to the week of the order are looked at.
        shape: see `WeeklyModel`.
        likeness: see `WeeklyModel`.
        costs: of a unit.
        seed: of the model.
        weeks_held: how long a unit left over is held; chosen at the first order.
    """

    history: WeeklyHistory
    shape: str
    likeness: tuple[str, ...]
    costs: Costs
    seed: int
    weeks_held: float | None = None
    _model: WeeklyModel | None = field(default=None, init=False)
    _fitted: int = field(default=0, init=False)

    def __call__(self, week: int, state: State) -> IntArray:
        """Orders at the end of `week`."""
        known, lead = self.history.until(week + 1), state.pipeline.shape[1] + 1
        if self._model is None or week - self._fitted >= REFIT_WEEKS:
            self._fitted = week
            self._model = WeeklyModel.fit(
                known, shape=self.shape, likeness=self.likeness, horizon=lead, seed=self.seed
            )
        if self.weeks_held is None:
            self.weeks_held = replayed_weeks_held(known, self._model, self.costs)
        return orders(self._model.forecast(known), state, self.costs, self.weeks_held)


def orders(forecast: WeeklyForecast, state: State, costs: Costs, weeks_held: float) -> IntArray:
    """Units to order of each series, shape (series,)."""
    ratio = costs.shortage / (costs.shortage + costs.holding * weeks_held)
    arriving = np.column_stack([state.pipeline, np.zeros(len(state.on_hand))])
    ratios = np.full(len(state.on_hand), ratio)
    return marginal_orders(state.on_hand, arriving, forecast.mean, forecast.variance, ratios)


def replayed_weeks_held(history: WeeklyHistory, model: WeeklyModel, costs: Costs) -> float:
    """The entry of `WEEKS_HELD` that would have cost least over the last year.

    Weeks of unknown demand are played at the level around them.
    """
    last = history.weeks - 1
    first = max(FIRST_ORIGIN, last - YEAR - SETTLING_WEEKS)
    if last - first < LEAST_REPLAY:
        return WEEKS_HELD[0]
    levels = Levels(history, model.shape, model.likeness, model.horizon)
    forecasts = {t: model.distribution(levels.forecast(t)) for t in range(first, last)}
    demand = np.where(history.known, history.demand, np.round(history.around))

    def cost(weeks_held: float) -> float:
        played = play(
            lambda week, state: orders(forecasts[week], state, costs, weeks_held),
            demand,
            usual_stock(demand, first, model.horizon - 1),
            range(first, last),
        )
        held, lost = played.held[SETTLING_WEEKS:].sum(), played.lost[SETTLING_WEEKS:].sum()
        return float(costs.holding * held + costs.shortage * lost)

    return min(WEEKS_HELD, key=cost)


def usual_stock(demand: FloatArray, week: int, periods: int) -> State:
    """A state at the end of `week`: a mean week on hand, and what makes it two in the pipeline.

    That is how the challenge made its own: mean of a year, rounded up, all of the pipeline in its
    last period.
    """
    mean = demand[:, max(week + 1 - YEAR, 0) : week + 1].mean(axis=1)
    on_hand = np.ceil(mean)
    pipeline = np.zeros((len(mean), periods))
    pipeline[:, -1] = np.round(np.maximum(2 * mean - on_hand, 0))
    return State(on_hand, pipeline)
