"""How well an order should serve where unmet demand is lost.

Let ratio = underage / (underage + overage) of a unit over a review period and L the lead time in
review periods. A sale saved now is in part lost later, when the unit that it took is missing, so an
order should leave a little less service than the newsvendor's ratio:

    1 - (1 - ratio) (1 + ratio^2 sqrt(L) / 3)
        the chance that stock lasts through the period in which the order arrives

Keeping a fixed chance of no stock-out at the arrival of every order is de Kok and Meijer, Fixed
non-stockout-probability policies for the single-item lost-sales model (2023). The form is of our
own: docs/methods.md says how much more than the best of its kind it costs.
"""

import numpy as np
import numpy.typing as npt

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
