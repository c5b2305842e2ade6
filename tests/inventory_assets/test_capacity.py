"""Orders by week against what suppliers say they can deliver."""

from landing_folder import day
from test_sourced_items import OF_PAIR, TERMS, TODAY, write

from quality_checks.checks import judge_capacity

AHEAD = {
    **OF_PAIR, "location": "DC1", "line": 1, "supplier": "V1", "stated_on": day(TODAY + 3),
    "due_on": day(TODAY + 3), "units": 30, "closure_days": 0, "overdue_days": 0, "chance": 1.0,
    "share": 1.0, "expected_units": 30,
}  # fmt: skip


def test_what_is_asked_for_beyond_a_stated_week_is_named(shop):
    shop.send("suppliers", 1, [{"supplier": "V1"}, {"supplier": "V2"}])
    shop.send("products", 1, [{"sku": "B", "category": "skirts"}])
    stated = [
        {"supplier": "V1", "sku": "A", "category": "*", "week": day(TODAY + 1), "units": 25},
        {"supplier": "V1", "sku": "*", "category": "skirts", "week": day(TODAY + 1), "units": 50},
        {"supplier": "V1", "sku": "*", "category": "*", "week": day(TODAY + 1), "units": 100},
        {"supplier": "V2", "sku": "*", "category": "*", "week": day(TODAY + 1), "units": 0},
        {"supplier": "V1", "sku": "*", "category": "*", "week": day(TODAY - 7), "units": 0},
        {"supplier": "V9", "sku": "*", "category": "*", "week": day(TODAY + 1), "units": 1},
    ]
    offers = [("A", "V1"), ("B", "V1"), ("B", "V2")]
    terms = [{"sku": sku, "supplier": supplier, **TERMS} for sku, supplier in offers]
    shop.send("item_suppliers", 1, terms)
    stated += [
        {**stated[0], "week": day(TODAY + 1), "sku": "B", "units": -1},
        {**stated[0], "category": "hats"},
        {**stated[2], "units": 90},
    ]
    shop.send("supplier_capacity", 2, stated)
    shop.load_all(TODAY)
    lines = [
        {"document_kind": "purchase_order", "document": "P1"},
        {"document_kind": "purchase_order", "document": "P2", "sku": "B"},
        {"document_kind": "purchase_order", "document": "P3", "due_on": day(TODAY + 8)},
        # Has been shipped: it takes no capacity of the week.
        {"document_kind": "shipment", "document": "N1"},
    ]
    write(shop, "receipts_ahead", [{**AHEAD, **line} for line in lines])
    bought = {
        "supplier": "V1", "destination": "DC1", "region": "north", "quantity": 25, "packs": 25,
        "own_packs": 25,
        "unit_price": 4.0, "list_price": 4.0, "document": "O1", "document_value": 100.0,
        "requested_on": day(TODAY + 7), "inventory_position": 0,
        "order_up_to": 25, "reason": "", "binding": "", "rejected": "",
    }  # fmt: skip
    write(shop, "purchase_plan", [{**bought, "sku": "B"}])
    use = shop.warehouse.query("capacity_use", day(TODAY))
    shown = use.select("supplier", "sku", "category", "ordered_units", "proposed_units")
    assert shown.rows() == [
        ("V1", "*", "*", 60, 25),
        ("V1", "*", "skirts", 30, 25),
        ("V1", "A", "*", 30, 0),
        ("V2", "*", "*", 0, 0),
    ]
    rooms = shop.warehouse.query("capacity_rooms", day(TODAY))
    assert rooms.drop("week").rows() == [
        ("V1", "A", "*", "*", 40),
        ("V1", "A", "A", "*", 0),
        ("V1", "B", "*", "*", 40),
        ("V1", "B", "*", "skirts", 20),
        ("V2", "B", "*", "*", 0),
    ]
    outcome = judge_capacity(use)
    assert outcome.message == "2 weeks ask for 10 units beyond capacity"
    assert outcome.failing["beyond_units"].to_list() == [5, 5]
    waiting = sorted(row[-2:] for row in shop.waiting("supplier_capacity"))
    twice = ("supplier,sku,category,week", "duplicate_key")
    unknown = [("category", "unknown_key"), ("supplier", "unknown_key")]
    assert waiting == [*unknown, twice, ("units", "out_of_bounds")]


def test_an_order_takes_the_units_that_it_asks_for_as_far_as_it_still_comes(shop):
    stated = {"supplier": "V1", "sku": "A", "category": "*", "week": day(TODAY + 1), "units": 100}
    shop.send("suppliers", 1, [{"supplier": "V1"}])
    shop.send("item_suppliers", 1, [{"sku": "A", "supplier": "V1", **TERMS}])
    shop.send("supplier_capacity", 2, [stated])
    shop.load_all(TODAY)
    lines = [
        # Its supplier leaves a fifth short of what it is asked for, which holds its place.
        {"document": "P1", "units": 50, "share": 0.8, "expected_units": 40},
        # Late for weeks, and given up for good.
        {"document": "P2", "units": 30, "chance": 0.5, "share": 0.8, "expected_units": 12},
        {"document": "P3", "units": 900, "chance": 0.0, "expected_units": 0},
    ]
    order = {"document_kind": "purchase_order"}
    write(shop, "receipts_ahead", [{**AHEAD, **order, **line} for line in lines])
    assert shop.warehouse.query("capacity_rooms", day(TODAY))["room"].to_list() == [35]
    use = shop.warehouse.query("capacity_use", day(TODAY))
    assert use.select("ordered_units", "beyond_units").rows() == [(65, 0)]
