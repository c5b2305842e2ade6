"""The order of one item under lost sales, uncertain lead times and lost orders, by rollout.

Each order that is tried is followed over sampled paths of demand and lead times, later orders
being those of a simple rule; the order with the best mean reward is placed. It is one step of
policy iteration from that rule (Bertsekas, Tsitsiklis and Wu, Rollout Algorithms for Combinatorial
Optimization, Journal of Heuristics 3, 1997). The rule is a projected inventory level (van Jaarsveld
and Arts, Projected inventory-level policies for lost sales inventory systems, Operations Research
72, 2024): order what is expected to bring stock, projected with expected receipts and demand to
the period in which the order is likely to arrive, to a multiple of that period's expected demand.
The multiple, and how quickly the rule follows demand that runs above or below expectation, are
those that do best on the same paths.

`lost_sales` projects the whole distribution through a pipeline that is certain; here receipts are
not, and what is projected is one number on each of many paths.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from compilation import compiled

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

MULTIPLES = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0)
"""Levels of the rule that are tried, in demand of the period of arrival."""

FOLLOW = (0.0, 0.4)
"""Weights of the newest period in the rule's ratio of demand to expectation."""

STEPS = (-0.8, -0.6, -0.4, -0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.2)
"""Orders tried around the rule's, in the largest expected demand of a period."""

_LEAST_ARRIVING = 0.2
"""Chance of arrival by which an order is divided at least."""

_FACTOR = 4.0
"""Within this factor a period's demand moves the rule's ratio."""

_LEAST_MEAN = 1e-9


@dataclass(frozen=True)
class Supply:
    """What is on its way and how orders arrive.

    Attributes:
        age: periods since each order out was placed, at least 1, shape (n,).
        quantity: its units, shape (n,).
        chances: of lead times 0, 1, ... and of never last, sum 1, shape (k + 1,).
    """

    age: IntArray
    quantity: FloatArray
    chances: FloatArray

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            ValueError: an age below 1 or beyond the lead times, or chances that are no
                distribution.
        """
        if ((self.age < 1) | (self.age >= len(self.chances))).any():
            raise ValueError("an order out has an age that no lead time reaches")
        if (self.chances < 0).any() or not np.isclose(self.chances.sum(), 1):
            raise ValueError("chances of lead times must be at least 0 and sum to 1")


def find_usual_lead_time(chances: FloatArray) -> int:
    """Mean lead time of the orders that arrive, to the nearest period; 0 if none ever does."""
    arriving = chances[:-1]
    return round(float(arriving @ np.arange(len(arriving)) / max(arriving.sum(), _LEAST_MEAN)))


def choose_order(  # noqa: PLR0913  # the state, the future and what a unit is worth
    paths: FloatArray,
    on_hand: float,
    supply: Supply,
    rng: np.random.Generator,
    *,
    profit: float,
    holding_cost: float,
) -> int:
    """The order to place now.

    Per period: the order is placed, what is due arrives, demand takes stock and the rest is lost.

    Args:
        paths: demand from this period to the last that counts, units, shape (n, periods); stock
            left after it is worth nothing.
        on_hand: units before this period's arrivals.
        supply: orders out and lead times.
        rng: source of chance for lead times.
        profit: of a unit sold.
        holding_cost: of a unit left at the end of a period.

    Returns:
        Units, whole, at least 0; of orders that do equally well the least.
    """
    arrivals, expected = _receipts(supply, paths.shape, rng)
    arrives = len(supply.chances) - 1
    lead = rng.choice(arrives + 1, paths.shape, p=supply.chances)
    mean = paths.mean(axis=0)
    usual = find_usual_lead_time(supply.chances)

    def first(multiple: float) -> float:
        return float(
            _order_to_level(on_hand, 0, expected, mean, 1.0, supply.chances, multiple, usual)
        )

    def worth(order: float, multiple: float, follow: float) -> float:
        return _average_reward(
            paths, on_hand, arrivals, expected, lead, supply.chances,
            order, multiple, follow, usual, profit, holding_cost,
        )  # fmt: skip

    rules = list(itertools.product(MULTIPLES, FOLLOW))
    multiple, follow = max(rules, key=lambda rule: worth(first(rule[0]), *rule))
    tried = first(multiple) + np.array(STEPS) * max(mean.max(), 1.0)
    orders = np.unique(np.append(np.maximum(np.rint(tried), 0), 0))
    return int(max(orders, key=lambda order: worth(order, multiple, follow)))


def _receipts(
    supply: Supply, shape: tuple[int, ...], rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Units of orders out that arrive by path and period, drawn and in expectation."""
    arrivals, expected = np.zeros(shape), np.zeros(shape[1])
    for age, quantity in zip(supply.age, supply.quantity, strict=True):
        later = supply.chances[age:]
        if later.sum() <= 0:
            continue
        later = later / later.sum()
        due = rng.choice(len(later), shape[0], p=later)
        for period, chance in enumerate(later[:-1][: shape[1]]):
            arrivals[due == period, period] += quantity
            expected[period] += quantity * chance
    return arrivals, expected


@compiled
def _order_to_level(  # noqa: PLR0913, PLR0917  # compiled
    stock: float,
    period: int,
    expected: FloatArray,
    mean: FloatArray,
    ratio: float,
    chances: FloatArray,
    multiple: float,
    usual: int,
) -> float:
    """The rule: raise what is expected in stock `usual` periods on to a multiple of demand."""
    arrival = period + usual
    if arrival >= len(mean):
        return 0.0
    for between in range(period, arrival):
        stock = max(stock + expected[between] - ratio * mean[between], 0.0)
    short = multiple * ratio * mean[arrival] - stock - expected[arrival]
    return max(float(short) / max(1.0 - float(chances[-1]), _LEAST_ARRIVING), 0.0)


@compiled
def _average_reward(  # noqa: PLR0913, PLR0917  # compiled
    paths: FloatArray,
    on_hand: float,
    arrivals: FloatArray,
    expected: FloatArray,
    lead: IntArray,
    chances: FloatArray,
    order: float,
    multiple: float,
    follow: float,
    usual: int,
    profit: float,
    holding_cost: float,
) -> float:
    """Mean over paths of profit less holding where `order` is placed now and the rule's later."""
    periods, arrives = paths.shape[1], len(chances) - 1
    mean = np.zeros(periods)
    for path in range(len(paths)):
        mean += paths[path]
    mean /= len(paths)
    total = 0.0
    due, hoped = np.empty(periods), np.empty(periods)
    for path in range(len(paths)):
        stock, ratio = on_hand, 1.0
        due[:] = arrivals[path]
        hoped[:] = expected
        for period in range(periods):
            placed = order
            if period > 0:
                placed = _order_to_level(
                    stock, period, hoped, mean, ratio, chances, multiple, usual
                )
            if placed > 0:
                for ahead in range(min(arrives, periods - period)):
                    hoped[period + ahead] += placed * chances[ahead]
                if lead[path, period] < min(arrives, periods - period):
                    due[period + lead[path, period]] += placed
            stock += due[period]
            sold = min(stock, paths[path, period])
            stock -= sold
            total += profit * sold - holding_cost * stock
            if follow > 0 and mean[period] > _LEAST_MEAN:
                moved = paths[path, period] / (mean[period] * ratio + _LEAST_MEAN)
                ratio *= 1 - follow + follow * min(max(moved, 1 / _FACTOR), _FACTOR)
    return total / len(paths)
