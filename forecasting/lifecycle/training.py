"""A challenger: how it is trained, and scored beside the fallback."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from forecasting.baseline import backtest_challengers, choose_level_models, forecast_baseline
from forecasting.evaluation import summarize_accuracy
from forecasting.global_model import (
    BACKTEST_DAYS,
    NAMES,
    SOURCES,
    TRENDS,
    FloatArray,
    GlobalForecaster,
    IntArray,
    ModelPanel,
    Origin,
    compare_with_demand,
    fit_model,
    list_origins,
)
from forecasting.lifecycle.champion import LOST_FEATURE
from forecasting.lifecycle.input_drift import FeatureReference, reference

COMPARED_PAIRS = 10_000
"""Pairs on which model and fallback are compared: whole locations, drawn by key."""

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


def train_challenger(panel: ModelPanel, history: pl.DataFrame, *, seed: int) -> Trained:
    """Train the global model, choose the fallback's models, and score both on the same days.

    Args:
        panel: history and announced future.
        history: rows of the contract Unconstrained that the panel was built from.
        seed: of everything drawn.

    Raises:
        ValueError: the history is too short, or too little of it is in stock.
    """
    kept = _compared(panel)
    with ThreadPoolExecutor(1) as beside:
        fallback = beside.submit(_fallback, panel, history, kept, seed=seed)
        forecaster, origins = fit_model(panel, seed=seed)
        choice, scores = fallback.result()
    for origin in origins:
        date = panel.as_of - dt.timedelta(days=origin.days_back)
        found = compare_with_demand(forecaster, _only(origin, kept))
        scores.append({"model": GLOBAL, "origin": date, **summarize_accuracy(found)})
    seen = sample_inputs(np.concatenate([o.values for o in origins]), BACKTEST_DAYS, seed=seed)
    never = [name for name in SOURCED if seen[name].null_count() == seen.height]
    return Trained(
        forecaster=forecaster,
        scores=pl.DataFrame(scores).sort("model", "origin"),
        choice=choice,
        inputs=reference(seen.drop(never)),
    )


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


def find_lost_sources(inputs: pl.DataFrame) -> list[str]:
    """Find the sources that fed the features in training and no longer do.

    Args:
        inputs: result of `measure_input_drift`.
    """
    rise = pl.col("missing_now") - pl.col("missing_then")
    lost = set(inputs.filter(rise >= LOST_FEATURE)["feature"])
    return [source for source, names in SOURCES.items() if lost & set(names)]


def _compared(panel: ModelPanel) -> IntArray:
    """Rows of a sample of locations, all their items included."""
    every = -(-panel.pairs.height // COMPARED_PAIRS)
    return np.flatnonzero(panel.location % every == 0)


def _only(origin: Origin, pairs: IntArray) -> Origin:
    days = origin.mean.shape[1]
    values = origin.values.reshape(len(origin.mean), days, -1)[pairs]
    return Origin(
        days_back=origin.days_back,
        values=values.reshape(len(pairs) * days, -1),
        mean=origin.mean[pairs],
        demand=origin.demand[pairs],
        in_stock=origin.in_stock[pairs],
    )


def _fallback(
    panel: ModelPanel, history: pl.DataFrame, pairs: IntArray, *, seed: int
) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """The fallback's models by class, and its scores on the days in stock after each origin."""
    keys = panel.pairs[pairs].select("sku", "location")
    some = history.join(keys, on=keys.columns, how="semi")
    choice = choose_level_models(
        backtest_challengers(some, horizon=BACKTEST_DAYS, as_of=panel.as_of, seed=seed)
    )
    seen = some.filter(~pl.col("censored"), ~pl.col("closed"), pl.col("demand").is_not_null())
    scores = []
    for back in list_origins(panel.days):
        date = panel.as_of - dt.timedelta(days=back)
        known = some.filter(pl.col("date") <= date)
        ahead = forecast_baseline(known, horizon=BACKTEST_DAYS, as_of=date, choice=choice)
        found = ahead.join(seen, on=["sku", "location", "date"]).select(
            mean="mean_in_stock", variance="variance_in_stock", demand="demand"
        )
        scores.append({"model": FALLBACK, "origin": date, **summarize_accuracy(found)})
    return choice, scores
