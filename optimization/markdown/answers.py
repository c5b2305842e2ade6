"""How demand answers to prices where nobody knows for sure."""

from typing import NamedTuple

import numpy as np

from optimization.value import FloatArray

_SHOWN = np.array([0.0, -np.sqrt(3.0), np.sqrt(3.0)])
_CHANCE = np.array([2 / 3, 1 / 6, 1 / 6])
"""Three slopes that stand for all: the rule of Gauss and Hermite, exact up to the fifth moment."""


class Answer(NamedTuple):
    """Demand at each price by the slopes that it may have.

    Attributes:
        mean, variance: by slope, week and price, units and units^2.
        chance: of each slope.
    """

    mean: FloatArray
    variance: FloatArray
    chance: FloatArray


def answer_prices(  # noqa: PLR0913  # demand, prices, and the response
    mean: FloatArray,
    variance: FloatArray,
    base_price: FloatArray,
    prices: FloatArray,
    *,
    slope: float,
    slope_sd: float,
) -> Answer:
    """Tell what weeks sell at each price, by the slopes that demand may have.

    Demand at a price is that at the base price times f = (price / base price)^slope; a level f
    times as high has the variance mean f + (variance - mean) f^2. The slope is normal around its
    estimate, and no sale rises with the price: three slopes stand for it, one where it is known.

    Args:
        mean: of demand by week at its base price, units, shape (weeks,).
        variance: of the same, units^2.
        base_price: shape (weeks,), currency.
        prices: shape (rungs,), currency.
        slope: log of demand by log of the price.
        slope_sd: standard deviation of its estimate.
    """
    known = slope_sd == 0
    slopes = np.array([slope]) if known else slope + slope_sd * _SHOWN
    step = np.log(prices[None, :] / base_price[:, None])
    factor = np.exp(np.minimum(slopes, 0.0)[:, None, None] * step)
    found = mean[:, None] * factor
    beyond = np.maximum(variance - mean, 0.0)[:, None]
    return Answer(found, found + beyond * factor**2, np.ones(1) if known else _CHANCE.copy())
