"""Figures of suppliers: trends that are none by chance, peers, and what is not compared."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from forecasting.supply import measure_suppliers
from quality_checks.contracts import CONTRACTS, FIGURES

DUE = dt.date(2025, 6, 1)


def lines(supplier, on_time, *, period, orders, still_open=False):
    """Lines of a supplier, one a value of `on_time`, spread over orders in turn."""
    base = {
        "business_date": DUE, "supplier": supplier, "sku": "a", "destination": "dc",
        "status": "confirmed" if still_open else "received", "ordered_on": DUE,
        "requested_on": DUE, "due_from": DUE, "due_until": DUE, "period": period, "case_pack": 1,
        "ordered_units": 10, "still_open": still_open, "came_on": None if still_open else DUE,
        "booked_units": None, "rejected_units": None,
        "returned_units": None, "defective_units": None, "first_confirmed_on": None,
        "confirmation_slip": None, "estimate_slip": None, "against": None, "left_out": None,
    }  # fmt: skip
    return [
        {
            **base,
            "po": f"{supplier}-{period}-{number % orders:03d}",
            "line": number + 1,
            "delivered_units": 0 if still_open else 10,
            "in_time_units": 10 if good and not still_open else 0,
            "timing": "late" if still_open or not good else "on_time",
            "lead_days": None if still_open else 10,
            "days_off": None if still_open else int(not good),
        }
        for number, good in enumerate(on_time)
    ]


def measure(rows, **least):
    frame = CONTRACTS["scorecard_lines"].conform(pl.DataFrame(rows, infer_schema_length=None))
    found = measure_suppliers(frame, **{"least_lines": 20, "least_orders": 8, **least})
    return CONTRACTS["scorecard_figures"].conform(found.with_columns(business_date=pl.lit(DUE)))


def of(found, supplier, figure="otif"):
    return found.filter(supplier=supplier, figure=figure).row(0, named=True)


def both_periods(supplier, recent, before, orders=10):
    return [
        *lines(supplier, recent, period="recent", orders=orders),
        *lines(supplier, before, period="before", orders=orders),
    ]


def test_every_supplier_has_every_figure_and_none_is_made_up():
    found = measure(lines("A", [True], period="recent", orders=1))
    assert found["figure"].sort().to_list() == sorted(FIGURES)
    told = found.filter(pl.col("overall").is_not_null())["figure"].sort().to_list()
    assert told == [
        "early_share", "fill_rate", "late_share", "lead_time", "on_time_share", "otif",
    ]  # fmt: skip
    assert (found["lines"] == found["overall"].is_not_null().cast(pl.Int64)).all()


def test_few_lines_or_few_orders_have_no_trend_and_no_rank():
    good, bad = [True] * 30, [False] * 30
    rows = [
        *both_periods("one order", bad, good, orders=1),
        *both_periods("few lines", bad[:9], good[:9], orders=9),
        *both_periods("enough", bad, good),
        *both_periods("better", good, bad),
    ]
    found = measure(rows)
    assert [of(found, name)["trend"] for name in ("one order", "few lines")] == [None, None]
    assert [of(found, name)["trend"] for name in ("enough", "better")] == ["worse", "better"]
    # Fewer late lines are better, more in time are.
    assert of(found, "enough", "late_share")["trend"] == "worse"
    assert of(found, "one order")["peer_rank"] is None
    assert of(found, "one order")["peers"] == 2


def test_chance_is_no_trend():
    rng = np.random.default_rng(11)
    rows = []
    for number in range(300):
        # Lines of an order come together: its chance is drawn once.
        chance = rng.beta(4, 2, (2, 12)).repeat(4, axis=1)
        drawn = rng.random((2, 48)) < chance
        for period, on_time in zip(("recent", "before"), drawn, strict=True):
            made = lines(f"s{number:03d}", on_time.tolist(), period=period, orders=12)
            orders = [f"s{number}-{period}-{place // 4:02d}" for place in range(48)]
            rows += [{**row, "po": po} for row, po in zip(made, orders, strict=True)]
    trends = measure(rows).filter(figure="otif")["trend"]
    assert trends.null_count() == 0
    # One in a hundred is meant; with 12 orders a period the normal law is short in its tails.
    assert (trends != "steady").mean() < 0.04


def test_a_real_change_is_seen():
    rng = np.random.default_rng(12)
    rows = []
    for number in range(100):
        recent, before = rng.random(60) < 0.6, rng.random(60) < 0.95
        rows += both_periods(f"s{number:03d}", recent.tolist(), before.tolist(), orders=30)
    assert (measure(rows).filter(figure="otif")["trend"] == "worse").mean() > 0.9


def test_lines_that_may_still_come_make_no_trend_of_what_they_can_change():
    good = [True] * 30
    rows = [
        *both_periods("A", good, good),
        *lines("A", [True] * 10, period="recent", orders=10, still_open=True),
    ]
    for number, row in enumerate(rows):
        row["line"] = number + 1
    found = measure(rows)
    assert of(found, "A", "fill_rate")["trend"] is None
    # What they can no longer change is compared: they are late for good.
    assert of(found, "A", "otif")["trend"] == "worse"
    assert of(found, "A", "late_share")["trend"] == "worse"


def test_peers_are_the_others_and_equals_share_a_place():
    shares = {"A": 30, "B": 24, "C": 24, "D": 0}
    rows = [
        row
        for name, good in shares.items()
        for row in lines(name, [number < good for number in range(30)], period=None, orders=10)
    ]
    found = measure(rows)
    assert [of(found, name)["peer_rank"] for name in shares] == [1, 2, 2, 4]
    assert [of(found, name)["peer_median"] for name in "AD"] == [pytest.approx(0.8)] * 2
    assert of(found, "B")["peer_median"] == pytest.approx(0.8)
    assert of(found, "A", "late_share")["peer_rank"] == 1
    # A median of two would tell a supplier what its competitors' figures are.
    few = measure([row for row in rows if row["supplier"] != "D"])
    assert (of(few, "A")["peers"], of(few, "A")["peer_median"]) == (2, None)


def test_a_spread_is_about_what_is_usual_and_not_about_the_days_asked():
    rows = lines("A", [True] * 4, period=None, orders=4)
    for row, days, off in zip(rows, (10, 40, 10, 40), (2, 2, 4, 4), strict=True):
        row.update(lead_days=days, days_off=off)
    assert of(measure(rows), "A", "lead_time_spread")["overall"] == pytest.approx(1)
