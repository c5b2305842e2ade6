"""A kind of action that a package of its own declares works everywhere, no other file touched."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]


@pytest.fixture(scope="module")
def night(planned, tmp_path_factory):
    """What a night with consignments, declared in a temporary package, says in a new process."""
    folder = tmp_path_factory.mktemp("another_package")
    root = shutil.copytree(planned, folder / "retailer")
    (folder / "consignment").mkdir()
    shutil.copy(HERE / "kind_of_another_package.py", folder / "consignment" / "__init__.py")
    done = subprocess.run(
        [sys.executable, str(HERE / "night_with_consignments.py"), str(root)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (folder, PROJECT)))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_proposals_come_from_its_plan(night):
    assert "consignment_plan" in night["deps"]
    assert len(night["confidence"]) == 2


def test_its_money_is_of_the_days_budget_and_its_roles_decide(night):
    approved, waiting = night["routed"]
    # The rule lets it go by itself, the budget of 0 does not.
    assert approved == ["consignment:over_budget", "approved", "ann"]
    assert waiting == ["consignment:over_budget", "waiting", None]


def test_the_worklist_says_it_in_its_words(night):
    ((kind, roles, summary, reasons),) = night["worklist"]
    assert (kind, roles) == ("consignment", "procurement")
    assert summary.startswith("Take in 30 of ")
    assert " under A1: keeps 1,000,000.00 of margin, gains " in summary
    assert "The supplier offers to bear the risk." in reasons


def test_its_explanation_adds_up_beside_those_of_every_other_kind(night):
    assert night["explained"] == [[True, 0]]
    steps = {name: (value, words, rest) for name, value, words, *rest in night["explanation"]}
    offered, words, (table, key, column) = steps["offered"]
    assert (offered, words) == (30, "that V offers under A0")
    assert (table, column) == ("plans.consignment_plan", "quantity")
    assert key in {f"sku={sku};destination={node}" for sku, node in night["explained pair"]}
    assert steps["quantity"][0] == 30
    assert steps["benefit"][0] == steps["margin_kept"][0] == 1_000_000


def test_its_file_has_its_columns(night):
    header, line = csv.reader(night["batch"].splitlines())
    assert header[-4:] == ["value", "currency", "override_code", "agreement"]
    assert line[-6:] == ["30", "1.2500", "37.50", "EUR", "", "A0"]
    assert [own for own in night["read back"] if own] == ['{"agreement":"A0"}']


def test_its_units_are_on_the_way(night):
    assert night["planned more"] == 30
    assert night["proposed inbound"] == night["others inbound"] + 30


def test_summary_and_pages_name_it(night):
    assert "│ consignment " in night["summary"]
    assert "Take in 30 of " in night["summary"]
    kinds, contracts = night["pages"]
    assert "| `consignment` | Take in {quantity} of {sku}" in kinds
    assert "| `supplier_offers` | `consignment` |" in kinds
    # Proposals, lines of exports and of cases, cancel lines, steps of decisions, and the lines and
    # changes of plans name all kinds.
    assert contracts.count("`stock_count`, `consignment`") == 7
