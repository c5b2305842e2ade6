"""Chances of open lines to be late, and the days on which they may come."""

import datetime as dt

import polars as pl
import pytest

from forecasting.supply import predict_order_risks, predict_receipts
from quality_checks.contracts import (
    LineDelays,
    OpenDocuments,
    SupplierClosures,
    SupplierYields,
    find_contract,
    find_frame,
)

AS_OF = dt.date(2026, 3, 1)
NO_CLOSURES = find_frame(SupplierClosures).empty()
NO_DELAYS = find_contract(LineDelays).empty()
IN_FULL = pl.DataFrame(schema=find_contract(SupplierYields).made_schema)
ROW = {
    "record": "order_asked",
    "sender": "V",
    "region": "R",
    "sku": "S",
    "location": "D",
    "document_kind": "purchase_order",
    "line": 1,
    "supplier": "V",
    "ordered_on": AS_OF - dt.timedelta(days=30),
    "units": 10,
}
CARDS = pl.DataFrame({"supplier": ["V"], "p_short": [0.2], "p_short_confirmed": [0.05]})


def open_lines(**days):
    """Open lines that state so many days from the business date."""
    return pl.DataFrame(
        [
            ROW | {"document": name, "stated_on": AS_OF + dt.timedelta(days=day)}
            for name, day in days.items()
        ],
        schema=find_frame(OpenDocuments).schema,
    )


def record(*late):
    """Days late of lines that came, with how many were."""
    return pl.DataFrame(
        [
            {
                "record": "order_asked",
                "sender": "V",
                "lead_days": 30,
                "days_late": days,
                "came": True,
                "lines": lines,
            }
            for days, lines in late
        ]
    )


def risks(lines, seen, cards=CARDS):
    return predict_order_risks(
        lines, seen, NO_CLOSURES, NO_DELAYS, cards, as_of=AS_OF, longest_days=365
    )


def test_a_line_is_late_as_often_as_its_suppliers_lines_were():
    found = risks(open_lines(a=10), record((0, 700), (4, 200), (12, 100))).chances.row(
        0, named=True
    )
    assert found["late_chance"] == pytest.approx(0.3, abs=0.02)
    assert found["late_week_chance"] == pytest.approx(0.1, abs=0.02)
    assert found["short_chance"] == 0.2


def test_the_days_are_equally_likely_and_their_mean_is_the_day_that_plans_count_on():
    seen = record((0, 700), (4, 200), (12, 100))
    lines = open_lines(a=10)
    days = [
        (day - AS_OF).days for day in risks(lines, seen).arrivals.sort("point")["due_on"].to_list()
    ]
    assert days == [10] * 11 + [14] * 3 + [22]
    due = predict_receipts(
        lines, seen, NO_CLOSURES, NO_DELAYS, IN_FULL, as_of=AS_OF, longest_days=365
    )
    assert (due["due_on"][0] - AS_OF).days == pytest.approx(sum(days) / len(days), abs=0.6)


def test_what_has_not_come_by_its_day_is_late_for_certain_and_may_come_tomorrow_at_the_earliest():
    found = risks(open_lines(a=-3), record((0, 700), (4, 200), (12, 100)))
    assert found.chances["late_chance"][0] == 1.0
    # Of the lines that were more than 3 days late a third were more than a week.
    assert found.chances["late_week_chance"][0] == pytest.approx(1 / 3, abs=0.05)
    days = {(day - AS_OF).days for day in found.arrivals["due_on"].to_list()}
    assert days == {1, 9}


def test_only_documents_of_suppliers_have_risks():
    moved = open_lines(a=10).with_columns(
        document_kind=pl.lit("transfer"), supplier=pl.lit(None, pl.String)
    )
    assert risks(moved, record((0, 9))).chances.is_empty()


def test_nothing_is_known_of_short_lines_of_a_new_supplier():
    found = risks(open_lines(a=10), record((0, 9)), CARDS.clear())
    assert found.chances["short_chance"].to_list() == [None]


def test_what_a_supplier_confirmed_tells_how_likely_a_line_is_short():
    lines = open_lines(asked=10, full=10, fewer=10).with_columns(
        confirmed_short=pl.Series([None, False, True])
    )
    found = risks(lines, record((0, 9))).chances
    assert dict(found.select("document", "short_chance").iter_rows()) == {
        "asked": 0.2, "full": 0.05, "fewer": 1.0,
    }  # fmt: skip


def test_without_any_record_a_line_is_late_as_the_prior_line():
    none = record((0, 1)).clear()
    found = risks(open_lines(a=10), none).chances
    assert 0.05 < found["late_chance"][0] < 0.2


def test_a_day_that_cannot_be_is_not_planned_on():
    seen = record((0, 700), (4, 200), (12, 100))
    lines = open_lines(a=365 * 70)
    stated = risks(lines, seen).chances["stated_on"][0]
    # The supplier's usual days after the order.
    assert stated == ROW["ordered_on"] + dt.timedelta(days=30)
