"""When open documents bring their goods, by hand."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from forecasting.supply.lateness import judge_lateness
from forecasting.supply.receipts import predict_receipts
from quality_checks.contracts import (
    CONTRACTS,
    DeliveryRecord,
    LineDelays,
    OpenDocuments,
    SupplierClosures,
    SupplierYields,
    find_contract,
    find_frame,
)

AS_OF = dt.date(2025, 9, 30)
NO_CLOSURES = find_frame(SupplierClosures).empty()
NO_DELAYS = find_contract(LineDelays).empty()
IN_FULL = pl.DataFrame(schema=find_contract(SupplierYields).made_schema)
NEVER = 0.05
"""Share of late lines that never come, before any is seen."""


def record(*rows, kind="order_promised", lead=20):
    """`delivery_record` from (sender, days late, came, lines)."""
    return pl.DataFrame(
        [(kind, sender, lead, late, came, lines) for sender, late, came, lines in rows],
        schema=find_frame(DeliveryRecord).schema,
        orient="row",
    )


def judge(days_late, seen, sender="A"):
    lines = pl.DataFrame(
        {
            "record": "order_promised",
            "sender": sender,
            "days_late": days_late,
            "modelled_late": None,
        }
    )
    return judge_lateness(lines, seen)


def document(ordered, stated, **other):
    return {
        "record": "order_promised",
        "sender": "A",
        "region": "north",
        "sku": "a",
        "location": "dc",
        "document_kind": "purchase_order",
        "document": "po",
        "line": 1,
        "supplier": "A",
        "ordered_on": AS_OF - dt.timedelta(ordered),
        "stated_on": AS_OF + dt.timedelta(stated),
        "units": 100,
        **other,
    }


def predict(seen, *documents, longest=365, yields=IN_FULL):
    rows = pl.DataFrame(documents, schema=find_frame(OpenDocuments).schema)
    return predict_receipts(
        rows, seen, NO_CLOSURES, NO_DELAYS, yields, as_of=AS_OF, longest_days=longest
    )


def test_a_line_comes_as_late_as_its_senders_lines_do():
    # 15 of 20 on the day, 5 four days later, of A alone: 1 day on average. All senders are A.
    seen = record(("A", 0, True, 1500), ("A", 4, True, 500))
    found = judge([-10, -1, 0, 1, 3], seen)
    assert found["days_to_come"].to_list() == pytest.approx([11, 2, 4, 3, 1], abs=0.02)
    assert found["chance"].to_list() == pytest.approx([1, 1, 1, 1, 1], abs=1e-4)


def test_a_sender_with_few_lines_is_judged_by_all():
    # B has none of its own; C has 5 lines, as many as all senders weigh, all 10 days late.
    seen = record(("A", 0, True, 9995), ("C", 10, True, 5))
    assert judge([-10], seen, "B")["days_to_come"].item() == pytest.approx(10.005, abs=0.01)
    assert judge([-10], seen, "C")["days_to_come"].item() == pytest.approx(15, abs=0.01)


def test_without_a_record_the_prior_line_decides():
    # A quarter of the lead time of 20 days is less than a week.
    late = np.array([0, 7, 30, 240])
    fades = (1 - NEVER) * np.exp(-late / 7)
    found = judge(late, record())
    assert found["chance"].to_list() == pytest.approx(fades / (fades + NEVER), rel=1e-6)
    # Days late are whole: the next ones are counted from 1.
    mean = 1 / (1 - np.exp(-1 / 7))
    assert found["days_to_come"].to_list()[:3] == pytest.approx([mean] * 3, rel=1e-6)


def test_where_no_line_was_ever_as_late_the_chance_goes_to_none_and_not_to_all():
    seen = record(("A", 0, True, 80), ("A", 5, True, 20))
    chance = judge([0, 4, 5, 30, 60, 239], seen)["chance"].to_list()
    assert chance[:2] == pytest.approx([1, 1], abs=1e-3)
    assert sorted(chance, reverse=True) == chance
    assert chance[3] < 0.4
    assert chance[4] < 0.01
    assert chance[5] < 1e-9


def test_open_lines_are_known_to_be_later_than_they_are_so_far():
    # One of ten is still out at 8 days, two came at 10: a third of those after 6 days do at least.
    seen = record(("A", 0, True, 7000), ("A", 8, False, 1000), ("A", 10, True, 2000))
    open_line = judge([9], seen)
    assert open_line["chance"].item() == pytest.approx(1, abs=1e-3)
    assert open_line["days_to_come"].item() == pytest.approx(1, abs=0.02)
    # 7 of 10 come on the day, the rest at 10: the open one, too.
    assert judge([-5], seen)["days_to_come"].item() == pytest.approx(5 + 3, abs=0.02)


def test_lines_that_never_came_lower_the_chance_of_others():
    seen = record(("A", 0, True, 60), ("A", 10, True, 30), ("A", 200, False, 10))
    # Past its day, 30 lines came and 10 most likely never will.
    assert judge([5], seen)["chance"].item() == pytest.approx(0.75, abs=0.01)
    assert judge([40], seen)["chance"].item() < 0.02


def test_many_lines_that_all_came_make_a_late_one_likelier_to_come():
    few = judge([20], record(("A", 0, True, 9), ("A", 6, True, 9)))["chance"].item()
    many = judge([20], record(("A", 0, True, 900), ("A", 6, True, 900)))["chance"].item()
    assert few < many
    assert many > 0.9


def test_one_forgotten_line_leaves_a_line_that_is_a_little_late():
    came = [("A", days, True, 10) for days in range(10)]
    calm = judge([6], record(*came, ("A", 6, False, 1)))["chance"].item()
    held = judge([6], record(*came, ("A", 6, False, 1), ("A", 239, False, 1)))["chance"].item()
    assert calm > 0.97
    # 30 lines came later, one of 31 did not.
    assert held == pytest.approx(30 / 31, abs=0.02)


def test_units_count_by_their_chance_and_come_on_a_whole_day():
    seen = record(("A", 0, True, 60), ("A", 10, True, 30), ("A", 200, False, 10))
    found = predict(
        seen,
        document(20, 5, document="ahead"),
        document(20, -5, document="late", units=103),
        document(265, -240, document="lost"),
    ).sort("document")
    CONTRACTS["receipts_ahead"].conform(found.with_columns(business_date=AS_OF))
    assert found["overdue_days"].to_list() == [0, 5, 240]
    # 103 units of which three quarters come are 77.25.
    assert found["expected_units"].to_list() == [100, 77, 0]
    # 30 of the 90 that come are 10 days late: 3.3 days; of those that are late, 10 less 5.
    assert (found["due_on"][0] - AS_OF).days == 5 + 3
    assert (found["due_on"][1] - AS_OF).days == 5


def test_half_a_unit_is_one():
    found = predict(record(), document(20, -7, units=1))
    assert found["chance"].item() > 0.5
    assert found["expected_units"].item() == 1


def test_what_usually_comes_early_and_is_not_there_comes_on_its_day_at_best():
    seen = record(("A", -8, True, 1000))
    found = predict(seen, document(20, 30, document="a"), document(20, 3, document="b"))
    assert [(day - AS_OF).days for day in found["due_on"]] == [22, 4]


def test_a_day_that_cannot_be_is_replaced_by_the_senders_usual_one():
    seen = record(("A", 0, True, 1000), lead=30)
    found = predict(
        seen,
        document(10, -40, document="before its order"),
        document(10, 400, document="beyond reach"),
        document(10, 170, document="next season"),
    ).sort("document")
    due = [(day - AS_OF).days for day in found["due_on"]]
    assert due == [20, 20, 170]
    assert found["stated_on"].to_list()[0] == AS_OF - dt.timedelta(40)
    assert found["overdue_days"].to_list() == [0, 0, 0]
    assert (found["chance"] == 1).all()


def test_our_own_lines_count_in_full_until_they_are_given_up():
    proposal = {"document_kind": "proposal", "record": "order_asked"}
    found = predict(
        record(("A", 3, True, 100), kind="order_asked"),
        document(20, -10, document="a", **proposal),
        document(1, 6, document="b", **proposal),
    )
    assert found["expected_units"].to_list() == [100, 100]
    assert [(day - AS_OF).days for day in found["due_on"]] == [1, 6]


def test_transfers_have_their_own_record():
    seen = pl.concat([record(("A", 20, True, 500)), record(("A", 0, True, 9000), kind="transfer")])
    moved = document(1, 1, record="transfer", document_kind="transfer", supplier=None)
    found = predict(seen, moved, document(1, 1))
    assert [(day - AS_OF).days for day in found["due_on"]] == [21, 1]


def test_no_documents_no_receipts_and_a_bad_frame_is_named():
    assert predict(record()).is_empty()
    with pytest.raises(ValueError, match="units"):
        predict(record(), document(1, 1, units=-1))
    with pytest.raises(ValueError, match="lead_days"):
        predict(record(("A", 0, True, 1), lead=-1), document(1, 1))


def test_of_an_order_the_share_counts_that_its_supplier_delivers_of_such_lines():
    usual = IN_FULL.vstack(
        pl.DataFrame([["A", 40, 0.8, 0.2, 30, 0.95]], schema=IN_FULL.schema, orient="row")
    )
    found = predict(
        record(("A", 0, True, 100)),
        document(9, 9, document="asked"),
        document(9, 9, document="confirmed", confirmed_short=False),
        document(9, 9, document="confirmed short", units=60, confirmed_short=True),
        document(9, 9, document="of another", sender="B", supplier="B"),
        document(9, 9, document="ours", document_kind="proposal", record="order_asked"),
        document(9, 9, document="noticed", document_kind="shipment", record="ship_notice"),
        document(
            9, 9, document="moved", document_kind="transfer", record="transfer", supplier=None
        ),
        yields=usual,
    )
    counted = {row["document"]: (row["share"], row["expected_units"]) for row in found.to_dicts()}
    assert counted == {
        "asked": (0.8, 80),
        "confirmed": (0.95, 95),
        "confirmed short": (0.95, 57),
        "of another": (1.0, 100),
        # Ours counts in full until a document shows it.
        "ours": (1.0, 100),
        # What is said to be on its way is.
        "noticed": (1.0, 100),
        "moved": (1.0, 100),
    }
