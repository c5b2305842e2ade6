"""Forecast errors by hand."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from scipy import stats

from forecasting.accuracy import quantile_scores, score, summary
from quality_checks.contracts import CONTRACTS

DAY = dt.date(2025, 5, 10)


def forecasts():
    rows = [
        (DAY - dt.timedelta(days=1), "a", 4.0),
        (DAY - dt.timedelta(days=1), "b", 1.5),
        (DAY - dt.timedelta(days=1), "c", 9.0),
        (DAY - dt.timedelta(days=1), "d", 9.0),
        (DAY - dt.timedelta(days=7), "a", 10.0),
    ]
    return pl.DataFrame(
        {
            "business_date": [row[0] for row in rows],
            "region": "north",
            "sku": [row[1] for row in rows],
            "location": "s1",
            "date": DAY,
            "mean": [row[2] for row in rows],
            "variance": [row[2] for row in rows],
            "correlation": 0.1,
            "mean_in_stock": [row[2] for row in rows],
            "variance_in_stock": [row[2] for row in rows],
            "model": "TSB",
        }
    )


def actual():
    return pl.DataFrame(
        {
            "sku": ["a", "b", "c", "d"],
            "location": "s1",
            "category": "shirts",
            "sales": [6, 0, 0, None],
            "out_of_stock": [False, False, True, False],
            "week_1": [5, None, 7, 7],
            "week_2": [9, 3, 7, 7],
            "week_3": [None, None, 7, 7],
            "week_4": [1, None, 7, 7],
        }
    )


def test_by_hand():
    found = score(forecasts(), actual())
    # c is stocked out and d unknown: lead 1 compares 4 with 6 and 1.5 with 0.
    assert found.select("lead_days", "pairs", "actual", "forecast", "absolute_error").rows() == [
        (1, 2, 6.0, 5.5, 3.5),
        (7, 1, 6.0, 10.0, 4.0),
    ]
    CONTRACTS["forecast_accuracy"].conform(found)


def test_naive_forecast_is_the_last_same_weekday_known_when_ours_was_made():
    found = score(forecasts(), actual())
    # Lead 1: a sold 5 a week ago, b nothing known then and 3 the week before. Lead 7: 5 again.
    assert found["naive_error"].to_list() == [1 + 3, 1]
    assert found["compared_error"].to_list() == [3.5, 4]
    earlier = forecasts().filter(pl.col("mean") == 10)
    earlier = earlier.with_columns(business_date=DAY - dt.timedelta(days=8))
    assert score(earlier, actual())["naive_error"].to_list() == [3]
    unknown = actual().with_columns(week_1=None, week_2=None, week_3=None, week_4=None)
    bare = score(forecasts(), unknown.cast({f"week_{n}": pl.Int64 for n in range(1, 5)}))
    assert bare["compared_error"].to_list() == bare["naive_error"].to_list() == [0, 0]


def test_pinball_loss_and_coverage_against_the_poisson():
    levels = np.arange(1, 20) * 0.05
    found = score(forecasts(), actual()).row(0, named=True)
    total = 0.0
    for mean, sold in ((4.0, 6), (1.5, 0)):
        units = np.arange(60)
        middle = stats.poisson.cdf(units - 1, mean) + stats.poisson.pmf(units, mean) / 2
        quantiles = np.interp(levels, np.r_[0, middle], np.r_[-1, units]).clip(0)
        total += np.mean(
            [
                max(p * (sold - q), (p - 1) * (sold - q))
                for p, q in zip(levels, quantiles, strict=True)
            ]
        )
    assert found["pinball_loss"] == pytest.approx(total, rel=1e-4)
    assert found["covered_80"] == 2


def test_summary_by_hand():
    rows = pl.DataFrame({"mean": [4.0, 2.0], "variance": [4.0, 2.0], "demand": [6.0, 1.0]})
    found = summary(rows)
    assert found["wape"] == pytest.approx(3 / 7)
    assert found["bias"] == pytest.approx(-1 / 7)
    assert found["coverage_80"] == 1
    with pytest.raises(ValueError, match="2 days with 0 units"):
        summary(rows.with_columns(demand=0.0))


def test_losses_are_least_for_the_distribution_that_demand_comes_from():
    demand = np.random.default_rng(3).negative_binomial(4, 0.4, 20_000).astype(float)
    right = quantile_scores(np.full(20_000, 6.0), np.full(20_000, 15.0), demand)
    assert 0.78 < right[1].mean() < 0.88
    for mean, variance in ((6.0, 6.0), (6.0, 40.0), (5.0, 15.0), (7.5, 15.0)):
        wrong = quantile_scores(np.full(20_000, mean), np.full(20_000, variance), demand)
        assert wrong[0].mean() > right[0].mean()


def test_nothing_to_compare():
    assert score(forecasts().clear(), actual()).is_empty()


def test_refuses_other_dates_and_hindsight():
    moved = pl.concat([forecasts(), forecasts().with_columns(date=DAY + dt.timedelta(days=1))])
    with pytest.raises(ValueError, match="2 dates, 2025-05-10 to 2025-05-11"):
        score(moved, actual())
    with pytest.raises(ValueError, match="forecast for 2025-05-10 was made on 2025-05-10"):
        score(forecasts().with_columns(business_date=DAY), actual())
