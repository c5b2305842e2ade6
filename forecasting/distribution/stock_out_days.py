"""From demand on days in stock to demand on any day.

Models are fitted and scored on days on which the shelf held out, since only there demand is seen.
Those days are not like the others: shelves run empty on the days on which more is asked for. So
demand of any day is a mixture of both kinds of day, with what stock-out days were estimated to ask
for over what the model expected of them (the surge) from `censoring` and the model's own errors.
"""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

VOLUME_EDGES = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
"""Mean daily units between which a volume class lies."""

CLASSES = len(VOLUME_EDGES) + 1

RECENT_DAYS = 28
"""Days over which the share of stock-out days is counted."""

SHARE_PRIOR_DAYS = 4.0
"""Days by which a pair's share is shrunk to that of all pairs."""

SURGE_PRIOR_UNITS = 500.0
"""Expected units by which the surge of a class is shrunk to that of all, and that to one."""


def classify_volume(mean: npt.ArrayLike) -> npt.NDArray[np.intp]:
    """Volume class of mean daily demand, 0 to `CLASSES` - 1."""
    return np.digitize(np.asarray(mean, dtype=np.float64), VOLUME_EDGES)


def estimate_stock_out_share(known: BoolArray, in_stock: BoolArray) -> FloatArray:
    """The share of recent days with a stock-out for each pair, shrunk to that of all pairs.

    Args:
        known: days with an estimate of demand, [pair, day].
        in_stock: those on which the shelf held out, [pair, day].
    """
    days = known[:, -RECENT_DAYS:].sum(axis=1)
    out = days - (in_stock & known)[:, -RECENT_DAYS:].sum(axis=1)
    overall = out.sum() / max(days.sum(), 1)
    return np.asarray((out + SHARE_PRIOR_DAYS * overall) / (days + SHARE_PRIOR_DAYS))


def estimate_surge(expected: FloatArray, demand: FloatArray) -> FloatArray:
    """How much more than expected is asked for on stock-out days, by volume class.

    Args:
        expected: what a model of days in stock says of stock-out days, units.
        demand: what was estimated of them, units.

    Returns:
        A factor for each of the `CLASSES`.
    """
    of = classify_volume(expected)
    above = np.bincount(of, demand, minlength=CLASSES)
    below = np.bincount(of, expected, minlength=CLASSES)
    prior = SURGE_PRIOR_UNITS
    overall = (above.sum() + prior) / (below.sum() + prior)
    return np.asarray((above + prior * overall) / (below + prior))


def add_stock_outs(
    mean: FloatArray, variance: FloatArray, share: FloatArray, surge: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Turn mean and variance of demand on days in stock into those of any day.

    With probability `share` a day asks for `surge` times as much, and varies as much in proportion:
    the mean and variance of the mixture (law of total variance).

    Args:
        mean: of days in stock, [pair, day], units.
        variance: of the same, units^2.
        share: of stock-out days, [pair].
        surge: factor by volume class.
    """
    factor, p = surge[classify_volume(mean)], share[:, None]
    every = mean * (1 + p * (factor - 1))
    within = variance * (1 + p * (factor**2 - 1))
    return every, within + p * (1 - p) * (mean * (factor - 1)) ** 2
