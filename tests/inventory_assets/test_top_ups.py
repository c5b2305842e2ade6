"""A plan that is made again by day adds to what has left: real files, real batches."""

import shutil

import polars as pl
import pytest
from landing_folder import at, day
from simulated import LAST, exported, materialize, warehouse_of

from governance.exchange import read_batches
from quality_checks.contracts import CONTRACTS

LINES = CONTRACTS["export_lines"]


def handed_out(root):
    return warehouse_of(root).read_until(LINES, LAST)


@pytest.fixture
def root(replanned, tmp_path):
    return shutil.copytree(replanned, tmp_path / "retailer")


def test_what_is_still_needed_left_as_a_part_of_its_own(replanned):
    proposals = warehouse_of(replanned).read(CONTRACTS["proposals"], LAST)
    parts = proposals.filter(pl.col("parts_before") != "")
    assert parts.height > 0
    lines = handed_out(replanned)
    first = lines.filter(plan_version=1)
    keys = ["kind", "sku", "origin", "destination"]
    beside = parts.join(
        first, left_on="parts_before", right_on="action_id", validate="1:1", suffix="_first"
    )
    assert beside.height == parts.height
    for key in keys:
        assert beside[key].equals(beside[f"{key}_first"], check_names=False)
    assert beside["left_before"].equals(beside["quantity_first"], check_names=False)
    assert parts["reason_codes"].str.contains("part_has_left").all()
    assert not first["action_id"].is_in(parts["action_id"].to_list()).any()
    left = lines.filter(plan_version=2).join(parts, on="action_id")
    routed = warehouse_of(replanned).read(CONTRACTS["routed"], LAST).filter(status="approved")
    approved = parts.join(routed, on="action_id", how="semi").sort("action_id")["action_id"]
    assert approved.len() > 0
    assert left.select("action_id", "batch").rows() == [(action, 2) for action in approved]
    assert lines["idempotency_key"].is_unique().all()


def test_exporting_again_hands_out_nothing(root):
    before = exported(root)
    materialize(root, LAST, "routed", "export_lines")
    assert exported(root) == before


def test_a_batch_of_a_process_that_died_is_on_its_way_for_the_next_plan(root):
    lines = handed_out(root)
    booked = lines.filter(batch=1).drop("business_date")
    warehouse_of(root).write(LINES, LAST, booked)
    assert handed_out(root)["plan_version"].max() == 1
    materialize(root, LAST, "plan_versions")
    assert handed_out(root).equals(lines)
    versions = warehouse_of(root).read(CONTRACTS["plan_versions"], LAST)
    assert versions.select("plan_version", "current").rows() == [(1, False), (2, True)]
    assert read_batches(root / "exports", LAST).height == lines.height


def test_a_decision_about_what_has_left_is_about_a_known_action(shop):
    left, unknown = "a" * 24, "f" * 24
    facts = {"decision": "approve", "author": "ann", "role": "allocator", "reason": "seen"}
    rows = [
        {"decision_id": number, "action_id": action, "decided_at": at(0), **facts}
        for number, action in (("1", left), ("2", unknown))
    ]
    shop.send("decisions", 0, rows)
    shop.load("decisions", 0)
    line = {
        "batch": 1, "idempotency_key": "k", "action_id": left, "plan_version": 1,
        "kind": "transfer", "sku": "A", "origin": "S1", "destination": "S2", "supplier": None,
        "due_on": day(2), "quantity": 6, "unit_value": 4.0, "value": 24.0, "currency": "EUR",
        "details": None,
    }  # fmt: skip
    schema = {name: kind for name, kind in LINES.schema.items() if name != "business_date"}
    shop.warehouse.write(LINES, day(0), pl.DataFrame([line], schema=schema))
    known = shop.warehouse.query("decided_actions", day(0))
    assert known.select("action_id", "kind", "business_date", "quantity", "packs").rows() == [
        (left, "transfer", day(0), 6, 6)
    ]
