"""Corrections that no model has learnt: items without a history, and a day seen only in part."""

from forecasting.adjust.new_items import forecast_launches, forecast_new_items
from forecasting.adjust.season import add_season
from forecasting.adjust.sensing import sense_demand

__all__ = ["add_season", "forecast_launches", "forecast_new_items", "sense_demand"]
