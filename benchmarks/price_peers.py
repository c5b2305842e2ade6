"""What others say of sales at known prices: log-log regressions, and LightGBM on the same data."""

from collections.abc import Callable
from functools import partial
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import stats

FloatArray = npt.NDArray[np.float64]
Said = tuple[FloatArray, FloatArray, FloatArray]
"""Units, and the bounds of an interval of 80 %, by row."""
Predict = Callable[[pl.DataFrame, float], Said]
"""Of weeks, and of a rise of each row's own price."""
Peer = Callable[[pl.DataFrame, int], Predict]

_REACH = float(stats.norm.ppf(0.9))
ALIKE: dict[str, object] = {
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}
"""What makes LightGBM fit the same trees each time."""


def _tabulate(weeks: pl.DataFrame, skus: list[str], rise: float) -> FloatArray:
    """Log own price, log prices of all items (the own among them), deal and feature."""
    shelf = weeks.select(
        pl.col("price")
        .log()
        .filter(pl.col("sku") == sku)
        .first()
        .over("location", "week")
        .alias(sku)
        for sku in skus
    ).to_numpy()
    own = (weeks["sku"].to_numpy()[:, None] == np.array(skus)).astype(float)
    step = np.log1p(rise)
    price = np.log(weeks["price"].to_numpy()) + step
    shelf = np.nan_to_num(shelf + step * own, nan=float(np.nanmean(shelf)))
    return np.column_stack([price, shelf, weeks.select("deal", "feature").to_numpy()])


def _bound(said: FloatArray, deviation: FloatArray | float) -> Said:
    reach = _REACH * deviation
    return np.exp(said), np.exp(said - reach), np.exp(said + reach)


def regress_by_brand(past: pl.DataFrame, seed: int) -> Predict:
    """Log-log with the prices of all brands, a regression a brand with a level for each store."""
    del seed  # it draws nothing
    skus, places = past["sku"].unique().sort().to_list(), past["location"].unique().sort().to_list()

    def tabulate(weeks: pl.DataFrame, rise: float) -> FloatArray:
        store = (weeks["location"].to_numpy()[:, None] == np.array(places)).astype(float)
        return np.hstack([store, _tabulate(weeks, skus, rise)[:, 1:]])

    values, units = tabulate(past, 0.0), np.log(past["units"].to_numpy())
    fitted = {}
    for sku in skus:
        rows = (past["sku"] == sku).to_numpy()
        found, *_ = np.linalg.lstsq(values[rows], units[rows], rcond=None)
        fitted[sku] = found, float(np.std(units[rows] - values[rows] @ found))

    def predict(weeks: pl.DataFrame, rise: float) -> Said:
        asked = tabulate(weeks, rise)
        factors = np.array([fitted[sku][0] for sku in weeks["sku"]])
        return _bound((asked * factors).sum(1), np.array([fitted[sku][1] for sku in weeks["sku"]]))

    return predict


def regress_pooled(past: pl.DataFrame, seed: int) -> Predict:
    """Log-log with one response for all, and a level for each brand in each store."""
    del seed  # it draws nothing
    explained_by = ["own", "shelf", "deal", "feature"]

    def describe(weeks: pl.DataFrame, rise: float) -> pl.DataFrame:
        price = pl.col("price").log()
        count = pl.len().over("location", "week")
        others = (price.sum().over("location", "week") - price) / (count - 1)
        return weeks.with_columns(own=price + np.log1p(rise), shelf=others.fill_nan(None))

    seen = describe(past, 0.0).with_columns(log_units=pl.col("units").log())
    pair = ["sku", "location"]
    usual = seen.group_by(pair, maintain_order=True).agg(
        pl.col("log_units", *explained_by).mean().name.prefix("usual_")
    )
    within = seen.select(
        pl.col(name) - pl.col(name).mean().over(pair) for name in ("log_units", *explained_by)
    )
    values, units = within.select(explained_by).to_numpy(), within["log_units"].to_numpy()
    found, *_ = np.linalg.lstsq(values, units, rcond=None)
    deviation = float(np.std(units - values @ found))

    def predict(weeks: pl.DataFrame, rise: float) -> Said:
        asked = describe(weeks, rise).join(usual, on=pair, how="left", maintain_order="left")
        moved = asked.select(pl.col(name) - pl.col(f"usual_{name}") for name in explained_by)
        return _bound(asked["usual_log_units"].to_numpy() + moved.to_numpy() @ found, deviation)

    return predict


def boost(past: pl.DataFrame, seed: int, *, rounds: int, **more: Any) -> Predict:  # noqa: ANN401  # as LightGBM types them
    """LightGBM on brand, store, all prices, deal and feature."""
    skus, places = past["sku"].unique().sort().to_list(), past["location"].unique().sort().to_list()

    def tabulate(weeks: pl.DataFrame, rise: float) -> FloatArray:
        codes = [np.searchsorted(skus, weeks["sku"]), np.searchsorted(places, weeks["location"])]
        return np.column_stack([*codes, _tabulate(weeks, skus, rise)])

    values, units = tabulate(past, 0.0), np.log(past["units"].to_numpy())
    data = lgb.Dataset(values, units, categorical_feature=[0, 1])
    model = lgb.train({**ALIKE, "seed": seed, **more}, data, num_boost_round=rounds)
    deviation = float(np.std(units - np.asarray(model.predict(values))))
    return lambda weeks, rise: _bound(np.asarray(model.predict(tabulate(weeks, rise))), deviation)


PEERS: dict[str, Peer] = {
    "log-log by brand": regress_by_brand,
    "pooled log-log": regress_pooled,
    "lightgbm": partial(boost, rounds=100),
    "lightgbm, 400 trees of 63 leaves": partial(
        boost, rounds=400, num_leaves=63, learning_rate=0.05
    ),
}
"""What ours is held against, by name."""
