"""What demand was: sales with stock-outs undone, and how a day spreads over its hours.

Forecasts of days to come live in `baseline` and `global_model`.
"""

from forecasting.history.day_profile import (
    EVERYWHERE,
    HOURS,
    DayFactor,
    measure_day_factor,
    measure_day_profile,
)
from forecasting.history.lost_share import sum_lost_share
from forecasting.history.unconstrain import unconstrain_demand

__all__ = [
    "EVERYWHERE",
    "HOURS",
    "DayFactor",
    "measure_day_factor",
    "measure_day_profile",
    "sum_lost_share",
    "unconstrain_demand",
]
