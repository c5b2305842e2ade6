"""Closures of suppliers: what they move, by how much, and what they leave alone."""

import datetime as dt

import polars as pl
import pytest

from forecasting.supply import add_closures, predict_order_risks, predict_receipts
from forecasting.supply.order_days import count_days_to_order
from quality_checks.contracts import (
    DeliveryRecord,
    LineDelays,
    SupplierCalendars,
    SupplierClosures,
    SupplierYields,
    find_contract,
    find_frame,
)

AS_OF = dt.date(2026, 9, 30)
USUAL = 30
NO_CALENDARS = find_frame(SupplierCalendars).empty()
NO_DELAYS = find_contract(LineDelays).empty()
IN_FULL = pl.DataFrame(schema=find_contract(SupplierYields).made_schema)
CARDS = pl.DataFrame({"supplier": ["V"], "p_short": [0.1], "p_short_confirmed": [0.1]})


def ahead(days):
    return AS_OF + dt.timedelta(days=days)


def closure(first, last):
    return pl.DataFrame(
        [("V", ahead(first), ahead(last))], schema=find_frame(SupplierClosures).schema, orient="row"
    )


def line(stated, *, ordered=None, kind="purchase_order"):
    """A line that states a day, ordered the usual days before it where nothing else is said."""
    return pl.DataFrame(
        [
            {
                "record": {"shipment": "ship_notice"}.get(kind, "order_asked"),
                "sender": "V",
                "region": "R",
                "sku": "S",
                "location": "D",
                "document_kind": kind,
                "document": "PO",
                "line": 1,
                "supplier": "V",
                "ordered_on": ahead(stated - USUAL if ordered is None else ordered),
                "stated_on": ahead(stated),
                "units": 10,
                "confirmed_short": None,
            }
        ],
        schema_overrides={"confirmed_short": pl.Boolean},
    )


def record(*late, transport=None):
    """Lines that came on time or so many days late; and notices that took `transport` days."""
    rows = [("order_asked", "V", USUAL, days, True, lines) for days, lines in late or [(0, 10_000)]]
    if transport is not None:
        rows.append(("ship_notice", "V", transport, 0, True, 10_000))
    return pl.DataFrame(rows, schema=find_frame(DeliveryRecord).schema, orient="row")


def due(lines, closures, seen=None):
    found = predict_receipts(
        lines,
        record() if seen is None else seen,
        closures,
        NO_DELAYS,
        IN_FULL,
        as_of=AS_OF,
        longest_days=365,
    ).row(0, named=True)
    assert found["closure_days"] >= 0
    return (found["due_on"] - AS_OF).days


@pytest.mark.parametrize(
    ("stated", "closed", "days"),
    [
        # It works on through the closure's eight days, later.
        (20, (5, 12), 28),
        # Closed already: what is left of the closure is lost.
        (20, (-3, 4), 24),
        # The goods come before it closes.
        (4, (5, 12), 4),
        (5, (5, 12), 13),
        # It ended, also on the business date itself.
        (20, (-9, -1), 20),
        (20, (-9, 0), 20),
        (20, (21, 30), 20),
    ],
)
def test_a_closure_moves_what_would_leave_in_it_or_after_it(stated, closed, days):
    assert due(line(stated), closure(*closed)) == days


def test_what_leaves_before_the_closure_comes_in_time_though_it_is_on_its_way_in_it():
    # Ten days on the way: what comes on the 14th day leaves on the fourth.
    seen = record(transport=10)
    assert due(line(14), closure(5, 12), seen) == 14
    assert due(line(15), closure(5, 12), seen) == 23
    # What no notice carries cannot have left: a supplier that is closed keeps it.
    assert due(line(3), closure(1, 8), seen) == 11


def test_what_a_ship_notice_carries_has_left():
    assert due(line(20, kind="shipment"), closure(1, 12), record(transport=10)) == 20


def test_our_own_line_has_the_closure_in_its_day():
    assert due(line(20, kind="proposal"), closure(1, 12)) == 20


def test_a_day_stated_with_the_closure_in_sight_has_room_for_it():
    # Thirty days are usual: five or eight more are part or all of what the closure costs.
    assert due(line(25, ordered=-10), closure(5, 12)) == 25 + 3
    assert due(line(28, ordered=-10), closure(5, 12)) == 28
    assert due(line(40, ordered=-10), closure(5, 12)) == 40


def test_a_usual_day_that_is_not_whole_takes_no_day_off_the_closure():
    # The usual days are a little below 30, as few lines like those of all senders count, too.
    others = record().with_columns(sender=pl.lit("W"), lead_days=pl.lit(20, pl.Int64))
    assert due(line(20), closure(5, 12), pl.concat([record(), others])) == 28


def test_closures_of_others_and_none_move_nothing():
    other = closure(1, 12).with_columns(supplier=pl.lit("W"))
    assert due(line(20), other) == 20
    assert due(line(20), closure(1, 12).clear()) == 20


def test_the_chance_to_be_late_is_that_of_the_days_it_may_come_on():
    # Nine in ten come on their day, one five days late. Those that leave from the 20th day on wait.
    seen = record((0, 9_000), (5, 1_000))
    shut = closure(20, 24)

    def risks(stated, closures):
        found = predict_order_risks(
            line(stated), seen, closures, NO_DELAYS, CARDS, as_of=AS_OF, longest_days=365
        )
        chances = found.chances.row(0, named=True)
        days = [(day - AS_OF).days for day in found.arrivals["due_on"].to_list()]
        return chances["late_chance"], chances["late_week_chance"], days

    late, week, days = risks(18, shut.clear())
    assert (late, week) == (pytest.approx(0.1, abs=0.01), pytest.approx(0, abs=0.01))
    assert set(days) == {18, 23}
    late, week, days = risks(18, shut)
    assert (late, week) == (pytest.approx(0.1, abs=0.01), pytest.approx(0.1, abs=0.01))
    assert set(days) == {18, 28}
    late, week, days = risks(22, shut)
    assert (late, week) == (pytest.approx(1), pytest.approx(0.1, abs=0.01))
    assert set(days) == {27, 32}


def lead_times(closures, transport=None, lead=20.0, review=7.0, calendars=NO_CALENDARS):
    """Days of an order placed the day after, and of the next one."""
    pairs = pl.DataFrame(
        [("S", "D", None, "V", lead, 1.0, review)],
        schema={
            "sku": pl.String, "location": pl.String, "origin": pl.String, "supplier": pl.String,
            "lead_time_mean": pl.Float64, "lead_time_sd": pl.Float64, "review_days": pl.Float64,
        },
        orient="row",
    )  # fmt: skip
    found = add_closures(pairs, closures, calendars, record(transport=transport), as_of=AS_OF)
    row = found.row(0, named=True)
    assert row["lead_time_mean"] == lead + row["closure_days"]
    return row["lead_time_mean"], row["next_receipt_days"]


@pytest.mark.parametrize(
    ("closed", "transport", "now", "later"),
    [
        ((-9, 0), 0, 20, 27),
        # Both orders are worked on through it.
        ((10, 17), 0, 28, 35),
        # Tonight's leaves on the 11th day, before it; that of next week does not.
        ((12, 19), 10, 20, 35),
        # Next week's is placed on the fourth day of it, and begins when it opens.
        ((5, 12), 10, 28, 12 + 20),
        # Closed tonight: tonight's begins on the ninth day, the next a week after.
        ((1, 8), 10, 28, 35),
        ((-5, 3), 10, 23, 30),
        ((40, 47), 0, 20, 27),
    ],
)
def test_orders_ahead_wait_for_closures(closed, transport, now, later):
    assert lead_times(closure(*closed), transport) == (now, later)


def test_a_closure_until_further_notice_takes_a_year_and_not_all_time():
    forever = (dt.date(9999, 12, 31) - AS_OF).days
    assert lead_times(closure(-3, forever)) == (20 + 364, 364 + 7 + 20 + 364)


def test_what_a_dc_feeds_has_no_supplier_to_close():
    fed = pl.DataFrame(
        [("S", "L", "D", None, 2.0, 0.0, 1.0)],
        schema={
            "sku": pl.String, "location": pl.String, "origin": pl.String, "supplier": pl.String,
            "lead_time_mean": pl.Float64, "lead_time_sd": pl.Float64, "review_days": pl.Float64,
        },
        orient="row",
    )  # fmt: skip
    row = add_closures(fed, closure(1, 8), NO_CALENDARS, record(), as_of=AS_OF).row(0, named=True)
    assert (row["lead_time_mean"], row["next_receipt_days"]) == (2.0, None)


@pytest.mark.parametrize(
    ("weekdays", "closed", "review", "later"),
    [
        # Tomorrow is a Thursday: the next order is that of the Thursday after.
        ("0001000", (40, 47), 7, 27),
        ("0001000", (40, 47), 8, 34),
        ("0001010", (40, 47), 1, 22),
        # None is taken tomorrow: the next order is the first that is, however long a review is.
        ("0100000", (40, 47), 14, 25),
        ("1110111", (40, 47), 7, 21),
        # It opens on the ninth day, a Friday; a week after that the Tuesday is next.
        ("0101000", (1, 8), 7, 8 + 7 + 4 + 20),
        # It takes none tomorrow, and opens on a Friday.
        ("0100000", (1, 8), 7, 8 + 4 + 20),
    ],
)
def test_the_next_order_is_placed_on_a_day_on_which_the_supplier_takes_orders(
    weekdays, closed, review, later
):
    assert AS_OF.weekday() == 2
    calendar = pl.DataFrame({"supplier": ["V"], "order_weekdays": [weekdays]})
    assert lead_times(closure(*closed), review=float(review), calendars=calendar)[1] == later


def test_days_to_an_order_day_are_those_of_a_calendar():
    """Against a walk from day to day, for every week that a supplier may have."""
    weeks = [f"{number:07b}" for number in range(1, 128)]
    for start in range(1, 9):
        found = pl.DataFrame({"week": weeks}).select(
            days=count_days_to_order(pl.col("week"), pl.lit(float(start)), AS_OF)
        )["days"]
        for week, days in zip(weeks, found, strict=True):
            day = AS_OF + dt.timedelta(days=start)
            walked = 0
            while week[(day + dt.timedelta(days=walked)).weekday()] == "0":
                walked += 1
            assert days == walked, (week, start)
