"""Of a date that is still open a source is late from its hour on, by the files alone."""

from datetime import datetime, time

import pytest
from landing_folder import day, sale

from governance import load_planning_policy
from inventory_assets.inventory import read_hour_told
from inventory_assets.project import PROJECT

OPEN = 3


@pytest.fixture
def hourly():
    """A policy by which returns are due at two, and receipts at the close."""
    shipped = load_planning_policy(PROJECT / "data" / "policies" / "planning.yaml")
    at_once = {"pos_sales": 0, "stock": 0, "returns": 0, "receipts": 0}
    return shipped.model_copy(update={"late_after_days": at_once, "due_hours": {"returns": 14}})


@pytest.fixture
def trading(shop):
    """Two days of which all has come, and the masters."""
    for number in (1, 2):
        shop.send("pos_sales", number, [sale(f"R{number}", number)])
        for source in ("returns", "receipts", "stock"):
            shop.send(source, number, [])
    shop.load_all(2)
    return shop


def sell_until(shop, hour, part):
    """A part of the open day whose last sale is of an hour."""
    moment = datetime.combine(day(OPEN), time(hour, 30))
    shop.send("pos_sales", OPEN, [sale(f"part-{part}", OPEN, timestamp=moment)], part=str(part))


def find_late(shop, policy, number=OPEN):
    """Which sources are late in the cycle that loads what has come."""
    shop.load_all(number)
    inputs = shop.inputs(number, "pos_sales")
    ages = {name: (day(number) - newest).days for name, newest in inputs.newest_files().items()}
    return policy.late(ages, read_hour_told(inputs))


def test_a_source_is_late_from_its_hour_on_until_it_comes(trading, hourly):
    sell_until(trading, 11, 1)
    assert find_late(trading, hourly) == {}
    sell_until(trading, 13, 2)
    assert find_late(trading, hourly) == {}
    sell_until(trading, 14, 3)
    assert find_late(trading, hourly) == {"returns": 1}
    trading.send("returns", OPEN, [], part="1")
    assert find_late(trading, hourly) == {}


def test_a_source_that_is_refused_has_not_come(trading, hourly):
    sell_until(trading, 15, 1)
    trading.send("returns", OPEN, [], part="1").write_text("no;such;columns\n")
    assert find_late(trading, hourly) == {"returns": 1}


def test_a_source_that_never_comes_is_late_of_the_days_before_at_any_hour(trading, hourly):
    silent = OPEN + 1
    trading.send("pos_sales", OPEN, [sale("whole", OPEN)])
    trading.send("stock", OPEN, [])
    trading.load_all(OPEN)
    noon = datetime.combine(day(silent), time(12))
    trading.send("pos_sales", silent, [sale("part", silent, timestamp=noon)], part="1")
    # Stock came up to yesterday, which is all that is due; of the others yesterday's is missing.
    assert find_late(trading, hourly, silent) == {"receipts": 2, "returns": 2}


def test_at_the_close_all_of_the_date_is_due(trading, hourly):
    trading.send("pos_sales", OPEN, [sale("whole", OPEN)])
    assert find_late(trading, hourly) == {"receipts": 1, "returns": 1, "stock": 1}


def test_a_date_of_which_nothing_has_sold_has_come_to_no_hour(trading, hourly):
    trading.send("stock", OPEN, [], part="1")
    trading.load_all(OPEN)
    assert read_hour_told(trading.inputs(OPEN, "pos_sales")) == -1
    assert find_late(trading, hourly) == {}


def test_one_till_whose_clock_is_wrong_does_not_set_the_hour(trading):
    rows = [
        sale(f"part-{name}", OPEN, location=name, timestamp=datetime.combine(day(OPEN), time(hour)))
        for name, hour in (("S1", 9), ("S2", 10), ("DC1", 22))
    ]
    trading.send("pos_sales", OPEN, rows, part="1")
    trading.load_all(OPEN)
    assert read_hour_told(trading.inputs(OPEN, "pos_sales")) == 10


def test_a_whole_file_of_stock_does_not_close_a_date_whose_sales_come_in_parts(trading, hourly):
    trading.send("stock", OPEN, [])
    sell_until(trading, 11, 1)
    assert find_late(trading, hourly) == {}
    assert read_hour_told(trading.inputs(OPEN, "pos_sales")) == 11


def test_without_sales_a_whole_file_of_stock_closes_a_date(trading):
    trading.send("stock", OPEN, [])
    trading.load_all(OPEN)
    assert read_hour_told(trading.inputs(OPEN, "pos_sales")) is None
