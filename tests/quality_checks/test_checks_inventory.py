"""Is the stock known and young, and do the books agree."""

import datetime as dt

import polars as pl
import pytest

from quality_checks.checks.inventory import (
    judge_age,
    judge_balance,
    judge_position,
    judge_receipts,
    judge_trading,
)
from quality_checks.contracts import CONTRACTS

TODAY = dt.date(2025, 9, 30)


def balance(*rows):
    """`BookBalance` rows from fields that differ from nothing moved."""
    plain = dict.fromkeys(CONTRACTS["book_balance"].columns, 0)
    stated = [
        {
            **plain,
            "business_date": TODAY,
            "region": "north",
            "sku": f"k{n}",
            "location": "s1",
            **row,
        }
        for n, row in enumerate(rows)
    ]
    return pl.DataFrame(stated, schema=CONTRACTS["book_balance"].schema)


def judged(*rows):
    return {outcome.check.name: outcome for outcome in judge_balance(balance(*rows))}


def positions(*on_hand):
    return pl.DataFrame(
        {
            "sku": [f"k{n}" for n in range(len(on_hand))],
            "location": "s1",
            "on_hand": pl.Series(on_hand, dtype=pl.Int64),
        }
    )


def test_zero_stock_is_known_and_missing_stock_is_not():
    (known,) = judge_position(positions(0, 5))
    assert known.passed
    (unknown,) = judge_position(positions(0, None, 5))
    assert unknown.failing.rows() == [("k1", "s1")]
    assert unknown.message == "1 pairs never had a stock record"
    assert not unknown.check.blocking


def test_documents_that_may_never_come_and_those_that_contradict_are_named():
    line = {"document_kind": "transfer", "line": 1, "sku": "k", "location": "s", "supplier": None}
    receipts = pl.DataFrame(
        [
            {**line, "document": "T1", "chance": 0.5, "units": 4, "expected_units": 2},
            {**line, "document": "T2", "chance": 0.2, "units": 10, "expected_units": 2},
        ]
    ).with_columns(stated_on=pl.lit(TODAY), overdue_days=9)
    problems = pl.DataFrame({"document": ["P1"], "problem": ["due before it was ordered"]})
    overdue, contradicting = judge_receipts(receipts, problems)
    assert overdue.failing.select("document", "overdue_days", "chance").rows() == [("T2", 9, 0.2)]
    assert overdue.message == "1 lines long overdue: 8 of their units do not count"
    assert contradicting.failing.rows() == problems.rows()
    assert not overdue.check.blocking
    assert not contradicting.check.blocking
    assert all(outcome.passed for outcome in judge_receipts(receipts.head(1), problems.clear()))


@pytest.mark.parametrize(
    ("newest", "late_after", "young"),
    [
        ({"stock": TODAY}, {"stock": 0}, True),
        ({"stock": TODAY - dt.timedelta(days=1)}, {"stock": 0}, False),
        ({"stock": TODAY - dt.timedelta(days=1)}, {"stock": 1}, True),
        ({"stock": TODAY - dt.timedelta(days=1)}, {}, False),
        ({"pos_sales": TODAY}, {"stock": 9}, False),
        ({"stock": None}, {"stock": 9}, False),
    ],
)
def test_stock_is_young_while_policy_tolerates_its_age(newest, late_after, young):
    (outcome,) = judge_age(newest, TODAY, late_after)
    assert outcome.passed is young
    assert not outcome.check.blocking
    if not young:
        assert outcome.failing.rows() == [("stock", newest.get("stock"))]


def test_books_that_agree_pass_both_checks():
    found = judged({"sales": 4}, {"transfers_out": 2})
    assert found["balanced"].passed
    assert found["books_hold"].passed


def test_a_small_discrepancy_warns_and_the_dearest_comes_first():
    found = judged(
        {"sales": 90},
        {"discrepancy": 1, "discrepancy_value": 2.0},
        {"discrepancy": -3, "discrepancy_value": -30.0},
    )
    assert found["balanced"].failing["sku"].to_list() == ["k2", "k1"]
    assert found["balanced"].message == "2 pairs do not balance, 4 units in all"
    assert not found["balanced"].check.blocking
    assert found["books_hold"].passed


@pytest.mark.parametrize(("unexplained", "holds"), [(20, True), (21, False), (-21, False)])
def test_more_than_a_fifth_of_what_moved_blocks(unexplained, holds):
    moved = {
        "sales": 40,
        "returns": 10,
        "receipts": 20,
        "transfers_in": 10,
        "transfers_out": 10,
        "adjustments": -10,
    }
    found = judged({**moved, "discrepancy": unexplained})["books_hold"]
    assert found.passed is holds
    assert found.check.blocking
    if not holds:
        assert found.message == "21 units unexplained against 100 moved"
        assert found.failing["sku"].to_list() == ["k0"]


def test_discrepancies_of_opposite_sign_do_not_cancel():
    assert not judged({"sales": 9}, {"discrepancy": 5}, {"discrepancy": -5})["books_hold"].passed


def test_no_pair_at_all_balances():
    found = judged()
    assert found["balanced"].passed
    assert found["books_hold"].passed


def test_an_open_location_without_sales_is_missing_and_a_closed_one_is_not():
    trading = pl.DataFrame(
        {"region": "north", "location": ["s1", "s2", "s3"], "status": ["open", "closed", "missing"]}
    )
    (found,) = judge_trading(trading)
    assert found.failing.rows() == [("north", "s3")]
    assert found.message == "1 open locations sent no sales: unknown"
    (traded,) = judge_trading(trading.head(2))
    assert traded.passed
