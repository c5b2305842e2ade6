"""How forecasts and overrides did, by level, segment and lead.

Backtests of models in training live with the models.
"""

from forecasting.evaluation.accuracy import score, score_levels, summarize_accuracy
from forecasting.evaluation.levels import forecast_levels
from forecasting.evaluation.override_value import expected_without, summarize_overrides, value_added

__all__ = [
    "expected_without",
    "forecast_levels",
    "score",
    "score_levels",
    "summarize_accuracy",
    "summarize_overrides",
    "value_added",
]
