"""Unconstrained demand: what would have sold on days when the shelf ran empty.

Stock-out days are kept. Dropping them leaves the days on which little was asked for, and is worse
than taking sales for demand.
"""

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import stats

FloatArray = npt.NDArray[np.float64]

OPENING_HOURS = 16
"""Hours a day on which stock-out hours are counted, where nothing better is said."""

WEEKDAY_PRIOR_DAYS = 4.0
"""Days of the pair's own level that a weekday's mean is shrunk by."""

RATE_PRIOR_DAYS = 2.0
"""Days of expected demand that the rate seen in the hours with stock is shrunk by."""

_PAIR = ["sku", "location"]


def unconstrain(history: pl.DataFrame, *, opening_hours: int = OPENING_HOURS) -> pl.DataFrame:
    """Estimate the demand of every day, stock-outs undone.

    A day in stock: demand is sales. A stock-out day with known hours: sales plus the share of the
    day without stock times a gamma-Poisson rate, which weighs the sales of the hours with stock
    against `RATE_PRIOR_DAYS` days of what the weekday is expected to sell; with few hours in stock
    it falls back on the expectation instead of blowing up sales / share. A stock-out day without
    hours: the mean of a Poisson with that expectation, given that it is at least the sales. The
    expectation is the weekday's mean over the pair's days in stock, shrunk to the mean of all of
    them; a pair that never was in stock keeps its sales. Closed days and days with unknown sales
    have no estimate.

    Args:
        history: region, sku, location, date, sales (units, null where unknown), out_of_stock,
            stockout_hours (null where unknown), closed.
        opening_hours: hours in an opening day, of which `stockout_hours` are a part.

    Returns:
        The columns of the contract Unconstrained but business_date, sorted by key.
    """
    known = pl.col("sales").is_not_null() & ~pl.col("closed")
    sales = pl.col("sales").cast(pl.Float64)
    in_stock = known & ~pl.col("out_of_stock")
    without = (pl.col("stockout_hours") / opening_hours).clip(0, 1)
    rate = (sales + RATE_PRIOR_DAYS * pl.col("expected")) / (1 - without + RATE_PRIOR_DAYS)
    estimate = pl.coalesce(sales + without * rate, "by_close", sales)
    frame = history.with_columns(_expected(sales, in_stock))
    return (
        frame.with_columns(_by_close(frame))
        .select(
            "region",
            "sku",
            "location",
            "date",
            "sales",
            demand=pl.when(in_stock).then(sales).when(known).then(estimate),
            censored=pl.col("out_of_stock"),
            closed=pl.col("closed"),
        )
        .sort("sku", "location", "date")
    )


def _by_close(frame: pl.DataFrame) -> pl.Series:
    """Estimate of the days of which only the empty shelf at the close is known; null elsewhere."""
    asked = frame.select(
        pl.col("out_of_stock")
        & pl.col("stockout_hours").is_null()
        & pl.col("sales").is_not_null()
        & pl.col("expected").is_not_null()
    ).to_series()
    rows = frame.filter(asked)
    found = np.full(frame.height, np.nan)
    found[asked.to_numpy()] = _mean_at_least(
        rows["sales"].cast(pl.Float64).to_numpy(), rows["expected"].to_numpy()
    )
    return pl.Series("by_close", found).fill_nan(None)


def _mean_at_least(sales: FloatArray, mean: FloatArray) -> FloatArray:
    """E[D | D >= sales] of a Poisson; the sales where they lie beyond what it can say.

    By size biasing, E[D; D >= s] = m P(D >= s - 1).
    """
    tail = stats.poisson.sf(sales - 1, mean)
    above = mean * stats.poisson.sf(sales - 2, mean)
    ratio = np.divide(above, tail, out=sales.copy(), where=tail > 0)
    return np.asarray(np.maximum(ratio, sales))


def _expected(sales: pl.Expr, in_stock: pl.Expr) -> pl.Expr:
    """What a weekday sells at a pair while in stock; null where it never was."""
    weekday = [*_PAIR, pl.col("date").dt.weekday()]
    seen = sales.filter(in_stock)
    level = seen.mean().over(_PAIR)
    total, days = seen.sum().over(weekday), seen.len().over(weekday)
    shrunk = (total + WEEKDAY_PRIOR_DAYS * level) / (days + WEEKDAY_PRIOR_DAYS)
    return shrunk.alias("expected")
