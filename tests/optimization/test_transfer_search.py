"""Bound and plan against the optimum that HiGHS finds for the same units, lanes and limits."""

import numpy as np
import polars as pl
import pytest

from benchmarks.transfers import draw, small_market, solve
from optimization.transfers.bound import least_bound
from optimization.transfers.kernels import (
    drop_losing_units,
    make_empty_flows,
    put_flows,
    sum_usage,
)
from optimization.transfers.kernels.flows import (
    find_best_ends,
    free_ends,
    list_open_arcs,
    make_closed_lanes,
    price_lanes,
    put_units,
)
from optimization.transfers.kernels.line_flows import empty_line, hold_roles
from optimization.transfers.market import TransferMarket
from optimization.transfers.plan import TRIES
from optimization.transfers.search import EXCHANGED_ARCS
from optimization.transfers.search import best_trips as searched_trips

EPS = 1e-6


def best_trips(found, tries=TRIES):
    return searched_trips(found, tries=tries, seed=0)


def market(seed, stores=4, skus=100, handled=25, line_cost=0.0):
    return small_market(*draw(stores, skus, seed), handled, line_cost=line_cost)


def with_limits(found, seed):
    """The market with lanes in units and litres and docks in litres besides its hands."""
    rng = np.random.default_rng(seed)
    lanes = len(found.fixed)
    limits, capacity = found.limits.copy(), list(found.capacity)
    limits[:, 0] = np.arange(len(capacity), len(capacity) + lanes)
    capacity += list(rng.integers(0, 9, lanes).astype(float))
    limits[:, 5] = len(capacity) + found.destination
    capacity += list(rng.uniform(5, 40, int(found.destination.max()) + 1))
    volume = rng.uniform(0.3, 3, len(found.volume))
    return found._replace(limits=limits, capacity=np.array(capacity), volume=volume)


@pytest.mark.parametrize("limited", [False, True])
def test_no_plan_beats_the_bound_and_ours_is_near_the_best(limited):
    ours = best = 0.0
    for seed in range(5):
        found = market(seed)
        if limited:
            found = with_limits(found, seed)
        trips = best_trips(found)
        optimum, proven = solve(found, 30.0)
        assert trips.gain <= proven + EPS
        assert trips.bound >= optimum - EPS
        ours, best = ours + trips.gain, best + optimum
    assert best > 100
    assert ours >= 0.99 * best


@pytest.mark.parametrize("handled", [25, 100_000])
@pytest.mark.parametrize("line_cost", [1.0, 6.0])
def test_lines_are_chosen_as_well_as_units(line_cost, handled):
    ours = best = 0.0
    for seed in range(3):
        found = market(seed, handled=handled, line_cost=line_cost)
        trips = best_trips(found)
        optimum, proven = solve(found, 30.0)
        assert trips.gain <= proven + EPS
        assert trips.bound >= optimum - EPS
        assert line_gains(found, trips.moved).min() >= line_cost - EPS
        ours, best = ours + trips.gain, best + optimum
    assert best > 100
    assert ours >= 0.99 * best


def test_units_of_an_emptied_line_go_where_a_flow_made_anew_puts_them():
    found = market(1, stores=9, skus=300, line_cost=1.0)
    flows, terms, tried = make_empty_flows(found), make_closed_lanes(found), 0
    price_lanes(found, np.zeros(len(found.capacity)), terms)
    terms.is_open[:] = True
    for item in range(len(found.volume)):
        opened = list_open_arcs(found, flows, terms, item)
        worth = find_best_ends(found, flows, opened)
        hold_roles(found, flows, opened)
        flows.kept[:opened] = flows.moved[flows.opened[:opened]]
        for arc in flows.opened[:opened][flows.kept[:opened] > 0]:
            change = empty_line(found, flows, opened, arc)
            anew = find_best_ends(found, flows, opened)
            assert change == pytest.approx(anew - worth, abs=1e-6)
            tried += -np.inf < change < -EPS
            flows.barred[arc] = False
            put_units(found, flows, opened, flows.kept)
        free_ends(found, flows, opened)
    assert tried > 20


def test_no_line_loses_that_its_trip_does_not_need():
    ours = best = 0.0
    for seed in range(5):
        found = market(seed, handled=60, line_cost=2.0)._replace(least_units=7)
        trips = best_trips(found)
        optimum, proven = solve(found, 30.0)
        assert trips.gain <= proven + EPS
        assert smallest_trip(found, trips) >= 7
        units = np.bincount(found.lane, weights=trips.moved)[found.lane]
        spared = (units - trips.moved >= found.least_units)[trips.moved > 0]
        losing = line_gains(found, trips.moved) < found.line_cost - EPS
        assert not (losing & spared).any()
        ours, best = ours + trips.gain, best + optimum
    assert ours >= 0.99 * best > 1000


def line_gains(found: TransferMarket, moved):
    """By line what the plan loses without it, the cost of the line and its trip apart."""
    got, sent = (
        np.bincount(ends, weights=moved, minlength=len(found.spare)).astype(int)
        for ends in (found.receiver, found.sender)
    )
    gains = []
    for arc in np.flatnonzero(moved):
        a, b, units = found.sender[arc], found.receiver[arc], int(moved[arc])
        taken, given = found.take_first[b] + got[b], found.give_first[a] + sent[a]
        won = found.take[taken - units : taken].sum() - found.give[given - units : given].sum()
        gains.append(won - units * found.unit_cost[found.lane[arc]])
    return np.array(gains)


def test_any_prices_bound_what_can_be_gained():
    found = market(3)
    optimum, _ = solve(found, 30.0)
    values = [least_bound(found, steps).value for steps in (0, 10, 400)]
    assert min(values) >= optimum - EPS
    assert values == sorted(values, reverse=True)
    assert values[-1] < values[0]


def test_least_trips_are_filled_or_dropped_as_is_best():
    """Trips are filled by units that others leave them, where hands are scarce and where not."""
    ours = best = 0.0
    for handled, least in ((25, 7), (25, 12), (60, 12), (100_000, 12)):
        for seed in range(4):
            found = market(seed, handled=handled)
            bound_by_it = found._replace(least_units=least)
            trips = best_trips(bound_by_it)
            optimum, proven = solve(bound_by_it, 30.0)
            assert smallest_trip(bound_by_it, trips) >= least
            assert trips.gain <= proven + EPS
            assert trips.bound >= optimum - EPS
            assert trips.gain >= 0.98 * optimum
            ours, best = ours + trips.gain, best + optimum
    assert 0 < smallest_trip(market(0), best_trips(market(0))) < 7
    assert best > 1000
    assert ours >= 0.998 * best


def test_a_large_market_keeps_least_trips():
    found = market(0, stores=16, skus=700, handled=60)
    assert len(found.lane) > EXCHANGED_ARCS
    trips = best_trips(found._replace(least_units=15), tries=10)
    assert smallest_trip(found, trips) >= 15
    assert 0 < trips.gain <= trips.bound


@pytest.mark.parametrize("least", [1, 7, 15])
def test_units_that_lose_and_that_no_trip_needs_are_dropped(least):
    found = market(2, skus=400, handled=100_000)._replace(least_units=least)
    flows, used = make_empty_flows(found), np.zeros(len(found.capacity))
    # As many units as one end has and the other wants, each end on one arc: some lose.
    moved, taken = np.zeros_like(flows.moved), set()
    for arc, (a, b) in enumerate(zip(found.sender, found.receiver, strict=True)):
        if not {a, b} & taken:
            moved[arc] = min(found.spare[a], found.want[b])
            taken |= {a, b}
    put_flows(found, flows, moved)
    assert losing_units(found, flows.moved).any()
    drop_losing_units(found, flows, used)
    lane_units = np.bincount(found.lane, weights=flows.moved, minlength=len(found.fixed))
    before = np.bincount(found.lane, weights=moved, minlength=len(found.fixed))
    spared = lane_units > least
    assert not losing_units(found, flows.moved)[spared[found.lane]].any()
    assert (lane_units >= np.minimum(before, least)).all()
    dropped, drawn = moved - flows.moved, np.zeros_like(used)
    put_flows(found, flows, dropped)
    sum_usage(found, flows, drawn)
    assert used == pytest.approx(-drawn)


@pytest.mark.parametrize("handled", [25, 60])
def test_no_unit_loses_that_its_trip_does_not_need(handled):
    for seed in range(3):
        found = market(seed, handled=handled)._replace(least_units=7)
        trips = best_trips(found, tries=10)
        units = np.bincount(found.lane, weights=trips.moved)
        needed = units[found.lane] == found.least_units
        assert not (losing_units(found, trips.moved) & ~needed).any()


def losing_units(found: TransferMarket, moved):
    """Arcs whose last unit is worth less there than here, at what both ends have by then."""
    got, sent = (
        np.bincount(ends, weights=moved, minlength=len(found.spare)).astype(int)
        for ends in (found.receiver, found.sender)
    )
    a, b = found.sender, found.receiver
    taken = found.take[np.maximum(found.take_first[b] + got[b] - 1, 0)]
    given = found.give[np.maximum(found.give_first[a] + sent[a] - 1, 0)]
    return (moved > 0) & (taken - given - found.unit_cost[found.lane] < -EPS)


def smallest_trip(found: TransferMarket, trips):
    units = np.bincount(found.lane, weights=trips.moved)
    return units[units > 0].min(initial=np.inf)


def test_search_only_improves_and_repeats():
    found = market(5, stores=7, skus=80, handled=25)
    greedy, searched = best_trips(found, tries=0), best_trips(found, tries=150)
    assert searched.gain >= greedy.gain
    again = best_trips(found, tries=150)
    assert (again.moved == searched.moved).all()
    assert again.bound == searched.bound


def test_nothing_to_move_gains_nothing():
    pairs, lanes = draw(3, 10, 0)
    full = pairs.with_columns(inventory_position=pl.col("order_up_to"))
    trips = best_trips(small_market(full, lanes, 10))
    assert (trips.gain, trips.bound) == (0.0, 0.0)
