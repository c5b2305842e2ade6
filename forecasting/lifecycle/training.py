"""What is kept of a training: the model, its scores, and what its inputs looked like."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.global_model import NAMES, SOURCES, TRENDS, FloatArray, GlobalForecaster
from forecasting.lifecycle.champion import LOST_FEATURE
from forecasting.lifecycle.input_drift import FeatureReference, reference

REFERENCE_ROWS = 50_000
"""Feature rows kept as what inputs look like."""

INPUT_LEAD = 7
"""Days ahead at which inputs are looked at."""

MEANT_TO_MOVE = (
    "lead",
    "weekday",
    "day_off",
    "day_off_before",
    "day_off_after",
    "event",
    "season",
    "price",
    "price_7",
    "price_28",
    "price_change_7",
    "price_change_28",
    "price_last",
    "promoted",
    "promoted_28",
    "level_discount",
    *TRENDS,
    "temperature_change_7",
    "rain_change_7",
    "days_on_sale",
    "days_to_exit",
)
"""Features whose distribution changes from week to week by nature; no drift is looked for."""

SOURCED = tuple(name for names in SOURCES.values() for name in names)
"""Features that move by nature and must not get lost: looked at is only whether they are known."""

GLOBAL, FALLBACK = "global", "fallback"


@dataclass(frozen=True)
class Trained:
    """A challenger and what is to be judged of it.

    Attributes:
        forecaster: the model.
        scores: model (`GLOBAL` or `FALLBACK`), origin, wape, bias, pinball, coverage_80.
        choice: fallback model of each class of series.
        inputs: what its features looked like.
    """

    forecaster: GlobalForecaster
    scores: pl.DataFrame
    choice: dict[str, str]
    inputs: tuple[FeatureReference, ...]


def sample_inputs(values: FloatArray, horizon: int, *, seed: int) -> pl.DataFrame:
    """Sample feature rows to compare with another day's, without features that are meant to move.

    Of the features of `SOURCED` only whether they are known is kept: 0 or missing. A pair looks the
    same from all leads but for the day asked for, so it gives one row, that of `INPUT_LEAD`: as
    many rows as there are things to look at.

    Args:
        values: [pair x lead, feature], pair by pair, features in the order of `NAMES`.
        horizon: leads of a pair.
        seed: of the sample.
    """
    values = values.reshape(-1, horizon, len(NAMES))[:, min(INPUT_LEAD, horizon) - 1]
    if len(values) > REFERENCE_ROWS:
        drawn = np.random.default_rng(seed).choice(len(values), REFERENCE_ROWS, replace=False)
        values = values[np.sort(drawn)]
    seen = pl.DataFrame(
        {
            name: pl.Series(values[:, number].astype(np.float64)).fill_nan(None)
            for number, name in enumerate(NAMES)
            if name not in MEANT_TO_MOVE
        }
    )
    return seen.with_columns(pl.col(SOURCED) * 0.0)


def keep_inputs(values: FloatArray, horizon: int, *, seed: int) -> tuple[FeatureReference, ...]:
    """Keep what the inputs of a training look like, but of sources that never fed them.

    Args:
        values: [pair x lead, feature], pair by pair, features in the order of `NAMES`.
        horizon: leads of a pair.
        seed: of the sample.
    """
    seen = sample_inputs(values, horizon, seed=seed)
    never = [name for name in SOURCED if seen[name].null_count() == seen.height]
    return reference(seen.drop(never))


def find_lost_sources(inputs: pl.DataFrame) -> list[str]:
    """Find the sources that fed the features in training and no longer do.

    Args:
        inputs: result of `measure_input_drift`.
    """
    rise = pl.col("missing_now") - pl.col("missing_then")
    lost = set(inputs.filter(rise >= LOST_FEATURE)["feature"])
    return [source for source, names in SOURCES.items() if lost & set(names)]
