"""Forecast errors by hand."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from scipy import stats

from forecasting.evaluation.accuracy import (
    quantile_scores,
    score_forecast,
    score_levels,
    summarize_accuracy,
)
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
            "service_class": ["A", "B", "A", "A"],
            "sales": [6, 0, 0, None],
            "out_of_stock": [False, False, True, False],
            "week_1": [5, None, 7, 7],
            "week_2": [9, 3, 7, 7],
            "week_3": [None, None, 7, 7],
            "week_4": [1, None, 7, 7],
        }
    )


def test_by_hand():
    found = score_forecast(forecasts(), actual())
    # c is stocked out and d unknown: lead 1 compares 4 with 6 and 1.5 with 0.
    assert found.select("lead_days", "pairs", "actual", "forecast", "absolute_error").rows() == [
        (1, 2, 6.0, 5.5, 3.5),
        (7, 1, 6.0, 10.0, 4.0),
    ]
    CONTRACTS["forecast_accuracy"].conform(found)


def test_naive_forecast_is_the_last_same_weekday_known_when_ours_was_made():
    found = score_forecast(forecasts(), actual())
    # Lead 1: a sold 5 a week ago, b nothing known then and 3 the week before. Lead 7: 5 again.
    assert found["naive_error"].to_list() == [1 + 3, 1]
    assert found["compared_error"].to_list() == [3.5, 4]
    earlier = forecasts().filter(pl.col("mean") == 10)
    earlier = earlier.with_columns(business_date=DAY - dt.timedelta(days=8))
    assert score_forecast(earlier, actual())["naive_error"].to_list() == [3]
    unknown = actual().with_columns(week_1=None, week_2=None, week_3=None, week_4=None)
    bare = score_forecast(forecasts(), unknown.cast({f"week_{n}": pl.Int64 for n in range(1, 5)}))
    assert bare["compared_error"].to_list() == bare["naive_error"].to_list() == [0, 0]


def test_pinball_loss_and_coverage_against_the_poisson():
    levels = np.arange(1, 20) * 0.05
    found = score_forecast(forecasts(), actual()).row(0, named=True)
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
    found = summarize_accuracy(rows)
    assert found["wape"] == pytest.approx(3 / 7)
    assert found["bias"] == pytest.approx(-1 / 7)
    assert found["coverage_80"] == 1
    with pytest.raises(ValueError, match="2 days with 0 units"):
        summarize_accuracy(rows.with_columns(demand=0.0))


def test_losses_are_least_for_the_distribution_that_demand_comes_from():
    demand = np.random.default_rng(3).negative_binomial(4, 0.4, 20_000).astype(float)
    right = quantile_scores(np.full(20_000, 6.0), np.full(20_000, 15.0), demand)
    assert 0.78 < right[1].mean() < 0.88
    for mean, variance in ((6.0, 6.0), (6.0, 40.0), (5.0, 15.0), (7.5, 15.0)):
        wrong = quantile_scores(np.full(20_000, mean), np.full(20_000, variance), demand)
        assert wrong[0].mean() > right[0].mean()


def test_nothing_to_compare():
    assert score_forecast(forecasts().clear(), actual()).is_empty()


def test_refuses_other_dates_and_hindsight():
    moved = pl.concat([forecasts(), forecasts().with_columns(date=DAY + dt.timedelta(days=1))])
    with pytest.raises(ValueError, match="2 dates, 2025-05-10 to 2025-05-11"):
        score_forecast(moved, actual())
    with pytest.raises(ValueError, match="forecast for 2025-05-10 was made on 2025-05-10"):
        score_forecast(forecasts().with_columns(business_date=DAY), actual())


def test_levels_by_hand():
    found = score_levels(forecasts(), actual())
    CONTRACTS["level_accuracy"].conform(found)
    columns = ("series", "actual", "forecast", "absolute_error", "compared_error", "naive_error")
    rows = {
        (row["level"], row["segment"]): tuple(row[name] for name in columns)
        for row in found.filter(lead_days=1).to_dicts()
    }
    # Two pairs of a region: 4 and naively 5 against 6, and 1.5 and naively 3 against 0.
    pairs = (2, 6.0, 5.5, 3.5, 3.5, 4.0)
    assert rows["sku_location", "*"] == pairs
    assert rows["sku_region", "*"] == pairs
    assert rows["sku_location", "model TSB"] == pairs
    assert rows["sku_location", "class A"] == (1, 6.0, 4.0, 2.0, 2.0, 1.0)
    assert rows["sku_location", "class B"] == (1, 0.0, 1.5, 1.5, 1.5, 3.0)
    # Summed first, their errors cancel.
    assert rows["category_region", "*"] == rows["total", "*"] == (1, 6.0, 5.5, 0.5, 0.5, 2.0)
    # Where a pair has no naive forecast, it is compared with nothing.
    unknown = actual().with_columns(
        pl.when(pl.col("sku") == "b").then(None).otherwise(pl.col(f"week_{n}")).alias(f"week_{n}")
        for n in range(1, 5)
    )
    total = score_levels(forecasts(), unknown).filter(level="total", lead_days=1)
    assert total.select(columns).row(0) == (1, 6.0, 5.5, 0.5, 2.0, 1.0)
    assert found.filter(lead_days=7)["series"].to_list() == [1] * 6


def test_every_level_has_the_same_units_and_errors_shrink_upwards():
    rng = np.random.default_rng(3)
    count = 400
    sales = rng.poisson(4, count)
    ours = pl.DataFrame(
        {
            "business_date": DAY - dt.timedelta(days=2),
            "region": rng.choice(["north", "south"], count),
            "sku": [f"k{number % 50}" for number in range(count)],
            "location": [f"s{number // 50}" for number in range(count)],
            "date": DAY,
            "mean_in_stock": 4.0,
            "variance_in_stock": 4.0,
            "model": rng.choice(["a", "b"], count),
        }
    )
    sold = ours.select("sku", "location").with_columns(
        sales=pl.Series(sales),
        category=pl.Series(rng.choice(["x", "y"], count)),
        service_class=pl.Series(rng.choice(["A", "B", "C"], count)),
        out_of_stock=False,
        **{f"week_{number}": pl.Series(rng.poisson(4, count)) for number in range(1, 5)},
    )
    found = score_levels(ours, sold)
    levels = found.filter(segment="*")
    assert levels["actual"].to_list() == [sales.sum()] * 4
    assert levels["forecast"].to_list() == pytest.approx([4.0 * count] * 4)
    errors = dict(levels.select("level", "absolute_error").iter_rows())
    assert errors["total"] <= errors["category_region"] < errors["sku_region"]
    assert errors["sku_region"] < errors["sku_location"]
    kinds = found.filter(pl.col("segment") != "*").group_by(pl.col("segment").str.head(5))
    assert kinds.agg(pl.col("series", "actual").sum())["actual"].to_list() == [sales.sum()] * 2
    of_pairs = levels.filter(level="sku_location").row(0, named=True)
    assert of_pairs["covered_80"] / count == pytest.approx(0.8, abs=0.06)
