"""The demand forecast of a night: who forecasts which pair, and what masters take out of it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from forecasting.adjust import (
    add_offers,
    add_offers_of_weeks,
    add_season,
    find_usual_offers,
    forecast_launches,
    forecast_new_items,
    sense_demand,
    take_out_offers,
)
from forecasting.baseline import clear_closed_days, clear_days_after_exit, forecast_baseline
from forecasting.global_model import MODEL, GlobalForecaster, ModelPanel, forecast_panel
from forecasting.history import measure_day_factor
from forecasting.outlook import Outlook, estimate_outlook
from forecasting.price_response import measure_offer_effects
from quality_checks.contracts import OfferEffects, SeasonFactors, find_contract, find_frame

_KEYS = ["sku", "location"]

_UNLIKELY = 0.001
"""Chance of what is sold so far below which it contradicts the forecast, and moves later days."""


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
class PastWeeks:
    """A year and more of sales by week, longer than the days that levels are learnt from.

    Attributes:
        weeks: frame `item_weeks`, the last one ending with the last day that is learnt from.
        items: frame `item_groups`: those that were sold, and those to look ahead for.
        events: frame `event_days`.
    """

    weeks: pl.DataFrame
    items: pl.DataFrame
    events: pl.DataFrame


@dataclass(frozen=True)
class PricedOffers:
    """What was and is offered, but to the whole range, and how demand answers to it.

    Promotions of the whole range are events: items that sell without them are lacking then, and
    the year ahead knows what such days do.

    Attributes:
        offers: frame `offers`, of the days that levels are learnt from and of those ahead.
        responses: rows of the contract PriceResponses.
    """

    offers: pl.DataFrame
    responses: pl.DataFrame


@dataclass(frozen=True)
class DemandForecast:
    """Demand ahead, by day in the columns of the contract Forecast without business_date.

    Attributes:
        by_day: the columns of the contract Forecast without business_date, of the horizon.
        launches: the columns of the contract LaunchForecast without business_date, of the first
            days on sale of pairs that launch near its end or after it.
        seasons: the columns of the contract SeasonFactors without business_date; no rows where
            nothing is known of longer ago.
    """

    by_day: pl.DataFrame
    launches: pl.DataFrame
    seasons: pl.DataFrame


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
    past: PastWeeks | None = None,
    priced: PricedOffers | None = None,
) -> DemandForecast:
    """Forecast demand by day, as a distribution.

    The trained model forecasts the pairs that it knows, the fallback the rest, and pairs without a
    history are forecast like those that stand in for them. The fallback knows what sells now, and
    the season is put on its days; launches are of the season that they fall in. What offers did is
    taken out of the days that it learns from, and what those ahead do is put on theirs; the trained
    model knows offers by itself, and lends new items and launches its days without them. Weeks
    beyond the forecast go on without a promotion that ends. Nothing is expected after an item's
    exit nor while a location is not open.

    Args:
        history: rows of the contract Unconstrained.
        assortment: of the same pairs, and of new ones.
        as_of: last whole day of `history` that is learnt from.
        horizon: days ahead of it.
        fallback: class of series -> model of the fallback; its defaults where missing.
        model: the trained model; missing where the fallback plans alone.
        panel: what `model` is given.
        past: what the year ahead is learnt from; without it there is no season.
        priced: offers and what they do; without it past days are taken for days without any.

    Raises:
        ValueError: there is a model without a panel, or demand has no meaning (names the row).
    """
    outlook = _outlook(past, as_of, horizon)
    seasons = outlook.factors
    effects = _effects(priced)
    by_day = forecast_baseline(
        history,
        horizon=horizon,
        as_of=as_of,
        choice=fallback,
        past=outlook.past,
        offers=effects,
    )
    by_day = add_season(by_day, seasons)
    if model is not None:
        if panel is None:
            raise ValueError("a trained model forecasts from a panel, and none is given")
        by_day = _model_first(forecast_panel(model, panel), by_day)
    items, products, curves = assortment.items, assortment.products, outlook.launches
    usual = find_usual_offers(history, effects, products)
    # What stands in for a new item lends it days without offers: it gets its own.
    plain = _plain_by_day(by_day, effects, usual, as_of)
    # Launches are forecast before what an item has before its launch is taken out.
    launches = forecast_launches(plain, items, products, curves)
    launches = add_season(launches, _after(seasons, as_of + dt.timedelta(days=horizon)))
    by_day = pl.concat([by_day, forecast_new_items(plain, items, products, curves)])
    by_day = _offer_by_day(by_day, effects, usual, as_of)
    launches = add_offers(launches, effects, usual, as_of=as_of)
    seasons = add_offers_of_weeks(seasons, by_day, effects, usual, as_of=as_of)
    by_day, launches = (
        clear_closed_days(clear_days_after_exit(made, products), assortment.locations)
        for made in (by_day, launches)
    )
    return DemandForecast(by_day, launches, seasons)


def _effects(priced: PricedOffers | None) -> pl.DataFrame:
    """What offers do to demand; no rows where none are known."""
    if priced is None:
        return find_frame(OfferEffects).empty()
    return measure_offer_effects(priced.offers, priced.responses)


def _plain_by_day(
    by_day: pl.DataFrame, effects: pl.DataFrame, usual: pl.DataFrame, as_of: dt.date
) -> pl.DataFrame:
    """The days of the forecast as if nothing was offered: a trained model's have it in them."""
    trained = pl.col("model") == MODEL
    plain = take_out_offers(by_day.filter(trained), effects, usual, as_of=as_of)
    return pl.concat([plain, by_day.filter(~trained)]).sort(*_KEYS, "date")


def _offer_by_day(
    by_day: pl.DataFrame, effects: pl.DataFrame, usual: pl.DataFrame, as_of: dt.date
) -> pl.DataFrame:
    """Put on the days of the forecast what is offered, but for a trained model's."""
    rest = pl.col("model") != MODEL
    offered = add_offers(by_day.filter(rest), effects, usual, as_of=as_of)
    return pl.concat([by_day.filter(~rest), offered]).sort(*_KEYS, "date")


def _outlook(past: PastWeeks | None, as_of: dt.date, horizon: int) -> Outlook:
    """The year ahead; nothing where no past is known."""
    if past is None:
        none = pl.DataFrame(schema=find_contract(SeasonFactors).made_schema)
        curves = none.select("category", week=pl.lit(0), factor="factor")
        return Outlook(none, curves, none.select("sku", "week", "factor"))
    return estimate_outlook(past.weeks, past.items, past.events, as_of=as_of, horizon=horizon)


def _after(seasons: pl.DataFrame, last: dt.date) -> pl.DataFrame:
    """What time of year and events do after the day `last`, over its week; 1 until then."""
    week = pl.col("week")
    ends = seasons.filter(week <= last).group_by("sku", maintain_order=True).last()
    base = ends.select("sku", base=pl.col("season") * pl.col("event"))
    factor = pl.col("season") * pl.col("event") / pl.col("base")
    return seasons.join(base, on="sku", maintain_order="left").with_columns(
        factor=pl.when(week <= last).then(1.0).otherwise(factor)
    )


def _model_first(ours: pl.DataFrame, fallback: pl.DataFrame) -> pl.DataFrame:
    """Take the model's forecast, and the fallback's for pairs that the model does not forecast."""
    rest = fallback.join(ours.select(_KEYS).unique(), on=_KEYS, how="anti")
    return pl.concat([ours, rest.select(ours.columns)]).sort(*_KEYS, "date")


def sense_open_day(by_day: pl.DataFrame, day: OpenDay | None, *, today: dt.date) -> pl.DataFrame:
    """Update a forecast by what the business date has sold so far, where it is still open.

    Locations that are closed, late or complete keep their forecast, and so does every location
    while there is no profile of a day, and every pair of which nothing unlikely is seen.

    Args:
        by_day: columns of the contract Forecast but business_date, made without the sales of an
            open day, and from that day on.
        day: what is known of it; None where the business date has closed.
        today: the business date.

    Returns:
        The columns of the contract Forecast without business_date, of the days after `today`.
    """
    if day is not None and not day.profile.is_empty():
        factor = measure_day_factor(day.totals)
        by_day = sense_demand(
            by_day, day.seen, day.profile, today=today, factor=factor, unlikely=_UNLIKELY
        )
    return by_day.filter(pl.col("date") > today)


def join_launches(made: DemandForecast) -> pl.DataFrame:
    """Join the forecast with that of launches: what plans look ahead by.

    Returns:
        The columns of the contract Forecast without business_date.
    """
    launching = made.launches.select(_KEYS).unique(maintain_order=True)
    rest = made.by_day.join(launching, on=_KEYS, how="anti", maintain_order="left")
    return pl.concat([rest, made.launches])
