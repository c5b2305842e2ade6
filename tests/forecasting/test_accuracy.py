"""Forecast errors by hand."""

import datetime as dt

import polars as pl
import pytest

from forecasting.accuracy import score
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


def test_nothing_to_compare():
    assert score(forecasts().clear(), actual()).is_empty()


def test_refuses_other_dates_and_hindsight():
    moved = pl.concat([forecasts(), forecasts().with_columns(date=DAY + dt.timedelta(days=1))])
    with pytest.raises(ValueError, match="2 dates, 2025-05-10 to 2025-05-11"):
        score(moved, actual())
    with pytest.raises(ValueError, match="forecast for 2025-05-10 was made on 2025-05-10"):
        score(forecasts().with_columns(business_date=DAY), actual())
