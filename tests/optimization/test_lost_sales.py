import numpy as np
import pytest
from scipy import stats

from optimization.reference.lost_sales import find_marginal_orders

DRAWS = 200_000


def drawn(rng, mean, variance):
    if mean == 0:
        return np.zeros(DRAWS)
    if variance <= mean:
        return rng.poisson(mean, DRAWS)
    return rng.negative_binomial(mean**2 / (variance - mean), mean / variance, DRAWS)


def played(rng, on_hand, pipeline, mean, variance):
    """Stock after the periods, by playing them."""
    stock = np.full(DRAWS, float(on_hand))
    for receipt, m, v in zip(pipeline, mean, variance, strict=True):
        stock = np.maximum(stock + receipt - drawn(rng, m, v), 0)
    return stock


STATES = {
    "small": (7, [3, 5, 0], [5, 5, 5], [5, 5, 30]),
    "slow": (0, [1, 2], [0.3, 0.2], [0.5, 0.1]),
    "changing": (9, [0, 0, 4], [0, 4, 12], [0, 9, 12]),
    "large": (400, [300, 500], [350, 400], [9_000, 350]),
    "huge": (40_000, [20_000, 60_000], [30_000, 30_000], [1e8, 3e4]),
    "overstock": (1e9, [3, 0], [5, 5], [5, 5]),
}


@pytest.mark.parametrize("ratio", [0.2, 0.5, 0.9, 0.99])
def test_marginal_order_without_lead_time_is_the_newsvendor(ratio):
    wanted = stats.nbinom.ppf(ratio, 4, 4 / 9)  # mean 5, variance 11.25
    orders = find_marginal_orders([2], [[0]], [[5.0]], [[11.25]], [ratio])
    assert orders[0] == max(wanted - 2, 0)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("ratio", [0.6, 0.95])
def test_marginal_order_is_the_quantile_of_the_shortage(state, ratio):
    on_hand, pipeline, mean, variance = STATES[state]
    rng = np.random.default_rng(7)
    stock = played(rng, on_hand, pipeline, mean, variance)
    shortage = drawn(rng, mean[-1], variance[-1]) - stock
    order = find_marginal_orders(
        [on_hand],
        [[*pipeline, 0]],
        [[*mean, mean[-1]]],
        [[*variance, variance[-1]]],
        [ratio],
    )[0]
    slack = 3 * (ratio * (1 - ratio) / DRAWS) ** 0.5
    if order > 0:
        assert (shortage <= order).mean() >= ratio - slack
        assert (shortage <= order - 1).mean() <= ratio + slack
    else:
        assert (shortage <= 0).mean() >= ratio - slack


def test_what_lost_sales_change():
    # Demand that meets no stock is lost: four periods without stock need no more than one.
    orders = find_marginal_orders([0], [[0] * 5], [[5.0] * 5], [[5.0] * 5], [0.9])
    assert orders[0] == stats.poisson.ppf(0.9, 5)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([-1], [[0]], [[5]], [[5]]), r"on_hand\[0\] is -1.0; it must be finite, at least 0"),
        (([1, 1], [[0], [0]], [[5], [np.nan]], [[5], [5]]), r"mean\[1, 0\] is nan"),
        (([1], [[0, 0]], [[5]], [[5]]), r"pipeline has shape \(1, 2\)"),
        (([1], [[0]], [[5]], [[-5]]), r"variance\[0, 0\] is -5.0"),
    ],
)
def test_bad_input_is_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        find_marginal_orders(*arguments, [0.5])


def test_bad_aims_are_named():
    state = ([1], [[0]], [[5]], [[5]])
    with pytest.raises(ValueError, match=r"ratio\[0\] is 1.0"):
        find_marginal_orders(*state, [1.0])
    none = np.empty((1, 0))
    with pytest.raises(ValueError, match="mean has no period"):
        find_marginal_orders([1], none, none, none, [0.5])
