"""What was said of a lane beside the lines that were ordered on it since."""

import polars as pl
from landing_folder import day
from test_receipts_ahead import order
from test_sourced_items import TODAY, write

from quality_checks.contracts import JudgedRisks, find_frame

LATER = TODAY + 45
SAID = {
    "supplier": "V1", "destination": "DC1", "items": 1, "lead_days": 20, "closure_days": 0,
    "late_chance": 0.3, "late_week_chance": 0.1, "lead_p10": 19, "lead_p50": 20, "lead_p90": 26,
    "lines": 9, "open_lines": 0,
}  # fmt: skip


def test_lines_are_judged_by_what_was_said_before_they_were_ordered(shop):
    def came(after):
        return {"status": "received", "delivered_quantity": 10, "delivered_on": day(TODAY + after)}

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
    assert found.select("po", "days_late", "came", "late_chance").rows() == [
        ("LATE", 5, True, 0.3),
        ("ON", 0, True, 0.3),
        ("OPEN", LATER - TODAY - 21, False, 0.3),
    ]
