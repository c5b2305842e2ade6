import dataclasses
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from positioning_instances import ECONOMICS
from scipy import stats

from forecasting.distribution.counts import find_quantile
from optimization.value.stock_value import StockValue, build_ladders, compute_unit_costs


def costs_of(economics=ECONOMICS, **changes):
    row = {
        "unit_cost": 20.0,
        "selling_price": 30.0,
        "handling_cost": 0.0,
        "review_days": 7.0,
        "protection_days": 36.5,
        "kind": "store",
        "run_down": False,
    }
    frame = pl.DataFrame({**row, **changes})
    # Nothing comes back: a sale earns its price less the cost.
    margin = pl.col("selling_price") - pl.col("unit_cost")
    return frame.with_columns(sale_margin=margin).with_columns(compute_unit_costs(economics))


def value_of(mean, variance, *, price=30.0, days=7.0, economics=ECONOMICS):
    costs = costs_of(economics, selling_price=price, review_days=days)
    return StockValue.of_demand(
        np.array([mean]),
        np.array([variance]),
        costs["underage_cost"].to_numpy(),
        costs["overage_cost"].to_numpy(),
    )


def values(worth, ks):
    ks = np.array(ks)
    return worth.of_unit(np.zeros_like(ks), ks)


def test_what_a_unit_short_and_a_unit_over_cost():
    # 36.5 % a year and 10 % of markdown over 100 days are 0.2 % a day.
    economics = ECONOMICS.model_copy(
        update={
            "holding_rate_per_year": 0.365,
            "markdown_loss_share": 0.1,
            "holding_horizon_days": 100,
            "exit_loss_share": 0.4,
            "unmet_demand": {"ecom": "waits"},
            "backorder_cost_share": 0.05,
        }
    )

    def both(**changes):
        return costs_of(economics, **changes).select("underage_cost", "overage_cost").row(0)

    # Kept for a review; the whole window and the exit where the item leaves with it.
    assert both() == pytest.approx((10, 20 * 0.002 * 7))
    assert both(run_down=True) == pytest.approx((10, 20 * (0.002 * 36.5 + 0.4)))
    # A customer who waits costs a share of the price, whatever the margin.
    assert both(kind="ecom") == pytest.approx((1.5, 20 * 0.002 * 7))
    # What is left over need not be sent again, unless the item leaves.
    assert both(handling_cost=1.5) == pytest.approx((10, 20 * 0.002 * 7 - 1.5))
    assert both(handling_cost=1.5, run_down=True)[1] == pytest.approx(20 * (0.002 * 36.5 + 0.4))
    assert both(handling_cost=99.0) == pytest.approx((10, 20 * 0.002 * 7 - 10))
    # A sale below cost is not missed.
    assert both(selling_price=15.0)[0] == 0


def test_the_value_of_units_by_hand():
    economics = ECONOMICS.model_copy(
        update={
            "holding_rate_per_year": 0.365,
            "markdown_loss_share": 0.1,
            "holding_horizon_days": 100,
        }
    )
    worth = value_of(2.0, 2.0, days=50.0, economics=economics)
    assert (worth.underage[0], worth.overage[0]) == pytest.approx((10, 2))
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


@given(
    mean=st.floats(0.05, 80),
    dispersion=st.floats(0.5, 5),
    price=st.floats(5, 100),
    days=st.floats(0.1, 100),
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
    level = int(
        find_quantile(
            [mean], [mean * dispersion], worth.underage / (worth.underage + worth.overage)
        )[0]
    )
    best = max(0.0, stock.max())
    assert (stock[level - 1] if level else 0.0) == pytest.approx(best, abs=1e-6)


def test_units_sold_before_lie_below_the_demand_that_is_open():
    plain = value_of(2.0, 2.0)
    before = dataclasses.replace(plain, sold_before=np.array([4]))
    assert values(before, [1, 4]) == pytest.approx([10, 10])
    assert values(before, [5, 6, 9]) == pytest.approx(values(plain, [1, 2, 5]))
    pair, ks = np.zeros(12, dtype=int), np.arange(1, 13)
    assert before.of_stock(pair, ks) == pytest.approx(np.cumsum(values(before, ks)))


def test_units_above_the_level_are_kept_until_demand_reaches_them():
    plain = value_of(2.0, 2.0)
    surplus = dataclasses.replace(
        plain,
        level=np.array([3]),
        surplus_step=np.array([0.5]),
        surplus_most=np.array([1.2]),
    )
    taken = values(plain, [3, 4, 5, 6, 7]) - values(surplus, [3, 4, 5, 6, 7])
    assert taken == pytest.approx([0, 0.5, 1.0, 1.2, 1.2])
    pair, ks = np.zeros(12, dtype=int), np.arange(1, 13)
    assert surplus.of_stock(pair, ks) == pytest.approx(np.cumsum(values(surplus, ks)))


def test_the_chance_to_gain_is_that_of_selling_enough_units():
    """Ten to earn a unit, two to lose: of four sent onto two, one sold pays for three left."""
    worth = StockValue.of_demand(*(np.array([x]) for x in (5.0, 5.0, 10.0, 2.0)))
    pair, stock, units = np.array([0]), np.array([2]), np.array([4])

    def chance(cost):
        benefit = worth.gain(pair, stock, units) - cost
        return worth.chance_to_gain(pair, stock, units, benefit)[0]

    # n sold earn 12 n - 8 less the cost: one is enough up to 4, two up to 16, none covers 41.
    assert chance(3.9) == pytest.approx(stats.poisson.sf(2, 5))
    assert chance(4.1) == pytest.approx(stats.poisson.sf(3, 5))
    assert chance(41.0) == 0
    # Paid for whether it sells or not: it has not gained until one does.
    assert chance(-8.1) == pytest.approx(stats.poisson.sf(2, 5))


def test_ladders():
    pair, rung = build_ladders(np.array([2, 0, 3]))
    assert pair.tolist() == [0, 0, 2, 2, 2]
    assert rung.tolist() == [0, 1, 0, 1, 2]
