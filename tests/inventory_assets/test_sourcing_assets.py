"""Customers' orders from files to a plan: what is looked at, what is decided, what it says."""

import polars as pl
import pytest
from landing_folder import at, day
from simulated import LAST, open_warehouse, warehouse_of

from quality_checks.contracts import CONTRACTS

NOBODY = pl.DataFrame(schema={"order_id": pl.String, "order_line": pl.Int64, "origin": pl.String})


def order(name, **changes):
    row = {
        "order_id": name,
        "line": 1,
        "created": at(1),
        "promised_on": day(4),
        "sku": "A",
        "quantity": 3,
        "region": "north",
        "channel": "ecom",
        "status": "open",
    }
    return {**row, **changes}


PLACED = {"status": "allocated", "location": "S1"}


@pytest.fixture
def sells_online(shop):
    rate = {"carrier": "C", "origin_region": "north", "region": "north", "parcel_cost": 4.0}
    shop.send("shipping_rates", 1, [{**rate, "kg_cost": 1.0, "transit_days": 1}])
    shop.send("node_capacities", 1, [{"location": "S1", "date": day(2), "most_lines": 4}])
    return shop


def lines(shop, rows, pending=NOBODY):
    """The lines that sourcing looks at: order -> units, node, whether it may move, price."""
    shop.send("online_orders", 1, rows)
    shop.load_all(1)
    frames = {"pending": pending, "overtaken": shop.warehouse.overtaken("online_orders", day(1))}
    found = shop.warehouse.query("customer_lines", day(1), frames=frames)
    columns = ("quantity", "allocated_to", "movable", "unit_price")
    return {row["order_id"]: tuple(row[name] for name in columns) for row in found.to_dicts()}


def test_lines_that_are_looked_at_and_those_that_are_left_alone(sells_online):
    found = lines(
        sells_online,
        [
            order("open"),
            order("priced", unit_price=7.5),
            order("part", shipped_units=2),
            order("left", shipped_units=3),
            order("cancelled", status="cancelled"),
            order("placed", **PLACED),
            order("picked", **PLACED, picked_at=at(1)),
            order("gone", status="shipped", location="S1", allocated_at=at(1), shipped_at=at(1)),
            order("long gone", status="shipped", location="S1", allocated_at=at(0)),
            order("collect", channel="click_and_collect", **PLACED),
            order("none", quantity=0),
            order("strange", sku="UNKNOWN"),
        ],
    )
    assert found == {
        "open": (3, None, True, 10.0),
        "priced": (3, None, True, 7.5),
        "part": (1, None, True, 10.0),
        "placed": (3, "S1", True, 10.0),
        "picked": (3, "S1", False, 10.0),
        "gone": (3, "S1", False, 10.0),
        "collect": (3, "S1", False, 10.0),
    }
    # What cannot be read is named, and delays nothing else.
    waiting = {(field, reason) for _, _, field, reason in sells_online.waiting("online_orders")}
    assert waiting == {("quantity", "out_of_bounds"), ("sku", "unknown_key")}


def test_nothing_is_taken_from_nodes_that_never_tell_what_they_picked(sells_online):
    assert lines(sells_online, [order("placed", **PLACED)])["placed"][2] is False


def test_a_line_that_we_asked_a_node_for_is_left_alone_until_the_order_shows_it_there(
    sells_online,
):
    asked = pl.DataFrame(
        [("open", 1, "S2"), ("elsewhere", 1, "S2"), ("there", 1, "S1")],
        schema=NOBODY.schema,
        orient="row",
    )
    rows = [order("open"), order("elsewhere", **PLACED), order("there", **PLACED)]
    told = order("picked", **PLACED, picked_at=at(1))
    found = lines(sells_online, [*rows, told], asked)
    assert {name: row[2] for name, row in found.items()} == {
        "open": False,
        "elsewhere": False,
        "there": True,
        "picked": False,
    }


def test_a_line_for_which_the_customer_took_a_substitute_is_left_alone(sells_online):
    said = {"line": 1, "sku": "A", "substitute": "B", "quantity": 3, "offered_at": at(1)}
    answers = [
        {**said, "order_id": order_id, "outcome": outcome}
        for order_id, outcome in (("took", "accepted"), ("refused", "declined"))
    ]
    sells_online.send("substitution_outcomes", 1, answers)
    found = lines(sells_online, [order("took"), order("refused"), order("open")])
    assert {name: row[2] for name, row in found.items()} == {
        "took": False,
        "refused": True,
        "open": True,
    }


def test_a_line_of_which_a_newer_row_waits_is_left_alone(sells_online):
    sells_online.send("online_orders", 0, [order("old"), order("good")])
    sells_online.load("online_orders", 0)
    assert set(lines(sells_online, [order("old", quantity=0)])) == {"good"}


def test_without_rates_and_capacities_nobody_asks(shop):
    assert lines(shop, [order("open")]) == {}


def test_the_same_line_twice_in_a_file_counts_once_and_is_named(sells_online):
    found = lines(sells_online, [order("twice"), order("twice", quantity=5)])
    assert len(found) <= 1
    assert sells_online.waiting("online_orders")


def read(root, name):
    return warehouse_of(root).read(CONTRACTS[name], LAST)


def test_every_line_that_may_move_is_decided_once_and_every_cost_adds_up(planned):
    decided, sourced = read(planned, "order_decisions"), read(planned, "order_sourcing")
    options = read(planned, "sourcing_options")
    assert decided.height > 0
    orders = warehouse_of(planned).known("online_orders", LAST)
    looked_at = orders.filter(pl.col("status").is_in(["open", "allocated"]))
    assert decided.height == looked_at.height
    assert sourced.height == decided.filter(decision="ship").height
    terms = ("shipping_cost", "handling_cost", "refusal_cost", "late_cost", "unit_value",
             "parcel_cost", "split_penalty")  # fmt: skip
    known = options.drop_nulls("cost")
    told = known.select(pl.sum_horizontal(terms) - pl.col("markdown_avoided")).to_series()
    assert (told - known["cost"]).abs().max() < 1e-9
    # A line that moves gains at least what policy asks for; one that stays is where it was.
    moved = decided.filter(pl.col("allocated_to").is_not_null(), decision="ship")
    assert ((moved["otherwise"] - moved["cost"]) >= 2.0 - 1e-9).all()
    assert (moved["allocated_to"] != moved["location"]).all()


def test_no_unit_is_promised_twice(planned):
    ends = ("origin", "sku", "quantity")
    plans = ("order_sourcing", "allocation", "transfers_plan")
    taken = pl.concat(read(planned, plan).select(ends) for plan in plans)
    free = read(planned, "planning_pairs").select("sku", "available", origin="location")
    left = (
        taken.group_by("origin", "sku")
        .agg(pl.col("quantity").sum())
        .join(free, on=["origin", "sku"], how="left")
    )
    assert (left["quantity"] <= left["available"]).all()


def test_the_shadow_has_every_line_that_was_allocated_on_the_day(planned):
    shadow = read(planned, "sourcing_shadow")
    orders = warehouse_of(planned).known("online_orders", LAST)
    placed = orders.filter(pl.col("allocated_at").dt.date() == LAST, status="allocated")
    assert shadow.select(pl.sum("lines") + pl.sum("uncosted_lines")).item() == placed.height
    costs = shadow["oms_cost"] - shadow["our_cost"]
    assert (costs - shadow["saved"]).abs().max() < 1e-9
    # A node with hands and units enough is chosen wherever it is cheapest, as the OMS's is too.
    assert shadow["saved"].sum() >= 0


def test_sourcing_leaves_as_a_file_and_is_explained(planned):
    with open_warehouse(planned) as connection:
        kinds = connection.sql("SELECT DISTINCT kind FROM exports.export_lines").fetchall()
        steps = connection.sql(
            "SELECT e.name, e.value FROM actions.explanations e JOIN actions.proposals p "
            "USING (action_id) WHERE p.kind = 'sourcing' AND e.name = 'benefit'"
        ).fetchall()
        outcomes = connection.sql(
            "SELECT passed FROM reporting.check_outcomes WHERE "
            "check_outcomes.check IN ('explained', 'feasible', 'not_promised_twice')"
        ).fetchall()
    assert ("sourcing",) in kinds
    assert len(steps) == read(planned, "order_sourcing").height
    assert all(passed for (passed,) in outcomes)
