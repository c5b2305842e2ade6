"""One bulk sale does not become a habit; one that repeats, and a rush of customers, is demand."""

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from landing_folder import NO_BULK, day, sale
from polars.testing import assert_frame_equal

from inventory_assets.demand.forecast import HISTORY_READ, read_past
from inventory_assets.demand.panel import ANNOUNCED
from inventory_assets.framework import Inputs
from quality_checks.checks import judge_bulk
from simulation.replay.night_inputs import _item_weeks

LAST = 60


@pytest.fixture
def usual(shop):
    """Sixty days on which S1 sells one or two A, S2 as many, and B sells a little."""
    rows = []
    for number in range(1, LAST + 1):
        rows += [
            sale(f"R{number}", number, 1 + number % 2),
            sale(f"Q{number}", number, 1, location="S2"),
            sale(f"B{number}", number, 1, sku="B"),
        ]
    # History begins with the first file; all else comes in one, since many take long to load.
    shop.send("pos_sales", 1, rows[:3])
    shop.send("pos_sales", LAST, rows[3:], part="1")
    return shop


def add(shop, number, *rows):
    """Send further lines of a day as a part of it."""
    shop.send("pos_sales", number, list(rows), part="2")


def bulk(shop, patterns=()):
    """What is found, and what the forecast gets of A in S1 by day number."""
    shop.load_all(LAST)
    for name in ("trading_days", "demand_history"):
        shop.rebuild(name, LAST)
    window = {"first_day": day(1), "last_day": day(LAST)}
    found = shop.warehouse.query(
        "bulk_sales",
        day(LAST),
        frames={"wholesale": pl.DataFrame({"pattern": patterns}, schema={"pattern": pl.String})},
        least_units=10,
        times=3.0,
        **window,
    )
    history = shop.warehouse.query(
        "sales_window", day(LAST), frames={"bulk": found}, horizon_days=28, **window
    ).filter(sku="A", location="S1")
    numbers = (history["date"] - day(0)).dt.total_days().to_list()
    return found, dict(zip(numbers, history["sales"].to_list(), strict=True))


def test_a_bulk_sale_counts_as_one_usual_sale_and_is_named(usual):
    add(usual, 50, sale("X1", 50, 300), sale("X2", 50, 1))
    found, sales = bulk(usual)
    assert found.select("sku", "location", "receipt", "units", "counted").rows() == [
        ("A", "S1", "X1", 300, 2)
    ]
    assert (sales[49], sales[50], sales[51]) == (2, 1 + 1 + 2, 2)
    outcome = judge_bulk(found)
    assert outcome.failing["receipt"].to_list() == ["X1"]
    assert outcome.message == "1 bulk sales: 298 of their units do not count as demand"


def test_lines_of_one_receipt_and_receipts_of_one_week_are_one_bulk_sale(usual):
    lines = [sale("X1", 50, 9, line=line) for line in range(1, 9)]
    add(usual, 50, *lines, sale("X2", 50, 30))
    add(usual, 52, sale("X3", 52, 70))
    found, sales = bulk(usual)
    assert found["receipt"].to_list() == ["X1", "X2", "X3"]
    assert found["counted"].to_list() == [2, 0, 2]
    assert (sales[50], sales[52]) == (3, 3)


def test_a_bulk_sale_that_repeats_is_demand(usual):
    for number in (20, 40):
        add(usual, number, sale(f"X{number}", number, 60))
    found, sales = bulk(usual)
    assert found.is_empty()
    assert (sales[20], sales[40]) == (61, 61)


def test_a_rush_of_many_customers_is_demand(usual):
    add(usual, 50, *[sale(f"X{number}", 50, 2) for number in range(40)])
    found, sales = bulk(usual)
    assert found.is_empty()
    assert sales[50] == 81


def test_what_the_item_sells_elsewhere_on_a_line_is_no_bulk_sale(usual):
    for number in range(1, LAST):
        add(usual, number, sale(f"E{number}", number, 12, location="S2"))
    add(usual, LAST, sale("X1", LAST, 24))
    assert bulk(usual)[0].is_empty()


def test_receipts_of_wholesale_are_left_out_without_a_word(usual):
    for number in (20, 40):
        add(usual, number, sale(f"WH-{number}", number, 5))
    found, sales = bulk(usual, ["WH-*"])
    assert found.select("receipt", "counted", "wholesale").rows() == [
        ("WH-20", 0, True),
        ("WH-40", 0, True),
    ]
    assert (sales[20], sales[40]) == (1, 1)
    assert judge_bulk(found).passed


def test_the_first_sales_of_an_item_are_not_judged(usual):
    usual.send("products", 50, [{"sku": "A"}, {"sku": "B"}, {"sku": "N", "launch_date": day(51)}])
    usual.send("item_locations", 50, [{"sku": "N", "location": "S1"}])
    add(usual, 52, sale("X1", 52, 300, sku="N"))
    assert bulk(usual)[0].is_empty()


def read_weeks(shop):
    """Units of A in S1 by number of the week, as the outlook learns from them."""
    shop.load_all(LAST)
    for name in ("trading_days", "demand_history"):
        shop.rebuild(name, LAST)
    weeks = read_past(shop.inputs(LAST, *HISTORY_READ, *ANNOUNCED), day(LAST)).weeks
    mine = weeks.filter(sku="A", half=1).sort("week")
    return dict(enumerate(mine["units"].to_list()))


@pytest.mark.parametrize("history_days", [182, 21])
def test_the_weeks_that_the_outlook_learns_from_have_bulk_sales_cut_back(
    usual, monkeypatch, history_days
):
    policy = usual.inputs(LAST).policy.model_copy(update={"history_days": history_days})
    monkeypatch.setattr(Inputs, "policy", policy)
    before = read_weeks(usual)
    # The one in the daily window, the other before it where that is three weeks.
    add(usual, 50, sale("X1", 50, 300))
    assert read_weeks(usual) == {**before, 6: before[6] + 2}
    if history_days == 21:
        add(usual, 12, sale("X2", 12, 200))
        assert read_weeks(usual) == {**before, 1: before[1] + 2, 6: before[6] + 2}


def test_the_replay_gives_the_weeks_that_the_query_gives(usual):
    usual.load_all(LAST)
    for name in ("trading_days", "demand_history"):
        usual.rebuild(name, LAST)
    span = {"first_day": day(LAST - 727), "last_day": day(LAST), "most_items": 100}
    asked = usual.warehouse.query("item_weeks", day(LAST), frames={"bulk": NO_BULK}, **span)
    pairs = usual.known("item_locations", LAST).filter(pl.col("location") != "DC1")
    sold = usual.known("pos_sales", LAST).group_by("sku", "location", pl.col("timestamp").dt.date())
    units = {key: rows["quantity"].sum() for key, rows in sold}
    keys = pairs.select("sku", "location").rows()
    seen = SimpleNamespace(
        day=LAST - 1,
        sold=np.array(
            [[units.get((*key, day(number)), 0) for key in keys] for number in range(1, LAST + 1)]
        ),
        empty=np.zeros((LAST, len(keys)), bool),
        masters=SimpleNamespace(
            pairs=pairs,
            size=len(keys),
            location=np.array([["S1", "S2"].index(location) for _, location in keys]),
            opens=np.ones((LAST, 2), bool),
            launch=np.zeros(len(keys), int),
            exit=np.full(len(keys), 999),
            promoted=None,
            dates=lambda days: pl.Series([day(1 + int(number)) for number in days]),
        ),
    )
    assert_frame_equal(_item_weeks(seen).sort(asked.columns[:3]), asked)
