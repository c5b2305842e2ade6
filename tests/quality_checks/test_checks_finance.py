"""Checks of finance: figures that add up pass, and each that does not is found."""

import datetime as dt

import polars as pl
import pytest

from quality_checks.checks import judge_capital, judge_payments

NOTHING = {"under_way_units": 0.0, "under_way_value": 0.0, "proposed_units": 0.0,
           "proposed_value": 0.0}  # fmt: skip
WEEKS = [
    {**NOTHING, "week": 0, "stock_units": 100.0, "stock_value": 400.0, "on_order_units": 20.0,
     "on_order_value": 80.0, "received_units": 0.0, "received_value": 0.0, "sold_units": 0.0,
     "sold_value": 0.0},
    {**NOTHING, "week": 1, "stock_units": 110.0, "stock_value": 440.0, "on_order_units": 5.0,
     "on_order_value": 20.0, "received_units": 15.0, "received_value": 60.0, "sold_units": 5.0,
     "sold_value": 20.0},
]  # fmt: skip
TONIGHT = pl.DataFrame(
    {"department": ["knit"], "stock_units": [100.0], "stock_value": [400.0],
     "coming_units": [20.0], "coming_value": [80.0]}
)  # fmt: skip


def capital(week, **wrong):
    rows = [{**row, **(wrong if row["week"] == week else {})} for row in WEEKS]
    keys = {"plan": "as_is", "department": "knit", "ends_on": dt.date(2025, 10, 7)}
    return pl.DataFrame([{**keys, **row} for row in rows])


def test_capital_that_adds_up_passes():
    assert judge_capital(capital(0), TONIGHT).passed
    assert judge_capital(capital(1, stock_value=440.01), TONIGHT).passed


@pytest.mark.parametrize(
    ("week", "wrong", "what"),
    [
        (0, {"stock_units": 101.0}, {"stock tonight", "stock"}),
        (0, {"on_order_value": 79.0}, {"to come tonight", "to come"}),
        (1, {"sold_value": 21.0}, {"stock"}),
        (1, {"received_units": 14.0}, {"stock", "to come"}),
        (1, {"proposed_units": 1.0}, {"to come"}),
    ],
)
def test_capital_that_does_not_is_found(week, wrong, what):
    outcome = judge_capital(capital(week, **wrong), TONIGHT)
    assert set(outcome.failing["what"]) == what


def test_a_department_that_is_left_out_is_found():
    both = pl.concat([TONIGHT, TONIGHT.with_columns(department=pl.lit("woven"))])
    assert set(judge_capital(capital(0), both).failing["department"]) == {"woven"}


@pytest.mark.parametrize(
    ("due", "proposed", "passes"), [(90.0, 5.0, True), (91.0, 5.0, False), (90.0, None, False)]
)
def test_payments_are_held_against_what_they_are_for(due, proposed, passes):
    cash = pl.DataFrame({"supplier": ["V", "V"], "due_as_is": [60.0, 30.0], "proposed": [0.0, 5.0]})
    again = pl.DataFrame(
        {"supplier": ["V", "V"], "what": ["due_as_is", "proposed"], "recomputed": [due, proposed]}
    )
    assert judge_payments(cash, again).passed is passes
