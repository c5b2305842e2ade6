"""What to order where unmet demand is lost: stock projected to the arrival of the order.

Time runs in periods 0, 1, ... (days or weeks, as the caller orders). In period t the receipt
`pipeline[:, t]` arrives, then demand with `mean[:, t]` and `variance[:, t]` takes what stock there
is and the rest is lost. Stock is never owed, so lead-time demand cannot simply be subtracted from
the inventory position: a unit on hand and a unit in the pipeline are not worth the same. An order
placed now arrives at the start of period L, the last one stated; what counts is the stock that will
be there then. L = 0 means that the order arrives at once.

With `ratio` from `arrival_service` an order costs at most 0.4 % above the optimum on the 32
instances of docs/methods.md.

All are arrays of numpy; demand is negative binomial, Poisson where the variance does not exceed
the mean; periods are independent of each other.
"""

import numpy as np
import numpy.typing as npt

from compilation import compiled, copy_array
from optimization.reference.projected_stock import find_marginal_order
from optimization.refusals import refuse_values

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def find_marginal_orders(
    on_hand: npt.ArrayLike,
    pipeline: npt.ArrayLike,
    mean: npt.ArrayLike,
    variance: npt.ArrayLike,
    ratio: npt.ArrayLike,
) -> IntArray:
    """Order as long as a unit is more likely than its cost to be missed before the next arrival.

    The least q with P(D <= X + q) >= ratio, X being stock when the order arrives and D demand of
    that period: the myopic policy (Morton, The Near-Myopic Nature of the
    Lagged-Proportional-Cost Inventory Problem with Lost Sales, Operations Research 19, 1971). X is
    exact up to tails of 1e-8 where demand over all periods has a standard deviation below 64
    units; above, stock lives on a lattice of 32 points a deviation that keeps means.

    Args:
        on_hand: units available now, at least 0, shape (n,).
        pipeline: units that arrive at the start of period t, at least 0, shape (n, L + 1); those
            that arrive with the order count as there.
        mean: mean demand of period t, units, shape (n, L + 1).
        variance: its variance, units^2, shape (n, L + 1).
        ratio: chance of no stock-out in the period of arrival, in [0, 1), shape (n,) or one for
            all: underage / (underage + overage) of a unit, or rather `arrival_service` of it.

    Returns:
        Units, at least 0, shape (n,).

    Raises:
        ValueError: shapes differ, there is no period, a value is negative or not finite, or a
            ratio lies outside [0, 1); names array and position.
    """
    stock, receipts, m, v = _checked(on_hand, pipeline, mean, variance)
    chance = np.asarray(ratio, dtype=float)
    refuse_values(~((chance >= 0) & (chance < 1)), "ratio", chance, "must lie in [0, 1)")
    orders = np.empty(len(stock), dtype=np.int64)
    _order_all(stock, receipts, m, v, copy_array(np.broadcast_to(chance, stock.shape)), orders)
    return orders


def _checked(
    on_hand: npt.ArrayLike, pipeline: npt.ArrayLike, mean: npt.ArrayLike, variance: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    stock = copy_array(on_hand, float)
    arrays = {
        "pipeline": copy_array(pipeline, float),
        "mean": copy_array(mean, float),
        "variance": copy_array(variance, float),
    }
    wanted = (len(stock), *arrays["mean"].shape[1:2])
    for name, values in arrays.items():
        if values.shape != wanted or stock.ndim != 1:
            raise ValueError(
                f"{name} has shape {values.shape}; with on_hand of shape {stock.shape} and mean of "
                f"shape {arrays['mean'].shape} it must be (items, periods)"
            )
    if not wanted[-1]:
        raise ValueError("mean has no period; the last is that in which the order arrives")
    for name, values in {"on_hand": stock, **arrays}.items():
        refuse_values(
            ~(np.isfinite(values) & (values >= 0)), name, values, "must be finite, at least 0"
        )
    return stock, arrays["pipeline"], arrays["mean"], arrays["variance"]


@compiled
def _order_all(  # noqa: PLR0913, PLR0917  # arrays in, arrays out
    on_hand: FloatArray,
    pipeline: FloatArray,
    mean: FloatArray,
    variance: FloatArray,
    ratio: FloatArray,
    orders: IntArray,
) -> None:
    """Fill in the order of each item."""
    for item in range(len(on_hand)):
        orders[item] = find_marginal_order(
            on_hand[item], pipeline[item], mean[item], variance[item], ratio[item]
        )
