"""One LightGBM model of all pairs: the mean of a day's demand while the shelf holds out.

The model learns a factor on the pair's base from days in stock, on which demand is seen and not
estimated. Every lead is asked of the same model: each training row looks at its day from an origin
drawn 1 to `horizon` days before it, so that what it learns of a feature is what the feature is
worth at that lead (direct forecasting, as against feeding forecasts back).
"""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from forecasting.boosting import REPEATABLE, grow_trees
from forecasting.global_model.features import (
    CATEGORICAL,
    NAMES,
    Groups,
    Rows,
    feature_rows,
    withhold,
)
from forecasting.global_model.panel import FloatArray, IntArray, ModelPanel

if TYPE_CHECKING:
    from lightgbm import Booster

Float64Array = npt.NDArray[np.float64]

TRAINING_DAYS = 42
"""Days up to as_of whose demand is learnt."""

LEAST_HISTORY = 14
"""Days of history that an origin must look back on."""

MOST_ROWS = 300_000
"""Rows that a model is trained on: with two and a half times as many, FreshRetailNet is forecast no
better (docs/methods.md)."""

CHUNK_PAIRS = 25_000
"""Pairs scored at a time, to bound memory."""

SPIKE = 20.0
"""A day above this many times the pair's base, and this many units, is cut back to it."""

ROUNDS = 120
LEAVES = (4, 31)
ROWS_A_LEAF = 2000
"""Leaves of a tree, and training rows behind each: a small retailer's days are soon learnt by
heart."""

PARAMETERS: dict[str, object] = {
    # Between Poisson (1) and gamma (2), as counts that vary more than Poisson ask for.
    "objective": "tweedie",
    "tweedie_variance_power": 1.3,
    "learning_rate": 0.1,
    "min_data_in_leaf": 200,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.6,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 63,
    "bin_construct_sample_cnt": 50_000,
    # Models are fitted beside each other, which gives the same bytes on any number of cores.
    **REPEATABLE,
    "force_row_wise": False,
    "force_col_wise": True,
}

LEAST_ROWS = 1000
"""Training rows below which there is no model to be had."""


def train(panel: ModelPanel, groups: Groups, *, seed: int) -> "Booster":
    """Fit the model.

    A week in which everything sold more than its base is no reason to expect more of the next:
    before fitting, bases are multiplied by their week's ratio of demand to base, relative to the
    mean of all weeks. So the model learns what sets pairs and days apart, and the common level is
    that of last week.

    Args:
        panel: history and announced future; beyond `MOST_ROWS` days in stock, pairs are drawn.
        groups: of the same panel.
        seed: of the leads, the drawn pairs and the trees.

    Raises:
        ValueError: fewer than `LEAST_ROWS` days in stock are there to learn from.
    """
    pair, origin, target = _training_rows(panel, seed)
    if len(pair) < LEAST_ROWS:
        msg = f"only {len(pair)} days in stock to train on; {LEAST_ROWS} are needed"
        raise ValueError(msg)
    rows = feature_rows(panel, groups, pair, origin, target)
    known = np.isfinite(rows.base)
    values, base, week = rows.values[known], rows.base[known], (panel.days - 1 - target[known]) // 7
    demand = panel.demand[pair, target].astype(np.float64)[known]
    demand = np.minimum(demand, SPIKE * np.maximum(base, 1))
    weight = base * _week_ratio(demand, base, week)
    parameters = {
        **PARAMETERS,
        "seed": seed,
        "num_leaves": int(np.clip(len(pair) // ROWS_A_LEAF, *LEAVES)),
    }
    return grow_trees(
        parameters,
        ROUNDS,
        withhold(values, seed=seed),
        demand / weight,
        weight=weight,
        feature_name=list(NAMES),
        categorical_feature=list(CATEGORICAL),
    )


def score(booster: "Booster", rows: Rows) -> Float64Array:
    """Mean demand of feature rows while in stock, units."""
    factor = booster.predict(rows.values, num_threads=1)
    return np.asarray(factor, dtype=np.float64) * rows.base


def build_horizon_rows(panel: ModelPanel, groups: Groups, pairs: IntArray, horizon: int) -> Rows:
    """Feature rows of the days ahead of `as_of` for some pairs: pair by pair, day by day."""
    last = panel.days - 1
    pair = np.repeat(pairs, horizon)
    target = np.tile(np.arange(last + 1, last + 1 + horizon), len(pairs))
    return feature_rows(panel, groups, pair, np.full(len(pair), last), target)


def chunks(panel: ModelPanel) -> list[IntArray]:
    """Pairs in groups of at most `CHUNK_PAIRS`."""
    pairs = np.arange(panel.pairs.height, dtype=np.int64)
    return np.array_split(pairs, max(1, -(-len(pairs) // CHUNK_PAIRS)))


def _training_rows(panel: ModelPanel, seed: int) -> tuple[IntArray, IntArray, IntArray]:
    """Pair, origin and target of every day in stock of the last `TRAINING_DAYS` days."""
    rng = np.random.default_rng(seed)
    first = max(panel.days - TRAINING_DAYS, LEAST_HISTORY)
    pair, day = np.nonzero(panel.in_stock[:, first:])
    target = day + first
    if len(pair) > MOST_ROWS:
        drawn = rng.random(panel.pairs.height) < MOST_ROWS / len(pair)
        pair, target = pair[drawn[pair]], target[drawn[pair]]
    lead = rng.integers(1, panel.horizon + 1, len(pair))
    # A lead that reaches back beyond the history is cut, not left out: early days are few enough.
    origin = np.maximum(target - lead, LEAST_HISTORY - 1)
    return pair, origin, target


def _week_ratio(demand: Float64Array, base: FloatArray, week: IntArray) -> Float64Array:
    """Ratio of demand to base in each row's week, relative to the mean of all weeks."""
    sold = np.bincount(week, demand)
    ratio = np.divide(sold, np.bincount(week, base), out=np.ones(len(sold)), where=sold > 0)
    ratio /= ratio[sold > 0].mean() if (sold > 0).any() else 1.0
    return np.asarray(ratio[week])
