"""New items take over the forecast of their like_sku, with a wider width."""

import datetime as dt

import polars as pl
import pytest

from forecasting.adjust.new_items import STAND_INS, forecast_launches, forecast_new_items

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
            "common_variation": 0.125,
            "mean_in_stock": mean / 2,
            "variance_in_stock": variance / 2,
            "model": "TSB",
        }
        for day in DAYS
    ]


FORECAST = pl.DataFrame(known("old", "S1", 2.0) + known("old", "S2", 6.0))


def new(location, launch=DAYS[0], like="old", sku="new"):
    row = {"region": "north", "sku": sku, "location": location}
    return pl.DataFrame(
        [{**row, "like_sku": like, "launch_date": launch}], schema_overrides={"like_sku": pl.String}
    )


def test_a_new_item_takes_the_level_of_its_like_sku_at_the_location():
    got = forecast_new_items(FORECAST, new("S2"))
    assert got["mean"].to_list() == [6.0, 6.0]
    # 4 + (0.5 * 6)^2 = 13, of which 0.25 * 4 + 9 = 10 is shared by all days.
    assert got["variance"].to_list() == [13.0, 13.0]
    assert got["correlation"].to_list() == pytest.approx([10 / 13, 10 / 13])
    # That of the like_sku, and half of the mean, squared.
    assert got["common_variation"].to_list() == pytest.approx([0.125 + 0.25] * 2)
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
    assert forecast_new_items(FORECAST, new("S1", sku="old", like=None), ITEMS).is_empty()


ITEMS = pl.DataFrame(
    {
        "sku": ["new", "old", "dear", "other", "cheap"],
        "department": ["food", "food", "food", "toys", "food"],
        "category": ["bread", "bread", "bread", "cars", "cake"],
        "list_price": [2.0, 2.0, 3.0, 2.0, 1.0],
        "like_sku": "not read",
    }
)


def alike(*rows, launch=DAYS[0], like=None, items=ITEMS):
    forecast = pl.DataFrame([row for known_rows in rows for row in known_rows])
    return forecast_new_items(forecast, new("S1", launch, like), items)


def test_an_item_without_a_like_sku_is_forecast_by_its_category():
    got = alike(known("old", "S1", 2.0), known("dear", "S1", 8.0), known("other", "S1", 90.0))
    assert got["mean"].to_list() == [5.0, 5.0]
    # It may be like either: 4 on average, and 9 between 2 and 8, more than (0.5 * 5)^2.
    assert got["variance"].to_list() == [13.0, 13.0]
    assert got["correlation"].to_list() == pytest.approx([10 / 13, 10 / 13])
    assert got["mean_in_stock"].to_list() == [2.5, 2.5]
    assert got["variance_in_stock"].to_list() == [2.0 + 2.25, 2.0 + 2.25]
    assert got["model"].unique().to_list() == ["pooled_attributes"]


def test_a_like_sku_comes_before_the_category():
    got = alike(known("old", "S1", 2.0), known("dear", "S1", 8.0), like="dear")
    assert got["mean"].to_list() == [8.0, 8.0]
    assert got["model"].unique().to_list() == ["pooled_like_sku"]


def test_without_its_category_the_department_stands_in_and_else_all():
    toys, cake = known("other", "S1", 90.0), known("cheap", "S2", 3.0)
    assert alike(toys, cake)["mean"].to_list() == [3.0, 3.0]
    assert alike(toys)["mean"].to_list() == [90.0, 90.0]


def test_the_nearest_by_price_stand_in():
    names = [f"k{number:02d}" for number in range(STAND_INS + 5)]
    more = pl.DataFrame(
        {
            "sku": names,
            "department": "food",
            "category": "bread",
            "like_sku": "not read",
            "list_price": [2.0 + 0.1 * number for number in range(len(names))],
        }
    )
    rows = [known(name, "S1", 1.0 if n < STAND_INS else 50.0) for n, name in enumerate(names)]
    got = alike(*rows, items=pl.concat([ITEMS, more.select(ITEMS.columns)]))
    assert got["mean"].to_list() == [1.0, 1.0]
    assert got["variance"].to_list() == [4.25, 4.25]


def test_the_width_holds_what_launches_turn_out_to_sell(retailer):
    """Each of some skus taken for new: how the others differ tells how far the forecast may be off.

    Skus have levels with a logarithmic deviation of 0.6, so no forecast by attributes is sure.
    """
    ahead = retailer.history.filter(pl.col("date") > pl.col("date").max() - pl.duration(days=14))
    keys = ["region", "sku", "location"]
    level = ahead.group_by(keys).agg(pl.col("demand").mean()).sort(keys)
    variance = pl.col("demand") + 0.25 * pl.col("demand") ** 2
    forecast = level.select(
        *keys,
        pl.lit(DAYS[0]).alias("date"),
        mean="demand",
        variance=variance,
        correlation=pl.lit(0.0),
        common_variation=pl.lit(0.0),
        mean_in_stock="demand",
        variance_in_stock=variance,
        model=pl.lit("TSB"),
    )
    skus = forecast["sku"].unique().sort()
    items = pl.DataFrame({"sku": skus}).with_columns(
        department=pl.lit("d"), category=pl.lit("c"), list_price=1.0
    )
    off = []
    for sku in skus:
        pairs = level.filter(sku=sku).select(
            *keys, like_sku=pl.lit(None, pl.String), launch_date=pl.lit(DAYS[0])
        )
        got = forecast_new_items(forecast.filter(pl.col("sku") != sku), pairs, items)
        both = got.join(level, on=keys)
        # A level is a mean of many days: what remains of the variance is that of the level.
        of_level = (pl.col("correlation") * pl.col("variance")).sqrt()
        off += (
            both.select(((pl.col("demand") - pl.col("mean")) / of_level).abs())
            .to_series()
            .to_list()
        )
    assert 0.7 < (pl.Series(off) < 1.28).mean() < 0.95


def test_a_launch_beyond_the_forecast_has_the_weekdays_of_its_last_week():
    # Mean n on the n-th of ten days; the tenth is a Friday, so Saturdays are like the fourth.
    first = dt.date(2025, 10, 1)
    days = [first + dt.timedelta(days=n) for n in range(10)]
    rows = [
        {**known("old", "S1", float(n + 1))[0], "date": day, "variance": 1.0}
        for n, day in enumerate(days)
    ]
    got = forecast_launches(pl.DataFrame(rows), new("S1", launch=dt.date(2025, 11, 1)))
    assert got["date"].to_list() == [dt.date(2025, 11, 1) + dt.timedelta(days=n) for n in range(10)]
    assert got["mean"].to_list() == [4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 4.0, 5.0, 6.0]
    # 1 + (0.5 * 4)^2 on the first.
    assert got["variance"][0] == 5.0
    assert got.columns == FORECAST.columns
    # What launches with a week of the forecast to come is forecast by day.
    assert forecast_launches(pl.DataFrame(rows), new("S1", launch=days[3])).is_empty()
    late = forecast_launches(pl.DataFrame(rows), new("S1", launch=days[4]))
    assert late["mean"].to_list() == [5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 4.0, 5.0, 6.0, 7.0]


def test_a_pair_that_is_forecast_goes_on_as_it_is_until_its_location_opens():
    opening = new("S2", launch=dt.date(2025, 10, 15), sku="old")
    got = forecast_launches(FORECAST, opening)
    assert got.select("date", "mean", "variance").rows() == [
        (dt.date(2025, 10, 15), 6.0, 4.0),
        (dt.date(2025, 10, 16), 6.0, 4.0),
    ]


CURVE = pl.DataFrame(
    {"category": ["shirts"] * 3, "week": [0, 1, 2], "factor": [2.0, 1.5, 1.25]},
    schema_overrides={"week": pl.Int64},
)
ALIKE = pl.DataFrame(
    {
        "sku": ["old", "new"],
        "department": ["basics"] * 2,
        "category": ["shirts"] * 2,
        "list_price": [10.0, 10.0],
    }
)


def long_forecast(days, mean=4.0):
    dates = [DAYS[0] + dt.timedelta(days=day) for day in range(days)]
    return pl.DataFrame([known("old", "S1", mean)[0] | {"date": day} for day in dates])


def both(old_launch, new_launch):
    rows = [new("S1", old_launch, like=None, sku="old"), new("S1", new_launch)]
    return pl.concat(rows)


def test_a_launch_sells_by_its_curve_and_the_rush_wears_off():
    launched = DAYS[0] - dt.timedelta(days=400)
    got = forecast_new_items(long_forecast(28), both(launched, DAYS[0]), ALIKE, CURVE)
    means = got["mean"].to_list()
    assert means[:7] == [8.0] * 7
    assert means[7:14] == [6.0] * 7
    assert means[14:21] == [5.0] * 7
    assert means[21:] == [4.0] * 7
    # Of 4 + 4 the counts' 4 doubles, the level's 4 is that of a mean of twice as much.
    assert got["variance"][0] == pytest.approx(8 + 4 * (got["variance"][21] - 4))


def test_a_stand_in_in_its_own_rush_is_taken_at_its_later_level():
    in_second_week = DAYS[0] - dt.timedelta(days=7)
    got = forecast_new_items(long_forecast(28), both(in_second_week, DAYS[0]), ALIKE, CURVE)
    # It sells 4 now, 4 / 1.5 later, and the new item twice that in its first week.
    assert got["mean"][0] == pytest.approx(2 * 4 / 1.5)
    assert got["mean"][27] == pytest.approx(4 / 1.5)


def test_a_launch_beyond_the_horizon_follows_the_curve_from_its_own_first_day():
    launched, launch = DAYS[0] - dt.timedelta(days=400), DAYS[0] + dt.timedelta(days=40)
    got = forecast_launches(long_forecast(14), both(launched, launch), ALIKE, CURVE)
    assert got["date"][0] == launch
    assert got["mean"].to_list() == [8.0] * 7 + [6.0] * 7
    # A place that begins to sell an old item has no rush.
    opening = new("S2", launch, like=None, sku="old")
    there = forecast_launches(
        long_forecast(14).with_columns(location=pl.lit("S2")),
        pl.concat([new("S1", launched, like=None, sku="old"), opening]),
        ALIKE,
        CURVE,
    )
    assert there["mean"].unique().to_list() == [4.0]
