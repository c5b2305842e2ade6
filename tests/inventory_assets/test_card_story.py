"""A regional promotion sells far more than it should: from landing files to a case with answers.

The first day of a promotion of knitwear brings several times what the forecast had, in the stores
of its region and at the marketplaces, while another region is slack; the markdown of knitwear
is listed for three days later.
"""

from datetime import date, timedelta

import polars as pl
import pytest
from simulated import plenish_here, warehouse_of

from quality_checks.contracts import CONTRACTS
from simulation.retailer import Surge, size_retailer, write_retailer

pytestmark = pytest.mark.proof

FIRST = date(2025, 9, 27)
RETAILER = size_retailer("tiny").model_copy(
    update={
        "last_date": FIRST,
        "days": 98,
        "stores": 6,
        "skus": 40,
        "pos_lines_per_day": 900,
        "surge": Surge(category="knitwear", days=1, more=3.2, less=0.3),
    }
)
NIGHTS_BEFORE = 4
"""What is usual is known by nights that were planned."""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Reads a table of the night after the promotion has begun, or of one before."""
    root = tmp_path_factory.mktemp("story")
    write_retailer(RETAILER, root, seed=7)
    for before in range(NIGHTS_BEFORE, -1, -1):
        night = FIRST - timedelta(days=before)
        done = plenish_here(root, "plan", "--date", str(night))
        assert done.returncode == 0, done.stdout + done.stderr
    return lambda name, night=FIRST: warehouse_of(root).read(CONTRACTS[name], night)


def about_knitwear(exceptions):
    return exceptions.filter(pl.col("kind").str.starts_with("demand"), category="knitwear")


def test_the_first_day_is_enough_to_see_it_and_none_before_showed_it(told):
    (seen,) = about_knitwear(told("exceptions")).rows(named=True)
    assert (seen["state"], seen["channel"], seen["first_seen_on"]) == ("new", "store", FIRST)
    assert seen["observed"] > 2 * seen["expected"]
    assert seen["money_at_risk"] > 0
    assert about_knitwear(told("exceptions", FIRST - timedelta(days=1))).is_empty()


def test_one_case_holds_what_answers_it_over_kinds(told):
    (seen,) = about_knitwear(told("exceptions")).rows(named=True)
    (case,) = told("cases").filter(exception_id=seen["exception_id"]).rows(named=True)
    assert (case["playbook"], case["state"], case["owner"]) == (
        "demand_shifts",
        "waiting",
        "planner",
    )
    answers = told("case_actions").filter(case_id=case["case_id"])
    # The markdown is put off where it sells, and more is bought.
    assert {*answers["kind"]} >= {"markdown_deferral", "purchase_order"}
    items = warehouse_categories(told)
    assert {items[sku] for sku in answers["sku"]} == {"knitwear"}
    routed = told("routed").join(answers, on="action_id", how="semi")
    assert {*routed["status"]} == {"waiting"}
    roles = {role for asked in routed["roles"] for role in asked.split(";")}
    assert "merchandiser" in roles
    # Finance sees what the answers would bind.
    assert case["exposure_change"] > 0
    alerts = told("case_alerts").filter(case_id=case["case_id"], reason="opened")
    assert {"merchandiser", "finance"} <= {*alerts["role"]}


def warehouse_categories(told):
    pairs = told("planning_pairs").select("sku", "category").unique()
    return dict(pairs.rows())
