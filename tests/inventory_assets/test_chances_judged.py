"""What was said of lanes and of open lines beside what became of the lines since."""

import polars as pl
from landing_folder import day
from test_receipts_ahead import order
from test_sourced_items import TODAY, write

from quality_checks.contracts import JudgedRisks, find_frame

LATER = TODAY + 45
SAID = {
    "supplier": "V1", "destination": "DC1", "items": 1, "lead_days": 20, "closure_days": 0,
    "late_chance": 0.3, "late_week_chance": 0.1, "lead_p10": 19, "lead_p50": 20, "lead_p90": 26,
    "lines": 9, "open_lines": 0, "short_chance": 0.05,
}  # fmt: skip


def test_lines_are_judged_by_what_was_said_before_they_were_ordered(shop):
    def came(after):
        units = 9 if after > 21 else 10
        return {
            "status": "received", "delivered_quantity": units, "delivered_on": day(TODAY + after),
        }  # fmt: skip

    placed = {"ordered_on": day(TODAY + 1), "requested_on": day(TODAY + 15)}
    lines = [
        order("ON", 10, **placed, **came(21)),
        order("LATE", 10, **placed, **came(26)),
        order("OPEN", 10, **placed, status="confirmed"),
        # Its day, as it was told, has not passed by more than a week.
        order("NEW", 10, **placed | {"ordered_on": day(TODAY + 20)}, **came(25)),
        # Nothing had been said of the lane when it was placed.
        order("OLD", 10, **placed | {"ordered_on": day(TODAY)}, **came(12)),
        order("OFF", 10, **placed, status="cancelled"),
        order("CHANGED", 10, **placed, **came(30)),
    ]
    shop.send("purchase_orders", LATER, lines)
    shop.load_all(LATER)
    write(shop, "lane_risks", [SAID])
    changed = pl.DataFrame({"po": ["CHANGED"], "po_line": [1]})
    found = shop.warehouse.query(
        "judged_lane_risks", day(LATER), frames={"changed": changed}, window_days=365
    )
    find_frame(JudgedRisks).check(found)
    said = found.select("po", "days_late", "came", "short", "late_chance", "short_chance")
    assert said.rows() == [
        ("LATE", 5, True, True, 0.3, 0.05),
        ("ON", 0, True, False, 0.3, 0.05),
        ("OPEN", LATER - TODAY - 21, False, None, 0.3, 0.05),
    ]


def test_open_lines_are_judged_by_what_was_said_when_they_were_first_seen(shop):
    def line(po, **rest):
        placed = {"ordered_on": day(TODAY - 9), "requested_on": day(TODAY + 15)}
        return order(po, 10, **placed, **rest)

    def came(units):
        return {"status": "received", "delivered_quantity": units, "delivered_on": day(TODAY + 17)}

    lines = [
        line("FULL", **came(10)),
        line("SHORT", **came(7), confirmed_quantity=8),
        line("OPEN", status="confirmed", confirmed_quantity=8),
        line("OFF", status="cancelled"),
        line("CHANGED", **came(4)),
    ]
    shop.send("purchase_orders", LATER, lines)
    shop.load_all(LATER)
    said = {
        "region": "north", "sku": "A", "destination": "DC1", "supplier": "V1", "line": 1,
        "document_kind": "purchase_order", "stated_on": day(TODAY + 15), "units": 10,
        "late_chance": 0.3, "late_week_chance": 0.1, "short_chance": 0.05, "come_chance": 1.0,
        "due_p10": day(TODAY + 15), "due_p50": day(TODAY + 15), "due_p90": day(TODAY + 20),
    }  # fmt: skip
    write(shop, "order_risks", [said | {"document": row["po"]} for row in lines])
    changed = pl.DataFrame({"po": ["CHANGED"], "po_line": [1]})
    found = shop.warehouse.query(
        "judged_order_risks", day(LATER), frames={"changed": changed}, window_days=365, most_ahead=0
    )
    find_frame(JudgedRisks).check(found)
    judged = found.select("po", "stated_on", "days_late", "came", "short", "short_chance")
    assert judged.rows() == [
        ("FULL", day(TODAY + 15), 2, True, False, 0.05),
        ("OPEN", day(TODAY + 15), LATER - TODAY - 15, False, None, 0.05),
        # Fewer than were ordered, whatever was confirmed.
        ("SHORT", day(TODAY + 15), 2, True, True, 0.05),
    ]


def test_open_lines_are_judged_by_what_was_said_some_days_before_their_day(shop):
    came = {"status": "received", "delivered_quantity": 10, "delivered_on": day(TODAY + 23)}
    placed = {"ordered_on": day(TODAY - 9), "requested_on": day(TODAY + 20)}
    shop.send("purchase_orders", LATER, [order("P", 10, **placed, **came)])
    shop.load_all(LATER)
    said = {
        "region": "north", "sku": "A", "destination": "DC1", "supplier": "V1", "line": 1,
        "document_kind": "purchase_order", "document": "P", "units": 10, "late_week_chance": 0.0,
        "short_chance": 0.05, "come_chance": 1.0, "due_p10": day(TODAY + 20),
        "due_p50": day(TODAY + 20), "due_p90": day(TODAY + 20),
    }  # fmt: skip
    # Said on these days: the 13th had no plan, and by the 16th another day was stated.
    told = [(0, 20, 0.1), (5, 20, 0.2), (7, 20, 0.3), (14, 20, 0.4), (16, 22, 0.5), (17, 22, 0.6)]
    for on, stated, chance in told:
        row = said | {"stated_on": day(TODAY + stated), "late_chance": chance}
        write(shop, "order_risks", [row], TODAY + on)
    none = pl.DataFrame({"po": [], "po_line": []}, schema={"po": pl.String, "po_line": pl.Int64})

    def judged(most_ahead):
        found = shop.warehouse.query(
            "judged_order_risks",
            day(LATER),
            frames={"changed": none},
            window_days=365,
            most_ahead=most_ahead,
        )
        return found.select("late_chance", "days_late").rows()

    assert judged(0) == [(0.1, 3)]
    assert judged(14) == [(0.3, 3)]
    assert judged(7) == [(0.4, 3)]
    assert judged(5) == [(0.6, 1)]
