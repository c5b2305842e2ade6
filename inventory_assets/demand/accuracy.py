"""How earlier forecasts did, by region and category, by level, and by kind of pair."""

from datetime import timedelta
from functools import partial

import polars as pl

from forecasting.evaluation import score_forecast, score_levels
from inventory_assets.framework import Computed, Inputs, result_asset, show_rows
from inventory_assets.pictures import plot_accuracy, plot_levels, tabulate_accuracy
from quality_checks.contracts import EVERYWHERE

_DAYS = 70
"""Days of accuracy that are shown."""

_LEADS_SHOWN = 7
"""Days of lead up to which accuracy is shown over time."""

_ROWS = 40


@result_asset(
    "forecast_accuracy",
    reads=["demand_history", "trading_days", "item_locations", "products"],
    earlier=["forecast", "forecast_accuracy"],
    by_item=True,
)
def forecast_accuracy(inputs: Inputs) -> Computed:
    """Compare earlier forecasts of the business date with what sold on it."""
    earlier = inputs.query("earlier_forecasts")
    actual = inputs.query("actual_sales")
    frame = score_forecast(earlier, actual)
    today = frame.filter(pl.col("lead_days") <= _LEADS_SHOWN)
    past = _past(inputs, "accuracy_history")
    return Computed(
        frame,
        metadata={
            "accuracy by lead": show_rows(tabulate_accuracy(frame), 28),
            "accuracy over time": partial(
                plot_accuracy, pl.concat([past, today.select(past.columns)])
            ),
        },
    )


@result_asset(
    "level_accuracy",
    reads=["demand_history", "trading_days", "item_locations", "products"],
    earlier=["forecast", "level_accuracy"],
    by_item=True,
)
def level_accuracy(inputs: Inputs) -> Computed:
    """Do the same for sums of pairs, and for the pairs of a model or of a service class."""
    earlier = inputs.query("earlier_forecasts")
    actual = inputs.query("actual_sales")
    frame = score_levels(earlier, actual)
    near = frame.filter(pl.col("lead_days") <= _LEADS_SHOWN)
    of_all = near.filter(segment=EVERYWHERE)
    past = _past(inputs, "level_accuracy_history")
    kinds = near.filter(pl.col("segment") != EVERYWHERE)
    return Computed(
        frame,
        metadata={
            "accuracy by level": show_rows(tabulate_accuracy(of_all, "level"), _ROWS),
            "accuracy by model and class": show_rows(tabulate_accuracy(kinds, "segment"), _ROWS),
            "accuracy by level over time": partial(
                plot_levels, pl.concat([past, of_all.select(past.columns)])
            ),
        },
    )


def _past(inputs: Inputs, query: str) -> pl.DataFrame:
    """What `query` gives for the days shown before the business date."""
    first_day = inputs.business_date - timedelta(days=_DAYS - 1)
    found = inputs.query(query, first_day=first_day)
    return found.filter(pl.col("business_date") < inputs.business_date)
