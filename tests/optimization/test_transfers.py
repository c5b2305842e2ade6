import datetime as dt
import itertools

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from open_demand_columns import with_open_demand
from positioning_instances import WEEKDAY, lanes, pairs
from scipy import stats

from governance.kinds import KINDS
from optimization.feasibility import find_transfer_problems
from optimization.transfers import plan as transfers
from optimization.transfers.plan import plan_transfers
from optimization.transfers.search import best_trips
from quality_checks.contracts import CONTRACTS, LineRules, TransferRules


def stores(*rows):
    row = {
        "sku": "K",
        "location": "A",
        "region": "R",
        "inventory_position": 0,
        "available": 0,
        "order_up_to": 8,
        "presentation_min": 0,
        "shelf_max": None,
        "receiving_room": None,
        "recently_moved": False,
        "demand_mean": 4.0,
        "demand_variance": 4.0,
        "protection_days": 7.0,
        "underage_cost": 15.0,
        "overage_cost": 1.0,
    }
    units = ("shelf_max", "receiving_room", "inventory_position", "available")
    return with_open_demand(
        pl.DataFrame(
            [{**row, **changes} for changes in rows],
            schema_overrides=dict.fromkeys(units, pl.Int64),
        )
    )


def way(origin="A", destination="B", **changes):
    row = {
        "origin": origin,
        "destination": destination,
        "transit_days": 1,
        "fixed_cost": 0.0,
        "unit_cost": 0.5,
        "capacity": None,
        "order_weekdays": "1111111",
        "allowed": True,
    }
    return pl.DataFrame({**row, **changes}, schema_overrides={"capacity": pl.Int64})


def rich(**changes):
    return {"inventory_position": 12, "available": 12, **changes}


def moved(frame, ways=None, min_gain=0.0, weekday=WEEKDAY):
    ways = ways if ways is not None else way()
    return plan_transfers(frame, ways, weekday=weekday, min_gain=min_gain).lines


def quantity(*args, **kwargs):
    plan = moved(*args, **kwargs)
    return plan["quantity"].sum()


def test_surplus_goes_to_shortage_and_explains_itself():
    plan = moved(stores(rich(), {"location": "B"}), way(fixed_cost=3.0))
    got = plan.row(0, named=True)
    overage = 1.0
    unit = (15 + overage) * stats.poisson.sf(np.arange(12), 4) - overage  # v(1), v(2), ...
    gain = [unit[n] - unit[11 - n] - 0.5 for n in range(8)]
    best = sum(g > 0 for g in gain)
    assert (got["quantity"], got["packs"]) == (best, best)
    assert best < 8  # below the level: the value decides
    assert got["value_gained"] == pytest.approx(sum(unit[:best]))
    assert got["value_lost"] == pytest.approx(sum(unit[12 - best :]))
    assert got["moving_cost"] == pytest.approx(3 + 0.5 * best)
    assert got["binding"] == "value"
    assert got["urgency_days"] == 0
    assert got["reason"] in KINDS["transfer"].reasons
    benefit = got["value_gained"] - got["value_lost"] - got["moving_cost"]
    assert got["rejected"] == f"{best - 1} units, worth {benefit - gain[best - 1]:.2f}"
    CONTRACTS["transfers_plan"].conform(plan.with_columns(business_date=dt.date(2026, 1, 1)))


def test_the_sender_keeps_its_need():
    short = {"location": "B", "demand_mean": 40.0, "order_up_to": 50}
    # The need is presentation minimum and expected demand, 1 + 4, or the level if that is less.
    assert quantity(stores(rich(presentation_min=1), short)) == 7
    assert quantity(stores(rich(order_up_to=3), short)) == 9
    # Goods on the way neither move nor cover the need.
    assert quantity(stores(rich(inventory_position=30, available=6), short)) == 2
    # Units promised outbound have left the position already.
    assert quantity(stores(rich(inventory_position=6), short)) == 2


def test_the_receiver_is_filled_to_its_level_and_shelf():
    short = {"location": "B", "demand_mean": 40.0}
    full = moved(stores(rich(), {**short, "order_up_to": 5, "inventory_position": 2}))
    assert full["quantity"].to_list() == [3]
    assert full["binding"].to_list() == ["order_up_to"]
    shelf = moved(stores(rich(), {**short, "order_up_to": 50, "shelf_max": 2}))
    assert shelf["quantity"].to_list() == [2]
    assert shelf["binding"].to_list() == ["shelf_max"]


def test_lanes_docks_and_recent_moves_limit():
    short = {"location": "B", "demand_mean": 40.0, "order_up_to": 50}
    narrow = moved(stores(rich(), short), way(capacity=3))
    assert narrow["quantity"].to_list() == [3]
    assert narrow["binding"].to_list() == ["lane_capacity"]
    dock = moved(stores(rich(), {**short, "receiving_room": 2}))
    assert dock["quantity"].to_list() == [2]
    assert dock["binding"].to_list() == ["receiving_capacity"]
    assert quantity(stores(rich(recently_moved=True), short)) == 0
    assert quantity(stores(rich(), {**short, "recently_moved": True})) == 8
    assert quantity(stores(rich(), short), way(allowed=False)) == 0
    assert quantity(stores(rich(), short), way(order_weekdays="1101111")) == 0


def test_a_trip_must_gain_its_fixed_cost_and_the_least_gain():
    frame = stores(rich(), {"location": "B", "inventory_position": 3})
    free = moved(frame)
    gain = free["value_gained"].sum() - free["value_lost"].sum() - free["moving_cost"].sum()
    assert gain > 1
    assert quantity(frame, way(fixed_cost=gain - 0.01)) > 0
    assert quantity(frame, way(fixed_cost=gain + 0.01)) == 0
    assert quantity(frame, min_gain=gain - 0.01) > 0
    assert quantity(frame, min_gain=gain + 0.01) == 0


def test_items_share_the_fixed_cost_of_a_trip():
    one = stores(rich(), {"location": "B", "inventory_position": 3})
    two = pl.concat([one, one.with_columns(sku=pl.lit("L"))])
    gains = moved(one)
    gain = (gains["value_gained"] - gains["value_lost"] - gains["moving_cost"]).sum()
    plan = moved(two, way(fixed_cost=1.5 * gain))
    assert plan["sku"].to_list() == ["K", "L"]
    assert plan["moving_cost"].sum() == pytest.approx(1.5 * gain + 0.5 * plan["quantity"].sum())


def test_unknown_stock_takes_no_part():
    short = {"location": "B"}
    assert quantity(stores(rich(available=None), short)) == 0
    assert quantity(stores(rich(inventory_position=None), short)) == 0
    assert quantity(stores(rich(), {"location": "B", "inventory_position": None})) == 0


def test_the_best_other_place_for_the_last_unit_is_told_if_it_could_go_there():
    short = {"location": "C", "inventory_position": 2}
    frame = stores(rich(), {"location": "B"}, short)
    ways = pl.concat([way(), way(destination="C")])
    lines = {row["destination"]: row for row in moved(frame, ways).to_dicts()}
    unit = 16.0 * stats.poisson.sf(np.arange(12), 4) - 1.0  # v(1), v(2), ...
    to_b, to_c = (lines[name]["quantity"] for name in "BC")
    assert to_b > 1
    benefit = sum(unit[:to_b]) - lines["B"]["value_lost"] - 0.5 * to_b
    there = benefit - unit[to_b - 1] + unit[2 + to_c]
    assert lines["B"]["rejected"] == f"its last unit to C, worth {there:.2f}"
    # Where no trip goes, or has room, nothing was rejected.
    full = pl.concat([way(), way(destination="C", capacity=to_c)])
    for others in (way(), full):
        got = moved(frame, others).filter(destination="B").row(0, named=True)
        assert got["rejected"].startswith(f"{got['quantity'] - 1} units, worth")


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="min_gain must be at least 0, not -1"):
        moved(stores({}), min_gain=-1)
    with pytest.raises(ValueError, match="order_up_to of sku K, location A is -2"):
        moved(stores({"order_up_to": -2, "value_level": 0}))
    twice = pl.concat([way(), way()])
    with pytest.raises(
        ValueError, match="lanes_left: origin A, destination B comes more than once"
    ):
        moved(stores({}), twice)


def test_no_pairs_or_lanes_give_no_moves():
    assert moved(stores({}).clear()).is_empty()
    assert moved(stores(rich(), {"location": "B"}), way().clear()).is_empty()
    assert moved(stores(rich(), {"location": "B"}), way("A", "nowhere")).is_empty()


def unit_values(row):
    mean, variance = row["demand_mean"], row["demand_variance"]
    k = np.arange(1, 200)
    if mean == 0:
        sold = np.zeros(len(k))
    elif variance > mean:
        sold = stats.nbinom.sf(k - 1, mean**2 / (variance - mean), mean / variance)
    else:
        sold = stats.poisson.sf(k - 1, mean)
    margin, overage = row["underage_cost"], row["overage_cost"]
    return (margin + overage) * sold - overage


def best_by_brute_force(frame, ways):
    """Best gain over all whole quantities on all lanes, of one sku, by trying them all."""
    rows = {row["location"]: row for row in frame.iter_rows(named=True)}
    values = {name: unit_values(row) for name, row in rows.items()}
    needs = {
        name: min(row["order_up_to"], row["presentation_min"] + int(np.ceil(row["demand_mean"])))
        for name, row in rows.items()
    }
    lane_rows = list(ways.iter_rows(named=True))
    best = 0.0
    for amounts in itertools.product(range(5), repeat=len(lane_rows)):
        flow = dict.fromkeys(rows, 0)
        out, into, cost = set(), set(), 0.0
        for amount, lane in zip(amounts, lane_rows, strict=True):
            if amount:
                flow[lane["origin"]] -= amount
                flow[lane["destination"]] += amount
                out.add(lane["origin"])
                into.add(lane["destination"])
                cost += lane["fixed_cost"] + amount * lane["unit_cost"]
        if out & into:
            continue
        gain = -cost
        for name, change in flow.items():
            row = rows[name]
            at = row["inventory_position"]
            if change < 0 and min(at, row["available"]) + change < needs[name]:
                break
            if change > 0 and at + change > row["order_up_to"]:
                break
            low, high = sorted((at, at + change))
            gain += np.sign(change) * values[name][low:high].sum()
        else:
            best = max(best, gain)
    return best


def small_instance(rng, places):
    rows = []
    for place in places:
        at = int(rng.integers(0, 9))
        mean = float(rng.uniform(0.5, 5))
        rows.append(
            {
                "location": place,
                "inventory_position": at,
                "available": at,
                "demand_mean": mean,
                "demand_variance": mean * float(rng.uniform(1, 2)),
                # At most 4 units move, so that the brute force sees every plan.
                "order_up_to": min(at + 4, int(mean + 3)),
            }
        )
    return stores(*rows)


@pytest.mark.parametrize("seed", range(20))
def test_one_lane_is_used_at_its_best(seed):
    rng = np.random.default_rng(seed)
    frame = small_instance(rng, "AB")
    ways = way(fixed_cost=float(rng.uniform(0, 3)))
    plan = moved(frame, ways)
    gain = (plan["value_gained"] - plan["value_lost"] - plan["moving_cost"]).sum()
    assert gain == pytest.approx(best_by_brute_force(frame, ways), abs=1e-6)


def test_greedy_over_several_lanes_is_near_the_best():
    ours = best = 0.0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        frame = small_instance(rng, "ABC")
        ways = pl.concat(
            [way(a, b, fixed_cost=float(rng.uniform(0, 6)))
             for a, b in [("A", "B"), ("A", "C"), ("B", "A"), ("C", "A"), ("C", "B")]]
        )  # fmt: skip
        plan = moved(frame, ways)
        gain = (plan["value_gained"] - plan["value_lost"] - plan["moving_cost"]).sum()
        bound = best_by_brute_force(frame, ways)
        assert gain <= bound + 1e-6
        ours += gain
        best += bound
    assert best > 50
    assert ours >= 0.9 * best


def rooms(**changes):
    row = dict.fromkeys(("outbound_room", "handling_room", "receiving_litres"))
    schema = {"outbound_room": pl.Int64, "handling_room": pl.Int64, "receiving_litres": pl.Float64}
    return pl.DataFrame(
        {"location": ["A", "B", "C"], **row, **changes}, schema_overrides=schema
    )  # fmt: skip


NEEDY = {"location": "B", "demand_mean": 40.0, "order_up_to": 50}


@pytest.mark.parametrize(
    ("binding", "limits"),
    [
        ("outbound_capacity", {"places": rooms(outbound_room=[3, None, None])}),
        ("handling_capacity", {"places": rooms(handling_room=[3, None, None])}),
        ("handling_capacity", {"places": rooms(handling_room=[None, 3, None])}),
        ("receiving_volume", {"places": rooms(receiving_litres=[None, 7.9, None])}),
        ("lane_volume", {"ways": way(volume_capacity=7.9)}),
    ],
)
def test_hands_and_litres_limit(binding, limits):
    frame = stores(rich(volume=2.0), {**NEEDY, "volume": 2.0})
    ways = limits.get("ways", way())
    plan = plan_transfers(
        frame, ways, weekday=WEEKDAY, min_gain=0.0, places=limits.get("places")
    ).lines
    assert plan["quantity"].to_list() == [3]
    assert plan["binding"].to_list() == [binding]


def test_hands_count_what_is_sent_and_what_is_received():
    other = {"sku": "L", "demand_mean": 40.0, "order_up_to": 50}
    frame = stores(
        rich(), NEEDY, {**other, "location": "B", **rich(inventory_position=90, available=90)},
        {**other, "location": "C"},
    )  # fmt: skip
    ways = pl.concat([way(), way("B", "C")])
    handled = plan_transfers(
        frame, ways, weekday=WEEKDAY, min_gain=0.0, places=rooms(handling_room=[None, 5, None])
    )
    assert handled.lines["quantity"].sum() == 5


def sizes(*available, **changes):
    rows = []
    for size, units in zip("SML", available, strict=False):
        kind = {"sku": f"K{size}", "size": size, "style": "T", "colour": "red", **changes}
        # Nothing sells at A, and nothing must stay there but for the run.
        at = {"inventory_position": units, "available": units, "order_up_to": 0}
        at.update(demand_mean=0.0, demand_variance=0.0)
        rows += [{**kind, **at}, {**NEEDY, **kind, "location": "B", "size": None}]
    return stores(*rows)


def sent(frame, **stated):
    plan = plan_transfers(frame, way(), weekday=WEEKDAY, min_gain=0.0, **stated)
    return dict(plan.lines.select("sku", "quantity").iter_rows()), plan.lines


def test_a_whole_run_of_sizes_keeps_one_of_each():
    quantities, lines = sent(sizes(3, 2, 1))
    assert quantities == {"KS": 2, "KM": 1}
    assert set(lines["binding"]) == {"size_run"}
    # A run that is broken already is cleared, and so is one that policy lets go.
    assert sent(sizes(3, 0, 1))[0] == {"KS": 3, "KL": 1}
    assert sent(sizes(3, 2, 1), rules=TransferRules(keep_size_runs=False))[0] == {
        "KS": 3, "KM": 2, "KL": 1
    }  # fmt: skip


def test_new_goods_stay_and_goods_that_go_are_cleared():
    assert quantity(stores(rich(just_launched=True), {**NEEDY, "just_launched": False})) == 0
    leftover = {"inventory_position": 2, "available": 2, "demand_mean": 1.5, "overage_cost": 9.0}
    short = {**NEEDY, "overage_cost": 9.0}
    assert quantity(stores({**leftover, "clearance": False}, {**short, "clearance": False})) == 0
    cleared = moved(stores({**leftover, "clearance": True}, {**short, "clearance": True}))
    assert cleared["quantity"].to_list() == [2]
    assert cleared["reason"].to_list() == ["clearance"]


def test_a_dc_does_not_send_sideways_what_it_allocates():
    fed = {**NEEDY, "supply_location": "A"}
    assert quantity(stores(rich(supply_location=None), fed)) == 0
    assert quantity(stores(rich(supply_location=None), {**fed, "supply_location": "D"})) == 8


def test_what_cannot_be_is_named_and_the_plan_stays_feasible():
    frame = stores(
        {"inventory_position": -4, "available": -4},
        rich(location="C", closing=False),
        {**NEEDY, "closing": True},
        {"location": "D", "presentation_min": 5, "shelf_max": 2, "closing": False},
    ).with_columns(pl.col("closing").fill_null(value=False))
    ways = pl.concat([way("C", "B"), way("C", "D"), way("A", "B"), way("C", "nowhere")])
    known = rooms(location=["A", "B", "C"]).vstack(rooms(location=["D", "E", "F"]))
    plan = plan_transfers(frame, ways, weekday=WEEKDAY, min_gain=0.0, places=known)
    assert dict(plan.left_out.select("location", "problem").iter_rows()) == {
        "A": "negative_stock",
        "B": "closes_before_arrival",
        "D": "presentation_above_shelf",
        "nowhere": "lane_to_nowhere",
    }
    assert plan.lines.select("destination", "quantity").rows() == [("D", 2)]
    stated = {"weekday": WEEKDAY, "min_gain": 0.0, "places": known}
    assert find_transfer_problems(plan.lines, frame, ways, **stated).is_empty()


def test_a_line_gains_its_hands_or_stays():
    """Two items on one trip: the second moves one unit that gains 2 or so."""
    one = stores(rich(), {"location": "B"})
    small = stores(rich(), {"location": "B", "inventory_position": 7}).with_columns(sku=pl.lit("L"))
    both = pl.concat([one, small])
    free = plan_transfers(both, way(fixed_cost=9.0), weekday=WEEKDAY, min_gain=1.0)
    assert free.lines["sku"].to_list() == ["K", "L"]
    gains = dict(
        free.lines.select(
            "sku",
            pl.col("value_gained") - pl.col("value_lost") - 0.5 * pl.col("quantity"),
        ).iter_rows()
    )
    half = LineRules(labour_cost_per_hour=1800.0, store_pick_seconds=0.6, shelve_seconds=0.4)
    for least, kept in ((gains["L"] - 0.51, ["K", "L"]), (gains["L"] - 0.49, ["K"])):
        rules = half.model_copy(update={"least_transfer_gain": least})
        plan = plan_transfers(
            both, way(fixed_cost=9.0), weekday=WEEKDAY, min_gain=1.0, line_rules=rules
        )
        assert plan.lines["sku"].to_list() == kept
        trip = plan.trips.row(0, named=True)
        assert trip["moving_cost"] == pytest.approx(
            9 + 0.5 * trip["quantity"] + 0.5 * trip["lines"]
        )
        assert plan.value == pytest.approx(trip["benefit"] - 1.0 - least * trip["lines"])
        found = find_transfer_problems(
            plan.lines, both, way(fixed_cost=9.0), weekday=WEEKDAY, min_gain=1.0, line_rules=rules
        )
        assert found.is_empty()


def test_no_receiver_is_filled_for_months():
    """At a unit a week three weeks are three units; one goes where there is none, whatever."""
    slow = {"location": "B", "demand_mean": 1.0, "demand_variance": 1.0, "underage_cost": 1e4}

    def covered(days, **changes):
        plan = plan_transfers(
            stores(rich(), {**slow, **changes}),
            way(),
            weekday=WEEKDAY,
            min_gain=0.0,
            line_rules=LineRules(most_cover_days=days),
        )
        return plan.lines.select("quantity", "binding").rows()

    assert covered(1e6)[0][0] > 3
    assert covered(21) == [(3, "most_cover")]
    assert covered(21, presentation_min=4) == [(4, "most_cover")]
    assert covered(1, protection_days=70.0) == [(1, "most_cover")]


def test_lines_of_a_trip_add_up_and_none_shows_a_loss():
    one = stores(rich(), {"location": "B", "inventory_position": 3})
    small = stores(rich(inventory_position=9, available=9), {"location": "B"})
    two = pl.concat([one, small.with_columns(sku=pl.lit("L"))])
    plan = plan_transfers(two, way(fixed_cost=9.0), weekday=WEEKDAY, min_gain=1.0)
    lines = plan.lines
    benefit = lines["value_gained"] - lines["value_lost"] - lines["moving_cost"]
    assert lines.height == 2
    assert (benefit > 0).all()
    trip = plan.trips.row(0, named=True)
    assert trip["benefit"] == pytest.approx(benefit.sum())
    assert trip["moving_cost"] == pytest.approx(9 + 0.5 * trip["quantity"])
    # The value of a plan counts what a trip gains beyond the least gain of policy.
    assert plan.value == pytest.approx(trip["benefit"] - 1.0)
    assert plan.value <= plan.bound + 1e-9
    CONTRACTS["transfer_trips"].conform(plan.trips.with_columns(business_date=dt.date(2026, 1, 1)))


def test_regions_that_no_lane_connects_are_planned_apart():
    frame = stores(rich(), {"location": "B"}, rich(location="C"), {"location": "D"})
    ways = pl.concat([way(), way("C", "D")])
    together = plan_transfers(frame, ways, weekday=WEEKDAY, min_gain=0.0)
    apart = [plan_transfers(frame, ways[n], weekday=WEEKDAY, min_gain=0.0) for n in (0, 1)]
    assert together.value == pytest.approx(sum(plan.value for plan in apart))
    assert together.lines.equals(pl.concat([plan.lines for plan in apart]))


def test_a_dc_that_gives_nothing_ties_no_regions_together(monkeypatch):
    frame = stores(
        rich(), {"location": "B"}, rich(location="C"), {"location": "D"},
        rich(location="W", recently_moved=True),
    )  # fmt: skip
    inside = [way(), way(origin="C", destination="D")]
    from_dc = [way(origin="W", destination=end) for end in "ABCD"]
    planned = []

    def counted(market, **search):
        planned.append(len(market.fixed))
        return best_trips(market, **search)

    monkeypatch.setattr(transfers, "best_trips", counted)
    apart = plan_transfers(frame, pl.concat(inside), weekday=WEEKDAY, min_gain=0.0)
    tied = plan_transfers(frame, pl.concat([*inside, *from_dc]), weekday=WEEKDAY, min_gain=0.0)
    assert planned == [1, 1, 1, 1]
    assert tied.lines.equals(apart.lines)
    assert tied.lines["destination"].to_list() == ["B", "D"]


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), min_gain=st.sampled_from([0.0, 5.0, 50.0]))
def test_any_plan_is_feasible_and_repeats(seed, min_gain):
    rng = np.random.default_rng(seed)
    frame = pairs(rng, stores=7, skus=8)
    places = frame["location"].unique().sort().to_list()
    ways = lanes(rng, places, places)
    plan = moved(frame, ways, min_gain)
    found = find_transfer_problems(plan, frame, ways, weekday=WEEKDAY, min_gain=min_gain)
    assert found.rows() == []
    shuffled = frame.sample(fraction=1, shuffle=True, seed=seed)
    assert moved(shuffled, ways.reverse(), min_gain).equals(plan)
