"""Stock for a service, against scipy's distributions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from optimization.levels.service import expected_service, find_least_stock


def law(mean, variance):
    if variance > mean:
        return stats.nbinom(mean**2 / (variance - mean), mean / variance)
    return stats.poisson(mean)


@given(
    mean=st.floats(0.01, 400),
    dispersion=st.floats(0.5, 40),
    service=st.floats(0, 0.9999),
)
def test_least_stock_for_a_cycle_service_is_the_quantile(mean, dispersion, service):
    found = find_least_stock([mean], [mean * dispersion], cycle_service=service, shortage=np.inf)[0]
    exact = law(mean, mean * dispersion)
    assert exact.cdf(found) >= service - 1e-9
    assert found == 0 or exact.cdf(found - 1) < service + 1e-9


@given(mean=st.floats(0.01, 400), dispersion=st.floats(0.5, 40), share=st.floats(1e-4, 0.9))
def test_least_stock_for_a_shortage(mean, dispersion, share):
    allowed = share * mean
    found = find_least_stock([mean], [mean * dispersion], cycle_service=0.0, shortage=allowed)[0]

    def short(stock):
        # E[(D - S)+] is the sum of P(D > k) over k >= S, by scipy's tail.
        return law(mean, mean * dispersion).sf(np.arange(stock, stock + 60_000)).sum()

    assert short(found) <= allowed * (1 + 1e-6) + 1e-9
    assert found == 0 or short(found - 1) > allowed * (1 - 1e-6)


def test_expected_service_of_many_against_scipy():
    rng = np.random.default_rng(5)
    mean = rng.gamma(0.5, 20.0, 300)
    variance = mean * rng.uniform(0.7, 6.0, 300)
    stock = rng.poisson(mean)
    got = expected_service(mean, variance, stock)
    for n in range(300):
        exact = law(mean[n], variance[n])
        assert got.cycle_service[n] == pytest.approx(exact.cdf(stock[n]), abs=1e-10)
        tail = exact.sf(np.arange(stock[n], stock[n] + 5000)).sum()
        assert got.shortage[n] == pytest.approx(tail, rel=1e-7, abs=1e-9)


def test_no_demand_needs_no_stock():
    assert find_least_stock([0.0], [0.0], cycle_service=0.99, shortage=0.1).tolist() == [0]
    got = expected_service([0.0], [0.0], [0])
    assert (got.cycle_service[0], got.shortage[0]) == (1.0, 0.0)


def test_large_demand_is_walked_without_underflow():
    found = find_least_stock([50_000.0], [5e6], cycle_service=0.99, shortage=np.inf)[0]
    assert found == law(50_000.0, 5e6).ppf(0.99)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"mean": [-1.0]}, r"mean\[0\] is -1.0"),
        ({"variance": [np.nan]}, r"variance\[0\] is nan"),
        ({"cycle_service": 1.0}, r"cycle_service\[0\] is 1.0; it must lie in"),
        ({"shortage": 0.0}, r"shortage\[0\] is 0.0"),
        ({"variance": [1.0, 2.0]}, r"shapes \(1,\) and \(2,\)"),
    ],
)
def test_what_has_no_meaning_is_refused(arguments, words):
    good = {"mean": [1.0], "variance": [1.0], "cycle_service": 0.5, "shortage": 1.0}
    with pytest.raises(ValueError, match=words):
        find_least_stock(**{**good, **arguments})


def test_no_stock_serves_a_large_demand_with_no_less_than_no_probability():
    mean = np.geomspace(1e2, 1e5, 400)
    got = expected_service(mean, 3 * mean, np.zeros(len(mean), dtype=int))
    assert (got.cycle_service >= 0).all()
