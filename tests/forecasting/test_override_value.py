"""Overrides against what was sold, by hand."""

import datetime as dt

import polars as pl
import pytest

from forecasting.evaluation.override_value import (
    measure_value_added,
    sum_expected_demand,
    summarize_overrides,
)

DUE = dt.date(2025, 5, 5)


def override(action, proposed, overridden, *, due=DUE, destination="s1"):
    return {
        "action_id": action,
        "sku": "a",
        "destination": destination,
        "due_on": due,
        "author": "ann",
        "reason": "heat",
        "proposed": proposed,
        "overridden": overridden,
    }


FORECAST = pl.DataFrame(
    [
        {"sku": "a", "location": place, "date": DUE + dt.timedelta(days=n - 2), "mean": mean}
        for place, mean in (("s1", 2.0), ("s2", 5.0), ("s3", 100.0))
        for n in range(14)
    ]
)
SERVED = pl.DataFrame(
    {"destination": ["s1", "s2", "dc", "dc"], "location": ["s1", "s2", "s1", "s2"]}
)


def test_what_the_plan_expected_on_the_days_that_goods_are_for():
    late = DUE + dt.timedelta(days=6)
    changed = pl.DataFrame(
        [
            override("one", 5, 9),
            override("two", 5, 9, destination="dc"),
            # Its last day lies beyond the forecast: what was expected is not known.
            override("far", 5, 9, due=late),
        ]
    )
    found = sum_expected_demand(changed, FORECAST, SERVED, days=7)
    assert found.select("action_id", "forecast").rows() == [("one", 14.0), ("two", 49.0)]
    assert found["first_day"].unique().to_list() == [DUE]
    assert found["last_day"].unique().to_list() == [DUE + dt.timedelta(days=6)]


def judged(proposed, overridden, demand, days=7, known=7):
    changed = pl.DataFrame([override("one", proposed, overridden) | {"forecast": 14.0}])
    since = {"action_id": ["one"], "days": [days], "known_days": [known], "demand": [demand]}
    return measure_value_added(changed, pl.DataFrame(since))


@pytest.mark.parametrize(
    ("proposed", "overridden", "demand", "added"),
    [
        (5, 9, 18.0, 4.0),  # the forecast was 4 short, and so was the planner's change
        (5, 9, 14.0, -4.0),
        (5, 9, 15.0, -2.0),  # 1 short before, 3 too much after
        (5, 1, 0.0, 4.0),
        (20, 0, 0.0, 14.0),  # nobody expects less than nothing
    ],
)
def test_units_nearer_to_demand(proposed, overridden, demand, added):
    assert judged(proposed, overridden, demand)["value_added"].to_list() == [added]


def test_unknown_days_count_like_the_known_ones_and_too_many_say_nothing():
    found = judged(5, 9, 12.0, days=6, known=4)
    assert found.select("demand", "known_share").row(0) == pytest.approx((18.0, 2 / 3))
    assert found["value_added"].to_list() == pytest.approx([4.0])
    assert judged(5, 9, 12.0, days=7, known=3).is_empty()
    assert judged(5, 9, 0.0, days=0, known=0).is_empty()


def test_worth_by_person_direction_and_reason():
    ann = pl.concat([judged(5, 9, 18.0), judged(5, 9, 15.0), judged(5, 1, 0.0)])
    found = summarize_overrides(ann)
    assert found.select("direction", "overrides", "units changed").rows() == [
        ("raised", 2, 8),
        ("lowered", 1, -4),
    ]
    assert found["units nearer to demand"].to_list() == [2.0, 4.0]
    assert found["share that helped"].to_list() == [0.5, 1.0]
