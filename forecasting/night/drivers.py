"""Why the forecasts that a night's actions rest on are what they are."""

import datetime as dt

import numpy as np
import polars as pl

from forecasting.adjust import find_week
from forecasting.distribution import aggregate_groups
from forecasting.global_model import (
    MODEL,
    USUAL,
    GlobalForecaster,
    ModelPanel,
    Rows,
    build_horizon_rows,
    explain_forecast,
    find_rest_days,
    measure_groups,
)
from forecasting.night.demand import PricedOffers
from forecasting.price_response import measure_offer_effects

_KEYS = ["sku", "location"]

FACTORS = {
    "season": "time of year",
    "event": "events",
    "launch": "launch and end of the item",
    "offered": "promotion and price",
}
"""What moves the fallback's forecast from its level, and the words for it."""


def choose_explained(actions: pl.DataFrame, forecast: pl.DataFrame, *, most: int) -> pl.DataFrame:
    """Choose the pairs that people are asked about first, of those with a forecast.

    Args:
        actions: sku, destination and benefit of the contract Proposals, and waits: whether people
            must decide it.
        forecast: rows of the contract Forecast.
        most: pairs at most.

    Returns:
        sku, location, waits, benefit: those that wait first, then the most valuable.
    """
    known = forecast.select(_KEYS).unique(maintain_order=True)
    return (
        actions.select("sku", pl.col("destination").alias("location"), "waits", "benefit")
        .group_by(_KEYS, maintain_order=True)
        .agg(pl.col("waits", "benefit").max())
        .join(known, on=_KEYS, how="semi")
        .sort("waits", "benefit", *_KEYS, descending=[True, True, False, False])
        .head(most)
    )


def explain_forecasts(  # noqa: PLR0913  # what was forecast, by what, and up to two models
    asked: pl.DataFrame,
    forecast: pl.DataFrame,
    seasons: pl.DataFrame,
    priced: PricedOffers,
    *,
    last_day: dt.date,
    model: GlobalForecaster | None = None,
    panel: ModelPanel | None = None,
) -> pl.DataFrame:
    """Split the demand expected up to a day into what drives it, whoever forecast it.

    Args:
        asked: what `choose_explained` gives: the pairs to explain.
        forecast: rows of the contract Forecast.
        seasons: rows of the contract SeasonFactors.
        priced: offers of the days ahead, and what they do.
        last_day: last day that counts.
        model: the trained model; missing where the fallback planned alone.
        panel: what `model` is given, up to `last_day`.

    Returns:
        The columns of the contract ForecastDrivers without business_date; sorted by item, location
        and driver.
    """
    effects = measure_offer_effects(priced.offers, priced.responses)
    explained = _explain_fallback(forecast, seasons, effects, asked, last_day)
    if model is not None and panel is not None:
        trained = _explain_trained(model, panel, forecast, asked)
        explained = pl.concat([explained, trained.select(explained.columns)])
    return explained.sort(*_KEYS, "driver")


def _explain_trained(
    model: GlobalForecaster, panel: ModelPanel, forecast: pl.DataFrame, asked: pl.DataFrame
) -> pl.DataFrame:
    """What the trained model expects over the horizon of its panel, of the pairs it forecast."""
    days = panel.horizon
    ours = asked.join(forecast.filter(model=MODEL), on=_KEYS, how="semi")
    pairs = panel.pairs.with_row_index("pair").join(ours, on=_KEYS, how="semi")
    numbers = pairs["pair"].to_numpy().astype(np.int64)
    rows = build_horizon_rows(panel, measure_groups(panel), numbers, days)
    # Nothing is forecast of the days on which a location rests.
    (opens,) = np.nonzero(~find_rest_days(panel)[numbers][:, panel.weekday[panel.days :]].ravel())
    pair_of_row = pl.DataFrame({"row": np.arange(len(opens)), "number": opens // days})
    return (
        explain_forecast(model.mean, Rows(rows.values[opens], rows.base[opens]))
        .join(pair_of_row, on="row", maintain_order="left")
        .with_columns(pl.col("number").cast(pl.UInt32))
        .group_by("number", "driver", maintain_order=True)
        .agg(pl.col("units").sum())
        .join(pairs.drop("pair").with_row_index("number"), on="number")
        .select("region", *_KEYS, "driver", "units")
    )


def _explain_fallback(
    forecast: pl.DataFrame,
    seasons: pl.DataFrame,
    effects: pl.DataFrame,
    asked: pl.DataFrame,
    last_day: dt.date,
) -> pl.DataFrame:
    """What the fallback expects, as its level and what is put on it, of the pairs it forecast.

    The mean of a day in stock is a level times factors, of which a factor f moves the level l to
    the mean m by (m - l) log f / log(m / l): the shares of the logarithmic mean index (Ang 2004),
    which leave nothing unexplained.
    """
    days = (
        forecast.filter(pl.col("model") != MODEL, pl.col("date") <= last_day)
        .join(asked, on=_KEYS, how="semi", maintain_order="left")
        .join(
            effects.select(*_KEYS, "date", offered="effect"),
            on=[*_KEYS, "date"],
            how="left",
            maintain_order="left",
        )
    )
    weeks = seasons.select("sku", "week", "season", "event", "launch")
    known = (
        days.with_columns(week=find_week(weeks))
        .join(weeks, on=["sku", "week"], how="left", maintain_order="left")
        .with_columns(pl.col(*FACTORS).fill_null(1.0))
    )
    log = pl.sum_horizontal(pl.col(name).log() for name in FACTORS)
    level = pl.col("mean_in_stock") / log.exp()
    slope = (
        pl.when(log.abs() > 1e-9)  # noqa: PLR2004  # no move at all
        .then((pl.col("mean_in_stock") - level) / log)
        .otherwise(level)
    )
    parts = known.select(
        "region",
        *_KEYS,
        "date",
        level.alias(USUAL),
        *((slope * pl.col(name).log()).alias(words) for name, words in FACTORS.items()),
    )
    units = parts.unpivot(
        index=["region", *_KEYS, "date"], variable_name="driver", value_name="units"
    ).sort(*_KEYS, "driver", "date")
    return aggregate_groups(units, ["region", *_KEYS, "driver"], pl.col("units").sum())
