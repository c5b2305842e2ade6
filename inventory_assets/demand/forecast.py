"""The forecast, and what it rests on."""

import json
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from forecasting.adjust import forecast_launches, forecast_new_items
from forecasting.baseline import forecast_baseline, only_while_open, stop_at_exit
from forecasting.global_model import (
    NAMES,
    GlobalForecaster,
    ModelPanel,
    from_files,
    horizon_rows,
    measure_groups,
)
from forecasting.global_model import forecast as forecast_global
from forecasting.history import unconstrain
from forecasting.lifecycle import (
    SOURCED,
    RegisteredModel,
    RegistryError,
    champion,
    choose_model,
    input_drift,
    load,
    lost_sources,
    observed_inputs,
    residual_drift,
)
from inventory_assets.demand.model import CHOICE
from inventory_assets.demand.panel import ANNOUNCED, demand_panel
from inventory_assets.demand.sensing import sensed
from inventory_assets.framework import (
    Computed,
    Inputs,
    demand_plot,
    launches_table,
    models_table,
    result_asset,
    result_assets,
    table,
)
from quality_checks.checks import (
    CHAMPION_PLANS,
    COMPLETE,
    INPUT_DRIFT,
    PHANTOM_STOCK,
    PLAUSIBLE,
    RESIDUAL_DRIFT,
    Outcome,
    judge_champion,
    judge_forecast,
    judge_input_drift,
    judge_phantom,
    judge_residual_drift,
)

_DRIFT_DAYS = 70
"""Days of accuracy that the last week is compared with, that week included."""

_INPUT_PAIRS = 2000
"""Pairs whose features are compared with those of the training."""

_LAUNCHES_SHOWN = 40
_SEED = 7


@result_asset(
    "unconstrained",
    reads=[
        "demand_history",
        "day_profile",
        "trading_days",
        "item_locations",
        "locations",
        "products",
    ],
)
def unconstrained(inputs: Inputs) -> Computed:
    """Sales of the history window with stock-outs undone."""
    days = inputs.policy.history_days
    history = inputs.query(
        "sales_window",
        first_day=inputs.business_date - timedelta(days=days - 1),
        last_day=inputs.business_date,
        horizon_days=inputs.policy.horizon_days,
    )
    profile = inputs.read("day_profile")
    return Computed(unconstrain(history, None if profile.is_empty() else profile))


@dataclass(frozen=True)
class _Night:
    """What a night's forecast is made of.

    Attributes:
        history: `Unconstrained` rows.
        as_of: last whole day.
        horizon: days ahead of it.
        panel: of the same.
    """

    history: pl.DataFrame
    as_of: date
    horizon: int
    panel: ModelPanel


@result_assets(
    {
        "forecast": [
            COMPLETE,
            PLAUSIBLE,
            PHANTOM_STOCK,
            CHAMPION_PLANS,
            INPUT_DRIFT,
            RESIDUAL_DRIFT,
        ],
        "launch_forecast": [],
    },
    reads=["unconstrained", "day_profile", "position", "trading_days", "pos_sales", *ANNOUNCED],
    earlier=["forecast", "forecast_accuracy"],
)
def forecast(inputs: Inputs) -> list[Computed]:
    """Demand by day over the horizon, as a distribution: the champion's, or the fallback's."""
    night = _night(inputs)
    frame, reason, outcomes = _by_choice(inputs, night)
    products = inputs.known("products")
    locations = inputs.known("locations")
    items = inputs.query("new_items")
    launches = forecast_launches(frame, items, products)
    frame = pl.concat([frame, forecast_new_items(frame, items, products)])
    frame, launches = (
        only_while_open(stop_at_exit(made, products), locations) for made in (frame, launches)
    )
    if night.as_of < inputs.business_date:
        later = sensed(inputs, frame)
        frame = (frame if later is None else later).filter(pl.col("date") > inputs.business_date)
    position = inputs.read("position")
    by_day = Computed(
        frame,
        [
            *judge_forecast(frame, night.history),
            judge_phantom(frame, night.history, position),
            *outcomes,
        ],
        {
            "model": reason,
            "pairs by model": table(models_table(frame), 20),
            "demand and forecast": demand_plot(night.history, frame),
        },
    )
    shown = table(launches_table(launches), _LAUNCHES_SHOWN)
    return [by_day, Computed(launches, metadata={"launches ahead": shown})]


def _night(inputs: Inputs) -> _Night:
    """History up to the last whole day: a day that is still open is sensed, not learnt."""
    history = inputs.read("unconstrained")
    business_date = inputs.business_date
    open_day = not inputs.query("seen_today").is_empty()
    as_of = business_date - timedelta(days=1) if open_day else business_date
    horizon = inputs.policy.horizon_days + (business_date - as_of).days
    panel = demand_panel(inputs, history, as_of=as_of, horizon=horizon)
    return _Night(history, as_of, horizon, panel)


def _by_choice(inputs: Inputs, night: _Night) -> tuple[pl.DataFrame, str, list[Outcome]]:
    """The forecast of the model that plans, why it does, and what the checks of drift found."""
    registered, model, fault = _registered(inputs)
    drift = _input_drift(registered, night.panel)
    accuracy = inputs.query(
        "accuracy_history",
        first_day=inputs.business_date - timedelta(days=_DRIFT_DAYS - 1),
    )
    residuals = residual_drift(accuracy, accuracy)
    choice = choose_model(
        registered.card.version if registered else None,
        fault=fault,
        # The model has learnt to do without a source, and does better so than the fallback.
        inputs=drift.filter(~pl.col("feature").is_in(SOURCED)),
        residuals=residuals,
    )
    lost = lost_sources(drift) if choice.use_champion else []
    reason = f"{choice.reason}, without {', '.join(lost)}" if lost else choice.reason
    outcomes = [
        judge_champion(reason, plans=choice.use_champion and not lost),
        judge_input_drift(drift),
        judge_residual_drift(residuals),
    ]
    frame = _fallback(night, registered)
    if choice.use_champion and model is not None:
        frame = _global_first(model, night.panel, frame)
    return frame, reason, outcomes


def _registered(
    inputs: Inputs,
) -> tuple[RegisteredModel | None, GlobalForecaster | None, str | None]:
    """The champion as it was on the business date, or what is wrong with it."""
    try:
        card = champion(inputs.models, inputs.business_date)
        if card is None:
            return None, None, None
        if card.features != NAMES:
            return None, None, f"{card.version} was trained on other features than this code makes"
        found = load(inputs.models, card.version)
        return found, from_files(found.files), None
    except RegistryError as error:
        return None, None, str(error)
    except KeyError as error:
        return None, None, f"the champion was trained by other code: it lacks {error}"


def _input_drift(registered: RegisteredModel | None, panel: ModelPanel) -> pl.DataFrame:
    """Features of some pairs beside those that the champion was trained on."""
    if registered is None:
        return input_drift((), pl.DataFrame())
    every = max(1, -(-panel.pairs.height // _INPUT_PAIRS))
    pairs = np.arange(0, panel.pairs.height, every)
    rows = horizon_rows(panel, measure_groups(panel), pairs, panel.horizon)
    seen = observed_inputs(rows.values, panel.horizon, seed=_SEED)
    known = tuple(then for then in registered.card.reference if then.feature in seen.columns)
    return input_drift(known, seen)


def _fallback(night: _Night, registered: RegisteredModel | None) -> pl.DataFrame:
    """The baseline, with the models that the last training found best by class."""
    choice = json.loads(registered.files[CHOICE]) if registered else {}
    return forecast_baseline(night.history, horizon=night.horizon, as_of=night.as_of, choice=choice)


def _global_first(
    model: GlobalForecaster, panel: ModelPanel, fallback: pl.DataFrame
) -> pl.DataFrame:
    """The global forecast, and that of the fallback for pairs that it has nothing to say of."""
    frame = forecast_global(model, panel)
    keys = ["sku", "location"]
    rest = fallback.join(frame.select(keys).unique(), on=keys, how="anti")
    return pl.concat([frame, rest.select(frame.columns)]).sort(*keys, "date")
