"""Predicted sales at known prices, and what a rise of the price does to them, beside peers.

On orange juice of one chain (Montgomery 1997): sales of 11 brands in 83 stores by week, with the
prices of all brands. Learnt is from the weeks up to a cutoff; of later weeks prices and promotions
are known.

`ours` is `fit_price_response`, which no night uses: nights learn slopes from the retailer's own
changes of price by `estimate_price_responses`, which is measured on built-in retailers, whose
slopes are known.
"""

import datetime as dt
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks.price_peers import PEERS, Peer
from forecasting.price_response import (
    fit_price_response,
    measure_elasticities,
    predict_priced_sales,
)

FloatArray = npt.NDArray[np.float64]

FIRST_WEEK = dt.date(1989, 9, 14)
"""Of the chain's numbering of weeks."""

RISE = 0.1
"""Share by which own prices rise to see whether sales fall."""

QUANTILES = {"q10": 0.1, "q50": 0.5, "q90": 0.9}
"""Of the elasticities that are told."""


def measure(data: Path, cutoff: int, seed: int) -> dict[str, Any]:
    """Figures of ours and of the peers for all weeks after a cutoff.

    Args:
        data: folder of weekly.parquet.
        cutoff: number of the last week that is learnt from.
        seed: of ours and of the peers.

    Raises:
        ValueError: no week lies up to the cutoff, or after it.
    """
    weeks = read_weeks(data)
    last = FIRST_WEEK + dt.timedelta(weeks=cutoff - 1)
    past, later = weeks.filter(pl.col("week") <= last), weeks.filter(pl.col("week") > last)
    if past.is_empty() or later.is_empty():
        raise ValueError(f"no weeks up to week {cutoff}, or none after it")
    started = time.perf_counter()
    response = fit_price_response(past, seed=seed)
    ahead = later.drop("units")
    said = predict_priced_sales(response, ahead)
    raised = measure_elasticities(response, ahead, rise=RISE)
    seconds = time.perf_counter() - started
    return {
        "benchmark": "price-response",
        "cutoff": cutoff,
        "seed": seed,
        "rows": {"learnt": past.height, "scored": later.height},
        "seconds": round(seconds, 1),
        "ours": _score(later, said, raised),
        "peers": {name: _judge(peer, past, later, seed) for name, peer in PEERS.items()},
    }


def read_weeks(data: Path) -> pl.DataFrame:
    """Weeks of brands in stores as frame `sold_weeks`, units being ounces."""
    return (
        pl.read_parquet(data / "weekly.parquet")
        .select(
            sku=pl.col("brand").cast(pl.String).str.zfill(2),
            location=pl.col("store").cast(pl.String).str.zfill(3),
            week=FIRST_WEEK + pl.duration(weeks=pl.col("week").cast(pl.Int64) - 1),
            units=pl.col("ounces_sold").cast(pl.Float64),
            price="price_per_ounce",
            deal=pl.col("deal").cast(pl.Float64),
            feature="feature",
        )
        .sort("sku", "location", "week")
    )


def _judge(peer: Peer, past: pl.DataFrame, later: pl.DataFrame, seed: int) -> dict[str, Any]:
    predict = peer(past, seed)
    said, low, high = predict(later, 0.0)
    keys = later.select("sku", "location", "week")
    bounds = keys.with_columns(
        pl.Series(name, values) for name, values in (("units", said), ("low", low), ("high", high))
    )
    raised = (
        keys.with_columns(units=pl.Series(said), raised=pl.Series(predict(later, RISE)[0]))
        .group_by("sku", "location", maintain_order=True)
        .agg(pl.col("units").sum(), pl.col("raised").sum())
        .with_columns(elasticity=(pl.col("raised") / pl.col("units")).log() / np.log1p(RISE))
    )
    return _score(later, bounds, raised)


def _score(later: pl.DataFrame, said: pl.DataFrame, raised: pl.DataFrame) -> dict[str, Any]:
    """WAPE, share of item-locations whose sales fall, coverage and elasticities."""
    sold = later["units"].to_numpy()
    keys = ["sku", "location", "week"]
    found = later.select(keys).join(said, on=keys, how="left", maintain_order="left")
    held = later["units"].is_between(found["low"], found["high"]).to_numpy()
    falls = raised.select((pl.col("raised") < pl.col("units")).mean()).item()
    elasticity = raised["elasticity"]
    return {
        "wape": round(float(np.abs(sold - found["units"].to_numpy()).sum() / sold.sum()), 4),
        "sign": round(falls, 4),
        "coverage_80": round(float(held.mean()), 4),
        "elasticity": {
            name: round(float(elasticity.quantile(level, "linear") or 0.0), 3)
            for name, level in QUANTILES.items()
        },
    }
