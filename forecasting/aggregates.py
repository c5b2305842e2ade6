"""Forecasts of the upper levels from their own history."""

import datetime as dt

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import stats
from statsforecast import StatsForecast
from statsforecast.models import AutoETS

from forecasting.hierarchy import LEVELS, parents_of, refuse_two, with_keys
from forecasting.panel import Panel, build_panel
from forecasting.pooling import expected_level

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

LEAST_DAYS = 28
"""Known days below which a node gets no forecast of its own."""

LEAST_KNOWN = 0.5
"""Share of its expected demand that must be known for a day of a node to be known."""

_MODEL = "AutoETS"
_INTERVAL = 80


def forecast_aggregates(history: pl.DataFrame, *, horizon: int, as_of: dt.date) -> pl.DataFrame:
    """Forecast the upper levels from their own history.

    A day's demand of a node is that of its known pairs, scaled up by the share of the expected
    demand that they stand for; closed pairs stand for none. Its remaining unknown days get the
    mean of their weekday. Exponential smoothing with additive weekdays (Hyndman and others 2008,
    ANA) forecasts it; its variance for each day ahead comes from its errors a day ahead, and is
    never less than that of Poisson demand.

    Args:
        history: rows of the contract Unconstrained with the category of the sku; those after
            `as_of` are not read.
        horizon: days to forecast, at least 1.
        as_of: last day known.

    Returns:
        The `aggregates` of `reconcile`; nodes with fewer than `LEAST_DAYS` known days are left out.

    Raises:
        ValueError: the horizon is below 1; a sku lies in two categories; demand is NaN, infinite
            or negative, or a day comes twice.
    """
    if horizon < 1:
        msg = f"horizon must be at least 1 day, not {horizon}"
        raise ValueError(msg)
    panel = build_panel(history, as_of)
    refuse_two(history, "sku", "category")
    categories = history.select("sku", "category").unique()
    pairs = panel.pairs.join(categories, on="sku", how="left", maintain_order="left")
    level_of = _expected(panel)
    used = np.flatnonzero(np.isfinite(level_of))
    pairs, closed, demand = pairs[used], panel.closed[used], panel.demand[used]
    expected = level_of[used][:, None]
    known = np.where(np.isfinite(demand), expected, 0)
    full = np.where(closed, 0, expected)
    parts = []
    for level, keys in LEVELS.items():
        nodes, node = parents_of(pairs.with_columns(date=pl.lit(as_of)), keys)
        sums = [
            _sum_rows(node, values, nodes.height) for values in (np.nan_to_num(demand), known, full)
        ]
        forecast = _forecast_nodes(_scaled_up(*sums), panel.weekday, horizon)
        dates = pl.Series([as_of + dt.timedelta(days=1 + ahead) for ahead in range(horizon)])
        found = nodes.drop("date")[forecast["node"].to_numpy()].with_columns(
            forecast["mean"], forecast["variance"], date=dates[forecast["ahead"].to_numpy()]
        )
        parts.append(with_keys(found, level))
    return pl.concat(parts)


def _expected(panel: Panel) -> FloatArray:
    """Mean demand by pair, from its sku elsewhere where it has none; NaN where that has none."""
    days = panel.known.sum(axis=1).astype(float)
    mean = np.divide(np.nansum(panel.demand, axis=1), days, out=np.zeros(len(days)), where=days > 0)
    return np.where(mean > 0, mean, expected_level(panel, mean, days))


def _scaled_up(sold: FloatArray, known: FloatArray, full: FloatArray) -> FloatArray:
    """Demand by node and day, NaN where too little of it is known."""
    enough = (known >= LEAST_KNOWN * full) & (known > 0)
    scaled = np.divide(sold * full, known, out=np.full(sold.shape, np.nan), where=enough)
    # Nothing is expected only where all pairs are closed.
    return np.where(full == 0, 0, scaled)


def _forecast_nodes(demand: FloatArray, weekday: IntArray, horizon: int) -> pl.DataFrame:
    """Rows node, ahead, mean, variance of every node with enough known days."""
    known = np.isfinite(demand)
    days = known.sum(axis=1)
    chosen = np.flatnonzero(days >= LEAST_DAYS)
    started = known.cumsum(axis=1) > 0
    row, day = np.nonzero(started[chosen])
    frame = pl.DataFrame(
        {
            "unique_id": chosen[row],
            "ds": day,
            "y": _filled(demand, weekday)[chosen[row], day],
        }
    )
    if frame.is_empty():
        return pl.DataFrame(
            schema={"node": pl.Int64, "ahead": pl.Int64, "mean": float, "variance": float}
        )
    engine = StatsForecast(
        models=[AutoETS(model="ANA", season_length=7, alias=_MODEL)], freq=1, n_jobs=1
    )
    ahead = engine.forecast(df=frame, h=horizon, level=[_INTERVAL]).sort("unique_id", "ds")
    point = ahead[_MODEL].to_numpy().astype(np.float64)
    high = ahead[f"{_MODEL}-hi-{_INTERVAL}"].to_numpy().astype(np.float64)
    deviation = (high - point) / stats.norm.ppf(0.5 + _INTERVAL / 200)
    node = ahead["unique_id"].to_numpy()
    mean = np.maximum(point, 0)
    # Half a unit over its days stands for the variance of a node that never sold.
    least = np.maximum(mean, 0.5 / days[node])
    return pl.DataFrame(
        {
            "node": node,
            "ahead": np.tile(np.arange(horizon), len(chosen)),
            "mean": mean,
            "variance": np.maximum(deviation**2, least),
        }
    )


def _filled(demand: FloatArray, weekday: IntArray) -> FloatArray:
    """Demand with unknown days at the mean of their weekday, or of all days where it has none."""
    known = np.isfinite(demand)
    filled = np.nan_to_num(demand)
    overall = filled.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    for each in range(7):
        of_day = weekday == each
        times = known[:, of_day].sum(axis=1)
        mean = np.where(times > 0, filled[:, of_day].sum(axis=1) / np.maximum(times, 1), overall)
        filled[:, of_day] = np.where(known[:, of_day], filled[:, of_day], mean[:, None])
    return filled


def _sum_rows(codes: IntArray, values: FloatArray, groups: int) -> FloatArray:
    out = np.zeros((groups, values.shape[1]))
    np.add.at(out, codes, values)
    return out
