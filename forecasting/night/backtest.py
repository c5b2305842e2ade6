"""What the night's forecast would have been at days of the past, from what had sold by then."""

import datetime as dt

import polars as pl

from forecasting.global_model import GlobalForecaster, ModelPanel, fit_model
from forecasting.night.demand import Assortment, PastWeeks, PricedOffers, forecast_demand


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


def forecast_from_past(  # noqa: PLR0913  # history, masters, and a model with its panel
    history: pl.DataFrame,
    assortment: Assortment,
    panel: ModelPanel,
    past: PastWeeks,
    *,
    priced: PricedOffers,
    as_of: dt.date,
    horizon: int,
    model: GlobalForecaster | None,
) -> pl.DataFrame:
    """Forecast from a day of the past as its night would have, by what was known then.

    Args:
        history: rows of the contract Unconstrained up to `as_of`.
        assortment: of the same pairs; no new items.
        panel: the same history, and what was announced then.
        past: sales by week up to `as_of`.
        priced: offers as they were known then, and what they do.
        as_of: the origin.
        horizon: days ahead of it.
        model: trained on that day or before it; None where the fallback planned.

    Returns:
        The columns of the contract Forecast.
    """
    made = forecast_demand(
        history,
        assortment,
        as_of=as_of,
        horizon=horizon,
        model=model,
        panel=panel,
        past=past,
        priced=priced,
    )
    return made.by_day.with_columns(business_date=pl.lit(as_of))


def train_from_past(panel: ModelPanel, *, seed: int) -> GlobalForecaster | None:
    """Train on a panel of the past; None where it is too little to learn from.

    Args:
        panel: history up to a day, and what was announced then.
        seed: of everything drawn in training.
    """
    try:
        forecaster, _ = fit_model(panel, seed=seed)
    except ValueError:
        return None
    return forecaster
