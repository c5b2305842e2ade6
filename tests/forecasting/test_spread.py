"""Spread learnt from a backtest whose errors are drawn from known distributions."""

import numpy as np
import pytest

from forecasting.distribution.counts import interpolate_quantiles
from forecasting.distribution.stock_out_days import classify_volume
from forecasting.global_model.backtest import Origin
from forecasting.global_model.features import COLUMN, NAMES
from forecasting.global_model.spread import fit_spread

PAIRS, DAYS, PLACES = 1500, 14, 5
SKU = np.repeat(np.arange(PAIRS // PLACES), PLACES)


def origins(*, alpha, shared=0.0, common=0.0, out=0.0, seed=5):
    """Demand of mean 1 to 20, negative binomial by day, times gamma factors of pair and sku."""
    rng = np.random.default_rng(seed)
    found = []
    for back in (14, 28):
        level = np.exp(rng.uniform(0, 3, (PAIRS, 1)))
        mean = np.repeat(level, DAYS, axis=1)
        factor = rng.gamma(1 / shared, shared, (PAIRS, 1)) if shared else 1.0
        if common:
            factor = factor * rng.gamma(1 / common, common, PAIRS // PLACES)[SKU][:, None]
        day = rng.gamma(1 / alpha, alpha, mean.shape) if alpha else 1.0
        demand = rng.poisson(mean * factor * day).astype(np.float32)
        values = np.zeros((mean.size, len(NAMES)), dtype=np.float32)
        values[:, COLUMN["base"]] = mean.ravel()
        in_stock = rng.random(mean.shape) >= out
        # What a stock-out day shows must not count.
        demand[~in_stock] = 1000
        found.append(Origin(back, values, mean.astype(np.float32), demand, in_stock))
    return found


def rows_of(origin):
    return origin.values, origin.mean.ravel().astype(np.float64)


def test_variance_of_slow_pairs_is_that_of_the_truth():
    found = origins(alpha=0.3)
    values, mean = rows_of(found[0])
    slow = classify_volume(mean) == 4
    variance = fit_spread(found, SKU, seed=1).variance(values, mean)
    assert variance[slow].sum() == pytest.approx((mean + 0.3 * mean**2)[slow].sum(), rel=0.12)


def test_variance_is_never_below_that_of_the_poisson():
    found = origins(alpha=0.0)
    values, mean = rows_of(found[0])
    model = fit_spread(found, SKU, seed=1)
    assert (model.variance(values, mean) >= mean).all()


@pytest.mark.parametrize("alpha", [0.0, 0.3])
def test_variance_is_that_of_the_truth(alpha):
    found = origins(alpha=alpha)
    values, mean = rows_of(found[0])
    variance = fit_spread(found, SKU, seed=1).variance(values, mean)
    true = mean + alpha * mean**2
    for number in (5, 6, 7):
        rows = classify_volume(mean) == number
        assert variance[rows].sum() == pytest.approx(true[rows].sum(), rel=0.12)


def test_intervals_cover_days_that_were_not_learnt():
    values, mean = rows_of(origins(alpha=0.3, seed=6)[0])
    demand = origins(alpha=0.3, seed=6)[0].demand.ravel()
    variance = fit_spread(origins(alpha=0.3), SKU, seed=1).variance(values, mean)
    low, high = interpolate_quantiles(mean, variance, [0.1, 0.9])
    # Intervals end within whole units here, which hold a little more than they promise.
    assert 0.785 < ((demand >= low) & (demand <= high)).mean() < 0.84


def test_correlation_is_that_of_the_shared_factor():
    found = fit_spread(origins(alpha=0.2, shared=0.15), SKU, seed=1)
    for mean, number in ((3.3, 5), (7.2, 6), (14.0, 7)):
        day = mean + (0.2 + 0.15 + 0.03) * mean**2
        assert found.correlation[number] == pytest.approx(0.15 * mean**2 / day, abs=0.06)
    assert fit_spread(origins(alpha=0.2), SKU, seed=1).correlation == pytest.approx(0, abs=0.02)


def test_locations_share_what_the_factor_of_the_sku_does():
    found = fit_spread(origins(alpha=0.2, common=0.15), SKU, seed=1)
    assert found.common_variation == pytest.approx(0.15, rel=0.25)
    alone = fit_spread(origins(alpha=0.2, shared=0.15), SKU, seed=1)
    assert alone.common_variation == pytest.approx(0, abs=0.02)


def test_stock_out_days_do_not_count():
    values, mean = rows_of(origins(alpha=0.3)[0])
    every = fit_spread(origins(alpha=0.3), SKU, seed=1).variance(values, mean)
    held = fit_spread(origins(alpha=0.3, out=0.3), SKU, seed=1).variance(values, mean)
    assert held.sum() == pytest.approx(every.sum(), rel=0.1)
