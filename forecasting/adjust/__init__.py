"""Forecasts changed by what no model has learnt: items without history, and a day half seen."""

from forecasting.adjust.new_items import forecast_launches, forecast_new_items
from forecasting.adjust.sensing import sense_demand

__all__ = ["forecast_launches", "forecast_new_items", "sense_demand"]
