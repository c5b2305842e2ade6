"""Unconstrained demand: what would have sold on days when the shelf ran empty.

Stock-out days are kept. Dropping them leaves the days on which little was asked for, and is worse
than taking sales for demand.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.history.censored_counts import Days, demand_at_least
from forecasting.history.censored_pooling import Model, Series, first_model, refit, weekday_factors
from forecasting.history.lost_share import sum_lost_share
from forecasting.history.persistence import DEFAULT_PERSISTENCE
from forecasting.history.phantom_stock import suspected
from quality_checks.contracts import SalesHistory, find_frame

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

LEAST_EXPOSURE = 0.05
"""Share of a day in stock below which sales do not fit the hours: demand was at least them."""

SPIKE = 20.0
"""Sales above this many times the pair's median day with sales count as so many for the rate."""

_KEY = ["sku", "location", "date"]


@dataclass(frozen=True)
class _Rows:
    """All days of all pairs, sorted by key; an entry of each array a day.

    Attributes:
        pair: code of the pair.
        starts: first day of each pair, and the number of days at the end.
        weekday: 0 for Monday.
        sold: NaN where unknown or closed.
        out: the shelf was empty during the day or at its close.
        lost: share of the day without stock; NaN where unknown.
        most: sales that count for the rate.
    """

    pair: IntArray
    starts: IntArray
    weekday: IntArray
    sold: FloatArray
    out: BoolArray
    lost: FloatArray
    most: FloatArray

    @property
    def bounded(self) -> BoolArray:
        """Stock-out days that say only that demand was at least the sales."""
        contradicted = (1 - self.lost < LEAST_EXPOSURE) & (self.sold > 0)
        return self.out & (np.isnan(self.lost) | contradicted)


def unconstrain_demand(history: pl.DataFrame, profile: pl.DataFrame | None = None) -> pl.DataFrame:
    """Estimate the demand of every day, stock-outs undone, and how sure the estimate is.

    Daily demand is negative binomial around a pair's level times its weekday's factor. The levels
    are fitted by maximum likelihood to all days at once, stock-outs by the hours that had stock,
    or as demand of at least the sales (`censored_counts`), and borrow from the sku, the location
    and pairs of like volume (`censored_pooling`). With m expected on a day and days of shape k:

    - In stock, demand is sales.
    - A stock-out with known hours, of lost share u and sales s: s + u (c + s) / (c / m + 1 - u),
      the posterior mean of the gamma-Poisson, with c = k / the persistence of days: a rush that
      empties the shelf is no sign that it would have gone on. A mask is weighed by the profile; a
      mere number of hours counts from the close backwards.
    - A stock-out without hours: the mean of demand, given that it is at least the sales.
    - A run of zero sales against the record (`phantom_stock`) is a possible stock-out: demand is
      what the other days let expect, not zero.

    Closed days and days with unknown sales have no estimate, nor have pairs of which nothing is
    known, themselves or by others.

    Args:
        history: frame `sales_history`.
        profile: the columns of the contract DayProfile; even from 6 to 22 where None.

    Returns:
        The columns of the contract Unconstrained but business_date, sorted by key.

    Raises:
        ValueError: `history` breaks its contract.
    """
    frame = find_frame(SalesHistory).read(history)
    lost = sum_lost_share(frame, profile)
    rows, series = _arrays(frame, lost)
    model, phantom = _fit(rows, series)
    persistence = DEFAULT_PERSISTENCE
    if profile is not None and not profile.is_empty():
        persistence = float(profile["persistence"][0])
    demand, sd = _estimates(rows, model, phantom, persistence)
    censored = pl.col("out_of_stock") | pl.Series(phantom)
    return frame.select(
        "region",
        *_KEY,
        pl.col("sales").cast(pl.Int64),
        demand=pl.Series(demand).fill_nan(None),
        demand_sd=pl.Series(sd).fill_nan(None),
        censored=censored,
        suspected=pl.Series(phantom),
        lost_share=pl.when(~pl.Series(phantom)).then(lost),
        closed=pl.col("closed"),
    )


def _arrays(frame: pl.DataFrame, lost: pl.Series) -> tuple[_Rows, Series]:
    pair = (
        frame.select(pl.struct("sku", "location").rle_id()).to_series().to_numpy().astype(np.int64)
    )
    starts = np.searchsorted(pair, np.arange(pair.max(initial=-1) + 2))
    first = frame[starts[:-1]]
    sales = pl.when(~pl.col("closed")).then(pl.col("sales").cast(pl.Float64))
    usual = sales.filter(sales > 0).median().over(pl.Series("pair", pair))
    sold = frame.select(sold=sales, most=(SPIKE * pl.max_horizontal(usual, 1.0)).fill_null(SPIKE))
    weekday = frame.select(pl.col("date").dt.weekday() - 1).to_series().to_numpy().astype(np.int64)
    rows = _Rows(
        pair,
        starts,
        weekday,
        sold["sold"].fill_null(np.nan).to_numpy(),
        frame["out_of_stock"].to_numpy(),
        lost.fill_null(np.nan).to_numpy(),
        sold["most"].to_numpy(),
    )
    return rows, Series(_codes(first["sku"]), _codes(first["location"]), weekday)


def _fit(rows: _Rows, series: Series) -> tuple[Model, BoolArray]:
    """The model, fitted again without the days on which the record is not believed."""
    nothing = np.zeros(len(rows.sold), dtype=np.bool_)
    days, of_days = _telling(rows, series, nothing)
    model = first_model(days, of_days)
    factor = model.factor[rows.pair, rows.weekday]
    phantom = suspected(rows.starts, rows.sold, rows.out, factor, model.level, model.shape)
    days, of_days = _telling(rows, series, phantom)
    factor = weekday_factors(days, of_days, model.level, model.shape)
    days = replace(days, factor=factor[days.series, of_days.weekday])
    return refit(days, of_days, replace(model, factor=factor)), phantom


def _telling(rows: _Rows, series: Series, phantom: BoolArray) -> tuple[Days, Series]:
    """Select the days that the level is learnt from: one wholly without stock tells nothing."""
    bounded = rows.bounded
    told = np.isfinite(rows.sold) & ~phantom
    told &= np.where(bounded, rows.sold > 0, rows.lost < 1)
    pair = rows.pair[told]
    starts = np.searchsorted(pair, np.arange(len(rows.starts)))
    bounded = bounded[told]
    exposure = np.where(bounded, 1.0, 1 - np.nan_to_num(rows.lost[told]))
    sold = np.minimum(rows.sold, rows.most)[told]
    days = Days(pair, sold, exposure, bounded, np.ones(len(pair)), starts)
    return days, replace(series, weekday=rows.weekday[told])


def _estimates(
    rows: _Rows, model: Model, phantom: BoolArray, persistence: float
) -> tuple[FloatArray, FloatArray]:
    """Demand and its standard deviation by day; NaN where there is no estimate."""
    demand, sd = rows.sold.copy(), np.where(np.isfinite(rows.sold), 0.0, np.nan)
    cut = (rows.out | phantom) & np.isfinite(rows.sold)
    pair = rows.pair[cut]
    mean = model.level[pair] * model.factor[pair, rows.weekday[cut]]
    shape, sold = model.shape[pair], rows.sold[cut]
    lost = np.nan_to_num(rows.lost[cut])
    found, variance, slope = _by_hours(sold, lost, mean, shape, persistence)
    least = (rows.bounded | phantom)[cut]
    found[least], variance[least] = demand_at_least(sold[least], mean[least], shape[least])
    slope[least] = variance[least] / (1 + mean[least] / shape[least])
    demand[cut] = found
    sd[cut] = np.sqrt(variance + slope**2 / model.evidence[pair])
    return demand, sd


def _by_hours(
    sold: FloatArray, lost: FloatArray, mean: FloatArray, shape: FloatArray, persistence: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Demand, its variance, and its slope in the logarithm of the mean, where hours are known.

    What lasts through the day is gamma, a posteriori with shape c + s and rate c / m + 1 - u; the
    lost units are Poisson around it, and stray by what does not last.
    """
    lasting = shape / persistence
    seen, scale = lasting + sold, lasting / mean + 1 - lost
    unseen = lost * seen / scale
    passing = lost * mean**2 * (1 - persistence) / shape
    variance = unseen + lost * unseen / scale + passing
    return sold + unseen, variance, unseen * lasting / mean / scale


def _codes(keys: pl.Series) -> IntArray:
    return keys.rank("dense").to_numpy().astype(np.int64) - 1
