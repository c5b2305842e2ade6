"""Seasons whose demand and response are known, and the history that a retailer would have of them.

Drawn are 72 seasons: stock for 1.2, 2 and 3.5 times what sells at the full price, 6 and 12 weeks
left, three elasticities, a ladder of two steps and one of six, 4 and 25 units a week. Demand is
negative binomial and falls towards the end. The history is that of twelve items of a category over
half a year, the season's among them, with promotions as retailers run them.
"""

import datetime as dt
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from optimization.markdown import Season, answer_prices
from quality_checks.contracts import MarkdownRules

FloatArray = npt.NDArray[np.float64]

FULL_PRICE, SALVAGE, KEEPING = 100.0, 15.0, 0.1
LOCK_WEEKS = 2
LADDERS = ((100.0, 70.0, 50.0), (100.0, 90.0, 80.0, 70.0, 60.0, 50.0, 40.0))
DISPERSION = 0.1
"""Squared variation of a week beyond Poisson."""

LEVEL_SD = 0.25
"""Deviation of the log of the level around what is forecast before the season."""

_ITEMS, _DAYS, _PROMOTIONS = 12, 182, 5
_TOLD = MarkdownRules().told_in_a_week
_ITEMS_DIFFER = 0.3


class Instance(NamedTuple):
    """A season to sell.

    Attributes:
        forecast: units expected by week at the full price, before the season.
        prices: the ladder.
        slope: log of demand by log of price.
        stock: units.
    """

    forecast: FloatArray
    prices: FloatArray
    slope: float
    stock: int

    def build_season(self, level: float, slope: float, slope_sd: float, level_sd: float) -> Season:
        """The season as one sees it who believes so of its level and slope."""
        mean = self.forecast * level
        wide = mean + mean**2 * (DISPERSION + level_sd**2)
        full = np.full(len(mean), FULL_PRICE)
        answer = answer_prices(mean, wide, full, self.prices, slope=slope, slope_sd=slope_sd)
        return Season(
            *answer, np.full(len(mean), _TOLD), self.prices, self.prices,
            np.full(len(mean), KEEPING), SALVAGE, self.stock, LOCK_WEEKS, 0,
        )  # fmt: skip


def draw_instances() -> list[Instance]:
    """All seasons, in order."""
    found = []
    for cover, weeks, slope, ladder, volume in product(
        (1.2, 2.0, 3.5), (6, 12), (-1.5, -2.5, -3.5), LADDERS, (4.0, 25.0)
    ):
        forecast = volume * np.linspace(1.2, 0.6, weeks)
        stock = round(cover * float(forecast.sum()))
        found.append(Instance(forecast, np.array(ladder), slope, stock))
    return found


def draw_history(instance: Instance, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Frame `priced_days` of a category that the item is the first of, and its items."""
    rng = np.random.default_rng(seed)
    slopes = instance.slope + _ITEMS_DIFFER * rng.standard_normal(_ITEMS)
    slopes[0] = instance.slope
    usual = np.full(_ITEMS, instance.forecast.mean() / 7)
    usual[1:] *= np.exp(0.5 * rng.standard_normal(_ITEMS - 1))
    price = np.ones((_ITEMS, _DAYS))
    for item in range(_ITEMS):
        for start in rng.integers(0, _DAYS - 14, _PROMOTIONS):
            share = 1 - rng.choice([0.15, 0.2, 0.3, 0.4])
            lasts = slice(start, start + int(rng.integers(7, 15)))
            price[item, lasts] = np.minimum(price[item, lasts], share)
    season = 1 + 0.2 * np.sin(2 * np.pi * np.arange(_DAYS) / 365)
    drift = np.exp(np.cumsum(0.02 * rng.standard_normal((_ITEMS, _DAYS)), axis=1))
    mean = usual[:, None] * season * drift * price ** slopes[:, None]
    units = rng.poisson(rng.gamma(1 / DISPERSION, DISPERSION, mean.shape) * mean)
    names = [f"item{number:02}" for number in range(_ITEMS)]
    first = dt.date(2025, 1, 1)
    days = pl.DataFrame(
        {
            "sku": np.repeat(names, _DAYS),
            "style": np.repeat([f"style{number // 3}" for number in range(_ITEMS)], _DAYS),
            "category": ["category"] * mean.size,
            "place": ["everywhere"] * mean.size,
            "date": [first + dt.timedelta(days=day) for day in range(_DAYS)] * _ITEMS,
            "price": price.ravel(),
            "promoted": (price < 1).ravel(),
            "units": units.ravel().astype(float),
            "usual": np.repeat(units.mean(1).clip(1e-3), _DAYS),
        }
    )
    return days, days.select("sku", "style", "category").unique(maintain_order=True)
