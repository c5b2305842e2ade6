"""The fallback forecast: levels, weekdays and dispersion of each item-location, pooled where thin.

It plans where no trained model can, and is what a trained model must beat. The trained model
lives in `global_model`.
"""

from forecasting.baseline.challengers import backtest_challengers, choose_level_models
from forecasting.baseline.forecast import (
    clear_closed_days,
    clear_days_after_exit,
    forecast_baseline,
)

__all__ = [
    "backtest_challengers",
    "choose_level_models",
    "clear_closed_days",
    "clear_days_after_exit",
    "forecast_baseline",
]
