"""A small retailer whose true demand is known, and models trained on it."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest

from forecasting.global_model.forecaster import fit_model
from forecasting.global_model.panel import WEATHER, build_model_panel

AS_OF = dt.date(2025, 6, 1)
DAYS, HORIZON = 112, 14
SKUS, LOCATIONS = 30, 10
WEEKDAYS = np.array([0.9, 0.85, 0.9, 0.95, 1.05, 1.0, 1.0])
DAY_OFF, PROMOTION, ALPHA = 1.35, 1.8, 0.25


@dataclass(frozen=True)
class Retailer:
    """Arrays are [pair, day and day ahead], pairs in the order of the panel's."""

    history: pl.DataFrame
    frames: dict
    mean: np.ndarray
    demand: np.ndarray
    promoted: np.ndarray

    def panel(self, history=None, **frames):
        frames = {**self.frames, **frames}
        rows = self.history if history is None else history
        return build_model_panel(rows, **frames, as_of=AS_OF, horizon=HORIZON)

    @property
    def mean_ahead(self):
        return self.mean[:, DAYS:]

    @property
    def demand_ahead(self):
        return self.demand[:, DAYS:]


def _long(pairs, first, days, **columns):
    row = np.repeat(np.arange(pairs.height), days)
    dates = pl.Series([first + dt.timedelta(days=day) for day in range(days)])
    return pairs[row].with_columns(
        date=dates[np.tile(np.arange(days), pairs.height)],
        **{name: pl.Series(values.ravel()) for name, values in columns.items()},
    )


def simulate(seed, *, shared=0.0, stock_outs=False):
    """Negative binomial demand; `shared` is the squared variation of a pair's 14-day factor.

    With `stock_outs` the shelf runs empty on most days on which more is asked for than usual; what
    was asked for is then known without error.
    """
    rng = np.random.default_rng(seed)
    count, length = SKUS * LOCATIONS, DAYS + HORIZON
    first = AS_OF - dt.timedelta(days=DAYS - 1)
    names = pl.DataFrame(
        {
            "sku": [f"i{sku:02d}" for sku in range(SKUS) for _ in range(LOCATIONS)],
            "location": [f"s{place:02d}" for place in range(LOCATIONS)] * SKUS,
        }
    )
    pairs = names.select(
        pl.lit("north").alias("region"),
        "sku",
        "location",
    )
    level = (rng.lognormal(0.8, 0.6, (SKUS, 1)) * rng.lognormal(0, 0.4, (1, LOCATIONS))).ravel()
    weekday = (first.weekday() + np.arange(length)) % 7
    holiday = rng.random(length) < 0.05
    off = (weekday >= 5) | holiday
    weeks = rng.random((count, length // 7 + 1)) < 0.15
    promoted = np.repeat(weeks, 7, axis=1)[:, :length]
    mean = (
        level[:, None]
        * (WEEKDAYS[weekday] * np.where(off, DAY_OFF, 1.0))
        * np.where(promoted, PROMOTION, 1.0)
    )
    rate = mean
    if shared:
        # Each pair's blocks begin on days of its own.
        block = (np.arange(length) + rng.integers(0, 14, (count, 1))) // 14
        factor = rng.gamma(1 / shared, shared, (count, block.max() + 1))
        rate = mean * np.take_along_axis(factor, block, axis=1)
    demand = rng.poisson(rate * rng.gamma(1 / ALPHA, ALPHA, mean.shape)).astype(float)
    busy = demand[:, :DAYS] > 1.2 * mean[:, :DAYS]
    censored = busy & (rng.random(busy.shape) < 0.6) & stock_outs
    history = _long(pairs, first, DAYS, demand=demand[:, :DAYS], censored=censored).with_columns(
        closed=pl.lit(value=False), sales=pl.col("demand").cast(pl.Int64)
    )
    offers = (
        _long(names, first, length, promoted=promoted)
        .filter("promoted")
        .with_columns(price=0.75, announced_on=first - dt.timedelta(days=1))
    )
    days_off = [first + dt.timedelta(days=int(day)) for day in np.flatnonzero(holiday)]
    frames = {
        "items": names.select("sku").unique().with_columns(category=pl.lit("food")).sort("sku"),
        "offers": offers,
        "days_off": pl.DataFrame(
            {"region": ["north"] * len(days_off), "date": days_off},
            schema={"region": pl.String, "date": pl.Date},
        ),
        "events": pl.DataFrame(schema={"location": pl.String, "date": pl.Date}),
        "weather": no_weather(),
    }
    return Retailer(history, frames, mean, demand, promoted)


def no_weather():
    measures = dict.fromkeys(WEATHER, pl.Float64)
    return pl.DataFrame(
        schema={"region": pl.String, "issued_on": pl.Date, "date": pl.Date, **measures}
    )


@pytest.fixture(scope="session")
def retailer():
    return simulate(1)


@pytest.fixture(scope="session")
def promotion():
    """How many times its usual demand a promoted item sells."""
    return PROMOTION


@pytest.fixture(scope="session")
def trained(retailer):
    """Model of `retailer` and its backtest."""
    return fit_model(retailer.panel(), seed=7)


@pytest.fixture(scope="session")
def swinging():
    """A retailer whose pairs have a factor in common over 14 days."""
    return simulate(2, shared=0.15)


@pytest.fixture(scope="session")
def running_out():
    """A retailer whose shelves run empty on busy days."""
    return simulate(3, stock_outs=True)
