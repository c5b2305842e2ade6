"""A policy file at fault stops no night: what it said before stays in force, as a check says."""

import shutil

import polars as pl
import pytest
from simulated import LAST, PROJECT, materialize, plenish_here, run_here, warehouse_of

from quality_checks.contracts import CONTRACTS

OUTCOMES = CONTRACTS["check_outcomes"]


@pytest.fixture
def spoilt(tmp_path):
    """The policies, of which one rule of actions has a word where a number belongs."""
    folder = shutil.copytree(PROJECT / "data" / "policies", tmp_path / "policies")
    file = folder / "actions.yaml"
    file.write_text(file.read_text().replace("value_above: 20000", "value_above: much", 1))
    return folder


def fault_line(folder):
    lines = (folder / "actions.yaml").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if "much" in line)


def test_the_night_goes_on_by_what_was_valid(planned, spoilt, tmp_path):
    root = shutil.copytree(planned, tmp_path / "retailer")
    versions = CONTRACTS["plan_versions"]
    before = warehouse_of(root).read(versions, LAST)
    routed = warehouse_of(root).read(CONTRACTS["routed"], LAST)
    materialize(root, LAST, "plan_versions", "routed", policies=spoilt)
    assert warehouse_of(root).read(versions, LAST).equals(before), "no other plan"
    assert warehouse_of(root).read(CONTRACTS["routed"], LAST).equals(routed)
    said = warehouse_of(root).read(OUTCOMES, LAST).filter(check="policies_in_force")
    assert said.select("passed", "blocking").row(0) == (False, False)
    words = f"actions.yaml, line {fault_line(spoilt)}: rule 'order_change_large'"
    assert words in said["message"][0]
    materialize(root, LAST, "plan_versions")
    said = warehouse_of(root).read(OUTCOMES, LAST).filter(check="policies_in_force")
    assert said["passed"].all()


def test_a_region_that_does_not_exist_is_named(planned, tmp_path):
    root = shutil.copytree(planned, tmp_path / "retailer")
    folder = shutil.copytree(PROJECT / "data" / "policies", tmp_path / "policies")
    (folder / "regions").mkdir()
    (folder / "regions" / "here.yaml").write_text("region: Nowhere\nautomation: off\n")
    materialize(root, LAST, "plan_versions", policies=folder)
    said = warehouse_of(root).read(OUTCOMES, LAST).filter(check="policies_in_force")
    assert "no location is in the region 'Nowhere'" in said["message"][0]


def test_a_retailer_that_was_never_planned_is_told(masters, spoilt, tmp_path):
    root = shutil.copytree(masters, tmp_path / "retailer")
    done = materialize(root, LAST, "plan_versions", policies=spoilt, check=False)
    assert not done.success


def test_a_decision_goes_by_what_was_valid(waiting, spoilt):
    proposals = warehouse_of(waiting).read(CONTRACTS["proposals"], LAST)
    order = proposals.filter(pl.col("kind") == "purchase_order")["action_id"][0]
    said = ("--author", "ann", "--role", "buyer", "--reason", "agreed")
    done = plenish_here(waiting, "approve", order, *said, policies=spoilt)
    assert done.returncode == 0, done.stderr


def test_the_command_names_file_line_and_field(spoilt):
    done = run_here("policy", "check", "--policies", str(spoilt))
    assert done.returncode == 1
    assert f"actions.yaml, line {fault_line(spoilt)}: rule 'order_change_large'" in done.stdout
    assert "when.value_above" in done.stdout
    done = run_here("policy", "check")
    assert done.returncode == 0
    assert "Valid: actions.yaml, planning.yaml, playbooks.yaml. 26 rules, 0 limits" in done.stdout
