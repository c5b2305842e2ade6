"""Forecasts of FreshRetailNet-50K beside those of statsforecast and mlforecast.

Everybody sees the sales up to the cutoff. We also see what a retailer knows: the hours without
stock, the prices and activities announced for the days ahead, and the days off; of the weather of
the days ahead nobody knows anything, since the data has observations only.

Scored are days without a stock-out. `ours` is what we say of them: demand while the shelf holds
out. `demand of any day` is the forecast that plans are made with, which holds what stock-out days
ask for beyond that, scored on the same days: its bias is what it is meant to have.
"""

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks.demand_peers import MACHINE_LEARNING, PEERS, Measured, run_peers
from benchmarks.demand_scores import LEVELS, score
from forecasting.distribution import interpolate_quantiles
from forecasting.global_model import ModelPanel, build_model_panel, fit_model, forecast_panel
from forecasting.history import HOURS, measure_day_profile, unconstrain_demand
from simulation.importers import Panel, read_panel

PROFILE_EVERY = 5
"""Every so many stores give their hourly sales to the profile of the day."""

Floats = npt.NDArray[np.floating]


def measure(
    data: Path, cutoff: dt.date, horizon: int, peers: list[str], seed: int
) -> dict[str, Any]:
    """Scores, seconds and peak memory of ours and of each peer, and our ratios to them.

    A ratio compares ours with the peer on the series that the peer forecast.

    Args:
        data: folder of FreshRetailNet-50K.
        cutoff: last day that anybody sees.
        horizon: days forecast after it.
        peers: names out of `PEERS`.
        seed: of our training.

    Raises:
        ValueError: the data ends before the horizon does.
    """
    panel = read_panel(data, None)
    days = (cutoff - panel.days[0]).days + 1
    if not 0 < days <= len(panel.days) - horizon:
        raise ValueError(f"the data is from {panel.days[0]} to {panel.days[-1]}")
    ahead = slice(days, days + horizon)
    actual, in_stock = panel.sales[:, ahead], panel.stockout_hours[:, ahead] == 0
    with Measured() as run:
        found = _ours(panel, days, horizon, seed)
    ours = _arrays(found, "_in_stock", actual.shape)
    results: dict[str, Any] = {
        "benchmark": "demand",
        "cutoff": cutoff.isoformat(),
        "horizon": horizon,
        "series": len(actual),
        "days in stock": int(in_stock.sum()),
        "ours": {
            **score(actual, in_stock, *ours),
            "seconds": run.seconds,
            "peak_mb": run.peak_mb,
        },
        "demand of any day": score(actual, in_stock, *_arrays(found, "", actual.shape)),
        "peers": {},
    }
    ratios = {}
    for peer in run_peers(panel.sales[:, :days], panel.days[0], horizon, peers or list(PEERS)):
        seen = actual[peer.rows], in_stock[peer.rows]
        scores = score(*seen, peer.mean, peer.quantiles)
        same = score(*seen, ours[0][peer.rows], ours[1][:, peer.rows])
        results["peers"][peer.name] = {
            **scores,
            "series": len(peer.rows),
            "seconds": peer.seconds,
            "peak_mb": peer.peak_mb,
        }
        ratios[peer.name] = {
            "wape": same["wape"] / scores["wape"],
            "pinball": same["pinball"] / scores["pinball"],
        }
    return {**results, "ours to peer": ratios, **summary(ratios)}


def summary(ratios: dict[str, dict[str, float]]) -> dict[str, float | None]:
    """The least favourable ratio to the peers of each kind that ran.

    Args:
        ratios: our wape and pinball over those of each peer, by its name.
    """
    wape = {name: ratio["wape"] for name, ratio in ratios.items()}
    machine = wape.pop(MACHINE_LEARNING, None)
    return {
        "wape_to_best_statistical": max(wape.values(), default=None),
        "wape_to_mlforecast": machine,
        "pinball_to_best": max((ratio["pinball"] for ratio in ratios.values()), default=None),
    }


def _ours(panel: Panel, days: int, horizon: int, seed: int) -> pl.DataFrame:
    """Forecast in the order of the panel's series, day by day."""
    model_panel = prepare(panel, days, horizon)
    model, _ = fit_model(model_panel, seed=seed)
    ahead = forecast_panel(model, model_panel)
    order = _keys(panel).with_row_index("series")
    return ahead.join(order, on=["sku", "location"]).sort("series", "date")


def _arrays(
    found: pl.DataFrame, kind: str, shape: tuple[int, ...]
) -> tuple[npt.NDArray[np.float64], Floats]:
    """Mean and quantiles of a forecast, [series, days] and [levels, series, days]."""
    mean, variance = (found[f"{name}{kind}"].to_numpy() for name in ("mean", "variance"))
    quantiles = interpolate_quantiles(mean, variance, LEVELS).astype(np.float32)
    return mean.reshape(shape), quantiles.reshape(-1, *shape)


def prepare(panel: Panel, days: int, horizon: int) -> ModelPanel:
    """What a retailer knows on the cutoff, as the model's panel."""
    profile = measure_day_profile(_hourly(panel, days))
    keys = _keys(panel)
    rows = _long(panel, keys, days)
    history = rows.select(
        "region",
        "sku",
        "location",
        "date",
        pl.Series("sales", panel.sales[:, :days].ravel()),
        pl.Series("out_of_stock", (panel.stockout_hours[:, :days] > 0).ravel()),
        pl.Series("stockout_hours", panel.stockout_hours[:, :days].ravel().astype(np.int64)),
        pl.Series("stockout_mask", panel.stockout_mask[:, :days].ravel().astype(np.int64)),
        pl.lit(value=False).alias("closed"),
    )
    length = days + horizon
    offers = _long(panel, keys, length).select(
        "sku",
        "location",
        "date",
        pl.Series("price", panel.discount[:, :length].ravel().astype(np.float64)),
        pl.Series("promoted", panel.activity[:, :length].ravel()),
        pl.lit(panel.days[0]).alias("announced_on"),
    )
    city = pl.col("city_id").cast(pl.String)
    return build_model_panel(
        unconstrain_demand(history, profile),
        keys.select("sku", "category").unique().sort("sku"),
        # A share of zero is a price that the data does not tell.
        offers.with_columns(price=pl.when(pl.col("price") > 0).then("price").otherwise(1.0)),
        panel.holidays.select(city.alias("region"), pl.col("dt").alias("date")),
        pl.DataFrame(schema={"location": pl.String, "date": pl.Date}),
        pl.DataFrame(schema=_NO_WEATHER),
        as_of=panel.days[days - 1],
        horizon=horizon,
    )


_NO_WEATHER = {
    "region": pl.String,
    "issued_on": pl.Date,
    "date": pl.Date,
    "temperature": pl.Float64,
    "rain": pl.Float64,
}


def _keys(panel: Panel) -> pl.DataFrame:
    return panel.series.select(
        pl.col("city_id").cast(pl.String).alias("region"),
        pl.col("product_id").cast(pl.String).alias("sku"),
        pl.col("store_id").cast(pl.String).alias("location"),
        pl.col("third_category_id").cast(pl.String).alias("category"),
    )


def _long(panel: Panel, keys: pl.DataFrame, days: int) -> pl.DataFrame:
    """Keys of every series on each of the first days."""
    dates = pl.Series("date", panel.days[:days])
    row = np.repeat(np.arange(keys.height), days)
    return keys[row].with_columns(dates[np.tile(np.arange(days), keys.height)])


def _hourly(panel: Panel, days: int) -> pl.DataFrame:
    """Hourly sales of a sample of stores on days without any hour out of stock."""
    stores = panel.series["store_id"].to_numpy()
    rows = np.flatnonzero(np.isin(stores, np.unique(stores)[::PROFILE_EVERY]))
    whole = panel.stockout_mask[rows, :days] == 0
    units = panel.hourly[rows, :days].reshape(-1, HOURS)
    cell, hour = np.nonzero(units * whole.ravel()[:, None])
    return _keys(panel)[rows[cell // days]].select(
        "region",
        "location",
        "sku",
        date=pl.Series(panel.days[:days])[cell % days],
        hour=pl.Series(hour.astype(np.int64)),
        units=pl.Series(units[cell, hour].astype(np.int64)),
    )
