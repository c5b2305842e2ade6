"""What is forecast in a night and how supply is found, stated once for the plan and its replay.

    forecast_demand -> sense_open_day -> look_ahead;  find_supply

The order in which models, stand-ins, masters and an open day make one forecast. What each of them
computes lives in `baseline`, `global_model`, `adjust` and `supply`.
"""

from forecasting.night.demand import (
    Assortment,
    DemandForecast,
    OpenDay,
    forecast_demand,
    look_ahead,
    sense_open_day,
)
from forecasting.night.supply import Supply, find_supply

__all__ = [
    "Assortment",
    "DemandForecast",
    "OpenDay",
    "Supply",
    "find_supply",
    "forecast_demand",
    "look_ahead",
    "sense_open_day",
]
