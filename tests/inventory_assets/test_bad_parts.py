"""Parts of an open day that shrink, overlap, run ahead or tell of what cannot be: each is named."""

from landing_folder import at, day, sale

from quality_checks.contracts import CONTRACTS

OPEN = 29


def part(shop, number, rows):
    """A part of the open day lands, and a cycle loads it."""
    shop.send("pos_sales", OPEN, rows, part=str(number))
    return shop.load("pos_sales", OPEN)


def test_a_part_that_shrinks_counts_as_it_is_now(shop):
    whole = [sale("R1", OPEN, 2), sale("R2", OPEN, 3), sale("R3", OPEN, 4)]
    part(shop, 1, whole)
    assert shop.receipts(OPEN) == {"R1": 2, "R2": 3, "R3": 4}
    part(shop, 1, whole[:1])
    assert shop.receipts(OPEN) == {"R1": 2}
    assert [status for _, status, *_ in shop.files("pos_sales")] == ["replaced", "loaded"]
    part(shop, 1, [])
    assert shop.receipts(OPEN) == {}, "an empty part tells that nothing was sold"


def test_lines_of_a_part_that_overlaps_the_last_count_once_and_are_named(shop):
    part(shop, 1, [sale("R1", OPEN, 2), sale("R2", OPEN, 3)])
    report = part(shop, 2, [sale("R2", OPEN, 3), sale("R3", OPEN, 4)])
    assert shop.receipts(OPEN) == {"R1": 2, "R2": 3, "R3": 4}
    assert report.loaded_rows == 1
    assert shop.waiting("pos_sales") == [(f"{day(OPEN)}_2.csv", 1, "receipt,line", "duplicate_key")]


def test_an_overlap_that_says_otherwise_leaves_the_first_in_force(shop):
    part(shop, 1, [sale("R1", OPEN, 2)])
    part(shop, 2, [sale("R1", OPEN, 9)])
    assert shop.receipts(OPEN) == {"R1": 2}
    ((_, _, _, reason),) = shop.waiting("pos_sales")
    assert reason == "duplicate_key"


def test_what_cannot_be_waits_by_line_and_its_neighbours_count(shop):
    good = [sale(f"G{number}", OPEN) for number in range(40)]
    ahead = sale("ahead", OPEN, timestamp=at(OPEN + 2))
    negative = sale("negative", OPEN, -1)
    unknown = sale("unknown", OPEN, sku="no such")
    part(shop, 1, [*good, ahead, negative, unknown])
    assert sum(shop.receipts(OPEN).values()) == len(good)
    assert sorted(shop.waiting("pos_sales")) == [
        (f"{day(OPEN)}_1.csv", 41, "timestamp", "out_of_bounds"),
        (f"{day(OPEN)}_1.csv", 42, "quantity", "out_of_bounds"),
        (f"{day(OPEN)}_1.csv", 43, "sku", "unknown_key"),
    ]


def test_what_sells_on_a_day_on_which_a_store_is_closed_counts_and_opens_it(shop):
    weekday = day(OPEN).isoweekday()
    shut = "".join("0" if place == weekday else "1" for place in range(1, 8))
    shop.send("locations", 1, [{"location": "S2", "region": "south", "open_weekdays": shut}])
    part(shop, 1, [sale("R1", OPEN, 2, location="S2", fulfilment_location="S2")])
    assert shop.receipts(OPEN) == {"R1": 2}
    shop.load_all(OPEN)
    shop.rebuild("trading_days", OPEN)
    told = shop.warehouse.read(CONTRACTS["trading_days"], day(OPEN)).filter(location="S2")
    assert told.select("status", "units").rows() == [("open", 2)]
