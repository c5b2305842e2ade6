"""Retailers whose prices may be changed and whose customers order online, day by day."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from simulation.replay.contest import list_entrants
from simulation.replay.customer_orders import PlannedShipments
from simulation.replay.decision import Decision, PlannedPrices
from simulation.replay.demo import build_demo_scenario
from simulation.replay.measures import measure
from simulation.replay.night_offers import priced_offers
from simulation.replay.night_responses import learn_responses, list_priced_days
from simulation.replay.parts import Parts
from simulation.replay.pipeline import NightPlan, Pipeline
from simulation.replay.play import play, warmed_up
from simulation.replay.price_list import find_listed, put_off_falls
from simulation.replay.rules import DoNothing, weeks_of_cover
from simulation.replay.scenario import NEVER
from simulation.replay.world import ReplayWorld
from simulation.retailer import size_retailer

WARM_UP, DAYS = 90, 20


@pytest.fixture(scope="module")
def scenario():
    settings = size_retailer("tiny").model_copy(update={"days": WARM_UP + DAYS})
    return build_demo_scenario(settings, 3, selling=True)


@pytest.fixture(scope="module")
def warm(scenario):
    return warmed_up(scenario, weeks_of_cover(), WARM_UP)


@pytest.fixture(scope="module")
def plenty(scenario):
    """Prices may be changed, nobody orders, and every shelf is full."""
    stock = np.where(scenario.masters.pairs["kind"] == "dc", scenario.stock, 10_000)
    return replace(scenario, ordering=None, ways=None, stock=stock)


def prices(**changes):
    return replace(Decision.none(), prices=PlannedPrices.none()._replace(**changes))


def sellers(scenario):
    masters = scenario.masters
    on_sale = (masters.launch < 0) & (masters.exit > DAYS)
    return np.flatnonzero(on_sale & (masters.pairs["kind"] != "dc").to_numpy())


def test_the_price_list_is_what_the_truth_charges_where_no_promotion_runs(scenario):
    masters, entries, days = scenario.masters, scenario.pricing.entries, range(0, 110, 11)
    listed = np.stack([find_listed(entries, day, masters.list_price) for day in days])
    paid = scenario.truth.price[list(days)]
    selling = (masters.pairs["kind"] != "dc").to_numpy()
    promotion = 1 - (paid / listed)[:, selling]
    assert (listed[:, selling] < masters.list_price[selling]).any()
    assert (np.abs(promotion) < 0.001).mean() > 0.5
    assert promotion.max() <= 0.41
    assert promotion.min() > -0.001


def test_a_retailer_who_changes_no_price_sells_as_one_who_cannot(plenty):
    fixed = ReplayWorld(replace(plenty, pricing=None))
    free = ReplayWorld(plenty)
    assert [fixed.trade() for _ in range(5)] == [free.trade() for _ in range(5)]


def test_a_lower_price_brings_the_customers_that_the_elasticity_says(plenty):
    pair = sellers(plenty)
    as_listed, lowered = ReplayWorld(plenty), ReplayWorld(plenty)
    listed = find_listed(plenty.pricing.entries, -1, plenty.masters.list_price)
    # Without an entry of its own ahead, so that the fall is the same share on all days.
    own = ~np.isin(pair, plenty.pricing.entries.pair)
    pair = pair[own]
    lowered.carry_out(prices(marked=pair, price=0.7 * listed[pair], last=np.full(pair.size, NEVER)))
    expected = drawn = 0.0
    for _ in range(DAYS):
        as_listed.trade()
        lowered.trade()
        day, flows = as_listed.day, (as_listed.flows.sold, lowered.flows.sold)
        assert (flows[1] >= flows[0]).all()
        paid = as_listed.price[day, pair], lowered.price[day, pair]
        assert np.allclose(paid[1], 0.7 * paid[0], atol=0.006)
        drawn += (flows[1] - flows[0])[pair].sum()
        more = 0.7 ** -plenty.pricing.elasticity[pair] - 1
        expected += plenty.pricing.rate[day, pair] @ more
    assert drawn == pytest.approx(expected, rel=4 / np.sqrt(expected))


def test_a_fall_that_is_put_off_keeps_the_price_until_its_day(plenty):
    entries = plenty.pricing.entries
    ahead = entries.start > 1
    pair = int(entries.pair[ahead][np.argmin(entries.start[ahead])])
    falls = np.sort(entries.start[(entries.pair == pair) & ahead])
    day = int(falls[0])
    until = int(falls[0]) + 9
    held = put_off_falls(entries, np.array([pair]), np.array([until]), day)
    full = plenty.masters.list_price
    before = [find_listed(held, d, full)[pair] for d in range(day - 1, until)]
    assert before == [find_listed(entries, day - 1, full)[pair]] * (until - day + 1)
    after = range(until, until + 5)
    assert [find_listed(held, d, full)[pair] for d in after] == [
        find_listed(entries, d, full)[pair] for d in after
    ]
    # All others are as they were.
    other = np.arange(full.size) != pair
    for d in (day, until, until + 30):
        assert (find_listed(held, d, full) == find_listed(entries, d, full))[other].all()


def test_a_price_that_is_held_has_no_more_customers_than_the_lower_one(plenty):
    entries = plenty.pricing.entries
    first = int(entries.start[entries.start > 0].min())
    soon = np.unique(entries.pair[entries.start == first])
    as_listed, held = ReplayWorld(plenty), ReplayWorld(plenty)
    held.carry_out(prices(held=soon, until=np.full(soon.size, NEVER)))
    sold = np.zeros(2)
    for day in range(first + 10):
        as_listed.trade()
        held.trade()
        both = as_listed.flows.sold, held.flows.sold
        assert (both[1] <= both[0]).all()
        assert day >= first or (both[1] == both[0]).all()
        sold += both[0][soon].sum(), both[1][soon].sum()
    assert sold[0] > sold[1] > 0.5 * sold[0]


def test_the_forecast_reads_the_price_list_that_is_in_force(plenty, policy):
    entries, masters = plenty.pricing.entries, plenty.masters
    first = int(entries.start[entries.start > 0].min())
    held = np.unique(entries.pair[entries.start == first])
    world = ReplayWorld(plenty)
    for _ in range(first):
        world.trade()
    world.carry_out(prices(held=held, until=np.full(held.size, first + 5)))
    own = sellers(plenty)
    marked = own[~np.isin(own, entries.pair)][:3]
    half = 0.5 * masters.list_price[marked]
    world.carry_out(prices(marked=marked, price=half, last=np.full(3, first + 9)))
    for _ in range(3):
        world.trade()
    seen = world.seen()
    since_then = policy.model_copy(update={"history_days": first + 3})
    offers = priced_offers(seen, since_then, 20).offers.filter(~pl.col("promoted"))
    read = np.ones((first + 23, masters.size))
    day = (offers["date"] - masters.first).dt.total_days().to_numpy()
    read[day, masters.numbers(offers["sku"], offers["location"])] = offers["price"].to_numpy()
    # Days that were, and what was decided of those to come: nothing else is known of these pairs.
    known = {d: np.arange(masters.size) for d in range(first + 3)}
    known |= {d: np.concatenate([held, marked]) for d in range(first + 3, first + 9)}
    for d, pair in known.items():
        promoted = masters.promoted[d, pair]
        listed = find_listed(seen.entries, d, masters.list_price)[pair] / masters.list_price[pair]
        assert np.allclose(read[d, pair][~promoted], listed[~promoted])
    assert (read[first + 2, held] > read[first + 6, held]).any()


@pytest.mark.parametrize(
    ("share", "until", "fault"),
    [(1.0, None, "no lower"), (0.0, None, "no lower"), (None, 0, "held until it could fall")],
)
def test_a_price_that_cannot_be_is_refused(plenty, share, until, fault):
    world, pair = ReplayWorld(plenty), sellers(plenty)[:1]
    if share is None:
        asked = prices(held=pair, until=np.array([until]))
    else:
        listed = find_listed(plenty.pricing.entries, -1, plenty.masters.list_price)
        asked = prices(marked=pair, price=share * listed[pair], last=pair)
    with pytest.raises(ValueError, match=fault):
        world.carry_out(asked)


def test_a_pair_that_is_as_low_as_its_zone_will_be_keeps_its_price(plenty):
    world, masters = ReplayWorld(plenty), plenty.masters
    pair = sellers(plenty)
    pair = pair[~np.isin(pair, plenty.pricing.entries.pair)]
    of_item = pair[masters.item[pair] == masters.item[pair[0]]]
    full, last = masters.list_price[of_item[0]], np.array([DAYS])
    world.carry_out(prices(marked=of_item[:1], price=np.array([0.6 * full]), last=last))
    none = NightPlan.none()
    row = {"sku": masters.pairs["sku"][int(pair[0])], "zone": "*", "new_price": 0.8 * full,
           "season_end": masters.date(DAYS)}  # fmt: skip
    schema = {name: dtype for name, dtype in none.markdowns.schema.items() if name in row}
    marked = pl.concat([none.markdowns, pl.DataFrame([row], schema=schema)], how="diagonal")
    world.trade()
    decision = replace(none, markdowns=marked).decision(world.seen())
    assert {*of_item[1:]} <= {*decision.prices.marked}
    assert of_item[0] not in decision.prices.marked
    world.carry_out(decision)


def test_prices_that_are_not_to_be_changed_are_refused(plenty):
    world = ReplayWorld(replace(plenty, pricing=None))
    with pytest.raises(ValueError, match="not to be changed"):
        world.carry_out(prices(held=np.array([0]), until=np.array([9])))


def test_what_is_learnt_of_prices_is_what_was_sold_at_them(warm, policy):
    seen = warm.seen()
    days = list_priced_days(seen, policy)
    assert days.select(pl.struct("sku", "place", "date").n_unique()).item() == days.height
    assert set(days.filter(~pl.col("promoted"))["price"].round(3)) <= {1.0, 0.95, 0.8, 0.6}
    assert (days.filter("promoted")["price"] <= 0.9001).all()
    # Usual is the mean over days in stock: together it is what was sold on these.
    total = days.group_by("sku", "place").agg(pl.col("units", "usual").sum())
    sold = total.filter(pl.col("units") > 300)
    assert (sold["units"] / sold["usual"]).is_between(0.85, 1.15).all()
    slopes = learn_responses(seen, policy)
    truth = dict(zip(seen.masters.pairs["sku"], warm.scenario.pricing.elasticity, strict=True))
    off = slopes["slope"] + slopes["sku"].replace_strict(truth, return_dtype=pl.Float64)
    assert ((off / slopes["slope_sd"]) ** 2).mean() < 2


def test_days_after_the_last_sale_teach_and_those_of_a_year(warm, policy):
    seen = warm.seen()
    masters = seen.masters
    # What demand is estimated from does not bound what teaches prices.
    short = policy.model_copy(update={"history_days": 28})
    days = list_priced_days(seen, short)
    assert days["date"].min() == masters.date(0)
    # A node of its own whose shelf is full and whose customers stop coming.
    alone = (masters.pairs["kind"] == "marketplace").to_numpy() & (masters.exit > seen.day)
    pair = np.flatnonzero(alone & (seen.sold[: seen.day - 39].sum(axis=0) > 20))[0]
    sold, empty = seen.sold.copy(), seen.empty.copy()
    sold[seen.day - 39 :, pair], empty[:, pair] = 0, False
    key = masters.pairs.row(int(pair), named=True)
    mine = list_priced_days(replace(seen, sold=sold, empty=empty), short).filter(
        sku=key["sku"], place=key["location"]
    )
    last = np.flatnonzero(sold[:, pair])[-1]
    assert mine["date"].max() == masters.date(int(last) + 28)
    assert mine.filter(pl.col("date") > masters.date(int(last)))["units"].sum() == 0


def test_every_unit_ordered_is_shipped_cancelled_or_still_open(warm):
    world = warm.copy()
    began = world.seen().online.lines.number.size
    ordered = shipped = cancelled = 0.0
    while world.day + 1 < world.scenario.days:
        before = world.on_hand.copy()
        sums = world.carry_out(Decision.none())
        assert before.sum() - world.on_hand.sum() == sums["order_lines"]
        assert (world.on_hand >= 0).all()
        known = {*world.seen().online.lines.number.tolist()}
        day = world.trade()
        ordered += len({*world.seen().online.lines.number.tolist()} - known)
        shipped += sums["order_lines"]
        cancelled += day["order_cancelled"]
        # Nobody picks what a node refuses.
        assert sums["order_dc_picks"] + sums["order_picks"] == sums["order_lines"]
        assert sums["order_splits"] <= sums["order_parcels"] <= sums["order_lines"]
    assert began + ordered == shipped + cancelled + world.seen().online.lines.number.size
    assert shipped > 50


def test_a_tenth_and_more_of_online_units_is_ordered_and_counts_as_wanted(scenario):
    masters = scenario.masters
    stock = np.where(masters.pairs["kind"] == "dc", scenario.stock, 10_000)
    world = ReplayWorld(replace(scenario, stock=stock))
    wanted = ordered = 0
    for _ in range(DAYS):
        before = world.seen().online.lines.number.max(initial=-1)
        sums = world.trade()
        asks = scenario.ordering.asks
        wanted += scenario.truth.demand[world.day][asks].sum()
        lines = world.seen().online.lines
        ordered += (lines.number > before).sum()
        assert sums["wanted"] == scenario.truth.demand[world.day].sum()
        assert (lines.promised - lines.created == 3).all()
        world.carry_out(Decision.none())
    assert ordered / wanted == pytest.approx(0.18, abs=3 * np.sqrt(0.18 * 0.82 / wanted))


def test_nodes_refuse_as_often_as_they_do_and_keep_what_they_refuse(warm):
    half = np.full_like(warm.scenario.ways.refuses, 0.5)
    world = warm.copy()
    world.scenario = replace(world.scenario, ways=replace(world.scenario.ways, refuses=half))
    refused = asked = 0.0
    while world.day + 1 < world.scenario.days:
        before = world.on_hand.sum()
        sums = world.carry_out(Decision.none())
        assert before - world.on_hand.sum() == sums["order_lines"]
        refused += sums["order_refused"]
        asked += sums["order_lines"] + sums["order_refused"]
        world.trade()
    assert asked > 100
    assert refused / asked == pytest.approx(0.5, abs=2 / np.sqrt(asked))
    seen = world.seen().online
    assert seen.refused.sum() - warm.seen().online.refused.sum() == refused


def shipping(world, row=0, **changes):
    """One open line from some node that has the item and hands."""
    online, masters = world.seen().online, world.scenario.masters
    lines = online.lines
    pairs = masters.pair_at[:, masters.item[lines.pair[row]]]
    hands = online.ordering.hands[world.seen().ships_on]
    able = [p for node, p in enumerate(pairs) if p >= 0 and world.on_hand[p] and hands[node]]
    plan = {
        "number": lines.number[[row]],
        "origin": np.array(able[:1]),
        "carrier": np.array([0]),
        "price": np.array([np.nan]),
    }
    return replace(Decision.none(), shipments=PlannedShipments(**plan | changes))


def test_shipments_that_cannot_be_are_refused(warm):
    world = warm.copy()
    assert world.copy().carry_out(shipping(world))["order_lines"] in {0.0, 1.0}
    number = world.seen().online.lines.number
    origin = shipping(world).shipments.origin
    masters = world.scenario.masters
    other = np.flatnonzero((masters.item != masters.item[origin[0]]) & (world.on_hand > 0))[:1]
    for changes, fault in (
        ({"number": number[-1:] + 1}, "no open line"),
        (
            {"number": number[[0, 0]], "origin": origin[[0, 0]], "price": np.full(2, np.nan)},
            "no open line",
        ),
        ({"origin": other}, "another item"),
    ):
        with pytest.raises(ValueError, match=fault):
            world.carry_out(shipping(world, **changes))
    world.on_hand[origin] = 0
    plan = replace(
        Decision.none(),
        shipments=PlannedShipments(number[:1], origin, np.array([0]), np.array([np.nan])),
    )
    with pytest.raises(ValueError, match="more than is there"):
        world.carry_out(plan)


def test_customers_who_are_asked_take_another_item_or_stay_as_they_were(warm):
    world, masters = warm.copy(), warm.scenario.masters
    ways = world.scenario.ways
    never = replace(ways, refuses=np.zeros_like(ways.refuses), takes=0.6 * (ways.takes > 0))
    hands = np.full_like(world.scenario.ordering.hands, 1000)
    ordering = replace(world.scenario.ordering, hands=hands)
    world.scenario = replace(world.scenario, ways=never, ordering=ordering)
    began = world.seen().online.answers.day.size
    while world.day + 1 < world.scenario.days:
        online = world.seen().online
        lines, left = online.lines, world.on_hand.copy()
        rows = []
        for number, pair in zip(lines.number, lines.pair, strict=True):
            others = np.flatnonzero(never.takes[masters.item[pair]] > 0)
            there = masters.pair_at[masters.location[pair], others]
            there = there[(there >= 0) & (left[there] > 0)]
            if there.size:
                left[there[0]] -= 1
                rows.append((number, there[0]))
        number, origin = np.array(rows, dtype=np.int64).reshape(-1, 2).T
        offers = PlannedShipments(number, origin, 0 * number, np.full(number.size, 7.5))
        before = world.on_hand.copy()
        sums = world.carry_out(replace(Decision.none(), shipments=offers))
        after = world.seen().online
        said = after.answers.accepted[online.answers.day.size :]
        assert (np.isin(number, after.lines.number) == ~said).all()
        assert (np.bincount(origin[said], minlength=masters.size) == before - world.on_hand).all()
        assert sums["order_substitutes"] == sums["order_lines"] == said.sum()
        world.trade()
    # Who declined an item once declines it again.
    answers = world.seen().online.answers
    asked, first = np.unique(answers.number[began:], return_index=True)
    assert asked.size > 60
    share = answers.accepted[began:][first].mean()
    assert share == pytest.approx(0.6, abs=3 * np.sqrt(0.24 / asked.size))


def test_the_plan_ships_orders_within_its_rules_and_the_oms_does_without(warm, policy):
    seen = warm.seen()
    ours = Pipeline(policy).decide(seen)
    assert ours.shipments.number.size > 0
    assert ours.prices.held.size == 0
    without = Pipeline(policy, parts=Parts(sourcing=False)).decide(seen)
    assert without.shipments is None
    for name in ("replenishment", "transfers", "purchases"):
        for mine, theirs in zip(getattr(ours, name), getattr(without, name), strict=True):
            assert (mine == theirs).all()


def test_orders_and_prices_are_measured(warm, policy):
    figures = measure(play(warm, DoNothing()), policy)
    assert figures.order_cost > 0
    assert 0 < figures.sell_through <= 1 or figures.sell_through == 0
    assert figures.order_penalty >= policy.sourcing.late_cost * figures.late_orders


def test_prices_fall_only_where_the_plan_may_let_them(scenario, policy):
    """Items that leave with far too much stock are marked down, or kept as the price list is."""
    masters = scenario.masters
    stock = np.where(masters.exit < NEVER, 400, scenario.stock)
    flooded = warmed_up(replace(scenario, stock=stock), DoNothing(), WARM_UP)
    seen = flooded.seen()
    ours = Pipeline(policy).decide(seen).prices
    assert ours.marked.size > 0
    rules = policy.markdown
    ahead = np.where(masters.exit < NEVER // 2, rules.season_days, rules.surplus_cover_days)
    assert (ours.last - seen.day <= ahead[ours.marked]).all()
    assert (ours.last <= masters.exit[ours.marked]).all()
    listed = find_listed(seen.entries, seen.day, masters.list_price)
    assert (ours.price < listed[ours.marked]).all()
    flooded.copy().carry_out(replace(Decision.none(), prices=ours))
    parts = Parts(prices=False)
    without = Pipeline(policy, parts=parts).decide(seen).prices
    assert without.marked.size == without.held.size == 0


def test_at_full_price_no_fall_of_the_list_comes(plenty, policy):
    entrant = list_entrants(variants=["ours_at_full_price"])["ours_at_full_price"](policy)
    entries = plenty.pricing.entries
    day = int(entries.start[entries.start > 0].min())
    world = ReplayWorld(plenty)
    for _ in range(day):
        world.trade()
    held = entrant.decide(world.seen()).prices
    assert {*entries.pair[entries.start == day]} <= {*held.held}
    assert held.marked.size == 0
