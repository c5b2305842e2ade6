"""The trained forecast: one gradient-boosted model of all item-locations, with its spread.

Features, fit, backtest, scoring and contributions. Which version plans on which day is decided in
`lifecycle`.
"""

from forecasting.global_model.backtest import BACKTEST_DAYS, Origin, list_origins
from forecasting.global_model.contributions import USUAL, explain_forecast
from forecasting.global_model.features import NAMES, SOURCES, TRENDS, Rows, measure_groups
from forecasting.global_model.forecaster import (
    MODEL,
    GlobalForecaster,
    compare_with_demand,
    fit_model,
    forecast_panel,
    forecast_parts,
    pack_model,
    unpack_model,
)
from forecasting.global_model.mean_model import (
    PARAMETERS,
    ROUNDS,
    TRAINING_DAYS,
    build_horizon_rows,
)
from forecasting.global_model.panel import (
    HISTORY_DAYS,
    WEATHER,
    FloatArray,
    IntArray,
    ModelPanel,
    build_model_panel,
    find_rest_days,
)
from forecasting.global_model.signals import SignalFrames

__all__ = [
    "BACKTEST_DAYS",
    "HISTORY_DAYS",
    "MODEL",
    "NAMES",
    "PARAMETERS",
    "ROUNDS",
    "SOURCES",
    "TRAINING_DAYS",
    "TRENDS",
    "USUAL",
    "WEATHER",
    "FloatArray",
    "GlobalForecaster",
    "IntArray",
    "ModelPanel",
    "Origin",
    "Rows",
    "SignalFrames",
    "build_horizon_rows",
    "build_model_panel",
    "compare_with_demand",
    "explain_forecast",
    "find_rest_days",
    "fit_model",
    "forecast_panel",
    "forecast_parts",
    "list_origins",
    "measure_groups",
    "pack_model",
    "unpack_model",
]
