"""How well hidden sales of days in stock are recovered, by ours and by two peers.

Each pair's days in stock are its whole history here: what its real stock-out days would have sold
nobody knows, so they are unknown days. As many of its days as its store really had stock-outs get
the hours of a real stock-out day of the same store, and the sales in these hours are hidden.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import stats

from forecasting.history import HOURS, measure_day_profile, sum_lost_share, unconstrain_demand
from simulation.importers import Panel, read_panel

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
MaskArray = npt.NDArray[np.uint32]

WEEK = 7
PROFILE_EVERY = 2
"""Every so many stores give their hourly sales to the profile of the day."""

EM_STEPS = 100
_EXACT = 1e-2
"""Units by which no day may move any more."""

_LEAST_MEAN = 1e-6
_BLOCK_SERIES = 5_000


@dataclass(frozen=True)
class Hidden:
    """The experiment, series x days.

    Attributes:
        truth: units sold, NaN on the days of real stock-outs.
        shown: of these, what is left.
        cut: days of which something may be hidden.
        mask: hours hidden, by bit; None where the stock ran out.
    """

    truth: FloatArray
    shown: FloatArray
    cut: BoolArray
    mask: MaskArray | None


def measure(data: Path, seed: int) -> dict[str, Any]:
    """Bias and error of the recovered units: hours known, hours withheld, stock that runs out.

    Over the days cut: `bias` is the sum of (estimate - truth) of the whole day's demand over that
    of truth, `bias of hidden` the same over the hidden units, `wape` the sum of absolute errors
    over the hidden units, `mae` the mean absolute error by day. All know of each day that
    the shelf was empty and what had sold; "hours withheld" are the same days without their hours,
    where a day is cut at a time that has nothing to do with its sales; "stock runs out" cuts days
    at a stock.

    Args:
        data: folder of FreshRetailNet-50K.
        seed: of the hidden hours.
    """
    started = time.perf_counter()
    panel = _sorted(read_panel(data, None))
    hidden = hide(panel, seed)
    weekday = np.array([day.weekday() for day in panel.days])
    hourly = _profile_sales(panel, hidden)
    history = _history(panel, hidden)
    results: dict[str, Any] = {
        "benchmark": "recovery",
        "seed": seed,
        "series": len(hidden.truth),
        "days in stock": int(np.isfinite(hidden.truth).sum()),
        "days with hidden hours": int(hidden.cut.sum()),
        "hidden share": _hidden_units(hidden) / float(hidden.truth[hidden.cut].sum()),
    }
    profile = measure_day_profile(hourly)
    share = sum_lost_share(history, profile).to_numpy().reshape(hidden.truth.shape)
    stock = run_out(panel, hidden, seed)
    hourless = history.with_columns(pl.lit(None, pl.Int64).alias("stockout_mask"))
    results["hours known"] = _compared(hidden, history, profile, weekday, share)
    results["hours withheld"] = _compared(hidden, hourless, profile, weekday, None)
    results["stock runs out"] = _compared(stock, _history(panel, stock), profile, weekday, None)
    results["seconds"] = time.perf_counter() - started
    return results


def hide(panel: Panel, seed: int) -> Hidden:
    """Hide hours of days in stock as real stock-outs of the same store took them."""
    rng = np.random.default_rng([seed, 90])
    in_stock = panel.stockout_hours == 0
    truth = np.where(in_stock, panel.sales, np.nan)
    mask = np.zeros(truth.shape, dtype=np.uint32)
    stores = panel.series["store_id"].to_numpy()
    for store in np.unique(stores):
        rows = np.flatnonzero(stores == store)
        real = panel.stockout_mask[rows][~in_stock[rows]]
        if not len(real):
            continue
        chosen = in_stock[rows] & (rng.random((len(rows), truth.shape[1])) >= in_stock[rows].mean())
        drawn = np.zeros(chosen.shape, dtype=np.uint32)
        drawn[chosen] = rng.choice(real, int(chosen.sum()))
        mask[rows] = drawn
    lost = np.zeros(truth.shape)
    for hour in range(HOURS):
        lost += panel.hourly[:, :, hour] * ((mask >> hour) & 1)
    return Hidden(truth, truth - lost, mask > 0, mask)


def run_out(panel: Panel, hidden: Hidden, seed: int) -> Hidden:
    """Give the days that had hidden hours a stock instead: what a real stock-out day sold.

    The stock is that of a real stock-out day of the same pair; days that sold less stay whole. The
    close tells of the others that the shelf was empty.
    """
    rng = np.random.default_rng([seed, 91])
    in_stock, sales = panel.stockout_hours == 0, panel.sales
    stock = np.full(hidden.truth.shape, np.inf)
    for row in np.flatnonzero(hidden.cut.any(axis=1) & ~in_stock.all(axis=1)):
        chosen = hidden.cut[row]
        stock[row, chosen] = rng.choice(sales[row][~in_stock[row]], int(chosen.sum()))
    return Hidden(hidden.truth, np.minimum(hidden.truth, stock), hidden.truth >= stock, None)


def same_weekday_mean(
    hidden: Hidden, weekday: npt.NDArray[np.int64], lost: FloatArray | None
) -> FloatArray:
    """Mean of the pair's days of the weekday without hidden hours.

    It stands for the lost share of the day where that is known, else for the whole day, of which at
    least the sales were asked for.
    """
    mean = _by_weekday(np.where(hidden.cut, np.nan, hidden.shown), weekday)
    return np.fmax(mean, hidden.shown) if lost is None else hidden.shown + lost * mean


def poisson_em(
    hidden: Hidden, weekday: npt.NDArray[np.int64], lost: FloatArray | None
) -> FloatArray:
    """EM on a Poisson of the pair's weekday: the sales and the lost share of its rate.

    Where that is not known, the mean of a demand of at least the sales.
    """
    found = np.empty(hidden.truth.shape)
    for first in range(0, len(found), _BLOCK_SERIES):
        rows = slice(first, first + _BLOCK_SERIES)
        demand, cut = hidden.shown[rows].copy(), hidden.cut[rows]
        sold = demand[cut]
        for _ in range(EM_STEPS):
            mean = np.maximum(_by_weekday(demand, weekday)[cut], _LEAST_MEAN)
            guess = _at_least(sold, mean) if lost is None else sold + lost[rows][cut] * mean
            moved = np.abs(guess - demand[cut]).max(initial=0)
            demand[cut] = guess
            if moved < _EXACT:
                break
        found[rows] = demand
    return found


def _at_least(sold: FloatArray, mean: FloatArray) -> FloatArray:
    """Mean of a Poisson that is at least `sold`; `sold` where that is too far off to say."""
    tail = stats.poisson.sf(sold - 1, mean)
    above = mean * stats.poisson.sf(sold - 2, mean)
    found = np.divide(above, tail, out=sold.copy(), where=tail > 0)
    return np.asarray(np.maximum(found, sold))


def _compared(
    hidden: Hidden,
    history: pl.DataFrame,
    profile: pl.DataFrame,
    weekday: npt.NDArray[np.int64],
    lost: FloatArray | None,
) -> dict[str, dict[str, float]]:
    """Scores of ours and of the peers, which know the lost share of each day or None of them."""
    return {
        "ours": _scored(hidden, partial(_ours, history, profile, hidden.truth.shape)),
        "same weekday mean": _scored(hidden, partial(same_weekday_mean, hidden, weekday, lost)),
        "Poisson EM": _scored(hidden, partial(poisson_em, hidden, weekday, lost)),
    }


def _by_weekday(values: FloatArray, weekday: npt.NDArray[np.int64]) -> FloatArray:
    """Mean of the known values of the row's weekday, of the row where there are none, else 0."""
    found = np.zeros(values.shape)
    overall = _mean(values)
    for day in range(WEEK):
        of_day = weekday == day
        mean = _mean(values[:, of_day])
        found[:, of_day] = np.where(np.isfinite(mean), mean, overall)[:, None]
    return np.nan_to_num(found)


def _mean(values: FloatArray) -> FloatArray:
    count = np.isfinite(values).sum(axis=1)
    nothing = np.full(len(values), np.nan)
    return np.asarray(np.divide(np.nansum(values, axis=1), count, out=nothing, where=count > 0))


def _ours(history: pl.DataFrame, profile: pl.DataFrame, shape: tuple[int, ...]) -> FloatArray:
    demand = unconstrain_demand(history, profile).get_column("demand")
    return demand.fill_null(np.nan).to_numpy().reshape(shape)


def _scored(hidden: Hidden, recover: Callable[[], FloatArray]) -> dict[str, float]:
    started = time.perf_counter()
    error = (recover() - hidden.truth)[hidden.cut]
    seconds = time.perf_counter() - started
    return {
        "bias": float(error.sum() / hidden.truth[hidden.cut].sum()),
        "bias of hidden": float(error.sum() / _hidden_units(hidden)),
        "wape": float(np.abs(error).sum() / _hidden_units(hidden)),
        "mae": float(np.abs(error).mean()),
        "seconds": seconds,
    }


def _hidden_units(hidden: Hidden) -> float:
    return float((hidden.truth - hidden.shown)[hidden.cut].sum())


def _history(panel: Panel, hidden: Hidden) -> pl.DataFrame:
    """Rows as the warehouse gives them, in the order of the panel's series and days."""
    series, days = hidden.truth.shape
    cut = pl.Series(hidden.cut.ravel())
    shown = pl.Series(hidden.shown.ravel()).fill_nan(None).cast(pl.Int64)
    mask = pl.lit(None, pl.Int64)
    if hidden.mask is not None:
        mask = pl.when(cut).then(pl.Series(hidden.mask.ravel()).cast(pl.Int64))
    return _named(panel)[np.repeat(np.arange(series), days)].with_columns(
        date=pl.Series(panel.days)[np.tile(np.arange(days), series)],
        sales=shown,
        out_of_stock=cut,
        stockout_hours=pl.lit(None, pl.Int64),
        stockout_mask=mask,
        closed=pl.lit(value=False),
    )


def _profile_sales(panel: Panel, hidden: Hidden) -> pl.DataFrame:
    """Hourly sales of days without hidden hours, of every few stores."""
    of_store = np.unique(panel.series["store_id"].to_numpy(), return_inverse=True)[1]
    shown = np.isfinite(hidden.truth) & ~hidden.cut & (of_store % PROFILE_EVERY == 0)[:, None]
    series, day, hour = np.nonzero(panel.hourly * shown[:, :, None])
    return _named(panel)[series].with_columns(
        date=pl.Series(panel.days)[day],
        hour=pl.Series(hour),
        units=pl.Series(panel.hourly[series, day, hour]).cast(pl.Float64),
    )


def _sorted(panel: Panel) -> Panel:
    """The panel by sku and store, the order in which `unconstrain_demand` answers."""
    keys = panel.series.with_row_index("row").sort("product_id", "store_id")
    rows = keys["row"].to_numpy()
    return replace(
        panel,
        series=keys.drop("row"),
        hourly=panel.hourly[rows],
        stockout_hours=panel.stockout_hours[rows],
        stockout_mask=panel.stockout_mask[rows],
    )


def _named(panel: Panel) -> pl.DataFrame:
    """Keys of the series, which sort as their numbers do."""
    return panel.series.select(
        region=pl.format("city-{}", "city_id"),
        location=pl.col("store_id").cast(pl.String).str.zfill(4),
        sku=pl.col("product_id").cast(pl.String).str.zfill(4),
    )
