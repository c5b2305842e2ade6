"""The story of an action, from the rows that its plan read to what came of it, and its audit."""

import json
import shutil
import sqlite3
from datetime import datetime, time, timedelta

import polars as pl
import pytest
from simulated import LAST, PROJECT, plenish_here, send_rows, warehouse_of

from governance import EVER, open_store
from quality_checks.contracts import CONTRACTS

NEXT = LAST + timedelta(days=1)
COME = 5


def run(root, *arguments):
    done = plenish_here(root, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def answered(moving, tmp_path_factory):
    """The moving retailer a day on: the ERP made an order of an exported line, and some came."""
    root = tmp_path_factory.mktemp("answered") / "retailer"
    shutil.copytree(moving, root)
    warehouse = warehouse_of(root)
    lines = warehouse.read(CONTRACTS["export_lines"], LAST)
    line = lines.filter(kind="purchase_order").row(0, named=True)
    ordered = line["quantity"]
    answer = {"idempotency_key": line["idempotency_key"], "batch": "1", "status": "accepted"}
    answer |= {"erp_document": "ERP77", "message": "as asked", "acknowledged_on": NEXT}
    order = {"po": "ERP77", "line": 1, "supplier": line["supplier"], "sku": line["sku"]}
    order |= {"destination": line["destination"], "ordered_on": NEXT, "requested_on": NEXT}
    order |= {"ordered_quantity": ordered, "delivered_quantity": COME, "unit_price": 1.0}
    order |= {"status": "shipped"}
    receipt = {"receipt_id": "R9", "line": 1, "timestamp": datetime(NEXT.year, NEXT.month, NEXT.day)}  # fmt: skip  # noqa: DTZ001, E501  # local by contract
    receipt |= {"sku": line["sku"], "location": line["destination"], "po": "ERP77", "po_line": 1}
    receipt |= {"received": COME, "rejected": 1}
    sent = {"acknowledgements": answer, "purchase_orders": order, "receipts": receipt}
    for source, row in sent.items():
        send_rows(root, source, pl.DataFrame([row]), f"{NEXT}.parquet")
        warehouse.load(root / "landing", source, NEXT)
    warehouse.close()
    return root, line


def test_the_story_goes_from_landed_rows_to_receipts(answered):
    root, line = answered
    told = run(root, "trace", line["action_id"][:12])
    headings = [text for text in told.splitlines() if text and not text.startswith(" ")]
    assert headings == [
        *("Proposed", "What it rests on", "Plan", "Policy", "Decided", "Left", "Answered"),
        "Outcome",
    ]
    assert f"Batch {LAST}/1: {line['quantity']:,} units" in told
    assert (
        f'accepted as ERP77 on {NEXT}: "as asked" (acknowledgements/{NEXT}.parquet, row 1)' in told
    )
    assert f"Order ERP77 line 1: {COME} of {line['quantity']:,} units delivered" in told
    assert f"{COME} units, 1 refused (receipts/{NEXT}.parquet, row 1)" in told
    assert f"In all {COME} of {line['quantity']:,} units came" in told
    # Policy, plan and batch are named with their place in the chain.
    assert told.count("of the audit chain)") == 3


def test_the_files_behind_an_action_hold_the_rows_that_are_named(answered):
    root, line = answered
    story = json.loads(run(root, "trace", line["action_id"], "--json"))
    assert {"stock", "pos_sales", "item_suppliers", "products"} <= {
        row["source"] for row in story["inputs"]
    }
    masters = [row for row in story["inputs"] if row["source"] == "products"]
    (row,) = masters
    content = pl.read_csv(root / "landing" / row["file_name"], infer_schema=False)
    assert content["sku"][row["row"] - 1] == line["sku"]
    assert all(row["file_date"] <= str(LAST) for row in story["inputs"])
    assert story["action"]["action_id"] == line["action_id"]
    assert story["export_line"]["idempotency_key"] == line["idempotency_key"]
    rules = {"purchase_small", "purchase_medium", "purchase_large", "purchase_on_old_terms"}
    assert story["route"]["rule"].partition(":")[0] in rules | {"dear_floor", "low_confidence"}
    assert story["rule"]["when"]["kind"] == "purchase_order"
    assert [event["kind"] for event in story["audit_events"]] == [
        *("policy_changed", "plan_made", "batch_exported")
    ]


def test_every_role_that_decided_is_told_with_its_event(waiting):
    proposals = warehouse_of(waiting).read(CONTRACTS["proposals"], LAST)
    action = find_order(proposals)
    run(waiting, "approve", action, "--author", "ann", "--role", "buyer", "--reason", "agreed")
    told = run(waiting, "trace", action)
    assert "ann as buyer at " in told
    assert "approve of" in told
    assert '"agreed" (event' in told
    assert "It has not left." in told
    assert "Nothing was sent." in told


def test_what_has_left_stands_as_it_left_whatever_is_switched_off_since(night):
    lines, routed = (
        warehouse_of(night).read(CONTRACTS[n], LAST) for n in ("export_lines", "routed")
    )
    action = lines.join(routed.filter(route="auto"), on="action_id")["action_id"][0]
    rule = routed.filter(action_id=action)["rule"][0]
    run(night, "automation", "off", "--author", "ann", "--reason", "wrong stock")
    told = run(night, "trace", action)
    assert f"Rule {rule} sent it to auto (event" in told
    assert "It is for: " in told
    assert "It stands: approved by policy." in told
    assert "waiting" not in told
    # A run routes it anew, which calls nothing back.
    anew = routed.drop("business_date").with_columns(status=pl.lit("waiting"))
    warehouse = warehouse_of(night)
    warehouse.write(CONTRACTS["routed"], LAST, anew)
    warehouse.close()
    told = run(night, "trace", action)
    assert f"Rule {rule} would send it now" in told
    assert "It has left; routed anew since then it would be waiting" in told


def test_a_changed_policy_is_not_what_sent_an_action_away(night, tmp_path):
    lines = warehouse_of(night).read(CONTRACTS["export_lines"], LAST)
    routed = warehouse_of(night).read(CONTRACTS["routed"], LAST)
    left = lines["action_id"][0]
    rule = routed.filter(action_id=left)["rule"][0]
    waits = routed.filter(status="waiting")["action_id"][0]
    policies = shutil.copytree(PROJECT / "data" / "policies", tmp_path / "policies")
    rules = (policies / "actions.yaml").read_text()
    (policies / "actions.yaml").write_text(rules.replace("- name: ", "- name: new_"))
    done = plenish_here(night, "trace", left, policies=policies)
    assert f"Rule {rule} sent it to" in done.stdout
    assert "It is for: " in done.stdout
    # What waits is routed by the changed policies, which no plan has recorded yet.
    done = plenish_here(night, "trace", waits, policies=policies)
    assert "Rule new_" in done.stdout
    assert "are not in the chain." in done.stdout


def test_what_left_with_an_earlier_version_of_the_plan_has_a_story(replanned):
    warehouse = warehouse_of(replanned)
    lines, proposed = (warehouse.read(CONTRACTS[n], LAST) for n in ("export_lines", "proposals"))
    warehouse.close()
    gone = lines.filter(plan_version=1).join(proposed, on="action_id", how="anti")
    line = gone.row(0, named=True)
    told = run(replanned, "trace", line["action_id"])
    assert f"Version 1 of {LAST}" in told
    assert "It stands: it has left." in told
    assert f"Batch {LAST}/1: {line['quantity']:,} units" in told
    for action in gone.unique("kind", keep="first")["action_id"]:
        story = json.loads(run(replanned, "trace", action, "--json"))
        assert story["plan"]["plan_version"] == 1
        assert story["route"] is None


def test_who_signed_and_who_was_denied_is_told(waiting):
    action = find_order(warehouse_of(waiting).read(CONTRACTS["proposals"], LAST))
    said = ("--author", "ann", "--role", "buyer", "--reason", "agreed")
    run(waiting, "approve", action, *said)
    store = open_store(f"sqlite:///{waiting / 'governance' / 'decisions.sqlite'}")
    at = datetime.combine(LAST, time())
    (decision,) = store.decisions(EVER)["decision_id"]
    signed = {"decision_id": decision, "name": "ann", "sort": "agent", "in_place_of": "ben"}
    store.append_event("decision_signed", signed, at)
    tried = {"what": "approve", "action_id": action, "author": "eve", "role": "finance"}
    store.append_event("access_denied", {**tried, "who": "nobody", "why": "No token."}, at)
    store.close()
    told = run(waiting, "trace", action)
    assert ", by the token of ann, agent in place of ben (event " in told
    assert f'Denied to nobody at {at.isoformat()}: approve by eve as finance, "No token."' in told
    story = json.loads(run(waiting, "trace", action, "--json"))
    assert story["signatures"][0]["name"] == "ann"
    assert story["denials"][0]["why"] == "No token."


def test_what_names_no_action_or_several_is_refused(answered):
    root, _ = answered
    for digits in ("zz", "ffffffffffffffffffffffff", ""):
        done = plenish_here(root, "trace", digits)
        assert done.returncode == 1
        assert done.stderr.startswith("plenish: ")


def test_every_kind_has_a_story(answered):
    root, _ = answered
    proposals = warehouse_of(root).read(CONTRACTS["proposals"], LAST)
    for action in proposals.unique("kind", keep="first")["action_id"]:
        assert "It stands: " in run(root, "trace", action)


@pytest.fixture
def night(moving, tmp_path):
    """A copy of the moving retailer, with the key, the heads and the batch of its night."""
    return shutil.copytree(moving, tmp_path / "night")


def test_the_log_of_a_night_is_written_for_mining(night, tmp_path):
    out = tmp_path / "log.json"
    assert f"{out.name}: " in run(night, "audit", "log", str(out)).replace("\n", "")
    log = json.loads(out.read_text(encoding="utf-8"))
    assert {"plan", "propose", "export"} <= {event["type"] for event in log["events"]}
    known = {each["id"] for each in log["objects"]}
    told = {each["objectId"] for event in log["events"] for each in event["relationships"]}
    assert told <= known


def test_the_audit_of_a_night_tells_of_a_kill_switch_that_was_undone(night):
    run(night, "automation", "off", "--author", "ann", "--reason", "wrong stock")
    whole = run(night, "audit", "verify")
    assert "The audit chain is whole" in whole
    with sqlite3.connect(night / "governance" / "decisions.sqlite") as store:
        sequence, _ = store.execute("SELECT max(sequence), 1 FROM audit_events").fetchone()
        store.execute("DELETE FROM audit_events WHERE sequence = ?", (sequence,))
        (last,) = store.execute(
            "SELECT hash FROM audit_events WHERE sequence = ?", (sequence - 1,)
        ).fetchone()
        head = json.dumps({"hash": last, "sequence": sequence - 1}, separators=(",", ":"))
        store.execute("UPDATE settings SET value = ? WHERE name = 'audit_head'", (head,))
    store.close()
    done = plenish_here(night, "audit", "verify")
    assert done.returncode == 1
    assert f"but the chain ends at event {sequence - 1}" in done.stdout


def test_an_auditor_verifies_by_the_key_he_was_given(night, tmp_path):
    printed = run(night, "audit", "key")
    assert "PRIVATE" not in printed
    key = tmp_path / "auditor.pub"
    key.write_text(printed)
    run(night, "audit", "verify", "--public-key", str(key))
    shutil.rmtree(night / "keys")
    run(night, "automation", "on", "--author", "eve", "--reason", "quiet")
    done = plenish_here(night, "audit", "verify", "--public-key", str(key))
    assert done.returncode == 1
    assert "is signed with key" in done.stdout


def test_an_auditor_leaves_everything_as_it_is(night, tmp_path):
    key = tmp_path / "auditor.pub"
    key.write_text(run(night, "audit", "key"))
    heads = (night / "audit" / "heads.jsonl").read_bytes()
    shutil.rmtree(night / "keys")
    before = read_events(night)
    run(night, "audit", "verify", "--public-key", str(key))
    # Nor does who has no key by name.
    plenish_here(night, "audit", "verify")
    assert read_events(night) == before
    assert (night / "audit" / "heads.jsonl").read_bytes() == heads
    assert not (night / "keys").exists()


def test_a_chain_that_is_broken_is_not_published(night):
    heads = (night / "audit" / "heads.jsonl").read_bytes()
    path = night / "governance" / "decisions.sqlite"
    opened = open_store(f"sqlite:///{path}")
    opened.append_event("note", {}, datetime.combine(LAST, time()))
    opened.close()
    with sqlite3.connect(path) as store:
        store.execute("UPDATE audit_events SET payload = '{}' WHERE sequence = 2")
    store.close()
    done = plenish_here(night, "audit", "verify")
    assert "event 2" in done.stdout
    assert done.returncode == 1
    assert (night / "audit" / "heads.jsonl").read_bytes() == heads


def read_events(root):
    """All events of the chain."""
    store = sqlite3.connect(root / "governance" / "decisions.sqlite")
    found = store.execute("SELECT * FROM audit_events ORDER BY sequence").fetchall()
    store.close()
    return found


def test_a_kill_switch_of_a_kind_is_set_by_command(waiting):
    run(waiting, "automation", "on", "--author", "ann", "--reason", "counted")
    said = ("--author", "ann", "--reason", "count")
    told = run(waiting, "automation", "off", "--kind", "purchase_order", *said)
    assert "Automation of purchase_order is off: every one goes to review." in told
    proposals = warehouse_of(waiting).read(CONTRACTS["proposals"], LAST)
    story = json.loads(run(waiting, "trace", find_order(proposals), "--json"))
    assert story["route"]["route"] == "review"
    for unknown in (("--kind", "purchases"), ("--region", "nowhere")):
        done = plenish_here(waiting, "automation", "off", *unknown, *said)
        assert done.returncode == 1
        assert "known: " in done.stderr


def test_a_changed_policy_is_tried_on_the_night(waiting, tmp_path):
    rules = (PROJECT / "data" / "policies" / "actions.yaml").read_text()
    (tmp_path / "actions.yaml").write_text(rules.replace("route: auto", "route: review"))
    told = run(waiting, "policy", "dry-run", "--policies", str(tmp_path), "--days", "3")
    assert "1 business dates with actions." in told
    assert "allocator" in told
    (tmp_path / "actions.yaml").write_text("automation: perhaps")
    done = plenish_here(waiting, "policy", "dry-run", "--policies", str(tmp_path))
    assert done.returncode == 1
    assert "field automation" in done.stderr


def find_order(proposals):
    """An order to a supplier."""
    return proposals.filter(kind="purchase_order")["action_id"][0]
