"""The global forecast: model of the mean, of its spread, and of stock-out days, as one.

`fit_model` trains all of it and says how it did on its backtest; `forecast_panel` gives the
predictive distribution of every pair; `pack_model` and `unpack_model` carry it through the
registry.
"""

import datetime as dt
import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.boosting import read_trees
from forecasting.distribution import (
    add_stock_outs,
    classify_volume,
    estimate_stock_out_share,
    estimate_surge,
)
from forecasting.global_model.backtest import Origin, backtest
from forecasting.global_model.features import measure_groups
from forecasting.global_model.mean_model import build_horizon_rows, chunks, score, train
from forecasting.global_model.panel import ModelPanel, find_rest_days
from forecasting.global_model.spread import Spread, fit_spread

if TYPE_CHECKING:
    from lightgbm import Booster

FloatArray = npt.NDArray[np.float64]

MODEL = "global_lightgbm"

FITS_AT_ONCE = 4
"""Most models that are fitted beside each other, whatever the cores: each holds its rows twice."""

_FILES = ("mean.txt", "spread.txt", "tables.json")


@dataclass(frozen=True)
class GlobalForecaster:
    """A trained model.

    Attributes:
        mean: factor on a pair's base while in stock.
        spread: variance and correlation around it.
        surge: demand of stock-out days over the mean, by volume class.
    """

    mean: "Booster"
    spread: Spread
    surge: FloatArray


def fit_model(panel: ModelPanel, *, seed: int) -> tuple[GlobalForecaster, list[Origin]]:
    """Train on the whole panel; learn spread and surge from backtests, and return these too.

    Models are fitted beside each other, a core each: what they find does not depend on how many.

    Args:
        panel: history and announced future.
        seed: of everything drawn.

    Raises:
        ValueError: the history is too short, or too little of it is in stock.
    """
    with ThreadPoolExecutor(min(FITS_AT_ONCE, os.cpu_count() or 1)) as workers:
        backtested = backtest(panel, workers, seed=seed)
        last = workers.submit(lambda: train(panel, measure_groups(panel), seed=seed))
        origins, mean = list(backtested), last.result()
    expected, demand = [], []
    for origin in origins:
        out = np.isfinite(origin.demand) & ~origin.in_stock
        expected.append(origin.mean[out].astype(np.float64))
        demand.append(origin.demand[out].astype(np.float64))
    model = GlobalForecaster(
        mean=mean,
        spread=fit_spread(origins, panel.sku, seed=seed),
        surge=estimate_surge(np.concatenate(expected), np.concatenate(demand)),
    )
    return model, origins


def forecast_panel(model: GlobalForecaster, panel: ModelPanel) -> pl.DataFrame:
    """Predictive distribution of every pair over the panel's horizon.

    Returns:
        The columns of the contract Forecast but business_date, sorted by key. Pairs of a sku
        without any known demand are left out.
    """
    parts = list(forecast_parts(model, panel))
    return pl.concat(parts).sort("sku", "location", "date")


def forecast_parts(model: GlobalForecaster, panel: ModelPanel) -> Iterator[pl.DataFrame]:
    """Forecast in parts of some thousand pairs, for a network that does not fit into memory."""
    groups = measure_groups(panel)
    share = estimate_stock_out_share(np.isfinite(panel.demand), panel.in_stock)
    rests = find_rest_days(panel)[:, panel.weekday[panel.days :]]
    heard_of = np.isfinite(groups.sku_level[panel.sku, panel.days - 1])
    for every in chunks(panel):
        pairs = every[heard_of[every]]
        if not len(pairs):
            continue
        rows = build_horizon_rows(panel, groups, pairs, panel.horizon)
        mean = score(model.mean, rows)
        variance = model.spread.variance(rows.values, mean)
        shape = (len(pairs), panel.horizon)
        closed = rests[pairs]
        mean = np.where(closed, 0.0, mean.reshape(shape))
        variance = np.where(closed, 0.0, variance.reshape(shape))
        yield _frame(panel, pairs, (mean, variance), model, share[pairs])


def pack_model(model: GlobalForecaster) -> dict[str, bytes]:
    """Turn a model into files by name."""
    tables = {
        "alpha": model.spread.alpha,
        "scale": model.spread.scale.tolist(),
        "correlation": model.spread.correlation.tolist(),
        "common_variation": model.spread.common_variation,
        "surge": model.surge.tolist(),
    }
    contents = (
        model.mean.model_to_string(),
        model.spread.booster.model_to_string(),
        json.dumps(tables, indent=1),
    )
    return {name: text.encode() for name, text in zip(_FILES, contents, strict=True)}


def unpack_model(files: Mapping[str, bytes]) -> GlobalForecaster:
    """Read back the model that `pack_model` wrote.

    Raises:
        KeyError: a file is missing.
    """
    mean, spread, tables = (files[name].decode() for name in _FILES)
    found = json.loads(tables)
    return GlobalForecaster(
        mean=read_trees(mean),
        spread=Spread(
            booster=read_trees(spread),
            alpha=float(found["alpha"]),
            scale=np.array(found["scale"]),
            correlation=np.array(found["correlation"]),
            common_variation=float(found["common_variation"]),
        ),
        surge=np.array(found["surge"]),
    )


def _frame(
    panel: ModelPanel,
    pairs: npt.NDArray[np.int64],
    moments: tuple[FloatArray, FloatArray],
    model: GlobalForecaster,
    share: FloatArray,
) -> pl.DataFrame:
    mean_in_stock, variance_in_stock = moments
    mean, variance = add_stock_outs(mean_in_stock, variance_in_stock, share, model.surge)
    horizon = mean.shape[1]
    row = np.repeat(np.arange(len(pairs)), horizon)
    dates = pl.Series([panel.as_of + dt.timedelta(days=day + 1) for day in range(horizon)])
    correlation = model.spread.correlation[classify_volume(mean_in_stock.mean(axis=1))]
    # No more than the days of the pair share.
    squares = mean.sum(axis=1) ** 2
    most = np.zeros_like(squares)
    roots = np.sqrt(variance).sum(axis=1) ** 2
    np.divide(correlation * roots, squares, out=most, where=squares > 0)
    common = np.minimum(model.spread.common_variation, most)
    return panel.pairs[pairs][row].select(
        "region",
        "sku",
        "location",
        date=dates[np.tile(np.arange(horizon), len(pairs))],
        mean=pl.Series(mean.ravel()),
        variance=pl.Series(variance.ravel()),
        correlation=pl.Series(correlation[row]),
        common_variation=pl.Series(common[row]),
        mean_in_stock=pl.Series(mean_in_stock.ravel()),
        variance_in_stock=pl.Series(variance_in_stock.ravel()),
        model=pl.lit(MODEL),
    )


def compare_with_demand(model: GlobalForecaster, origin: Origin) -> pl.DataFrame:
    """Put the forecasts of a backtest origin beside demand on days in stock.

    Returns:
        mean, variance, demand; a row a day in stock.
    """
    kept = origin.in_stock & np.isfinite(origin.demand)
    mean = origin.mean[kept].astype(np.float64)
    values = origin.values.reshape(*kept.shape, -1)[kept]
    return pl.DataFrame(
        {
            "mean": mean,
            "variance": model.spread.variance(values, mean),
            "demand": origin.demand[kept].astype(np.float64),
        }
    )
