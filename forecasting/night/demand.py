"""The demand forecast of a night: who forecasts which pair, and what masters take out of it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from forecasting.adjust import forecast_launches, forecast_new_items, sense_demand
from forecasting.baseline import clear_closed_days, clear_days_after_exit, forecast_baseline
from forecasting.global_model import GlobalForecaster, ModelPanel, forecast_panel
from forecasting.history import measure_day_factor

_KEYS = ["sku", "location"]


@dataclass(frozen=True)
class Assortment:
    """What masters say of the pairs to forecast.

    Attributes:
        items: frame `new_items`: the replenished selling pairs.
        products: the columns of frames `item_likeness` and `item_exits`.
        locations: frame `location_openings`.
    """

    items: pl.DataFrame
    products: pl.DataFrame
    locations: pl.DataFrame


@dataclass(frozen=True)
class DemandForecast:
    """Demand ahead, in the columns of the contract Forecast without business_date.

    Attributes:
        by_day: of the days of the horizon.
        launches: of the first days on sale of pairs that launch near its end or after it.
    """

    by_day: pl.DataFrame
    launches: pl.DataFrame


@dataclass(frozen=True)
class OpenDay:
    """A business date that has not closed everywhere.

    Attributes:
        seen: sales of its full hours so far, as `sense_demand` reads them.
        profile: rows of the contract DayProfile.
        totals: past days by location against their forecast, as `measure_day_factor` reads them.
    """

    seen: pl.DataFrame
    profile: pl.DataFrame
    totals: pl.DataFrame


def forecast_demand(  # noqa: PLR0913  # history, masters, and up to two models
    history: pl.DataFrame,
    assortment: Assortment,
    *,
    as_of: dt.date,
    horizon: int,
    fallback: Mapping[str, str] | None = None,
    model: GlobalForecaster | None = None,
    panel: ModelPanel | None = None,
) -> DemandForecast:
    """Forecast demand by day, as a distribution.

    The trained model forecasts the pairs that it knows, the fallback the rest, and pairs without a
    history are forecast like those that stand in for them. Nothing is expected after an item's exit
    nor while a location is not open.

    Args:
        history: rows of the contract Unconstrained.
        assortment: of the same pairs, and of new ones.
        as_of: last whole day of `history` that is learnt from.
        horizon: days ahead of it.
        fallback: class of series -> model of the fallback; its defaults where missing.
        model: the trained model; missing where the fallback plans alone.
        panel: what `model` is given.

    Raises:
        ValueError: there is a model without a panel, or demand has no meaning (names the row).
    """
    by_day = forecast_baseline(history, horizon=horizon, as_of=as_of, choice=fallback)
    if model is not None:
        if panel is None:
            raise ValueError("a trained model forecasts from a panel, and none is given")
        by_day = _model_first(forecast_panel(model, panel), by_day)
    items, products = assortment.items, assortment.products
    # Launches are forecast before what an item has before its launch is taken out.
    launches = forecast_launches(by_day, items, products)
    by_day = pl.concat([by_day, forecast_new_items(by_day, items, products)])
    by_day, launches = (
        clear_closed_days(clear_days_after_exit(made, products), assortment.locations)
        for made in (by_day, launches)
    )
    return DemandForecast(by_day, launches)


def _model_first(ours: pl.DataFrame, fallback: pl.DataFrame) -> pl.DataFrame:
    """Take the model's forecast, and the fallback's for pairs that the model does not forecast."""
    rest = fallback.join(ours.select(_KEYS).unique(), on=_KEYS, how="anti")
    return pl.concat([ours, rest.select(ours.columns)]).sort(*_KEYS, "date")


def sense_open_day(by_day: pl.DataFrame, day: OpenDay, *, today: dt.date) -> pl.DataFrame:
    """Update a forecast by what an open business date has sold so far.

    Locations that are closed, late or complete keep their forecast, and so does every location
    while there is no profile of a day.

    Args:
        by_day: columns of the contract Forecast but business_date, from `today` on, made without
            the sales of `today`.
        day: what is known of it.
        today: the open business date.

    Returns:
        The rows of the days after `today`.
    """
    if not day.profile.is_empty():
        factor = measure_day_factor(day.totals)
        by_day = sense_demand(by_day, day.seen, day.profile, today=today, factor=factor)
    return by_day.filter(pl.col("date") > today)


def join_launches(made: DemandForecast) -> pl.DataFrame:
    """Join the forecast with that of launches: what plans look ahead by."""
    launching = made.launches.select(_KEYS).unique(maintain_order=True)
    rest = made.by_day.join(launching, on=_KEYS, how="anti", maintain_order="left")
    return pl.concat([rest, made.launches])
