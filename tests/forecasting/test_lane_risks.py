"""Chances of lines that are ordered tonight, by lane, against the law that lines are drawn by."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from forecasting.supply import predict_lane_risks, score_suppliers
from quality_checks.contracts import CONTRACTS

AS_OF = dt.date(2026, 6, 30)
REACH = 365


def draw_orders(lanes, seed=1):
    """Lines of lanes, (supplier, destination, lines, days late of each), asked in 20 days."""
    rng = np.random.default_rng(seed)
    rows = []
    for supplier, destination, count, draw in lanes:
        for number, late in enumerate(draw(rng, count)):
            ordered = AS_OF - dt.timedelta(days=int(rng.integers(60, 300)))
            rows.append(
                {
                    "po": f"{supplier}{destination}{number}", "line": 1, "sku": "a",
                    "supplier": supplier, "destination": destination, "ordered_on": ordered,
                    "requested_on": ordered + dt.timedelta(days=20),
                    "delivered_on": ordered + dt.timedelta(days=20 + int(late)),
                    "ordered_quantity": 10, "delivered_quantity": 9 if number % 4 == 0 else 10,
                    "confirmed_quantity": None, "status": "received",
                }
            )  # fmt: skip
    return pl.DataFrame(rows)


def lead_times(*lanes, days=20.0, closed=0.0):
    rows = [("a", destination, supplier, days + closed, closed) for supplier, destination in lanes]
    names = ["sku", "location", "supplier", "lead_time_mean", "closure_days"]
    return pl.DataFrame(rows, schema=names, orient="row")


NO_RISKS = CONTRACTS["order_risks"].empty()


def predict(orders, times, risks=NO_RISKS):
    cards = score_suppliers(orders, as_of=AS_OF, window_days=REACH)
    found = predict_lane_risks(orders, times, cards, risks, as_of=AS_OF, window_days=REACH)
    return CONTRACTS["lane_risks"].conform(found.with_columns(business_date=pl.lit(AS_OF)))


def fall(rng, count):
    """Three in ten are three days late, one in ten is ten."""
    return rng.choice([0, 3, 10], count, p=[0.6, 0.3, 0.1])


def on_time(rng, count):  # noqa: ARG001  # as other laws
    return np.zeros(count)


def test_a_lane_with_many_lines_says_what_its_own_law_is():
    orders = draw_orders([("A", "D1", 2000, fall), ("A", "D2", 2000, on_time)])
    far, near = predict(orders, lead_times(("A", "D1"), ("A", "D2"))).to_dicts()
    assert far["late_chance"] == pytest.approx(0.4, abs=0.03)
    assert far["late_week_chance"] == pytest.approx(0.1, abs=0.02)
    assert (far["lead_p10"], far["lead_p50"], far["lead_p90"]) in {(20, 20, 23), (20, 20, 30)}
    assert near["late_chance"] == pytest.approx(0, abs=0.01)
    assert (far["lines"], far["short_chance"]) == (2000, pytest.approx(0.25, abs=0.01))


def test_a_lane_with_few_lines_leans_on_its_supplier_and_a_supplier_without_any_on_all():
    orders = draw_orders([("A", "D1", 2000, fall), ("B", "D1", 2000, on_time)])
    times = lead_times(("A", "D9"), ("B", "D9"), ("C", "D9"))
    a, b, c = predict(orders, times).to_dicts()
    assert (a["lines"], b["lines"], c["lines"]) == (0, 0, 0)
    assert a["late_chance"] == pytest.approx(0.4, abs=0.06)
    assert b["late_chance"] == pytest.approx(0, abs=0.03)
    assert c["late_chance"] == pytest.approx(0.2, abs=0.06)
    assert c["short_chance"] is None


def test_chances_hold_for_lines_that_are_drawn_anew():
    # Each lane has its own chance; what is said of it is judged by two hundred further lines.
    chances = np.linspace(0.05, 0.6, 12)
    lanes = [
        (f"S{number // 3}", f"D{number}", 25, lambda rng, n, p=p: 4 * (rng.random(n) < p))
        for number, p in enumerate(chances)
    ]
    told = predict(draw_orders(lanes), lead_times(*[lane[:2] for lane in lanes]))
    said = dict(told.select("destination", "late_chance").iter_rows())
    stated = np.array([said[lane[1]] for lane in lanes])
    assert stated.mean() == pytest.approx(chances.mean(), abs=0.05)
    assert np.corrcoef(stated, chances)[0, 1] > 0.9


def test_a_closure_lengthens_the_lead_time_and_makes_no_line_late():
    orders = draw_orders([("A", "D1", 500, fall)])
    (open_,) = predict(orders, lead_times(("A", "D1"))).to_dicts()
    (shut,) = predict(orders, lead_times(("A", "D1"), closed=8.0)).to_dicts()
    assert shut["lead_days"] == open_["lead_days"] + 8
    assert shut["lead_p90"] == open_["lead_p90"] + 8
    assert shut["late_chance"] == open_["late_chance"]


def test_open_lines_of_a_lane_add_up_and_unknown_ones_count_as_none():
    base = {
        "business_date": AS_OF, "region": "R", "sku": "a", "destination": "D1", "supplier": "A",
        "document_kind": "purchase_order", "line": 1, "stated_on": AS_OF, "units": 5,
        "late_chance": 0.5, "late_week_chance": 0.1, "short_chance": 0.1, "come_chance": 1.0,
        "due_p10": AS_OF, "due_p50": AS_OF, "due_p90": AS_OF, "margin_if_never": 10.0,
    }  # fmt: skip
    lost = {"P1": ("A", 3.0), "P2": ("A", 4.0), "P3": ("A", None), "P4": ("B", None)}
    rows = [
        base
        | {"document": po, "supplier": supplier, "margin_at_risk": margin}
        | {"margin_at_risk_together": None if margin is None else 2 * margin}
        for po, (supplier, margin) in lost.items()
    ]
    risks = CONTRACTS["order_risks"].conform(pl.DataFrame(rows))
    orders = draw_orders([("A", "D1", 30, fall)])
    times = lead_times(("A", "D1"), ("B", "D1"), ("C", "D1"))
    shown = predict(orders, times, risks).select(
        "supplier", "open_lines", "margin_at_risk", "margin_at_risk_together"
    )
    assert shown.rows() == [("A", 3, 7.0, 14.0), ("B", 1, None, None), ("C", 0, None, None)]


def test_without_orders_one_line_in_ten_is_taken_to_be_late():
    orders = draw_orders([("A", "D1", 1, fall)]).clear()
    (row,) = predict(orders, lead_times(("A", "D1"), days=12.4)).to_dicts()
    assert (row["lead_days"], row["lead_p50"], row["late_chance"]) == (13, 13, pytest.approx(0.1))
