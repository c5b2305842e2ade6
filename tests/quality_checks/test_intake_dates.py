"""The newest business date is what sales and stock tell; what is beyond it is named."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from quality_checks.intake import LandedFile, find_newest_date

LAST = date(2025, 9, 30)
TODAY = date(2025, 10, 1)


def files(*named):
    """Files of (source, days after LAST)."""
    return [
        LandedFile(source, LAST + timedelta(days), "", Path(f"{source}/{days}.csv"))
        for source, days in named
    ]


HISTORY = [(source, -days) for source in ("pos_sales", "stock", "products") for days in range(9)]


@pytest.mark.parametrize("today", [TODAY, date(2030, 1, 1)])
@pytest.mark.parametrize(
    ("more", "newest", "beyond"),
    [
        ([], 0, []),
        # By day the till is ahead, and the stock extract may be late for days.
        ([("pos_sales", 1)], 1, []),
        ([("stock", 1), ("pos_sales", 1)], 1, []),
        # Other sources tell no date.
        ([("promotions", 1)], 0, []),
    ],
)
def test_sales_and_stock_tell_the_date(today, more, newest, beyond):
    found = find_newest_date(files(*HISTORY, *more), today)
    assert found.business_date == LAST + timedelta(newest)
    assert found.beyond == tuple(files(*beyond))


@pytest.mark.parametrize("source", ["pos_sales", "stock"])
@pytest.mark.parametrize("days", [8, 31, 365, 36_500])
def test_one_file_of_a_later_date_does_not_carry_the_plan_over(source, days):
    found = find_newest_date(files(*HISTORY, (source, days)), date(2125, 12, 31))
    assert found.business_date == LAST
    assert found.beyond == tuple(files((source, days)))
    (words,) = found.describe_beyond()
    assert words.startswith(f"{source}/{days}.csv: its date is beyond 2025-09-30")
    assert found.describe_beyond("products") == []


@pytest.mark.parametrize("source", ["pos_sales", "stock", "events"])
def test_no_file_is_believed_of_a_date_to_come(source):
    named = [(source, 3), *(("stock", 3), ("pos_sales", 3))]
    found = find_newest_date(files(*HISTORY, *dict.fromkeys(named)), TODAY)
    assert found.business_date == LAST
    assert (source, LAST + timedelta(3)) in {(f.source, f.business_date) for f in found.beyond}


def test_a_pause_of_the_whole_retailer_is_no_mistake():
    found = find_newest_date(files(*HISTORY, ("pos_sales", 20), ("stock", 20)), date(2026, 1, 1))
    assert found.business_date == LAST + timedelta(20)
    late = find_newest_date(files(*HISTORY, ("stock", 20), ("stock", 21)), date(2026, 1, 1))
    assert late.business_date == LAST + timedelta(21)


def test_masters_alone_have_a_date_too():
    assert find_newest_date(files(("products", -3)), TODAY).business_date == LAST - timedelta(3)
    assert find_newest_date([], TODAY).business_date is None
