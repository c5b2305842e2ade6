"""Compiled loops over the histories that features are made of.

`demand` is deseasonalised, [pair, day], NaN where unknown. `at` gives the pair and the origin, the
last day looked at, of each row of the output; `out` is [row, feature] and filled in place, where
nothing is known it stays as it is.
"""

import numpy as np
import numpy.typing as npt

from compilation import compiled
from forecasting.global_model.panel import BoolArray, FloatArray, IntArray

Float64Array = npt.NDArray[np.float64]
At = tuple[IntArray, IntArray]

WINDOW = 84
"""Days up to an origin that are looked at."""

SHORT, LONG = 7, 28
"""Days of the windows that means are taken over."""

FULL_PRICE = 0.97
DEEP_DISCOUNT = 0.9
"""Share of the list price above which a price counts as full, and below which as a discount."""

WEEKS = 4
"""Same weekdays before the origin that are averaged."""


@compiled
def fill_weighted_levels(
    demand: FloatArray, counts: BoolArray, at: At, alphas: Float64Array, out: FloatArray
) -> None:
    """Exponentially weighted means over the days that count, a column for each of `alphas`."""
    for row in range(len(at[0])):
        pair, last = at[0][row], at[1][row]
        for column in range(len(alphas)):
            weight, total, weights = 1.0, 0.0, 0.0
            for day in range(last, max(last - WINDOW, -1), -1):
                if counts[pair, day]:
                    total += weight * demand[pair, day]
                    weights += weight
                weight *= 1 - alphas[column]
            if weights > 0:
                out[row, column] = total / weights


@compiled
def fill_demand_windows(
    demand: FloatArray, in_stock: BoolArray, at: At, units: FloatArray, shares: FloatArray
) -> None:
    """Fill means over short and long windows, how days vary, and how many are known.

    Columns of `units`: mean_7, mean_28, mean_in_stock_7, mean_in_stock_28, deviation_28; of
    `shares`: known_28, in_stock_7, in_stock_28, zeros_28.
    """
    for row in range(len(at[0])):
        pair, last = at[0][row], at[1][row]
        sums, days = np.zeros(4), np.zeros(4)  # short, long, short in stock, long in stock
        squares, zeros = 0.0, 0.0
        for day in range(last, max(last - LONG, -1), -1):
            value = demand[pair, day]
            if np.isfinite(value):
                for window in range(4):
                    recent = window % 2 == 1 or last - day < SHORT
                    if recent and (window <= 1 or in_stock[pair, day]):
                        sums[window] += value
                        days[window] += 1
                squares += value * value
                zeros += value == 0
        for window in range(4):
            if days[window] > 0:
                units[row, window] = sums[window] / days[window]
        shares[row, 0] = days[1] / LONG
        if days[1] > 0:
            units[row, 4] = np.sqrt(max(squares / days[1] - (sums[1] / days[1]) ** 2, 0.0))
            shares[row, 2] = days[3] / days[1]
            shares[row, 3] = zeros / days[1]
        if days[0] > 0:
            shares[row, 1] = days[2] / days[0]


@compiled
def fill_levels_by_price(demand: FloatArray, price: FloatArray, at: At, out: FloatArray) -> None:
    """Mean demand at full price, and at a deep discount."""
    for row in range(len(at[0])):
        pair, last = at[0][row], at[1][row]
        sums, days = np.zeros(2), np.zeros(2)
        for day in range(last, max(last - WINDOW, -1), -1):
            if np.isfinite(demand[pair, day]):
                if price[pair, day] > FULL_PRICE:
                    sums[0] += demand[pair, day]
                    days[0] += 1
                elif price[pair, day] < DEEP_DISCOUNT:
                    sums[1] += demand[pair, day]
                    days[1] += 1
        for kind in range(2):
            if days[kind] > 0:
                out[row, kind] = sums[kind] / days[kind]


@compiled
def fill_last_days(demand: FloatArray, in_stock: BoolArray, at: At, out: FloatArray) -> None:
    """Demand of the origin, and of the last day in stock."""
    for row in range(len(at[0])):
        pair, last = at[0][row], at[1][row]
        out[row, 0] = demand[pair, last]
        for day in range(last, max(last - WINDOW, -1), -1):
            if in_stock[pair, day] and np.isfinite(demand[pair, day]):
                out[row, 1] = demand[pair, day]
                break


@compiled
def fill_same_weekdays(
    demand: FloatArray, asked: tuple[IntArray, IntArray, IntArray], out: FloatArray
) -> None:
    """Mean of the target's weekday over the last weeks up to the origin, and the last of them.

    `asked` is the pair, the origin and the target of each row.
    """
    for row in range(len(asked[0])):
        pair, origin, target = asked[0][row], asked[1][row], asked[2][row]
        total, known = 0.0, 0
        day = target - 7 * ((target - origin + 6) // 7)
        for _week in range(WEEKS):
            if day >= 0 and np.isfinite(demand[pair, day]):
                if known == 0:
                    out[row, 1] = demand[pair, day]
                total += demand[pair, day]
                known += 1
            day -= 7
        if known > 0:
            out[row, 0] = total / known


@compiled
def fill_offer_windows(price: FloatArray, promoted: BoolArray, at: At, out: FloatArray) -> None:
    """Mean price over the short and the long window, and share of promoted days of the long."""
    for row in range(len(at[0])):
        pair, last = at[0][row], at[1][row]
        short, long, promotions, days = 0.0, 0.0, 0.0, 0
        for day in range(last, max(last - LONG, -1), -1):
            if last - day < SHORT:
                short += price[pair, day]
            long += price[pair, day]
            promotions += promoted[pair, day]
            days += 1
        out[row, 0] = short / min(days, SHORT)
        out[row, 1] = long / days
        out[row, 2] = promotions / days
