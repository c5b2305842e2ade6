"""Demand of one short series, learnt value by value, with forecasts from five values on.

A series is taken to be made of segments. Within one it follows one of a few models: a level, a
level that drifts slowly or fast, a trend, a damped drifting trend, each of demand and of its
logarithm, or a wave of one of several periods. A new segment may begin in any period. Every model
is kept for every beginning, weighted by how well it predicted since: Bayesian model averaging
(Raftery, Karny and Ettler, Online Prediction Under Model Uncertainty via Dynamic Model Averaging,
Technometrics 52, 2010) over run lengths (Adams and MacKay, Bayesian Online Changepoint Detection,
2007). The models are those of `beliefs`.
"""

import math

import numpy as np
import numpy.typing as npt

from forecasting.online.beliefs import (
    STATE,
    Beliefs,
    Models,
    begin_segment,
    draw_paths,
    learn_demand,
)

FloatArray = npt.NDArray[np.float64]

HAZARD = 0.02
"""Chance that a new segment begins in a period: about one a year of weeks."""

JUMP = 0.6
"""Deviation of the logarithm of the level between segments to come."""

LEVEL_SPREAD, SLOPE_SPREAD, WAVE_SPREAD = 0.7, 0.04, 0.3
"""Prior deviations relative to the level: of the level, of its change a period, of a wave."""

NOISE = 0.3
"""Prior deviation of demand from its level, relative to it."""

DEGREES = 4.0
"""Values that the prior of the noise is worth."""

PERIODS = (4, 5, 6, 7, 8, 10, 12, 13, 20, 26)
"""Periods of the waves."""

WAVES = 0.15
"""Prior weight of all waves together."""

CEILING = 4.0
"""Multiple of the largest demand seen that no path exceeds, but for `CEILING_UNITS`."""

CEILING_UNITS = 10.0

_MOST_BELIEFS = 1_500
_STEADY = np.eye(STATE)
_LEVEL = (1.0, 0.0, 0.0)


class AdaptiveDemand:
    """Beliefs about a series, from the first values on.

    Args:
        history: demand of the first periods, units, oldest first, shape (n,), n >= 1.

    Raises:
        ValueError: no value, or one is negative or not finite; names its position.
    """

    def __init__(self, history: npt.ArrayLike) -> None:
        values = np.asarray(history, dtype=float)
        if values.ndim != 1 or not len(values):
            raise ValueError("history must be a series of at least one value")
        self._models = _models()
        self._beliefs = Beliefs(
            kind=np.zeros(_MOST_BELIEFS, dtype=np.int64),
            log_weight=np.zeros(_MOST_BELIEFS),
            state=np.zeros((_MOST_BELIEFS, STATE)),
            covariance=np.zeros((_MOST_BELIEFS, STATE, STATE)),
            noise=np.zeros(_MOST_BELIEFS),
            degrees=np.zeros(_MOST_BELIEFS),
        )
        self._seen, self._largest = 0, 0.0
        for value in values:
            self._check(value)
        self._count = begin_segment(
            self._models, self._beliefs, 0, values.mean(), NOISE**2, DEGREES, 1.0, True
        )
        for value in values:
            self.observe(value)

    def observe(self, demand: float) -> None:
        """Learn the demand of the next period, units.

        Raises:
            ValueError: it is negative or not finite.
        """
        self._check(demand)
        self._seen += 1
        self._largest = max(self._largest, demand)
        self._count, level, variance = learn_demand(
            self._models, self._beliefs, self._count, float(demand)
        )
        self._beliefs.log_weight[: self._count] += math.log1p(-HAZARD)
        # A new segment is thought to be as noisy as halfway between the last one and the prior.
        noise = (variance + NOISE**2) / 2
        self._count = begin_segment(
            self._models, self._beliefs, self._count, level, noise, DEGREES, HAZARD, False
        )

    def paths(self, periods: int, count: int, rng: np.random.Generator) -> FloatArray:
        """Draw paths of what may follow.

        Args:
            periods: how many periods ahead.
            count: how many paths.
            rng: source of chance.

        Returns:
            Units, at least 0, shape (count, periods): draws from the joint predictive
            distribution, all equally likely.
        """
        found = np.zeros((count, periods))
        ceiling = CEILING * self._largest + CEILING_UNITS
        draw_paths(self._models, self._beliefs, self._count, HAZARD, JUMP, ceiling, rng, found)
        return found

    def _check(self, demand: float) -> None:
        if not (math.isfinite(demand) and demand >= 0):
            raise ValueError(
                f"demand of period {self._seen + 1} must be finite and at least 0, got {demand}"
            )


def _models() -> Models:
    """The models of demand and of its logarithm, and the waves."""
    trend, damped = _STEADY.copy(), _STEADY.copy()
    trend[0, 1] = 1.0
    damped[0, 1] = damped[1, 1] = 0.9
    level, sloping = (LEVEL_SPREAD, 0.0, 0.0), (LEVEL_SPREAD, SLOPE_SPREAD, 0.0)
    waving = (LEVEL_SPREAD, WAVE_SPREAD, WAVE_SPREAD)
    half = (1 - WAVES) / 2
    rows = [
        (logarithmic, move, _LEVEL, discount, spread, True, half * share)
        for logarithmic in (False, True)
        for move, discount, spread, share in (
            (_STEADY, 1.0, level, 0.4),
            (_STEADY, 0.85, level, 0.2),
            (_STEADY, 0.6, level, 0.15),
            (trend, 1.0, sloping, 0.15),
            (damped, 0.8, sloping, 0.1),
        )
    ] + [
        (False, _wave(period), (1.0, 1.0, 0.0), 1.0, waving, False, WAVES / len(PERIODS))
        for period in PERIODS
    ]
    columns = zip(*rows, strict=True)
    logarithmic, move, look, discount, spread, restarts, share = map(np.array, columns)
    return Models(logarithmic, move, look, discount, spread, restarts, share)


def _wave(period: int) -> FloatArray:
    """Transition of a level and a wave that turns once in `period`."""
    turn = 2 * math.pi / period
    move = _STEADY.copy()
    move[1:, 1:] = [[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]]
    return move
