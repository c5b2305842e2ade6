"""Stock is the last record and what moved since: late, stuck, unread or below zero records."""

from datetime import timedelta

import polars as pl
import pytest
from landing_folder import at, day, record, sale

from quality_checks.checks import (
    find_unbalanced,
    judge_balance,
    judge_feeds,
    judge_position,
    sum_books,
)
from quality_checks.contracts import CONTRACTS

SUNDAY = 6
"""Day of the made-up retailer that is one."""

POLICY = {
    "stock_late_after": 0,
    "stock_stop_after": 3,
    "sales_late_after": 0,
    "sales_stop_after": 7,
    "moves_late_after": 1,
    "moves_stop_after": 36_500,
}
NO_DOCUMENTS = pl.DataFrame(schema={"sku": pl.String})
NO_PROPOSALS = pl.DataFrame(
    schema={"sku": pl.String, "location": pl.String, "inbound": pl.Int64, "outbound": pl.Int64}
)


def stocked(shop, number):
    """Books, feeds and position of a day, as their assets make them."""
    shop.load_all(number)
    if (shop.landing / "pos_sales").exists():
        shop.rebuild("trading_days", number)
    query, write, today = shop.warehouse.query, shop.warehouse.write, day(number)
    books = query("book_balance", today)
    write(CONTRACTS["book_balance"], today, books)
    feeds = query("feeds", today, frames={"books": sum_books(books)}, **POLICY)
    write(CONTRACTS["feeds"], today, feeds)
    write(CONTRACTS["unbalanced_pairs"], today, find_unbalanced(books))
    none = {"open_proposals": NO_PROPOSALS, "open_documents": NO_DOCUMENTS}
    position = query("position", today, frames=none)
    write(CONTRACTS["position"], today, position)
    return books, feeds, position


def book_moves(shop, until, gaps):
    """Receipts and transfers of DC1 until a day, after pauses of so many days."""
    days = [until]
    for gap in gaps:
        days.append(days[-1] - gap)
    bought = {"line": 1, "sku": "A", "location": "DC1", "po_line": 1, "received": 5, "rejected": 0}
    receipts = [{"receipt_id": f"G{n}", "timestamp": at(n), "po": f"P{n}", **bought} for n in days]
    shop.send("receipts", until, receipts)
    left = {"shipped_quantity": 5}
    moves = [
        {"transfer_id": f"T{n}", "shipped_on": day(n), "expected_on": day(n + 1), **left}
        for n in days
    ]
    shop.send("transfers", until, moves)


@pytest.mark.parametrize(("pause", "state"), [(4, "on_time"), (5, "late"), (40, "late")])
def test_a_dc_that_books_nothing_for_longer_than_it_used_to_is_named(shop, pause, state):
    book_moves(shop, 60, [1, 3, 2, *[1] * 10])
    today = 60 + pause
    shop.send("stock", today, [record(today, 9, location="DC1")])
    _, feeds, position = stocked(shop, today)
    moves = feeds.filter(pl.col("source").is_in(["receipts", "transfers"]))
    assert moves.select("location", "source", "state", "age_days").rows() == [
        ("DC1", source, state, pause) for source in ("receipts", "transfers")
    ]
    named = judge_feeds(feeds)[2]
    assert named.passed == (state == "on_time")
    assert all("longest pause of a quarter was 3" in said for said in named.failing["problem"])
    assert on_hand(position, location="DC1") == 9, "it is named, and planned on"


def test_a_dc_whose_bookings_policy_stops_is_left_out_alone_and_one_that_seldom_books_is_not(
    shop, monkeypatch
):
    monkeypatch.setitem(POLICY, "moves_stop_after", 5)
    book_moves(shop, 60, [3, *[1] * 12])
    shop.send("stock", 69, [record(69, 9), record(69, 9, location="DC1")])
    _, feeds, position = stocked(shop, 69)
    assert on_hand(position, location="DC1") is None
    assert on_hand(position, location="S1") == 9
    assert judge_feeds(feeds)[1].failing["source"].to_list() == ["receipts", "transfers"]
    book_moves(shop, 60, [9, 9, 9])
    assert "receipts" not in stocked(shop, 70)[1]["source"].to_list()


@pytest.mark.parametrize(("silent", "state"), [(50, "stopped"), (180, "stopped"), (181, None)])
def test_a_dc_that_falls_silent_stays_left_out_for_half_a_year(shop, monkeypatch, silent, state):
    """It used to book on every third or fourth day, and the pauses of a quarter count."""
    monkeypatch.setitem(POLICY, "moves_stop_after", 5)
    book_moves(shop, 100, [3, 4] * 10)
    today = 100 + silent
    shop.send("stock", today, [record(today, 9, location="DC1")])
    _, feeds, position = stocked(shop, today)
    moves = feeds.filter(pl.col("source").is_in(["receipts", "transfers"]))
    assert moves["state"].to_list() == ([state] * 2 if state else [])
    assert on_hand(position, location="DC1") == (None if state else 9)
    assert judge_feeds(feeds)[2].passed == (state is None)


def on_hand(position, sku="A", location="S1"):
    return position.filter(sku=sku, location=location)["on_hand"].item()


def test_sales_without_a_new_snapshot_are_taken_off_the_last_one(shop):
    shop.send("stock", 1, [record(1, 10), record(1, 7, sku="B")])
    shop.send("pos_sales", 1, [sale("R1", 1, 4)])
    shop.send("pos_sales", 2, [sale("R2", 2, 3)])
    shop.send("returns", 2, [{"return_id": "B1", "timestamp": at(2), "disposition": "damaged"}])
    moved = {"received_on": day(2), "shipped_quantity": 5, "received_quantity": 5}
    shop.send("transfers", 2, [{"transfer_id": "T1", **moved}])
    books, feeds, position = stocked(shop, 2)
    mine = position.filter(sku="A", location="S1").row(0, named=True)
    assert (mine["recorded"], mine["moved_since"], mine["on_hand"]) == (10, 3, 13)
    assert (mine["damaged"], mine["available"], mine["record_age_days"]) == (1, 12, 1)
    assert mine["snapshot_date"] == day(1)
    assert on_hand(position, "B") == 7
    assert books.is_empty()
    assert all(outcome.passed for outcome in judge_balance(books))
    young, planned, _ = judge_feeds(feeds)
    assert young.failing["location"].to_list() == ["S1"]
    assert "S1" in young.message
    assert planned.passed


def test_the_books_close_over_the_days_that_a_snapshot_lacked(shop):
    shop.send("stock", 1, [record(1, 10)])
    for number in (1, 2, 3):
        shop.send("pos_sales", number, [sale(f"R{number}", number, 2)])
    shop.send("stock", 3, [record(3, 5)])
    (entry,) = stocked(shop, 3)[0].rows(named=True)
    assert (entry["opening"], entry["sales"], entry["closing"]) == (10, 4, 5)
    assert entry["discrepancy"] == -1


def test_a_part_of_a_day_has_what_moved_until_it_was_read(shop):
    shop.send("stock", 1, [record(1, 10)])
    shop.send("pos_sales", 1, [sale("R1", 1)])
    noon = {"snapshot_time": at(2, 12), "on_hand": 8}
    shop.send("stock", 2, [noon], part="1")
    early, late = sale("R2", 2, 2, timestamp=at(2, 10)), sale("R3", 2, 3, timestamp=at(2, 15))
    shop.send("pos_sales", 2, [early, late])
    books, _, position = stocked(shop, 2)
    assert on_hand(position) == 5
    assert books["discrepancy"].to_list() == [0]


def test_a_stuck_feed_is_as_old_as_it_says_and_its_older_figures_do_not_stand(shop):
    shop.send("stock", 1, [record(1, 30), record(1, 30, location="S2")])
    shop.send("stock", 5, [record(5, 20), record(5, 20, location="S2")])
    for number in range(1, 7):
        rows = [sale(f"R{number}", number, 2), sale(f"Q{number}", number, 1, location="S2")]
        shop.send("pos_sales", number, rows)
    stuck = record(1, 30, location="S2")
    shop.send("stock", 6, [record(6, 18), stuck])
    _, feeds, position = stocked(shop, 6)
    assert on_hand(position, location="S1") == 18
    # The sale was fulfilled by S1, so that nothing left S2 since its record of day 5.
    assert on_hand(position, location="S2") == 20
    ages = dict(feeds.filter(source="stock").select("location", "age_days").iter_rows())
    assert ages == {"S1": 0, "S2": 1, "DC1": None}
    young, planned, _ = judge_feeds(feeds)
    assert young.failing["location"].to_list() == ["S2"]
    assert planned.passed


def test_a_day_on_which_a_location_is_closed_makes_its_record_no_older(shop):
    store = {"region": "north", "city": "C", "name": "S2", "kind": "store", "location": "S2"}
    shop.send("locations", 1, [{**store, "open_weekdays": "1111110"}])
    shop.send("stock", 5, [record(5, 9), record(5, 9, location="S2")])
    for number in range(1, 8):
        here = {"fulfilment_location": "S2", "location": "S2"}
        rows = [sale(f"R{number}", number), sale(f"Q{number}", number, **here)]
        shop.send("pos_sales", number, rows if number != SUNDAY else rows[:1])
    for number, age, state in ((SUNDAY, 0, "on_time"), (SUNDAY + 1, 1, "late")):
        shop.send("stock", number, [record(number, 9)])
        _, feeds, position = stocked(shop, number)
        assert feeds.filter(location="S2", source="stock").select("age_days", "state").rows() == [
            (age, state)
        ]
        assert position.filter(sku="A", location="S2")["record_age_days"].to_list() == [age]


def test_a_dc_rests_on_its_closed_days_too(shop):
    dc = {"region": "north", "city": "C", "name": "DC1", "kind": "dc", "location": "DC1"}
    shop.send("locations", 1, [{**dc, "open_weekdays": "1111110", "ships_online": False}])
    shop.send("stock", SUNDAY - 1, [record(SUNDAY - 1, 9, location="DC1")])
    for number, age in ((SUNDAY, 0), (SUNDAY + 1, 1)):
        _, feeds, _ = stocked(shop, number)
        assert feeds.filter(location="DC1", source="stock")["age_days"].to_list() == [age]


def test_the_record_of_a_location_that_has_closed_for_good_grows_old(shop):
    store = {"region": "north", "city": "C", "name": "S2", "kind": "store", "location": "S2"}
    shop.send("locations", 1, [{**store, "closed_on": day(3)}])
    shop.send("stock", 2, [record(2, 9), record(2, 9, location="S2")])
    for number in range(1, 7):
        rows = [sale(f"R{number}", number)]
        if number < 3:
            rows.append(sale(f"Q{number}", number, fulfilment_location="S2", location="S2"))
        shop.send("pos_sales", number, rows)
        if number > 2:
            shop.send("stock", number, [record(number, 9)])
    _, feeds, position = stocked(shop, 6)
    closed = feeds.filter(location="S2", source="stock")
    assert closed.select("age_days", "state").rows() == [(4, "stopped")]
    assert on_hand(position, location="S2") is None


def test_a_location_without_stock_for_longer_than_policy_allows_is_left_out_alone(shop):
    shop.send("stock", 1, [record(1, 9), record(1, 9, location="S2")])
    for number in range(1, 7):
        shop.send("pos_sales", number, [sale(f"R{number}", number)])
    shop.send("stock", 6, [record(6, 4)])
    _, feeds, position = stocked(shop, 6)
    assert on_hand(position, location="S1") == 4
    assert on_hand(position, location="S2") is None
    planned = judge_feeds(feeds)[1]
    assert planned.failing.select("location", "source").rows() == [("S2", "stock")]
    known, _ = judge_position(position, pl.DataFrame({"sku": [], "location": []}))
    assert ("A", "S2") not in known.failing.rows()


def test_what_can_be_promised_of_unknown_stock_is_unknown(shop):
    shop.send("stock", 1, [record(1, 9), record(1, 9, location="S2")])
    shop.send("stock", 6, [record(6, 4)])
    position = stocked(shop, 6)[2]
    available = {
        (sku, location): units
        for sku, location, units in position.select("sku", "location", "available").iter_rows()
    }
    assert available["A", "S1"] == 4
    # Its feed is stopped, and of the other no record ever came.
    assert available["A", "S2"] is None
    assert available["B", "S1"] is None


def test_a_location_whose_books_fail_stops_alone(shop):
    shop.send("stock", 1, [record(1, 90), record(1, 90, location="S2")])
    here = {"fulfilment_location": "S2", "location": "S2"}
    shop.send("pos_sales", 1, [sale("R1", 1), sale("Q1", 1, **here)])
    shop.send("pos_sales", 2, [sale("R2", 2, 12), sale("Q2", 2, 12, **here)])
    shop.send("stock", 2, [record(2, 78), record(2, 90, location="S2")])
    books, feeds, position = stocked(shop, 2)
    assert on_hand(position, location="S1") == 78
    assert on_hand(position, location="S2") is None
    balanced, hold = judge_balance(books)
    assert balanced.failing["location"].to_list() == ["S2"]
    assert hold.passed
    (problem,) = feeds.filter(state="stopped")["problem"].to_list()
    assert problem == "12 units unexplained against 12 moved"


def test_an_item_whose_books_break_does_not_stop_its_location(shop):
    """As where 500 units come back of which 5 were sold."""
    known = ["A", "B", "C", "D"]
    shop.send("products", 0, [{"sku": item} for item in known])
    shop.send("stock", 1, [record(1, 90, sku=item) for item in known])
    shop.send("pos_sales", 1, [sale("R1", 1)])
    shop.send("pos_sales", 2, [sale(f"R{item}", 2, 2, sku=item) for item in known])
    shop.send("stock", 2, [record(2, 9 if item == "A" else 88, sku=item) for item in known])
    books, feeds, position = stocked(shop, 2)
    assert [on_hand(position, item) for item in known] == [None, 88, 88, 88]
    assert find_unbalanced(books).select("sku", "location", "moved", "discrepancy").rows() == [
        ("A", "S1", 2, -79)
    ]
    assert feeds.filter(location="S1", source="stock")["state"].to_list() == ["on_time"]
    balanced, hold = judge_balance(books)
    assert hold.passed
    assert balanced.failing["sku"].to_list() == ["A"]


@pytest.mark.parametrize("on_record", [-6, 0])
def test_stock_below_zero_is_nothing_there_and_named(shop, on_record):
    shop.send("stock", 1, [record(1, 55)])
    shop.send("stock", 2, [record(2, on_record)])
    position = stocked(shop, 2)[2]
    assert on_hand(position) == 0
    assert position.filter(sku="A", location="S1")["available"].item() == 0
    unsure = shop.warehouse.query("unsure_stock", day(2), frames={"stocked": position})
    sure = judge_position(position, unsure)[1]
    named = sure.failing.select("sku", "location", "on_hand").rows()
    assert named == ([("A", "S1", -6)] if on_record < 0 else [])
    assert doubts(shop, 2, unsure) == {("A", "S1"): 0.9 if on_record < 0 else 0.0}


@pytest.mark.parametrize(("second", "named"), [(5, ["A"]), (40, [])])
def test_two_records_of_a_pair_in_one_file_make_it_unsure_unless_they_agree(shop, second, named):
    """As a warehouse sends that keeps an item in two bins; nobody knows whether they add up."""
    shop.send("stock", 1, [record(1, 40), record(1, second), record(1, 7, sku="B")])
    position = stocked(shop, 1)[2]
    assert (on_hand(position), on_hand(position, "B")) == (40, 7)
    unsure = shop.warehouse.query("unsure_stock", day(1), frames={"stocked": position})
    assert unsure["sku"].to_list() == named
    assert all("on_hand 40, here 5" in problem for problem in unsure["problem"])
    assert [sku for (sku, _), doubt in doubts(shop, 1, unsure).items() if doubt > 0.5] == named


def test_a_record_that_is_not_sent_again_follows_no_count_after_it(shop):
    shop.send("stock", 1, [record(1, 60), record(1, 9, sku="B")])
    count = {**COUNTED, "count_id": "C1", "timestamp": at(2, 8), "counted": 1200}
    shop.send("stock_counts", 2, [count])
    # Until the location has sent stock again, nobody knows what the record says by then.
    for number, named in ((2, []), (3, ["A"])):
        if number == 3:
            shop.send("stock", 3, [record(3, 8, sku="B")])
        position = stocked(shop, number)[2]
        unsure = shop.warehouse.query("unsure_stock", day(number), frames={"stocked": position})
        assert unsure["sku"].to_list() == named


COUNTED = {"sku": "A", "location": "S1", "reason": "cycle_count"}


@pytest.mark.parametrize(
    ("counted", "corrected", "sold", "named"),
    [
        (1200, 0, 0, True),
        # The record was set right, or the count found what it states.
        (1200, 1140, 0, False),
        (60, 0, 0, False),
        # Slips of the hand, and what sold before or after the count.
        (69, 0, 0, False),
        (120, 0, 60, False),
        (0, 0, 60, True),
        (0, 0, 0, True),
        (35, 0, 0, False),
    ],
)
def test_a_record_that_does_not_follow_its_count_is_doubted(shop, counted, corrected, sold, named):
    shop.send("stock", 1, [record(1, 60 + sold)])
    shop.send(
        "stock_counts",
        2,
        [{**COUNTED, "count_id": "C1", "timestamp": at(2, 8), "counted": counted}],
    )
    if sold:
        shop.send("pos_sales", 2, [sale("R1", 2, sold)])
    if corrected:
        change = {"adjustment_id": "A1", "timestamp": at(2, 9), "quantity": corrected}
        shop.send("adjustments", 2, [{**COUNTED, **change}])
    shop.send("stock", 2, [record(2, 60 + corrected)])
    position = stocked(shop, 2)[2]
    unsure = shop.warehouse.query("unsure_stock", day(2), frames={"stocked": position})
    said = f"count C1 found {counted} on {day(2)}, which the record does not follow"
    assert unsure["problem"].to_list() == ([said] if named else [])
    assert on_hand(position) == 60 + corrected


def doubts(shop, number, unsure):
    found = shop.warehouse.query("record_doubts", day(number), frames={"unsure": unsure})
    assert found["faulty"].to_list() == (found["doubt"] == 0.9).to_list()
    return dict(zip(found.select("sku", "location").rows(), found["doubt"], strict=True))


def test_a_record_whose_newer_row_waits_in_quarantine_is_doubted_and_named(shop):
    shop.send("stock", 1, [record(1, 55), record(1, 5, sku="B")])
    path = shop.send("stock", 2, [record(2, 3), record(2, 4, sku="B")])
    path.write_text(path.read_text().replace(",3,0,0", ",three,0,0"))
    position = stocked(shop, 2)[2]
    assert (on_hand(position), on_hand(position, "B")) == (55, 4)
    unsure = shop.warehouse.query("unsure_stock", day(2), frames={"stocked": position})
    assert unsure.select("sku", "location", "file_name", "row").rows() == [
        ("A", "S1", f"stock/{day(2)}.csv", 1)
    ]
    found = doubts(shop, 2, unsure)
    assert found["A", "S1"] == 0.9 > found["B", "S1"]
    shop.send("stock", 3, [record(3, 50)])
    position = stocked(shop, 3)[2]
    assert shop.warehouse.query("unsure_stock", day(3), frames={"stocked": position}).is_empty()


def test_doubt_grows_with_each_day_that_a_record_is_old(shop):
    shop.send("stock", 1, [record(1, 10)])
    shop.send("stock", 2, [record(2, 8)])
    shop.send("pos_sales", 1, [sale("R1", 1)])
    shop.send("pos_sales", 2, [sale("R2", 2)])
    nothing = pl.DataFrame(schema={"sku": pl.String, "location": pl.String})
    found = []
    for number in (2, 3, 4):
        stocked(shop, number)
        found.append(doubts(shop, number, nothing)["A", "S1"])
    assert found[0] < found[1] < found[2] < 1
    assert found[1] == pytest.approx(1 - (1 - found[0]) ** 2)


def test_a_row_that_happened_after_its_file_is_set_aside(shop):
    next_year = at(1) + timedelta(days=365)
    past_midnight = at(1) + timedelta(hours=13)
    rows = [
        sale("R1", 1),
        sale("R2", 1, timestamp=next_year),
        sale("R3", 1, timestamp=past_midnight),
    ]
    shop.send("pos_sales", 1, rows)
    shop.load("pos_sales", 1)
    assert shop.receipts(1) == {"R1": 1, "R3": 1}
    assert shop.waiting("pos_sales") == [(f"{day(1)}.csv", 2, "timestamp", "out_of_bounds")]
    shop.send("stock", 1, [{"snapshot_time": next_year, "on_hand": 5}])
    shop.load("stock", 1)
    assert shop.known("stock", 1).is_empty()
