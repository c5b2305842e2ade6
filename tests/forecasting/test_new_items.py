"""New items take over the forecast of their like_sku, with a wider width."""

import datetime as dt

import polars as pl
import pytest

from forecasting.new_items import forecast_new_items

DAYS = [dt.date(2025, 10, 1), dt.date(2025, 10, 2)]


def known(sku, location, mean, variance=4.0, correlation=0.25):
    return [
        {
            "region": "north",
            "sku": sku,
            "location": location,
            "date": day,
            "mean": mean,
            "variance": variance,
            "correlation": correlation,
            "mean_in_stock": mean / 2,
            "variance_in_stock": variance / 2,
            "model": "TSB",
        }
        for day in DAYS
    ]


FORECAST = pl.DataFrame(known("old", "S1", 2.0) + known("old", "S2", 6.0))


def new(location, launch=DAYS[0], like="old", sku="new"):
    row = {"region": "north", "sku": sku, "location": location}
    return pl.DataFrame([{**row, "like_sku": like, "launch_date": launch}])


def test_a_new_item_takes_the_level_of_its_like_sku_at_the_location():
    got = forecast_new_items(FORECAST, new("S2"))
    assert got["mean"].to_list() == [6.0, 6.0]
    # 4 + (0.5 * 6)^2 = 13, of which 0.25 * 4 + 9 = 10 is shared by all days.
    assert got["variance"].to_list() == [13.0, 13.0]
    assert got["correlation"].to_list() == pytest.approx([10 / 13, 10 / 13])
    # 2 + (0.5 * 3)^2 while in stock.
    assert got["mean_in_stock"].to_list() == [3.0, 3.0]
    assert got["variance_in_stock"].to_list() == [4.25, 4.25]
    assert got["model"].unique().to_list() == ["pooled_like_sku"]
    assert got.columns == FORECAST.columns


def test_where_the_like_sku_is_not_sold_its_mean_over_locations_stands_in():
    assert forecast_new_items(FORECAST, new("S3"))["mean"].to_list() == [4.0, 4.0]


def test_nothing_sells_before_the_launch():
    got = forecast_new_items(FORECAST, new("S1", launch=DAYS[1]))
    assert got["mean"].to_list() == [0.0, 2.0]
    assert got["variance"].to_list() == [0.0, 5.0]


def test_pairs_with_a_forecast_and_items_without_a_known_like_sku_are_passed_over():
    assert forecast_new_items(FORECAST, new("S1", sku="old")).is_empty()
    assert forecast_new_items(FORECAST, new("S1", like="nobody")).is_empty()
