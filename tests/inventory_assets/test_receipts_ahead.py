"""What is on its way, by landed documents: each unit once, and none that has come."""

from datetime import timedelta

import polars as pl
import pytest
from landing_folder import START, at, day

from forecasting.supply import predict_receipts
from quality_checks.checks import judge_receipts, judge_troubles
from quality_checks.contracts import (
    CONTRACTS,
    AskedChanges,
    DeliveryRecord,
    ExportLines,
    LineDelays,
    SupplierYields,
    find_contract,
    find_frame,
)

TODAY = 40
REACH = 365
NO_PROPOSALS = pl.DataFrame(
    schema={
        **find_contract(ExportLines).schema,
        "open_units": pl.Int64,
        "inbound": pl.Int64,
    }
)
NOTHING_ASKED = pl.DataFrame(schema=find_frame(AskedChanges).schema)
NO_DELAYS = find_contract(LineDelays).empty()
IN_FULL = pl.DataFrame(schema=find_contract(SupplierYields).made_schema)
"""No supplier is known to leave anything short."""


def find_documents(shop, number=TODAY, proposals=NO_PROPOSALS, asked=NOTHING_ASKED):
    """Frame `open_documents` of what is loaded, as of a day."""
    frames = {"open_proposals": proposals, "asked": asked}
    return shop.warehouse.query("open_documents", day(number), frames=frames)


def documents(shop, number=TODAY, proposals=NO_PROPOSALS):
    """Units still to come by document, as of a day."""
    shop.load_all(number)
    found = find_documents(shop, number, proposals)
    return {(row["document"], row["line"]): row["units"] for row in found.to_dicts()}


def contradicting(shop, number=TODAY):
    shop.load_all(number)
    found = shop.warehouse.query("contradicting_documents", day(number), window_days=REACH)
    return dict(found.select("document", "problem").iter_rows())


def record(shop, number=TODAY):
    shop.load_all(number)
    found = shop.warehouse.query("delivery_record", day(number), window_days=REACH)
    find_frame(DeliveryRecord).check(found)
    return found.drop("lead_days").rows()


def order(po, quantity, **rest):
    return {"po": po, "ordered_quantity": quantity, **rest}


def receipt(po, units, number, **rest):
    return {
        "receipt_id": f"G-{po}-{number}",
        "line": 1,
        "timestamp": at(number),
        "sku": "A",
        "location": "DC1",
        "po": po,
        "po_line": 1,
        "received": units,
        "rejected": 0,
        **rest,
    }


def notice(shipment, po, quantity, **rest):
    return {"shipment_id": shipment, "po": po, "quantity": quantity, **rest}


def test_open_units_are_what_neither_figure_nor_receipt_nor_notice_accounts_for(shop):
    shop.send(
        "purchase_orders",
        0,
        [
            order("P1", 100),
            order("P2", 100, confirmed_quantity=80, delivered_quantity=30, status="confirmed"),
            order("P3", 100, delivered_quantity=10, status="shipped"),
            order("P4", 100, status="cancelled"),
            order("P5", 100, delivered_quantity=60, status="received"),
        ],
    )
    shop.send("receipts", 5, [receipt("P3", 25, 5, rejected=5)])
    shop.send("in_transit", 6, [notice("N3", "P3", 40)])
    assert documents(shop) == {("P1", 1): 100, ("P2", 1): 50, ("P3", 1): 30, ("N3", 1): 40}


def test_receipts_close_a_line_whatever_its_own_figure_says(shop):
    shop.send("purchase_orders", 0, [order("P1", 100, status="confirmed")])
    shop.send("receipts", 5, [receipt("P1", 60, 5)])
    shop.send("receipts", 9, [receipt("P1", 40, 9)])
    assert documents(shop, 8) == {("P1", 1): 40}
    assert documents(shop, 9) == {}
    assert contradicting(shop, 8) == {}
    assert contradicting(shop, 9) == {
        "P1": "open by its own figure, 0 of 100 units; receipts book 100"
    }


def test_goods_that_were_booked_twice_or_never_wanted_are_named(shop):
    shop.send("purchase_orders", 0, [order(po, 100, status="received") for po in ("P1", "P2")])
    cancelled = {"status": "cancelled", "delivered_quantity": 30}
    shop.send("purchase_orders", 1, [order(po, 100, **cancelled) for po in ("P3", "P4")])
    # Two pallets of one delivery are no second booking.
    shop.send("receipts", 5, [receipt("P1", 50, 5), receipt("P1", 50, 5, receipt_id="G-2")])
    shop.send("receipts", 6, [receipt("P2", 70, 6), receipt("P2", 70, 6, receipt_id="G-P2-X")])
    shop.send("receipts", 7, [receipt("P3", 30, 7), receipt("P4", 90, 7)])
    # The same order under another number, and one of another day.
    alike = {"ordered_on": day(5), "requested_on": day(40)}
    shop.send("purchase_orders", 8, [order("P5", 60, **alike), order("P5/A", 60, **alike)])
    shop.send("purchase_orders", 9, [order("P6", 60, **{**alike, "requested_on": day(50)})])
    assert contradicting(shop) == {
        "P5/A": "asks V1 for the same 60 units on the same days as P5",
        "G-P2-X": "books 70 units of line 1 of order P2 as G-P2-6 does at the same time",
        "P4": "cancelled with 30 units delivered; receipts book 90",
    }


def test_a_notice_of_a_line_that_was_received_brings_nothing(shop):
    received = {"delivered_on": day(6), "delivered_quantity": 100, "status": "received"}
    shop.send("purchase_orders", 6, [order("P1", 100, **received), order("P2", 100)])
    shop.send("in_transit", 4, [notice("N1", "P1", 100), notice("N2", "P2", 100)])
    shop.send("receipts", 7, [receipt("P2", 100, 7)])
    assert documents(shop) == {}
    problems = contradicting(shop)
    assert problems["N1"] == "on its way, while line 1 of order P1 was received in full"
    assert set(problems) == {"N1", "N2", "P2"}


def test_notices_carry_no_more_than_their_line_is_owed(shop):
    shop.send("purchase_orders", 0, [order("P1", 100, status="shipped", delivered_quantity=40)])
    first = notice("N1", "P1", 40, expected_on=day(5))
    second = notice("N2", "P1", 60, expected_on=day(20))
    unknown = notice("N3", "of somebody", 7)
    shop.send("in_transit", 4, [first, second, unknown])
    # Of the 40 of N1, which may be those that came, 40 count; of N2 what is left of the line.
    assert documents(shop) == {("N1", 1): 40, ("N2", 1): 20, ("N3", 1): 7}


def test_transfers_and_our_own_lines_are_documents_too(shop):
    moved = {"transfer_id": "T1", "shipped_quantity": 8}
    arrived = {"transfer_id": "T2", "shipped_quantity": 9, "received_quantity": 9}
    shop.send("transfers", 0, [moved, {**arrived, "received_on": day(2)}])
    line = {"sku": "B", "destination": "S2", "origin": "DC1", "action_id": "x", "open_units": 5}
    dated = {"business_date": day(39), "due_on": day(42)}
    rows = [{**line, **dated, "inbound": 1}, {**line, **dated, "action_id": "y", "inbound": -1}]
    proposals = pl.DataFrame(rows, schema=NO_PROPOSALS.schema)
    assert documents(shop, proposals=proposals) == {("T1", 1): 8, ("x", 1): 5}


@pytest.mark.parametrize(("units", "left"), [(4, {("P1", 1): 6}), (10, {}), (12, {})])
def test_what_we_called_off_no_longer_comes(shop, units, left):
    shop.send("purchase_orders", 3, [order("P1", 10, status="confirmed", requested_on=day(40))])
    gone = {
        "action_id": "x",
        "kind": "purchase_change",
        "sku": "A",
        "destination": "D1",
        "supplier": "S1",
        "business_date": day(9),
        "due_on": day(40),
        "details": '{"po":"P1","po_line":1,"form":"cut"}',
        "open_units": units,
        "inbound": -1,
    }
    proposals = pl.DataFrame([gone], schema=NO_PROPOSALS.schema)
    assert documents(shop, proposals=proposals) == left
    assert documents(shop) == {("P1", 1): 10}


def test_goods_due_long_after_what_their_supplier_is_usually_asked_for_are_named(shop):
    """Eight lines of V1 are asked for in ten days; one is due in March, and one next month."""
    usual = [order(f"U{number}", 10 + number, requested_on=day(10)) for number in range(8)]
    far, near = START + timedelta(days=160), START + timedelta(days=50)
    shop.send(
        "purchase_orders",
        0,
        [*usual, order("FAR", 300, requested_on=far), order("NEAR", 9, requested_on=near)],
    )
    said = f"due on {far}, 160 days after it was ordered; V1 is usually asked to come in 10 days"
    assert contradicting(shop) == {"FAR": said}


def test_dates_that_contradict_each_other_are_named_and_teach_nothing(shop):
    shop.send(
        "purchase_orders",
        3,
        [
            order("P1", 10, ordered_on=day(9), requested_on=day(5)),
            order("P2", 10, requested_on=START + timedelta(days=400)),
            order("P3", 10, ordered_on=day(20), requested_on=day(30)),
            order("P4", 10, requested_on=START + timedelta(days=170)),
        ],
    )
    shop.send("receipts", 5, [receipt("P3", 4, 5)])
    assert contradicting(shop) == {
        "P1": f"due on {day(5)}, before it was ordered on {day(9)}",
        "P2": f"due on {START + timedelta(days=400)}, 400 days after it was ordered",
        "P3": f"received on {day(5)}, before it was ordered on {day(20)}",
    }
    assert record(shop) == [("order_asked", "V1", 10, False, 1)]
    # What was booked before its order came all the same.
    assert documents(shop)["P3", 1] == 6


def test_the_record_holds_what_was_said_first_against_what_came(shop):
    asked = {"ordered_on": START, "requested_on": day(14)}
    promised = {**asked, "confirmed_on": day(16), "estimated_on": day(16), "status": "confirmed"}
    came = {**promised, "estimated_on": day(21), "delivered_on": day(21), "status": "received"}
    shop.send("purchase_orders", 0, [order("P1", 10, **asked)])
    shop.send("purchase_orders", 2, [order("P1", 10, **promised)])
    shop.send("purchase_orders", 9, [order("P1", 10, **{**promised, "estimated_on": day(20)})])
    assert record(shop, 20) == [
        ("order_asked", "V1", 6, False, 1),
        ("order_promised", "V1", 4, False, 1),
    ]
    shop.send("purchase_orders", 21, [order("P1", 10, delivered_quantity=10, **came)])
    assert record(shop, 30) == [
        ("order_asked", "V1", 7, True, 1),
        ("order_promised", "V1", 5, True, 1),
    ]


def test_receipts_say_when_a_line_came_that_was_never_closed(shop):
    shop.send("purchase_orders", 0, [order("P1", 10, requested_on=day(14))])
    shop.send("receipts", 18, [receipt("P1", 10, 18)])
    came = ("V1", 4, True, 1)
    # No promise of it was ever landed: the day asked for stands for one.
    assert record(shop) == [("order_asked", *came), ("order_promised", *came)]


def test_notices_come_on_the_day_of_their_file_and_transfers_on_their_own(shop):
    shop.send("in_transit", 1, [notice("N1", "P", 5, expected_on=day(10))])
    shop.send("in_transit", 12, [notice("N1", "P", 5, expected_on=day(12), status="received")])
    moved = {"transfer_id": "T1", "shipped_quantity": 8}
    shop.send("transfers", 0, [moved])
    shop.send("transfers", 3, [{**moved, "received_quantity": 8, "received_on": day(3)}])
    assert record(shop) == [("ship_notice", "V1", 2, True, 1), ("transfer", "DC1", 1, True, 1)]


def test_what_was_never_closed_fades_and_is_named(shop):
    lines = [
        order(
            f"P{number}",
            10,
            requested_on=day(14),
            delivered_on=day(14 + number % 4),
            delivered_quantity=10,
            status="received",
        )
        for number in range(20)
    ]
    forgotten = {
        "ordered_on": START - timedelta(days=260),
        "requested_on": START - timedelta(days=240),
        "delivered_quantity": 60,
        "status": "confirmed",
    }
    shop.send("purchase_orders", 20, [*lines, order("OLD", 300, **forgotten)])
    shop.load_all(TODAY)
    found = predict_receipts(
        find_documents(shop),
        shop.warehouse.query("delivery_record", day(TODAY), window_days=REACH),
        shop.warehouse.query("supplier_closures", day(TODAY)),
        NO_DELAYS,
        IN_FULL,
        as_of=day(TODAY),
        longest_days=REACH,
    )
    assert found.select("document", "units", "expected_units", "overdue_days").rows() == [
        ("OLD", 240, 0, 280)
    ]
    still_coming, _ = judge_receipts(found, pl.DataFrame())
    assert still_coming.failing["document"].to_list() == ["OLD"]
    assert still_coming.message == "1 lines long overdue: 240 of their units do not count"


def test_position_counts_what_is_expected_of_the_documents(shop):
    shop.load_all(TODAY)
    ahead = CONTRACTS["receipts_ahead"]
    line = {
        "region": "north",
        "sku": "A",
        "location": "DC1",
        "line": 1,
        "supplier": "V1",
        "stated_on": day(30),
        "due_on": day(41),
        "units": 10,
        "closure_days": 0,
        "overdue_days": 10,
        "chance": 0.5,
        "share": 1.0,
    }
    kinds = {"purchase_order": 5, "shipment": 4, "transfer": 3, "proposal": 2}
    rows = [
        {**line, "document_kind": kind, "document": kind, "expected_units": units}
        for kind, units in kinds.items()
    ]
    frame = pl.DataFrame(rows).with_columns(business_date=pl.lit(day(TODAY)))
    shop.warehouse.write(ahead, day(TODAY), frame)
    nothing = pl.DataFrame(
        schema={"sku": pl.String, "location": pl.String, "inbound": pl.Int64, "outbound": pl.Int64}
    )
    frames = {"open_proposals": nothing, "open_documents": pl.DataFrame({"sku": ["A", "B"]})}
    position = shop.warehouse.query("position", day(TODAY), frames=frames)
    assert set(position["sku"]) == {"A"}, "what is coming of an item that was set aside is unknown"
    dc = position.filter(sku="A", location="DC1")
    assert dc.select("on_order", "in_transit").row(0) == (5, 7)
    due = shop.warehouse.query("receipts_due", day(TODAY))
    assert due.rows() == [("A", "DC1", day(41), 14)]


def move(transfer, units, **rest):
    return {"transfer_id": transfer, "shipped_quantity": units, **rest}


def test_of_a_transfer_count_as_many_units_as_its_origin_can_have_had(shop):
    stock = {"location": "DC1", "reserved": 0, "damaged": 0}
    for number, units in ((30, 90), (35, 40)):
        shop.send("stock", number, [{"snapshot_time": at(number), "on_hand": units, **stock}])
    shop.send("purchase_orders", 0, [order("P1", 100)])
    shop.send("receipts", 36, [receipt("P1", 60, 36)])
    # What nobody ever counted there may be anything.
    moves = [move("T1", 300), move("T2", 301), move("T3", 10**6, sku="B")]
    shop.send(
        "transfers", 38, [line | {"shipped_on": day(38), "expected_on": day(41)} for line in moves]
    )
    assert documents(shop) == {("P1", 1): 40, ("T1", 1): 300, ("T2", 1): 150, ("T3", 1): 10**6}
    assert contradicting(shop) == {
        "T2": "301 units from DC1, which can have had 150 of it: so many count"
    }


def test_what_an_origin_passes_on_the_day_it_comes_counts_whoever_brought_it(shop):
    """S1 is empty every night; S2 has a return, and of DC1 no record knows of any."""
    for number in (30, 37, 38):
        empty = {"snapshot_time": at(number, 23), "on_hand": -2 if number == 30 else 0}
        places = [{**empty, "location": location} for location in ("S1", "S2", "DC1")]
        shop.send("stock", number, places)
    came = {"shipped_on": day(36), "expected_on": day(37), "received_on": day(37)}
    fed = [move(f"F{n}", 60, **came, destination="S1", received_quantity=60) for n in (1, 2)]
    brought = {"return_id": "B1", "timestamp": at(37), "location": "S2", "quantity": 20}
    shop.send("returns", 37, [{**brought, "disposition": "resalable"}])
    left = {"shipped_on": day(37), "expected_on": day(41), "destination": "DC1"}
    sent = [move("T1", 120, **left, origin="S1"), move("T2", 20, **left, origin="S2")]
    sent.append(move("T3", 300, **{**left, "destination": "S1"}, origin="DC1"))
    # Of what came to S2 alone it cannot have sent so many.
    sent.append(move("T4", 50, **left, origin="S2"))
    shop.send("transfers", 38, [*fed, *sent])
    assert documents(shop) == {("T1", 1): 120, ("T2", 1): 20, ("T3", 1): 300, ("T4", 1): 20}
    assert contradicting(shop) == {
        "T3": "300 units from DC1, which had none of it by any record: all count",
        "T4": "50 units from S2, which can have had 20 of it: so many count",
    }


def test_dates_and_prices_of_documents_that_cannot_be_are_named(shop):
    terms = {"sku": "A", "supplier": "V1", "currency": "EUR", "preferred": True}
    terms |= {"contract_lead_time_days": 9, "minimum_order_quantity": 1, "order_multiple": 1}
    shop.send("item_suppliers", 1, [{**terms, "unit_price": 4.0, "valid_from": day(0)}])
    closing = {"location": "S2", "region": "south", "closed_on": day(44)}
    shop.send("locations", 2, [closing])
    shop.send(
        "purchase_orders", 3, [order("P1", 10, unit_price=39.0), order("P2", 11, unit_price=400.0)]
    )
    days = {"shipped_on": day(38), "expected_on": day(42)}
    shop.send(
        "transfers",
        39,
        [
            move("T1", 5, **days, received_quantity=5, received_on=day(36)),
            move("T2", 5, **days, destination="S2"),
            move("T3", 6, **(days | {"expected_on": day(44)}), destination="S2"),
        ],
    )
    assert contradicting(shop) == {
        "P2": "priced at 400.0 a unit, where the terms of V1 say 4.0",
        "T1": f"received on {day(36)}, before it was shipped on {day(38)}",
        "T3": f"due on {day(44)} at S2, which closes on {day(44)}",
    }


def test_goods_booked_at_another_place_or_as_another_item_than_ordered_are_named(shop):
    shop.send("products", 1, [{"sku": "A"}, {"sku": "B"}])
    shop.send("purchase_orders", 1, [order("P1", 10), order("P2", 11), order("P3", 12)])
    at_store, as_other = receipt("P1", 4, 30, location="S1"), receipt("P2", 4, 30, sku="B")
    shop.send("receipts", 30, [at_store, as_other, receipt("P3", 4, 30)])
    assert contradicting(shop) == {
        "G-P1-30": "books line 1 of order P1, which is of A for DC1",
        "G-P2-30": "books line 1 of order P2, which is of A for DC1",
    }
    assert contradicting(shop, 59) == {}


def test_an_event_at_a_supplier_or_its_origin_is_named_with_what_is_to_come(shop):
    shop.send("suppliers", 1, [{"supplier": "V1"}, {"supplier": "V2", "origin": "PT"}])
    shop.send("purchase_orders", 30, [order("P1", 10), order("P2", 7, supplier="V2")])
    events = [
        ("E1", "V1", None, 30, 0.9),
        ("E2", None, "PT", 30, 0.2),
        # Long ago, noise, and of an origin from which nothing comes.
        ("E3", "V1", None, 5, 0.9),
        ("E4", "V2", None, 30, 0.0),
        ("E5", None, "BD", 30, 1.0),
    ]
    names = ("event_id", "supplier", "origin", "date", "severity")
    rows = [dict(zip(names, event, strict=True)) for event in events]
    strikes = [{**row, "date": day(row["date"]), "kind": "strike"} for row in rows]
    shop.send("supplier_events", 30, strikes)
    shop.load_all(TODAY)
    coming = pl.DataFrame(
        {"supplier": ["V1", "V1", "V2", None], "units": [6, 4, 7, 9], "due_on": day(TODAY + 3)}
    )
    found = shop.warehouse.query("troubled_suppliers", day(TODAY), frames={"receipts": coming})
    named = found.select("event_id", "supplier", "open_lines", "open_units", "next_due_on")
    assert named.rows() == [
        ("E1", "V1", 2, 10, day(TODAY + 3)),
        ("E2", "V2", 1, 7, day(TODAY + 3)),
    ]
    outcome = judge_troubles(found)
    assert outcome.message == "events touch V1, V2: 17 units are to come"
    assert not outcome.check.blocking
    assert judge_troubles(found.clear()).passed


def test_an_order_confirmed_for_a_small_part_may_be_confirmed_in_packs_and_is_named(shop):
    lines = [("PACKS", 96, 8), ("HALF", 90, 45), ("NONE", 80, 0), ("DONE", 60, 5)]
    orders = [order(po, ordered, confirmed_quantity=units) for po, ordered, units in lines]
    orders[-1]["status"] = "cancelled"
    shop.send("purchase_orders", 30, orders)
    said = "confirmed for 8 of 96 units: few of them, or packs"
    assert contradicting(shop) == {"PACKS": said}


def test_what_names_a_line_that_the_order_has_not_is_of_the_only_line_of_its_item(shop):
    lines = [order("P1", 100, line=1), order("P1", 30, line=2, sku="B")]
    lines += [order("P2", 50), order("P3", 40, line=1), order("P3", 40, line=2)]
    shop.send("products", 1, [{"sku": "A"}, {"sku": "B"}])
    shop.send("purchase_orders", 1, lines)
    shop.send(
        "in_transit", 30, [notice("N1", "P1", 60, po_line=7), notice("N3", "P3", 40, po_line=9)]
    )
    shop.send("receipts", 30, [receipt("P2", 50, 30, po_line=10)])
    # Of the two lines of P3 nobody knows which is on its way.
    assert documents(shop) == {
        ("N1", 1): 60,
        ("N3", 1): 40,
        ("P1", 1): 40,
        ("P1", 2): 30,
        ("P3", 1): 40,
        ("P3", 2): 40,
    }
    only = "taken for its line 1, the only one of the item"
    assert contradicting(shop) == {
        "N1": f"of line 7 of order P1, which has no such line; {only}",
        "N3": "of line 9 of order P3, which has no such line; counted besides the order",
        "G-P2-30": f"books line 10 of order P2, which has no such line; {only}",
        "P2": "open by its own figure, 0 of 50 units; receipts book 50",
    }


def test_notices_of_other_goods_twice_or_due_before_they_left_are_named(shop):
    shop.send("products", 1, [{"sku": "A"}, {"sku": "B"}])
    wanted = {"P1": 100, "P2": 110, "P3": 120, "P4": 130}
    shop.send("purchase_orders", 1, [order(po, units) for po, units in wanted.items()])
    left = {"shipped_on": day(20), "expected_on": day(45)}
    shop.send(
        "in_transit",
        30,
        [
            notice("N1", "P1", 10, sku="B", **left),
            notice("N2", "P2", 80, **left),
            notice("N2/A", "P2", 80, **left),
            # Two lorries of what one line still asks for.
            notice("N3", "P3", 50, **left),
            notice("N4", "P3", 50, **left),
            notice("N5", "P4", 9, **{**left, "expected_on": day(19)}),
        ],
    )
    assert contradicting(shop) == {
        "N1": "of line 1 of order P1, which is of A for DC1",
        "N2/A": f"80 units of line 1 of order P2, shipped on {day(20)}, as N2",
        "N5": f"due on {day(19)}, before it was shipped on {day(20)}",
    }


def test_a_transfer_under_two_numbers_is_named_until_it_has_come(shop):
    moved = {"shipped_quantity": 8, "shipped_on": day(30), "expected_on": day(45)}
    twice = [{**moved, "transfer_id": name} for name in ("T1", "T1/A")]
    shop.send("transfers", 30, [*twice, {**moved, "transfer_id": "T2", "shipped_quantity": 9}])
    assert contradicting(shop) == {"T1/A": f"8 units from DC1, shipped on {day(30)}, as T1"}
    shop.send("transfers", 33, [{**twice[1], "received_quantity": 8, "received_on": day(32)}])
    assert contradicting(shop) == {}
