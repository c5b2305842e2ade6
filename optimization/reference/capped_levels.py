"""How much to hold where unmet demand is lost: closed forms for arrays.

Let ratio = underage / (underage + overage) of a unit over a review period, z its standard normal
quantile, and L the lead time in review periods, which need not be whole. With L = 0 the ratio is
the best service. With a lead time, a sale saved now is in part lost later, when the unit it took is
missing: so less service pays.

    Phi(z - share shift), shift = 2/3 (L exp(-z))^(2/3) cv^(1/5)
        the chance that an order-up-to level covers demand over L + 1 periods; cv is the coefficient
        of variation of a period's demand. share is 1 for a plain level, 4/5 for a capped one
    m + s (z L^(-3/10) - 3/5)
        the most that a capped level orders at a time; m and s are mean and deviation of a period's
        demand

The forms are of our own, fitted to simulated costs: docs/methods.md says on what, and how much more
than the best of its kind each costs. Capping orders is Xin, Understanding the Performance of Capped
Base-Stock Policies in Lost-Sales Inventory Models, Operations Research 69 (2021).

A random lead time, or a supplier that delivers a random share, enters through the variance of
demand over the window (`forecasting.distribution.sum_window_demand`).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from optimization.levels import find_least_stock
from optimization.refusals import refuse_values

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_CAPPED_SHARE = 0.8
"""Shift of a capped level over that of a plain one: a cap leaves less to overshoot."""


class CappedLevels(NamedTuple):
    """Order up to `order_up_to`, but at most `cap` units at a time.

    Attributes:
        order_up_to: units of inventory position.
        cap: units of one order, at least 1.
    """

    order_up_to: IntArray
    cap: IntArray


def set_capped_levels(
    ratio: npt.ArrayLike,
    lead: npt.ArrayLike,
    window_mean: npt.ArrayLike,
    window_variance: npt.ArrayLike,
) -> CappedLevels:
    """Set order-up-to levels with a cap on single orders, which makes orders steadier and cheaper.

    Args:
        ratio: underage / (underage + overage) of a unit over a review period, in [0, 1).
        lead: lead time in review periods, at least 0; without one nothing is capped below the
            level itself.
        window_mean: mean demand over lead time and review, units.
        window_variance: its variance, units^2; all broadcast.

    Returns:
        Levels and caps, of the broadcast shape.

    Raises:
        ValueError: a value is out of bounds.
    """
    service = find_window_service(ratio, lead, window_mean, window_variance, share=_CAPPED_SHARE)
    wanted, periods, mean, variance = np.broadcast_arrays(
        *(np.asarray(x, dtype=float) for x in (ratio, lead, window_mean, window_variance))
    )
    level = find_least_stock(
        mean.ravel(), variance.ravel(), cycle_service=service.ravel(), shortage=np.inf
    ).reshape(service.shape)
    deviation = np.sqrt(np.maximum(variance, mean) / (periods + 1))
    late = periods > 0
    quicker = np.where(late, periods, 1.0) ** -0.3
    room = mean / (periods + 1) + deviation * (special.ndtri(wanted) * quicker - 0.6)
    cap = np.maximum(np.round(np.where(late, np.clip(room, 1, level + 1), level)), 1)
    return CappedLevels(level, cap.astype(np.int64))


def find_window_service(
    ratio: npt.ArrayLike,
    lead: npt.ArrayLike,
    window_mean: npt.ArrayLike,
    window_variance: npt.ArrayLike,
    *,
    share: float,
) -> FloatArray:
    """The chance of covering demand over lead time and review that a level should have.

    Args:
        ratio: as for `set_capped_levels`, as are the others.
        lead: see there.
        window_mean: see there.
        window_variance: see there.
        share: of the shift that a level of this kind takes, see the formula above.

    Returns:
        Probabilities at most `ratio`, of the broadcast shape: the level is that quantile of demand
        over the window.

    Raises:
        ValueError: a value is out of bounds.
    """
    wanted, periods = np.broadcast_arrays(np.asarray(ratio, float), np.asarray(lead, float))
    refuse_values(~((wanted >= 0) & (wanted < 1)), "ratio", wanted, "must lie in [0, 1)")
    mean, variance = (np.asarray(x, dtype=float) for x in (window_mean, window_variance))
    numbers = (("lead", periods), ("window_mean", mean), ("window_variance", variance))
    for name, values in numbers:
        bad = ~(np.isfinite(values) & (values >= 0))
        refuse_values(bad, name, values, "must be finite, at least 0")
    z = special.ndtri(wanted)
    spread = (periods + 1) * np.maximum(variance, mean)
    squared_cv = np.divide(spread, mean**2, out=np.zeros_like(spread * mean), where=mean > 0)
    moves = (periods > 0) & (wanted > 0)
    shift = 2 / 3 * (periods * np.exp(-np.where(moves, z, 0.0))) ** (2 / 3) * squared_cv**0.1
    return np.asarray(special.ndtr(z - share * np.where(moves, shift, 0.0)))
