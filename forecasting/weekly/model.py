"""Weekly forecasts as distributions: level times season, corrected by boosted trees, averaged.

Two LightGBM models of all series (Ke et al. 2017), one with Poisson and one with Tweedie loss, each
learn a factor on the statistical forecast of `weekly_levels.py`. The forecast is the geometric mean
of the three: equal weights are hard to beat (Timmermann, Forecast Combinations, Handbook of
Economic Forecasting 1, 2006), and what trees learn of two or three years needs shrinking.

Demand is negative binomial with variance mean + alpha mean^2. Each series' alpha is its posterior
mean on a grid under a prior that all series estimate together (nonparametric empirical Bayes; Laird
1978), from statistical forecasts of past origins.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from forecasting.boosting import REPEATABLE, grow_trees
from forecasting.weekly.features import Features
from forecasting.weekly.history import SPIKE, SPIKE_UNITS, YEAR, FloatArray, WeeklyHistory
from forecasting.weekly.levels import WeeklyLevels

if TYPE_CHECKING:
    from lightgbm import Booster

FIRST_ORIGIN = 40
"""Weeks of history that a past origin must look back on."""

LEAST_TRAINING = 2 * YEAR
"""Weeks of history without which there is no full year of targets with a year before them to learn
from, and the statistical forecast stands alone."""

LEADS_AN_ORIGIN = 2
"""Leads drawn at each origin: those of one origin repeat much of each other."""

LEAST_KNOWN = 8
"""Known weeks of the year before an origin without which a series teaches nothing."""

HALF_LIFE = 78.0
"""Weeks after which a training row counts half."""

TRAINING_ALPHA = 0.3
"""The Poisson loss counts a row as if its variance were mean + this times mean^2."""

ROUNDS = 70
PARAMETERS: dict[str, object] = {
    "learning_rate": 0.05,
    "min_data_in_leaf": 300,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 10.0,
    "cat_smooth": 100.0,
    "cat_l2": 100.0,
    "max_cat_threshold": 8,
    "max_bin": 63,
    **REPEATABLE,
}
LOSSES: tuple[dict[str, object], ...] = (
    {"objective": "poisson", "num_leaves": 15},
    {"objective": "tweedie", "tweedie_variance_power": 1.5, "num_leaves": 8},
)

ALPHAS = np.array([0.02, 0.05, 0.1, 0.15, 0.22, 0.32, 0.45, 0.65, 0.9, 1.3, 2.0, 3.0])
EM_STEPS = 50


class WeeklyForecast(NamedTuple):
    """Demand of the weeks ahead.

    Attributes:
        mean: units, shape (series, horizon).
        variance: units^2, at least the mean, shape (series, horizon).
    """

    mean: FloatArray
    variance: FloatArray


@dataclass(frozen=True)
class WeeklyModel:
    """What was learnt from a history; forecasts from it and from longer ones.

    Attributes:
        shape: grouping whose seasons differ visibly.
        likeness: groupings that make series alike, the widest first.
        horizon: weeks ahead.
        alpha: dispersion of each series, shape (series,).
        boosters: the boosted corrections, none where the history is too short.
    """

    shape: str
    likeness: tuple[str, ...]
    horizon: int
    alpha: FloatArray
    boosters: "tuple[Booster, ...]"

    @classmethod
    def fit(
        cls,
        history: WeeklyHistory,
        *,
        shape: str,
        likeness: tuple[str, ...],
        horizon: int,
        seed: int,
    ) -> "WeeklyModel":
        """Learn from a history.

        Args:
            history: at least `FIRST_ORIGIN + horizon` weeks.
            shape: name of a grouping of it, as are those of `likeness`.
            likeness: see the attributes.
            horizon: weeks ahead, at least 1.
            seed: of the leads drawn and of the trees.

        Raises:
            ValueError: the history is too short.
        """
        if history.weeks < FIRST_ORIGIN + horizon:
            raise ValueError(
                f"{history.weeks} weeks of history; {FIRST_ORIGIN + horizon} are needed"
            )
        levels = WeeklyLevels(history, shape, likeness, horizon)
        past = {t: levels.forecast(t) for t in range(FIRST_ORIGIN - 1, history.weeks - 1)}
        boosters: tuple[Booster, ...] = ()
        if history.weeks >= LEAST_TRAINING:
            boosters = _boosters(Features(levels), past, seed)
        alpha = _dispersion(history, past, horizon)
        return cls(shape, likeness, horizon, alpha, boosters)

    def forecast(self, history: WeeklyHistory) -> WeeklyForecast:
        """Demand of the weeks after a history of the series that the model was fitted to."""
        levels = WeeklyLevels(history, self.shape, self.likeness, self.horizon)
        features, origin = Features(levels), history.weeks - 1
        factor = np.zeros((history.series, self.horizon))
        for lead in range(1, self.horizon + 1):
            rows = features.matrix(origin, lead)
            for booster in self.boosters:
                factor[:, lead - 1] += np.asarray(booster.predict(rows, raw_score=True))
        mean = levels.forecast(origin) * np.exp(factor / (1 + len(self.boosters)))
        return WeeklyForecast(mean, mean + self.alpha[:, None] * mean**2)


def _boosters(features: Features, past: dict[int, FloatArray], seed: int) -> "tuple[Booster, ...]":
    history = features.levels.history
    rng = np.random.default_rng(seed)
    blocks: list[npt.NDArray[np.float32]] = []
    labels, bases, ages = [], [], []
    for origin, mean in past.items():
        most = min(features.levels.horizon, history.weeks - 1 - origin)
        year = history.known[:, max(origin + 1 - YEAR, 0) : origin + 1]
        for lead in rng.permutation(np.arange(1, most + 1))[:LEADS_AN_ORIGIN]:
            target = origin + int(lead)
            taught = history.known[:, target] & (year.sum(axis=1) >= LEAST_KNOWN)
            base = mean[taught, lead - 1]
            blocks.append(features.matrix(origin, int(lead))[taught])
            labels.append(np.minimum(history.demand[taught, target], SPIKE * base + SPIKE_UNITS))
            bases.append(base)
            ages.append(np.full(len(base), history.weeks - 1 - origin))
    values, label = np.concatenate(blocks), np.concatenate(labels)
    base, recency = np.concatenate(bases), 0.5 ** (np.concatenate(ages) / HALF_LIFE)
    names = list(features.rows(history.weeks - 1, 1))
    fitted = []
    for loss in LOSSES:
        poisson = loss["objective"] == "poisson"
        weight = recency / (1 + TRAINING_ALPHA * base) if poisson else recency
        parameters: dict[str, Any] = {**PARAMETERS, **loss, "seed": seed}
        trees = grow_trees(
            parameters,
            ROUNDS,
            values,
            label,
            weight=weight,
            init_score=np.log(base),
            categorical_feature=[names.index(name) for name in features.categories],
        )
        fitted.append(trees)
    return tuple(fitted)


def _dispersion(history: WeeklyHistory, past: dict[int, FloatArray], horizon: int) -> FloatArray:
    """Posterior mean of alpha by series, from the forecasts of the last lead."""
    likelihood = np.zeros((history.series, len(ALPHAS)))
    shape = 1 / ALPHAS
    for origin, forecast in past.items():
        if origin + horizon >= history.weeks:
            continue
        mean = forecast[:, -1]
        units = np.minimum(history.demand[:, origin + horizon], SPIKE * mean + SPIKE_UNITS)
        y, m = units[:, None], mean[:, None]
        log_mass = (
            gammaln(y + shape)
            - gammaln(shape)
            - gammaln(y + 1)
            + shape * np.log(shape / (shape + m))
            + y * np.log(m / (shape + m))
        )
        likelihood += np.where(np.isfinite(y), log_mass, 0.0)
    relative = np.exp(likelihood - likelihood.max(axis=1, keepdims=True))
    prior = np.full(len(ALPHAS), 1 / len(ALPHAS))
    for _ in range(EM_STEPS):
        posterior = relative * prior
        posterior /= posterior.sum(axis=1, keepdims=True)
        prior = posterior.mean(axis=0)
    dispersion: FloatArray = posterior @ ALPHAS
    return dispersion
