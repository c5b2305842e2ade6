"""Drivers of a forecast against effects that are known."""

import numpy as np
import polars as pl
import pytest

from forecasting.global_model.contributions import DRIVERS, USUAL, explain_forecast
from forecasting.global_model.features import COLUMN, Rows, measure_groups
from forecasting.global_model.mean_model import build_horizon_rows, score


@pytest.fixture(scope="module")
def rows(retailer):
    panel = retailer.panel()
    return build_horizon_rows(panel, measure_groups(panel), np.arange(300), 14)


@pytest.fixture(scope="module")
def drivers(trained, rows):
    return explain_forecast(trained[0].mean, rows)


def units(drivers, name):
    return drivers.filter(pl.col("driver") == name).sort("row")["units"].to_numpy()


def test_units_of_a_row_sum_to_its_forecast(trained, rows, drivers):
    total = drivers.group_by("row").agg(pl.col("units").sum()).sort("row")["units"].to_numpy()
    assert total == pytest.approx(score(trained[0].mean, rows), rel=1e-5)
    assert set(drivers["driver"]) == {USUAL, *DRIVERS}
    assert drivers.height == len(rows.base) * (len(DRIVERS) + 1)


def test_a_row_is_explained_alike_alone_and_among_others(trained, rows, drivers):
    part = Rows(values=rows.values[700:707], base=rows.base[700:707])
    alone = explain_forecast(trained[0].mean, part).with_columns(pl.col("row") + 700)
    assert alone.equals(drivers.filter(pl.col("row").is_between(700, 706)))


def test_promotion_drives_promoted_days_by_its_effect(retailer, trained, rows, drivers):
    promoted = rows.values[:, COLUMN["promoted"]] == 1
    np.testing.assert_array_equal(promoted, retailer.promoted[:, -14:].ravel())
    found = units(drivers, "promotion and price")
    mean = score(trained[0].mean, rows)
    assert (found[promoted] > 0).mean() > 0.99
    # Against an ordinary day: the promotion multiplies by 1.8, so 0.8 / 1.8 of demand is its own.
    # The usual level holds 15 % of promoted days already.
    gap = (found[promoted] / mean[promoted]).mean() - (found[~promoted] / mean[~promoted]).mean()
    assert gap == pytest.approx(0.8 / 1.8, abs=0.15)


def test_what_never_changes_drives_nothing(drivers):
    for name in ("local events", "weather"):
        assert units(drivers, name) == pytest.approx(0, abs=1e-9)
