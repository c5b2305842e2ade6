"""Demand: stock-outs undone, the forecast, and how earlier forecasts did."""

import dagster as dg

from inventory_assets.demand import (
    accuracy,
    backtest,
    drivers,
    forecast,
    levels,
    model,
    overrides,
    price_responses,
    profile,
    returns,
)

assets = dg.load_assets_from_modules(
    [
        accuracy,
        backtest,
        drivers,
        forecast,
        levels,
        model,
        overrides,
        price_responses,
        profile,
        returns,
    ]
)

__all__ = ["assets"]
