"""Corrections that no model has learnt: new items, seasons, offers, and a day seen only in part."""

from forecasting.adjust.new_items import forecast_launches, forecast_new_items
from forecasting.adjust.offers import (
    add_offers,
    add_offers_of_weeks,
    find_usual_offers,
    take_out_offers,
)
from forecasting.adjust.scaling import scale_demand
from forecasting.adjust.season import add_season, find_week
from forecasting.adjust.sensing import sense_demand

__all__ = [
    "add_offers",
    "add_offers_of_weeks",
    "add_season",
    "find_usual_offers",
    "find_week",
    "forecast_launches",
    "forecast_new_items",
    "scale_demand",
    "sense_demand",
    "take_out_offers",
]
