import dataclasses
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from positioning_instances import ECONOMICS

from forecasting.distribution import quantile
from optimization.marginal_value import StockValue, ladders


def value_of(mean, variance, *, price=30.0, days=36.5, economics=ECONOMICS):
    pair = pl.DataFrame(
        {
            "demand_mean": [mean],
            "demand_variance": [variance],
            "protection_days": [days],
            "unit_cost": [20.0],
            "unit_price": [price],
        }
    )
    return StockValue.of_pairs(pair, economics)


def values(worth, ks):
    ks = np.array(ks)
    return worth.of_unit(np.zeros_like(ks), ks)


def test_the_value_of_units_by_hand():
    # Holding 50 % a year over a tenth of a year and 5 % markdown on 20: 2 a unit left over.
    economics = dataclasses.replace(ECONOMICS, holding_rate_per_year=0.5, markdown_loss_share=0.05)
    worth = value_of(2.0, 2.0, economics=economics)
    assert worth.underage[0] == pytest.approx(10)
    assert worth.overage[0] == pytest.approx(2)
    sold = [1 - math.exp(-2), 1 - 3 * math.exp(-2), 1 - 5 * math.exp(-2)]
    by_hand = [10 * p - 2 * (1 - p) for p in sold]
    assert values(worth, [1, 2, 3]) == pytest.approx(by_hand)
    stock = worth.of_stock(np.zeros(3, dtype=int), np.array([1, 2, 3]))
    assert stock == pytest.approx(np.cumsum(by_hand))


def test_owed_units_are_worth_the_whole_margin():
    worth = value_of(2.0, 2.0)
    assert values(worth, [0, -3]) == pytest.approx([10, 10])
    gain = worth.gain(np.array([0]), np.array([-3]), np.array([3]))
    assert gain == pytest.approx([30])


def test_without_demand_or_margin_every_unit_costs():
    assert (values(value_of(0.0, 0.0), [1, 2]) < 0).all()
    assert (values(value_of(5.0, 5.0, price=15.0), [1, 2]) < 0).all()


@settings(deadline=None)
@given(
    mean=st.floats(0.05, 80),
    dispersion=st.floats(0.5, 5),
    price=st.floats(5, 100),
    days=st.floats(0, 100),
)
def test_units_are_worth_ever_less_and_stock_peaks_at_the_newsvendor_level(
    mean, dispersion, price, days
):
    worth = value_of(mean, mean * dispersion, price=price, days=days)
    ks = np.arange(1, 300)
    unit = values(worth, ks)
    assert (np.diff(unit) <= 1e-9).all()
    stock = worth.of_stock(np.zeros_like(ks), ks)
    assert stock == pytest.approx(np.cumsum(unit), abs=1e-6)
    level = int(quantile([mean], [mean * dispersion], worth.critical_ratio())[0])
    best = max(0.0, stock.max())
    assert (stock[level - 1] if level else 0.0) == pytest.approx(best, abs=1e-6)


def test_ladders():
    pair, rung = ladders(np.array([2, 0, 3]))
    assert pair.tolist() == [0, 0, 2, 2, 2]
    assert rung.tolist() == [0, 1, 0, 1, 2]
