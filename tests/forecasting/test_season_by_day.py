"""The time of year on the days of a forecast, and on launches beyond it."""

import datetime as dt

import polars as pl
import pytest

from forecasting.adjust import add_season

FIRST = dt.date(2025, 10, 1)
ROW = {
    "region": "north",
    "sku": "A",
    "location": "S1",
    "mean": 2.0,
    "variance": 6.0,
    "correlation": 0.2,
    "common_variation": 0.1,
    "mean_in_stock": 1.0,
    "variance_in_stock": 1.0,
    "model": "TSB",
}


def forecast(*days, sku="A"):
    dates = [{"date": FIRST + dt.timedelta(days=day)} for day in days]
    return pl.DataFrame([ROW | date | {"sku": sku} for date in dates])


SEASONS = pl.DataFrame(
    {
        "sku": ["A", "A"],
        "week": [FIRST, FIRST + dt.timedelta(days=7)],
        "factor": [1.0, 2.0],
        "level_variance": [0.0, 0.0],
    }
)


def test_each_day_takes_the_factor_of_its_week():
    got = add_season(forecast(0, 6, 7, 13, 20), SEASONS)
    # After the last week its factor holds.
    assert got["mean"].to_list() == [2.0, 2.0, 4.0, 4.0, 4.0]
    # Counts of 2 become counts of 4, what the level may be beyond them grows with its square.
    assert got["variance"].to_list() == [6.0, 6.0, 20.0, 20.0, 20.0]
    assert got["variance_in_stock"].to_list() == [1.0, 1.0, 2.0, 2.0, 2.0]
    assert got.columns == forecast(0).columns


def test_items_without_a_season_stay_as_they_are():
    rows = forecast(0, 7, sku="B")
    assert add_season(rows, SEASONS).equals(rows)
    assert add_season(rows, SEASONS.clear()).equals(rows)


def test_a_factor_that_is_no_number_is_named():
    bad = SEASONS.with_columns(factor=pl.lit(float("nan")))
    with pytest.raises(ValueError, match="week_factors: factor of sku A"):
        add_season(forecast(0), bad)
