"""Windows of demand: a pair's own over lead time and review, a node's over its echelon."""

import datetime as dt

import polars as pl
import pytest

from optimization.protection import echelon_windows, local_windows

FIRST = dt.date(2025, 10, 1)
STOCK = ("on_hand", "reserved", "damaged", "in_transit", "on_order")
PROPOSED = ("proposed_inbound", "proposed_outbound")


def pair(location, supply, lead, review, **stock):
    row = {
        "sku": "A",
        "location": location,
        "status": "active",
        "supply_location": supply,
        "lead_time_mean": lead,
        "lead_time_sd": 0.0,
        "review_days": review,
        **dict.fromkeys((*STOCK, *PROPOSED), 0),
    }
    return {**row, **stock}


PAIRS = [
    pair("D1", None, 10.0, 7.0, on_hand=100, on_order=30, proposed_outbound=5, reserved=2),
    pair("S1", "D1", 1.0, 2.0, on_hand=4, in_transit=3, damaged=1),
    pair("S2", "D1", 1.0, 4.0, on_hand=6, proposed_inbound=5),
]


def forecast(**means):
    """28 independent Poisson days of each location."""
    return pl.DataFrame(
        [
            {
                "sku": "A",
                "location": location,
                "date": FIRST + dt.timedelta(days=day),
                "mean": mean,
                "variance": mean,
                "correlation": 0.0,
            }
            for location, mean in means.items()
            for day in range(28)
        ]
    )


def frame(*rows):
    return pl.DataFrame(rows, schema_overrides=dict.fromkeys((*STOCK, *PROPOSED), pl.Int64))


def test_a_dc_fed_pair_answers_for_lead_time_plus_review():
    got = local_windows(frame(*PAIRS), forecast(S1=2.0, S2=1.0))
    assert got.select("location", "echelon", "protection_days", "demand_mean").rows() == [
        ("S1", False, 3.0, 6.0),
        ("S2", False, 5.0, 5.0),
    ]
    assert got["demand_variance"].to_list() == pytest.approx([6.0, 5.0])
    assert got["daily_demand"].to_list() == pytest.approx([2.0, 1.0])


def test_a_supplier_fed_node_answers_for_all_it_supplies():
    got = echelon_windows(frame(*PAIRS), forecast(S1=2.0, S2=1.0)).row(0, named=True)
    # 10 + 7 days, and the mean of 1 + 2 and 1 + 4 below.
    assert got["protection_days"] == pytest.approx(21.0)
    assert got["demand_mean"] == pytest.approx(63.0)
    # The order's own date rests on the supplier's lead time alone.
    assert got["lead_time_mean"] == pytest.approx(10.0)
    # 100 - 2 + 30 - 5 at the DC, 4 - 1 + 3 and 6 + 5 at the stores: the proposal cancels out.
    assert got["inventory_position"] == 123 + 6 + 11


def test_demand_whose_stock_is_unknown_is_not_bought_for():
    pairs = frame(*PAIRS[:2], pair("S2", "D1", 1.0, 4.0, on_hand=None))
    got = echelon_windows(pairs, forecast(S1=2.0, S2=1.0)).row(0, named=True)
    assert got["protection_days"] == pytest.approx(20.0)
    assert got["demand_mean"] == pytest.approx(40.0)


def test_a_node_with_unknown_stock_has_no_position():
    pairs = frame(pair("D1", None, 10.0, 7.0, on_hand=None), PAIRS[1])
    assert echelon_windows(pairs, forecast(S1=2.0))["inventory_position"].to_list() == [None]


def test_what_is_not_known_stays_missing_and_what_is_not_active_is_left_out():
    pairs = frame(pair("S1", "D1", None, 2.0), pair("S2", "D1", 1.0, 4.0, status="blocked"))
    got = local_windows(pairs.cast({"lead_time_mean": pl.Float64}), forecast(S1=2.0, S2=1.0))
    assert got.select("location", "protection_days", "demand_mean").rows() == [("S1", None, None)]
