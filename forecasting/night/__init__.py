"""What is forecast in a night and how supply is found, stated once for the plan and its replay.

    choose_forecaster -> forecast_demand -> sense_open_day -> assume_demand -> join_launches
    find_supply -> assume_delays
    train_challenger, by training

The order in which models, stand-ins, masters and an open day make one forecast. What each of them
computes lives in `baseline`, `global_model`, `adjust` and `supply`.
"""

from forecasting.night.backtest import (
    forecast_from_past,
    list_past_origins,
    train_from_past,
)
from forecasting.night.demand import (
    Assortment,
    DemandForecast,
    OpenDay,
    PastWeeks,
    PricedOffers,
    forecast_demand,
    join_launches,
    sense_open_day,
)
from forecasting.night.drivers import choose_explained, explain_forecasts
from forecasting.night.expectations import assume_delays, assume_demand
from forecasting.night.model_choice import ModelChoice, choose_forecaster
from forecasting.night.supply import Supply, find_supply, find_yields
from forecasting.night.training import KnownThen, list_training_nights, train_challenger

__all__ = [
    "Assortment",
    "DemandForecast",
    "KnownThen",
    "ModelChoice",
    "OpenDay",
    "PastWeeks",
    "PricedOffers",
    "Supply",
    "assume_delays",
    "assume_demand",
    "choose_explained",
    "choose_forecaster",
    "explain_forecasts",
    "find_supply",
    "find_yields",
    "forecast_demand",
    "forecast_from_past",
    "join_launches",
    "list_past_origins",
    "list_training_nights",
    "sense_open_day",
    "train_challenger",
    "train_from_past",
]
