"""Decisions by browser and by program count, or are refused in words, as on the command line."""

import re
import shutil
from datetime import timedelta

import polars as pl
import pytest
from client import serving
from people import enter
from simulated import LAST, plenish_here, warehouse_of

from governance import EVER, Decision
from quality_checks.contracts import CONTRACTS
from workbench.interface import API

FIELDS = [name for name in Decision.model_fields if name not in {"decision_id", "decided_at"}]


def list_waiting(premises, role):
    """Ids of what waits for one role alone, with kind."""
    desk = premises.open_desk(LAST)
    waiting = desk.route().filter(status="waiting", missing_roles=role)
    kinds = desk.proposals.select("action_id", "kind", "quantity", "packs")
    return waiting.select("action_id").join(kinds, on="action_id").sort("action_id").to_dicts()


def open_action(client, action):
    """Load the page of an action; gives the fields that its form sends back."""
    page = client.get(f"/actions/{action}")
    assert page.status == 200
    names = ("plan_words", "key", "read")
    return {name: page.find(rf'name="{name}" value="([^"]*)"') for name in names}


def decide(client, action, decision, role, **fields):
    told = {**open_action(client, action), "reason": "agreed", **fields}
    path = f"/actions/{action}/decisions"
    return client.post(path, {**told, "decision": decision, "role": role})


def recorded(premises, action):
    return premises.store.decisions(EVER).filter(action_id=action).sort("decided_at", "decision_id")


def test_an_approval_counts_and_leaves_with_the_next_export(bench, folder):
    role = "buyer"
    action = list_waiting(bench.premises, role)[0]["action_id"]
    client = bench.sign_on("Ann", role)
    page = decide(client, action, "approve", role)
    assert "1 recorded" in page.text
    assert "approved" in page.find(r'<span class="chip is-(\w+)"')
    (row,) = recorded(bench.premises, action).to_dicts()
    assert (row["decision"], row["author"], row["role"]) == ("approve", "Ann", role)
    # What the worklist said a moment ago, it says no more.
    listed = client.get(f"/worklist?text={action}&standing=waiting")
    assert "No action fits" in listed.text
    bench.premises.close()
    assert plenish_here(folder, "export").returncode == 0
    # Batches count though the copy was published before.
    page = client.get(f"/actions/{action}")
    assert "exported" in page.find(r'<span class="chip is-(\w+)"')
    page = decide(client, action, "reject", role, reason_code="too_much")
    assert "It has left with batch" in page.text


def test_the_same_decisions_leave_the_same_record_by_browser_program_and_command(waiting, tmp_path):
    found = {}
    for way in ("browser", "program", "command"):
        root = shutil.copytree(waiting, tmp_path / way)
        with serving(root) as served:
            one, other = list_waiting(served.premises, "buyer")[:2]
            leaves_on = (LAST + timedelta(days=1)).isoformat()
            less = {"quantity": str(other["quantity"] // other["packs"]), "expires_on": leaves_on}
            stated = {
                one["action_id"]: ("approve", {}),
                other["action_id"]: ("override", {**less, "reason_code": "too_much"}),
            }
            for action, (decision, facts) in stated.items():
                if way == "browser":
                    decide(served.sign_on("ann", "buyer"), action, decision, "buyer", **facts)
                elif way == "program":
                    said = {"decision": decision, "role": "buyer", "reason": "agreed", **facts}
                    path = f"{API}/actions/{action}/decisions"
                    answer = served.open().send(path, {**said, "author": "ann"})
                    assert answer.status == 200, answer.text
                else:
                    options = {"author": "ann", "reason": "agreed", "role": "buyer", **facts}
                    said = [
                        f"--{name.replace('_', '-')}={value}" for name, value in options.items()
                    ]
                    done = plenish_here(root, decision, action, *said)
                    assert done.returncode == 0, done.stderr
            rows = [recorded(served.premises, action).row(0, named=True) for action in stated]
            events = [
                served.premises.store.find_events("decision_recorded", action) for action in stated
            ]
            found[way] = (
                [{name: row[name] for name in FIELDS} for row in rows],
                [[event.kind for event in of_action] for of_action in events],
            )
            assert served.premises.store.verify_chain() == []
    assert found["browser"] == found["program"] == found["command"]


def test_some_are_decided_at_once_and_what_could_not_count_is_said(bench):
    mine = [row["action_id"] for row in list_waiting(bench.premises, "buyer")[:2]]
    other = list_waiting(bench.premises, "merchandiser")
    assert len(mine) == 2
    client = bench.sign_on("Ann", "buyer")
    page = client.get("/worklist?standing=waiting&size=500")
    found = page.find_all(r'name="selected" value="([^"]+)"')
    boxes = dict(box.split(":", 1) for box in found)
    chosen = [*mine, *(row["action_id"] for row in other[:1])]
    fields = {
        "plan_words": page.find(r'plan_words" value="([^"]+)'),
        "key": page.find(r'name="key" value="([^"]+)'),
        "asked": page.find(r'name="asked" value="([^"]*)'),
        "selected": [f"{action}:{boxes[action]}" for action in chosen],
        "decision": "approve",
        "role": "buyer",
        "reason": "agreed",
    }
    done = client.post("/worklist/decisions", fields)
    assert "2 recorded" in done.text
    if other:
        assert "1 could not count" in done.text
        assert "buyer may not decide this kind of action" in done.text
    assert 'value="waiting" selected' in done.text, "the list is as it was asked for"
    # A click that came twice is recorded once.
    again = client.post("/worklist/decisions", {**fields, "selected": fields["selected"][:2]})
    assert "2 recorded" in again.text
    assert all(recorded(bench.premises, action).height == 1 for action in mine)


def test_an_override_sets_the_quantity_and_others_must_look_again(bench):
    row = next(row for row in list_waiting(bench.premises, "buyer") if row["packs"] > 1)
    action, pack = row["action_id"], row["quantity"] // row["packs"]
    ann, ben = bench.sign_on("Ann", "buyer"), bench.sign_on("Ben", "buyer")
    before = open_action(ben, action)
    page = decide(
        ann,
        action,
        "override",
        "buyer",
        reason_code="too_much",
        quantity=str(pack),
        expires_on="2026-01-01",
    )
    assert f"{pack} units by override" in page.text
    (kept,) = recorded(bench.premises, action).to_dicts()
    assert (kept["quantity"], kept["expires_on"].isoformat()) == (pack, "2026-01-01")
    told = {**before, "decision": "approve", "role": "buyer", "reason": "agreed"}
    page = ben.post(f"/actions/{action}/decisions", told)
    assert re.search("units were read and .* are asked for by now|approved already", page.text)
    assert recorded(bench.premises, action).height == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reason": " "}, "a reason must be given"),
        ({"decision": "override", "quantity": "many"}, "should be a valid integer"),
        ({"decision": "override"}, "an override needs what it changes"),
        ({"decision": "override", "quantity": "1"}, "the last day it holds"),
        ({"decision": "defer"}, "a deferral needs the time"),
        ({"decision": "reject"}, "The reason code is missing; known: event_ahead"),
        ({"reason_code": "because"}, "because is no reason code of policy"),
        ({"role": "king"}, "there is no role"),
        ({"role": "merchandiser"}, "may not decide this kind of action"),
        ({"decision": "delete"}, "approve"),
    ],
)
def test_what_could_not_count_is_refused_in_words(bench, fields, words):
    action = list_waiting(bench.premises, "buyer")[0]["action_id"]
    client = bench.sign_on("Ann", "buyer")
    stated = {"decision": "approve", "role": "buyer", **fields}
    page = decide(client, action, **stated)
    assert words in page.text.replace("&#39;", "'")
    assert recorded(bench.premises, action).is_empty()


def test_a_form_of_an_older_plan_decides_nothing(bench):
    action = list_waiting(bench.premises, "buyer")[0]["action_id"]
    client = bench.sign_on("Ann", "buyer")
    page = decide(client, action, "approve", "buyer", plan_words="2020-01-01.1")
    assert page.status == 400
    assert "A newer plan is there" in page.text
    assert recorded(bench.premises, action).is_empty()


def test_who_is_not_in_charge_is_denied_and_noted(bench):
    store = bench.premises.store
    action = list_waiting(bench.premises, "buyer")[0]["action_id"]
    admin = enter(store, "Ada", "administrator")
    token = enter(store, "Bo", "buyer", by=admin, regions=("nowhere",))
    page = decide(bench.sign_on_by(token), action, "approve", "buyer")
    assert "Bo is not in charge of that as buyer" in page.text
    assert store.payloads("access_denied")[-1]["who"] == "Bo"
    right = enter(store, "Cleo", "buyer", by=admin)
    page = decide(bench.sign_on_by(right), action, "approve", "buyer")
    assert "1 recorded" in page.text
    assert store.payloads("decision_signed")[-1]["name"] == "Cleo"


def test_a_plan_that_is_published_is_shown_at_once(bench, folder):
    client = bench.sign_on("Ann", "planner")
    before = client.get("/worklist").find("<strong>([\\d,]+)</strong> actions")
    warehouse = warehouse_of(folder)
    kept = warehouse.read(CONTRACTS["proposals"], LAST).drop("business_date")
    warehouse.write(CONTRACTS["proposals"], LAST, kept.filter(pl.col("kind") != "allocation"))
    assert client.get("/worklist").find("<strong>([\\d,]+)</strong> actions") == before
    warehouse.publish_copy()
    warehouse.close()
    after = client.get("/worklist").find("<strong>([\\d,]+)</strong> actions")
    assert int(after) < int(before)
