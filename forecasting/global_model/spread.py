"""How far demand strays from the model's mean: learnt from backtests, and calibrated on them.

A second model says how the squared errors of the backtest depend on what is known of a pair and a
day. Volume classes are then scaled until intervals cover what they promise, and days of a pair are
tied together as its errors were.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from forecasting.boosting import REPEATABLE, grow_trees
from forecasting.distribution import (
    CLASSES,
    classify_volume,
    compute_survival,
    estimate_common_variation,
)
from forecasting.global_model.backtest import Origin
from forecasting.global_model.features import COLUMN
from forecasting.global_model.panel import FloatArray

if TYPE_CHECKING:
    from lightgbm import Booster

Float64Array = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

FEATURES = (
    "base",
    "lead",
    "weekday",
    "day_off",
    "deviation_28",
    "zeros_28",
    "known_28",
    "in_stock_28",
    "price",
    "price_change_28",
    "price_28",
    "promoted",
    "promoted_28",
    "level_0.05",
    "level_0.4",
    "same_weekday",
)
"""Features of the model of errors."""

ROUNDS = 60
PARAMETERS: dict[str, object] = {
    "objective": "tweedie",
    "tweedie_variance_power": 1.5,
    "num_leaves": 31,
    "learning_rate": 0.1,
    "min_data_in_leaf": 500,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 127,
    **REPEATABLE,
}

MOST_ROWS = 400_000
"""Errors learnt from; beyond it, rows are drawn."""

LARGEST_RATIO = 30.0
"""A squared error further above its expectation counts as this far: no day decides alone."""

CLASS_DAYS = 2000
"""Days in stock that a volume class needs to be calibrated on its own."""

NOMINAL = 0.8
TAIL = (1 - NOMINAL) / 2
SCALES = (0.3, 3.0)
"""Coverage that is calibrated, what lies on either side, and how far variance may be scaled."""

CALIBRATION_DAYS = 50_000
"""Days of a class that are looked at, evenly spaced."""

_LOOKED_AT = [COLUMN[name] for name in FEATURES]

_NO_CHANCE = 1e-12
"""Probability of a day from which on it lies outside all that was expected."""

MAX_CORRELATION = 0.9


@dataclass(frozen=True)
class Spread:
    """Variance and correlation of demand around its mean.

    Attributes:
        booster: ratio of the squared error to mean + `alpha` mean^2.
        alpha: dispersion of all, at least 0.
        scale: factor on the variance by volume class.
        correlation: between two days by volume class.
        common_variation: squared coefficient of variation of what all locations of a sku share.
    """

    booster: "Booster"
    alpha: float
    scale: Float64Array
    correlation: Float64Array
    common_variation: float

    def variance(self, values: FloatArray, mean: npt.NDArray[np.floating]) -> Float64Array:
        """Variance of demand, at least the mean.

        Args:
            values: feature rows, [row, feature].
            mean: mean demand of each row, units.
        """
        return _scaled(_raw(self.booster, self.alpha, values, mean), mean, self.scale)


def fit_spread(origins: list[Origin], sku: IntArray, *, seed: int) -> Spread:
    """Learn the spread from the errors of a backtest on days in stock.

    Args:
        origins: a backtest.
        sku: code of the sku of each pair.
        seed: of the drawn rows and the trees.
    """
    kept = [origin.in_stock & np.isfinite(origin.demand) for origin in origins]
    mean = np.concatenate([o.mean[k] for o, k in zip(origins, kept, strict=True)])
    demand = np.concatenate([o.demand[k] for o, k in zip(origins, kept, strict=True)])
    # Of every feature they would be several times what training itself takes.
    looked_at = [o.values[:, _LOOKED_AT][k.ravel()] for o, k in zip(origins, kept, strict=True)]
    mean, demand = mean.astype(np.float64), demand.astype(np.float64)
    squares = (demand - mean) ** 2
    alpha = float(max(((squares - mean) * mean).sum() / max((mean**3).sum(), 1e-9), 0.0))
    expected = mean + alpha * mean**2
    ratio = np.minimum(squares / expected, LARGEST_RATIO)
    booster = _learn(np.concatenate(looked_at), ratio, seed)
    raw = [_raw(booster, alpha, o.values, o.mean.ravel()) for o in origins]
    of_kept = np.concatenate([r[k.ravel()] for r, k in zip(raw, kept, strict=True)])
    scale = _calibrate(demand, mean, of_kept)
    variance = [_scaled(r, o.mean.ravel(), scale) for r, o in zip(raw, origins, strict=True)]
    errors = _errors(origins, kept, variance)
    return Spread(booster, alpha, scale, _correlation(origins, errors), _common(errors, sku))


def _learn(values: FloatArray, ratio: Float64Array, seed: int) -> "Booster":
    drawn = np.ones(len(ratio), dtype=bool)
    if len(ratio) > MOST_ROWS:
        drawn = np.random.default_rng(seed).random(len(ratio)) < MOST_ROWS / len(ratio)
    parameters = {
        **PARAMETERS,
        "seed": seed,
        "min_data_in_leaf": int(np.clip(len(ratio) // 1000, 20, 500)),
    }
    return grow_trees(parameters, ROUNDS, values[drawn], ratio[drawn], feature_name=list(FEATURES))


def _raw(booster: "Booster", alpha: float, values: FloatArray, mean: npt.ArrayLike) -> Float64Array:
    looked_at = values[:, _LOOKED_AT]
    ratio = np.asarray(booster.predict(looked_at, num_threads=1), dtype=np.float64)
    demand = np.asarray(mean, dtype=np.float64)
    return np.maximum(ratio, 1e-3) * (demand + alpha * demand**2)


def _scaled(
    variance: Float64Array, mean: npt.NDArray[np.floating], scale: Float64Array
) -> Float64Array:
    """The calibrated variance, which is at least the mean (Poisson)."""
    return np.asarray(np.maximum(variance * scale[classify_volume(mean)], mean))


def _calibrate(demand: Float64Array, mean: Float64Array, variance: Float64Array) -> Float64Array:
    """The factor on the variance, by volume class, at which intervals cover `NOMINAL`."""
    of = classify_volume(mean)
    overall = _scale(demand, mean, variance)
    scale = np.full(CLASSES, overall)
    for number in range(CLASSES):
        rows = of == number
        if rows.sum() >= CLASS_DAYS:
            scale[number] = _scale(demand[rows], mean[rows], variance[rows])
    return scale


def _scale(demand: Float64Array, mean: Float64Array, variance: Float64Array) -> float:
    """Factor on the variance at which `NOMINAL` of the demand lies in the interval.

    Whole units make the interval of a slow day hold more than it promises, however right its
    variance. So a day counts with the share of its own step of the distribution, from P(D < d) to
    P(D <= d), that lies within the interval: the randomised probability integral transform, in
    expectation (Czado, Gneiting and Held, Predictive model assessment for count data, 2009).
    """
    low, high = SCALES
    if not len(demand):
        return 1.0
    some = slice(None, None, max(1, len(demand) // CALIBRATION_DAYS))
    demand, mean, variance = demand[some], mean[some], variance[some]
    # Estimated demand is whole but for rounding on days in stock; weighed goods are not.
    units = np.round(demand)
    for _step in range(12):
        middle = float(np.sqrt(low * high))
        spread = np.maximum(variance * middle, mean)
        below, upto = (1 - compute_survival(mean, spread, units + more) for more in (0, 1))
        inside = np.minimum(upto, 1 - TAIL) - np.maximum(below, TAIL)
        step = np.maximum(upto - below, _NO_CHANCE)
        covered = float(np.clip(inside / step, 0, 1).mean())
        low, high = (middle, high) if covered < NOMINAL else (low, middle)
    return float(np.sqrt(low * high))


@dataclass(frozen=True)
class _Errors:
    """Errors, means and variances of the stretch after an origin, [pair, day]; 0 where left out."""

    error: Float64Array
    mean: Float64Array
    variance: Float64Array
    days: Float64Array

    @property
    def root(self) -> Float64Array:
        """Sum of the standard deviations of a pair's days, [pair]."""
        return np.asarray(np.sqrt(self.variance).sum(axis=1))


def _errors(
    origins: list[Origin], kept: list[BoolArray], variances: list[Float64Array]
) -> list[_Errors]:
    return [
        _Errors(
            error=np.where(count, origin.demand - origin.mean, 0).astype(np.float64),
            mean=np.where(count, origin.mean, 0).astype(np.float64),
            variance=np.where(count, flat.reshape(count.shape), 0),
            days=count.sum(axis=1).astype(np.float64),
        )
        for origin, count, flat in zip(origins, kept, variances, strict=True)
    ]


def _correlation(origins: list[Origin], errors: list[_Errors]) -> Float64Array:
    """Correlation of the errors of two days of a pair, by volume class.

    rho solves sum((sum e)^2 - sum e^2 - rho ((sum s)^2 - sum s^2)) = 0 over the stretches after
    each origin, each weighed by one over its variance, as in `dispersion`.
    """
    above, below, days = (np.zeros(CLASSES) for _ in range(3))
    for origin, found in zip(origins, errors, strict=True):
        total = found.variance.sum(axis=1)
        weight = np.divide(1, total, out=np.zeros_like(total), where=total > 0)
        of = classify_volume(origin.mean.mean(axis=1))
        shared = found.error.sum(axis=1) ** 2 - (found.error**2).sum(axis=1)
        above += np.bincount(of, shared * weight, minlength=CLASSES)
        below += np.bincount(of, (found.root**2 - total) * weight, minlength=CLASSES)
        days += np.bincount(of, found.days, minlength=CLASSES)
    overall = above.sum() / below.sum() if below.sum() > 0 else 0.0
    own = (days >= CLASS_DAYS) & (below > 0)
    rho = np.divide(above, below, out=np.full(CLASSES, overall), where=own)
    return np.asarray(np.clip(rho, 0, MAX_CORRELATION))


def _common(errors: list[_Errors], sku: IntArray) -> float:
    """What the locations of an item share, and 0 where each item is sold at one location only."""
    error, mean, variance = (
        np.stack([values.sum(axis=1) for values in stretches], axis=1)
        for stretches in zip(*((e.error, e.mean, e.variance) for e in errors), strict=True)
    )
    return estimate_common_variation(error, mean, variance, sku) or 0.0
