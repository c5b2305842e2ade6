"""Goods that spoil: the oldest go first, age on their way, and what is left at the end is lost."""

import numpy as np
import polars as pl
import pytest

from quality_checks.contracts import PlanningPolicy
from simulation.replay.demo import build_demo_scenario
from simulation.replay.lives import StockLives
from simulation.replay.parts import Parts
from simulation.replay.pipeline import Pipeline, forbid_waiting
from simulation.replay.play import warmed_up
from simulation.replay.rules import weeks_of_cover
from simulation.replay.scenario import NEVER
from simulation.replay.world import ReplayWorld
from simulation.retailer.settings import size_retailer

WARM_UP, DAYS, LIFE = 70, 14, 9


@pytest.fixture(scope="module")
def warm():
    settings = size_retailer("tiny").model_copy(update={"days": WARM_UP + DAYS})
    scenario = build_demo_scenario(settings, 5).limit_lives(LIFE)
    return warmed_up(scenario, weeks_of_cover(), WARM_UP)


def test_the_oldest_leave_first_and_what_is_left_spoils_on_its_last_day():
    # Two nodes of an item that lives for three days, and one of an item that keeps.
    lives = StockLives(np.array([3, NEVER, 3]), np.array([4, 9, 0]), -1)
    lives.take_in(1, np.array([5, 9, 0]))
    # Of the four that came in on day 0 one goes to the other node, two days away, and two sell.
    lives.send(1, (np.array([0]), np.array([2]), np.array([1])), np.array([3]))
    lives.take_out(1, np.array([2, 3, 0]))
    assert lives.spoil(1).tolist() == [0, 0, 0]
    # Day 2 is the last of what came in on day 0.
    assert lives.spoil(2).tolist() == [1, 0, 0]
    lives.arrive(3)
    # So it is past its life when it comes, and goes with what came in on day 1.
    assert lives.count().tolist() == [5, 1]
    assert lives.spoil(3).tolist() == [5, 0, 1]
    assert lives.count().tolist() == [0, 0]


def test_what_lives_tell_is_what_is_there(warm):
    world = warm.copy()
    spoiled = 0
    while world.day + 1 < world.scenario.days:
        world.carry_out(weeks_of_cover().decide(world.seen()))
        before = world.on_hand.copy()
        world.trade()
        flows = world.flows
        moved = flows.arrived + flows.received + flows.returned - flows.sold - flows.cleared
        assert (before + moved - flows.spoiled == world.on_hand).all()
        assert (world.lives.count() == world.on_hand[world.lives.pair]).all()
        spoiled += int(flows.spoiled.sum())
    assert spoiled > 0


def test_lives_tell_what_is_there_where_orders_are_shipped_later():
    settings = size_retailer("tiny").model_copy(update={"days": 30})
    world = ReplayWorld(build_demo_scenario(settings, 1, selling=True).limit_lives(10))
    shipped = 0
    while world.day + 1 < world.scenario.days:
        sums = world.carry_out(weeks_of_cover().decide(world.seen()))
        assert (world.lives.count() == world.on_hand[world.lives.pair]).all()
        before = world.on_hand.copy()
        day = world.trade()
        flows = world.flows
        came = flows.arrived + flows.received + flows.returned
        left = flows.sold + flows.spoiled + flows.cleared
        assert (flows.opening + came - left == world.on_hand).all()
        assert (flows.opening == before).all()
        assert (flows.kept + flows.coming_back <= flows.sold).all()
        assert flows.sold.sum() + sums["order_lines"] == day["sold"]
        assert (world.lives.count() == world.on_hand[world.lives.pair]).all()
        shipped += sums["order_lines"]
    assert shipped > 50


def test_who_knows_of_lives_holds_less(warm, policy: PlanningPolicy):
    told, untold = (
        Pipeline(forbid_waiting(policy), parts=Parts(lives=known)).plan(warm.seen()).targets
        for known in (True, False)
    )
    both = told.join(untold, on=["sku", "location"], suffix="_untold")
    held = pl.col("order_up_to")
    assert both.filter(held > pl.col("order_up_to_untold")).is_empty()
    limited = both.filter(binding="remaining_life")
    assert limited.filter(held < pl.col("order_up_to_untold")).height > 0
    # No unit is held for value, or for a floor, that is likelier to spoil than to sell.
    asked = pl.max_horizontal("life_level", "presentation_min")
    shown = told.join(warm.scenario.masters.pairs, on=["sku", "location"])
    assert shown.filter(held > asked).is_empty()
    assert untold["life_level"].null_count() == untold.height
