"""Exceptions, cases and rows in quarantine: listed, paged, and followed to what they touch."""

from datetime import timedelta

import polars as pl
import pytest
from client import serving
from simulated import LAST, warehouse_of

from quality_checks.contracts import CONTRACTS

EXCEPTION, CASE = "e1" * 8, "ca" * 8
WORDS = "München runs out of <1> item"


def put(warehouse, name, *rows):
    """Store rows of a table; columns that may be missing and are not given are missing."""
    contract = CONTRACTS[name]
    full = [{"business_date": LAST, **row} for row in rows]
    frame = pl.DataFrame(full, schema=contract.schema).drop("business_date")
    warehouse.write(contract, LAST, frame)


@pytest.fixture
def troubled(folder):
    """The workbench of a retailer with an exception, its case, and a row that waits."""
    warehouse = warehouse_of(folder)
    proposals = warehouse.read(CONTRACTS["proposals"], LAST).filter(kind="purchase_change")
    one, other = proposals.sort("action_id").head(2).to_dicts()
    seen = {"kind": "stock_out", "subject": "S1", "words": WORDS, "first_seen_on": LAST}
    named = {"exception_id": EXCEPTION, **seen, "last_seen_on": LAST, "state": "new"}
    exception = {
        **named, "trend": "new", "sku": one["sku"], "item_locations": 1, "money_at_risk": 500.0,
        "late_inputs": "pos_sales;stock",
    }  # fmt: skip
    closed = {**exception, "exception_id": "ab" * 8, "state": "closed", "closed_by": "it is over"}
    put(warehouse, "exceptions", exception, closed)
    at = {"exception_id": EXCEPTION, "sku": one["sku"], "location": one["destination"]}
    put(warehouse, "exception_scope", {**at, "side": "short", "money_at_risk": 500.0})
    counts = dict.fromkeys(
        ("actions", "by_itself", "approved", "rejected", "withdrawn", "exported", "measure_days"), 0
    )
    money = dict.fromkeys(
        ("benefit_approved", "benefit_waiting", "benefit_exported", "exposure_change"), 0.0
    )
    case = {
        "case_id": CASE, "exception_id": EXCEPTION, "kind": "stock_out", "subject": "S1",
        "playbook": "runs_out", "state": "waiting", "words": WORDS, "owner": "planner",
        "in_charge": "planner", "opened_on": LAST, "due_on": LAST + timedelta(days=1),
        "escalates_on": LAST + timedelta(days=2), "escalates_to": "finance", "waiting": 2,
        "money_at_risk": 500.0, "decided": False, "came_back": False, **counts, **money,
    }  # fmt: skip
    put(warehouse, "cases", case)
    linked = [
        {
            "case_id": CASE, "exception_id": EXCEPTION,
            "exception": "stock_out", "playbook": "runs_out",
            "action_id": action["action_id"], "sku": action["sku"], "kind": action["kind"],
            "benefit": action["benefit"], "part": "alternative", "choice": "one of both",
            "option": option, "option_rank": rank, "option_benefit": action["benefit"],
        }
        for rank, (option, action) in enumerate((("first", one), ("second", other)), start=1)
    ]  # fmt: skip
    put(warehouse, "case_actions", *linked)
    broken = {
        "file_id": 1, "source": "stock", "file_name": "stock/2025-09-30.csv", "row": 3,
        "field": "on_hand", "reason": "out_of_bounds", "message": "-1 is below 0", "payload": "{}",
        "known_on": LAST,
    }  # fmt: skip
    replaced = {**broken, "row": 4, "status": "replaced"}
    put(warehouse, "quarantine", {**broken, "status": "waiting"}, replaced)
    warehouse.publish_copy()
    warehouse.close()
    with serving(folder) as served:
        yield served, one, other


def test_an_exception_leads_to_what_it_touches_and_to_its_case(troubled):
    served, one, _ = troubled
    client = served.sign_on("Ann", "planner")
    home = client.get("/")
    assert "München runs out of &lt;1&gt; item" in home.text
    listed = client.get("/lists/exceptions")
    assert "<strong>1</strong> rows" in listed.text, "what has closed is no trouble"
    assert "money at risk 500" in listed.text
    page = client.get(listed.find(r'href="(/exceptions/\w+)"'))
    assert page.status == 200
    assert f"sku={one['sku']}" in page.text
    assert "pos_sales, stock" in page.text, "what it rests on is late"
    assert client.get(page.find(r'href="(/item-location[^"]+)"')).status == 200
    case = client.get(page.find(r'href="(/cases/\w+)"'))
    assert case.status == 200
    assert "planner" in case.text


def test_a_case_lists_its_alternatives_as_they_stand(troubled):
    served, one, other = troubled
    client = served.sign_on("Ann", "buyer")
    page = client.get(f"/cases/{CASE[:8]}")
    for action in (one, other):
        assert f'href="/actions/{action["action_id"]}"' in page.text
    assert client.get(f"/worklist?case_id={CASE}").find("<strong>(\\d+)</strong> actions") == "2"
    action = client.get(f"/actions/{one['action_id']}")
    assert "Alternatives of its case" in action.text
    names = ("plan_words", "key", "read")
    told = {name: action.find(rf'name="{name}" value="([^"]*)"') for name in names}
    told |= {"decision": "approve", "role": "buyer", "reason": "this one"}
    done = client.post(f"/actions/{one['action_id']}/decisions", told)
    assert "1 recorded" in done.text
    assert "withdrawn" in client.get(f"/actions/{other['action_id']}").text
    assert "Ann chose" in client.get(f"/cases/{CASE}").text


def test_a_row_in_quarantine_is_counted_and_found(troubled):
    served, *_ = troubled
    client = served.sign_on("Ann", "planner")
    health = client.get("/data-health")
    page = client.get(health.find(r'href="(/lists/rows-waiting[^"]+)"'))
    assert "<strong>1</strong> rows" in page.text
    assert "-1 is below 0" in page.text
    (sources,) = [
        row for row in served.open().get("/api/v1/lists/sources?size=500").json["rows"]
        if row["source"] == "stock"
    ]  # fmt: skip
    assert sources["waiting"] == 1
