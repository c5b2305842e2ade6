"""A stretch of sales that a till sent a second time counts once; a busy hour is left alone."""

from datetime import datetime, time, timedelta

import numpy as np
import pytest
from landing_folder import day, sale

from quality_checks.contracts import CONTRACTS


def customers(chance, many, first=8, last=20, location="S1"):
    """Receipts of a day as people leave them: (moment, location, lines of sku and units)."""
    open_at = datetime.combine(day(1), time(first))
    seconds = np.sort(chance.integers(0, (last - first) * 3600, many))
    return [
        (
            open_at + timedelta(seconds=int(second)),
            location,
            [("AB"[chance.integers(2)], int(chance.integers(1, 3))) for _ in range(1 + n % 2)],
        )
        for n, second in enumerate(seconds)
    ]


def lines(receipts, prefix):
    """Rows of receipts, numbered in the order in which they were paid."""
    return [
        sale(
            f"{prefix}{number}",
            1,
            units,
            line=line,
            timestamp=moment,
            sku=sku,
            location=location,
            fulfilment_location=location,
            net_value=10.0 * units,
            list_value=10.0 * units,
        )
        for number, (moment, location, bought) in enumerate(receipts, start=1)
        for line, (sku, units) in enumerate(bought, start=1)
    ]


def within(receipts, first, last):
    return [receipt for receipt in receipts if first <= receipt[0].hour < last]


def two_shops(seed):
    chance = np.random.default_rng(seed)
    return customers(chance, 150), customers(chance, 200, location="S2")


def units(shop, number=9):
    return int(shop.known("pos_sales", number)["quantity"].sum())


def sold(*receipts):
    return sum(count for some in receipts for _, _, bought in some for _, count in bought)


def set_aside(shop):
    waits = shop.warehouse.waiting("pos_sales", day(9))
    return waits.filter(reason="sold_twice")


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("times", [2, 3])
def test_an_hour_that_came_again_under_other_numbers_counts_once(shop, seed, times):
    here, there = two_shops(seed)
    hour = within(here, 11, 14)
    copies = [row for n in range(1, times) for row in lines(hour, f"again{n}-")]
    shop.send("pos_sales", 1, [*lines(here, "R"), *lines(there, "T"), *copies])
    shop.load("pos_sales", 1)
    assert units(shop) == sold(here, there)
    waits = set_aside(shop)
    assert len(waits) == len(copies)
    assert set(waits["payload"].str.json_path_match("$.receipt")) == {
        row["receipt"] for row in copies
    }
    (first,) = waits.filter(waits["payload"].str.contains('again1-1"', literal=True))[
        "message"
    ].unique()
    original = 1 + here.index(hour[0])
    assert first.startswith(f"counts once: the same as receipt R{original}, as all receipts of S1")
    assert f"have come {times} times" in first
    repeated = shop.warehouse.query("repeated_sales", day(1))
    assert repeated.drop("day").rows() == [("S1", len(copies), len(copies), True)]
    # The day is known, and its file is no broken one.
    shop.rebuild("trading_days", 1)

    trading = shop.warehouse.read(CONTRACTS["trading_days"], day(1))
    assert trading.filter(location="S1")["status"].to_list() == ["open"]


@pytest.mark.parametrize(("number", "part"), [(1, "2"), (2, "")])
def test_an_hour_that_came_again_in_another_file_counts_once(shop, number, part):
    here, there = two_shops(7)
    shop.send("pos_sales", 1, [*lines(here, "R"), *lines(there, "T")], part="1" if part else "")
    shop.load("pos_sales", 1)
    hour = within(here, 16, 19)
    later = customers(np.random.default_rng(1), 30, 20, 22, "S2")
    shop.send("pos_sales", number, [*lines(hour, "again"), *lines(later, "L")], part=part)
    shop.load("pos_sales", number)
    assert units(shop) == sold(here, there, later)
    name = shop.path("pos_sales", number, part).name
    assert set(set_aside(shop)["file_name"]) == {f"pos_sales/{name}"}
    # What is sent again without the second ones stands alone.
    shop.send("pos_sales", number, lines(later, "L"), part=part)
    shop.load("pos_sales", number)
    assert units(shop) == sold(here, there, later)
    assert set_aside(shop).is_empty()


def parts_with_an_hour_in_both(shop):
    """Two parts of a day, the second with an hour of the first; both are loaded."""
    here, there = two_shops(7)
    hour = within(here, 16, 19)
    rest = [receipt for receipt in here if receipt not in hour]
    later = customers(np.random.default_rng(1), 30, 20, 22, "S2")
    first = [*lines(rest, "R"), *lines(there, "T")]
    shop.send("pos_sales", 1, [*first, *lines(hour, "H")], part="1")
    shop.send("pos_sales", 1, [*lines(hour, "again"), *lines(later, "L")], part="2")
    shop.load("pos_sales", 1)
    total = sold(here, there, later)
    assert units(shop) == total
    assert not set_aside(shop).is_empty()
    return first, hour, total


def test_the_second_ones_count_once_the_first_are_sent_no_more(shop):
    first, hour, total = parts_with_an_hour_in_both(shop)
    shop.send("pos_sales", 1, first, part="1")
    report = shop.load("pos_sales", 2)
    assert report.released_rows == len(lines(hour, "again"))
    assert units(shop) == total
    assert units(shop, 1) == total, "the plan of before knew the first ones"
    assert set_aside(shop).is_empty()
    assert {rows[-1] for rows in shop.files("pos_sales") if rows[1] == "loaded"} == {0}
    assert shop.load("pos_sales", 3).released_rows == 0


def test_the_second_ones_wait_on_where_the_first_are_sent_again_under_new_numbers(shop):
    first, hour, total = parts_with_an_hour_in_both(shop)
    shop.send("pos_sales", 1, [*first, *lines(hour, "N")], part="1")
    assert shop.load("pos_sales", 2).released_rows == 0
    assert units(shop) == total
    assert set_aside(shop)["message"].str.contains("the same as receipt N").all()


def test_of_an_hour_that_came_two_times_more_one_counts_once_the_first_is_gone(shop):
    first, hour, total = parts_with_an_hour_in_both(shop)
    third = lines(hour, "third")
    shop.send("pos_sales", 1, third, part="3")
    shop.load("pos_sales", 1)
    assert units(shop) == total
    shop.send("pos_sales", 1, first, part="1")
    for number in (2, 3):
        shop.load("pos_sales", number)
        assert units(shop) == total
    waits = set_aside(shop)
    assert len(waits) == len(third)
    assert waits["message"].str.contains("the same as receipt again").all()


@pytest.mark.parametrize(("number", "part"), [(1, ""), (1, "2"), (2, "")])
def test_lines_of_a_new_item_in_an_hour_that_came_again_count_once(shop, number, part):
    here, there = two_shops(7)
    # Receipts with a line of the new item beside others, receipts of it alone, and one sold later.
    with_new = [
        (moment, place, [[*bought, ("C", 3)], bought, [("C", 1)]][n % 3])
        for n, (moment, place, bought) in enumerate(here)
    ]
    hour = within(with_new, 16, 19)
    later = [(datetime.combine(day(1), time(21, 5, 7)), "S2", [("C", 2)])]
    sent = [*lines(with_new, "R"), *lines(there, "T")]
    again = [*lines(hour, "again"), *lines(later, "L")]
    if (number, part) == (1, ""):
        shop.send("pos_sales", 1, [*sent, *again])
    else:
        shop.send("pos_sales", 1, sent, part="1" if part else "")
        shop.load("pos_sales", 1)
        shop.send("pos_sales", number, again, part=part)
    shop.load("pos_sales", number)
    shop.send("products", 3, [{"sku": "C"}])
    for night in (3, 4):
        shop.load("products", night)
        shop.load("pos_sales", night)
        assert units(shop) == sold(with_new, there, later)
    waits = set_aside(shop)
    assert len(waits) == len(lines(hour, "again"))
    assert waits["message"].str.starts_with("counts once: the same as receipt R").all()
    assert len(shop.warehouse.waiting("pos_sales", day(9))) == len(waits)


@pytest.mark.parametrize("number", [1, 2])
def test_whole_days_of_all_shops_that_came_again_count_once(shop, number):
    here, there = two_shops(5)
    sent = [*lines(here, "R"), *lines(there, "T")]
    again = [*lines(here, "again"), *lines(there, "later")]
    if number == 1:
        shop.send("pos_sales", 1, [*sent, *again])
    else:
        shop.send("pos_sales", 1, sent)
        shop.load("pos_sales", 1)
        shop.send("pos_sales", number, again)
    shop.load("pos_sales", number)
    assert units(shop) == sold(here, there)
    assert len(set_aside(shop)) == len(again)


def test_a_later_file_that_repeats_the_whole_day_of_one_shop_counts_once(shop):
    here, there = two_shops(5)
    shop.send("pos_sales", 1, [*lines(here, "R"), *lines(there, "T")])
    shop.load("pos_sales", 1)
    shop.send("pos_sales", 2, lines(here, "again"))
    shop.load("pos_sales", 2)
    assert units(shop) == sold(here, there)


def alike(receipt, minutes):
    moment, location, bought = receipt
    return moment.replace(minute=0 if minutes else moment.minute, second=0), location, bought


@pytest.mark.parametrize("seed", range(4))
def test_what_may_be_chance_is_left_alone(shop, seed):
    chance = np.random.default_rng(seed)
    here, there = two_shops(seed)
    # A busy hour in which everybody buys one of the same, some in the same second.
    rush = [(moment, "S1", [("A", 1)]) for moment, *_ in customers(chance, 2_000, 17, 18)]
    # A few receipts twice, and a longer stretch of which some receipts have no twin.
    few = within(here, 9, 10)[:9]
    loose = [receipt for n, receipt in enumerate(within(there, 9, 17)) if n % 6]
    all_of_it = [*lines(here, "R"), *lines(there, "T"), *lines(rush, "H")]
    shop.send("pos_sales", 1, [*all_of_it, *lines(few, "F"), *lines(loose, "L")])
    shop.load("pos_sales", 1)
    assert set_aside(shop).is_empty()
    assert units(shop) == sold(here, there, rush, few, loose)


@pytest.mark.parametrize("by_hour", [True, False])
def test_sales_told_by_hour_or_by_single_units_are_left_alone(shop, by_hour):
    chance = np.random.default_rng(3)
    receipts = [alike(receipt, by_hour) for receipt in customers(chance, 4_000)]
    single = [(moment, place, [(bought[0][0], 1)]) for moment, place, bought in receipts]
    shop.send("pos_sales", 1, lines(single, "R"))
    shop.load("pos_sales", 1)
    assert set_aside(shop).is_empty()
    assert units(shop) == 4_000


@pytest.mark.parametrize("whole", [True, False])
def test_a_till_so_busy_that_each_receipt_has_a_twin_is_left_alone(shop, whole):
    receipts = [alike(receipt, False) for receipt in customers(np.random.default_rng(3), 20_000)]
    single = [(moment, place, [(bought[0][0], 1)]) for moment, place, bought in receipts]
    _, there = two_shops(3)
    rest = [] if whole else there
    shop.send("pos_sales", 1, [*lines(single, "R"), *lines(rest, "T")])
    shop.load("pos_sales", 1)
    assert set_aside(shop).is_empty()
    assert units(shop) == sold(single, rest)
