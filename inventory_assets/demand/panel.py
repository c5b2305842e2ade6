"""What the global model is given: unconstrained demand, and what is announced."""

from datetime import date, timedelta
from typing import Any

import polars as pl

from forecasting.global_model import HISTORY_DAYS, ModelPanel, SignalFrames, build_model_panel
from inventory_assets.framework import Retailer

ANNOUNCED = ("promotions", "prices", "events", "weather", "products", "browsing", "demand_history")
"""What is known besides demand: sources, and returns and channels of the history."""


def demand_panel(
    retailer: Retailer, business_date: date, history: pl.DataFrame, *, as_of: date, horizon: int
) -> ModelPanel:
    """The panel of a business date.

    Args:
        retailer: of whom.
        business_date: whose knowledge of offers, events and weather counts.
        history: `Unconstrained` rows.
        as_of: last day of history that is read.
        horizon: days ahead of it.
    """
    warehouse = retailer.warehouse
    window: dict[str, Any] = {
        "first_day": as_of - timedelta(days=HISTORY_DAYS - 1),
        "last_day": as_of + timedelta(days=horizon),
    }
    calendar = warehouse.query("days_off", business_date, **window)
    return build_model_panel(
        history,
        warehouse.query("item_attributes", business_date),
        warehouse.query("offers", business_date, **window),
        calendar.filter("holiday"),
        calendar.filter(~pl.col("holiday")),
        warehouse.query("weather_ahead", business_date, **window),
        as_of=as_of,
        horizon=horizon,
        observed=warehouse.query("weather_observed", business_date, **window),
        signals=SignalFrames(
            browsing=warehouse.query("browsing_window", business_date, **window),
            items=warehouse.query("item_signals", business_date, **window),
            locations=warehouse.query("location_channels", business_date, **window),
        ),
    )
