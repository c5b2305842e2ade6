"""The forecast, what it rests on, and how earlier ones did."""

from datetime import date, timedelta

import polars as pl

from forecasting.accuracy import score
from forecasting.baselines import forecast_baseline
from forecasting.censoring import unconstrain
from forecasting.new_items import forecast_new_items
from inventory_assets.checked import Computed, result_asset, table
from inventory_assets.plots import accuracy_table, demand_plot
from inventory_assets.resources import Retailer
from quality_checks.checks.demand import (
    COMPLETE,
    PHANTOM_STOCK,
    PLAUSIBLE,
    judge_forecast,
    judge_phantom,
)
from quality_checks.contracts import CONTRACTS


@result_asset(
    "unconstrained", deps=["demand_history", "trading_days", "item_locations", "products"]
)
def unconstrained(retailer: Retailer, business_date: date) -> Computed:
    """Sales of the history window with stock-outs undone."""
    days = retailer.planning_policy.history_days
    history = retailer.warehouse.query(
        "sales_window",
        business_date,
        first_day=business_date - timedelta(days=days - 1),
        last_day=business_date,
    )
    return Computed(unconstrain(history))


@result_asset(
    "forecast",
    deps=["unconstrained", "position"],
    checks=[COMPLETE, PLAUSIBLE, PHANTOM_STOCK],
)
def forecast(retailer: Retailer, business_date: date) -> Computed:
    """Demand by day over the horizon, as a distribution."""
    history = retailer.warehouse.read(CONTRACTS["unconstrained"], business_date)
    known = forecast_baseline(
        history, horizon=retailer.planning_policy.horizon_days, as_of=business_date
    )
    new = forecast_new_items(known, retailer.warehouse.query("new_items", business_date))
    frame = pl.concat([known, new])
    position = retailer.warehouse.read(CONTRACTS["position"], business_date)
    return Computed(
        frame,
        [*judge_forecast(frame, history), judge_phantom(frame, history, position)],
        {"demand and forecast": demand_plot(history, frame)},
    )


@result_asset("forecast_accuracy", deps=["forecast", "demand_history", "trading_days"])
def forecast_accuracy(retailer: Retailer, business_date: date) -> Computed:
    """Earlier forecasts of the business date against what sold on it."""
    earlier = retailer.warehouse.query("earlier_forecasts", business_date)
    actual = retailer.warehouse.query("actual_sales", business_date)
    frame = score(earlier, actual)
    return Computed(frame, metadata={"WAPE and bias by lead": table(accuracy_table(frame), 28)})
