"""How well to serve where unmet demand is lost, by closed forms: what games are played with.

Let ratio = underage / (underage + overage) of a unit over a review period and L the lead time in
review periods.

    1 - (1 - ratio) (1 + ratio^2 sqrt(L) / 3)
        the chance that stock lasts through the period in which an order arrives

Keeping a fixed chance of no stock-out at the arrival of every order is de Kok and Meijer, Fixed
non-stockout-probability policies for the single-item lost-sales model (2023). The form is of our
own, as is that of a level: docs/methods.md says how much more than the best of its kind each costs.
"""

import numpy as np
import numpy.typing as npt

from optimization.levels import find_window_service
from optimization.refusals import refuse_values

FloatArray = npt.NDArray[np.float64]


def find_arrival_service(ratio: npt.ArrayLike, lead: npt.ArrayLike) -> FloatArray:
    """Chance of no stock-out in the period of arrival that an order should leave.

    Args:
        ratio: underage / (underage + overage) of a unit over a review period, in [0, 1).
        lead: lead time in review periods, at least 0; both broadcast.

    Returns:
        Probabilities at most `ratio`, of the broadcast shape, to be the `ratio` of
        `find_marginal_orders`.

    Raises:
        ValueError: a value is out of bounds.
    """
    wanted, periods = np.broadcast_arrays(np.asarray(ratio, float), np.asarray(lead, float))
    refuse_values(~((wanted >= 0) & (wanted < 1)), "ratio", wanted, "must lie in [0, 1)")
    bad = ~(np.isfinite(periods) & (periods >= 0))
    refuse_values(bad, "lead", periods, "must be finite, at least 0")
    return np.asarray(np.maximum(1 - (1 - wanted) * (1 + wanted**2 * np.sqrt(periods) / 3), 0))


def find_level_service(
    ratio: npt.ArrayLike,
    lead: npt.ArrayLike,
    window_mean: npt.ArrayLike,
    window_variance: npt.ArrayLike,
) -> FloatArray:
    """Chance of covering demand over lead time and review that a plain level should have.

    The night plans capped levels (`optimization.levels.set_capped_levels`).

    Args:
        ratio: underage / (underage + overage) of a unit over a review period, in [0, 1).
        lead: lead time in review periods, at least 0.
        window_mean: mean demand over lead time and review, units.
        window_variance: its variance, units^2; all broadcast.

    Returns:
        Probabilities at most `ratio`, of the broadcast shape: the level is that quantile of demand
        over the window.

    Raises:
        ValueError: a value is out of bounds.
    """
    return find_window_service(ratio, lead, window_mean, window_variance, share=1.0)
