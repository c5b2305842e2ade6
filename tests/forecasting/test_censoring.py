"""Unconstrained demand against truths that the estimate does not see."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from forecasting.censoring import unconstrain
from quality_checks.contracts import CONTRACTS

MONDAY = dt.date(2024, 1, 1)


def history(sales, out_of_stock, hours=None, closed=None):
    days = len(sales)
    return pl.DataFrame(
        {
            "region": ["north"] * days,
            "sku": ["a"] * days,
            "location": ["s1"] * days,
            "date": [MONDAY + dt.timedelta(days=i) for i in range(days)],
            "sales": pl.Series(sales, dtype=pl.Int64),
            "out_of_stock": pl.Series(out_of_stock, dtype=pl.Boolean),
            "stockout_hours": pl.Series(hours or [None] * days, dtype=pl.Int64),
            "closed": pl.Series(closed or [False] * days, dtype=pl.Boolean),
        }
    )


def test_keeps_contract_and_never_falls_below_sales():
    sales = [3, 0, 5, None, 4, 9, 2]
    found = unconstrain(history(sales, [False, True, True, False, False, True, False]))
    conformed = CONTRACTS["unconstrained"].conform(
        found.with_columns(business_date=pl.lit(dt.date(2024, 2, 1)))
    )
    assert conformed.height == 7
    known = conformed.drop_nulls("sales")
    assert (known["demand"] >= known["sales"]).all()
    assert conformed["censored"].to_list() == [False, True, True, False, False, True, False]


def test_days_in_stock_are_sales_and_unknown_or_closed_days_have_no_estimate():
    found = unconstrain(
        history([3, None, 0, 0], [False, True, False, False], closed=[False, False, False, True])
    )
    assert found["demand"].to_list() == [3, None, 0, None]


@pytest.mark.parametrize("dispersion", [None, 2])
def test_better_than_doing_nothing_and_than_dropping(dispersion):
    # Mean demand 5, 5 in stock every day, only the close known.
    rng = np.random.default_rng(3)
    days = 7000
    if dispersion:
        demand = rng.negative_binomial(dispersion, dispersion / (dispersion + 5), days)
    else:
        demand = rng.poisson(5, days)
    sales = np.minimum(demand, 5)
    found = unconstrain(history(sales.tolist(), (demand >= 5).tolist()))["demand"].mean()
    assert sales[demand < 5].mean() < sales.mean() < found < demand.mean()
    assert demand.mean() - found < 0.9 * (demand.mean() - sales.mean())


def test_known_hours_recover_the_mean():
    # Stock-outs at random hours, demand even over 16 hours.
    rng = np.random.default_rng(5)
    days = 7000
    hours = np.where(rng.random(days) < 0.5, rng.integers(1, 17, days), 0)
    sales = rng.poisson(8 * (1 - hours / 16))
    found = unconstrain(history(sales.tolist(), (hours > 0).tolist(), hours.tolist()))["demand"]
    assert sales.mean() < 6.5
    assert found.mean() == pytest.approx(8, rel=0.02)
    # An hour of luck before the shelf ran empty is not multiplied by sixteen.
    assert found.max() < 40


def test_a_pair_that_was_never_in_stock_keeps_its_sales():
    found = unconstrain(history([1, 2, 0], [True, True, True], [None, 4, 16]))
    assert found["demand"].to_list() == [1, 2, 0]


def test_weekdays_are_told_apart():
    # Saturdays sell 30, other days 2; the last Saturday runs empty at the open.
    weeks = 12
    sales = [2, 2, 2, 2, 2, 30, 2] * weeks
    sales[-2] = 0
    hours = [0] * len(sales)
    hours[-2] = 16
    found = unconstrain(history(sales, [h > 0 for h in hours], hours))["demand"]
    assert 20 < found[-2] < 30
