"""A challenger: how it is trained, and scored beside the fallback that would plan in its place."""

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from forecasting.baseline import backtest_challengers, choose_level_models
from forecasting.evaluation import summarize_accuracy
from forecasting.global_model import (
    BACKTEST_DAYS,
    IntArray,
    ModelPanel,
    Origin,
    compare_with_demand,
    fit_model,
    list_origins,
)
from forecasting.lifecycle import FALLBACK, GLOBAL, Trained, keep_inputs
from forecasting.night.demand import Assortment, PastWeeks, PricedOffers, forecast_demand
from forecasting.price_response import measure_offer_effects

COMPARED_PAIRS = 10_000
"""Pairs on which model and fallback are compared: whole locations, drawn by key."""

_KEYS = ["sku", "location"]


@dataclass(frozen=True)
class KnownThen:
    """What the fallback of a night of the past would have planned by, besides daily sales.

    Attributes:
        as_of: the night's business date.
        past: sales by week up to it.
        priced: offers as the trained model's panel knows them, and what they do.
    """

    as_of: dt.date
    past: PastWeeks
    priced: PricedOffers


def list_training_nights(panel: ModelPanel) -> list[dt.date]:
    """List the nights on which model and fallback are compared, the earliest first.

    Args:
        panel: what the model is trained on.

    Raises:
        ValueError: its history is too short for any.
    """
    return [panel.as_of - dt.timedelta(days=back) for back in list_origins(panel.days)]


def train_challenger(
    panel: ModelPanel,
    history: pl.DataFrame,
    assortment: Assortment,
    nights: Sequence[KnownThen],
    *,
    seed: int,
) -> Trained:
    """Train the global model, choose the fallback's models, and score both on the same days.

    The fallback is scored as a night would plan with it: it knows the time of year and offers.

    Args:
        panel: history and announced future.
        history: rows of the contract Unconstrained that the panel was built from.
        assortment: of the same pairs; no new items.
        nights: those of `list_training_nights`.
        seed: of everything drawn.

    Raises:
        ValueError: the history is too short, or too little of it is in stock.
    """
    kept = _sample_locations(panel)
    with ThreadPoolExecutor(1) as beside:
        some = history.join(panel.pairs[kept].select(_KEYS), on=_KEYS, how="semi")
        fallback = beside.submit(score_fallback, some, assortment, nights, panel.as_of, seed=seed)
        forecaster, origins = fit_model(panel, seed=seed)
        choice, scores = fallback.result()
    for origin in origins:
        date = panel.as_of - dt.timedelta(days=origin.days_back)
        found = compare_with_demand(forecaster, _select_pairs(origin, kept))
        scores.append({"model": GLOBAL, "origin": date, **summarize_accuracy(found)})
    values = np.concatenate([origin.values for origin in origins])
    return Trained(
        forecaster=forecaster,
        scores=pl.DataFrame(scores).sort("model", "origin"),
        choice=choice,
        inputs=keep_inputs(values, BACKTEST_DAYS, seed=seed),
    )


def _sample_locations(panel: ModelPanel) -> IntArray:
    """Rows of a sample of locations, all their items included."""
    every = -(-panel.pairs.height // COMPARED_PAIRS)
    return np.flatnonzero(panel.location % every == 0)


def _select_pairs(origin: Origin, pairs: IntArray) -> Origin:
    days = origin.mean.shape[1]
    values = origin.values.reshape(len(origin.mean), days, -1)[pairs]
    return Origin(
        days_back=origin.days_back,
        values=values.reshape(len(pairs) * days, -1),
        mean=origin.mean[pairs],
        demand=origin.demand[pairs],
        in_stock=origin.in_stock[pairs],
    )


def score_fallback(
    history: pl.DataFrame,
    assortment: Assortment,
    nights: Sequence[KnownThen],
    as_of: dt.date,
    *,
    seed: int,
) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Choose the fallback's models by class, and score it on the days in stock after each night.

    Args:
        history: rows of the contract Unconstrained.
        assortment: of the same pairs; no new items.
        nights: the earliest first.
        as_of: last day of `history` that counts.
        seed: of the sample that models of the level are compared on.

    Returns:
        Class of series -> model of the level; and of each night model, origin, wape, bias, pinball
        and coverage_80.
    """
    offers = measure_offer_effects(nights[-1].priced.offers, nights[-1].priced.responses)
    choice = choose_level_models(
        backtest_challengers(history, horizon=BACKTEST_DAYS, as_of=as_of, seed=seed, offers=offers)
    )
    seen = history.filter(~pl.col("censored"), ~pl.col("closed"), pl.col("demand").is_not_null())
    scores = []
    for night in nights:
        ahead = forecast_demand(
            history.filter(pl.col("date") <= night.as_of),
            assortment,
            as_of=night.as_of,
            horizon=BACKTEST_DAYS,
            fallback=choice,
            past=night.past,
            priced=night.priced,
        ).by_day
        found = ahead.join(seen, on=[*_KEYS, "date"]).select(
            mean="mean_in_stock", variance="variance_in_stock", demand="demand"
        )
        scores.append({"model": FALLBACK, "origin": night.as_of, **summarize_accuracy(found)})
    return choice, scores
