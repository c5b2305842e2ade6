"""Levels of goods that keep only so long: a newsvendor's where they spoil before the next come."""

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy import stats

from governance import load_planning_policy
from optimization.levels import Outlook
from optimization.night import set_levels
from quality_checks.contracts import LineRules, ReceiptsDue, ServiceFloor, find_frame

CLOSED = dt.date(2025, 6, 2)
"""A Monday; goods leave on Tuesdays, are there on Wednesdays, and next week again."""

POLICY = Path(__file__).parents[2] / "data" / "policies" / "planning.yaml"
MEAN, COST = 6.0, 10.0


def rules(floor=0.0):
    shipped = load_planning_policy(POLICY)
    economics = shipped.economics.model_copy(
        update={
            "service_floor": {"A": ServiceFloor(kind="fill_rate", at_least=floor)},
            "unmet_demand": {},
        }
    )
    return shipped.model_copy(update={"economics": economics, "lines": LineRules()})


def a_store(**own):
    stock = dict.fromkeys(
        ("on_hand", "reserved", "damaged", "available", "in_transit", "on_order",
         "proposed_inbound", "proposed_outbound"), 0,
    )  # fmt: skip
    row = {
        "sku": "S",
        "location": "L",
        "region": "R",
        "kind": "store",
        "status": "active",
        "service_class": "A",
        "presentation_min": 0,
        "shelf_max": None,
        "supply_location": "D",
        "unit_cost": COST,
        "case_pack": 1,
        "selling_price": 15.0,
        "sale_margin": 5.0,
        "lead_time_mean": 1.0,
        "lead_time_sd": 0.0,
        "review_days": 7.0,
        "lead_time_observed": True,
        "order_weekdays": "0100000",
        "open_weekdays": "1111111",
        "handling_cost": 0.0,
        "next_receipt_days": None,
        "yield_mean": None,
        "yield_sd": None,
        "shelf_life_days": None,
        "least_remaining_days": None,
        "exit_date": None,
        "launch_date": dt.date(2025, 1, 1),
        **stock,
        **own,
    }
    types = {"shelf_max": pl.Int64, "exit_date": pl.Date, "next_receipt_days": pl.Float64}
    types |= dict.fromkeys(("yield_mean", "yield_sd"), pl.Float64)
    types |= dict.fromkeys(("shelf_life_days", "least_remaining_days"), pl.Int64)
    return pl.DataFrame([row], schema_overrides=types)


def level_of(policy=None, mean=MEAN, **own):
    first = CLOSED + dt.timedelta(days=1)
    demand = pl.DataFrame(
        {
            "sku": "S",
            "location": "L",
            "date": [first + dt.timedelta(days=day) for day in range(40)],
            "mean": mean,
            "variance": mean,
            "correlation": 0.0,
            "common_variation": 0.0,
        }
    )
    outlook = Outlook(demand, find_frame(ReceiptsDue).empty())
    plan = set_levels(a_store(**own), outlook, policy or rules(), business_date=CLOSED)
    return plan.lines.row(0, named=True)


def earn(level, life, margin, keeping):
    """What a shelf that is empty when goods come earns of `level` units in a week, expected."""
    k = np.arange(1, level + 1)
    sells = stats.poisson.sf(k - 1, MEAN * life)
    return float((margin * sells - (keeping + COST) * (1 - sells)).sum())


@pytest.mark.parametrize("life", [2, 4, 6])
@pytest.mark.parametrize("margin", [2.0, 5.0, 9.0])
def test_goods_that_spoil_before_the_next_come_are_held_as_a_newsvendor_holds_papers(life, margin):
    found = level_of(least_remaining_days=life, sale_margin=margin, selling_price=COST + margin)
    keeping = COST * rules().economics.keeping_rate_per_day * 7
    worth = [earn(k, life, margin, keeping) for k in range(1, 80)]
    best = int(np.argmax(worth)) + 1
    assert found["order_up_to"] == pytest.approx(best, abs=1)
    assert worth[found["order_up_to"] - 1] > 0.99 * max(worth)
    assert found["binding"] == "remaining_life"
    # What is stated of a unit left over makes one more worth nothing.
    one_more = stats.poisson.sf(found["order_up_to"], MEAN * life)
    assert margin * one_more <= found["overage_cost"] * (1 - one_more) + 1e-6


def test_goods_that_outlive_the_interval_by_much_are_held_as_if_they_kept():
    forever, long = level_of(), level_of(shelf_life_days=60)
    assert forever["life_level"] is None
    assert long["binding"] == forever["binding"] == "value"
    assert long["order_up_to"] == forever["order_up_to"]
    assert long["overage_cost"] == forever["overage_cost"]
    levels = [level_of(shelf_life_days=life)["order_up_to"] for life in range(1, 30)]
    assert levels == sorted(levels)
    assert levels[-1] == forever["order_up_to"]


def test_a_floor_asks_for_no_unit_that_is_likelier_to_spoil_and_a_display_does():
    floor = level_of(rules(floor=0.99), least_remaining_days=4)
    assert floor["order_up_to"] == floor["life_level"] == stats.poisson.median(4 * MEAN)
    shown = level_of(least_remaining_days=4, presentation_min=60)
    assert (shown["order_up_to"], shown["binding"]) == (60, "presentation_min")


def test_what_is_left_of_the_last_delivery_sells_first():
    stocked = {"on_hand": 10, "available": 10}
    empty, held = level_of(least_remaining_days=4), level_of(least_remaining_days=4, **stocked)
    # Ten that were there serve the six of the day on which nothing has come yet.
    assert empty["lost_before"] == pytest.approx(MEAN, abs=0.1)
    assert held["lost_before"] < 0.5
    assert held["order_up_to"] - empty["order_up_to"] == pytest.approx(MEAN, abs=1)
