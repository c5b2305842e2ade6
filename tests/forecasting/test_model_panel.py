"""Frames spread over a panel, by hand."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from forecasting.global_model.panel import HISTORY_DAYS, build_model_panel, cut, find_rest_days

AS_OF = dt.date(2025, 6, 1)  # a Sunday


def day(offset):
    return AS_OF + dt.timedelta(days=offset)


def sold(rows):
    """Rows of sku, location, days from as_of, demand; censored where it is negative."""
    return pl.DataFrame(
        {
            "region": ["north" if row[1] == "s1" else "south" for row in rows],
            "sku": [row[0] for row in rows],
            "location": [row[1] for row in rows],
            "date": [day(row[2]) for row in rows],
            "demand": [None if row[3] is None else float(abs(row[3])) for row in rows],
            "censored": [row[3] is not None and row[3] < 0 for row in rows],
            "closed": False,
        },
        schema_overrides={"demand": pl.Float64},
    )


def built(demand, **frames):
    offers = {
        "sku": pl.String,
        "location": pl.String,
        "date": pl.Date,
        "price": pl.Float64,
        "promoted": pl.Boolean,
        "announced_on": pl.Date,
    }
    weather = {
        "region": pl.String,
        "issued_on": pl.Date,
        "date": pl.Date,
        "temperature": pl.Float64,
        "rain": pl.Float64,
    }
    given = {
        "items": pl.DataFrame({"sku": ["a"], "category": ["food"]}),
        "offers": pl.DataFrame(frames.get("offers", []), schema=offers, orient="row"),
        "weather": pl.DataFrame(frames.get("weather", []), schema=weather, orient="row"),
    }
    for name, key in (("days_off", "region"), ("events", "location")):
        schema = {key: pl.String, "date": pl.Date}
        given[name] = pl.DataFrame(frames.get(name, []), schema=schema, orient="row")
    return build_model_panel(demand, **given, as_of=AS_OF, horizon=7)


SMALL = [("b", "s1", 0, 2), ("a", "s2", -1, 3), ("a", "s1", -2, -4), ("a", "s1", 0, None)]


def test_rows_land_in_their_cells():
    panel = built(sold(SMALL))
    assert panel.pairs.rows() == [
        ("north", "a", "s1", "food"),
        ("south", "a", "s2", "food"),
        ("north", "b", "s1", ""),
    ]
    n = np.nan
    np.testing.assert_array_equal(panel.demand, [[4, n, n], [n, 3, n], [n, n, 2]])
    # The censored day is known, but says nothing of a shelf that held out.
    assert panel.in_stock.tolist() == [[False] * 3, [False, True, False], [False, False, True]]
    assert (panel.days, panel.horizon) == (3, 7)
    assert panel.sku.tolist() == [0, 0, 1]
    assert panel.region.tolist() == [0, 1, 0]
    assert panel.weekday.tolist() == [4, 5, 6, 0, 1, 2, 3, 4, 5, 6]
    assert (panel.price == 1).all()
    assert not panel.promoted.any()


def test_days_after_as_of_and_long_ago_are_not_read():
    rows = [*SMALL, ("a", "s1", 1, 50), ("c", "s1", -HISTORY_DAYS, 50)]
    np.testing.assert_array_equal(built(sold(rows)).demand, built(sold(SMALL)).demand)


def test_offers_and_events_reach_into_the_future():
    offers = [
        ("a", "s1", day(3), 0.7, True, day(-1)),
        ("z", "s1", day(3), 0.5, True, day(-1)),
        ("a", "s1", day(8), 0.5, True, day(-1)),
    ]
    panel = built(sold(SMALL), offers=offers, events=[("s2", day(7)), ("s2", day(8))])
    assert panel.price[0, 5] == pytest.approx(0.7)
    assert panel.promoted.sum() == 1
    assert panel.announced[0, 5] == 1
    assert np.argwhere(panel.event).tolist() == [[1, 9]]


def test_holidays_come_beside_weekends_unless_the_calendar_says_which_are_worked():
    north = [("north", day(2))]
    # The south lists its weekends itself, but for one Saturday that is worked.
    south = [("south", day(n)) for n in (-1, 0, 7)]
    panel = built(sold(SMALL), days_off=[*north, *south])
    assert np.flatnonzero(panel.day_off[0]).tolist() == [1, 2, 4, 8, 9]
    assert np.flatnonzero(panel.day_off[1]).tolist() == [1, 2, 9]


def test_weather_is_the_newest_forecast_out_on_each_day():
    weather = [
        ("north", day(-1), day(1), 10.0, 1.0),
        ("north", day(0), day(1), 15.0, None),
        ("north", day(1), day(2), 59.0, 9.0),
        ("west", day(-1), day(1), 50.0, 5.0),
    ]
    temperature, rain = built(sold(SMALL), weather=weather).weather
    assert temperature[0, 1, 1] == 10
    assert temperature[0, 2, 0] == 15
    assert rain[0, 2, 0] == 1
    assert np.isfinite(temperature[0]).sum() == 2
    # No forecast of the south: unknown, not zero.
    assert np.isnan(temperature[1]).all()


def test_cut_is_the_panel_built_on_that_day():
    rows = [("a", "s1", -n, n) for n in range(40)]
    panel = cut(built(sold(rows)), 5)
    then = build_like(rows, 5)
    np.testing.assert_array_equal(panel.demand, then)
    assert (panel.as_of, panel.days, panel.horizon) == (day(-5), 35, 7)
    assert panel.weekday[-8] == day(-5).weekday()


def build_like(rows, back):
    return [[float(row[3]) for row in sorted(rows, key=lambda row: row[2]) if row[2] <= -back]]


def test_a_location_rests_on_weekdays_it_never_trades():
    open_days = [("a", "s1", -n, 1) for n in range(56) if day(-n).weekday() != 6]
    every_day = [("a", "s2", -n, 1) for n in range(56)]
    found = find_rest_days(built(sold(open_days + every_day)))
    assert found.tolist() == [[False] * 6 + [True], [False] * 7]


def test_a_location_that_closed_for_good_does_not_rest_by_rhythm():
    gone = [("a", "s1", -n, 1) for n in range(40, 80)]
    here = [("a", "s2", -n, 1) for n in range(80)]
    assert not find_rest_days(built(sold(gone + here))).any()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0])
def test_refuses_bad_numbers(value):
    bad = sold(SMALL).with_columns(
        demand=pl.when(pl.col("demand") == 3).then(value).otherwise("demand")
    )
    with pytest.raises(ValueError, match="demand of sku a, location s2, date 2025-05-31"):
        built(bad)
    with pytest.raises(ValueError, match="price of sku b, location s1, date 2025-06-03"):
        built(sold(SMALL), offers=[("b", "s1", day(2), value, True, day(0))])


def test_refuses_days_that_come_twice():
    with pytest.raises(ValueError, match="sku b, location s1, date 2025-06-01 comes more"):
        built(sold([*SMALL, SMALL[0]]))
