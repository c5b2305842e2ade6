"""Stated against realised benefit: worlds that differ by one action, and by nothing else."""

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from governance.kinds import KINDS as DECLARED
from optimization.value import StockValue
from quality_checks.contracts import Allocation, ChangePlan, ExpeditePlan, find_contract
from simulation.promises import calibrate_kinds, tabulate_confidence, tabulate_traits
from simulation.promises.actions import KINDS, list_actions
from simulation.promises.branches import (
    BURN_IN,
    LONGEST_BRANCH,
    SETTLED_DAYS,
    Items,
    Removal,
    compare_nights,
    draw_removal,
    play_on,
)
from simulation.promises.spread import add_spread, find_share_covered
from simulation.replay import (
    Decision,
    NightPlan,
    Pipeline,
    PlannedChanges,
    ReplayWorld,
    charge_lines,
)
from simulation.replay.demo import build_demo_scenario
from simulation.replay.ledger import TERMS, play_evening
from simulation.replay.measures import measure
from simulation.replay.play import warmed_up
from simulation.replay.rules import weeks_of_cover
from simulation.retailer import make_generator
from simulation.retailer.settings import size_retailer

WARM_UP, DAYS = 58, 120
FAR = 10**6
NOT_PROMISED = {
    "sourcing": "a line costs less than its item's demand varies by; the replay has it as a whole",
    "substitution": "as of sourcing",
    "markdown": "it is of all places of an item; the replay has it as a whole",
    "markdown_deferral": "it is of all places of an item; the replay has it as a whole",
    "stock_count": "the replay's records are right",
}
"""Kinds that are planned and whose promises no replay is held to, and why."""


@pytest.fixture(scope="module")
def scenario():
    return build_demo_scenario(size_retailer("tiny").model_copy(update={"days": WARM_UP + DAYS}), 5)


@pytest.fixture(scope="module")
def warm(scenario):
    return warmed_up(scenario, weeks_of_cover(), WARM_UP)


class OneLine:
    """Sends units once to a pair, on the first evening from a day on that its lane ships."""

    def __init__(self, masters, pair, units, day):
        self.masters, self.pair, self.units, self.day = masters, pair, units, day
        self.sent_on = None

    def copy(self):
        return self

    def plan(self, seen):
        masters, pair = self.masters, self.pair
        ships = masters.lane_ships[masters.lane[pair], seen.ships_on]
        if self.sent_on is None and seen.day >= self.day and ships:
            self.sent_on = seen.day
        if self.sent_on != seen.day:
            return NightPlan.none()
        names = masters.pairs.row(pair, named=True)
        row = dict.fromkeys(find_contract(Allocation).schema)
        row |= {
            "origin": names["supply_location"],
            "destination": names["location"],
            "sku": names["sku"],
            "quantity": self.units,
            "value_gained": 90.0,
            "value_lost": 10.0,
            "moving_cost": 5.0,
        }
        types = {
            name: dtype
            for name, dtype in find_contract(Allocation).schema.items()
            if name != "business_date"
        }
        return replace(NightPlan.none(), allocation=pl.DataFrame([row]).select(*types).cast(types))


@pytest.fixture
def known(scenario):
    """One item, at one store that wants one unit every day, with its stock at the DC only."""
    masters = scenario.masters
    pair = int(np.flatnonzero((masters.lane >= 0) & (masters.launch <= 0) & ~masters.blocked)[0])
    demand = np.zeros_like(scenario.truth.demand)
    demand[:, pair] = 1
    nobody = np.zeros(masters.size)
    truth = replace(scenario.truth, demand=demand, return_rate=nobody)
    stock = np.zeros_like(scenario.stock)
    stock[masters.supply[pair]] = 100
    orders = replace(scenario.orders, due=np.full_like(scenario.orders.due, FAR))
    masters = replace(masters, exit=np.full(masters.size, FAR), opens=np.ones_like(masters.opens))
    world = ReplayWorld(replace(scenario, masters=masters, truth=truth, stock=stock, orders=orders))
    world.trade()
    return world, pair


def test_units_that_surely_sell_earn_their_margin_less_their_way(known, policy):
    """The store sells one unit a day from the day they come on, and the DC none without them."""
    world, pair = known
    masters, units = world.scenario.masters, int(world.scenario.masters.pack[known[1]]) * 4
    settled = SETTLED_DAYS["allocation"]
    assert units < settled - 7
    planner = OneLine(masters, pair, units, world.day + BURN_IN)
    found = compare_nights(world, planner, policy, nights=1, seed=1, share=1.0)
    sku = masters.pairs["sku"][pair]
    row = found.filter(pl.col("taken") == 1).row(0, named=True)
    assert (row["kind"], row["sku"], row["quantity"]) == ("allocation", sku, units)
    assert row["stated"] == 90 - 10 - 5
    lane, cost = masters.lane[pair], float(masters.cost[pair])
    way = int(masters.lane_days[lane])
    prices = world.scenario.truth.price[planner.sent_on + 1 + way :][:units, pair]
    margin = float(prices.astype(float).sum()) - units * cost
    # The n-th unit sold is on stock one day less than to the end of the window without it.
    saved = sum(settled - way - sold for sold in range(units))
    rate = policy.economics.carrying_rate_per_year / 365
    moving = masters.lane_costs[1][lane] * units + policy.lines.allocation_line_cost
    assert row["margin"] == pytest.approx(margin)
    assert row["holding"] == pytest.approx(saved * rate * cost)
    assert row["moving"] == pytest.approx(-moving)
    assert row["realised"] == pytest.approx(margin + saved * rate * cost - moving, abs=1e-5)
    others = found.filter(pl.col("taken") == 0)
    assert others.height == masters.pairs["sku"].n_unique() - 1
    assert (others["realised"] == 0).all()


def test_a_branch_needs_a_line(known, policy):
    world, pair = known
    never = OneLine(world.scenario.masters, pair, 1, FAR)
    with pytest.raises(ValueError, match="no night had a line"):
        compare_nights(world, never, policy, nights=1, seed=1)


def test_nothing_taken_out_changes_nothing_and_less_changes_its_items(warm, policy):
    """A and B meet the same customers, returns and suppliers: only what was taken out differs."""
    masters, pipeline, items = warm.scenario.masters, Pipeline(policy), Items(warm)
    world, seen = warm.copy(), warm.seen()
    plan = pipeline.plan(seen)
    while plan.allocation.height < 2:  # lines of two items
        decision = plan.decision(seen)
        play_evening(world, decision, charge_lines(decision, masters, policy), policy)
        seen = world.seen()
        plan = pipeline.plan(seen)
    decision = plan.decision(seen)
    costs = charge_lines(decision, masters, policy)

    def earned(left):
        return play_on(world.copy(), pipeline.copy(), *left, policy, days=6, items=items)

    whole = earned((decision, costs))
    assert (whole == earned((decision, costs))).all()
    assert whole.shape == (6, len(TERMS), len(items.skus))
    kept = np.arange(plan.allocation.height) > 0
    moves = type(decision.replenishment)(*(column[kept] for column in decision.replenishment))
    less = earned(
        (
            replace(decision, replenishment=moves),
            costs._replace(replenishment=costs.replenishment[kept]),
        )
    )
    gone = items.skus.to_list().index(plan.allocation["sku"][0])
    assert whole[0, TERMS.index("moving"), gone] != less[0, TERMS.index("moving"), gone]
    # The next day sells what was there before, whoever else got something.
    assert (np.delete(whole[0] - less[0], gone, axis=1) == 0).all()


def test_returns_are_the_same_units_with_more_stock(scenario):
    """A world with more on its shelves sells the same first units, and these come back alike."""
    stock = np.where(scenario.masters.supply >= 0, 1, 0)
    few, many = (ReplayWorld(replace(scenario, stock=units)) for units in (stock, stock + 50))
    for _ in range(5):
        few.trade()
        many.trade()
        same = few.flows.sold == many.flows.sold
        assert same.any()
        assert (few.flows.kept[same] == many.flows.kept[same]).all()
        assert (few.flows.coming_back[same] == many.flows.coming_back[same]).all()
        assert (few.flows.sold <= many.flows.sold).all()


@pytest.mark.parametrize("scheduled", [True, False])
def test_pairs_earn_what_measures_say_of_the_retailer(warm, policy, scheduled):
    rules = policy.model_copy(
        update={
            "allocation": policy.allocation.model_copy(update={"scheduled_shipments": scheduled})
        }
    )
    masters, pipeline = warm.scenario.masters, Pipeline(rules)
    world, twin = warm.copy(), warm.copy()
    total, days, fixed = 0.0, [], 0.0
    for _ in range(12):
        decision = pipeline.decide(world.seen())
        costs = charge_lines(decision, masters, rules)
        total += play_evening(world, decision, costs, rules).sum()
        sent = decision.replenishment
        lanes = np.unique(masters.lane[sent.destination])
        fixed += masters.lane_costs[0][lanes].sum() if scheduled else 0.0
        days.append(twin.carry_out(decision) | twin.trade())
    assert sum(day["replenished_lines"] for day in days) > 0
    left = rules.economics.markdown_loss_share * days[-1]["stock_value"]
    assert total == pytest.approx(measure(days, rules).profit + left + fixed)


def test_every_kind_that_is_planned_is_held_to_its_promise_or_has_a_reason():
    planned = {name.removesuffix("_order") for name, kind in DECLARED.items() if kind.plan}
    assert planned == {*KINDS, *NOT_PROMISED}


def lines_of(items, lead_days=0):
    return pl.DataFrame(
        {
            "kind": ["allocation"] * len(items),
            "item": items,
            "lead_days": [lead_days] * len(items),
            "stated": [5.0] * len(items),
            "at_stake": [5.0] * len(items),
        }
    )


def drawn(lines, **changes):
    asked = {"most_days": LONGEST_BRANCH, "share": 1.0, "whole": False} | changes
    return draw_removal(lines, rng=make_generator(1, "test"), **asked)


def test_at_most_one_line_of_an_item_is_taken_out():
    items = [number // 5 for number in range(500)]
    one = drawn(lines_of(items)).lines
    assert (one.group_by("item").agg(pl.col("taken").sum())["taken"] == 1).all()
    # Any of the five, each about as often.
    places = one.with_columns(place=pl.int_range(pl.len()) % 5).filter("taken")["place"]
    assert (np.bincount(places) > 8).all()
    half = drawn(lines_of(items), share=0.5).lines["taken"].sum()
    assert 30 < half < 70
    assert drawn(lines_of(items), whole=True).lines["taken"].all()


def test_lines_are_drawn_by_what_is_at_stake_and_stand_for_the_others():
    """Of 9, 1 and 10: sums of what is drawn, times what it stands for, are those of all."""
    count = 600
    lines = lines_of([number // 3 for number in range(3 * count)])
    lines = lines.with_columns(at_stake=pl.Series([9.0, 1.0, 10.0] * count))
    taken = drawn(lines).lines.filter("taken")
    shares = taken["at_stake"].value_counts().sort("at_stake")["count"] / count
    assert shares.to_list() == pytest.approx([0.05, 0.45, 0.5], abs=0.06)
    assert (taken["stands_for"] - 20 / taken["at_stake"]).abs().max() < 1e-9
    assert taken["stands_for"].sum() == pytest.approx(lines.height, rel=0.2)
    assert (drawn(lines, whole=True).lines["stands_for"] == 1).all()


def test_figures_are_of_all_lines_that_those_taken_out_stand_for():
    frame = compared([1.0, 2.0], [1.0, 0.0], stands_for=[8.0, 1.0])
    found = calibrate_kinds(frame)["allocation"]
    assert (found.stated, found.realised) == (10.0, 8.0)
    assert found.ratio.value == pytest.approx(0.8)
    assert found.gained == pytest.approx(8 / 9)
    assert tabulate_traits(frame, ("empty_shelf",)).filter(trait="empty_shelf")["stated"][0] == 10


def a_change(world, kind, **row):
    """A line of a change of an order, or of an expedite, of the first pair that has an order."""
    orders, masters = world.seen().orders, world.scenario.masters
    pair = masters.pairs.row(int(orders.pair[0]), named=True)
    today = masters.date(world.day)
    known = {
        "sku": pair["sku"], "destination": pair["location"], "supplier": "SUP01", "po": "0",
        "stated_on": today + dt.timedelta(days=9), "due_on": today + dt.timedelta(days=4),
        "quantity": 6, "left_units": 6, "margin_kept": 50.0, "margin_given_up": 4.0,
        "holding_cost": -3.0, "fee": 20.0, "gain_chance": 0.7, "binding": "value",
    }  # fmt: skip
    types = find_contract({"purchase_change": ChangePlan, "expedite": ExpeditePlan}[kind]).schema
    blank = dict.fromkeys(types) | known | row
    return pl.DataFrame([blank]).select(*types).cast(types)


def test_a_change_states_what_it_keeps_less_what_it_gives_up_and_costs(warm):
    night = replace(NightPlan.none(), changes=a_change(warm, "purchase_change"))
    line = list_actions("purchase_change", night, warm).row(0, named=True)
    assert (line["stated"], line["origin"]) == (50 - 4 + 3 - 20, "SUP01")
    # It has come by the later of both days; by which chances it gains is not stated.
    assert (line["lead_days"], line["outcomes"], line["unit_worth"]) == (9, None, 0.0)


@pytest.mark.parametrize("kind", ["purchase_change", "expedite"])
def test_a_change_is_taken_out_of_its_own_kind(warm, policy, kind):
    """A decision has two changes and an expedite, of orders 0, 1 and 2; the last of a kind goes."""
    rows = {"purchase_change": 2, "expedite": 1}[kind]
    lines = pl.DataFrame({"kind": [kind] * rows, "taken": [False] * (rows - 1) + [True]})
    changes = PlannedChanges(
        np.arange(3), np.full(3, -4), np.full(3, 6), np.full(3, 20.0), np.full(3, 6)
    )
    whole = replace(Decision.none(), changes=changes)
    costs = charge_lines(whole, warm.scenario.masters, policy)
    left, _ = Removal(lines).leave(whole, costs)
    assert left.changes.order.tolist() == {"purchase_change": [0, 2], "expedite": [0, 1]}[kind]


def test_what_takes_longer_than_a_branch_stays():
    assert drawn(lines_of([1, 2], lead_days=30)).days == 39 + SETTLED_DAYS["allocation"]
    assert drawn(lines_of([1, 2], lead_days=100)).days == 0


def compared(stated, realised, **columns):
    count = len(stated)
    frame = {
        "retailer": [1] * count,
        "night": list(range(count)),
        "style": [str(number) for number in range(count)],
        "stands_for": [1.0] * count,
        "kind": ["allocation"] * count,
        "taken": [1] * count,
        "stated": stated,
        "realised": realised,
        "covered": [0.8] * count,
        "unit_worth": [1.0] * count,
        "confidence": [0.95] * count,
        "empty_shelf": [True] * count,
        **dict.fromkeys(TERMS, [0.0] * count),
    }
    return pl.DataFrame(frame | columns)


def test_ratio_and_line_of_what_keeps_its_word():
    stated = [float(number) for number in range(1, 40)]
    found = calibrate_kinds(compared(stated, [0.5 * value for value in stated]))["allocation"]
    assert found.ratio.value == pytest.approx(0.5)
    assert found.slope.value == pytest.approx(0.5)
    assert found.offset == pytest.approx(0.0, abs=1e-9)
    assert found.explained == pytest.approx(1.0)
    assert found.ratio.high - found.ratio.low == pytest.approx(0.0, abs=1e-9)
    assert found.coverage == pytest.approx(0.8)
    # Half a unit of 1 is no sale saved.
    assert found.gained == pytest.approx(38 / 39)


def test_intervals_by_hand_and_no_narrower_for_the_same_night_twice():
    """Two nights: residuals -1 and 1 about the ratio 1, so a standard error of sqrt(2) / 4."""
    once = calibrate_kinds(compared([2.0, 2.0], [1.0, 3.0]))["allocation"].ratio
    reach = 6.313751514675043 * np.sqrt(2) / 4  # Student's t of 1 degree at 95 %
    assert once.value == 1.0
    assert once.high == pytest.approx(1 + reach)
    twice = calibrate_kinds(compared([2.0] * 4, [1.0, 1.0, 3.0, 3.0], night=[0, 0, 1, 1]))[
        "allocation"
    ].ratio
    assert twice.high == pytest.approx(once.high)


def test_intervals_hold_the_true_ratio():
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(200):
        night, item = np.repeat(np.arange(15), 20), np.tile(np.arange(20), 15)
        stated = rng.gamma(1.0, 10.0, 300)
        shared = rng.normal(0, 0.4, 15)[night] + rng.normal(0, 0.4, 20)[item]
        realised = stated * (0.7 + shared + rng.normal(0, 0.5, 300))
        frame = compared(stated, realised, night=night, style=[str(number) for number in item])
        ratio = calibrate_kinds(frame)["allocation"].ratio
        held += ratio.low <= 0.7 <= ratio.high
    assert 0.84 <= held / 200 <= 0.97


def test_items_left_alone_show_the_noise():
    frame = compared([2.0, 2.0, None, None], [1.0, 3.0, -1.0, 1.0], taken=[1, 1, 0, 0])
    frame = frame.with_columns(unit_worth=pl.Series([1.0, 3.0, None, None]))
    found = calibrate_kinds(frame)["allocation"]
    assert found.noise == pytest.approx(np.sqrt(2))
    # Half a unit of 1 is what one of the two gained by chance, half a unit of 3 none.
    assert found.by_noise == pytest.approx(0.25)
    assert tabulate_confidence(frame)["by_noise"].to_list() == pytest.approx([0.25])
    lonely = calibrate_kinds(frame.filter(pl.col("taken") > 0))["allocation"]
    assert lonely.by_noise is None


def test_tables_sum_by_trait_and_bin():
    frame = compared([0.5, 5.0, 50.0], [0.0, 4.0, 60.0], empty_shelf=[True, False, False])
    rows = tabulate_traits(frame, ("empty_shelf",))
    full = rows.filter(trait="empty_shelf", value="false").row(0, named=True)
    assert (full["actions"], full["stated"], full["realised"]) == (2, 55.0, 64.0)
    assert rows.filter(trait="stated_size").height == 3
    bins = tabulate_confidence(frame)
    assert bins.select("actions", "gained").row(0) == (3, pytest.approx(2 / 3))


def test_the_spread_of_a_line_is_that_of_its_demand():
    """A unit on an empty shelf sells with chance P(D >= 1); it earns 10, or costs 2."""
    line = pl.DataFrame({"sku": ["a"], "origin": ["dc"], "destination": ["s"], "quantity": [1]})
    targets = pl.DataFrame(
        {
            "sku": ["a"],
            "location": ["s"],
            "open_demand_mean": [0.5],
            "open_demand_sd": [np.sqrt(0.5)],
            "sold_before": [0],
            "underage_cost": [10.0],
            "overage_cost": [2.0],
        }
    )
    sells = 1 - np.exp(-0.5)  # Poisson
    stated = 12 * sells - 2
    none = pl.DataFrame({"sku": ["a"], "location": ["s"], "position": [0]})
    row = add_spread("allocation", line.with_columns(stated=stated), targets, none).row(
        0, named=True
    )
    value = StockValue.of_demand(*(np.array([x]) for x in (0.5, 0.5, 10.0, 2.0)))
    nothing, unit = np.array([0]), np.array([1])
    chance = value.chance_to_gain(nothing, nothing, unit, np.array([stated]))
    assert chance == pytest.approx([sells], abs=0.01)
    found = np.array(row["outcomes"])
    assert np.unique(found.round(6)).tolist() == pytest.approx([-2, 10], abs=0.1)
    assert np.mean(found > 0) == pytest.approx(sells, abs=0.01)
    assert row["unit_worth"] == 12.0


@pytest.mark.parametrize("mean", [0.04, 0.7, 3.0, 40.0])
def test_the_middle_of_the_chances_covers_eight_in_ten_where_they_are_right(mean):
    """A line of ten units on an empty shelf earns 12 for each that sells, and cents beside."""
    rng = np.random.default_rng(4)
    worth, lines = 12.0, 4_000

    def earn(mean, count):
        return worth * np.minimum(rng.poisson(mean, count), 10) - 3.0

    outcomes = np.tile(np.sort(earn(mean, 4_000)), (lines, 1))
    near = rng.normal(0, 0.5, lines)

    def cover(mean):
        came = earn(mean, lines) + near
        return find_share_covered(outcomes, came, np.full(lines, worth)).mean()

    assert cover(mean) == pytest.approx(0.8, abs=0.02)
    # Demand of twice as much is told by all but those that sell out either way.
    assert (mean > 10) or cover(2.5 * mean + 0.2) < 0.75
    # What no chance leads to is covered by none.
    assert find_share_covered(outcomes[:1], np.array([-30.0]), np.array([worth])) == 0
