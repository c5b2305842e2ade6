"""What demand was: sales with stock-outs undone, and how a day spreads over its hours.

Forecasts of days to come live in `baseline` and `global_model`.
"""

from forecasting.history.day_profile import EVERYWHERE, HOURS, DayFactor, day_factor, share_of_day
from forecasting.history.lost_share import lost_share
from forecasting.history.unconstrain import unconstrain

__all__ = [
    "EVERYWHERE",
    "HOURS",
    "DayFactor",
    "day_factor",
    "lost_share",
    "share_of_day",
    "unconstrain",
]
