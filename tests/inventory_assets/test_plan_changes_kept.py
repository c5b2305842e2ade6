"""Versions of a plan are kept beside each other, and each says what it changes."""

import shutil

import duckdb
import polars as pl
import pytest
from rendered import rendered
from simulated import LAST, PROJECT, materialize, warehouse_of

from inventory_assets.cli.changes import print_changes
from inventory_assets.framework import Retailer
from quality_checks.contracts import CONTRACTS

TABLES = ("plan_lines", "plan_terms", "plan_changes")


@pytest.fixture
def root(planned, tmp_path):
    return shutil.copytree(planned, tmp_path / "retailer")


def read(root, name):
    return warehouse_of(root).read(CONTRACTS[name], LAST)


def alter(root, *statements):
    with duckdb.connect(str(warehouse_of(root).path)) as connection:
        for statement in statements:
            connection.execute(statement)


def new_version(root):
    """Put a second version in force, made by another policy; the tables stay as they are."""
    plans = CONTRACTS["plan_versions"].table
    alter(
        root,
        f"INSERT INTO {plans} SELECT * REPLACE (2 AS plan_version, 'h2' AS plan_hash, "
        f"'p2' AS policy_hash) FROM {plans} WHERE business_date = '{LAST}'",
        f"UPDATE {plans} SET current = plan_version = 2 WHERE business_date = '{LAST}'",
        "UPDATE actions.proposals SET plan_version = 2",
    )


def test_a_first_plan_keeps_its_lines_and_has_nothing_to_differ_from(planned):
    lines, proposals = read(planned, "plan_lines"), read(planned, "proposals")
    assert proposals.height > 0
    assert sorted(lines["action_id"]) == sorted(proposals["action_id"])
    assert read(planned, "plan_terms").height == read(planned, "targets").height
    assert read(planned, "plan_changes").is_empty()


def test_terms_make_up_the_position_of_the_targets(planned):
    terms = read(planned, "plan_terms").join(
        read(planned, "targets"), on=["sku", "location"], validate="1:1"
    )
    echelons = terms.filter("echelon", pl.col("there") > pl.col("own_available"))
    assert echelons.height > 0
    position = terms["there"] + terms["on_its_way"]
    assert position.equals(terms["inventory_position"], check_names=False)


def test_a_new_version_says_what_it_changes_and_leaves_the_old_lines(root):
    before = read(root, "plan_lines")
    new_version(root)
    line = read(root, "proposals").sort("value", "action_id").row(-1, named=True)
    where = f"sku = '{line['sku']}' AND location = '{line['destination']}'"
    alter(
        root,
        f"UPDATE actions.proposals SET quantity = quantity + 7, value = value + 7 * unit_value "
        f"WHERE action_id = '{line['action_id']}'",
        f"UPDATE plans.targets SET order_up_to = order_up_to + 7 WHERE {where}",
    )
    materialize(root, LAST, *TABLES)
    kept = read(root, "plan_lines")
    assert kept.filter(plan_version=1).equals(before)
    assert kept.filter(plan_version=2).height == before.height
    (change,) = read(root, "plan_changes").to_dicts()
    assert (change["sku"], change["change"], change["cause"]) == (line["sku"], "larger", "policy")
    assert (change["before_version"], change["quantity"] - change["quantity_before"]) == (1, 7)
    retailer = Retailer(data_folder=str(root), policies_folder=str(PROJECT / "data" / "policies"))
    said = rendered(lambda console: print_changes(retailer, LAST, console), 200)
    assert f"Since the plan before ({LAST}, version 1): 1 actions differ" in said
    assert "the policy changed" in said


def test_the_same_version_again_says_the_same(root):
    new_version(root)
    materialize(root, LAST, *TABLES)
    first = [read(root, name) for name in TABLES]
    materialize(root, LAST, *TABLES)
    again = [read(root, name) for name in TABLES]
    assert all(one.equals(other) for one, other in zip(first, again, strict=True))
