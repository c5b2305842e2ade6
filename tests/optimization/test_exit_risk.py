"""Stock of items that leave the range, against the newsvendor and against simulated seasons."""

import numpy as np
import pytest

from forecasting.distribution.counts import find_quantile
from optimization.value.exit_risk import Style, find_best_stock


def style(**values):
    usual = {"margin": 6.0, "keeping": 0.1, "mean": 20.0, "variance": 50.0}
    return Style(**{name: np.array([float(x)]) for name, x in {**usual, **values}.items()})


def best(chosen, most=1000):
    return find_best_stock(chosen, np.array([most])).item()


def test_without_a_loss_it_is_the_newsvendors_level():
    chosen = style(loss=0.0, life_mean=40, life_variance=90)
    assert best(chosen) == find_quantile(20, 50, 6.0 / 6.1)


def test_when_the_window_is_the_rest_of_life_the_loss_is_a_cost_of_what_is_over():
    chosen = style(loss=5.0, life_mean=20, life_variance=50)
    assert best(chosen) == find_quantile(20, 50, 6.0 / 11.1)


def test_the_longer_the_life_the_more_is_held_and_never_more_than_allowed():
    lives = [20, 25, 30, 60, 200]
    levels = [best(style(loss=5.0, life_mean=m, life_variance=2.5 * m)) for m in lives]
    assert levels == sorted(levels)
    assert levels[-1] == best(style(loss=0.0, life_mean=200, life_variance=500))
    assert best(style(loss=5.0, life_mean=60, life_variance=150), most=17) == 17
    assert best(style(loss=5.0, life_mean=60, life_variance=150, margin=0.0)) == 0


def test_no_other_stock_earned_more_in_simulated_seasons():
    # A season's demand by a common factor: 4 units a day for 10 days, and for 8 more until the end.
    rng = np.random.default_rng(3)
    runs, shared = 200_000, 0.15
    factor = rng.gamma(1 / shared, shared, runs)
    window = rng.poisson(40 * factor)
    life = window + rng.poisson(32 * factor)
    margin, keeping, loss = 6.0, 0.1, 5.0

    def earned(stock):
        sold = np.minimum(window, stock)
        over = np.maximum(stock - life, 0)
        return (margin * sold - keeping * (stock - sold) - loss * over).mean()

    chosen = style(
        margin=margin,
        keeping=keeping,
        loss=loss,
        mean=40,
        variance=40 + shared * 40**2,
        life_mean=72,
        life_variance=72 + shared * 72**2,
    )
    stocks = range(40, 110)
    most = max(earned(stock) for stock in stocks)
    assert earned(best(chosen)) == pytest.approx(most, rel=1e-3)
    assert earned(find_quantile(40, 40 + shared * 40**2, margin / (margin + keeping))) < 0.97 * most
