"""What the plan is worth against a rule before, in the terms of executives."""

import polars as pl
import pytest
from scipy import stats

from governance import load_planning_policy
from inventory_assets.project import PROJECT
from simulation.replay import build_demo_worlds, choose_rule, list_compared, play_contest
from simulation.replay.worth import tabulate_worth
from simulation.retailer import size_retailer

MISSION = [
    "revenue protected",
    "stock-outs",
    "turns",
    "markdown efficiency",
    "fulfilment cost",
    "transfer efficiency",
    "planner productivity",
    "working capital",
]
SAME = {"stock_outs": 0.1, "turns": 4.0, "markdown_efficiency": 0.9, "fulfilment_cost": 0.5}


def figures(*rows):
    return pl.DataFrame([
        {**SAME, "retailer": retailer, "policy": policy, **told}
        for retailer, policy, told in rows
    ])  # fmt: skip


def played(retailer, *, lost, moved=50.0, touches=2.0):
    """A retailer at which transfers of 50 earn 100 and the rule loses 30 more than the plan."""
    ours = {"lost_revenue": lost, "stock_value": 800.0, "revenue": 1000.0, "touches": touches}
    mine = {**ours, "profit": 400.0, "transfer_cost": moved}
    still = {**ours, "profit": 300.0, "transfer_cost": 0.0}
    rule = {**ours, "lost_revenue": 30.0 + 2 * lost, "stock_value": 900.0, "touches": 4.0}
    rule |= {"profit": 200.0, "transfer_cost": 0.0}
    told = (("ours", mine), ("ours_without_transfers", still), ("min_max", rule))
    return [(retailer, policy, each) for policy, each in told]


def tabulate(*rows):
    table = tabulate_worth(figures(*rows), before="min_max", days=10)
    assert [row.term for row in table] == MISSION
    assert all(row.assumption.endswith(".") for row in table)
    return {row.term: row for row in table}


def test_gains_are_for_the_better_and_paired_over_retailers():
    table = tabulate(*played(1, lost=10.0), *played(2, lost=20.0))
    row = table["revenue protected"]
    assert (row.before, row.planned, row.gain) == (60.0, 15.0, 45.0)
    low, high = stats.ttest_rel([50.0, 70.0], [10.0, 20.0]).confidence_interval(0.95)
    assert (row.low, row.high) == pytest.approx((low, high))
    assert table["working capital"].gain == 100.0
    assert table["turns"].gain == 0.0


def test_transfers_earn_by_what_they_cost_and_the_rule_has_none():
    row = tabulate(*played(1, lost=10.0), *played(2, lost=20.0, moved=100.0))["transfer efficiency"]
    assert row.before is None
    assert row.gain == row.planned == pytest.approx((100 / 50 + 100 / 100) / 2)


def test_a_planner_has_what_is_sold_for_each_line_that_he_looks_at():
    row = tabulate(*played(1, lost=10.0))["planner productivity"]
    assert (row.before, row.planned, row.gain) == (25.0, 50.0, 25.0), "of 40 lines, and of 20"
    assert (row.low, row.high) == (None, None), "one retailer bounds nothing"


def test_what_is_not_known_is_missing_and_no_zero():
    table = tabulate(*played(1, lost=10.0, moved=0.0, touches=0.0), *played(2, lost=20.0))
    for term in ("transfer efficiency", "planner productivity"):
        row = table[term]
        assert (row.planned, row.gain, row.low, row.high) == (None, None, None, None), term
    assert table["planner productivity"].before == 25.0


@pytest.mark.parametrize(
    ("name", "figure", "said"),
    [
        ("luck", {}, "no rule 'luck'; there are weeks_of_cover"),
        ("ours", {}, "no rule 'ours'"),
        ("min_max", {"cover_weeks": 4.0}, "min_max has no weeks of cover; weeks_of_cover has"),
        ("weeks_of_cover", {"service": 0.9}, "weeks_of_cover has no service"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(name, figure, said):
    with pytest.raises(ValueError, match=said):
        choose_rule(name, **figure)


def test_a_retailer_names_his_own_weeks_of_cover_and_service():
    policy = load_planning_policy(PROJECT / "data" / "policies" / "planning.yaml")
    worlds = list(build_demo_worlds(size_retailer("tiny"), [1], 70))
    rules = {
        "usual": choose_rule("weeks_of_cover"),
        "lean": choose_rule("weeks_of_cover", cover_weeks=1.0),
        "points": choose_rule("reorder_point"),
        "bold": choose_rule("reorder_point", service=0.6),
    }
    stock = dict(play_contest(worlds, policy, entrants=rules)["policy", "stock_value"].iter_rows())
    # What lay there at first has sold by then.
    assert stock["lean"] < stock["usual"]
    assert stock["bold"] < stock["points"]


def test_the_plan_plays_with_and_without_transfers():
    rule = choose_rule("min_max")
    assert list(list_compared("min_max", rule)) == ["ours", "ours_without_transfers", "min_max"]


def test_a_rule_that_sells_nothing_has_no_cost_a_unit():
    rows = [
        (retailer, policy, told | {"revenue": 0.0, "fulfilment_cost": 0.0})
        if policy == "min_max"
        else (retailer, policy, told)
        for retailer, policy, told in played(1, lost=10.0) + played(2, lost=20.0)
    ]
    assert tabulate(*rows)["fulfilment cost"].before is None
