"""How well a plain order-up-to level should serve where unmet demand is lost, by a closed form.

The form is that of `capped_levels` with the whole shift; docs/methods.md says how much more than
the best level it costs.
"""

import numpy as np
import numpy.typing as npt

from optimization.reference.capped_levels import find_window_service

FloatArray = npt.NDArray[np.float64]


def find_level_service(
    ratio: npt.ArrayLike,
    lead: npt.ArrayLike,
    window_mean: npt.ArrayLike,
    window_variance: npt.ArrayLike,
) -> FloatArray:
    """Chance of covering demand over lead time and review that a plain level should have.

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
