"""The model of delays sees each order line, and its order, as large as it was placed."""

from landing_folder import day
from test_receipts_ahead import TODAY, find_documents, order

from quality_checks.contracts import AskedOrderLines, PastOrderLines, find_frame

SIZE = ("line", "units", "worth", "order_lines", "order_worth")


def test_an_order_that_came_in_part_and_was_cut_is_as_large_as_when_it_was_placed(shop):
    lines = [
        order("P1", 100, requested_on=day(20)),
        order("P1", 60, line=2, sku="B", requested_on=day(60), unit_price=5.0),
        order("P2", 7, requested_on=day(60)),
    ]
    shop.send("purchase_orders", 0, lines)
    came = {"status": "received", "delivered_quantity": 100, "delivered_on": day(21)}
    fewer = lines[1] | {"ordered_quantity": 40}
    # What is split off comes as a line of its own.
    part = lines[1] | {"line": 3, "ordered_quantity": 20}
    shop.send("purchase_orders", 21, [lines[0] | came, fewer, part])
    shop.load_all(TODAY)
    frames = {"documents": find_documents(shop)}
    asked = shop.warehouse.query("asked_order_lines", day(TODAY), frames=frames, window_days=365)
    find_frame(AskedOrderLines).check(asked)
    assert asked.filter(order="P1").select(SIZE).rows() == [
        (2, 60.0, 300.0, 2, 700.0),
        (3, 20.0, 100.0, 2, 700.0),
    ]
    assert asked.filter(order="P2").select(SIZE).rows() == [(1, 7.0, 28.0, 1, 28.0)]
    reach = {"learnt_days": 1_095, "window_days": 365}
    past = shop.warehouse.query("past_order_lines", day(TODAY), **reach)
    find_frame(PastOrderLines).check(past)
    told = past.filter(order="P1", record="order_asked").select(*SIZE, "days_late")
    assert told.rows() == [(1, 100.0, 400.0, 2, 700.0, 1)]
