"""The replayed world: units are conserved, days repeat, and no policy sees the truth."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy.stats import geom

from simulation.replay.decision import Decision, PlannedChanges, PlannedMoves, PlannedOrders
from simulation.replay.demo import build_demo_scenario
from simulation.replay.measures import measure
from simulation.replay.night_supply import order_rows
from simulation.replay.pipeline import NightPlan
from simulation.replay.play import play, warmed_up
from simulation.replay.rules import DoNothing, min_max, reorder_point, weeks_of_cover
from simulation.replay.scenario import OTHER, OWN
from simulation.replay.world import DAILY_RETURN, FASTEST_RETURN, LONGEST_RETURN, ReplayWorld
from simulation.retailer.settings import size_retailer

WARM_UP, DAYS = 58, 62


@pytest.fixture(scope="module")
def scenario():
    return build_demo_scenario(size_retailer("tiny").model_copy(update={"days": WARM_UP + DAYS}), 5)


@pytest.fixture(scope="module")
def warm(scenario):
    return warmed_up(scenario, weeks_of_cover(), WARM_UP)


def left(decision, size):
    """Units that leave each pair by a decision."""
    total = np.zeros(size, dtype=np.int64)
    for moves in (decision.replenishment, decision.transfers):
        np.add.at(total, moves.origin, moves.units)
    return total


def test_units_are_conserved_every_day(warm, scenario):
    world, policy = warm.copy(), weeks_of_cover()
    sent_so_far, arrived_so_far = world.in_transit.copy(), np.zeros(world.in_transit.size, int)
    while world.day + 1 < scenario.days:
        closing = world.on_hand.copy()
        decision = policy.decide(world.seen())
        world.carry_out(decision)
        world.trade()
        flows = world.flows
        assert (flows.opening == closing - left(decision, closing.size)).all()
        after = flows.opening + flows.arrived + flows.received + flows.returned
        assert (after - flows.sold - flows.cleared == world.on_hand).all()
        assert (world.on_hand >= 0).all()
        np.add.at(sent_so_far, decision.replenishment.destination, decision.replenishment.units)
        arrived_so_far += flows.arrived
        assert (world.in_transit == sent_so_far - arrived_so_far).all()
        assert (flows.sold <= scenario.truth.demand[world.day]).all()


def change(order, days, units, fee=5.0, moved=None):
    told = (order, days, units, fee, units if moved is None else moved)
    return PlannedChanges(*(np.array([value]) for value in told))


def buy(pair, units, whom=OWN):
    """A decision to order one line."""
    lines = PlannedOrders(np.array([pair]), np.array([units]), np.array([whom]))
    return replace(Decision.none(), purchases=lines)


def order_enough(masters, pair):
    """Units of a line that is an order by itself which its supplier takes."""
    multiple = int(masters.multiple[pair])
    worth = int(np.ceil(masters.least_value[OWN, pair] / masters.cost[pair] / multiple)) * multiple
    return max(int(masters.minimum[pair]), worth)


@pytest.fixture
def ordered(warm, scenario):
    """A world in which one line was ordered last, its number, and the day on which it comes."""
    world = warm.copy()
    pair = int(np.flatnonzero((scenario.masters.supply < 0) & (scenario.masters.lead[OWN] > 14))[0])
    units = 2 * order_enough(scenario.masters, pair)
    day = world.day + 1
    world.carry_out(buy(pair, units))
    world.trade()
    number = world.seen().orders.pair.size - 1
    return world, number, day + int(scenario.truth.lead[OWN, day, pair])


def receive(world, pair, days):
    """Units of a pair that suppliers deliver over some days."""
    total = 0
    for _ in range(days):
        world.trade()
        total += int(world.flows.received[pair])
    return total


def test_a_line_that_is_pulled_in_comes_sooner_and_costs_its_fee(ordered):
    world, number, due = ordered
    lines = world.seen().orders
    pair, units = int(lines.pair[number]), int(lines.quantity[number])
    sums = world.carry_out(replace(Decision.none(), changes=change(number, -7, units)))
    assert (sums["changed_lines"], sums["change_fees"]) == (1.0, 5.0)
    changed = world.seen().orders
    assert changed.requested[number] == lines.requested[number] - 7
    assert changed.changed[number] == world.day + 1
    other = [line for line in range(lines.pair.size) if lines.pair[line] == pair]
    coming = [line for line in other if line != number and lines.due[line] > world.day]
    if not coming:
        assert receive(world, pair, due - 7 - world.day) > 0


def test_another_supplier_delivers_by_its_own_days_at_its_own_price(warm, scenario):
    world, masters = warm.copy(), scenario.masters
    some = masters.other_supplier.is_not_null().to_numpy()
    pair = int(np.argmin(np.where(some, masters.lead[OTHER], np.inf)))
    # Beyond any least value of the small retailer.
    units, day = 40 * int(masters.minimum[pair]), world.day + 1
    number = world.seen().orders.pair.size
    sums = world.carry_out(buy(pair, units, OTHER))
    other = masters.other_supplier[pair]
    price = masters.terms.filter(supplier=other, sku=masters.pairs["sku"][pair])["unit_price"][0]
    assert price > masters.cost[pair]
    assert sums["purchased_value"] == pytest.approx(units * price)
    assert (sums["other_lines"], sums["purchased_lines"]) == (1.0, 1.0)
    due = day + int(scenario.truth.lead[OTHER, day, pair])
    while world.day < due:
        paid = world.trade()["paid_more"]
    lines = world.seen().orders
    assert (lines.due[number], lines.whom[number]) == (due, OTHER)
    came = np.floor(units * scenario.truth.accepted[OTHER, day, pair])
    assert lines.accepted[number] == came > 0
    others = np.flatnonzero((lines.due == due) & (lines.whom == OTHER) & (lines.pair != pair))
    assert others.size or paid == pytest.approx(came * (price - masters.cost[pair]))
    # What it did is on its own record.
    record = order_rows(world.seen())[number]
    assert record["supplier"].to_list() == [other]


def test_an_order_below_the_least_value_is_not_taken(scenario):
    # Above what the minimum of units of any item is worth.
    terms = scenario.masters.terms.with_columns(minimum_order_value=5_000.0)
    masters = replace(scenario.masters, terms=terms)
    first = ReplayWorld(replace(scenario, masters=masters))
    fed = np.flatnonzero((masters.supply < 0) & (masters.least_value[OWN] > 0))
    pair = int(fed[0])
    enough, step = order_enough(masters, pair), int(masters.multiple[pair])
    assert enough - step >= masters.minimum[pair]
    for units, placed in ((enough - step, 0), (enough, enough)):
        world = first.copy()
        before = int(world.on_order[pair])
        sums = world.carry_out(buy(pair, units))
        assert world.on_order[pair] - before == placed
        assert sums["purchased_value"] == pytest.approx(placed * masters.cost[pair])
    # Lines of one supplier to one node are one order, those to another node are not.
    together = fed[masters.document[OWN, fed] == masters.document[OWN, pair]]
    assert together.size > 1
    assert len({*masters.pairs["supplier"].gather(together)}) == 1
    assert len({*masters.location[together]}) == 1


def test_suppliers_refuse_a_tenth_of_changes_and_the_fee_is_due(warm):
    world = warm.copy()
    lines = world.seen().orders
    open_lines = np.flatnonzero(lines.due > world.day)
    many = PlannedChanges(
        open_lines, np.full(open_lines.size, 3), lines.quantity[open_lines],
        np.full(open_lines.size, 2.0), lines.quantity[open_lines],
    )  # fmt: skip
    again = world.copy()
    sums = [one.carry_out(replace(Decision.none(), changes=many)) for one in (world, again)]
    assert sums[0]["change_fees"] == 2.0 * open_lines.size
    after = world.seen().orders
    agreed = after.requested[open_lines] == lines.requested[open_lines] + 3
    assert 0.8 < agreed.mean() < 0.97
    assert (after.requested[open_lines][~agreed] == lines.requested[open_lines][~agreed]).all()
    # Who refused is left alone for as long as who agreed, and does not change his mind.
    assert (after.changed[open_lines] == world.day + 1).all()
    assert (again.seen().orders.requested == after.requested).all()


def test_a_line_that_is_sped_up_comes_by_the_days_that_its_supplier_states_sooner(ordered):
    world, number, _ = ordered
    lines, masters = world.seen().orders, world.scenario.masters
    pair = int(lines.pair[number])
    sku, supplier = masters.pairs.select("sku", "supplier").row(pair)
    offer = masters.terms.filter(sku=sku, supplier=supplier).row(0, named=True)
    none = NightPlan.none()
    row = {
        "po": str(number), "sku": sku, "supplier": supplier, "fee": offer["expedite_fee"],
        "left_units": int(lines.quantity[number]),
    }  # fmt: skip
    schema = {name: dtype for name, dtype in none.expedites.schema.items() if name in row}
    sped = pl.concat([none.expedites, pl.DataFrame([row], schema=schema)], how="diagonal")
    decision = replace(none, expedites=sped).decision(world.seen())
    assert decision.changes.days.tolist() == [-offer["expedite_days_saved"]]
    sums = world.carry_out(decision)
    assert sums["change_fees"] == offer["expedite_fee"]
    asked = world.seen().orders.requested[number]
    assert asked == lines.requested[number] - offer["expedite_days_saved"]


def test_a_line_that_is_cut_or_cancelled_brings_less_or_nothing(ordered):
    world, number, due = ordered
    lines = world.seen().orders
    pair, units = int(lines.pair[number]), int(lines.quantity[number])
    on_order = int(world.on_order[pair])
    whole, less, none = (world.copy() for _ in range(3))
    for played, left in ((less, units // 2), (none, 0)):
        played.carry_out(replace(Decision.none(), changes=change(number, 0, left)))
        assert played.on_order[pair] == on_order - units + left
    days = due - world.day
    got = [receive(played, pair, days) for played in (whole, less, none)]
    assert got[0] > got[1] > got[2]
    assert got[0] - got[2] <= units
    assert whole.on_order[pair] == less.on_order[pair] == none.on_order[pair]


def test_a_line_that_is_split_comes_in_two_parts_which_are_all_of_it(ordered):
    world, number, due = ordered
    before = world.seen().orders
    pair, units = int(before.pair[number]), int(before.quantity[number])
    on_order, last = int(world.on_order[pair]), before.pair.size
    whole, parted = world.copy(), world.copy()
    changes = change(number, -7, units, moved=units // 3)
    parted.carry_out(replace(Decision.none(), changes=changes))
    after = parted.seen().orders
    assert after.pair.size == last + 1
    assert after.quantity[[number, last]].tolist() == [units // 3, units - units // 3]
    asked = int(before.requested[number])
    assert after.requested[[number, last]].tolist() == [asked - 7, asked]
    # Neither part is asked about again until the answer is settled.
    assert (after.changed[[number, last]] == world.day + 1).all()
    assert parted.on_order[pair] == on_order
    days = due - world.day
    assert receive(whole, pair, days) == receive(parted, pair, days)
    assert parted.on_order[pair] == whole.on_order[pair]


def test_no_more_of_a_line_is_moved_than_is_left_of_it(ordered):
    world, number, _ = ordered
    with pytest.raises(ValueError, match="to units that it has not"):
        world.carry_out(replace(Decision.none(), changes=change(number, 3, 1, moved=2)))


@pytest.mark.parametrize(
    ("days", "units", "fault"),
    [(0, 10**6, "to units that it has not"), (0, -1, "to units that it has not")],
)
def test_a_change_that_cannot_be_is_refused(ordered, days, units, fault):
    world, number, _ = ordered
    with pytest.raises(ValueError, match=fault):
        world.carry_out(replace(Decision.none(), changes=change(number, days, units)))


def test_a_line_that_has_come_is_not_changed(ordered):
    world, number, due = ordered
    while world.day < due:
        world.trade()
    with pytest.raises(ValueError, match="that has come"):
        world.carry_out(replace(Decision.none(), changes=change(number, -1, 1)))


def test_supplier_goods_come_when_the_truth_says_and_leave_the_order_book(warm, scenario):
    world = warm.copy()
    pair = int(np.flatnonzero((scenario.masters.supply < 0) & (scenario.masters.lead[OWN] < 20))[0])
    units = order_enough(scenario.masters, pair)
    before, day = int(world.on_order[pair]), world.day + 1
    world.carry_out(buy(pair, units))
    assert world.on_order[pair] == before + units
    due = day + int(scenario.truth.lead[OWN, day, pair])
    coming = warm.seen().orders
    received = 0
    while world.day < due:
        world.trade()
        received = world.flows.received[pair]
        known = world.seen().orders
        assert (known.accepted[known.due > world.day] == 0).all()
    assert received >= np.floor(units * scenario.truth.accepted[OWN, day, pair]) > 0
    assert coming.pair.size + 1 == known.pair.size


def test_without_any_decision_shelves_run_empty(warm):
    days = play(warm, DoNothing())
    assert sum(day["replenished"] + day["purchased_value"] for day in days) == 0
    assert days[-1]["empty"] / days[-1]["on_sale"] > days[0]["empty"] / days[0]["on_sale"] + 0.3
    assert days[-1]["stock_value"] < days[0]["stock_value"]


def test_the_same_days_again(warm):
    assert play(warm, weeks_of_cover()) == play(warm, weeks_of_cover())


def test_playing_leaves_the_warm_up_as_it_was(warm):
    before = warm.on_hand.copy(), warm.in_transit.copy(), warm.day
    play(warm, weeks_of_cover())
    assert (warm.on_hand == before[0]).all()
    assert (warm.in_transit == before[1]).all()
    assert warm.day == before[2]


def test_returns_are_those_of_the_rate(scenario):
    """Units back, over many days of plenty, against the chance that each unit has."""
    rates = np.full(scenario.masters.size, 0.3)
    truth = replace(scenario.truth, return_rate=rates, damaged=np.full(rates.size, 0.25))
    # The items go on for ever, so that nothing is cleared.
    masters = replace(scenario.masters, exit=np.full(rates.size, 10**6))
    plenty = np.full(rates.size, 10**6)
    world = ReplayWorld(replace(scenario, truth=truth, masters=masters, stock=plenty))
    sums, resold = [], 0
    for _ in range(scenario.days):
        sums.append(world.trade())
        resold += int(world.flows.returned.sum())
    sold = np.array([day["sold"] for day in sums])
    assert sold.sum() == scenario.truth.demand.sum() > 5_000
    assert sum(day["returned"] for day in sums) == pytest.approx(0.3 * sold.sum(), rel=0.03)
    left = np.arange(scenario.days)[::-1] - FASTEST_RETURN
    by_then = np.where(left < LONGEST_RETURN - FASTEST_RETURN, geom.cdf(left, DAILY_RETURN), 1.0)
    assert resold == pytest.approx(0.3 * 0.75 * (sold @ by_then), rel=0.04)


@pytest.mark.parametrize("policy", [weeks_of_cover, reorder_point, lambda: min_max(0.2)])
def test_rules_see_sales_and_never_demand(scenario, warm, policy):
    """What was lost, and what is to come, changes nothing that a policy decides."""
    demand = scenario.truth.demand.copy()
    empty = warm.seen().empty
    demand[:WARM_UP][empty & (demand[:WARM_UP] > 0)] += 50
    demand[WARM_UP:] = 0
    world = ReplayWorld(replace(scenario, truth=replace(scenario.truth, demand=demand)))
    blind = warmed_up(world.scenario, weeks_of_cover(), WARM_UP)
    first, second = (policy().decide(world.seen()) for world in (warm, blind))
    for ours, theirs in zip(
        (*first.replenishment, *first.purchases),
        (*second.replenishment, *second.purchases),
        strict=True,
    ):
        assert (ours == theirs).all()


def test_what_is_seen_cannot_be_written_to(warm):
    seen = warm.seen()
    with pytest.raises(ValueError, match="read-only"):
        seen.on_hand[0] = 10**6


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("units", "sends more than is there"),
        ("broken", "part of a case"),
        ("stranger", "no lane"),
        ("minimum", "outside minimum and multiple"),
        ("fed", "not fed by a supplier"),
        ("nobody", "no other supplier"),
    ],
)
def test_an_impossible_decision_is_refused(warm, fault, message):
    world, masters = warm.copy(), warm.scenario.masters
    weekday = world.seen().ships_on
    ships = (masters.lane >= 0) & masters.lane_ships[masters.lane, weekday]
    stocked = world.on_hand[np.maximum(masters.supply, 0)] >= masters.pack
    to = np.flatnonzero(ships & stocked & (masters.pack > 1))[:1]
    origin, pack = masters.supply[to], masters.pack[to]
    alone = int(
        np.flatnonzero((masters.supply < 0) & masters.other_supplier.is_null().to_numpy())[0]
    )
    none = Decision.none()
    decisions = {
        "units": replace(none, replenishment=PlannedMoves(origin, to, pack * 10**5)),
        "broken": replace(none, replenishment=PlannedMoves(origin, to, pack - 1)),
        "stranger": replace(none, transfers=PlannedMoves(to, to, np.array([1]))),
        "minimum": buy(int(origin[0]), int(masters.minimum[origin[0]]) - 1),
        "nobody": buy(alone, int(masters.minimum[alone]), OTHER),
        "fed": buy(int(to[0]), int(masters.minimum[to[0]])),
    }
    with pytest.raises(ValueError, match=message):
        world.carry_out(decisions[fault])


def test_a_warm_up_leaves_days_to_play(scenario):
    with pytest.raises(ValueError, match="must leave some"):
        warmed_up(scenario, DoNothing(), scenario.days)


def test_no_days_have_no_measures(policy):
    with pytest.raises(ValueError, match="no days"):
        measure([], policy)
