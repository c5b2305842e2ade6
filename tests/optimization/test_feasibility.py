"""Sound plans pass, and each kind of damage to one is told by name."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from scipy import stats
from test_channel_buffers import BUFFER_FAULTS
from test_count_plan import COUNT_FAULTS
from test_markdowns import FACT_FAULTS, PRICE_FAULTS
from test_open_orders import FAULTS
from test_season_moves import SEASON_FAULTS
from test_sourcing import SOURCING_FAULTS
from test_substitution import SUBSTITUTION_FAULTS
from test_supplier_choice import SUPPLIER_FAULTS

from optimization.feasibility import (
    find_allocation_problems,
    find_joint_problems,
    find_purchase_problems,
    find_transfer_problems,
)
from optimization.feasibility.findings import MESSAGES
from quality_checks.contracts import (
    AllocationRules,
    KeptUnits,
    LineRules,
    PurchasingRules,
    find_frame,
)

AS_OF = dt.date(2026, 3, 31)
WEEKDAY = 2


ALL_OPEN = {"sold_before": 0, "surplus_step": 0.0, "surplus_most": 0.0, "value_level": 100}
CERTAIN = {
    "open_demand_mean": 1e3,
    "open_demand_variance": 1e3,
    "underage_cost": 6.25,
    "overage_cost": 0.0,
    "demand_mean": 1e3,
    "demand_variance": 1e3,
    **ALL_OPEN,
}
"""Any unit of some dozens sells, for 6.25."""


def movement(**changes):
    row = {
        "origin": "DC",
        "destination": "S",
        "sku": "K",
        "quantity": 8,
        "packs": 2,
        "value_gained": 50.0,
        "value_lost": 5.0,
        "moving_cost": 6.0,
        "forced_cost": 0.0,
    }
    return pl.DataFrame({**row, **changes})


def lane(**changes):
    row = {
        "origin": "DC",
        "destination": "S",
        "fixed_cost": 2.0,
        "unit_cost": 0.5,
        "capacity": 10,
        "order_weekdays": "0010000",
        "allowed": True,
    }
    return pl.DataFrame({**row, **changes})


def receiver(**changes):
    row = {
        "sku": "K",
        "location": "S",
        "dc": "DC",
        "inventory_position": 3,
        "order_up_to": 9,
        "presentation_min": 2,
        "shelf_max": 11,
        "case_pack": 4,
        "priority": 1,
        "receiving_room": 8,
        "volume": 2.0,
        "unit_cost": 3.0,
        "department": "toys",
        "protection_days": 7.0,
        **CERTAIN,
    }
    return pl.DataFrame({**row, **changes})


def held(available):
    return pl.DataFrame(
        {"dc": "DC", "sku": "K", "available": available}, schema_overrides={"available": pl.Int64}
    )


def limit(measure, capacity, **ends):
    row = {"limit": "x", **dict.fromkeys(("origin", "destination", "department")), **ends}
    schema = dict.fromkeys(row, pl.String)
    return pl.DataFrame([row], schema=schema).with_columns(
        measure=pl.lit(measure), capacity=pl.lit(float(capacity))
    )


def fence(units, location):
    return pl.DataFrame({"dc": "DC", "sku": "K", "location": location, "units": units})


NOTHING_KEPT = find_frame(KeptUnits).empty()
ON_DEMAND = AllocationRules(scheduled_shipments=False)


def of_allocation(plan=None, supply=8, lanes=None, receivers=None, weekday=WEEKDAY, **stated):
    found = find_allocation_problems(
        movement() if plan is None else plan,
        held(supply),
        lane() if lanes is None else lanes,
        receiver() if receivers is None else receivers,
        weekday=weekday,
        **{"rules": ON_DEMAND, **stated},
    )
    return found["check"].unique().sort().to_list()


BROKEN_ALLOCATIONS = {
    "duplicate": {
        "plan": pl.concat([movement(quantity=4, packs=1, value_gained=25.0, moving_cost=3.0)] * 2)
    },
    "quantity": {"plan": movement(quantity=0, packs=0, value_gained=0.0, moving_cost=2.0)},
    "whole_packs": {"plan": movement(quantity=7, value_gained=43.75, moving_cost=5.5)},
    "unknown_receiver": {"receivers": receiver(dc="DC2")},
    "dc_supply": {"supply": 7},
    "lane_not_allowed": {"lanes": lane(allowed=False)},
    "lane_capacity": {"lanes": lane(capacity=7)},
    "moving_cost": {"plan": movement(moving_cost=4.0)},
    "receiving_capacity": {"receivers": receiver(receiving_room=7)},
    "shelf_max": {"receivers": receiver(shelf_max=10)},
    "order_up_to": {"receivers": receiver(order_up_to=7)},
    "least_line": {"rules": ON_DEMAND.model_copy(update={"least_line_units": 9})},
    "least_shipment": {"rules": ON_DEMAND.model_copy(update={"least_shipment_units": 9})},
    "shared_limit": {"limits": limit("litres", 15.9)},
    "ring_fence": {"fences": fence(1, "E")},
    "stated_value": {"plan": movement(value_gained=50.02)},
    # A second pack would be there, fit and sell.
    "better_alternative": {
        "plan": movement(quantity=4, packs=1, value_gained=25.0, value_lost=0.0, moving_cost=4.0),
        "kept": NOTHING_KEPT,
    },
    "stated_forced_cost": {
        "plan": movement(value_lost=0.0, forced_cost=1.0),
        "kept": NOTHING_KEPT,
    },
}


def test_a_sound_allocation_passes():
    assert of_allocation() == []
    assert of_allocation(lanes=lane(capacity=pl.Series([None], dtype=pl.Int64))) == []
    assert of_allocation(plan=movement().clear()) == []


@pytest.mark.parametrize("check", BROKEN_ALLOCATIONS)
def test_a_broken_allocation_is_told(check):
    assert of_allocation(**BROKEN_ALLOCATIONS[check]) == [check]


@pytest.mark.parametrize(
    ("measure", "drawn"), [("units", 8), ("litres", 16), ("currency", 24), ("lines", 1)]
)
def test_a_shared_limit_counts_in_its_measure_what_matches_it(measure, drawn):
    for ends in ({}, {"origin": "DC"}, {"destination": "S"}, {"department": "toys"}):
        assert of_allocation(limits=limit(measure, drawn, **ends)) == []
        assert of_allocation(limits=limit(measure, drawn - 0.5, **ends)) == ["shared_limit"]
    elsewhere = ({"origin": "X"}, {"origin": "DC", "destination": "X"}, {"department": "food"})
    for ends in elsewhere:
        assert of_allocation(limits=limit(measure, 0, **ends)) == []


def test_a_fence_is_free_to_its_own_location_and_lasts_as_long_as_the_stock():
    assert of_allocation(fences=fence(8, "S")) == []
    assert of_allocation(fences=fence(2, "E"), supply=10) == []
    assert of_allocation(fences=fence(3, "E"), supply=10) == ["ring_fence"]


def test_a_minimum_ships_below_the_least_shipment_and_raises_a_line():
    rules = ON_DEMAND.model_copy(update={"least_shipment_units": 9})
    assert of_allocation(rules=rules, receivers=receiver(presentation_min=4)) == []
    raised = {
        "rules": ON_DEMAND.model_copy(update={"least_line_units": 8}),
        "receivers": receiver(order_up_to=6),
    }
    assert of_allocation(**raised) == ["order_up_to"]
    raised["receivers"] = receiver(order_up_to=6, presentation_min=4)
    assert of_allocation(**raised) == []
    costly = LineRules(labour_cost_per_hour=60.0, dc_pick_seconds=30.0)
    assert of_allocation(line_rules=costly) == ["moving_cost"]
    assert of_allocation(rules=AllocationRules()) == ["moving_cost"]
    assert of_allocation(rules=AllocationRules(), plan=movement(moving_cost=4.0)) == []


@pytest.mark.parametrize(
    ("days", "changes", "found"),
    [
        (11.0, {}, []),
        (9.9, {}, ["most_cover"]),
        (9.9, {"presentation_min": 8}, []),
        (9.9, {"occasion": "launch"}, []),
        (9.9, {"case_pack": 8}, []),
    ],
)
def test_a_line_beyond_the_most_cover_needs_a_reason(days, changes, found):
    """Two packs of four bring the store, which sells one a day, from 3 units to 11."""
    pair = receiver(**{"protection_days": 2.0, "demand_mean": 2.0, **changes})
    packs = 8 // pair["case_pack"][0]
    rules = LineRules(most_cover_days=days)
    told = of_allocation(movement(packs=packs), receivers=pair, line_rules=rules)
    assert [check for check in told if check == "most_cover"] == found


def test_what_is_unknown_is_no_leave_to_ship():
    assert of_allocation(supply=None) == ["dc_supply"]
    assert of_allocation(weekday=3) == ["lane_not_allowed"]
    assert of_allocation(lanes=lane(destination="T")) == ["lane_not_allowed"]
    unknown = receiver(inventory_position=pl.Series([None], dtype=pl.Int64))
    assert of_allocation(receivers=unknown) == ["order_up_to", "shelf_max", "stated_value"]


def test_a_violation_says_where_and_how_much():
    found = find_allocation_problems(
        movement(), held(7), lane(), receiver(), weekday=WEEKDAY, rules=ON_DEMAND
    )
    assert found.rows() == [
        ("dc_supply", "origin DC, sku K", "at most 7", "8", MESSAGES["dc_supply"])
    ]


def transfer(**changes):
    return movement(**{"origin": "A", "packs": 8, "reason": "surplus_to_shortage", **changes})


def place(location, **changes):
    row = {
        "sku": "K",
        "location": location,
        "inventory_position": 14,
        "available": 14,
        "order_up_to": 7,
        "presentation_min": 2,
        "shelf_max": 20,
        "receiving_room": 8,
        "recently_moved": False,
        "protection_days": 7.0,
        # The eight units from the seventh on are worth 5 together.
        "demand_mean": 3.5,
        "demand_variance": 3.5,
        "open_demand_mean": 3.5,
        "open_demand_variance": 3.5,
        **ALL_OPEN,
        "underage_cost": 5.0 / stats.poisson.sf(np.arange(6, 14), 3.5).sum(),
        "overage_cost": 0.0,
    }
    return pl.DataFrame({**row, **changes})


def places(sender=None, receiver=None):
    at = {"inventory_position": 0, "available": 0, "order_up_to": 8, **CERTAIN}
    return pl.concat([place("A", **(sender or {})), place("S", **{**at, **(receiver or {})})])


def of_transfers(plan=None, pairs=None, lanes=None, min_gain=39.0, **stated):
    found = find_transfer_problems(
        transfer() if plan is None else plan,
        places() if pairs is None else pairs,
        lane(origin="A") if lanes is None else lanes,
        weekday=WEEKDAY,
        min_gain=min_gain,
        **stated,
    )
    return found["check"].unique().sort().to_list()


def rooms(**changes):
    none = {"outbound_room": 8, "handling_room": 8, "receiving_litres": 16.0}
    return pl.DataFrame({"location": ["A", "S"], **none, **changes})


def run_of_sizes(other):
    """A sends all eight of one size; `other` units of the second size stay."""
    run = {"size": "M", "style": "T", "colour": "red"}
    # Its last eight units are as good as sold, for 5 together.
    worth = {**CERTAIN, "underage_cost": 0.625}
    sender = {"order_up_to": 0, "inventory_position": 8, "available": 8, **run, **worth}
    second = {"sku": "L", "inventory_position": other, "available": other}
    return pl.concat(
        [
            places(sender=sender, receiver={**run, "size": "L"}),
            place("A", **{**sender, **second, "size": "S"}),
        ]
    )


BACK = {"origin": "S", "destination": "A", "quantity": 1, "packs": 1, "moving_cost": 2.5}
HALF = {"value_gained": 25.0, "value_lost": 2.5, "moving_cost": 3.0}
EIGHT_OF_SEVEN = 6.25 * stats.nbinom.sf(np.arange(8), 6.9**2 / 993.1, 6.9 / 1000).sum()
"""What eight units are worth where demand has a mean of 6.9 and a variance of 1,000."""
LAST_FOUR = place("A")["underage_cost"][0] * stats.poisson.sf(np.arange(10, 14), 3.5).sum()
"""What the last four units of a sender are worth to it."""
BROKEN_TRANSFERS = {
    "duplicate": {
        "plan": pl.concat([transfer(quantity=4, packs=4, **HALF)] * 2),
    },
    "quantity": {"plan": transfer(quantity=0, packs=0, moving_cost=2.0), "min_gain": -2.0},
    "whole_packs": {"plan": transfer(packs=2)},
    "sender_need": {"pairs": places(sender={"available": 13})},
    "recently_moved": {"pairs": places(sender={"recently_moved": True})},
    "lane_not_allowed": {"lanes": lane(origin="A", order_weekdays="1101111")},
    "lane_capacity": {"lanes": lane(origin="A", capacity=7)},
    "moving_cost": {"plan": transfer(moving_cost=7.0)},
    "receiving_capacity": {"pairs": places(receiver={"receiving_room": 7})},
    "shelf_max": {"pairs": places(receiver={"shelf_max": 7})},
    "order_up_to": {"pairs": places(receiver={"order_up_to": 7})},
    "min_gain": {"min_gain": 39.5},
    "least_trip": {"least_units": 9},
    # The eight units gain 50 less 5 less 4 for the lane: 41 of the line, 39 of the trip.
    "least_gain": {"line_rules": LineRules(least_transfer_gain=41.5)},
    # Fewer than seven units are expected to sell in 1.4 days, and eight are sent.
    "most_cover": {
        "pairs": places(
            receiver={
                "protection_days": 1.4,
                "demand_mean": 6.9,
                "open_demand_mean": 6.9,
                "open_demand_variance": 1e3,
                "underage_cost": 62.5,
            }
        ),
        "plan": transfer(value_gained=10 * EIGHT_OF_SEVEN),
        "line_rules": LineRules(most_cover_days=1.4),
        "min_gain": -9.0,
    },
    "just_launched": {"pairs": places().with_columns(just_launched=pl.col("location") == "A")},
    "closing": {"pairs": places().with_columns(closing=pl.col("location") == "S")},
    "supplied_by_allocation": {"pairs": places().with_columns(supply_location=pl.lit("A"))},
    "size_run": {"pairs": run_of_sizes(1)},
    "outbound_capacity": {"places": rooms(outbound_room=[7, 8])},
    "handling_capacity": {"places": rooms(handling_room=[8, 7])},
    "receiving_volume": {
        "pairs": places().with_columns(volume=2.0),
        "places": rooms(receiving_litres=[16.0, 15.9]),
    },
    "lane_volume": {
        "pairs": places().with_columns(volume=2.0),
        "lanes": lane(origin="A", volume_capacity=15.9),
    },
    "stated_value": {"plan": transfer(value_lost=4.98)},
    # Four of eight units that the receiver wants, that sell there and would be spared.
    "better_alternative": {
        "plan": transfer(
            quantity=4, packs=4, value_gained=25.0, value_lost=LAST_FOUR, moving_cost=4.0
        ),
        "min_gain": 0.0,
    },
    "stated_forced_cost": {"plan": transfer(forced_cost=0.5)},
}


def test_sound_transfers_pass():
    assert of_transfers() == []
    assert of_transfers(pairs=places().with_columns(volume=2.0), places=rooms()) == []
    # A run that is broken may be cleared, and so may one that policy lets go.
    assert of_transfers(pairs=run_of_sizes(0)) == []
    assert of_transfers(pairs=run_of_sizes(1), keep_size_runs=False) == []


def test_what_goes_keeps_no_need():
    held = places(sender={"available": 10})
    assert of_transfers(pairs=held) == ["sender_need"]
    for going in ("clearance", "closing"):
        leaves = held.with_columns((pl.col("location") == "A").alias(going))
        assert of_transfers(pairs=leaves) == []


@pytest.mark.parametrize("check", BROKEN_TRANSFERS)
def test_a_broken_transfer_is_told(check):
    assert of_transfers(**BROKEN_TRANSFERS[check]) == [check]


def test_a_sender_sends_no_more_than_it_has():
    assert of_transfers(pairs=places(sender={"available": 7})) == [
        "sender_available",
        "sender_need",
    ]


def test_nothing_is_sent_and_received():
    both = pl.concat([transfer(), transfer(**BACK)])
    assert "sent_and_received" in of_transfers(plan=both)


def test_a_trip_gains_what_its_units_are_worth_and_not_what_its_lines_state():
    overstated = transfer(value_gained=60.0)
    assert of_transfers(plan=overstated, min_gain=39.0) == ["stated_value"]
    assert of_transfers(plan=overstated, min_gain=39.5) == ["min_gain", "stated_value"]
    understated = transfer(value_gained=40.0, value_lost=7.0)
    assert of_transfers(plan=understated, min_gain=39.0) == ["stated_value"]


def test_what_a_pair_gains_is_shared_by_its_units():
    """Two senders send 6 and 2: the receiver's units are worth less one by one, but not by line."""
    receiver = {"open_demand_mean": 12.0, "open_demand_variance": 18.0, "underage_cost": 9.0,
                "overage_cost": 1.0}  # fmt: skip
    sender = {**CERTAIN, "underage_cost": 0.625}
    pairs = pl.concat([places(sender=sender, receiver=receiver), place("B", **sender)])
    size, chance = 12.0**2 / 6.0, 12.0 / 18.0
    each = (10.0 * stats.nbinom.sf(np.arange(8), size, chance) - 1.0).mean()
    plan = pl.concat(
        transfer(
            origin=origin,
            quantity=units,
            packs=units,
            value_gained=each * units,
            value_lost=0.625 * units,
            moving_cost=2 + 0.5 * units,
        )
        for origin, units in (("A", 6), ("B", 2))
    )
    stated = {"pairs": pairs, "lanes": lane(origin=["A", "B"]), "min_gain": 0.0}
    assert of_transfers(plan=plan, **stated) == []
    moved = plan.with_columns(pl.col("value_gained") + pl.Series([0.1, -0.1]))
    assert of_transfers(plan=moved, **stated) == ["stated_value"]


def of_both(transfers, lanes=None, **before):
    row = {"available": 20, "receiving_capacity": 20, "volume": 2.0, **before}
    stock = pl.DataFrame({"sku": "K", "location": ["DC", "A", "S"], **row})
    ways = lane(origin=["DC", "A"]) if lanes is None else lanes
    return find_joint_problems(movement(), transfers, stock, ways)["check"].to_list()


def test_two_plans_promise_nothing_twice():
    assert of_both(transfer()) == []
    out_of_the_dc = transfer(origin="DC")
    wide = lane(capacity=16)
    assert of_both(out_of_the_dc, wide, available=16) == []
    assert of_both(out_of_the_dc, wide, available=15) == ["promised_twice"]
    assert of_both(transfer(), available=pl.Series([None, 20, 20])) == ["promised_twice"]
    assert of_both(transfer(), receiving_capacity=15) == ["receiving_capacity"]
    assert of_both(transfer(**BACK)) == ["sent_and_received"]


def test_two_plans_share_docks_and_lanes_in_units_and_litres():
    """Eight units of two litres from the DC, and eight sideways: each alone keeps all limits."""
    docks = {"receiving_volume": 32.0, "outbound_capacity": [8, 8, 0]}
    assert of_both(transfer(), **docks) == []
    assert of_both(transfer(), receiving_volume=31.9) == ["receiving_volume"]
    sideways = transfer(origin="DC")
    wide = lane(capacity=16, volume_capacity=32.0)
    assert of_both(sideways, wide, outbound_capacity=16) == []
    assert of_both(sideways, wide, outbound_capacity=15) == ["outbound_capacity"]
    assert of_both(sideways, lane(capacity=15)) == ["lane_capacity"]
    assert of_both(sideways, lane(capacity=16, volume_capacity=31.9)) == ["lane_volume"]
    alone = {"volume_capacity": 31.9, "receiving_volume": 31.9, "outbound_capacity": 15}
    ways = lane(origin=["DC", "A"], volume_capacity=alone.pop("volume_capacity"))
    assert of_both(transfer().clear(), ways, **alone) == []


def purchase(**changes):
    row = {
        "supplier": "V",
        "destination": "DC",
        "sku": "K",
        "quantity": 36,
        "packs": 3,
        "own_packs": 3,
        "unit_price": 9.5,
        "list_price": 9.5,
        "break_saving": 0.0,
        "document": "2026-04-01/V/DC",
        "document_value": 342.0,
        "requested_on": dt.date(2026, 4, 8),
        "inventory_position": 20,
        "order_up_to": 50,
        "binding": "minimum_order_quantity",
        "margin_kept": 36.0,
        "margin_given_up": 0.0,
        "holding_cost": 0.0,
        "forced_cost": 0.0,
        "reason": "below_target",
        "life_units": None,
    }
    return pl.DataFrame({**row, **changes}, schema_overrides={"life_units": pl.Int64})


def term(**changes):
    row = {
        "supplier": "V",
        "destination": "DC",
        "sku": "K",
        "department": "shoes",
        "level_binding": "value",
        "status": "active",
        "inventory_position": 20,
        "order_up_to": 50,
        "minimum_order_quantity": 30,
        "order_multiple": 12,
        "unit_price": 9.5,
        "stranded_units": 0,
        "lead_time_mean": 7.0,
        "lead_time_sd": 0.0,
        "yield_mean": 1.0,
        "yield_sd": 0.0,
        "valid_from": dt.date(2026, 4, 1),
        "valid_to": dt.date(2026, 4, 1),
        # Each of the 36 units sells and earns 1; those above them cost more.
        "underage_cost": 1.0,
        "overage_cost": 0.0,
        "open_demand_mean": 1e3,
        "open_demand_variance": 1e3,
        "sold_before": 0,
        "surplus_step": 9.0,
        "surplus_most": 9.0,
        "open_life_mean": None,
        "open_life_variance": None,
        "minimum_order_value": None,
        **changes,
    }
    numbers = dict.fromkeys(
        ("open_life_mean", "open_life_variance", "minimum_order_value"), pl.Float64
    )
    return pl.DataFrame(
        {"value_level": row["inventory_position"] + 36, **row}, schema_overrides=numbers
    )


def life(mean, **changes):
    return term(life_demand_mean=mean, life_demand_variance=mean, older_units=20, **changes)


def problems(plan, terms, breaks=(), budget=1e6, capacities=None):
    types = {"sku": pl.String, "supplier": pl.String, "from_quantity": pl.Int64}
    prices = pl.DataFrame(
        [("K", "V", *row) for row in breaks], {**types, "unit_price": pl.Float64}, orient="row"
    )
    spent = pl.DataFrame({"department": ["shoes"], "spent": [100.0]})
    rules = PurchasingRules(department_budget={"shoes": {"2026-04": budget, "2026-03": 0.0}})
    return find_purchase_problems(
        plan,
        terms,
        prices,
        spent,
        rules,
        as_of=AS_OF,
        exit_loss_share=0.5,
        capacities=capacities,
    )


BROKEN_PURCHASES = {
    "duplicate": (pl.concat([purchase()] * 2), term()),
    "quantity": (
        purchase(quantity=0, packs=0, own_packs=0),
        term(minimum_order_quantity=0),
    ),
    "whole_packs": (purchase(packs=4, own_packs=4), term()),
    "unknown_item": (purchase(supplier="W"), term()),
    "minimum_order_quantity": (purchase(), term(minimum_order_quantity=40)),
    "not_needed": (
        purchase(inventory_position=50),
        term(inventory_position=50),
    ),
    "more_than_needed": (purchase(quantity=48, packs=4, own_packs=4), term()),
    "stated_benefit": (purchase(margin_kept=40.0), term()),
    "better_alternative": (
        purchase(quantity=48, packs=4, own_packs=4, margin_kept=48.0, holding_cost=108.0),
        term(),
    ),
    # Of 90 asked for in the life of the order 20 are served by what was there before.
    "remaining_life": (purchase(life_units=70), life(mean=54.0)),
    "status": (purchase(), term(status="blocked")),
    "no_order_day": (purchase(), term(supplier_weekdays="1101111")),
    "terms_not_valid": (purchase(), term(valid_from=dt.date(2026, 4, 2))),
    "unit_price": (purchase(unit_price=9.0), term()),
    "list_price": (purchase(list_price=9.0), term()),
    "break_saving": (purchase(break_saving=18.0), term()),
    "own_packs": (purchase(own_packs=2), term()),
    "document": (
        pl.concat([purchase(), purchase(sku="L", document="2026-04-01/V/DC2")]),
        pl.concat([term(), term(sku="L")]),
    ),
    "document_value": (purchase(document_value=300.0), term()),
    "supplier_minimum_value": (purchase(), term(minimum_order_value=342.01)),
    "raised_order": (
        purchase(
            binding="supplier_minimum_value",
            own_packs=0,
            quantity=60,
            packs=5,
            margin_kept=60.0,
            holding_cost=216.0,
            forced_cost=192.0,
        ),
        term(),
    ),
    "requested_on": (purchase(requested_on=dt.date(2026, 4, 7)), term()),
    "level_of_plan": (purchase(order_up_to=51), term()),
    "position_of_plan": (purchase(inventory_position=0), term()),
}


def test_a_sound_purchase_passes():
    assert problems(purchase(), term()).rows() == []


@pytest.mark.parametrize("check", BROKEN_PURCHASES)
def test_a_broken_purchase_is_told(check):
    plan, terms = BROKEN_PURCHASES[check]
    found = problems(plan, terms)["check"].to_list()
    # A quantity that is wrong is not worth what it should be, either.
    weighed = {"stated_benefit", "better_alternative", "more_than_needed", "document_value"}
    assert check in found
    assert {*found} <= {check, *weighed}


def test_the_last_unit_of_an_order_sells_in_its_life_as_likely_as_not():
    # Of a Poisson demand with a mean of 56 the median is 56, and 20 are there before the 36.
    sound = purchase(life_units=36)
    assert problems(sound, life(56.0)).is_empty()
    assert problems(sound, life(55.0))["check"].to_list() == ["remaining_life"]
    # More would be worth more, and would not sell in its life.
    assert problems(sound, life(56.0, value_level=100)).is_empty()
    assert problems(sound, life(99.0, value_level=100)).is_empty()
    unlimited = problems(purchase(), term(value_level=100))
    assert unlimited["check"].to_list() == ["better_alternative"]


def test_a_budget_that_is_passed_is_told():
    # Of 441.99 in the month 100 are spent, and the order is worth 342.
    assert problems(purchase(), term(), budget=442.0).rows() == []
    found = problems(purchase(), term(), budget=441.99)
    assert found.select("check", "keys", "expected").rows() == [
        ("budget", "department shoes", "at most 341.99")
    ]


def test_a_capacity_that_is_passed_is_told():
    # The order asks for 36 units on 8 April, the last day of the week.
    week = dt.date(2026, 4, 2)
    keys = {"supplier": "V", "sku": "K", "stated_sku": "*", "stated_category": "shoes"}
    stated = pl.DataFrame({**keys, "week": [week], "room": [35]})
    found = problems(purchase(), term(), capacities=stated)
    assert found.select("check", "keys", "expected").rows() == [
        ("supplier_capacity", f"supplier V, stated_sku *, stated_category shoes, week {week}",
         "at most 35"),
    ]  # fmt: skip
    for other in (stated.with_columns(room=pl.lit(36)), stated.with_columns(sku=pl.lit("L"))):
        assert problems(purchase(), term(), capacities=other).is_empty()
    past = stated.with_columns(week=pl.lit(week - dt.timedelta(days=1)))
    assert problems(purchase(), term(), capacities=past).is_empty()


def test_an_order_pays_what_the_supplier_asks_for_so_many():
    cheaper = purchase(unit_price=9.0, break_saving=18.0, margin_kept=54.0, document_value=324.0)
    assert problems(cheaper, term(), breaks=[(36, 9.0), (60, 8.9)]).rows() == []
    # From 25 on the same price is earned by 36, the least order of whole multiples above 30.
    assert problems(cheaper, term(), breaks=[(25, 9.0), (300, 8.0)]).rows() == []
    told = problems(purchase(), term(), breaks=[(36, 9.0)])["check"].to_list()
    assert told == ["break_saving", "stated_benefit", "unit_price"]


def test_an_order_that_is_forced_may_be_worth_less_than_another():
    forced = purchase(
        quantity=48, packs=4, own_packs=4, margin_kept=48.0, holding_cost=108.0, forced_cost=96.0,
        document_value=456.0,
    )  # fmt: skip
    assert problems(forced, term(minimum_order_quantity=40)).is_empty()


def test_what_is_left_at_the_exit_counts_in_the_worth_of_an_order():
    leaves = term(open_life_mean=1.0, open_life_variance=1.0)
    # The order states 36; of 9.5 a unit half is lost on all of it.
    assert problems(purchase(), leaves)["check"].to_list() == ["stated_benefit"]


def test_every_check_has_been_seen_to_fire():
    elsewhere = {
        "sender_available", "sent_and_received", "promised_twice", "not_changeable", "budget",
        "supplier_capacity",
    }  # fmt: skip
    fired = {*BROKEN_ALLOCATIONS, *BROKEN_TRANSFERS, *BROKEN_PURCHASES, *FAULTS, *elsewhere}
    fired |= {*SOURCING_FAULTS, *BUFFER_FAULTS, *SUPPLIER_FAULTS, *PRICE_FAULTS, *FACT_FAULTS}
    fired |= {*SUBSTITUTION_FAULTS, *COUNT_FAULTS, "count_pays", "most_counts", "better_count"}
    fired |= {*SEASON_FAULTS, "within_a_zone", "zone_both_ways"}
    # Of prior prices, in the tests of these.
    fired |= {"prior_price", "no_reduction", "reduced_too_far"}
    assert fired == set(MESSAGES)
