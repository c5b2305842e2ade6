"""Each decision is shown what the one before it has promised."""

import polars as pl

from optimization.allocation.inputs import list_supply, select_receivers
from optimization.levels.planned_pairs import join_targets
from optimization.transfers.inputs import net_lanes, transfer_pairs


def pairs(**changes):
    rows = [
        ("A", "S1", "D1", 5, 2, 10),
        ("A", "S2", "D1", 8, 0, None),
        ("A", "D1", None, 50, 0, None),
    ]
    names = ("sku", "location", "supply_location", "available", "in_transit", "receiving_capacity")
    return (
        pl.DataFrame(rows, schema=names, orient="row")
        .with_columns(
            on_order=pl.lit(0),
            proposed_inbound=pl.lit(1),
            order_up_to=pl.lit(20),
            recently_moved=pl.lit(value=False),
            **{"status": pl.lit("active"), **changes},
        )
        .with_columns(
            inventory_position=pl.col("available")
            + pl.col("in_transit")
            + pl.col("proposed_inbound")
        )
    )


def allocation(quantity=4):
    names = ("origin", "destination", "sku", "quantity")
    return pl.DataFrame([("D1", "S1", "A", quantity)], schema=names, orient="row")


def test_planned_pairs_square_the_deviation_and_keep_pairs_with_a_target():
    targets = pl.DataFrame(
        {
            "sku": ["A"],
            "location": ["S1"],
            "echelon": [False],
            "protection_days": [3.0],
            "demand_mean": [6.0],
            "demand_sd": [2.5],
            "underage_cost": [5.0],
            "overage_cost": [0.1],
            "order_up_to": [9],
            "inventory_position": [8],
            "sold_before": [1],
            "open_demand_mean": [5.0],
            "open_demand_sd": [1.5],
            "stock_out_chance": [0.25],
            "surplus_step": [0.1],
            "surplus_most": [3.0],
            "value_level": [8],
        }
    )
    got = join_targets(pairs().drop("inventory_position"), targets)
    assert got["location"].to_list() == ["S1"]
    assert got["demand_variance"].to_list() == [6.25]
    assert got["open_demand_variance"].to_list() == [2.25]


def test_a_receiver_counts_what_is_coming_and_a_dc_supplies_what_it_has():
    got = select_receivers(pairs())
    assert got.select("location", "dc", "inventory_position", "receiving_room").rows() == [
        ("S1", "D1", 8, 10),
        ("S2", "D1", 9, None),
    ]
    assert list_supply(pairs()).rows() == [("D1", "A", 50)]


def test_pairs_that_are_not_active_receive_nothing():
    assert select_receivers(pairs(status=pl.lit("exited"))).is_empty()


def test_transfers_see_the_allocation_of_the_night():
    got = transfer_pairs(pairs(), allocation())
    assert got.select("location", "inventory_position", "receiving_room").rows() == [
        ("S1", 12, 6),
        ("S2", 9, None),
    ]
    # What the DC sends tonight is not sent on.
    assert got["recently_moved"].to_list() == [True, False]


def test_a_full_dock_takes_nothing_more():
    assert transfer_pairs(pairs(), allocation(12))["receiving_room"].to_list() == [0, None]


def test_a_lane_keeps_what_the_allocation_leaves_of_it():
    lanes = pl.DataFrame(
        {"origin": ["D1", "D1"], "destination": ["S1", "S2"], "capacity": [6, None]}
    )
    assert net_lanes(lanes, allocation())["capacity"].to_list() == [2, None]


def test_lanes_lose_the_litres_that_are_allocated():
    lanes = pl.DataFrame(
        {
            "origin": ["D1", "D1", "D2"],
            "destination": ["S1", "S2", "S1"],
            "capacity": [6, None, 5],
            "volume_capacity": [10.0, None, 5.0],
        }
    )
    sent = allocation()
    volumes = pl.DataFrame({"sku": sent["sku"].unique(), "volume": 1.5})
    left = net_lanes(lanes, sent, volumes)
    assert left["volume_capacity"].to_list() == [10.0 - 1.5 * 4, None, 5.0]
    assert left["capacity"].to_list() == [2, None, 5]
    unknown = volumes.with_columns(volume=pl.lit(None, pl.Float64))
    assert net_lanes(lanes, sent, unknown)["volume_capacity"].to_list() == [10.0, None, 5.0]
