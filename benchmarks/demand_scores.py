"""Scores of a demand forecast: its mean, and its distribution by quantiles.

Sales of a day with a stock-out are not its demand, so only days in stock count.
"""

from typing import TypedDict

import numpy as np
import numpy.typing as npt

LEVELS = tuple(round(0.05 * step, 2) for step in range(1, 20))
"""Levels of the quantiles that are scored: 0.05, 0.10, ..., 0.95."""

INTERVALS = {"50": (0.25, 0.75), "80": (0.10, 0.90), "90": (0.05, 0.95)}
"""Central intervals and the levels that bound them."""

Numbers = npt.NDArray[np.integer] | npt.NDArray[np.floating]


class Scores(TypedDict):
    """Errors of one forecast over all days in stock.

    Attributes:
        wape: sum of absolute errors of the mean over the sum of demand.
        bias: sum of (mean - demand) over the sum of demand.
        pinball: mean pinball loss over days and `LEVELS`, units.
        coverage: share of days with demand inside each central interval, its ends included.
    """

    wape: float
    bias: float
    pinball: float
    coverage: dict[str, float]


def score(
    actual: Numbers,
    in_stock: npt.NDArray[np.bool_],
    mean: npt.NDArray[np.floating],
    quantiles: npt.NDArray[np.floating],
) -> Scores:
    """Score a forecast on the days in stock.

    Args:
        actual: units sold, [series, days].
        in_stock: whether the day was without a stock-out, [series, days].
        mean: mean forecast, units, [series, days].
        quantiles: units, [levels, series, days], a level of `LEVELS` each.

    Raises:
        ValueError: the shapes disagree, no day in stock is left or nothing sold on them, or a
            forecast of a counted day is not a finite number.
    """
    _check_shapes(actual, in_stock, mean, quantiles)
    sold = actual[in_stock].astype(np.float64)
    total = float(sold.sum())
    if total <= 0:
        raise ValueError(f"nothing to score: {sold.size} days in stock with {total:g} units sold")
    error = mean[in_stock].astype(np.float64) - sold
    if not np.isfinite(error).all():
        raise ValueError("the mean forecast of a day in stock is not a finite number")
    # One level at a time: all of them in double precision would not fit beside the peers.
    losses = [
        _pinball(sold, of_level[in_stock], level)
        for level, of_level in zip(LEVELS, quantiles, strict=True)
    ]
    return Scores(
        wape=float(np.abs(error).sum() / total),
        bias=float(error.sum() / total),
        pinball=float(np.mean(losses)),
        coverage={
            name: _coverage(
                sold,
                quantiles[LEVELS.index(low)][in_stock],
                quantiles[LEVELS.index(high)][in_stock],
            )
            for name, (low, high) in INTERVALS.items()
        },
    )


def _check_shapes(
    actual: Numbers,
    in_stock: npt.NDArray[np.bool_],
    mean: npt.NDArray[np.floating],
    quantiles: npt.NDArray[np.floating],
) -> None:
    wanted = (len(LEVELS), *actual.shape)
    if in_stock.shape != actual.shape or mean.shape != actual.shape or quantiles.shape != wanted:
        raise ValueError(
            f"actual has the shape {actual.shape}, in_stock {in_stock.shape}, mean {mean.shape} "
            f"and quantiles {quantiles.shape} where {wanted} is wanted"
        )


def _pinball(
    sold: npt.NDArray[np.float64], quantile: npt.NDArray[np.floating], level: float
) -> float:
    """Mean pinball loss (Koenker and Bassett 1978) of one level."""
    short = sold - quantile
    loss = float(np.maximum(level * short, (level - 1) * short).mean())
    if not np.isfinite(loss):
        raise ValueError(f"the {level} quantile of a day in stock is not a finite number")
    return loss


def _coverage(
    sold: npt.NDArray[np.float64],
    low: npt.NDArray[np.floating],
    high: npt.NDArray[np.floating],
) -> float:
    return float(((low <= sold) & (sold <= high)).mean())
