"""In the replay suppliers take orders on their days of the week, and policies keep to them."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from simulation.replay.decision import Decision, PlannedOrders
from simulation.replay.demo import build_demo_scenario
from simulation.replay.night_supply import known_supply
from simulation.replay.pipeline import Pipeline
from simulation.replay.play import warmed_up
from simulation.replay.rules import weeks_of_cover
from simulation.replay.scenario import OWN
from simulation.replay.world import ReplayWorld
from simulation.retailer.settings import size_retailer

WARM_UP = 58


@pytest.fixture(scope="module")
def scenario():
    settings = size_retailer("tiny").model_copy(update={"days": WARM_UP + 10})
    return build_demo_scenario(settings, 5)


@pytest.fixture(scope="module")
def warm(scenario):
    return warmed_up(scenario, weeks_of_cover(), WARM_UP)


def with_days(warm, days):
    """The same world, in which suppliers by name take orders on certain days of the week."""
    scenario = warm.scenario
    terms = scenario.masters.terms.with_columns(
        order_weekdays=pl.col("supplier").replace_strict(days, default=None, return_dtype=pl.String)
    )
    masters = replace(scenario.masters, terms=terms)
    world = ReplayWorld(replace(scenario, masters=masters))
    kept = warm.copy()
    kept.scenario = world.scenario
    return kept


def test_the_retailer_has_suppliers_with_days_and_without(scenario):
    masters = scenario.masters
    (named,) = masters.calendars.rows()
    assert named[1] == "0001000"
    own = (masters.pairs["supplier"] == named[0]).to_numpy()
    taken = masters.takes_orders[:, OWN]
    assert (taken[:, own].sum(axis=0) == 1).all()
    assert taken[3, own].all()
    assert taken[:, ~own].all()


def test_an_order_on_another_day_is_refused(scenario):
    masters = scenario.masters
    fed = masters.supply < 0
    own = masters.pairs["supplier"] == masters.calendars["supplier"][0]
    pair = int(np.flatnonzero(fed & own.to_numpy())[0])
    units = np.array([masters.minimum[pair] * 40])
    order = replace(
        Decision.none(), purchases=PlannedOrders(np.array([pair]), units, np.array([OWN]))
    )
    world, placed = ReplayWorld(scenario), []
    for _ in range(7):
        weekday = world.seen().ships_on
        try:
            world.copy().carry_out(order)
        except ValueError as refused:
            assert "takes no orders" in str(refused)  # noqa: PT017  # which days it is, is told below
        else:
            placed.append(weekday)
        world.trade()
    assert placed == [3]


def test_the_pipeline_orders_on_the_days_of_each_supplier_and_else_once_a_week(warm, policy):
    names = warm.scenario.masters.pairs["supplier"].drop_nulls().unique().sort()
    first = warm.seen().ships_on
    own = (first + 2) % 7
    days = {name: "".join("01"[day == own] for day in range(7)) for name in names[:2]}
    world, pipeline = with_days(warm, days), Pipeline(policy)
    asked = []
    for _ in range(8):
        seen = world.seen()
        decision = pipeline.decide(seen)
        pair, _, whom = decision.purchases
        suppliers = seen.masters.supplier_of(pair, whom).unique()
        asked += [(name in days, seen.ships_on) for name in suppliers]
        world.carry_out(decision)
        world.trade()
    assert {weekday for stated, weekday in asked if stated} == {own}
    assert {weekday for stated, weekday in asked if not stated} == {first}


def test_an_order_has_to_last_until_the_goods_of_the_next_day_come(warm, policy):
    name = warm.scenario.masters.pairs["supplier"].drop_nulls().unique().sort()[0]
    tomorrow = warm.seen().ships_on
    windows = {}
    for after in (0, 1, 6):
        week = "".join("01"[day == (tomorrow + after) % 7] for day in range(7))
        found = known_supply(with_days(warm, {name: week}).seen(), policy).lead_times
        own = (warm.scenario.masters.pairs["supplier"] == name).to_numpy()
        own &= warm.scenario.masters.supply < 0
        windows[after] = found.filter(pl.Series(own))["next_receipt_days"].to_list()
    # An order of tomorrow lasts for a week; what cannot be ordered for days has to wait for them.
    assert windows[1] == pytest.approx([days - 6 for days in windows[0]])
    assert windows[6] == pytest.approx([days + 5 for days in windows[1]])
