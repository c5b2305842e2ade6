"""Share of an order line that comes in the end."""

import datetime as dt

import polars as pl
import pytest

from forecasting.supply.yields import estimate_yields
from quality_checks.contracts import CONTRACTS

AS_OF = dt.date(2026, 3, 31)


def orders(*lines):
    """(supplier, status, delivered of 100 units, days since the day asked for) each."""
    return pl.DataFrame(
        [
            {
                "supplier": supplier,
                "status": status,
                "ordered_quantity": 100,
                "delivered_quantity": delivered,
                "requested_on": AS_OF - dt.timedelta(days=age),
            }
            for supplier, status, delivered, age in lines
        ],
        schema_overrides={"delivered_quantity": pl.Int64},
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


def test_without_a_closed_line_nothing_is_said():
    assert found(("V", "open", 0, 9)).is_empty()


def test_a_window_without_days_is_refused():
    with pytest.raises(ValueError, match="window_days must be at least 1, not 0"):
        estimate_yields(orders(("V", "open", 0, 9)), as_of=AS_OF, window_days=0)
