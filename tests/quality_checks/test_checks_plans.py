"""Plans, routes and exports against what they rest on."""

import polars as pl
import pytest

from quality_checks.checks.plans import (
    NOT_PROMISED_TWICE,
    judge_cover,
    judge_decisions,
    judge_export,
    judge_feasibility,
    judge_held,
    judge_price_breaks,
    judge_prices,
    judge_problems,
    judge_rejected,
    judge_routing,
)


def proposals(*actions):
    return pl.DataFrame({"action_id": list(actions)}, schema={"action_id": pl.String})


def routed(*rows):
    """`Routed` rows from (action, status, approved quantity)."""
    schema = {"action_id": pl.String, "status": pl.String, "approved_quantity": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def lines(*rows):
    """`ExportLines` rows from (action, quantity)."""
    return pl.DataFrame(rows, schema={"action_id": pl.String, "quantity": pl.Int64}, orient="row")


def routes(*actions):
    return routed(*((action, "waiting", None) for action in actions))


def broken(check):
    """A row of frame `plan_problems`."""
    words = {"keys": "dc d1, sku a", "expected": "3", "found": "4", "message": "More is sent."}
    return pl.DataFrame([{"check": check, **words}])


def test_a_plan_is_feasible_when_nothing_is_violated():
    violations = broken("dc_supply")
    found = judge_feasibility(violations)
    assert found.failing.equals(violations)
    assert found.message == "1 constraints are broken"
    assert found.check.name == "feasible"
    assert found.check.blocking
    assert judge_feasibility(violations.clear()).passed


def test_what_is_no_list_of_problems_is_refused():
    with pytest.raises(ValueError, match="plan_problems: lacks the columns keys"):
        judge_feasibility(pl.DataFrame({"check": ["dc_supply"]}))


def test_the_joint_check_of_two_plans_has_its_own_name():
    found = judge_feasibility(broken("promised_twice"), NOT_PROMISED_TWICE)
    assert found.check.name == "not_promised_twice"
    assert found.check.blocking


def test_prices_that_may_be_wrong_are_told_by_what_is_wrong_and_stock_past_its_season_is_not():
    cautions = ["", "left_range_with_stock", "sells_below_cost", "no_price;sells_below_cost"]
    values = pl.DataFrame({"sku": list("abcd"), "location": "s1", "cautions": cautions})
    values = values.with_columns(
        *(pl.lit(1.0).alias(name) for name in ("list_price", "unit_cost", "selling_price")),
        realised_price=pl.lit(None, pl.Float64),
        basis=pl.lit("offers"),
    )
    found = judge_prices(values)
    assert found.failing["sku"].to_list() == ["c", "d"]
    assert found.message == (
        "2 pairs are valued at prices that may be wrong: sells below cost 2, no price 1"
    )
    assert judge_prices(values.head(2)).passed


def worth(benefit, rejected, forced=0.0, **changes):
    stated = {"benefit": benefit, "forced_cost": forced, "rejected": rejected}
    given = {"kind": "sourcing", "binding": "cost", "reason_codes": "cheaper_node", "details": None}
    return stated | given | changes


@pytest.mark.parametrize(
    ("problem", "action"),
    [
        (None, worth(5.0, "leave it where it is, worth 0.00")),
        (None, worth(5.0, "20 units, worth 5.01")),
        (None, worth(-3.0, "no line, worth 0.00", forced=3.0)),
        (None, worth(1.0, "none")),
        (None, worth(1.0, "mark down to 9.99, worth 7.00", binding="department_budget")),
        (None, worth(1.0, "20 units, worth 5.00", reason_codes="below_target;part_has_left")),
        ("loses", worth(-0.96, "leave it where it is, worth 0.00")),
        ("loses", worth(-3.0, "none", forced=2.0)),
        ("better_alternative", worth(3.0, "ship from D01 on 2025-10-01, worth 3.50")),
        ("better_alternative", worth(3.0, "no order, worth 6.00", forced=2.5)),
    ],
)
def test_no_action_loses_or_is_worth_less_than_what_it_rejects(problem, action):
    found = judge_rejected(
        pl.DataFrame([action | {"action_id": "a"}], schema_overrides={"details": pl.String})
    )
    assert found.passed == (problem is None)
    assert found.failing["problem"].to_list() == ([] if problem is None else [problem])


@pytest.mark.parametrize(
    ("quantity", "reason", "passes"),
    [(111, "below_target", True), (112, "below_target", False), (500, "price_break", True)],
)
def test_an_order_that_lasts_too_long_needs_a_reason(quantity, reason, passes):
    """70 days until the next goods, and 30 beyond, at two a day: 200, and one that is begun."""
    keys = {"sku": "K", "location": "D1"}
    target = {"inventory_position": 90, "protection_days": 70.0, "demand_mean": 140.0}
    order = {"sku": "K", "destination": "D1", "reason": reason}
    # In two lines, of two suppliers.
    orders = pl.DataFrame([order | {"quantity": 100}, order | {"quantity": quantity - 100}])
    found = judge_cover(orders, pl.DataFrame([keys | target]), 30.0)
    assert found.passed == passes
    nothing = pl.DataFrame([keys | target | {"demand_mean": 0.0}])
    assert judge_cover(orders, nothing, 30.0).passed


def test_items_of_one_price_may_gain_together():
    together = {"kind": "markdown_deferral", "details": '{"document": "red"}'}
    given = [worth(-126.0, "none", **together), worth(180.0, "none", **together)]
    rows = pl.DataFrame([row | {"action_id": f"a{n}"} for n, row in enumerate(given)])
    assert judge_rejected(rows).passed
    assert not judge_rejected(rows.head(1)).passed


def test_pairs_that_could_not_be_planned_warn():
    problems = pl.DataFrame({"sku": ["a", "b"], "problem": ["no_forecast", "no_lead_time"]})
    found = judge_problems(problems)
    assert found.message == "2 pairs could not be planned"
    assert not found.check.blocking
    assert judge_problems(problems.clear()).passed


def test_decisions_that_cannot_count_warn():
    refused = pl.DataFrame({"decision_id": ["d1"], "problem": ["The role is unknown."]})
    found = judge_decisions(refused)
    assert found.failing.equals(refused)
    assert found.message == "1 decisions cannot count"
    assert not found.check.blocking
    assert judge_decisions(refused.clear()).passed


def test_each_proposal_is_routed_once():
    assert judge_routing(proposals("x", "y"), routes("y", "x")).passed
    assert judge_routing(proposals(), routes()).passed


@pytest.mark.parametrize(
    ("proposed", "given", "failing"),
    [
        (("x", "y"), ("x",), [("y", None)]),
        (("x", "y"), ("x", "y", "y"), [("y", 2)]),
        (("x",), ("x", "stranger"), [("stranger", 1)]),
        ((), ("stranger",), [("stranger", 1)]),
    ],
    ids=["not routed", "routed twice", "routed though not proposed", "nothing proposed"],
)
def test_a_proposal_that_is_not_routed_once_blocks(proposed, given, failing):
    found = judge_routing(proposals(*proposed), routes(*given))
    assert found.failing.rows() == failing
    assert found.check.blocking


def test_a_line_is_an_approved_action_in_its_quantity():
    approved = routed(("x", "approved", 5), ("y", "waiting", None), ("z", "approved", 0))
    assert judge_export(lines(("x", 5)), approved).passed
    assert judge_export(lines(), approved).passed


@pytest.mark.parametrize(
    ("line", "failing"),
    [
        (("x", 6), ("x", 6, 5)),
        (("y", 4), ("y", 4, None)),
        (("r", 4), ("r", 4, None)),
        (("stranger", 1), ("stranger", 1, None)),
    ],
    ids=["another quantity", "waiting", "rejected", "unknown"],
)
def test_a_line_that_nobody_approved_so_blocks(line, failing):
    given = routed(("x", "approved", 5), ("y", "waiting", None), ("r", "rejected", None))
    found = judge_export(lines(line, ("x", 5)), given)
    assert found.failing.rows() == [failing]
    assert found.check.blocking


def test_a_break_that_rises_and_an_order_that_is_held_are_told():
    breaks = pl.DataFrame({"sku": ["A", "A"], "from_quantity": [10, 20], "falls": [True, False]})
    assert judge_price_breaks(breaks.head(1)).passed
    assert judge_price_breaks(breaks).failing.rows() == [("A", 20)]
    held = pl.DataFrame({"document": ["D1"], "missing": [10.0]})
    assert judge_held(held.clear()).passed
    found = judge_held(held)
    assert found.failing.rows() == [("D1", 10.0)]
    assert not found.check.blocking
