"""What is put off, moved, commented and decided together at the workbench stands as at the desk."""

import re
import shutil
from datetime import datetime, time, timedelta
from types import SimpleNamespace

import duckdb
import polars as pl
import pytest
from client import serving
from polars.testing import assert_frame_equal
from simulated import LAST, warehouse_of
from test_deciding import decide, list_waiting, open_action, recorded

from workbench.interface import API
from workbench.reading import Desks

LEAVES_ON = LAST + timedelta(days=1)
MORNING = datetime.combine(LEAVES_ON, time(8))
NOON = datetime.combine(LEAVES_ON, time(12))

OTHER, HUB = "S003", "E01"
"""A store, and a node that the DC alone sends goods to."""


@pytest.fixture
def day():
    """The clock of the retailer, which a test puts forward."""
    return SimpleNamespace(now=MORNING)


@pytest.fixture
def then(waiting, tmp_path, day):
    """The workbench on the morning after the plan."""
    root = shutil.copytree(waiting, tmp_path / "then")
    add_lane(root, OTHER, HUB)
    with serving(root, clock=lambda: day.now) as served:
        yield served


def list_ids(client, **parameters):
    asked = "&".join(f"{name}={value}" for name, value in parameters.items())
    rows = client.get(f"{API}/worklist?size=500&{asked}").json["rows"]
    return {row["action_id"] for row in rows}


def add_lane(root, origin, destination):
    """Let another node send goods to a destination, as its DC does."""
    warehouse = warehouse_of(root)
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute(
            "INSERT INTO landing.lanes SELECT * REPLACE ($origin AS origin) FROM landing.lanes "
            "WHERE origin = 'D01' AND destination = $destination",
            {"origin": origin, "destination": destination},
        )
    warehouse.publish_copy()
    warehouse.close()


def test_what_is_put_off_is_off_the_worklist_until_then(then, day):
    action = list_waiting(then.premises, "buyer")[0]["action_id"]
    client, program = then.sign_on("Ann", "buyer"), then.open()
    page = decide(client, action, "defer", "buyer", until=NOON.isoformat(timespec="minutes"))
    assert "1 recorded" in page.text
    assert page.find(r'<span class="chip is-(\w+)"') == "deferred"
    assert f"put off until {NOON:%Y-%m-%d %H:%M}" in page.text
    assert recorded(then.premises, action)["until"].to_list() == [NOON]
    assert action not in list_ids(program, standing="waiting")
    assert list_ids(program, standing="deferred") == {action}
    assert "1 put off</a>, the next of them until" in client.get("/worklist?standing=waiting").text
    mark = program.get(f"{API}/worklist").headers["etag"]
    day.now = NOON + timedelta(seconds=1)
    assert program.get(f"{API}/worklist", **{"If-None-Match": mark}).status == 200
    assert action in list_ids(program, standing="waiting")
    assert list_ids(program, standing="deferred") == set()


def test_several_are_put_off_together_and_none_beyond_the_day_they_leave(then):
    mine = [row["action_id"] for row in list_waiting(then.premises, "buyer")[:2]]
    client = then.sign_on("Ann", "buyer")
    fields = open_action(client, mine[0])
    client.get("/worklist")
    told = {
        "plan_words": fields["plan_words"],
        "selected": mine,
        "decision": "defer",
        "role": "buyer",
        "reason": "the supplier calls back",
    }
    late = f"{LEAVES_ON + timedelta(days=1)}T09:00"
    page = client.post("/worklist/decisions", {**told, "key": "late", "until": late})
    assert page.text.count("is late.") == 2
    page = client.post("/worklist/decisions", {**told, "key": "soon", "until": NOON.isoformat()})
    assert "2 recorded" in page.text
    assert list_ids(then.open(), standing="deferred") == set(mine)


def test_another_node_and_day_stand_and_others_must_look_again(then):
    desk = then.premises.open_desk(LAST)
    moved = desk.proposals.filter(kind="allocation", destination=HUB)
    route = desk.route().join(moved, on="action_id", how="semi").row(0, named=True)
    action, role = route["action_id"], route["missing_roles"].split(";")[0]
    comes = LEAVES_ON + timedelta(days=2)
    ann, ben = then.sign_on("Ann", role), then.sign_on("Ben", role)
    before = open_action(ben, action)
    read = before["read"].split(":")[1]
    assert read != comes.isoformat()
    offered = ann.get(f"/actions/{action}").find(r'(?s)<datalist id="origins">(.*?)</datalist>')
    assert re.findall('value="(\\w+)"', offered) == ["D01", OTHER]
    facts = {"reason_code": "no_room_or_hands", "expires_on": LEAVES_ON.isoformat()}
    moved = {"origin": OTHER, "due_on": comes.isoformat(), **facts}
    page = decide(ann, action, "override", role, **moved)
    assert f"from {OTHER} for {comes} by override" in page.text
    told = then.open().get(f"{API}/actions/{action}").json
    assert (told["origin"], told["due_on"]) == (OTHER, comes.isoformat())
    assert {"origin", "due_on", "quantity"} == {*told["overridable"]}
    page = ben.post(
        f"/actions/{action}/decisions",
        {**before, "decision": "approve", "role": role, "reason": "agreed"},
    )
    assert f"It was read as due on {read} and is due on {comes} by now: look again." in page.text
    nowhere = {**moved, "decision": "override", "origin": "nowhere", "reason": "x", "role": role}
    answer = then.open().send(f"{API}/actions/{action}/decisions", {**nowhere, "author": "Ann"})
    assert answer.status == 409
    assert "No lane that plans may use goes from nowhere" in answer.json["words"]
    assert recorded(then.premises, action).height == 1


def test_an_order_is_from_no_node_and_comes_no_sooner(then):
    premises = then.premises
    orders = premises.open_desk(LAST).proposals.filter(kind="purchase_order")
    ids = {row["action_id"] for row in list_waiting(premises, "buyer")}
    order = orders.filter(pl.col("action_id").is_in(ids)).row(0, named=True)
    client = then.sign_on("Ann", "buyer")
    page = client.get(f"/actions/{order['action_id']}")
    assert 'name="due_on"' in page.text
    assert 'name="origin"' not in page.text
    facts = {"reason_code": "event_ahead", "expires_on": LEAVES_ON.isoformat()}
    sooner = (order["due_on"] - timedelta(days=1)).isoformat()
    page = decide(client, order["action_id"], "override", "buyer", due_on=sooner, **facts)
    assert "at the soonest: expedite it." in page.text
    page = decide(client, order["action_id"], "override", "buyer", origin=OTHER, **facts)
    assert "Of a purchase_order nobody changes origin." in page.text


def test_another_supplier_stands_alike_by_page_and_program_and_others_must_look_again(then):
    premises = then.premises
    desk = premises.open_desk(LAST)
    offers = desk.find_terms().offers.filter("takes_orders")
    # SUP01 and SUP02 both sell two of the items that are ordered tonight, in the same packs.
    orders = desk.proposals.filter(kind="purchase_order")
    other = orders.join(offers, on=["sku", "destination"], suffix="_other").filter(
        pl.col("supplier") != pl.col("supplier_other")
    )
    page_order, program_order = other.sort("action_id").head(2).iter_rows(named=True)
    action, supplier = page_order["action_id"], page_order["supplier_other"]
    ann, ben = then.sign_on("Ann", "buyer"), then.sign_on("Ben", "buyer")
    before = open_action(ben, action)
    offered = ann.get(f"/actions/{action}").find(r'(?s)<datalist id="suppliers">(.*?)</datalist>')
    assert re.findall('value="(\\w+)"', offered) == sorted([page_order["supplier"], supplier])
    facts = {"reason_code": "supplier_says_otherwise", "expires_on": LEAVES_ON.isoformat()}
    page = decide(ann, action, "override", "buyer", supplier=supplier, **facts)
    assert f"units from {supplier} at {page_order['unit_price']:,.4f} each for" in page.text
    told = then.open().get(f"{API}/actions/{action}").json
    assert (told["supplier"], told["due_on"]) == (supplier, page_order["soonest_on"].isoformat())
    (row,) = then.open().get(f"{API}/worklist?text={action}").json["rows"]
    assert row["supplier"] == supplier
    assert row["value"] == round(page_order["quantity"] * page_order["unit_price"], 2)
    page = ben.post(
        f"/actions/{action}/decisions",
        {**before, "decision": "approve", "role": "buyer", "reason": "agreed"},
    )
    assert "look again." in page.text
    said = {**facts, "decision": "override", "role": "buyer", "author": "Ann", "reason": "agreed"}
    path = f"{API}/actions/{program_order['action_id']}/decisions"
    asked = {**said, "supplier": program_order["supplier_other"]}
    refused = then.open().send(path, {**asked, "price": 3.0})
    assert "Of a purchase_order nobody changes price." in refused.json["words"]
    assert then.open().send(path, asked).status == 200
    theirs, ours = (
        recorded(premises, one).drop("decision_id", "action_id", "decided_at")
        for one in (action, program_order["action_id"])
    )
    assert_frame_equal(theirs, ours)


def test_the_codes_that_are_offered_are_those_of_policy(bench):
    action = list_waiting(bench.premises, "buyer")[0]["action_id"]
    page = bench.sign_on("Ann", "buyer").get(f"/actions/{action}")
    select = page.find(r'(?s)name="reason_code"(.*?)</select>')
    codes = bench.premises.action_policy.reason_codes
    assert codes
    assert all(f'value="{code}" title="{words}"' in select for code, words in codes.items())
    assert bench.open().get(f"{API}/plan").json["reason_codes"] == codes


def test_a_comment_decides_nothing_and_one_request_decides_an_action_once(bench):
    first, second = (row["action_id"] for row in list_waiting(bench.premises, "buyer")[:2])
    said = {"role": "buyer", "author": "Ann", "reason": "asked for the price"}
    stated = [
        {**said, "action_id": first, "decision": "comment"},
        {**said, "action_id": second, "decision": "approve"},
        {**said, "action_id": second, "decision": "comment"},
    ]
    answer = bench.open().send(f"{API}/decisions", {"decisions": stated}).json
    noted, approved, twice = answer["verdicts"]
    assert (noted["is_recorded"], noted["status"]) == (True, "waiting")
    assert approved["is_recorded"]
    assert twice["words"] == "A request decides an action once."
    assert recorded(bench.premises, first)["decision"].to_list() == ["comment"]
    page = bench.sign_on("Ann", "buyer").get(f"/actions/{first}")
    assert "asked for the price" in page.text


def test_the_desk_is_that_of_the_command_line(then):
    """What an earlier version planned and where goods may move are judged by here, too."""
    action = list_waiting(then.premises, "buyer")[0]["action_id"]
    decide(then.sign_on("Ann", "buyer"), action, "defer", "buyer", until=NOON.isoformat())
    theirs = then.premises.open_desk(LAST)
    desks = Desks(then.office)
    try:
        ours = desks.open_desk(desks.take_whole_plan())
        assert_frame_equal(ours.route(), theirs.route())
        assert ours.plan_lines is not None
        assert theirs.plan_lines is not None
        assert_frame_equal(ours.plan_lines, theirs.plan_lines)
        assert_frame_equal(ours.find_lanes(), theirs.find_lanes())
    finally:
        desks.close()
