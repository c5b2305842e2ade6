"""What to order so that demand of the period of arrival is met: stock carried to it, then weighed.

What is asked of many items at once is described in `lost_sales`, which calls this loop.
"""

import numpy as np
import numpy.typing as npt

from compilation import compiled
from optimization.levels import (
    CELLS_PER_SD,
    bound_demand,
    carry_stock,
    choose_step,
    fill_demand,
)

FloatArray = npt.NDArray[np.float64]

_SAME = 1e-9
"""Differences of probabilities and of units that are rounding."""


@compiled
def find_marginal_order(
    on_hand: float,
    receipts: FloatArray,
    mean: FloatArray,
    variance: FloatArray,
    ratio: float,
) -> int:
    """Least order with which demand of the last period is met with chance `ratio`."""
    lead = len(mean) - 1
    spread = np.maximum(variance, mean)
    step = choose_step(spread.sum(), CELLS_PER_SD)
    stock, low, high, aside = carry_stock(
        on_hand, receipts[:lead], mean[:lead], variance[:lead], step
    )
    aside += receipts[lead]
    demand = np.zeros(int(bound_demand(mean[lead], spread[lead]) / step) + 3)
    first, last = fill_demand(mean[lead], spread[lead], step, demand)
    # shortage[y + high] is the chance that demand exceeds stock by y steps.
    shortage = np.zeros(high + last + 1)
    for cell in range(low, high + 1):
        for units in range(first, last + 1):
            shortage[units - cell + high] += stock[cell] * demand[units]
    before, reached, point = 0.0, 0.0, float(last)
    for y in range(len(shortage)):
        reached += shortage[y]
        if reached >= ratio - _SAME:
            point = float(y - high)
            if step > 1:
                # A point stands for all from half a step below to half a step above it.
                point += 0.5 - (reached - ratio) / (reached - before) - 0.5 / step
            break
        before = reached
    return max(int(np.ceil(point * step - aside - _SAME)), 0)
