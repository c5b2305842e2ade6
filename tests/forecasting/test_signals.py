"""Browsing, returns and channels by hand, and that missing is not zero."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from forecasting.global_model.features import (
    COLUMN,
    SOURCES,
    WITHHELD,
    feature_rows,
    measure_groups,
    withhold,
)
from forecasting.global_model.mean_model import build_horizon_rows, score, train
from forecasting.global_model.panel import WEATHER, cut
from forecasting.global_model.signals import NAMES, SignalFrames, build_signals, signal_features

START, DAYS = dt.date(2025, 3, 3), 100
LAST = DAYS - 1
PAIRS = pl.DataFrame(
    {
        "region": ["north", "north", "south", "north"],
        "sku": ["a", "a", "a", "b"],
        "location": ["s1", "s2", "s3", "s1"],
    }
)
SCHEMAS = {
    "browsing": {
        "region": pl.String,
        "sku": pl.String,
        "date": pl.Date,
        "views": pl.Int64,
        "add_to_cart": pl.Int64,
    },
    "items": {
        "region": pl.String,
        "sku": pl.String,
        "date": pl.Date,
        "sold": pl.Int64,
        "online": pl.Int64,
        "returned": pl.Int64,
    },
    "locations": {
        "location": pl.String,
        "date": pl.Date,
        "sold": pl.Int64,
        "online": pl.Int64,
    },
}


def day(number):
    return START + dt.timedelta(days=number)


def dated(schema, row):
    return tuple(day(v) if key == "date" else v for key, v in zip(schema, row, strict=True))


def frames(**rows):
    """Frames whose rows name a day by its number."""
    return SignalFrames(
        **{
            name: pl.DataFrame(
                [dated(schema, row) for row in rows.get(name, [])], schema=schema, orient="row"
            )
            for name, schema in SCHEMAS.items()
        }
    )


def found(pair, origin=LAST, **rows):
    signals = build_signals(frames(**rows), PAIRS, start=START, days=DAYS)
    values = signal_features(signals, np.array([pair]), np.array([origin]))[0]
    return dict(zip(NAMES, values.tolist(), strict=True))


def viewed(views, sku="a", region="north"):
    return [(region, sku, number, units, units // 2) for number, units in views.items()]


def test_a_source_that_never_came_is_missing():
    assert np.isnan(list(found(0).values())).all()


def test_views_of_the_last_week_over_those_of_four():
    views = dict.fromkeys(range(DAYS), 4) | dict.fromkeys(range(LAST - 6, DAYS), 8) | {LAST: 22}
    values = found(0, browsing=viewed(views))
    week, month = 6 * 8 + 22, 6 * 8 + 22 + 21 * 4
    assert values["views_trend_7_28"] == pytest.approx((week / 7) / (month / 28))
    assert values["views_trend_1_7"] == pytest.approx(22 / (week / 7))
    assert values["cart_rate_28"] == pytest.approx(0.5)
    # Both locations of the region see the same, the other region nothing.
    assert found(1, browsing=viewed(views)) == pytest.approx(values, nan_ok=True)
    assert np.isnan(found(2, browsing=viewed(views))["views_trend_7_28"])


def test_a_day_without_a_row_of_the_region_is_unknown_and_of_the_item_zero():
    every_day = dict.fromkeys(range(DAYS), 6)
    no_file = {number: units for number, units in every_day.items() if number <= LAST - 3}
    assert found(0, browsing=viewed(no_file))["views_trend_7_28"] == pytest.approx(1)
    assert np.isnan(found(0, browsing=viewed(no_file))["views_trend_1_7"])
    other = viewed(every_day, sku="b")
    assert found(0, browsing=viewed(no_file) + other)["views_trend_7_28"] < 1
    assert found(0, browsing=viewed(no_file) + other)["views_trend_1_7"] == 0


def test_an_item_is_unknown_before_it_was_first_viewed():
    views = viewed(dict.fromkeys(range(DAYS), 6), sku="b") + viewed(
        dict.fromkeys(range(LAST - 9, DAYS), 6)
    )
    assert found(0, browsing=views)["views_trend_7_28"] == pytest.approx(1)
    assert np.isnan(found(0, LAST - 10, browsing=views)["views_trend_7_28"])


def test_rates_of_returns_and_channels():
    back = {LAST - 50: 61}
    items = [("north", "a", number, 10, 2, back.get(number, 1)) for number in range(DAYS)]
    locations = [("s1", LAST, 100, 25), ("s2", LAST, 100, 75)]
    values = found(0, items=items, locations=locations)
    assert values["return_rate_28"] == pytest.approx(0.1)
    assert values["return_rate_84"] == pytest.approx(0.1 + 60 / 840)
    assert values["online_item_28"] == pytest.approx(0.2)
    assert values["online_location_28"] == pytest.approx(0.25)
    assert found(1, items=items, locations=locations)["online_location_28"] == pytest.approx(0.75)
    none_sent = [(*row[:5], None) for row in items]
    assert np.isnan(found(0, items=none_sent)["return_rate_28"])
    assert found(0, items=none_sent)["online_item_7"] == pytest.approx(0.2)


def test_a_few_units_say_nothing_of_a_share():
    values = found(0, items=[("north", "a", LAST, 2, 2, 1)], browsing=viewed({LAST: 2}))
    assert np.isnan(list(values.values())).all()


def test_nothing_after_the_origin_is_seen():
    before = viewed(dict.fromkeys(range(60), 5))
    items = [("north", "a", number, 10, 2, 1) for number in range(60)]
    later = viewed(dict.fromkeys(range(60, DAYS), 99))
    sold_later = [("north", "a", number, 99, 99, 99) for number in range(60, DAYS)]
    usual = found(0, 59, browsing=before, items=items)
    assert found(0, 59, browsing=before + later, items=items + sold_later) == pytest.approx(
        usual, nan_ok=True
    )


def test_refuses_negative_counts():
    with pytest.raises(ValueError, match=r"item_views: views of region .* is -3"):
        found(0, browsing=viewed({LAST: -3}))


@pytest.fixture(scope="module")
def browsed(retailer):
    """Page views of the week before each day follow what the region then wants of a sku.

    The levels of all pairs of a sku jump from day to day in a way that nothing else tells.
    """
    rng = np.random.default_rng(5)
    days = retailer.history["date"].unique().sort()
    skus = retailer.history["sku"].unique().sort()
    weeks = rng.lognormal(0, 0.7, (len(skus), len(days) // 14 + 2)).repeat(14, axis=1)
    factor = pl.DataFrame(
        {
            "sku": skus.to_numpy().repeat(len(days)),
            "date": np.tile(days.to_numpy(), len(skus)),
            "factor": weeks[:, : len(days)].ravel(),
            "coming": weeks[:, 7 : len(days) + 7].ravel(),
        }
    ).with_columns(pl.col("date").cast(pl.Date))
    history = retailer.history.join(factor, on=["sku", "date"]).with_columns(
        demand=(pl.col("demand") * pl.col("factor")).round()
    )
    browsing = factor.select(
        pl.lit("north").alias("region"),
        "sku",
        "date",
        views=(100 * pl.col("coming")).round().cast(pl.Int64),
        add_to_cart=(5 * pl.col("coming")).round().cast(pl.Int64),
    )
    none = frames()
    return history, SignalFrames(browsing, none.items, none.locations)


def test_what_is_viewed_today_sells_next_week(retailer, browsed):
    history, signals = browsed
    errors = []
    for given in (None, signals):
        panel = retailer.panel(history, signals=given)
        then = cut(panel, 14)
        booster = train(then, measure_groups(then), seed=7)
        rows = build_horizon_rows(then, measure_groups(then), np.arange(panel.pairs.height), 7)
        ahead = panel.demand[:, then.days : then.days + 7]
        errors.append(np.abs(score(booster, rows).reshape(ahead.shape) - ahead).sum())
    assert errors[1] < 0.85 * errors[0]


def test_a_model_bears_the_loss_of_a_source(retailer):
    # Rain halves demand, and then no forecast of it comes for a region.
    history = retailer.history
    first = history["date"].min()
    days = pl.DataFrame({"date": [first + dt.timedelta(days=n) for n in range(112 + 14)]})
    rain = np.random.default_rng(3).choice([0.0, 10.0], days.height)
    wet = days.with_columns(rain=pl.Series(rain))
    history = history.join(wet, on="date").with_columns(
        demand=pl.when(pl.col("rain") > 0).then(pl.col("demand") / 2).otherwise("demand").round()
    )
    weather = pl.concat(
        wet.select(
            pl.lit("north").alias("region"),
            issued_on=pl.col("date") - pl.duration(days=lead),
            date=pl.col("date"),
            temperature=pl.lit(15.0),
            rain=pl.col("rain"),
        )
        for lead in range(1, 15)
    )
    panel = retailer.panel(history, weather=weather)
    booster = train(panel, measure_groups(panel), seed=7)
    pairs = np.arange(panel.pairs.height)
    with_weather = score(booster, build_horizon_rows(panel, measure_groups(panel), pairs, 14))
    lost = retailer.panel(history, weather=weather.clear())
    without = score(booster, build_horizon_rows(lost, measure_groups(lost), pairs, 14))
    by_day = with_weather.reshape(-1, 14).sum(axis=0)
    wet_day = rain[-14:] > 0
    dry, rainy = by_day[~wet_day].mean(), by_day[wet_day].mean()
    assert rainy < 0.75 * dry
    blind = without.reshape(-1, 14).sum(axis=0).mean()
    assert 1.1 * rainy < blind < 0.95 * dry


def test_each_source_is_withheld_from_some_rows_and_nothing_else():
    values = np.ones((20_000, len(COLUMN)), dtype=np.float32)
    kept = withhold(values, seed=1)
    assert (values == 1).all()
    fed = {name for names in SOURCES.values() for name in names}
    for name, column in COLUMN.items():
        share = np.isnan(kept[:, column]).mean()
        if name not in {f"{measure}_change_7" for measure in WEATHER}:
            assert share == (pytest.approx(WITHHELD, rel=0.2) if name in fed else 0)
    weather = [COLUMN[f"{measure}_ahead"] for measure in WEATHER]
    assert (np.isnan(kept[:, weather]).sum(axis=1) % len(weather) == 0).all()
    # What the forecast is against the last week says both: it goes with either.
    rain, ahead, week = (
        np.isnan(kept[:, COLUMN[name]]) for name in ("rain_change_7", "rain_ahead", "rain_7")
    )
    np.testing.assert_array_equal(rain, ahead | week)


def test_a_panel_cut_back_sees_the_signals_of_its_origin(retailer, browsed):
    panel = retailer.panel(browsed[0], signals=browsed[1])
    then = cut(panel, 20)
    pair, origin = np.arange(20), np.full(20, then.days - 1)
    asked = (pair, origin, origin + 3)
    late = feature_rows(panel, measure_groups(panel), *asked).values
    early = feature_rows(then, measure_groups(then), *asked).values
    columns = [COLUMN[name] for name in NAMES]
    np.testing.assert_array_equal(early[:, columns], late[:, columns])
