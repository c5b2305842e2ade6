"""Do the levels of a forecast sum to the forecast of all pairs."""

import datetime as dt

import polars as pl
import pytest

from quality_checks.checks.levels import judge_levels

FIRST, SECOND = dt.date(2025, 10, 1), dt.date(2025, 10, 2)
TOTALS = pl.DataFrame({"date": [FIRST, SECOND], "mean": [9.0, 12.0], "variance": [20.0, 30.0]})


def levels(**changed):
    """Levels that sum to TOTALS, but for the (mean, variance) of the first day of a changed one."""
    parts = {
        "sku_region": [(FIRST, 4.0, 8.0), (FIRST, 5.0, 12.0), (SECOND, 12.0, 30.0)],
        "category_region": [(FIRST, 9.0, 20.0), (SECOND, 2.0, 10.0), (SECOND, 10.0, 20.0)],
        "total": [(FIRST, 9.0, 20.0), (SECOND, 12.0, 30.0)],
    }
    for level, moments in changed.items():
        parts[level][0] = (FIRST, *moments)
    rows = [(level, *row) for level, part in parts.items() for row in part]
    return pl.DataFrame(rows, schema=["level", "date", "mean", "variance"], orient="row")


def failing(frame, totals=TOTALS):
    (outcome,) = judge_levels(frame, totals)
    assert outcome.passed == outcome.failing.is_empty()
    return outcome.failing.select("level", "date").rows()


def test_levels_that_sum_to_the_forecast_pass():
    assert failing(levels()) == []


@pytest.mark.parametrize("moments", [(4.1, 8.0), (4.0, 7.9), (4.0 + 1e-4, 8.0)])
def test_a_level_with_another_sum_is_named_with_its_day(moments):
    assert failing(levels(sku_region=moments)) == [("sku_region", FIRST)]


def test_rounding_is_no_difference():
    assert failing(levels(total=(9.0 + 1e-9, 20.0 - 1e-9))) == []
    many = TOTALS.with_columns(pl.col("mean", "variance") * 1e6)
    scaled = levels().with_columns(pl.col("mean", "variance") * (1e6 * (1 + 1e-9)))
    assert failing(scaled, many) == []


def test_a_level_that_lacks_a_day_is_named():
    lacking = levels().filter((pl.col("level") != "total") | (pl.col("date") != SECOND))
    assert failing(lacking) == [("total", SECOND)]


def test_a_level_that_lacks_altogether_is_named_on_every_day():
    lacking = levels().filter(pl.col("level") != "category_region")
    assert failing(lacking) == [("category_region", FIRST), ("category_region", SECOND)]


def test_a_day_that_is_not_forecast_is_named():
    assert failing(levels(), TOTALS.head(1)) == [
        (level, SECOND) for level in ("category_region", "sku_region", "total")
    ]


def test_no_forecast_has_no_levels():
    assert failing(levels().clear(), TOTALS.clear()) == []
