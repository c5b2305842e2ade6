"""Is the stock known and young, and do the books agree."""

import datetime as dt

import polars as pl
import pytest

from quality_checks.checks.inventory import (
    find_unbalanced,
    judge_answers_known,
    judge_balance,
    judge_cancels,
    judge_feeds,
    judge_position,
    judge_receipts,
    judge_trading,
    judge_unanswered,
    judge_unbalanced,
    sum_books,
)
from quality_checks.contracts import CONTRACTS

TODAY = dt.date(2025, 9, 30)

SENT_TO = {"transfer": "erp", "stock_count": "wms"}


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


SOUND = {"sales": 4}


@pytest.mark.parametrize(
    ("breaks", "sound", "apart"),
    [
        ([500], 3, 1),
        ([500], 2, 0),
        ([-500], 3, 1),
        # Little is chance, and no pair is set aside for it.
        ([9], 3, 0),
        ([500, 400], 3, 0),
        ([500, 400], 17, 0),
        ([500, 400], 18, 2),
        # The larger one alone is why the books do not hold.
        ([500, 3], 18, 1),
        ([500, 400, 300], 20, 0),
    ],
)
def test_the_fewest_pairs_that_break_the_books_of_a_location_are_set_aside(breaks, sound, apart):
    books = balance(*[{"discrepancy": units} for units in breaks], *[SOUND] * sound)
    found = find_unbalanced(books)
    assert found["discrepancy"].to_list() == breaks[:apart]
    assert judge_unbalanced(found).passed == (apart == 0)
    hold = sum_books(books)["hold"].item()
    assert hold == (apart > 0 or breaks == [9])


def test_pairs_of_one_location_say_nothing_of_another():
    here = [{"discrepancy": 500}, *[SOUND] * 3]
    there = [{"discrepancy": 500, "location": "s2"}, {"sales": 400, "location": "s2"}]
    books = balance(*here, *there)
    assert find_unbalanced(books)["location"].to_list() == ["s1"]
    assert sum_books(books).select("location", "hold").rows() == [("s1", True), ("s2", False)]
    assert find_unbalanced(books.clear()).is_empty()


def positions(*on_hand):
    return pl.DataFrame(
        {
            "sku": [f"k{n}" for n in range(len(on_hand))],
            "location": "s1",
            "recorded": pl.Series(on_hand, dtype=pl.Int64),
        }
    )


def unsure(**rows):
    return pl.DataFrame({"sku": [], "location": [], "problem": [], **rows})


def test_zero_stock_is_known_and_missing_stock_is_not():
    known, sure = judge_position(positions(0, 5), unsure())
    assert known.passed
    assert sure.passed
    unknown, _ = judge_position(positions(0, None, 5), unsure())
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


def test_answers_to_lines_that_were_never_exported_are_named():
    def of(table, *rows):
        contract = CONTRACTS[table]
        return pl.DataFrame(list(rows), schema=contract.schema)

    lines = of("export_lines", {"idempotency_key": "k1", "action_id": "a1"})
    known = {"idempotency_key": "k1", "status": "accepted"}
    cancels = of("cancel_lines", {"idempotency_key": "c1"})
    also = of("acknowledgements", known, {"idempotency_key": "c1"})
    assert judge_answers_known(also, lines, cancels, SENT_TO).passed
    assert not judge_answers_known(also, lines, cancels.clear(), SENT_TO).passed
    assert judge_answers_known(of("acknowledgements"), lines, cancels, SENT_TO).passed
    answers = of("acknowledgements", known, {"idempotency_key": "k2"}, {"idempotency_key": "a1"})
    found = judge_answers_known(answers, lines, cancels, SENT_TO)
    assert dict(found.failing.select("idempotency_key", "problem").iter_rows()) == {
        "k2": "No line was exported under this key.",
        "a1": "It names the action; answers name the line's idempotency key.",
    }
    assert not judge_answers_known(answers, of("export_lines"), cancels, SENT_TO).passed
    # A line is answered by the system that it was for.
    counted = lines.with_columns(kind=pl.lit("stock_count"))
    of_wms = of("acknowledgements", known | {"system": "wms"})
    assert judge_answers_known(of_wms, counted, cancels, SENT_TO).passed
    (row,) = judge_answers_known(
        of("acknowledgements", known | {"system": "erp"}), counted, cancels, SENT_TO
    ).failing["problem"]
    assert row == "The line was for the wms, not for the erp."


def test_lines_that_nobody_answers_are_chased_after_the_days_of_policy():
    days = {"k1": 4, "k2": 3, "k3": 4}
    rows = [
        {"idempotency_key": key, "business_date": TODAY - dt.timedelta(days=age)}
        for key, age in days.items()
    ]
    exported = pl.DataFrame(rows, schema=CONTRACTS["export_lines"].schema)
    lines = exported.with_columns(status=pl.Series(["waiting", "waiting", "accepted"]))
    called = pl.DataFrame(
        [{"idempotency_key": "c1", "business_date": TODAY - dt.timedelta(days=4)}],
        schema=CONTRACTS["cancel_lines"].schema,
    )
    silence = CONTRACTS["acknowledgements"].empty()
    found = judge_unanswered(lines, called, silence, TODAY, 3)
    assert found.failing["idempotency_key"].to_list() == ["k1", "c1"]
    refused = judge_unanswered(lines, called, answer("c1", "rejected"), TODAY, 3)
    assert refused.failing["idempotency_key"].to_list() == ["k1"]
    assert judge_unanswered(lines, called, silence, TODAY, 4).passed
    assert judge_unanswered(lines, called, silence, TODAY, None).passed


def answer(key, status):
    row = {"idempotency_key": key, "status": status}
    return pl.DataFrame([row], schema=CONTRACTS["acknowledgements"].schema)


def test_lines_called_back_that_the_erp_leaves_are_named_until_they_are_due():
    yesterday = TODAY - dt.timedelta(days=1)
    due = {"c1": TODAY, "c2": TODAY, "c3": TODAY, "c4": yesterday, "c5": TODAY}
    cancels = pl.DataFrame(
        [{"idempotency_key": key, "due_on": day, "quantity": 5} for key, day in due.items()],
        schema=CONTRACTS["cancel_lines"].schema,
    )
    said = {"c1": "rejected", "c2": "changed", "c4": "rejected", "c5": "accepted"}
    answers = pl.concat(answer(key, status) for key, status in said.items())
    found = judge_cancels(cancels, answers, TODAY)
    assert found.failing["idempotency_key"].to_list() == ["c1", "c2"]
    assert not found.check.blocking
    assert judge_cancels(cancels, answers.clear(), TODAY).passed


def test_locations_with_old_stock_and_those_not_planned_are_named():
    feeds = pl.DataFrame(
        [
            {"location": "s1", "source": "stock", "state": "on_time", "age_days": 0},
            {"location": "s2", "source": "stock", "state": "late", "age_days": 1},
            {"location": "s3", "source": "stock", "state": "stopped", "age_days": 4},
            {"location": "s4", "source": "pos_sales", "state": "stopped", "age_days": 9},
            {"location": "s5", "source": "stock", "state": "never_came", "age_days": None},
            {"location": "s6", "source": "stock", "state": "stopped", "age_days": 0},
        ]
    )
    young, planned, _ = judge_feeds(feeds)
    assert young.failing["location"].to_list() == ["s2", "s3"]
    assert young.message == "stock is not of today at s2, s3"
    assert planned.failing["location"].to_list() == ["s3", "s4", "s6"]
    assert not young.check.blocking
    assert not planned.check.blocking
    assert all(outcome.passed for outcome in judge_feeds(feeds.head(1)))


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


def test_one_location_whose_books_fail_does_not_stop_the_others():
    sound = [{"sales": 40, "location": f"s{n}"} for n in (1, 2)]
    stuck = {"sales": 30, "discrepancy": 30, "location": "s3"}
    found = judged(*sound, stuck)
    assert found["books_hold"].passed
    assert found["balanced"].failing["location"].to_list() == ["s3"]
    most = judged(sound[0], stuck, {**stuck, "location": "s4"})["books_hold"]
    assert most.message == "60 units unexplained against 100 moved, of s3, s4 most"
    slip = judged(*sound, {"sales": 9, "discrepancy": 9, "location": "s3"})["books_hold"]
    assert slip.passed


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
    twice = pl.DataFrame(
        {"location": ["s2", "s3"], "lines": 40, "twice": 38, "counts_once": [False, True]}
    )
    found, repeated = judge_trading(trading, twice)
    assert repeated.message == (
        "lines stand under two receipt numbers: s2; "
        "lines came again under other receipt numbers and count once: s3"
    )
    assert found.failing.rows() == [("north", "s3", "missing")]
    assert found.message == "unknown, since no sales of the day came: s3"
    traded, once = judge_trading(trading.head(2), twice.clear())
    assert traded.passed
    assert once.passed
