"""How forecasts would have done over the last year: a backtest, on demand, not in the night."""

import logging
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import partial

import polars as pl

from forecasting.evaluation import score_forecast
from forecasting.global_model import GlobalForecaster
from forecasting.night import Assortment, forecast_from_past, list_past_origins, train_from_past
from inventory_assets.demand.forecast import (
    HISTORY_READ,
    estimate_history,
    read_offers,
    read_past,
)
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

_MODEL_DAYS = 84
"""Days that a model forecasts on before the next is trained: training takes most of the time, and a
champion that no challenger beats plans on for as long."""

_SEED = 7
_ROWS = 40
_LOG = logging.getLogger(__name__)


@result_asset("backtest_accuracy", reads=sorted({*HISTORY_READ, *ANNOUNCED, "price_responses"}))
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
        for frame in _score_origins(inputs, origins)
    ]
    frame = pl.concat([stated, *scored], how="vertical_relaxed")
    by_day = frame.rename({"date": "business_date"})
    return Computed(
        frame,
        metadata={
            "origins": ", ".join(origin.isoformat() for origin in origins) or "none: short history",
            "accuracy by category": show_rows(tabulate_accuracy(frame, "category"), _ROWS),
            "accuracy by lead": show_rows(tabulate_accuracy(frame), _STEP_DAYS),
            "accuracy over time": partial(plot_accuracy, by_day),
        },
    )


def _score_origins(inputs: Inputs, origins: Sequence[date]) -> Iterator[pl.DataFrame]:
    """`ForecastAccuracy` rows of each day after each origin that traded, told as they are made."""
    model: GlobalForecaster | None = None
    trained_on = date.min
    assortment = Assortment(
        inputs.query("new_items").clear(),
        inputs.query("items_on_sale"),
        inputs.query("location_openings"),
    )
    for number, origin in enumerate(origins, 1):
        due = (origin - trained_on).days >= _MODEL_DAYS
        made, model = _forecast_origin(inputs, assortment, origin, None if due else model)
        if due and model:
            trained_on = origin
        yield from _score_days(inputs, made, origin)
        by = f"the model of {trained_on}" if model else "the fallback"
        _LOG.info("%d of %d: forecast from %s by %s", number, len(origins), origin, by)


def _forecast_origin(
    inputs: Inputs, assortment: Assortment, origin: date, model: GlobalForecaster | None
) -> tuple[pl.DataFrame, GlobalForecaster | None]:
    """`Forecast` rows as of an origin by a model, or by one trained there; and that model."""
    history, _ = estimate_history(inputs, origin)
    panel = demand_panel(inputs, history, as_of=origin, horizon=_STEP_DAYS)
    model = model or train_from_past(panel, seed=_SEED)
    past = read_past(inputs, origin)
    made = forecast_from_past(
        history,
        assortment,
        panel,
        past,
        priced=read_offers(inputs, origin, _STEP_DAYS, known_on=origin),
        as_of=origin,
        horizon=_STEP_DAYS,
        model=model,
    )
    return made, model


def _score_days(inputs: Inputs, made: pl.DataFrame, origin: date) -> Iterator[pl.DataFrame]:
    """`ForecastAccuracy` rows of the days after an origin, of the forecast that was made there."""
    ahead = [origin + timedelta(days=number) for number in range(1, _STEP_DAYS + 1)]
    sold = inputs.query("actual_sales", first_day=ahead[0], last_day=ahead[-1])
    for day in ahead:
        yield score_forecast(made.filter(date=day), sold.filter(sold_on=day))
