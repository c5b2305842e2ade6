"""Daily history: what is unknown stays unknown, and a day is built again when its rows change."""

import pytest
from landing_folder import NO_BULK, at, day, record, sale

from quality_checks.contracts import CONTRACTS

TRADING = CONTRACTS["trading_days"]
HISTORY = CONTRACTS["demand_history"]


def rebuild(shop, number):
    """Load all that landed and bring both daily tables up to date; the days that were built."""
    shop.load_all(number)
    shop.rebuild("trading_days", number)
    return shop.rebuild("demand_history", number)


def traded(shop, number):
    rows = shop.warehouse.read(TRADING, day(number))
    return {row["location"]: (row["status"], row["units"]) for row in rows.to_dicts()}


def sold(shop, number):
    rows = shop.warehouse.read(HISTORY, day(number))
    return {(row["sku"], row["location"]): row["sales"] for row in rows.to_dicts()}


def window(shop, first, last):
    """Sales by sku, location and day number, as the forecast gets them."""
    rows = shop.warehouse.query(
        "sales_window",
        day(last),
        frames={"bulk": NO_BULK},
        first_day=day(first),
        last_day=day(last),
        horizon_days=28,
    )
    numbers = (rows["date"] - day(0)).dt.total_days()
    pairs = zip(rows["sku"], rows["location"], numbers, strict=True)
    return dict(zip(pairs, rows["sales"], strict=True))


def test_an_open_location_that_sent_nothing_is_missing(shop):
    shop.send("pos_sales", 1, [sale("R1", 1, 3)])
    rebuild(shop, 1)
    assert traded(shop, 1) == {"S1": ("open", 3), "S2": ("missing", 0)}
    sales = window(shop, 1, 1)
    assert sales == {
        ("A", "S1", 1): 3,
        ("B", "S1", 1): 0,
        ("A", "S2", 1): None,
        ("B", "S2", 1): None,
    }


def test_a_location_whose_sales_came_twice_under_other_receipts_is_named(shop):
    def till(location, prefix, lines):
        rest = {"location": location, "fulfilment_location": location}
        return [
            sale(f"{prefix}{hour}", 1, timestamp=at(1, hour), **rest)
            for hour in range(8, 8 + lines)
        ]

    # A few lines are alike by chance.
    again = [*till("S1", "W", 10), *till("S2", "W", 3)]
    shop.send("pos_sales", 1, [*till("S1", "R", 10), *till("S2", "R", 10)])
    shop.load("pos_sales", 1)
    assert shop.warehouse.query("repeated_sales", day(1)).is_empty()
    shop.send("pos_sales", 2, again)
    shop.load("pos_sales", 2)
    assert shop.warehouse.query("repeated_sales", day(2)).rows() == [("S1", day(1), 20, 20, False)]
    assert shop.warehouse.query("repeated_sales", day(3)).is_empty()


def test_some_hours_that_came_twice_are_named_as_well(shop):
    def till(prefix, hours):
        return [sale(f"{prefix}{hour}", 1, timestamp=at(1, hour)) for hour in hours]

    shop.send("pos_sales", 1, till("R", range(8, 20)))
    shop.send("pos_sales", 1, till("W", range(8, 13)), part="2")
    shop.load("pos_sales", 1)
    assert shop.warehouse.query("repeated_sales", day(1)).rows() == [("S1", day(1), 10, 10, False)]
    # Lines that are alike here and there are chance.
    shop.send("pos_sales", 1, till("W", (8, 10, 12, 14, 16)), part="2")
    shop.load("pos_sales", 2)
    assert shop.warehouse.query("repeated_sales", day(2)).is_empty()


def test_a_day_without_any_sales_file_is_unknown_and_not_zero(shop):
    for number in (1, 3):
        rows = [sale(f"R{number}-{store}", number, location=store) for store in ("S1", "S2")]
        shop.send("pos_sales", number, rows)
    rebuild(shop, 3)
    assert traded(shop, 2) == {"S1": ("missing", 0), "S2": ("missing", 0)}
    sales = window(shop, 1, 3)
    assert [sales["A", "S1", number] for number in (1, 2, 3)] == [1, None, 1]
    assert [sales["B", "S2", number] for number in (1, 2, 3)] == [0, None, 0]


def sales_of_weeks(units):
    """Lines of four weeks, so many a day in S1 and one in S2, which sells a day longer."""
    lines = [sale(f"W{n}-{line}", n) for n in range(1, 29) for line in range(units)]
    return lines + [sale(f"Q{n}", n, location="S2") for n in range(1, 30)]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        # In the file of the day before, as of a sale past midnight; in its own; in a later one.
        ({28: 1}, "missing"),
        ({28: 1, 29: 12}, "open"),
        ({29: 1}, "missing"),
        ({29: 3}, "open"),
        ({30: 2}, "missing"),
        ({30: 12}, "open"),
    ],
)
def test_a_stray_line_does_not_make_a_day_known(shop, sent, status):
    first, *rest = sales_of_weeks(20)
    shop.send("pos_sales", 1, [first])
    shop.send("pos_sales", 31, [*rest, sale("R31", 31, location="S2")], part="1")
    for number, lines in sent.items():
        past_midnight = {"timestamp": at(29, 0)}
        rows = [sale(f"R{number}-{line}", 29, **past_midnight) for line in range(lines)]
        shop.send("pos_sales", number, rows)
    rebuild(shop, 31)
    assert traded(shop, 29)["S1"][0] == status
    assert traded(shop, 28)["S1"] == ("open", 20)


def test_a_location_many_of_whose_lines_wait_in_quarantine_is_unknown_alone(shop):
    sound = [sale(f"R{n}", 1) for n in range(20)]
    broken = [sale(f"X{n}", 1, sku="no such", location="S2") for n in range(6)]
    shop.send("pos_sales", 1, [*sound, *broken, sale("Q1", 1, location="S2")])
    rebuild(shop, 1)
    assert traded(shop, 1) == {"S1": ("open", 20), "S2": ("missing", 1)}


def test_a_closed_location_is_not_missing(shop):
    never_on_tuesday = {"location": "S2", "region": "south", "open_weekdays": "1011111"}
    shop.send("locations", 1, [never_on_tuesday])
    for number in (1, 2):
        shop.send("pos_sales", number, [sale(f"R{number}", number)])
    rebuild(shop, 2)
    assert day(1).isoweekday() == 2
    assert traded(shop, 1)["S2"] == ("closed", 0)
    assert traded(shop, 2)["S2"] == ("missing", 0)


def test_a_day_is_built_once(shop):
    for number in (1, 2):
        shop.send("pos_sales", number, [sale(f"R{number}", number)])
    assert rebuild(shop, 2) == [day(1), day(2)]
    assert rebuild(shop, 2) == []
    shop.send("pos_sales", 3, [sale("R3", 3)])
    assert rebuild(shop, 3) == [day(3)]


def test_a_late_line_builds_the_day_that_it_was_sold_on(shop):
    for number in (1, 2):
        shop.send("pos_sales", number, [sale(f"R{number}", number)])
    rebuild(shop, 2)
    shop.send("pos_sales", 3, [sale("R3", 3), sale("R1b", 1, 4)])
    assert day(1) in rebuild(shop, 3)
    assert sold(shop, 1) == {("A", "S1"): 5}
    assert sold(shop, 2) == {("A", "S1"): 1}


def test_a_file_sent_again_builds_its_day_again(shop):
    shop.send("pos_sales", 1, [sale("R1", 1, 2), sale("R2", 1, 1)])
    shop.send("pos_sales", 2, [sale("R3", 2)])
    rebuild(shop, 2)
    shop.send("pos_sales", 1, [sale("R1", 1, 9)])
    assert rebuild(shop, 2) == [day(1)]
    assert sold(shop, 1) == {("A", "S1"): 9}


def test_a_released_line_builds_the_day_that_it_was_sold_on(shop):
    shop.send("pos_sales", 1, [sale("R1", 1), sale("R2", 1, 6, sku="C")])
    shop.send("pos_sales", 2, [sale("R3", 2)])
    rebuild(shop, 2)
    assert sold(shop, 1) == {("A", "S1"): 1}
    shop.send("products", 3, [{"sku": "C"}])
    shop.send("pos_sales", 3, [sale("R4", 3)])
    assert rebuild(shop, 3) == [day(1), day(3)]
    assert sold(shop, 1) == {("A", "S1"): 1, ("C", "S1"): 6}


def test_a_released_line_is_not_in_the_history_of_an_earlier_plan(shop):
    shop.send("pos_sales", 1, [sale("R1", 1), sale("R2", 1, 6, sku="C")])
    rebuild(shop, 1)
    shop.send("products", 3, [{"sku": "C"}])
    rebuild(shop, 3)
    rebuild(shop, 1)
    assert sold(shop, 1) == {("A", "S1"): 1}


def test_a_file_sent_again_is_not_in_the_history_of_an_earlier_plan(shop):
    shop.send("pos_sales", 1, [sale("R1", 1, 2)])
    shop.send("pos_sales", 2, [sale("R2", 2)])
    rebuild(shop, 2)
    shop.send("pos_sales", 1, [sale("R1", 1, 9)])
    rebuild(shop, 3)
    assert sold(shop, 1) == {("A", "S1"): 9}
    rebuild(shop, 2)
    assert sold(shop, 1) == {("A", "S1"): 2}


def test_an_empty_shelf_is_marked_from_its_record_to_the_next_one(shop):
    shop.send("stock", 1, [record(1, 0), record(1, 3, location="S2")])
    shop.send("stock", 4, [record(4, 5)])
    for number in range(1, 6):
        shop.send("pos_sales", number, [sale(f"R{number}", number, location="S2")])
    rebuild(shop, 5)
    marked = {
        number: shop.warehouse.read(HISTORY, day(number))
        .filter("out_of_stock")["location"]
        .to_list()
        for number in range(1, 6)
    }
    assert marked == {1: ["S1"], 2: ["S1"], 3: ["S1"], 4: [], 5: []}


def test_a_shelf_whose_units_are_all_promised_or_damaged_is_empty(shop):
    shop.send("stock", 1, [record(1, 5, reserved=3, damaged=2)])
    shop.send("pos_sales", 1, [sale("R1", 1)])
    rebuild(shop, 1)
    assert shop.warehouse.read(HISTORY, day(1))["out_of_stock"].to_list() == [True]


def test_the_later_part_of_a_day_says_how_the_shelf_closed(shop):
    shop.send("pos_sales", 1, [sale("R1", 1)])
    shop.send("pos_sales", 2, [sale("R2", 2)])
    for part in range(1, 9):
        shop.send("stock", 1, [record(1, 0 if part < 8 else 4)], part=str(part))
    rebuild(shop, 2)
    assert shop.warehouse.read(HISTORY, day(2))["out_of_stock"].to_list() == [False]


def test_a_location_that_moves_to_another_region_takes_its_history_along(shop):
    """What landed before stands under the old region, beside later rows of the same day."""
    shop.send("stock", 1, [record(1, 0), record(1, 3, location="S2")])
    shop.send("pos_sales", 1, [sale("R1", 1), sale("R2", 1, 3, location="S2")])
    rebuild(shop, 1)
    shop.send("locations", 2, [{"location": "S1", "region": "west"}])
    shop.send("pos_sales", 2, [sale("R3", 1, 4), sale("R4", 2)])
    back = {"return_id": "B1", "timestamp": at(1), "disposition": "resalable"}
    shop.send("returns", 2, [back])
    rebuild(shop, 2)
    found = shop.warehouse.read(HISTORY, day(1)).sort("location")
    assert found.select("location", "region", "sales", "returned", "out_of_stock").rows() == [
        ("S1", "west", 1 + 4, 1, True),
        ("S2", "south", 3, 0, False),
    ]


def test_opening_stock_is_the_closing_stock_of_the_day_before(shop):
    shop.send("stock", 1, [record(1, 10)], part="1")
    shop.send("stock", 1, [record(1, 6)], part="2")
    shop.load("stock", 1)
    shop.send("stock", 1, [record(1, 11)], part="1")
    shop.send("stock", 2, [record(2, 5)])
    shop.send("pos_sales", 2, [sale("R1", 2, sku="B")])
    rebuild(shop, 2)
    assert shop.known("stock", 1)["on_hand"].to_list() == [6]
    (entry,) = shop.warehouse.query("book_balance", day(2)).rows(named=True)
    assert (entry["opening"], entry["closing"], entry["discrepancy"]) == (6, 5, -1)
