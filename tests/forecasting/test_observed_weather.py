"""Weather of the last week, as it was known."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from forecasting.global_model.features import COLUMN, feature_rows, measure_groups
from forecasting.global_model.panel import cut

AS_OF = dt.date(2025, 6, 1)
LAST = 111


def day(number):
    return AS_OF - dt.timedelta(days=LAST - number)


def weather(rows, lag=0):
    """Rows of the days' rain by number; known `lag` days later."""
    return pl.DataFrame(
        {
            "region": "north",
            "issued_on": [day(number + lag) for number in rows],
            "date": [day(number) for number in rows],
            "temperature": 10.0,
            "rain": [float(value) for value in rows.values()],
        }
    )


def seen(panel, origin=LAST, lead=2):
    asked = (np.array([0]), np.array([origin]), np.array([origin + lead]))
    values = feature_rows(panel, measure_groups(panel), *asked).values[0]
    return {name: values[COLUMN[name]] for name in ("rain_ahead", "rain_7", "rain_change_7")}


def test_mean_of_the_week_and_the_forecast_against_it(retailer):
    rain = {LAST - 7: 50, **dict.fromkeys(range(LAST - 6, LAST + 1), 2), LAST: 9}
    forecast = weather({LAST + 2: 7}, lag=-2)
    found = seen(retailer.panel(observed=weather(rain), weather=forecast))
    assert found == pytest.approx({"rain_ahead": 7, "rain_7": 3, "rain_change_7": 4})


def test_days_count_from_when_they_are_known(retailer):
    rain = {number: number for number in range(LAST - 20, LAST + 1)}
    late = retailer.panel(observed=weather(rain, lag=2))
    assert seen(late)["rain_7"] == pytest.approx(np.mean(range(LAST - 8, LAST - 1)))
    assert np.isnan(seen(late)["rain_change_7"])


def test_unknown_days_are_left_out_and_other_regions_say_nothing(retailer):
    rain = {LAST - 1: 4, LAST: 8}
    assert seen(retailer.panel(observed=weather(rain)))["rain_7"] == 6
    south = weather(rain).with_columns(region=pl.lit("south"))
    assert np.isnan(seen(retailer.panel(observed=south))["rain_7"])
    assert np.isnan(seen(retailer.panel())["rain_7"])


def test_nothing_after_the_origin_is_seen(retailer):
    rain = dict.fromkeys(range(80, 92), 3)
    later = rain | dict.fromkeys(range(92, LAST + 1), 90)
    panel = retailer.panel(observed=weather(later))
    assert seen(panel, origin=91)["rain_7"] == 3
    assert seen(cut(panel, LAST - 91), origin=91)["rain_7"] == 3
