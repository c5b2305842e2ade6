"""Explanations of hand-made actions: each step recomputes, and no number can be altered unseen."""

import polars as pl
import pytest

from quality_checks.checks import judge_explanations
from quality_checks.contracts.actions import Explanations
from quality_checks.contracts.base import find_contract

SCHEMA = find_contract(Explanations).empty().drop("business_date").schema
SHELF = ("landing.item_locations", "sku=a;location=s", "shelf_max")
STOCK = ("inventory.position", "sku=a;location=s", "available")

LEVELS = ("optimization.levels.set_order_up_to", "shelf_max;surplus")

# name, unit, value, source, formula, function
STEPS = [
    ("shelf_max", "units", 40.0, SHELF, None, None),
    ("order_up_to", "units", 27.0, None, None, LEVELS),
    ("available", "units", 3.0, STOCK, None, None),
    ("in_transit", "units", 2.0, STOCK, None, None),
    ("inventory_position", "units", 5.0, None, "available + in_transit", None),
    ("level", "units", 27.0, None, "LEAST(order_up_to, shelf_max)", None),
    ("need", "units", 22.0, None, "level - inventory_position", None),
    ("case_pack", "units", 6.0, STOCK, None, None),
    ("need_packs", "packs", 4.0, None, "CEIL(need / case_pack)", None),
    ("dc_packs", "packs", 3.0, STOCK, None, None),
    ("packs", "packs", 3.0, None, "LEAST(need_packs, dc_packs, limit_packs)", None),
    ("quantity", "units", 18.0, STOCK, "packs * case_pack", None),
    ("margin_kept", "currency", 30.0, STOCK, None, None),
    ("margin_given_up", "currency", 4.0, STOCK, None, None),
    ("holding_cost", "currency", 0.0, STOCK, None, None),
    ("lane_unit_cost", "currency", 0.3335, STOCK, None, None),
    # 6.003 as whole cents
    ("moving_cost", "currency", 6.0, STOCK, "lane_unit_cost * quantity", None),
    ("benefit", "currency", 20.0, None,
     "margin_kept - margin_given_up - holding_cost - moving_cost", None),
]  # fmt: skip
IN_THE_CHAIN = [
    *("available", "in_transit", "inventory_position", "level", "need", "case_pack"),
    *("need_packs", "dc_packs", "packs", "quantity", "order_up_to", "margin_kept"),
    *("margin_given_up", "holding_cost", "lane_unit_cost", "moving_cost", "benefit"),
]


def explained(action_id="x"):
    rows = [
        {
            "action_id": action_id,
            "step": step,
            "part": "need",
            "name": name,
            "value": value,
            "unit": unit,
            "words": name,
            "source_table": source and source[0],
            "source_key": source and source[1],
            "source_column": source and source[2],
            "formula": formula,
            "function": function and function[0],
            "terms": function and function[1],
        }
        for step, (name, unit, value, source, formula, function) in enumerate(STEPS, start=1)
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def proposals(*ids, quantity=18, benefit=20.0):
    return pl.DataFrame(
        {
            "action_id": ids,
            "kind": ["allocation"] * len(ids),
            "quantity": [quantity] * len(ids),
            "benefit": [benefit] * len(ids),
        },
        schema_overrides={"action_id": pl.String, "kind": pl.String},
    )


def changed(name, **values):
    at = pl.col("name") == name
    return explained().with_columns(
        pl.when(at).then(pl.lit(value)).otherwise(column).alias(column)
        for column, value in values.items()
    )


def faults(explanations, actions=None):
    outcome = judge_explanations(explanations, proposals("x") if actions is None else actions)
    return {(row["name"], row["problem"]) for row in outcome.failing.iter_rows(named=True)}


def test_steps_that_lead_to_the_quantity_pass():
    outcome = judge_explanations(pl.concat([explained("x"), explained("y")]), proposals("x", "y"))
    assert outcome.passed
    assert outcome.check.name == "explained"


@pytest.mark.parametrize("name", IN_THE_CHAIN)
def test_a_number_altered_is_found(name):
    altered = explained().with_columns(
        value=pl.col("value") + pl.when(pl.col("name") == name).then(5.0).otherwise(0.0)
    )
    assert faults(altered)


def test_a_cent_of_benefit_is_found():
    found = judge_explanations(changed("benefit", value=20.01), proposals("x", benefit=20.01))
    (row,) = found.failing.to_dicts()
    assert row["problem"] == "not_recomputed"
    assert (row["name"], row["stated"]) == ("benefit", 20.01)
    assert row["recomputed"] == pytest.approx(20.0)


def test_terms_in_whole_cents_may_differ_from_their_formula_by_half_a_cent():
    assert faults(changed("lane_unit_cost", value=0.3336)) == set()
    assert faults(changed("lane_unit_cost", value=0.334)) == {("moving_cost", "not_recomputed")}


def test_the_plan_may_not_have_another_quantity():
    assert faults(explained(), proposals("x", quantity=24)) == {("quantity", "not_as_proposed")}


@pytest.mark.parametrize("name", ["quantity", "benefit"])
def test_what_is_proposed_must_follow_from_the_steps(name):
    bare = changed(name, formula=None, function="somewhere", terms="packs")
    assert faults(bare) == {(name, "not_as_proposed")}
    assert (name, "not_as_proposed") in faults(explained().filter(pl.col("name") != name))


def test_a_formula_of_the_need_that_says_something_else_is_found():
    assert faults(changed("need", formula="level - 5 * dc_packs / dc_packs")) >= {
        ("need", "not_from_earlier")
    }
    # As wrong as its formula: the need is level less position whatever is stated.
    wrong = changed("need", formula="level - available", value=24.0)
    assert faults(wrong) >= {("need", "not_recomputed")}


@pytest.mark.parametrize("formula", ["quantity", "18", "packs *", "benefit - 2"])
def test_a_formula_must_read_earlier_steps(formula):
    assert faults(changed("quantity", formula=formula)) == {("quantity", "not_from_earlier")}


@pytest.mark.parametrize("terms", ["benefit", "shelf_max;order_up_to", "available"])
def test_a_function_must_read_earlier_steps(terms):
    assert faults(changed("order_up_to", terms=terms)) == {("order_up_to", "not_from_earlier")}


def test_a_formula_that_gives_nothing_is_found():
    nothing = changed("quantity", formula="packs * no_such_step")
    assert faults(nothing) == {("quantity", "not_recomputed")}


def test_an_action_without_steps_and_steps_without_an_action_are_found():
    found = judge_explanations(explained("x"), proposals("y")).failing
    assert set(found.select("action_id", "problem").iter_rows()) == {
        ("x", "not_proposed"),
        ("y", "not_explained"),
    }


def test_a_number_from_nowhere_is_found():
    assert faults(changed("order_up_to", function=None)) == {("order_up_to", "no_origin")}
    assert faults(changed("order_up_to", terms=None)) == {("order_up_to", "no_origin")}
    assert faults(changed("order_up_to", terms="surplus")) == {("order_up_to", "no_origin")}
    assert faults(changed("shelf_max", source_key=None)) == {("shelf_max", "no_origin")}


def test_a_name_told_twice_is_found():
    again = explained().filter(pl.col("name") == "shelf_max").with_columns(step=pl.lit(99))
    twice = pl.concat([explained(), again.cast({"step": pl.Int64})])
    assert ("shelf_max", "told_twice") in faults(twice)


def test_nothing_proposed_needs_nothing():
    assert judge_explanations(explained().clear(), proposals()).passed
