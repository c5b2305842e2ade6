"""What the global model is given: unconstrained demand, and what is announced."""

from datetime import date, timedelta
from typing import Any

import polars as pl

from forecasting.global_model import HISTORY_DAYS, ModelPanel, SignalFrames, build_model_panel
from inventory_assets.framework import Inputs

ANNOUNCED = (
    "promotions",
    "prices",
    "events",
    "weather",
    "products",
    "locations",
    "item_locations",
    "browsing",
    "demand_history",
)
"""What is known besides demand: sources, and returns and channels of the history."""


def demand_panel(inputs: Inputs, history: pl.DataFrame, *, as_of: date, horizon: int) -> ModelPanel:
    """The panel of a business date.

    Args:
        inputs: of the business date whose knowledge of offers, events and weather counts.
        history: `Unconstrained` rows.
        as_of: last day of history that is read.
        horizon: days ahead of it.
    """
    window: dict[str, Any] = {
        "first_day": as_of - timedelta(days=HISTORY_DAYS - 1),
        "last_day": as_of + timedelta(days=horizon),
    }
    calendar = inputs.query("days_off", **window)
    return build_model_panel(
        history,
        inputs.query("item_attributes"),
        inputs.query("offers", **window, whole_range=True),
        calendar.filter("holiday"),
        calendar.filter(~pl.col("holiday")),
        inputs.query("weather_ahead", **window),
        as_of=as_of,
        horizon=horizon,
        observed=inputs.query("weather_observed", **window),
        signals=SignalFrames(
            browsing=inputs.query("browsing_window", **window),
            items=inputs.query("item_signals", **window | {"last_day": as_of}),
            locations=inputs.query("location_channels", **window | {"last_day": as_of}),
        ),
    )
