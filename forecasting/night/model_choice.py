"""Which model forecasts a night: the champion, unless it lacks its inputs or errs too much."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.global_model import (
    GlobalForecaster,
    ModelPanel,
    build_horizon_rows,
    measure_groups,
)
from forecasting.lifecycle import (
    SOURCED,
    PlanningModel,
    choose_model,
    find_lost_sources,
    measure_input_drift,
    measure_residual_drift,
    sample_inputs,
)

INPUT_PAIRS = 2000
"""Pairs whose features are compared with those of the training."""


@dataclass(frozen=True)
class ModelChoice:
    """Who forecasts, and why.

    Attributes:
        forecaster: the trained model that plans; missing where the fallback plans alone.
        fallback: class of series -> model of the fallback; none where its defaults hold.
        reason: why, in words.
        lost: sources that the model has to do without.
        inputs: what `measure_input_drift` found.
        residuals: what `measure_residual_drift` found.
    """

    forecaster: GlobalForecaster | None
    fallback: Mapping[str, str]
    reason: str
    lost: list[str]
    inputs: pl.DataFrame
    residuals: pl.DataFrame


def choose_forecaster(
    champion: PlanningModel | None,
    fault: str | None,
    panel: ModelPanel,
    accuracy: pl.DataFrame,
    *,
    seed: int,
) -> ModelChoice:
    """Choose between the champion and the fallback by drift of inputs and of errors.

    Args:
        champion: the trained model, if there is one that loads.
        fault: what is wrong with one that does not.
        panel: what the champion would be given tonight.
        accuracy: how the forecasts of the last weeks did, as `measure_residual_drift` reads it.
        seed: of the sample of inputs.
    """
    inputs = _input_drift(champion, panel, seed)
    residuals = measure_residual_drift(accuracy, accuracy)
    choice = choose_model(
        champion.card.version if champion else None,
        fault=fault,
        # The model has learnt to do without a source, and does better so than the fallback.
        inputs=inputs.filter(~pl.col("feature").is_in(SOURCED)),
        residuals=residuals,
    )
    lost = find_lost_sources(inputs) if choice.use_champion else []
    return ModelChoice(
        forecaster=champion.forecaster if champion and choice.use_champion else None,
        fallback=champion.fallback if champion else {},
        reason=f"{choice.reason}, without {', '.join(lost)}" if lost else choice.reason,
        lost=lost,
        inputs=inputs,
        residuals=residuals,
    )


def _input_drift(champion: PlanningModel | None, panel: ModelPanel, seed: int) -> pl.DataFrame:
    """Features of some pairs beside those that the champion was trained on."""
    if champion is None:
        return measure_input_drift((), pl.DataFrame())
    every = max(1, -(-panel.pairs.height // INPUT_PAIRS))
    pairs = np.arange(0, panel.pairs.height, every)
    rows = build_horizon_rows(panel, measure_groups(panel), pairs, panel.horizon)
    seen = sample_inputs(rows.values, panel.horizon, seed=seed)
    known = tuple(then for then in champion.card.reference if then.feature in seen.columns)
    return measure_input_drift(known, seen)
