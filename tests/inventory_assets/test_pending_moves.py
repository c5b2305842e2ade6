"""What earlier nights moved has its place in its new week before any document says so."""

import json

import numpy as np
import polars as pl
import pytest
from landing_folder import day, put
from test_capacity import AHEAD, change_lines
from test_order_acknowledgements import ask, send_answer
from test_receipts_ahead import order
from test_sourced_items import TERMS, TODAY, write

from inventory_assets.inventory import PENDING_MOVES_FROM, read_pending_moves
from optimization.feasibility import count_supplier_rooms
from quality_checks.contracts import CapacityRooms, PendingMoves, find_frame

ASKED_ON = TODAY - 1
LANDED = ("supplier_capacity", "item_suppliers", "products")


@pytest.fixture
def ordered(shop):
    """An order of 100 units that is to come on day 50."""
    shop.send("purchase_orders", 0, [order("P1", 100, requested_on=day(50))])
    return shop


def find_moves(shop, asked, number=TODAY):
    """Line, day and units of what was moved and does not show yet."""
    for source in ("purchase_orders", "order_acknowledgements"):
        if (shop.landing / source).exists():
            shop.load(source, number)
    frames = {"asked": asked, "pending": asked.select("po", "po_line").unique()}
    found = shop.warehouse.query("pending_moves", day(number), frames=frames)
    find_frame(PendingMoves).check(found)
    return [(due, units) for _, _, due, units in found.iter_rows()]


def ask_for(form, due, units, asked_on=6, **rest):
    return ask(form, due, units, asked_on=asked_on, **rest)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (ask_for("pull_in", 40, 100), [(day(40), 100)]),
        (ask_for("expedite", 45, 100), [(day(45), 100)]),
        (ask_for("push_out", 60, 100), [(day(60), 100)]),
        (ask_for("split", 40, 30, rest_on=50), [(day(40), 30)]),
        # What is called off leaves the line where it is.
        (ask_for("cut", 50, 30), []),
        (ask_for("cancel", 50, 100), []),
        # The newest that was asked of a line counts.
        (pl.concat([ask_for("pull_in", 40, 100), ask_for("push_out", 60, 100, 7)]),
         [(day(60), 100)]),
        (pl.concat([ask_for("pull_in", 40, 100), ask_for("cancel", 50, 100, 7)]), []),
    ],
)  # fmt: skip
def test_a_line_that_is_moved_is_on_its_new_day(ordered, asked, found):
    assert find_moves(ordered, asked) == found


SOONER = ask_for("pull_in", 40, 100)
PART = ask_for("split", 40, 30, rest_on=50)


@pytest.mark.parametrize(
    ("asked", "answer", "found"),
    [
        # A word without a day, or one before the line was moved, says nothing of it.
        (SOONER, {"answer": "accepted"}, [(day(40), 100)]),
        (SOONER, {"quantity": 90}, [(day(40), 100)]),
        (SOONER, {"promised_on": day(41), "acknowledged_on": day(5)}, [(day(40), 100)]),
        # Once the supplier names a day, or refuses, his word counts.
        (SOONER, {"promised_on": day(41)}, []),
        (SOONER, {"answer": "refused"}, []),
        # Of a line that is split a word on its rest says nothing of the part that is moved.
        (PART, {"promised_on": day(50), "quantity": 70}, [(day(40), 30)]),
        (PART, {"promised_on": day(42), "quantity": 20}, [(day(42), 20)]),
        (PART, {"promised_on": day(40), "quantity": 100}, []),
        (PART, {"answer": "refused"}, []),
    ],
)  # fmt: skip
def test_what_the_supplier_says_of_the_new_day_counts(ordered, asked, answer, found):
    send_answer(ordered, 8, answer)
    assert find_moves(ordered, asked) == found


@pytest.mark.parametrize(
    ("asked", "own", "found"),
    [
        (SOONER, {"requested_on": day(40)}, []),
        (SOONER, {"confirmed_on": day(43)}, []),
        # The order repeats what it said before, or says another number.
        (SOONER, {"confirmed_on": day(50), "status": "confirmed"}, [(day(40), 100)]),
        (SOONER, {"confirmed_quantity": 80}, [(day(40), 100)]),
        (PART, {"confirmed_quantity": 70}, []),
        (PART, {"status": "confirmed"}, [(day(40), 30)]),
    ],
)
def test_an_order_that_shows_the_new_day_counts_as_it_says(ordered, asked, own, found):
    ordered.send("purchase_orders", 8, [order("P1", 100, **{"requested_on": day(50), **own})])
    assert find_moves(ordered, asked) == found


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_moves_of_a_day_and_form_the_same_one_counts_in_any_order(ordered, turned):
    both = [ask_for("pull_in", 40, 100), ask_for("pull_in", 45, 60)]
    assert find_moves(ordered, pl.concat(both[::-1] if turned else both)) == [(day(40), 100)]


def test_a_line_that_nothing_is_pending_of_counts_as_it_is(ordered):
    ordered.load("purchase_orders", TODAY)
    pending = SOONER.select("po", "po_line").clear()
    frames = {"asked": SOONER, "pending": pending}
    assert ordered.warehouse.query("pending_moves", day(TODAY), frames=frames).is_empty()


def export_pull_in(shop, po, due, number=ASKED_ON):
    """A pull-in of a whole line that left in the batch of a night."""
    details = {"po": po, "po_line": 1, "form": "pull_in", "open_units": 60, "rest_on": None}
    line = {
        "batch": 1, "action_id": po * 12, "idempotency_key": po * 12, "plan_version": 1,
        "kind": "purchase_change", "sku": "A", "destination": "DC1", "supplier": "V1",
        "due_on": day(due), "quantity": 60, "packs": 6, "unit_value": 4.0, "value": 240.0,
        "currency": "EUR", "details": json.dumps(details),
    }  # fmt: skip
    write(shop, "export_lines", [line], number)


def read_moves(shop):
    tables = ("export_lines", "cancel_lines", *PENDING_MOVES_FROM)
    return read_pending_moves(shop.inputs(TODAY, *tables))


def count_rooms(shop, moves):
    """What is left by the query that plans read, and as the check counts it."""
    tables = {name: shop.known(name, TODAY) for name in LANDED}
    ahead = shop.inputs(TODAY, "receipts_ahead").read("receipts_ahead")
    recounted = count_supplier_rooms(
        tables["supplier_capacity"],
        ahead,
        moves,
        tables["item_suppliers"],
        tables["products"],
        as_of=day(TODAY),
    )
    frames = {"pending_moves": moves}
    queried = shop.warehouse.query("capacity_rooms", day(TODAY), frames=frames)
    find_frame(CapacityRooms).check(recounted)
    assert recounted.equals(queried)
    return dict(queried.select("week", "room").iter_rows())


def test_a_pull_in_that_left_last_night_fills_its_week_tonight(shop):
    shop.send("suppliers", 1, [{"supplier": "V1"}])
    terms = {**TERMS, "minimum_order_quantity": 60, "order_multiple": 10}
    shop.send("item_suppliers", 1, [{"sku": "A", "supplier": "V1", **terms}])
    on = {"requested_on": day(TODAY + 21)}
    shop.send("purchase_orders", 1, [order("P1", 60, **on), order("P2", 60, **on)])
    weeks = [
        {"supplier": "V1", "sku": "*", "category": "*", "week": day(TODAY + first), "units": 120}
        for first in (5, 12, 19)
    ]
    shop.send("supplier_capacity", 2, [weeks[0] | {"units": 100}, *weeks[1:]])
    shop.load_all(TODAY)
    due = {"stated_on": day(TODAY + 21), "due_on": day(TODAY + 21)}
    line = {**AHEAD, **due, "document_kind": "purchase_order", "units": 60, "expected_units": 60}
    write(shop, "receipts_ahead", [line | {"document": po} for po in ("P1", "P2")])
    put(shop, "plan_versions", TODAY, plan_version=1, current=True)
    full = {day(TODAY + 5): 100, day(TODAY + 12): 120, day(TODAY + 19): 0}
    assert count_rooms(shop, read_moves(shop)) == full
    assert change_lines(shop)[0] == ("pull_in", 60, day(TODAY + 7))

    export_pull_in(shop, "P1", TODAY + 7)
    moves = read_moves(shop)
    assert moves.rows() == [("P1", 1, day(TODAY + 7), 60)]
    # It takes sixty of the hundred there, and none where it was.
    then = {day(TODAY + 5): 40, day(TODAY + 12): 120, day(TODAY + 19): 60}
    assert count_rooms(shop, moves) == then
    asked = change_lines(shop, moves)
    assert asked == [("pull_in", 60, day(TODAY + 12))]

    # Once the order says so itself, the line is where it says.
    shop.send("purchase_orders", TODAY, [order("P1", 60, requested_on=day(TODAY + 7))])
    shop.load("purchase_orders", TODAY)
    assert read_moves(shop).is_empty()


def test_rooms_are_what_is_stated_less_each_unit_where_it_is_asked_for(shop):
    rng = np.random.default_rng(3)
    categories = dict(zip("ABCD", ("shirts", "shirts", "skirts", "skirts"), strict=True))
    shop.send("suppliers", 1, [{"supplier": name} for name in ("V1", "V2")])
    shop.send("products", 1, [{"sku": sku, "category": of} for sku, of in categories.items()])
    offers = [(sku, name) for sku in "ABCD" for name in ("V1", "V2")]
    terms = [{"sku": sku, "supplier": name, **TERMS} for sku, name in offers]
    shop.send("item_suppliers", 1, terms)
    scopes = [("*", "*"), ("*", "shirts"), ("*", "skirts"), ("A", "*"), ("C", "skirts")]
    stated = {
        (name, *scope, TODAY + int(first)): int(rng.integers(0, 150))
        for name in ("V1", "V2")
        for scope in scopes
        for first in rng.choice(np.arange(-8, 25), 3, replace=False)
    }
    columns = ("supplier", "sku", "category", "week", "units")
    rows = [dict(zip(columns, (*key[:3], day(key[3]), units), strict=True))
            for key, units in stated.items()]  # fmt: skip
    shop.send("supplier_capacity", 2, rows)
    shop.load_all(TODAY)
    lines, moves = [], []
    for number in range(60):
        sku, name = offers[rng.integers(len(offers))]
        units, due = int(rng.integers(1, 60)), TODAY + 1 + int(rng.integers(0, 25))
        kind = rng.choice(["purchase_order", "proposal", "shipment"])
        chance = float(rng.choice([0.25, 0.5, 1.0]))
        lines.append((f"P{number}", str(kind), sku, name, due, units, chance))
        if rng.random() < 0.4:
            moves.append(
                (f"P{number}", int(rng.integers(-3, 25)) + TODAY, int(rng.integers(1, 80)))
            )
    write(
        shop,
        "receipts_ahead",
        [
            {**AHEAD, "document": po, "document_kind": kind, "sku": sku, "supplier": name,
             "due_on": day(due), "units": units, "chance": chance}
            for po, kind, sku, name, due, units, chance in lines
        ],
    )  # fmt: skip
    moved = pl.DataFrame(
        [(po, 1, day(due), units) for po, due, units in moves],
        schema=find_frame(PendingMoves).schema,
        orient="row",
    )

    asked, places = [], {po: to for po, *to in moves}
    for po, kind, sku, name, due, units, chance in lines:
        to = places.get(po) if kind == "purchase_order" else None
        gone = min(to[1], units) if to else 0
        parts = [(due, units - gone)] + ([(max(to[0], TODAY + 1), gone)] if to else [])
        if kind != "shipment":
            # A half is rounded up.
            asked += [(sku, name, on, int(part * chance + 0.5)) for on, part in parts]
    expected = []
    for (name, sku, category, week), most in stated.items():

        def draws(item, of=(sku, category)):
            return of[0] in ("*", item) and of[1] in ("*", categories[item])

        taken = sum(units for item, who, on, units in asked
                    if who == name and draws(item) and 0 <= on - week <= 6)  # fmt: skip
        if week + 6 > TODAY:
            expected += [(name, item, sku, category, day(week), max(most - taken, 0))
                         for item in categories if draws(item)]  # fmt: skip
    frames = {"pending_moves": moved}
    found = shop.warehouse.query("capacity_rooms", day(TODAY), frames=frames)
    assert found.rows() == sorted(expected)
    assert 0 < found.filter(pl.col("room") == 0).height < found.height
    count_rooms(shop, moved)
