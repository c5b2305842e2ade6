"""Share of an order line that comes in the end."""

import datetime as dt

import polars as pl
import pytest

from forecasting.supply.yields import estimate_yields
from quality_checks.contracts import CONTRACTS

AS_OF = dt.date(2026, 3, 31)


def orders(*lines):
    """(supplier, status, delivered of 100 units, days since the day asked for, confirmed) each."""
    return pl.DataFrame(
        [
            {
                "supplier": supplier,
                "status": status,
                "ordered_quantity": 100,
                "delivered_quantity": delivered,
                "confirmed_quantity": confirmed[0] if confirmed else None,
                "requested_on": AS_OF - dt.timedelta(days=age),
            }
            for supplier, status, delivered, age, *confirmed in lines
        ],
        schema_overrides={"delivered_quantity": pl.Int64, "confirmed_quantity": pl.Int64},
    )


def found(*lines):
    return estimate_yields(orders(*lines), as_of=AS_OF, window_days=365)


def test_mean_and_deviation_are_shrunk_to_all_suppliers():
    got = found(*[("V", "received", 100, 9)] * 15, *[("W", "received", 60, 9)] * 5)
    # All: mean .9, mean square .84. W: (5 * .6 + 5 * .9) / 10 and (5 * .36 + 5 * .84) / 10.
    w = got.row(by_predicate=pl.col("supplier") == "W", named=True)
    assert w["closed_lines"] == 5
    assert w["yield_mean"] == pytest.approx(0.75)
    assert w["yield_sd"] == pytest.approx((0.6 - 0.75**2) ** 0.5)
    CONTRACTS["supplier_yields"].conform(got.with_columns(business_date=AS_OF))


def test_only_closed_lines_of_the_window_count_and_more_than_ordered_is_whole():
    got = found(
        ("V", "received", 120, 9),
        ("V", "open", 0, 9),
        ("V", "cancelled", 0, 9),
        ("V", "received", 0, 400),
        ("X", "open", 0, 9),
    )
    assert got.select("supplier", "closed_lines", "yield_mean").rows() == [
        ("V", 1, 1.0),
        ("X", 0, 1.0),
    ]


def test_of_confirmed_units_more_comes_than_of_ordered_ones():
    unsaid, kept = [("V", "received", 50, 9)] * 10, [("V", "received", 80, 9, 80)] * 5
    broken = [("W", "received", 60, 9, 100)] * 5
    got = found(*unsaid, *kept, *broken, ("W", "received", 0, 9, 0))
    assert got["confirmed_lines"].to_list() == [5, 5]
    # All of V's were kept and of W's .6 came: .8 is usual, and stands for 5 lines of each.
    assert got["confirmed_yield_mean"].to_list() == pytest.approx([0.9, 0.7])


def test_while_nothing_confirmed_has_closed_what_is_ordered_decides():
    got = found(("V", "received", 50, 9), ("V", "open", 0, 9, 100), ("W", "received", 100, 9))
    assert got["confirmed_yield_mean"].equals(got["yield_mean"].alias("confirmed_yield_mean"))


def test_without_a_closed_line_nothing_is_said():
    assert found(("V", "open", 0, 9)).is_empty()


def test_a_window_without_days_is_refused():
    with pytest.raises(ValueError, match="window_days must be at least 1, not 0"):
        estimate_yields(orders(("V", "open", 0, 9)), as_of=AS_OF, window_days=0)
