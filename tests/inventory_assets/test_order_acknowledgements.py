"""What suppliers answer to orders: the newest word counts, and what cannot be is never used."""

from datetime import timedelta

import polars as pl
import pytest
from landing_folder import START, day
from test_receipts_ahead import (
    NOTHING_ASKED,
    TODAY,
    contradicting,
    find_documents,
    order,
    receipt,
    record,
)

from quality_checks.checks import judge_refusals
from quality_checks.contracts import AskedChanges, find_frame


def send_answer(shop, number, *answers, part=""):
    """Answers to line 1 of P1, given on a day and sent on it."""
    base = {"acknowledgement": f"A{number}", "supplier": "V1", "po": "P1", "po_line": 1}
    base |= {"acknowledged_on": day(number), "answer": "changed"}
    shop.send("order_acknowledgements", number, [base | answer for answer in answers], part)


def coming(shop, number=TODAY, asked=NOTHING_ASKED):
    """Units still to come and the day stated, by order."""
    for source in ("purchase_orders", "order_acknowledgements", "receipts"):
        if (shop.landing / source).exists():
            shop.load(source, number)
    found = find_documents(shop, number, asked=asked)
    return {row["document"]: (row["units"], row["stated_on"]) for row in found.to_dicts()}


@pytest.fixture
def ordered(shop):
    shop.send("purchase_orders", 0, [order("P1", 100, requested_on=day(50)), order("P2", 7)])
    return shop


def test_an_answer_moves_what_it_names_and_leaves_the_rest(ordered):
    send_answer(ordered, 5, {"quantity": 80, "promised_on": day(60)})
    assert coming(ordered) == {"P1": (80, day(60)), "P2": (7, day(30))}
    send_answer(ordered, 6, {"promised_on": day(55)})
    assert coming(ordered)["P1"] == (100, day(55))


def test_refused_units_never_come_and_are_named_with_the_reason(ordered):
    ordered.send("receipts", 6, [receipt("P1", 30, 6)])
    send_answer(ordered, 7, {"answer": "refused", "reason": "discontinued"})
    assert "P1" not in coming(ordered)
    outcome = judge_refusals(ordered.warehouse.query("refused_lines", day(TODAY)))
    assert outcome.message == "1 open order lines: 100 units will not come"
    assert outcome.failing["reason"].to_list() == ["discontinued"]


def test_the_newest_word_counts_whoever_gave_it(ordered):
    send_answer(ordered, 5, {"quantity": 80, "promised_on": day(60)})
    # The order says on day 9 what it said before: no new word. On day 12 it says another day.
    same = order("P1", 100, requested_on=day(50))
    ordered.send("purchase_orders", 9, [same])
    assert coming(ordered, 9)["P1"] == (80, day(60))
    confirmed = {"confirmed_on": day(70), "confirmed_quantity": 90, "status": "confirmed"}
    ordered.send("purchase_orders", 12, [same | confirmed])
    assert coming(ordered, 12)["P1"] == (90, day(70))
    send_answer(ordered, 12, {"acknowledgement": "A12", "promised_on": day(65)})
    assert coming(ordered, 12)["P1"] == (90, day(65))
    # An answer of an earlier day that is only sent now is no newer word.
    send_answer(ordered, 13, {"acknowledged_on": day(8), "promised_on": day(90)})
    assert coming(ordered)["P1"] == (90, day(65))


def test_the_first_promise_is_what_deliveries_are_held_against(ordered):
    send_answer(ordered, 5, {"promised_on": day(14)})
    send_answer(ordered, 8, {"promised_on": day(18)})
    ordered.send("receipts", 20, [receipt("P1", 100, 20)])
    assert ("order_promised", "V1", 6, True, 1) in record(ordered)


def test_the_same_answer_twice_counts_once(ordered):
    answer = {"acknowledgement": "A", "quantity": 80}
    send_answer(ordered, 5, answer, answer)
    send_answer(ordered, 6, {**answer, "acknowledged_on": day(5), "quantity": 40})
    assert coming(ordered)["P1"][0] == 80
    assert ordered.waiting("order_acknowledgements") == [
        ("2025-09-07.csv", 1, "acknowledgement,po,po_line", "duplicate_key"),
        ("2025-09-06.csv", 2, "acknowledgement,po,po_line", "duplicate_key"),
    ]


def test_an_answer_to_what_was_never_ordered_is_set_aside_or_named(ordered):
    send_answer(
        ordered,
        5,
        {"po": "P9", "quantity": 80},
        {"po_line": 7, "quantity": 80},
        {"po": "P2", "supplier": "V2", "quantity": 1},
        {"po": "P2", "acknowledgement": "B", "quantity": 5},
    )
    ordered.send("suppliers", 1, [{"supplier": "V2"}])
    ordered.load("suppliers", 1)
    assert coming(ordered) == {"P1": (100, day(50)), "P2": (5, day(30))}
    assert ordered.waiting("order_acknowledgements") == [("2025-09-06.csv", 1, "po", "unknown_key")]
    ordered.load_all(TODAY)
    found = ordered.warehouse.query("contradicting_documents", day(TODAY), window_days=365)
    assert found["problem"].to_list() == [
        "answers line 1 of order P2 as V2; it was ordered from V1",
        "answers line 7 of order P1, which has no such line",
    ]


def test_an_answer_before_its_order_came_counts_once_the_order_is_there(shop):
    send_answer(shop, 3, {"quantity": 80})
    assert coming(shop, 3) == {}
    # The order itself says nothing of the supplier yet.
    shop.send("purchase_orders", 4, [order("P1", 100)])
    assert coming(shop, 4)["P1"][0] == 80
    shop.send("purchase_orders", 5, [order("P1", 100, confirmed_quantity=90)])
    assert coming(shop, 5)["P1"][0] == 90


def test_a_day_that_cannot_be_is_not_used_and_named(ordered):
    send_answer(ordered, 5, {"quantity": 80, "promised_on": START.replace(year=1970)})
    assert coming(ordered)["P1"] == (80, day(50))
    (problem,) = contradicting(ordered).values()
    assert problem.startswith("promises line 1 of order P1 for 1970-09-01, before it was ordered")


def test_an_answer_of_a_day_before_its_order_was_placed_is_named(ordered):
    before = START - timedelta(days=1)
    send_answer(ordered, 5, {"quantity": 80, "acknowledged_on": before})
    (problem,) = contradicting(ordered).values()
    assert problem == (f"answers line 1 of order P1 on {before}, before it was ordered on {START}")


def test_a_line_that_is_closed_stays_so_whatever_is_answered(ordered):
    done = {"status": "received", "delivered_quantity": 100, "delivered_on": day(6)}
    ordered.send("purchase_orders", 8, [order("P1", 100, **done)])
    send_answer(ordered, 9, {"quantity": 120, "promised_on": day(60)})
    assert "P1" not in coming(ordered)


@pytest.mark.parametrize(
    ("form", "answer", "refused"),
    [
        ("pull_in", {"answer": "accepted"}, False),
        ("pull_in", {"promised_on": day(40)}, False),
        ("pull_in", {"promised_on": day(41)}, True),
        ("expedite", {"promised_on": day(50)}, True),
        ("expedite", {"answer": "refused"}, True),
        ("push_out", {"promised_on": day(45)}, False),
        ("push_out", {"promised_on": day(39)}, True),
        # 100 units were ordered, and 30 of them are taken off.
        ("cut", {"quantity": 70}, False),
        ("cut", {"quantity": 80}, True),
        ("cancel", {"answer": "refused"}, False),
        # A line of which only the quantity is said may come on any day.
        ("pull_in", {"quantity": 90}, None),
        # What was said before it was asked is no answer to it.
        ("pull_in", {"promised_on": day(50), "acknowledged_on": day(5)}, None),
    ],
)
def test_an_answer_agrees_to_what_was_asked_or_refuses_it(ordered, form, answer, refused):
    send_answer(ordered, 8, answer)
    send_answer(ordered, 9, {"acknowledgement": "later", "promised_on": day(99)}, part="_2")
    assert judge(ordered, 8, ask(form, 40, 30)) == [("V1", refused)]


def ask(form, due, units, rest_on=None, asked_on=6):
    """Frame `asked_changes` of one change of line 1 of P1, of which 100 units were open."""
    row = {
        "po": "P1",
        "po_line": 1,
        "supplier": "V1",
        "form": form,
        "due_on": day(due),
        "quantity": units,
        "rest_on": None if rest_on is None else day(rest_on),
        "rest_units": None if rest_on is None else 100 - units,
        "asked_on": day(asked_on),
    }
    return pl.DataFrame([row], schema=find_frame(AskedChanges).schema)


def judge(shop, number, asked):
    """What was answered to what was asked, as of a day."""
    for source in ("purchase_orders", "order_acknowledgements"):
        shop.load(source, number)
    query = shop.warehouse.query
    return query("answered_changes", day(number), frames={"asked": asked}, window_days=100).rows()


SOONER = ask("split", 40, 30, rest_on=50)
LATER = ask("split", 60, 30, rest_on=50)


@pytest.mark.parametrize(
    ("split", "answer", "refused", "coming_then"),
    [
        # The day of the rest tells nothing of the part that is moved, whatever units it names.
        (SOONER, {"promised_on": day(50)}, None, (100, 50)),
        (SOONER, {"promised_on": day(50), "quantity": 70}, None, (100, 50)),
        (SOONER, {"promised_on": day(55), "quantity": 60}, None, (90, 50)),
        (LATER, {"promised_on": day(50), "quantity": 70}, None, (100, 50)),
        # It may be the last of two days.
        (SOONER, {"promised_on": day(50), "quantity": 100}, None, (100, 50)),
        # The day of the part moves and cuts nothing of the rest.
        (SOONER, {"promised_on": day(40)}, False, (100, 50)),
        (SOONER, {"promised_on": day(40), "quantity": 30}, False, (100, 50)),
        (SOONER, {"promised_on": day(38), "quantity": 20}, False, (90, 50)),
        (SOONER, {"promised_on": day(43), "quantity": 30}, True, (100, 50)),
        (LATER, {"promised_on": day(60), "quantity": 30}, False, (100, 50)),
        (LATER, {"promised_on": day(57)}, True, (100, 50)),
        (LATER, {"promised_on": day(60), "quantity": 100}, False, (100, 50)),
        # More units than the sooner part has come by its day: all of the line is meant.
        (SOONER, {"promised_on": day(40), "quantity": 100}, False, (100, 40)),
        (LATER, {"promised_on": day(50), "quantity": 100}, True, (100, 50)),
        (SOONER, {"answer": "accepted"}, False, (100, 50)),
        (SOONER, {"quantity": 90}, None, (90, 50)),
    ],
)
def test_an_answer_to_one_part_of_a_split_line_says_nothing_of_the_other(
    ordered, split, answer, refused, coming_then
):
    send_answer(ordered, 8, answer)
    assert judge(ordered, 8, split) == [("V1", refused)]
    units, due = coming_then
    assert coming(ordered, asked=split)["P1"] == (units, day(due))


def test_of_two_answers_to_a_split_line_the_one_to_the_part_that_is_moved_counts(ordered):
    send_answer(ordered, 8, {"promised_on": day(50), "quantity": 70})
    send_answer(ordered, 9, {"promised_on": day(40), "quantity": 30})
    assert judge(ordered, 9, SOONER) == [("V1", False)]
    assert coming(ordered, asked=SOONER)["P1"] == (100, day(50))


def test_a_split_line_counts_as_the_order_has_it_once_that_has_two_lines(ordered):
    send_answer(ordered, 8, {"promised_on": day(40), "quantity": 30})
    first = order("P1", 100, requested_on=day(50), confirmed_on=day(50), confirmed_quantity=70)
    second = order("P1", 30, line=2, requested_on=day(40))
    ordered.send("purchase_orders", 9, [first, second])
    ordered.load("purchase_orders", 9)
    ordered.load("order_acknowledgements", 9)
    lines = find_documents(ordered, 9, asked=SOONER).filter(pl.col("document") == "P1")
    assert lines.select("line", "units", "stated_on").rows() == [(1, 70, day(50)), (2, 30, day(40))]


def test_what_is_asked_after_a_split_takes_its_place(ordered):
    send_answer(ordered, 9, {"promised_on": day(40)})
    both = pl.concat([SOONER, ask("pull_in", 40, 100, asked_on=7)])
    assert judge(ordered, 9, both) == [("V1", False), ("V1", False)]
    assert coming(ordered, asked=both)["P1"] == (100, day(40))
    assert coming(ordered, asked=SOONER)["P1"] == (100, day(50))
