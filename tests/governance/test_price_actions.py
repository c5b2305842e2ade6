"""Markdowns and deferrals as actions: words, terms, route, and an explanation that adds up."""

import datetime as dt
from dataclasses import fields, replace

import polars as pl
import pytest

from governance import (
    ActionContext,
    describe_action,
    load_planning_policy,
    load_policy,
    propose_actions,
)
from governance.exchange import select_new_lines
from governance.routing import route_actions
from optimization.explanation import PlannedNight, explain_actions
from quality_checks.checks import judge_explanations
from quality_checks.contracts import DeferralPlan, MarkdownPlan, find_contract

KINDS = {"markdown": MarkdownPlan, "markdown_deferral": DeferralPlan}
CHAIN = ("zone_stock", "salvage", "sold_as_is", "sold_then", "proceeds_as_is", "proceeds_then",
         "kept_as_is", "kept_then")  # fmt: skip


def plan(kind, day, **changes):
    """A plan of one line: 40 sell at 50 as things are, 60 at 40 then; 100 are there."""
    row = {
        "business_date": day, "region": "*", "sku": "A", "zone": "*", "department": "d",
        "family": "s/red", "family_size": 3, "family_worth": 4000.0,
        "due_on": day + dt.timedelta(days=1), "season_end": day + dt.timedelta(days=40),
        "quantity": 100, "packs": 100, "list_price": 50.0, "old_price": 50.0, "new_price": 40.0,
        "floor_price": 0.0, "prior_price": 40.0, "salvage": 5.0, "slope": -2.0, "slope_sd": 0.3,
        "demand_held": 40.0,
        "sold_as_is": 40.0, "sold_then": 60.0, "proceeds_as_is": 2000.0, "proceeds_then": 2400.0,
        "kept_as_is": 12.0, "kept_then": 9.0, "margin_kept": 700.0, "margin_given_up": 400.0,
        "holding_cost": -3.0, "gain_chance": 0.9, "urgency_days": None, "reason": "leaves_range",
        "binding": "value", "rejected": "hold the price for a week 2150.00", "limit_price": 0.0,
        "planned_on": day + dt.timedelta(days=1),
    }  # fmt: skip
    if kind == "markdown_deferral":
        row |= {"reason": "sells_at_this_price", "due_on": day + dt.timedelta(days=15)}
    contract = find_contract(KINDS[kind])
    return pl.DataFrame([row | changes]).select(
        pl.col(name).cast(dtype) for name, dtype in contract.schema.items()
    )


@pytest.fixture
def context(day):
    none = {"sku": pl.String, "location": pl.String}
    return ActionContext(
        business_date=day,
        plan_version=1,
        currency="EUR",
        items=pl.DataFrame({"sku": ["A"], "category": ["shirts"], "unit_cost": [10.0]}),
        lanes=pl.DataFrame(),
        cautions=pl.DataFrame(schema={**none, "cautions": pl.String}),
        stock_ages=pl.DataFrame(schema={**none, "age_days": pl.Int64}),
        record_doubts=pl.DataFrame(schema={**none, "doubt": pl.Float64}),
        stock_late_after_days=0,
        late_inputs={},
        assumed_inputs=[],
        overtaken={},
        departed=pl.DataFrame(schema={"action_id": pl.String, "open_units": pl.Int64}),
        model_version="m",
        policy_version="p",
        input_version="i",
    )


def test_a_markdown_weighs_what_it_takes_off_the_stock(day, context, policies, decisions):
    found = propose_actions("markdown", plan("markdown", day), context)
    row = found.row(0, named=True)
    assert (row["destination"], row["unit_value"], row["value"]) == ("*", 10.0, 1000.0)
    assert (row["benefit"], row["confidence"]) == (303.0, 0.9)
    assert describe_action(row).startswith("Mark down 100 of A at * from 50.00 to 40.00 on ")
    large = propose_actions("markdown", plan("markdown", day, quantity=600, packs=600), context)
    rules = load_policy(policies / "actions.yaml")
    for actions, roles in ((found, "merchandiser"), (large, "merchandiser;finance")):
        routed = route_actions(actions, rules, decisions())
        assert (routed["route"][0], routed["roles"][0]) == ("review", roles)


@pytest.fixture
def approve(policies, decisions):
    """Actions as they are routed, with some of them approved."""

    def route(actions, *skus):
        chosen = actions.filter(pl.col("sku").is_in(skus))["action_id"].to_list()
        given = pl.col("action_id").is_in(chosen)
        return route_actions(
            actions, load_policy(policies / "actions.yaml"), decisions()
        ).with_columns(
            status=pl.when(given).then(pl.lit("approved")).otherwise(pl.lit("waiting")),
            approved_quantity=100,
        )

    return route


@pytest.mark.parametrize("kind", KINDS)
def test_sizes_of_one_price_leave_together(kind, day, context, approve, export_lines):
    lines = ({}, {"sku": "B"}, {"sku": "C", "zone": "N"})
    items = pl.DataFrame({"sku": ["A", "B", "C"], "category": "shirts", "unit_cost": 10.0})
    actions = propose_actions(
        kind,
        pl.concat([plan(kind, day, **line) for line in lines]),
        replace(context, items=items),
    )
    for approved, left in (("A", ""), ("AC", "C"), ("AB", "AB")):
        routed = approve(actions, *approved)
        found = select_new_lines(actions, routed, export_lines(), ())
        assert sorted(found["sku"]) == [*left]


@pytest.mark.parametrize("kind", KINDS)
def test_its_explanation_adds_up_and_no_number_can_be_altered_unseen(kind, day, context, policies):
    rows = plan(kind, day)
    proposals = propose_actions(kind, rows, context)
    known = {
        "business_date": day,
        "policy": load_planning_policy(policies / "planning.yaml"),
        "proposals": proposals,
        "plans": {kind: rows},
    }
    others = {field.name: pl.DataFrame() for field in fields(PlannedNight)}
    told = explain_actions(PlannedNight(**(others | known)))
    assert judge_explanations(told, proposals).passed
    (words,) = told.filter(name="family_worth")["words"]
    assert words.startswith("of s/red: priced together with 2 sizes")
    for name in CHAIN:
        hit = pl.when(pl.col("name") == name).then(30.0).otherwise(0.0)
        altered = told.with_columns(value=pl.col("value") + hit)
        assert not judge_explanations(altered, proposals).passed, name
