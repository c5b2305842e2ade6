"""Bottom forecasts reconciled with forecasts made at the upper levels, where that helps.

What is summed up from the bottom agrees by construction; forecasts of the upper levels can pull
the bottom towards them, and `backtest_reconciliation` measures whether they should.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from forecasting.aggregates import forecast_aggregates
from forecasting.baselines import forecast_baseline
from forecasting.hierarchy import BOTTOM, LEVELS, check_aggregates, check_bottom, parents_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class Forecaster(Protocol):
    """A forecast of the bottom, such as `forecast_baseline`."""

    def __call__(self, demand: pl.DataFrame, /, *, horizon: int, as_of: dt.date) -> pl.DataFrame:
        """Rows sku, location, date, mean, variance of the days after `as_of`."""


@dataclass(frozen=True)
class _Layer:
    """Nodes of a level before and after its own forecast is taken in, and where their sum goes.

    Attributes:
        mean: units, of what lies below and the own forecast.
        variance: units^2, of its error.
        parent: row of each node's parent in the next layer.
    """

    mean: FloatArray
    variance: FloatArray
    parent: IntArray


def reconcile(bottom: pl.DataFrame, aggregates: pl.DataFrame) -> pl.DataFrame:
    """Bottom forecasts adjusted to forecasts of the upper levels by minimum trace.

    With independent errors (WLS by variance) the trace-minimising combination (Wickramasuriya,
    Athanasopoulos and Hyndman 2019) is b~ = b + W_b C' (W_a + C W_b C')^-1 (a - C b), where b are
    the bottom forecasts, a those of the upper levels, W their variances and C the sums. On a tree
    it needs no matrix: going up, every node is the average of its own forecast and the sum of its
    children, weighed by their precisions; going down, each child takes a part of what its parent
    was moved by, in proportion to its variance.

    No mean becomes negative: going down, negative means are cut to zero and their siblings scaled
    so that the sum stays that of their parent. A row with variance 0 moves with such a scaling
    only. Variances stay as they are.

    Args:
        bottom: sku, location, region, category, date, mean, variance, maybe more columns.
        aggregates: level, sku, category, region, date, mean, variance, as `forecast_levels`
            gives; nodes and levels may lack. They must speak of the same pairs as `bottom`.

    Returns:
        The rows of `bottom` with another mean, sorted by sku, location and date.

    Raises:
        ValueError: a key is null or comes twice; a mean or variance is null, NaN, infinite or
            negative; a location lies in two regions or a sku in two categories; `aggregates` has
            a level, node or date that `bottom` lacks.
    """
    check_bottom(bottom)
    check_aggregates(aggregates)
    ordered = bottom.sort("sku", "location", "date")
    nodes, layers = ordered, []
    mean, variance = _column(ordered, "mean"), _column(ordered, "variance")
    for level, keys in LEVELS.items():
        parents, parent = parents_of(nodes, keys)
        layers.append(_Layer(mean, variance, parent))
        own = aggregates.filter(pl.col("level") == level)
        below = _sum(parent, mean, parents.height), _sum(parent, variance, parents.height)
        mean, variance = _take_in(parents, own, *below)
        nodes = parents
    final = np.maximum(mean, 0)
    for layer in reversed(layers):
        final = _hand_down(final, layer)
    return ordered.with_columns(mean=pl.Series(final))


def backtest_reconciliation(
    history: pl.DataFrame,
    *,
    horizon: int,
    as_of: dt.date,
    origins: int = 2,
    forecaster: Forecaster = forecast_baseline,
) -> pl.DataFrame:
    """Whether reconciling lowers the error at each level, on past origins.

    Origins lie `horizon` days apart, the last one `horizon` days before `as_of`. At every level
    forecasts and demand are summed over the same days: those of pairs that were known and open.

    Args:
        history: rows of the contract Unconstrained with the category of the sku.
        horizon: days forecast from each origin, at least 1.
        as_of: last day known.
        origins: how many, at least 1.
        forecaster: makes the bottom forecasts.

    Returns:
        level (`BOTTOM` and those of `LEVELS`), origin, wape_bottom_up, wape_reconciled; sorted by
        level from the bottom up and origin.

    Raises:
        ValueError: origins is below 1, or an origin has no history or nothing sold after it.
    """
    if origins < 1:
        msg = f"origins must be at least 1, not {origins}"
        raise ValueError(msg)
    places = history.select("sku", "location", "category").unique()
    found = []
    for back in range(origins, 0, -1):
        origin = as_of - dt.timedelta(days=back * horizon)
        past = history.filter(pl.col("date") <= origin)
        bottom = forecaster(past, horizon=horizon, as_of=origin).join(
            places, on=["sku", "location"], how="left"
        )
        if bottom.is_empty():
            msg = f"no pair has a history up to {origin}"
            raise ValueError(msg)
        aggregates = forecast_aggregates(past, horizon=horizon, as_of=origin)
        found.append(_score(bottom, reconcile(bottom, aggregates), history, origin))
    order = pl.Enum([BOTTOM, *LEVELS])
    return (
        pl.concat(found)
        .sort(pl.col("level").cast(order), "origin")
        .select("level", "origin", "wape_bottom_up", "wape_reconciled")
    )


def lowers_error(scores: pl.DataFrame) -> bool:
    """Whether the mean WAPE over the origins falls at the bottom and rises at no upper level.

    Args:
        scores: result of `backtest_reconciliation`.
    """
    gain = (
        scores.with_columns(gain=pl.col("wape_bottom_up") - pl.col("wape_reconciled"))
        .group_by("level")
        .agg(pl.col("gain").mean())
    )
    at_bottom = gain.filter(pl.col("level") == BOTTOM)["gain"]
    return bool((at_bottom > 0).all() and (gain["gain"] >= 0).all())


def _take_in(
    nodes: pl.DataFrame, own: pl.DataFrame, mean: FloatArray, variance: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Average of the sum from below and the own forecast of each node, where it has one."""
    joined = nodes.join(
        own.select(*nodes.columns, "mean", "variance"),
        on=nodes.columns,
        how="left",
        maintain_order="left",
    )
    if joined["mean"].count() != own.height:
        lacking = own.join(nodes, on=nodes.columns, how="anti")
        node = lacking.select("level", *nodes.columns).sort(nodes.columns).row(0, named=True)
        where = ", ".join(f"{column} {value}" for column, value in node.items())
        msg = f"aggregates has a node that bottom lacks: {where}"
        raise ValueError(msg)
    forecast, error = _column(joined, "mean"), _column(joined, "variance")
    both = variance + error
    has = np.isfinite(forecast) & (both > 0)
    gain = np.divide(variance, both, out=np.zeros_like(variance), where=has)
    return mean + gain * np.where(has, forecast - mean, 0), variance * (1 - gain)


def _hand_down(final: FloatArray, layer: _Layer) -> FloatArray:
    """Final means of a layer from those of its parents, none of them negative."""
    gap = final - _sum(layer.parent, layer.mean, len(final))
    spread = _sum(layer.parent, layer.variance, len(final))
    share = np.divide(gap, spread, out=np.zeros_like(gap), where=spread > 0)
    moved = np.maximum(layer.mean + layer.variance * share[layer.parent], 0)
    total = _sum(layer.parent, moved, len(final))
    scale = np.divide(final, total, out=np.zeros_like(final), where=total > 0)
    return np.asarray(moved * scale[layer.parent])


def _score(
    bottom: pl.DataFrame, reconciled: pl.DataFrame, history: pl.DataFrame, origin: dt.date
) -> pl.DataFrame:
    """WAPE of both at every level on the known days of open pairs."""
    keys = ["sku", "location", "date"]
    actual = history.filter(pl.col("demand").is_not_null(), ~pl.col("closed")).select(
        *keys, "demand"
    )
    both = (
        reconciled.select(*keys, "category", "region", after="mean")
        .join(bottom.select(*keys, before="mean"), on=keys)
        .join(actual, on=keys)
        .sort(keys)
    )
    total = both["demand"].sum()
    if total <= 0:
        msg = f"nothing sold on known days after {origin}"
        raise ValueError(msg)
    parts = []
    for level, columns in {BOTTOM: ["sku", "location"], **LEVELS}.items():
        sums = both.group_by(*columns, "date", maintain_order=True).agg(
            pl.col("demand", "before", "after").sum()
        )
        parts.append(
            sums.select(
                level=pl.lit(level),
                origin=pl.lit(origin),
                wape_bottom_up=(pl.col("before") - pl.col("demand")).abs().sum() / total,
                wape_reconciled=(pl.col("after") - pl.col("demand")).abs().sum() / total,
            )
        )
    return pl.concat(parts)


def _column(frame: pl.DataFrame, name: str) -> FloatArray:
    """A column as numbers, NaN where it is null."""
    return frame[name].cast(pl.Float64).to_numpy().astype(np.float64)


def _sum(codes: IntArray, values: FloatArray, groups: int) -> FloatArray:
    return np.asarray(np.bincount(codes, values, minlength=groups), dtype=np.float64)
