"""How steeply the sales of each item fall with its price, shrunk to what all items do.

With y the log of units and p that of the price, each less its mean over the weeks of the
item-location, the slope b of an item is that of

    y = b p + c (mean price of its location's other items) + d deal + f feature

so that differences between items and between stores are gone: it tells what changes of price did,
and not which items are dear. Weeks are shared by the stores of a chain, so the deviation of b lets
errors of one week hang together (Liang and Zeger, Longitudinal data analysis using generalized
linear models, Biometrika 73, 1986). Slopes are shrunk to that of all items by the share of their
variance that is theirs and not the estimate's (DerSimonian and Laird, Meta-analysis in clinical
trials, Controlled Clinical Trials 7, 1986).
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.price_response.shelf import ITEM_LOCATION

FloatArray = npt.NDArray[np.float64]

LEAST_SLOPE: Final = -0.2
"""No response is taken to be weaker than that: sales never rise with the price."""

_EXPLAINED_BY: Final = ("log_price", "shelf_price", "deal", "feature")
_LEAST_WEEKS: Final = 8
"""Weeks below which an item's own slope says nothing."""


def learn_slopes(seen: pl.DataFrame) -> pl.DataFrame:
    """Learn the slope of each item.

    Args:
        seen: what `describe_shelf` gives, with log_units.

    Returns:
        sku, slope (of log units by log price, at most LEAST_SLOPE) and deviation (of the item's own
        estimate, missing where its weeks tell none), sorted by sku.
    """
    within = _take_means_out(seen)
    every, _ = _fit(within)
    skus = within["sku"].unique().sort()
    own = [_fit(within.filter(pl.col("sku") == sku)) for sku in skus]
    slope = np.array([found for found, _ in own])
    deviation = np.array([error for _, error in own])
    known = np.isfinite(deviation)
    shared = np.full(len(own), every)
    if known.any():
        weight = _weigh_own(slope[known], deviation[known])
        shared[known] = weight * slope[known] + (1 - weight) * every
    return pl.DataFrame(
        {
            "sku": skus,
            "slope": np.minimum(shared, LEAST_SLOPE),
            "deviation": pl.Series(deviation).fill_nan(None),
        }
    )


def _take_means_out(seen: pl.DataFrame) -> pl.DataFrame:
    """What is explained and by what, less the mean of the item-location, and the week."""
    others = pl.col("log_price") - pl.col("beside_shelf")
    names = ("log_units", *_EXPLAINED_BY)
    return seen.with_columns(shelf_price=others).select(
        "sku", "week", *(pl.col(name) - pl.col(name).mean().over(ITEM_LOCATION) for name in names)
    )


def _fit(within: pl.DataFrame) -> tuple[float, float]:
    """Slope and its deviation; the latter not a number where too little is known."""
    values = within.select(_EXPLAINED_BY).to_numpy()
    units = within["log_units"].to_numpy()
    found, *_ = np.linalg.lstsq(values, units, rcond=None)
    week = within["week"].rank("dense").to_numpy() - 1
    weeks = int(week.max()) + 1
    if weeks < _LEAST_WEEKS or np.ptp(values[:, 0]) == 0:
        return float(found[0]), float("nan")
    influence = values * (units - values @ found)[:, None]
    by_week = np.stack([np.bincount(week, column, weeks) for column in influence.T])
    spread = np.linalg.pinv(values.T @ values)
    variance = spread @ (by_week @ by_week.T) @ spread
    return float(found[0]), float(np.sqrt(variance[0, 0]))


def _weigh_own(slope: FloatArray, deviation: FloatArray) -> FloatArray:
    """The share of each slope that is the item's own."""
    precision = deviation**-2.0
    mean = (precision @ slope) / precision.sum()
    excess = precision @ (slope - mean) ** 2 - (len(slope) - 1)
    scale = precision.sum() - (precision @ precision) / precision.sum()
    between = max(excess / scale, 0.0) if scale > 0 else 0.0
    return np.asarray(between / (between + deviation**2))
