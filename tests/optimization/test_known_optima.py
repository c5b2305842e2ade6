"""Decisions against optima that others have published or computed.

Unless said otherwise the numbers are those of stockpyl 1.0.2, whose functions and instances follow
Snyder and Shen, Fundamentals of Supply Chain Theory, 2nd ed. 2019.
"""

import numpy as np
import pytest
from scipy import stats

from forecasting.distribution.counts import find_quantile
from optimization.reference.reorder_rules import (
    find_min_max_levels,
    set_reorder_points,
)
from optimization.value.stock_value import StockValue


@pytest.mark.parametrize(
    ("holding", "shortage", "mean", "level", "cost"),
    [
        (0.18, 0.70, 50, 56, 1.7972352118091772),  # example 4.1 with Poisson demand
        (1, 4, 6, 8, 3.5701069457709376),
        (200, 270, 18, 19, 786.0884409351079),  # problem 4.8(a)
    ],
)
def test_newsvendor(holding, shortage, mean, level, cost):
    value = StockValue.of_demand(*(np.array([float(x)]) for x in (mean, mean, shortage, holding)))
    best = find_quantile(value.mean, value.variance, shortage / (shortage + holding))
    assert best[0] == level
    # Newsvendor cost is what perfect knowledge earns, shortage x mean, less the worth of stock.
    worth = value.of_stock(np.array([0]), best)[0]
    assert shortage * mean - worth == pytest.approx(cost, rel=1e-9)


def test_newsvendor_with_salvage():
    # Example 4.2 with Poisson demand: revenue 1, cost 0.3, salvage 0.12: profit 33.2027648.
    value = StockValue.of_demand(*(np.array([x]) for x in (50.0, 50.0, 0.7, 0.18)))
    best = find_quantile(value.mean, value.variance, 0.7 / 0.88)
    assert best[0] == 56
    assert value.of_stock(np.array([0]), best)[0] == pytest.approx(33.20276478819082, rel=1e-9)


def test_base_stock_with_normal_safety_stock():
    # Example 4.4: lead time 4 and review 1, daily demand of mean 50 and deviation 8.
    level = set_reorder_points(5 * 50, 5 * 64, 0.70 / 0.88)
    assert level == pytest.approx(264.76689437415484, rel=1e-9)


@pytest.mark.parametrize(
    ("holding", "shortage", "fixed", "mean", "low", "high", "cost"),
    [
        (1, 4, 5, 6, 4, 10, 8.034111561471642),  # example 4.7
        (40, 125, 150, 4, 2, 7, 223.5748295669688),  # problem 4.31
        # Costs as in Zheng and Federgruen 1991, at other means.
        (1, 9, 64, 10, 6, 40, 35.021555272320384),
        (1, 9, 64, 25, 19, 56, 54.26216671858924),
        (1, 9, 64, 50, 42, 108, 70.97521232954904),
        (0.5, 20, 1, 0.3, 0, 2, 1.187843441873953),
    ],
)
def test_min_max_poisson(holding, shortage, fixed, mean, low, high, cost):  # noqa: PLR0913, PLR0917
    found = find_min_max_levels(
        mean, mean, mean, mean, holding=holding, shortage=shortage, fixed=fixed
    )
    assert (found.reorder_point[0], found.order_up_to[0]) == (low, high)
    assert found.cost[0] == pytest.approx(cost, rel=1e-9)


def test_min_max_of_bursty_demand_beats_its_neighbours_when_played():
    # Negative binomial, lead time of two periods: no oracle is published, so policies are played.
    mean, variance, holding, shortage, fixed = 3.0, 12.0, 1.0, 9.0, 20.0
    found = find_min_max_levels(
        mean, variance, 3 * mean, 3 * variance, holding=holding, shortage=shortage, fixed=fixed
    )
    demand = np.random.default_rng(7).negative_binomial(1, 0.25, 200_000)

    def played(low, high):
        on_hand, first, second, total = high, 0, 0, 0.0
        for units in demand.tolist():
            position = on_hand + first + second
            order = high - position if position <= low else 0
            on_hand += first - units
            total += fixed * (order > 0) + holding * max(on_hand, 0) - shortage * min(on_hand, 0)
            first, second = second, order
        return total / len(demand)

    low, high = int(found.reorder_point[0]), int(found.order_up_to[0])
    best = played(low, high)
    assert found.cost[0] == pytest.approx(best, rel=0.01)
    for other in ((low - 2, high), (low + 2, high), (low, high - 3), (low, high + 3)):
        assert played(*other) > best


def test_items_are_independent():
    together = find_min_max_levels(
        [6, 4], [6, 4], [6, 4], [6, 4], holding=[1, 40], shortage=[4, 125], fixed=[5, 150]
    )
    assert together.reorder_point.tolist() == [4, 2]
    assert together.order_up_to.tolist() == [10, 7]


def test_without_a_fixed_cost_every_review_orders_up_to_the_newsvendor():
    found = find_min_max_levels(6, 6, 18, 18, holding=1, shortage=9, fixed=0)
    assert found.order_up_to[0] == stats.poisson.ppf(0.9, 18)
    assert found.reorder_point[0] == found.order_up_to[0] - 1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: set_reorder_points(1, 1, 1), r"service\[\] is 1.0; it must lie inside"),
        (lambda: set_reorder_points([1, -1], 1, 0.5), r"mean\[1\] is -1.0"),
        (
            lambda: find_min_max_levels(0, 1, 1, 1, holding=1, shortage=1, fixed=1),
            r"mean\[0\] is 0.0; it must be finite, above 0",
        ),
        (
            lambda: find_min_max_levels(1, 1, 1, 1, holding=1, shortage=1, fixed=[1, -1]),
            r"fixed\[1\] is -1.0; it must be finite, at least 0",
        ),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
