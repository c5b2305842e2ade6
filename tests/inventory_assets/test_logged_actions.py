"""The actions that an event log is about: proposed by now, planned before, or handed over."""

from landing_folder import day, put

TODAY = 10
SAID = {"kind": "transfer", "sku": "A", "destination": "S1"}
PLACED = {"region": "north", "category": "shirts"}


def test_an_action_is_told_once_whichever_table_still_has_it(shop):
    put(shop, "proposals", TODAY, action_id="now", plan_version=2, **SAID, **PLACED)
    put(shop, "plan_lines", TODAY, action_id="now", plan_version=1, **SAID, **PLACED)
    put(shop, "plan_lines", 9, action_id="before", plan_version=1, **SAID, **PLACED)
    for number, action in ((TODAY, "now"), (2, "long ago")):
        put(shop, "export_lines", number, action_id=action, plan_version=2, batch=1, **SAID,
            idempotency_key=action)  # fmt: skip
    put(shop, "plan_lines", 11, action_id="later", plan_version=1, **SAID, **PLACED)
    found = shop.warehouse.query("logged_actions", day(TODAY))
    told = found.select("action_id", "business_date", "plan_version", "region", "category").rows()
    assert told == [
        ("before", day(9), 1, "north", "shirts"),
        ("long ago", day(2), 2, None, None),
        ("now", day(TODAY), 1, "north", "shirts"),
    ]
