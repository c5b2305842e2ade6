"""Expected stock, lost sales and chance of an empty shelf by day, for arrays of item-locations.

Let D_t be the demand of the days up to t, of mean M_t and variance V_t = (1 - rho) sum s_i^2
+ rho (sum s_i)^2, rho the correlation of two days. What days have in common is taken as a factor u
on all of them, gamma with mean 1 and the variance rho (sum s_i)^2 / M^2 over all days, by a few
points of Gauss's quadrature. Given u days are independent, and the demand of a stretch of them is
negative binomial with mean u sum m_i and variance u (1 - rho) sum s_i^2.

Between two receipts nothing but demand moves stock: of x units after the last one min(D, x) sell,
D being the demand since, and the shelf is empty where D >= x. So without receipts all is exact, and
no factor is needed. What is left then is kept as masses on a lattice
(`optimization.levels.fill_demand`), to which the next receipt is added.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from compilation import compiled, copy_array
from optimization.levels import bound_demand, choose_step, fill_demand
from optimization.refusals import refuse_values

FloatArray = npt.NDArray[np.float64]

_POINTS, _MORE_POINTS = 3, 6
"""Points of the quadrature over what days have in common, and where that varies much."""

_MUCH = 0.15
"""Variance of the common factor from which it varies much."""

_APART = 1e-6
"""Variance of the common factor below which days count as independent."""

_CELLS_PER_SD = 16.0
"""Points of the lattice that a standard deviation of the demand of all days gets at least."""


class ProjectedDays(NamedTuple):
    """What becomes of stock, [pair, day].

    Attributes:
        closing: expected units for sale at the close of the day.
        lost: expected units of the day's demand that are lost.
        out_chance: probability that nothing is left at the close.
    """

    closing: FloatArray
    lost: FloatArray
    out_chance: FloatArray


def project_days(  # noqa: PLR0913, PLR0917  # stock, supply, and four figures of demand
    on_hand: npt.ArrayLike,
    supply: npt.ArrayLike,
    mean: npt.ArrayLike,
    variance: npt.ArrayLike,
    correlation: npt.ArrayLike,
    waits: npt.ArrayLike,
) -> ProjectedDays:
    """Project stock by day.

    Goods of a day can be sold on it. Where customers wait nothing is lost: stock is what is there
    less what is owed, may fall below 0, and the chance is that somebody waits or nothing is left.

    Args:
        on_hand: units for sale before the first day, at least 0; [pair].
        supply: units that come each day, at least 0; [pair, day].
        mean: expected demand, units; [pair, day].
        variance: variance of the same, units^2; [pair, day].
        correlation: of two days of a pair; [pair].
        waits: whether customers of the pair wait; [pair].

    Returns:
        Figures of the shape of `supply`.

    Raises:
        ValueError: a value is negative or not finite, or a correlation lies outside [0, 1].
    """
    stock, units, m, v, rho = (
        copy_array(x, float) for x in (on_hand, supply, mean, variance, correlation)
    )
    named = {"on_hand": stock, "supply": units, "mean": m, "variance": v, "correlation": rho}
    for name, values in named.items():
        bad = ~(np.isfinite(values) & (values >= 0))
        refuse_values(bad, name, values, "must be finite, at least 0")
    refuse_values(rho > 1, "correlation", rho, "must be at most 1")
    sold, out = np.zeros_like(m), np.zeros_like(m)
    patient = copy_array(waits, bool)
    factor, weight = _place_factors(m, v, rho)
    _project_pairs(stock, units, m, v, rho, patient, factor, weight, sold, out)
    sales = np.where(patient[:, None], m, _split_days(sold, m))
    closing = stock[:, None] + np.cumsum(units - sales, axis=1)
    # Below zero only by rounding.
    closing = np.where(patient[:, None], closing, np.maximum(closing, 0.0))
    return ProjectedDays(closing, m - sales, np.minimum(out, 1.0))


def _split_days(sold: FloatArray, mean: FloatArray) -> FloatArray:
    """Sales of each day, from those of all days up to it; at least 0, at most what is asked for.

    The laws of the demand up to two days, each by its moments, may disagree in the tail.
    """
    sales, before = np.empty_like(sold), np.zeros(len(sold))
    for day in range(sold.shape[1]):
        sales[:, day] = np.clip(sold[:, day] - before, 0.0, mean[:, day])
        before += sales[:, day]
    return sales


def _place_factors(
    mean: FloatArray, variance: FloatArray, correlation: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Points of the common factor and their weights, [pair, point]; one where days are apart."""
    total, roots = mean.sum(axis=1), np.sqrt(variance).sum(axis=1)
    spread = np.divide(correlation * roots**2, total**2, out=np.zeros_like(total), where=total > 0)
    factor = np.ones((len(total), _MORE_POINTS))
    weight = np.zeros_like(factor)
    weight[:, 0] = 1.0
    for points, some in (
        (_POINTS, (spread >= _APART) & (spread < _MUCH)),
        (_MORE_POINTS, spread >= _MUCH),
    ):
        factor[some, :points], weight[some, :points] = _quadrature(1.0 / spread[some], points)
    return factor, weight


def _quadrature(shape: FloatArray, points: int) -> tuple[FloatArray, FloatArray]:
    """Points and weights of Gauss's quadrature of gamma distributions of mean 1.

    By the eigenvalues of the recursion of the orthogonal polynomials (Golub and Welsch, Mathematics
    of Computation 23, 1969).
    """
    order = np.arange(points)
    recursion = np.zeros((len(shape), points, points))
    recursion[:, order, order] = 2 * order + shape[:, None]
    between = np.sqrt(order[1:] * (order[1:] + shape[:, None] - 1))
    recursion[:, order[1:], order[:-1]] = between
    recursion[:, order[:-1], order[1:]] = between
    values, vectors = np.linalg.eigh(recursion)
    return np.maximum(values / shape[:, None], 0.0), vectors[:, 0, :] ** 2


@compiled
def _project_pairs(  # noqa: PLR0913, PLR0917  # what `project_days` is given, and two results
    on_hand: FloatArray,
    supply: FloatArray,
    mean: FloatArray,
    variance: FloatArray,
    correlation: FloatArray,
    waits: npt.NDArray[np.bool_],
    factor: FloatArray,
    weight: FloatArray,
    sold: FloatArray,
    out: FloatArray,
) -> None:
    """Units sold since the beginning, and chance of an empty shelf, of every pair and day."""
    days = mean.shape[1]
    total, spread, apart = np.zeros(days), np.zeros(days), np.zeros(days)
    for pair in range(len(on_hand)):
        reached, squares, roots, rho = 0.0, 0.0, 0.0, correlation[pair]
        for day in range(days):
            reached += mean[pair, day]
            squares += variance[pair, day]
            roots += np.sqrt(variance[pair, day])
            total[day], apart[day] = reached, (1.0 - rho) * squares
            spread[day] = apart[day] + rho * roots * roots
        if waits[pair]:
            _find_waiting(on_hand[pair], supply[pair], total, spread, out[pair])
            continue
        if supply[pair, 1:].sum() == 0:
            _sell_days(on_hand[pair], supply[pair], total, spread, 1.0, sold[pair], out[pair])
            continue
        for point in range(factor.shape[1]):
            share, u = weight[pair, point], factor[pair, point]
            if share > 0:
                _sell_days(
                    on_hand[pair], supply[pair], u * total, u * apart, share, sold[pair], out[pair]
                )


@compiled
def _find_waiting(
    on_hand: float, supply: FloatArray, total: FloatArray, spread: FloatArray, out: FloatArray
) -> None:
    """Chance that demand so far takes all that came so far, of one pair, by day."""
    stock = on_hand
    for day in range(len(total)):
        stock += supply[day]
        reach = bound_demand(total[day], spread[day])
        if stock > reach:
            continue
        step = choose_step(spread[day], _CELLS_PER_SD)
        least = int(np.ceil(stock / step))
        demand = np.zeros(least + 2)
        fill_demand(total[day], spread[day], step, demand)
        out[day] = min(demand[least:].sum(), 1.0)


@compiled
def _sell_days(  # noqa: PLR0913, PLR0917  # stock, supply, demand, and what is added to
    on_hand: float,
    supply: FloatArray,
    total: FloatArray,
    spread: FloatArray,
    share: float,
    sold: FloatArray,
    out: FloatArray,
) -> None:
    """Add `share` of units sold so far and chance of an empty shelf, of one pair, by day."""
    days = len(total)
    step = choose_step(spread[days - 1], _CELLS_PER_SD)
    reach = bound_demand(total[days - 1], spread[days - 1])
    # No stock beyond what all demand can take is told apart.
    most = min(on_hand + supply.sum(), reach)
    cells = int(most / step) + 2
    stock, demand, reached = np.zeros(cells), np.zeros(cells), np.zeros(cells)
    stock[0] = 1.0
    _receive(stock, on_hand / step)
    before, variance, sold_before, served, day = 0.0, 0.0, 0.0, 0.0, 0
    while day < days:
        if supply[day] > 0:
            _receive(stock, supply[day] / step)
        end = day + 1
        while end < days and supply[end] <= 0:
            end += 1
        for t in range(day, end):
            fill_demand(total[t] - before, spread[t] - variance, step, demand)
            _sum_from(demand, reached)
            served = sold_before + step * _count_served(stock, reached)
            out[t] += share * (stock * reached).sum()
            sold[t] += share * served
        if end < days:
            _leave(stock, demand, reached)
            before, variance, sold_before = total[end - 1], spread[end - 1], served
        day = end


@compiled
def _sum_from(demand: FloatArray, reached: FloatArray) -> None:
    """Put the chance of at least each number of steps into `reached`."""
    left = 1.0
    for x in range(len(demand)):
        reached[x] = max(left, 0.0)
        left -= demand[x]


@compiled
def _count_served(stock: FloatArray, reached: FloatArray) -> float:
    """Expected steps of demand that stock serves: step x is where x are asked for and there."""
    served, held = 0.0, stock[1:].sum()
    for x in range(1, len(stock)):
        served += reached[x] * held
        held = max(held - stock[x], 0.0)
    return served


@compiled
def _leave(stock: FloatArray, demand: FloatArray, reached: FloatArray) -> None:
    """Take demand off the stock, in place; unmet demand is lost."""
    empty = (stock * reached).sum()
    # From the smallest stock on: what is left at x comes from x and above, still untouched there.
    for x in range(1, len(stock)):
        left = 0.0
        for y in range(x, len(stock)):
            left += stock[y] * demand[y - x]
        stock[x] = left
    stock[0] = empty


@compiled
def _receive(stock: FloatArray, points: float) -> None:
    """Move all stock up by `points` steps; what is beyond the last point counts there."""
    end = len(stock) - 1
    whole = int(points)
    part = points - whole
    for x in range(end, -1, -1):
        held = stock[x]
        if held > 0:
            stock[x] = 0.0
            stock[min(x + whole, end)] += held * (1.0 - part)
            if part > 0:
                stock[min(x + whole + 1, end)] += held * part
