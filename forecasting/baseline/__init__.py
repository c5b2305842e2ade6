"""The fallback forecast: levels, weekdays and dispersion of each item-location, pooled where thin.

It plans where no trained model can, and is what a trained model must beat. The trained model
lives in `global_model`.
"""

from forecasting.baseline.challengers import backtest_challengers, choose
from forecasting.baseline.forecast import forecast_baseline, only_while_open, stop_at_exit

__all__ = ["backtest_challengers", "choose", "forecast_baseline", "only_while_open", "stop_at_exit"]
