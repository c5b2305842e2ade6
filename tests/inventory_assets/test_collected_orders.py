"""Orders that customers collect at a store: from files to what a node is asked for, and why."""

import json
import shutil
from datetime import datetime, time, timedelta

import polars as pl
import pytest
from simulated import LAST, materialize, send_rows, warehouse_of

from quality_checks.contracts import CONTRACTS

ITEM = "TSH0000-SAN-M"
TABLES = (
    "order_sourcing", "order_decisions", "sourcing_options", "order_limit_prices",
    "sourcing_shadow", "substitution_plan", "substitution_options", "proposals", "explanations",
)  # fmt: skip
DAY = [LAST + timedelta(days=days) for days in range(7)]


def order(name, units, store, promised_on, line=1):
    return {
        "order_id": name, "line": line, "created": datetime.combine(LAST, time(12)),
        "promised_on": promised_on, "sku": ITEM, "quantity": units, "region": "Bavaria",
        "channel": "click_and_collect" if line == 1 else "ecom", "status": "open",
        "collect_at": store,
    }  # fmt: skip


@pytest.fixture(scope="module")
def collected(planned, tmp_path_factory):
    """The planned night again, with orders that are collected; how to read it, and its checks.

    The DC sends to S003, which has 17 units and hands, on the second day, and to S001, which ships
    to nobody and says nothing of its hands, likewise: both have them on the fourth.
    """
    root = shutil.copytree(planned, tmp_path_factory.mktemp("collected") / "retailer")
    rows = [
        order("off the shelf", 1, "S003", DAY[2]),
        order("by the lane", 40, "S003", DAY[5]),
        order("too soon", 40, "S003", DAY[2]),
        order("elsewhere", 1, "S001", DAY[5]),
        order("nobody says where", 1, None, DAY[5]),
        order("promised long ago", 1, "S003", LAST - timedelta(days=3)),
        order("two places", 1, "S003", DAY[2]),
        order("two places", 1, None, DAY[5], line=2),
        order("two places", 1, None, DAY[5], line=3),
    ]
    send_rows(root, "online_orders", pl.DataFrame(rows), f"{LAST}_late.parquet")
    warehouse = warehouse_of(root)
    warehouse.load(root / "landing", "online_orders", LAST)
    warehouse.close()
    done = materialize(root, LAST, *TABLES)
    checks = {(c.asset_key.path[-1], c.check_name): c
              for c in done.get_asset_check_evaluations()}  # fmt: skip
    return lambda table: warehouse_of(root).read(CONTRACTS[table], LAST), checks


def test_who_collects_gets_it_off_the_shelf_of_his_store_or_by_a_lane(collected):
    read, _ = collected
    sourced = read("order_sourcing").filter(pl.col("collect_at").is_not_null())
    columns = ("order_id", "origin", "destination", "carrier", "ship_on", "arrives_on")
    assert sourced.select(columns).rows() == [
        ("by the lane", "D01", "S003", "lane", DAY[2], DAY[4]),
        ("elsewhere", "D01", "S001", "lane", DAY[2], DAY[4]),
        ("off the shelf", "S003", "S003", "shelf", DAY[1], DAY[1]),
        ("promised long ago", "S003", "S003", "shelf", DAY[1], DAY[1]),
        ("too soon", "D01", "S003", "lane", DAY[2], DAY[4]),
        ("two places", "S003", "S003", "shelf", DAY[1], DAY[1]),
    ]
    by_lane = sourced.filter(order_id="by the lane").to_dicts()[0]
    assert by_lane["shipping_cost"] == pytest.approx(40 * 0.12)
    off_shelf = sourced.filter(order_id="off the shelf").to_dicts()[0]
    assert off_shelf["shipping_cost"] == off_shelf["parcel_cost"] == 0
    due = dict(read("order_decisions").select("order_id", "due_on").iter_rows())
    assert (due["too soon"], due["by the lane"]) == (DAY[4], DAY[5])


def test_every_node_that_keeps_it_is_listed_with_what_keeps_the_line_from_it(collected):
    read, checks = collected
    options = read("sourcing_options").filter(order_id="elsewhere").sort("location", "ship_on")
    told = options.group_by("location", maintain_order=True).agg("verdict")
    assert dict(told.iter_rows()) == {
        # The lane goes on Thursday.
        "D01": ["parcel_unknown", "chosen"],
        "E01": ["parcel_unknown"] * 2,
        "M01": ["parcel_unknown"] * 2,
        "S001": ["capacity_unknown"] * 2,
        "S003": ["parcel_unknown"] * 2,
    }
    short = read("sourcing_options").filter(order_id="by the lane", location="S003")
    assert short["verdict"].to_list() == ["stock"] * 2
    for name in ("feasible", "not_promised_twice"):
        assert checks["order_sourcing", name].passed
    assert not checks["order_decisions", "nodes_state_capacity"].passed
    unknown = checks["order_decisions", "collection_known"]
    assert not unknown.passed
    assert "nobody says where" in str(unknown.metadata)
    assert not read("order_decisions").filter(order_id="nobody says where").height


def test_what_is_asked_says_where_it_is_collected_and_why(collected):
    read, checks = collected
    proposed = read("proposals").filter(kind="sourcing")
    details = {row["order_id"]: row for row in map(json.loads, proposed["details"])}
    assert details["by the lane"]["collect_at"] == "S003"
    assert details["by the lane"]["carrier"] == "lane"
    ids = {json.loads(row["details"])["order_id"]: row["action_id"] for row in proposed.to_dicts()}
    words = read("explanations").filter(name="shipping_cost")
    said = {row["action_id"]: row["words"] for row in words.to_dicts()}
    assert said[ids["by the lane"]] == "the lane to S003, where it is collected, for its units"
    assert said[ids["off the shelf"]] == "taken off the shelf of S003"
    assert checks["explanations", "explained"].passed


def test_what_of_an_order_is_collected_leaves_how_the_rest_is_sent_as_it_is(collected):
    """Both lines to the customer share one parcel, whose price and penalty nothing else bears."""
    read, _ = collected
    sourced = read("order_sourcing").filter(order_id="two places").sort("order_line")
    assert sourced["order_line"].to_list() == [1, 2, 3]
    assert sourced["destination"].to_list() == ["S003", "Bavaria", "Bavaria"]
    assert sourced["split_penalty"].to_list() == [0, 0, 0]
    shelf, *sent = sourced.to_dicts()
    assert shelf["parcel_cost"] == 0
    assert len({(row["origin"], row["ship_on"], row["carrier"]) for row in sent}) == 1
    assert sent[0]["parcel_cost"] == pytest.approx(sent[1]["parcel_cost"])
    assert sent[0]["parcel_cost"] > 0


def test_a_promise_that_has_passed_is_put_off_to_the_first_day_that_can_be_kept(collected):
    read, checks = collected
    decided = read("order_decisions").filter(order_id="promised long ago").to_dicts()[0]
    assert (decided["decision"], decided["due_on"]) == ("ship", DAY[1])
    asked = read("order_sourcing").filter(order_id="promised long ago").to_dicts()[0]
    assert asked["urgency_days"] == 0
    # It is as late from every node that comes on that day, and so moves no line.
    assert asked["late_cost"] < 1
    named = checks["order_decisions", "promises_in_reach"]
    assert not named.passed
    assert "promised long ago" in str(named.metadata)
