"""What is said of an item at a location is true of days on which nothing is known, too."""

from datetime import date, timedelta

import polars as pl
import pytest

from workbench.pair import PairRows, draw_demand

FIRST = date(2025, 10, 1)


OCCASIONS = {
    "occasion": pl.String,
    "name": pl.String,
    "value": pl.Float64,
    "starts_on": pl.Date,
    "ends_on": pl.Date,
}


def make_pair(sales, censored):
    dates = [FIRST + timedelta(days=place) for place in range(len(sales))]
    history = pl.DataFrame(
        {"date": dates, "sales": sales, "demand": sales, "censored": censored},
        schema_overrides={"sales": pl.Int64, "demand": pl.Float64},
    )
    forecast = pl.DataFrame({"date": [FIRST], "mean": [1.0], "variance": [1.0]})
    none = pl.DataFrame()
    occasions = pl.DataFrame(schema=OCCASIONS)
    return PairRows(
        "A", "S", None, None, None, None, history, forecast, none, none, occasions, none
    )


@pytest.mark.parametrize(
    ("sales", "words"),
    [
        ([2, 0, 3], "5 units sold in 3 days, of which 1 were partly or wholly without stock; 1.00"),
        ([2, 0, None], "2 units sold in 2 days, of which 0 were partly"),
        ([2, 0, None], "without stock; sales are unknown for 1 more; 1.00"),
        ([None, None, None], "sales are unknown for all 3 days; 1.00"),
    ],
)
def test_days_of_which_sales_are_unknown_are_no_days_without_sales(sales, words):
    assert words in draw_demand(make_pair(sales, [False, False, True]), FIRST)
