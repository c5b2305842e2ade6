"""Days in stock and stock-out days as a mixture, by hand and by simulation."""

import numpy as np
import pytest

from forecasting.distribution.stock_out_days import (
    CLASSES,
    add_stock_outs,
    classify_volume,
    estimate_stock_out_share,
    estimate_surge,
)


def test_classes_lie_between_their_edges():
    assert classify_volume([0, 0.05, 0.99, 1, 49, 1e6]).tolist() == [0, 1, 3, 4, 8, CLASSES - 1]


def test_share_by_hand():
    # Seven of 28 days out, none of 28, and a pair of which nothing is known: the mean of all.
    known = np.ones((3, 40), dtype=bool)
    in_stock = np.ones((3, 40), dtype=bool)
    in_stock[0, -7:] = False
    in_stock[1, :12] = False  # longer ago than counts
    known[2] = in_stock[2] = False
    overall = 7 / 56
    assert estimate_stock_out_share(known, in_stock) == pytest.approx(
        [(7 + 4 * overall) / 32, 4 * overall / 32, overall]
    )


def test_share_of_no_known_day_at_all_is_none():
    nothing = np.zeros((2, 5), dtype=bool)
    assert estimate_stock_out_share(nothing, nothing).tolist() == [0, 0]


def test_surge_of_plenty_is_the_ratio_and_of_none_is_one():
    found = estimate_surge(np.full(100_000, 3.0), np.full(100_000, 6.0))
    assert found[classify_volume(3.0)] == pytest.approx(2, rel=0.01)
    # Classes that were never seen go by the others.
    assert found[0] == pytest.approx(2, rel=0.01)
    nothing = estimate_surge(np.array([]), np.array([]))
    assert nothing == pytest.approx(np.ones(CLASSES))


def test_mixture_against_simulation():
    rng = np.random.default_rng(8)
    mean, variance, share, factor = 4.0, 7.0, 0.2, 1.6
    day = rng.gamma(mean**2 / variance, variance / mean, 1_000_000)
    demand = day * np.where(rng.random(len(day)) < share, factor, 1.0)
    found = add_stock_outs(
        np.array([[mean]]), np.array([[variance]]), np.array([share]), np.full(CLASSES, factor)
    )
    assert found[0].item() == pytest.approx(demand.mean(), rel=0.005)
    assert found[1].item() == pytest.approx(demand.var(), rel=0.01)


def test_no_stock_outs_change_nothing():
    mean, variance = np.array([[1.0, 0.0]]), np.array([[2.0, 0.0]])
    found = add_stock_outs(mean, variance, np.zeros(1), np.full(CLASSES, 3.0))
    np.testing.assert_array_equal(found, (mean, variance))
