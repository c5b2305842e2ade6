"""When goods of the next order arrive, by the calendars of lanes and locations."""

import datetime as dt

import polars as pl
import pytest

from optimization.levels.calendars import find_lane_arrival, lane_arrivals

MONDAY = dt.date(2026, 3, 30)
DAILY = "1111111"


@pytest.mark.parametrize(
    ("weekday", "order", "opened", "transit", "days"),
    [
        # Orders on Monday and Thursday: one lasts until the goods of the other.
        (0, "1001000", DAILY, 0, 3),
        (3, "1001000", DAILY, 0, 4),
        (0, "1001000", DAILY, 2, 5),
        # No order today: what there is must last until Thursday's goods all the same.
        (1, "1001000", DAILY, 2, 4),
        (0, DAILY, DAILY, 1, 2),
        (0, "1000000", DAILY, 1, 8),
        # Saturday's goods wait for Monday where the weekend is closed.
        (3, "0001100", "1111100", 1, 4),
        (0, DAILY, "0000000", 1, 2),
        (0, "0000000", DAILY, 1, None),
    ],
)
def test_days_until_the_goods_of_the_next_order(weekday, order, opened, transit, days):
    assert find_lane_arrival(MONDAY + dt.timedelta(days=weekday), order, opened, transit) == days


def test_pairs_keep_their_order_and_unknown_stays_missing():
    pairs = pl.DataFrame(
        {
            "location": ["B", "A", "C"],
            "order_weekdays": [DAILY, "1001000", None],
            "open_weekdays": [DAILY] * 3,
            "lead_time_mean": [2.0, 1.0, 1.0],
        }
    )
    got = lane_arrivals(pairs, MONDAY)
    assert got.select("location", "next_arrival_days").rows() == [
        ("B", 3.0),
        ("A", 4.0),
        ("C", None),
    ]
