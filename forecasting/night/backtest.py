"""What the night's forecast would have been at days of the past, from what had sold by then."""

import datetime as dt

import polars as pl

from forecasting.global_model import GlobalForecaster, ModelPanel, fit_model
from forecasting.night.demand import Assortment, PastWeeks, forecast_demand


def list_past_origins(
    first_day: dt.date, last_day: dt.date, *, days: int, step: int, least: int
) -> list[dt.date]:
    """Days of the past to forecast from, earliest first; forecasts of `step` days fill the time.

    Args:
        first_day: first day of the history.
        last_day: last day that sales are known of.
        days: most days before `last_day` that an origin lies.
        step: days between origins.
        least: days of history that an origin must have.
    """
    backs = range(step, days + 1, step)
    found = [last_day - dt.timedelta(days=back) for back in reversed(backs)]
    return [day for day in found if (day - first_day).days + 1 >= least]


def forecast_from_past(  # noqa: PLR0913  # history, masters, and a panel to train on
    history: pl.DataFrame,
    assortment: Assortment,
    panel: ModelPanel,
    past: PastWeeks,
    *,
    as_of: dt.date,
    horizon: int,
    seed: int,
) -> pl.DataFrame:
    """Train as a challenger is, on what was known by then, and forecast as a night does.

    Args:
        history: rows of the contract Unconstrained up to `as_of`.
        assortment: of the same pairs; no new items.
        panel: the same history, and what was announced then.
        past: sales by week up to `as_of`.
        as_of: the origin.
        horizon: days ahead of it.
        seed: of everything drawn in training.

    Returns:
        The columns of the contract Forecast.
    """
    model = _train(panel, seed=seed)
    made = forecast_demand(
        history, assortment, as_of=as_of, horizon=horizon, model=model, panel=panel, past=past
    )
    return made.by_day.with_columns(business_date=pl.lit(as_of))


def _train(panel: ModelPanel, *, seed: int) -> GlobalForecaster | None:
    try:
        forecaster, _ = fit_model(panel, seed=seed)
    except ValueError:
        # Too little to learn from: the fallback would have planned.
        return None
    return forecaster
