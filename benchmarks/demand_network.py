"""The global model at the size of a network: seconds and peak memory of scoring all pairs.

Demand is drawn, so nothing is said of accuracy: a level by item and store, weekends, promotions
and negative binomial noise. The model is trained on a small network of the same kind.
"""

import datetime as dt
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl

from benchmarks.demand_peers import Measured
from forecasting.global_model import WEATHER, ModelPanel, fit_model, forecast_parts

DAYS = 84
HORIZON = 28
REGIONS = 8
BLOCK = 50_000
AS_OF = dt.date(2025, 6, 1)
TRAINED_LOCATIONS = 2
DISPERSION = 3.0
"""Shape of the noise of a day."""


def measure(series: int, locations: int, seed: int) -> dict[str, Any]:
    """Train on a small network, score a large one part by part into parquet files.

    Args:
        series: pairs to score.
        locations: stores among which they are shared out evenly.
        seed: of demand and training.
    """
    items = series // locations
    small = draw_network(items, TRAINED_LOCATIONS, seed)
    started = time.perf_counter()
    model, _ = fit_model(small, seed=seed)
    trained = time.perf_counter() - started
    panel = draw_network(items, locations, seed + 1)
    rows = 0
    with TemporaryDirectory() as folder, Measured() as run:
        for number, part in enumerate(forecast_parts(model, panel)):
            part.write_parquet(Path(folder) / f"{number:05d}.parquet")
            rows += part.height
    return {
        "benchmark": "demand network",
        "series": panel.pairs.height,
        "horizon": HORIZON,
        "rows": rows,
        "seconds": run.seconds,
        "peak_mb": run.peak_mb,
        "training_seconds": trained,
        "training_series": small.pairs.height,
    }


def draw_network(items: int, locations: int, seed: int) -> ModelPanel:
    """Panel of every item at every location."""
    rng = np.random.default_rng(seed)
    count = items * locations
    sku = np.repeat(np.arange(items), locations)
    location = np.tile(np.arange(locations), items)
    length = DAYS + HORIZON
    first = AS_OF - dt.timedelta(days=DAYS - 1)
    off = (first.weekday() + np.arange(length)) % 7 >= 5  # noqa: PLR2004  # Saturday
    level = rng.gamma(0.6, 1.2, items)[sku] * rng.lognormal(0, 0.5, locations)[location]
    demand = np.empty((count, DAYS), dtype=np.float32)
    price = np.ones((count, length), dtype=np.float32)
    for start in range(0, count, BLOCK):
        rows = slice(start, start + BLOCK)
        promoted = rng.random((len(level[rows]), length // 7)) < 0.1  # noqa: PLR2004
        reduced = np.repeat(promoted, 7, axis=1)
        price[rows] = np.where(reduced, 0.8, 1.0)
        mean = level[rows, None] * np.where(off, 1.4, 1.0) * np.where(reduced, 1.8, 1.0)
        noise = rng.gamma(DISPERSION, 1 / DISPERSION, (len(mean), DAYS))
        demand[rows] = rng.poisson(mean[:, :DAYS] * noise)
    names = [
        pl.Series([f"{prefix}{n:05d}" for n in range(size)])
        for prefix, size in (("R", REGIONS), ("I", items), ("L", locations), ("C", 50))
    ]
    region = location % REGIONS
    category = sku % 50
    pairs = pl.DataFrame(
        {
            "region": names[0][region],
            "sku": names[1][sku],
            "location": names[2][location],
            "category": names[3][category],
        }
    )
    return ModelPanel(
        pairs=pairs,
        sku=sku,
        location=location,
        region=region,
        category=category,
        as_of=AS_OF,
        demand=demand,
        in_stock=np.ones(demand.shape, dtype=bool),
        price=price,
        promoted=price < 1,
        day_off=np.tile(off, (REGIONS, 1)),
        event=np.zeros((locations, length), dtype=bool),
        weather=np.full((len(WEATHER), REGIONS, DAYS, HORIZON), np.nan, dtype=np.float32),
        announced=np.full(price.shape, -1, dtype=np.int16),
    )
