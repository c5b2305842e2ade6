"""How forecasts, stated chances and overrides did, by level, segment and lead.

Backtests of models in training live with the models.
"""

from forecasting.evaluation.accuracy import score_forecast, score_levels, summarize_accuracy
from forecasting.evaluation.chances import score_chances, tabulate_reliability
from forecasting.evaluation.levels import forecast_levels
from forecasting.evaluation.override_value import (
    measure_value_added,
    sum_expected_demand,
    summarize_overrides,
)
from forecasting.evaluation.risks import list_outcomes, score_order_risks

__all__ = [
    "forecast_levels",
    "list_outcomes",
    "measure_value_added",
    "score_chances",
    "score_forecast",
    "score_levels",
    "score_order_risks",
    "sum_expected_demand",
    "summarize_accuracy",
    "summarize_overrides",
    "tabulate_reliability",
]
