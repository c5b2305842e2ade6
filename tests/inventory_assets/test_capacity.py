"""Orders by week against what suppliers say they can deliver."""

import polars as pl
from landing_folder import day
from test_receipts_ahead import order
from test_sourced_items import OF_PAIR, TERMS, TODAY, write

from optimization.open_orders import OpenOrders, plan_open_orders
from optimization.paths import list_ends
from quality_checks.checks import judge_capacity
from quality_checks.contracts import (
    ChangedOrderLines,
    Economics,
    MemberStock,
    OpenOrderRules,
    PendingMoves,
    ServiceFloor,
    find_frame,
)

AHEAD = {
    **OF_PAIR, "location": "DC1", "line": 1, "supplier": "V1", "stated_on": day(TODAY + 3),
    "due_on": day(TODAY + 3), "units": 30, "closure_days": 0, "overdue_days": 0, "chance": 1.0,
    "share": 1.0, "expected_units": 30,
}  # fmt: skip

NOTHING_MOVED = {"pending_moves": find_frame(PendingMoves).empty()}


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
    use = shop.warehouse.query("capacity_use", day(TODAY), frames=NOTHING_MOVED)
    shown = use.select("supplier", "sku", "category", "ordered_units", "proposed_units")
    assert shown.rows() == [
        ("V1", "*", "*", 60, 25),
        ("V1", "*", "skirts", 30, 25),
        ("V1", "A", "*", 30, 0),
        ("V2", "*", "*", 0, 0),
    ]
    rooms = shop.warehouse.query("capacity_rooms", day(TODAY), frames=NOTHING_MOVED)
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
    assert shop.warehouse.query("capacity_rooms", day(TODAY), frames=NOTHING_MOVED)[
        "room"
    ].to_list() == [35]
    use = shop.warehouse.query("capacity_use", day(TODAY), frames=NOTHING_MOVED)
    assert use.select("ordered_units", "beyond_units").rows() == [(65, 0)]


THIRSTY = {
    "sku": "A", "destination": "DC1", "inventory_position": 70, "order_up_to": 100,
    "value_level": 100, "protection_days": 42.0, "daily_demand": 2.0, "underage_cost": 6.0,
    "unit_cost": 4.0, "unit_price": 4.0, "surplus_step": 0.02, "surplus_most": 2.0, "lost": True,
    "run_down": False, "open_demand_mean": 80.0, "open_life_mean": None,
}  # fmt: skip
"""Ten units that sell in five days, and an order of sixty that is due in three weeks."""

RULES = OpenOrderRules(
    frozen_days=5,
    most_pull_in_days=14,
    most_push_out_days=0,
    change_fee=10.0,
    least_change_gain=5.0,
)
ECONOMICS = Economics(
    holding_rate_per_year=0.2,
    markdown_loss_share=0.0,
    exit_loss_share=0.5,
    service_ceiling=0.99,
    holding_horizon_days=182,
    service_floor={"A": ServiceFloor(kind="fill_rate", at_least=0.9)},
)


def change_lines(shop, moves=NOTHING_MOVED["pending_moves"]):
    """Form, units and day of what is asked of open lines, by what lies in the warehouse."""
    refusals = pl.DataFrame(
        {"supplier": [None], "refusal_chance": [0.0]}, schema_overrides={"supplier": pl.String}
    )
    pending = find_frame(ChangedOrderLines).read(moves.select("po", "po_line"))
    frames = {"pending": pending, "refusals": refusals}
    lines = shop.warehouse.query("open_order_lines", day(TODAY), frames=frames)
    of_line = lines.select("document_kind", "document", "line", "due_on")
    items = pl.DataFrame([THIRSTY], schema_overrides={"open_life_mean": pl.Float64})
    units = 2.0 * pl.col("days")
    demand = pl.DataFrame({"sku": "A", "destination": "DC1", "days": list_ends(42.0)})
    plan = plan_open_orders(
        OpenOrders(
            lines=lines,
            chances=of_line.rename({"due_on": "stated_on"}).with_columns(
                late_chance=0.5, late_week_chance=0.1, short_chance=pl.lit(None, pl.Float64)
            ),
            arrivals=of_line.with_columns(point=1),
            items=items,
            demand=demand.with_columns(mean=units, variance=1.5 * units),
            members=find_frame(MemberStock).empty(),
            receipts=lines.group_by("sku", "due_on", location="destination").agg(
                units=pl.col("expected_units").sum()
            ),
            ordered=pl.DataFrame(
                schema={"sku": pl.String, "location": pl.String, "due_on": pl.Date,
                        "units": pl.Int64}
            ),
            rooms=shop.warehouse.query(
                "capacity_rooms", day(TODAY), frames={"pending_moves": moves}
            ),
        ),
        RULES,
        ECONOMICS,
        as_of=day(TODAY),
    )  # fmt: skip
    return plan.changes.select("form", "quantity", "due_on").rows()


def test_a_pull_in_keeps_out_of_the_weeks_that_a_file_of_the_supplier_says_are_full(shop):
    shop.send("suppliers", 1, [{"supplier": "V1"}])
    terms = {**TERMS, "minimum_order_quantity": 60, "order_multiple": 10}
    shop.send("item_suppliers", 1, [{"sku": "A", "supplier": "V1", **terms}])
    shop.send("purchase_orders", 1, [order("P1", 60, requested_on=day(TODAY + 21))])
    shop.load_all(TODAY)
    due = {"stated_on": day(TODAY + 21), "due_on": day(TODAY + 21)}
    line = {**AHEAD, **due, "document_kind": "purchase_order", "units": 60, "expected_units": 60}
    write(shop, "receipts_ahead", [{**line, "document": "P1"}])
    assert change_lines(shop) == [("pull_in", 60, day(TODAY + 7))]

    def state(number, *units, part=""):
        """What the supplier can deliver in weeks from the third day on."""
        weeks = [
            {"supplier": "V1", "sku": "*", "category": "*", "week": day(TODAY + 2 + 7 * week)}
            for week in range(len(units))
        ]
        rows = [{**week, "units": most} for week, most in zip(weeks, units, strict=True)]
        shop.send("supplier_capacity", number, rows, part)
        shop.load("supplier_capacity", TODAY)

    state(TODAY - 2, 59, 60)
    assert change_lines(shop) == [("pull_in", 60, day(TODAY + 9))]
    # Of a later file the newer word counts: no week before its own has room.
    state(TODAY - 1, 0, 0, 60)
    assert change_lines(shop) == [("pull_in", 60, day(TODAY + 16))]
