"""What an allocation is given on each occasion, by hand."""

import datetime as dt

import polars as pl
import pytest
from open_demand_columns import with_open_demand
from scipy import stats

from optimization.allocation.inputs import (
    build_receivers,
    find_barred_pairs,
    list_shared_limits,
    set_ring_fences,
    value_kept_units,
)
from quality_checks.contracts import Limits, find_frame

FIRST_DAY = dt.date(2026, 4, 1)


def pair(location, **changes):
    row = {
        "sku": "A",
        "location": location,
        "kind": "store",
        "echelon": False,
        "status": "active",
        "supply_location": "D1",
        "on_hand": 6,
        "reserved": 0,
        "damaged": 0,
        "available": 6,
        "in_transit": 1,
        "on_order": 0,
        "proposed_inbound": 0,
        "proposed_outbound": 0,
        "order_up_to": 9,
        "presentation_min": 2,
        "own_presentation_min": 2,
        "shelf_max": None,
        "receiving_capacity": 50,
        "receiving_volume": None,
        "outbound_capacity": None,
        "unit_capacity": None,
        "demand_mean": 4.0,
        "demand_variance": 4.0,
        "protection_days": 7.0,
        "lead_time_mean": 1.0,
        "underage_cost": 10.0,
        "overage_cost": 2.0,
        "launch_date": dt.date(2025, 1, 1),
        "exit_date": None,
        "closed_on": None,
    }
    return {**row, **changes}


def pairs(*rows):
    whole = dict.fromkeys(("shelf_max", "outbound_capacity", "unit_capacity", "on_hand"), pl.Int64)
    days = dict.fromkeys(("exit_date", "closed_on"), pl.Date)
    frame = pl.DataFrame(
        list(rows),
        schema_overrides={**whole, **days, "receiving_volume": pl.Float64},
    )
    coming = pl.col("available") + pl.col("in_transit") + pl.col("on_order")
    return with_open_demand(
        frame.with_columns(inventory_position=coming + pl.col("proposed_inbound"))
    )


def dc(**changes):
    plain = {
        "kind": "dc",
        "echelon": True,
        "supply_location": None,
        "demand_mean": 40.0,
        "demand_variance": 80.0,
        "protection_days": 21.0,
    }
    return pair("D1", **{**plain, **changes})


def given(row, column="order_up_to"):
    return build_receivers(pairs(row, dc()), first_day=FIRST_DAY)[column][0]


def test_a_pair_in_its_range_is_filled_to_its_level():
    assert given(pair("S1")) == 9
    assert given(pair("S1", available=0, on_hand=0, in_transit=0)) == 9
    assert given(pair("S1"), "inventory_position") == 7


def test_units_promised_beyond_what_is_there_are_owed():
    assert given(pair("S1", reserved=9, available=0), "inventory_position") == -2
    assert given(pair("S1", reserved=5, damaged=3, available=0), "inventory_position") == -1
    assert given(pair("S1", reserved=6, available=0), "inventory_position") == 1
    unknown = pair("S1", on_hand=None, reserved=None, damaged=None, available=None)
    assert given(unknown, "inventory_position") is None


def test_a_launch_fills_the_level_on_top_of_what_the_shelf_needs_to_look_full():
    new = {"launch_date": FIRST_DAY, "available": 0, "on_hand": 0, "in_transit": 0}
    assert given(pair("S1", **new)) == 11
    assert given(pair("S1", **new, shelf_max=10)) == 10
    assert given(pair("S1", **new, order_up_to=0)) == 0
    assert given(pair("S1", launch_date=FIRST_DAY - dt.timedelta(days=1))) == 9
    # People ask for a level of 15: it is filled once, not on top of itself.
    assert given(pair("S1", **new, presentation_min=15, order_up_to=15)) == 17


def test_an_item_that_leaves_the_range_is_pushed_to_what_may_still_sell():
    last = {"exit_date": FIRST_DAY + dt.timedelta(days=3), "protection_days": 4.0}
    assert given(pair("S1", **last)) == stats.poisson.ppf(0.99, 4)
    assert given(pair("S1", **last, shelf_max=7)) == 7
    # The next delivery comes before the end, or this one after it.
    later = {"exit_date": FIRST_DAY + dt.timedelta(days=9)}
    assert given(pair("S1", **later)) == 9
    assert given(pair("S1", **last, lead_time_mean=4.0)) == 9


def test_a_unit_kept_is_worth_what_the_last_unit_of_its_echelon_is():
    rows = pairs(
        pair("S1"),
        pair("S2", status="blocked"),
        pair("S3", on_hand=None),
        dc(stock_out_chance=0.6),
    )
    kept = value_kept_units(rows, first_day=FIRST_DAY)
    # The last unit of the echelon sells if its stock runs out: 10 then, and 2 lost if not.
    assert kept.rows() == [("D1", "A", pytest.approx(12 * 0.6 - 2), 21.0)]
    plenty = rows.with_columns(stock_out_chance=pl.lit(0.01))
    assert value_kept_units(plenty, first_day=FIRST_DAY)["kept_value"].to_list() == [0.0]
    last = pair("S1", exit_date=FIRST_DAY + dt.timedelta(days=3), protection_days=4.0)
    assert value_kept_units(pairs(last, dc()), first_day=FIRST_DAY).rows() == [
        ("D1", "A", -2.0, None)
    ]


def test_fences_are_whole_units_of_what_the_dc_has():
    rows = pairs(pair("M1", kind="marketplace"), pair("S1"), dc(available=39))
    assert set_ring_fences(rows, {"marketplace": 0.1}).rows() == [("D1", "A", "M1", 3)]
    assert set_ring_fences(rows, {}).is_empty()


def test_limits_come_from_masters_and_policy():
    rows = pairs(
        pair("S1", receiving_volume=80.0, unit_capacity=20),
        pair("S1", sku="B", receiving_volume=80.0, unit_capacity=20, on_hand=11),
        dc(outbound_capacity=500),
    )
    lanes = pl.DataFrame(
        {"origin": ["D1", "D1"], "destination": ["S1", "S2"], "volume_capacity": [900.0, None]}
    )
    stated = list_shared_limits(
        rows, lanes, department_budget={"toys": 1e4}, outbound_lines={"D1": 70}
    )
    assert find_frame(Limits).read(stated).rows() == [
        ("department_budget", None, None, "toys", "currency", 1e4),
        ("lane_volume", "D1", "S1", None, "litres", 900.0),
        ("outbound_capacity", "D1", None, None, "units", 500.0),
        ("outbound_lines", "D1", None, None, "lines", 70.0),
        ("receiving_volume", None, "S1", None, "litres", 80.0),
        # 20 less 6 and 11 there and 2 on their way.
        ("storage", None, "S1", None, "units", 1.0),
    ]


def test_a_location_that_closes_before_the_goods_come_gets_none():
    rows = pairs(
        pair("S1", closed_on=FIRST_DAY + dt.timedelta(days=1)),
        pair("S2", closed_on=FIRST_DAY + dt.timedelta(days=2)),
        pair("S3"),
        dc(),
    )
    assert find_barred_pairs(rows, first_day=FIRST_DAY).rows() == [
        ("A", "S1", "closes_before_arrival")
    ]
