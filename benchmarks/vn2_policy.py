"""Weekly orders by our forecast and projection: what plays VN2, and would play any such data.

Stock is projected to the arrival of the order under lost sales, and units are added until it lasts
the week of arrival with the chance that costs least in the long run
(`find_arrival_service` of `optimization.levels`, `find_marginal_orders` of
`optimization.reference`).
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from forecasting.weekly import YEAR, WeeklyHistory, WeeklyModel
from optimization.levels import find_arrival_service
from optimization.reference import find_marginal_orders
from simulation.games import State

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

REFIT_WEEKS = 4
"""A model older than this is fitted again."""


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
    """

    history: WeeklyHistory
    shape: str
    likeness: tuple[str, ...]
    costs: Costs
    seed: int
    _model: WeeklyModel | None = field(default=None, init=False)
    _fitted: int = field(default=0, init=False)

    def __call__(self, week: int, state: State) -> IntArray:
        """Orders at the end of `week`, units, shape (series,)."""
        known, lead = self.history.until(week + 1), state.pipeline.shape[1]
        if self._model is None or week - self._fitted >= REFIT_WEEKS:
            self._fitted = week
            self._model = WeeklyModel.fit(
                known, shape=self.shape, likeness=self.likeness, horizon=lead + 1, seed=self.seed
            )
        forecast = self._model.forecast(known)
        ratio = self.costs.shortage / (self.costs.shortage + self.costs.holding)
        service = np.full(known.series, find_arrival_service(ratio, lead))
        arriving = np.column_stack([state.pipeline, np.zeros(known.series)])
        return find_marginal_orders(
            state.on_hand, arriving, forecast.mean, forecast.variance, service
        )


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
