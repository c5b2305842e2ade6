"""What changed since the plan before: every line that differs, and the cause of each."""

from datetime import date

import polars as pl
import pytest

from governance import KeptPlan, PlanVersion, compare_plans, find_plan_before, tabulate_changes
from quality_checks.checks import judge_changes
from quality_checks.contracts import CONTRACTS

DAY = date(2026, 3, 2)
BEFORE = date(2026, 3, 1)
VERSION = PlanVersion(1, "h", "i", "p", "c", "m")
LINE = {
    "plan_version": 1, "action_id": "a", "kind": "allocation", "sku": "K", "partner": "DC",
    "destination": "S", "region": "R", "category": "C", "quantity": 10, "value": 40.0,
    "currency": "EUR", "status": "approved", "approved_quantity": 10, "decided_by": "policy",
}  # fmt: skip
TERM = {
    "plan_version": 1, "sku": "K", "location": "S", "order_up_to": 30, "daily_demand": 4.0,
    "protection_days": 5.0, "underage_cost": 6.0, "overage_cost": 0.1, "there": 15,
    "on_its_way": 5, "own_available": 15,
}  # fmt: skip
SENDER = {**TERM, "location": "DC", "own_available": 100}
"""Need of S: 30 - 15 - 5 = 10 units, which is what it gets."""


def plan(lines, terms, **version):
    def frame(name, rows):
        schema = CONTRACTS[name].schema
        return pl.DataFrame([{"business_date": DAY, **row} for row in rows], schema=schema)

    return KeptPlan(
        VERSION._replace(**version), frame("plan_lines", lines), frame("plan_terms", terms)
    )


def changes(line=None, term=None, sender=None, *, before=None, **version):
    """Changes from the plan of LINE and TERM to the one in which these differ."""
    lines = [] if line is None else [{**LINE, **line}]
    terms = [{**TERM, **(term or {})}, {**SENDER, **(sender or {})}]
    old = plan([LINE] if before is None else before, [TERM, SENDER])
    new = plan(lines, terms, **version)
    found = compare_plans(BEFORE, old, new)
    frame = found.with_columns(business_date=pl.lit(DAY))
    stated = CONTRACTS["plan_changes"].conform(frame)
    assert judge_changes(old.lines, new.lines, stated).passed
    return stated.to_dicts()


def more(units):
    return {"quantity": 10 + units, "value": 4.0 * (10 + units), "approved_quantity": 10 + units}


@pytest.mark.parametrize(
    ("line", "term", "sender", "version", "cause"),
    [
        (more(10), {"daily_demand": 6.0, "order_up_to": 40}, {}, {}, "demand"),
        (
            more(10),
            {"daily_demand": 6.0, "order_up_to": 40},
            {},
            {"model_version": "n"},
            "model",
        ),
        (more(8), {"protection_days": 7.0, "order_up_to": 38}, {}, {}, "lead_time"),
        (more(8), {"there": 7}, {}, {}, "stock"),
        (more(3), {"on_its_way": 2}, {}, {}, "on_its_way"),
        (
            more(6),
            {"order_up_to": 36, "underage_cost": 9.0},
            {},
            {"input_hash": "j", "policy_hash": "q"},
            "price",
        ),
        (more(6), {"order_up_to": 36, "overage_cost": 0.2}, {}, {"policy_hash": "q"}, "policy"),
        (more(6), {"order_up_to": 36}, {}, {"policy_hash": "q"}, "policy"),
        (more(6), {"order_up_to": 36}, {}, {"code_version": "d"}, "code"),
        (more(6), {"order_up_to": 36}, {}, {}, "demand"),
        (more(-4), {}, {"own_available": 6}, {}, "sender"),
        (more(-4), {}, {}, {}, "limits"),
        (more(-4), {"order_up_to": 40}, {}, {}, "limits"),
        (None, {"there": 30}, {}, {}, "stock"),
        (None, {"there": None, "on_its_way": None}, {}, {}, "range"),
    ],
)
def test_a_change_has_the_cause_that_made_it(line, term, sender, version, cause):
    (row,) = changes(line, term, sender, **version)
    assert row["cause"] == cause
    units = (0 if line is None else line["quantity"]) - 10
    parts = [row[name] for name in row if name.startswith("from_")]
    assert sum(parts) == pytest.approx(units)
    assert (row["before_date"], row["before_version"]) == (BEFORE, 1)


def test_several_causes_share_a_change_by_what_each_adds_to_the_need():
    # 4 more from stock, 2 more from what is on its way, of which 3 units were given.
    (row,) = changes(more(3), {"there": 11, "on_its_way": 3})
    assert (row["from_stock"], row["from_on_its_way"]) == (2.0, 1.0)
    assert (row["cause"], row["from_limits"]) == ("stock", 0.0)
    assert row["words"] == "13 units instead of 10: less stock is there"


def test_a_need_that_was_no_need_counts_from_nothing():
    # Ten units above its level before, five below it now: five are new.
    old = plan([], [{**TERM, "there": 35}, SENDER])
    line = {**LINE, "quantity": 5, "value": 20.0}
    new = plan([line], [{**TERM, "there": 20}, SENDER])
    (row,) = compare_plans(BEFORE, old, new).to_dicts()
    assert (row["change"], row["cause"], row["from_stock"]) == ("new", "stock", 5.0)


def test_a_line_that_gets_less_than_it_needs_in_both_plans_is_held_by_its_sender():
    short = {**LINE, "quantity": 2, "value": 8.0}
    needs = {"daily_demand": 6.0, "order_up_to": 40}
    (row,) = changes({"quantity": 6, "value": 24.0}, needs, {"own_available": 140}, before=[short])
    assert (row["cause"], row["from_limits"], row["from_demand"]) == ("sender", 4.0, 0.0)


def test_the_same_quantity_at_another_status_is_a_decision_or_a_route():
    rejected = {"status": "rejected", "approved_quantity": None, "decided_by": "ann"}
    (row,) = changes(rejected)
    assert (row["change"], row["cause"]) == ("decided", "decision")
    assert row["words"] == "rejected instead of approved: people decided"
    (row,) = changes({"status": "waiting", "approved_quantity": None, "decided_by": None})
    assert (row["change"], row["cause"]) == ("decided", "route")


def test_an_override_is_a_decision_in_its_units():
    (row,) = changes({"approved_quantity": 4, "decided_by": "ann"})
    assert (row["change"], row["cause"]) == ("decided", "decision")
    assert row["words"] == "4 of its units approved instead of 10: people decided"


def test_actions_that_move_the_same_are_one_line():
    """A kind may tell its actions apart by more than what they move, such as an order line."""
    other = {**LINE, "action_id": "b", "quantity": 2, "value": 8.0, "approved_quantity": None}
    old = plan([LINE, other], [TERM, SENDER])
    new = plan([{**LINE, **more(4)}, other], [{**TERM, "there": 11}, SENDER])
    (row,) = compare_plans(BEFORE, old, new).to_dicts()
    assert (row["quantity_before"], row["quantity"], row["from_stock"]) == (12, 16, 4.0)


def test_nothing_changed_between_equal_plans():
    assert changes({}) == []


def test_lines_are_the_same_by_what_they_move_and_not_by_their_id():
    (row,) = changes({"action_id": "b", **more(1)}, {"there": 14})
    assert (row["change"], row["quantity_before"], row["quantity"]) == ("larger", 10, 11)


def test_the_check_finds_units_that_the_changes_do_not_tell():
    old, new = plan([LINE], [TERM]), plan([{**LINE, "quantity": 12}], [TERM])
    told = compare_plans(BEFORE, old, new)
    assert judge_changes(old.lines, new.lines, told).passed
    failing = judge_changes(old.lines, new.lines, told.clear()).failing
    assert failing.select("sku", "units", "units_before", "told").row(0) == ("K", 12, 10, 0)
    parts = told.with_columns(from_limits=pl.lit(7.0))
    assert not judge_changes(old.lines, new.lines, parts).passed


def version_rows(*rows):
    schema = CONTRACTS["plan_versions"].schema
    facts = {**VERSION._asdict()}
    stated = [
        {**facts, "business_date": day, "plan_version": number, "current": current}
        for day, number, current in rows
    ]
    return pl.DataFrame(stated, schema=schema)


def test_the_plan_before_is_the_version_before_or_that_of_the_date_before():
    versions = version_rows(
        (BEFORE, 1, False), (BEFORE, 2, True), (BEFORE, 3, False), (DAY, 1, False), (DAY, 2, True)
    )
    day, before = find_plan_before(versions, DAY, 2)
    assert (day, before.plan_version) == (DAY, 1)
    day, before = find_plan_before(versions, DAY, 1)
    assert (day, before.plan_version) == (BEFORE, 2)
    assert find_plan_before(version_rows((DAY, 1, True)), DAY, 1) is None


def test_changes_are_counted_by_cause_most_money_first():
    found = pl.concat(
        [
            pl.DataFrame(changes(more(1), {"there": 14})),
            pl.DataFrame(changes(more(-4))),
        ]
    )
    counted = tabulate_changes(found)
    assert counted["cause"].to_list() == ["limits", "stock"]
    assert counted.select("smaller", "larger", "units", "value").row(0) == (1, 0, -4, -16.0)
