"""The pipeline as a policy, measures by hand, and intervals against scipy."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy import stats

from quality_checks.contracts import CONTRACTS
from simulation.replay.contest import build_demo_worlds, play_contest
from simulation.replay.demo import build_demo_scenario
from simulation.replay.intervals import estimate_interval
from simulation.replay.measures import measure
from simulation.replay.night_inputs import planning_pairs, sales_history
from simulation.replay.night_supply import known_supply, ordered_receipts
from simulation.replay.parts import Parts
from simulation.replay.pipeline import Pipeline
from simulation.replay.play import play, warmed_up
from simulation.replay.rationing import fair_shares
from simulation.replay.roi import measure_transfer_efficiency, tabulate_roi
from simulation.replay.rules import DoNothing, weeks_of_cover
from simulation.replay.world import ReplayWorld
from simulation.retailer.settings import size_retailer

WARM_UP, DAYS = 90, 15


@pytest.fixture(scope="module")
def warm():
    settings = size_retailer("tiny").model_copy(update={"days": WARM_UP + DAYS})
    return warmed_up(build_demo_scenario(settings, 3), weeks_of_cover(), WARM_UP)


@pytest.fixture(scope="module")
def played(warm, policy):
    return play(warm, Pipeline(policy))


def test_the_pipeline_moves_goods_and_orders_them(played):
    assert sum(day["replenished"] for day in played) > 0
    assert sum(day["purchased_value"] for day in played) > 0
    assert all(day["sold"] <= day["wanted"] for day in played)


def test_the_pipeline_decides_the_same_again(warm, policy, played):
    assert play(warm, Pipeline(policy)) == played


def test_the_pipeline_sees_no_truth(warm, policy):
    """Demand that found no shelf, and all demand to come, changes nothing."""
    truth = warm.scenario.truth
    demand = truth.demand.copy()
    empty = warm.seen().empty
    demand[:WARM_UP][empty & (demand[:WARM_UP] > 0)] += 50
    demand[WARM_UP:] = 0
    other = replace(warm.scenario, truth=replace(truth, demand=demand))
    blind = warmed_up(other, weeks_of_cover(), WARM_UP)
    first, second = (Pipeline(policy).decide(world.seen()) for world in (warm, blind))
    for ours, theirs in zip(
        (*first.replenishment, *first.transfers, *first.purchases),
        (*second.replenishment, *second.transfers, *second.purchases),
        strict=True,
    ):
        assert (ours == theirs).all()


def test_parts_of_the_pipeline_can_be_left_out(warm, policy):
    parts = Parts(transfers=False, by_worth=False)
    plain = Pipeline(policy, parts=parts).decide(warm.seen())
    assert plain.transfers.units.size == 0
    assert plain.replenishment.units.sum() > 0


def test_sales_history_is_what_was_sold_and_unknown_where_nothing_could_be(warm):
    seen, masters = warm.seen(), warm.scenario.masters
    rows = sales_history(seen, 30, 28)
    assert rows.select(pl.struct("sku", "location", "date").n_unique()).item() == rows.height
    pair = masters.numbers(rows["sku"], rows["location"])
    day = (rows["date"] - masters.first).dt.total_days().to_numpy()
    sold = seen.sold[day, pair]
    known = rows["sales"].is_not_null().to_numpy()
    assert (rows["sales"].fill_null(0).to_numpy() == np.where(known, sold, 0)).all()
    opens = masters.opens[day, masters.location[pair]]
    assert (known == opens & (day >= masters.launch[pair])).all()
    assert (rows["closed"].to_numpy() == ~opens).all()


def known_pairs(seen, policy):
    supply = known_supply(seen, policy)
    ordered = ordered_receipts(seen, policy, supply.yields)
    return planning_pairs(seen, supply, ordered, recent_days=14)


def test_pairs_hold_the_contract_of_planning_pairs(warm, policy):
    seen = warm.seen()
    pairs = known_pairs(seen, policy)
    dated = pairs.with_columns(business_date=pl.lit(seen.masters.date(seen.day)))
    contract = CONTRACTS["planning_pairs"]
    assert contract.conform(dated).equals(dated.select(contract.columns))
    # Masters state limits, so that the plan is held to them here too.
    limits = ("volume", "receiving_volume", "outbound_capacity", "unit_capacity")
    assert all(pairs[name].is_not_null().any() for name in limits)


def test_pairs_have_their_stock_and_the_lead_time_of_their_lane(warm, policy):
    seen, masters = warm.seen(), warm.scenario.masters
    pairs = known_pairs(seen, policy)
    number = masters.numbers(pairs["sku"], pairs["location"])
    assert (pairs["available"].to_numpy() == seen.on_hand[number]).all()
    fed = pairs.filter(pl.col("supply_location").is_not_null(), pl.col("status") == "active")
    lane = masters.lane[masters.numbers(fed["sku"], fed["location"])]
    assert (fed["lead_time_mean"].to_numpy() == masters.lane_days[lane]).all()


def test_scarce_goods_are_shared_in_proportion(warm):
    """A DC with 20 units in cases of 2, asked for 10, 20 and 30: thirds and a case that is left."""
    seen = warm.seen()
    masters = replace(warm.scenario.masters)
    ships = (masters.lane >= 0) & masters.lane_ships[masters.lane, seen.ships_on]
    number, count = np.unique(masters.supply[ships], return_counts=True)
    dc = int(number[np.argmax(count >= 3)])
    takers = np.flatnonzero(ships & (masters.supply == dc))[:3]
    masters.__dict__["pack"] = np.full(masters.size, 2)
    on_hand = np.where(np.arange(masters.size) == dc, 20, 0)
    want = np.zeros(masters.size, dtype=np.int64)
    want[takers] = [10, 20, 30]
    moves = fair_shares(want, replace(seen, masters=masters, on_hand=on_hand))
    sent = dict(zip(moves.destination.tolist(), moves.units.tolist(), strict=True))
    got = [sent.get(int(taker), 0) for taker in takers]
    assert sum(got) == 20
    shares = [2, 6, 10]
    assert all(share <= units <= share + 2 for share, units in zip(shares, got, strict=True))


def test_profit_by_hand(policy):
    day = {
        "wanted": 10.0,
        "sold": 8.0,
        "returned": 2.0,
        "revenue": 800.0,
        "list_revenue": 1000.0,
        "cost_of_sales": 300.0,
        "lost_revenue": 200.0,
        "lost_margin": 120.0,
        "on_sale": 4.0,
        "empty": 1.0,
        "cleared_cost": 20.0,
        "cleared_list": 60.0,
        "stock_value": 3650.0,
        "replenished_cost": 5.0,
        "replenished_lines": 4.0,
        "transferred": 2.0,
        "transferred_cost": 4.0,
        "transferred_lines": 1.0,
        "purchased_value": 500.0,
        "reviewed_lines": 1.0,
        "changed_lines": 3.0,
        "change_fees": 7.0,
        "other_lines": 2.0,
        "paid_more": 9.0,
        "spoiled_cost": 11.0,
        "sold_leaving": 6.0,
        "cleared": 2.0,
        "order_carriage": 30.0,
        "order_dc_picks": 2.0,
        "order_picks": 1.0,
        "order_splits": 1.0,
        "order_late": 2.0,
        "order_cancelled": 1.0,
        "order_substitutes": 1.0,
    }
    lines = policy.lines.model_copy(
        update={
            "labour_cost_per_hour": 36.0,
            "dc_pick_seconds": 10.0,
            "store_pick_seconds": 35.0,
            "shelve_seconds": 15.0,
        }
    )
    economics = policy.economics.model_copy(update={"return_handling_cost": 1.5})
    found = measure([day, day], policy.model_copy(update={"lines": lines, "economics": economics}))
    assert found.sell_through == 0.75
    # Two lines picked at a DC at 0.1 and one in a store at 0.35, a day, besides carriage of 30.
    assert found.order_cost == pytest.approx(2 * (30 + 0.2 + 0.35))
    rules = policy.sourcing
    assert found.order_penalty == pytest.approx(
        2 * (rules.split_penalty + 2 * rules.late_cost + rules.unserved_cost)
    )
    holding = 2 * 3650 * 0.2 / 365
    # Cleared at half, what is left at a twentieth, and what spoiled lost whole.
    clearance = 0.5 * 40 + 0.05 * 3650 + 22
    # Four lines from a DC at 0.25 and one sideways at 0.5, a day, besides lanes of 5 and 4.
    assert found.moving_cost == pytest.approx(2 * (5 + 4 + 1 + 0.5))
    assert found.transfer_cost == pytest.approx(9)
    assert found.lines == 5
    kept = 1600 - 600 - 4 * 1.5 - 21 - holding - clearance
    assert found.profit == pytest.approx(kept - 14 - 18 - 61.1)
    assert (found.spoiled, found.dearer_supply, found.other_orders) == (22.0, 18.0, 2.0)
    assert found.changes == pytest.approx(3.0)
    assert found.change_fees == pytest.approx(14.0)
    assert found.holding_cost == pytest.approx(4.0)
    assert found.fill_rate == pytest.approx(0.8)
    assert found.stock_outs == pytest.approx(0.25)
    assert found.turns == pytest.approx(300 * 365 / 3650)
    assert found.markdown == pytest.approx(400)
    assert found.markdown_efficiency == pytest.approx(1600 / 2120)
    assert found.fulfilment_cost == pytest.approx(21 / 16)
    assert found.touches == pytest.approx(2.0)


def test_intervals_are_those_of_scipy():
    rng = np.random.default_rng(4)
    theirs = rng.normal(100, 20, 9)
    ours = theirs + rng.normal(3, 2, 9)
    found = estimate_interval(ours.tolist(), theirs.tolist())
    low, high = stats.ttest_rel(ours, theirs).confidence_interval(0.95)
    assert found.mean == pytest.approx(float((ours - theirs).mean()))
    assert (found.low, found.high) == pytest.approx((low, high))


def test_one_seed_bounds_nothing_and_seeds_must_match():
    assert estimate_interval([2.0], [1.0]) == (1.0, -np.inf, np.inf)
    with pytest.raises(ValueError, match="as many retailers"):
        estimate_interval([1.0, 2.0], [1.0])


def test_a_contest_is_paired_and_its_table_signed(policy):
    entrants = {"rule": lambda _: weeks_of_cover(), "none": lambda _: DoNothing()}
    settings = size_retailer("tiny")
    figures = play_contest(build_demo_worlds(settings, [1, 2], 10), policy, entrants=entrants)
    assert figures.select("retailer", "policy").rows() == [
        (1, "rule"),
        (1, "none"),
        (2, "rule"),
        (2, "none"),
    ]
    table = tabulate_roi(figures, policy="rule", against="none")
    gains = dict(table.select("term", "gain").iter_rows())
    assert gains["revenue protected"] > 0
    assert gains["stock-out reduction"] > 0
    stock = figures.group_by("policy").agg(pl.col("stock_value").mean()).rows_by_key("policy")
    released = stock["none"][0][0] - stock["rule"][0][0]
    assert gains["working capital released"] == pytest.approx(released)
    lost = figures.pivot("policy", index="retailer", values="lost_revenue")
    low, high = stats.ttest_rel(lost["none"], lost["rule"]).confidence_interval(0.95)
    row = table.filter(pl.col("term") == "revenue protected").row(0, named=True)
    assert (row["low"], row["high"]) == pytest.approx((low, high))
    assert measure_transfer_efficiency(figures, policy="rule", without="none") is None
    with pytest.raises(ValueError, match="was not played"):
        tabulate_roi(figures, policy="rule", against="ours")


def test_a_world_starts_with_the_orders_under_way(warm):
    orders, masters = warm.scenario.orders, warm.scenario.masters
    coming = orders.due >= 0
    total = np.bincount(orders.pair[coming], orders.quantity[coming], minlength=masters.size)
    assert (ReplayWorld(warm.scenario).on_order == total).all()
