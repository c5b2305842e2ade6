"""Transfers are shown what DCs do tonight and tomorrow, and what the calendar does to pairs."""

import datetime as dt

import polars as pl
from open_demand_columns import with_open_demand

from optimization.transfers.inputs import measure_rooms, select_movers
from optimization.transfers.plan import plan_transfers

FIRST = dt.date(2026, 4, 1)
NO_ALLOCATION = pl.DataFrame(
    schema={"origin": pl.String, "destination": pl.String, "sku": pl.String, "quantity": pl.Int64}
)


def pair(location, **changes):
    row = {
        "sku": "K",
        "location": location,
        "region": "R",
        "kind": "store",
        "supply_location": "DC",
        "status": "active",
        "echelon": False,
        "on_hand": 0,
        "available": 0,
        "order_up_to": 10,
        "presentation_min": 0,
        "shelf_max": None,
        "receiving_capacity": None,
        "recently_moved": False,
        "protection_days": 2.0,
        "lead_time_mean": 1.0,
        "demand_mean": 6.0,
        "demand_variance": 6.0,
        "underage_cost": 12.0,
        "overage_cost": 0.5,
        "launch_date": dt.date(2020, 1, 1),
        "exit_date": None,
        "closed_on": None,
        **dict.fromkeys(("reserved", "damaged", "in_transit", "on_order", "proposed_inbound"), 0),
        "proposed_outbound": 0,
        **changes,
    }
    units = ("shelf_max", "receiving_capacity")
    schema = {**dict.fromkeys(units, pl.Int64), "exit_date": pl.Date, "closed_on": pl.Date}
    coming = pl.col("available") + pl.col("in_transit") + pl.col("on_order")
    return with_open_demand(
        pl.DataFrame([row], schema_overrides=schema).with_columns(
            inventory_position=coming + pl.col("proposed_inbound")
        )
    )


def full(location, units=24, **changes):
    return pair(location, on_hand=units, available=units, **changes)


def dc(units, **changes):
    node = {"kind": "dc", "supply_location": None, "echelon": True, "protection_days": 14.0}
    schema = {"supply_location": pl.String}
    return full(
        "DC", units, **{**node, "demand_mean": 60.0, "demand_variance": 90.0, **changes}
    ).cast(schema)


def lanes(*ways):
    return pl.DataFrame(
        [
            {
                "origin": a,
                "destination": b,
                "transit_days": 1,
                "fixed_cost": 1.0,
                "unit_cost": 0.1,
                "capacity": None,
                "order_weekdays": "1111111",
                "allowed": True,
            }
            for a, b in (ways or [("A", "B")])
        ],
        schema_overrides={"capacity": pl.Int64},
    )


def movers(*rows, ways=None, allocation=NO_ALLOCATION, **stated):
    ways = lanes() if ways is None else ways
    return select_movers(pl.concat(rows), allocation, ways, first_day=FIRST, **stated)


def at(frame, location):
    return frame.row(by_predicate=pl.col("location") == location, named=True)


def planned(frame, ways=None):
    ways = lanes() if ways is None else ways
    return plan_transfers(frame, ways, weekday=2, min_gain=0.0).lines


def test_nothing_moves_into_a_store_that_the_dc_fills_tomorrow():
    assert planned(movers(full("A"), pair("B"), dc(0)))["quantity"].sum() > 0
    assert planned(movers(full("A"), pair("B"), dc(500))).is_empty()
    # A DC that comes only days after a transfer would is not waited for.
    late = movers(full("A"), pair("B", protection_days=5.0), dc(500))
    assert planned(late)["quantity"].sum() > 0


def test_what_a_dc_has_left_goes_to_those_that_run_out_first():
    got = movers(full("A"), pair("B", available=2, on_hand=2), pair("C"), dc(12))
    # Lanes reach B alone: C does not wait, and leaves the DC's units to B.
    assert at(got, "B")["inventory_position"] == 10
    assert at(got, "C")["inventory_position"] == 0
    both = lanes(("A", "B"), ("A", "C"))
    got = movers(full("A"), pair("B", available=2, on_hand=2), pair("C"), dc(12), ways=both)
    assert (at(got, "C")["inventory_position"], at(got, "B")["inventory_position"]) == (10, 4)


def test_units_that_leave_tonight_are_not_counted_on_again():
    sent = pl.DataFrame({"origin": ["DC"], "destination": ["C"], "sku": ["K"], "quantity": [12]})
    got = movers(full("A"), pair("B"), pair("C"), dc(12), allocation=sent)
    assert at(got, "B")["inventory_position"] == 0
    assert at(got, "C")["inventory_position"] == 12


def test_a_dc_takes_what_it_lacks_for_its_stores_and_no_more():
    away = {"supply_location": "DC", "protection_days": 9.0}
    back = lanes(("A", "DC"))
    got = movers(full("A"), pair("B", **away), pair("C", **away), dc(5), ways=back)
    node = at(got, "DC")
    assert (node["inventory_position"], node["order_up_to"]) == (-15, 0)
    lines = planned(got, back)
    assert lines.select("destination").unique().to_series().to_list() == ["DC"]
    assert 0 < lines["quantity"].sum() <= 15
    # One that has enough takes nothing.
    plenty = movers(full("A"), pair("B", **away), pair("C", **away), dc(50), ways=back)
    assert "DC" not in plenty["location"].to_list()


def test_the_calendar_says_who_stays_clears_and_closes():
    new = movers(full("A", launch_date=FIRST - dt.timedelta(days=5)), launch_protected_days=14)
    assert at(new, "A")["just_launched"]
    assert not at(movers(full("A"), launch_protected_days=14), "A")["just_launched"]
    leaving = movers(full("A", exit_date=FIRST + dt.timedelta(days=1)))
    assert at(leaving, "A")["clearance"]
    assert at(leaving, "A")["order_up_to"] > 10
    closing = at(movers(full("A", closed_on=FIRST + dt.timedelta(days=1))), "A")
    assert (closing["closing"], closing["demand_mean"]) == (True, 3.0)
    assert not at(movers(full("A", closed_on=FIRST + dt.timedelta(days=30))), "A")["closing"]


def test_a_store_that_closes_gives_what_it_will_not_sell():
    closing = full("A", 6, closed_on=FIRST + dt.timedelta(days=1))
    assert planned(movers(full("A", 6), pair("B"))).is_empty()
    assert planned(movers(closing, pair("B")))["quantity"].sum() > 0
    gone = pair("B", closed_on=FIRST + dt.timedelta(days=1))
    assert planned(movers(full("A"), gone)).is_empty()


def test_rooms_are_what_the_allocation_leaves():
    facts = {"outbound_capacity": 9, "receiving_volume": 40.0, "volume": 2.0}
    pairs = pl.concat([pair("A", **facts), pair("B", **facts)])
    sent = pl.DataFrame({"origin": ["A"], "destination": ["B"], "sku": ["K"], "quantity": [4]})
    got = measure_rooms(pairs, sent, {"store": 30})
    assert got.rows() == [("A", 5, 30, 40.0), ("B", 9, 30, 32.0)]
    none = measure_rooms(pl.concat([pair("A")]), NO_ALLOCATION, {})
    assert none.rows() == [("A", None, None, None)]
    room = pl.concat([full("A"), pair("B", unit_capacity=7)], how="diagonal")
    held = select_movers(room, NO_ALLOCATION, lanes(), first_day=FIRST)
    assert at(held, "B")["receiving_room"] == 7
