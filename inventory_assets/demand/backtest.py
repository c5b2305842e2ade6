"""How forecasts would have done over the last year: a backtest, on demand, not in the night."""

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from forecasting.evaluation import score_forecast
from forecasting.night import Assortment, forecast_from_past, list_past_origins
from inventory_assets.demand.forecast import HISTORY_READ, estimate_history, read_past
from inventory_assets.demand.panel import ANNOUNCED, demand_panel
from inventory_assets.framework import (
    Computed,
    Inputs,
    result_asset,
    show_rows,
)
from inventory_assets.pictures import plot_accuracy, tabulate_accuracy
from quality_checks.contracts import CONTRACTS

_DAYS = 364
_STEP_DAYS = 28
"""Days between origins, and days that each forecasts: every day of the year is forecast once."""

_LEAST_DAYS = 28
"""Days of history that an origin must have."""

_SEED = 7
_ROWS = 40


@result_asset("backtest_accuracy", reads=sorted({*HISTORY_READ, *ANNOUNCED}))
def backtest_accuracy(inputs: Inputs) -> Computed:
    """Forecast from an origin every four weeks of the last year, and compare with what sold."""
    schema = CONTRACTS["backtest_accuracy"].schema
    stated = pl.DataFrame(schema=schema).drop("business_date")
    days = inputs.query("trading_days_known")["day"]
    origins = (
        []
        if days.is_empty()
        else list_past_origins(
            days[0], inputs.business_date, days=_DAYS, step=_STEP_DAYS, least=_LEAST_DAYS
        )
    )
    scored = [
        frame.rename({"business_date": "date"}).select(stated.columns)
        for origin in origins
        for frame in _score_origin(inputs, origin)
    ]
    frame = pl.concat([stated, *scored], how="vertical_relaxed")
    by_day = frame.rename({"date": "business_date"})
    return Computed(
        frame,
        metadata={
            "origins": ", ".join(origin.isoformat() for origin in origins) or "none: short history",
            "accuracy by category": show_rows(tabulate_accuracy(frame, "category"), _ROWS),
            "accuracy by lead": show_rows(tabulate_accuracy(frame), _STEP_DAYS),
            "accuracy over time": plot_accuracy(by_day),
        },
    )


def _score_origin(inputs: Inputs, origin: date) -> Iterator[pl.DataFrame]:
    """`ForecastAccuracy` rows of each day after an origin that traded."""
    history, _ = estimate_history(inputs, origin)
    panel = demand_panel(inputs, history, as_of=origin, horizon=_STEP_DAYS)
    made = forecast_from_past(
        history,
        Assortment(
            inputs.query("new_items").clear(),
            inputs.query("items_on_sale"),
            inputs.query("location_openings"),
        ),
        panel,
        read_past(inputs, origin),
        as_of=origin,
        horizon=_STEP_DAYS,
        seed=_SEED,
    )
    for ahead in range(1, _STEP_DAYS + 1):
        day = origin + timedelta(days=ahead)
        actual = inputs.query("actual_sales", sold_on=day)
        yield score_forecast(made.filter(date=day), actual)
