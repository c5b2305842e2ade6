"""Projected stock against closed forms, by hand, and against simulation."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from forecasting.distribution import (
    RunningDemand,
    compute_expected_sales,
    compute_survival,
    sum_window_demand,
)
from optimization.projection import (
    Stretches,
    estimate_demand_ahead,
    estimate_draws,
    project_days,
    project_stock,
)
from quality_checks.contracts import CONTRACTS, PlannedMoves, find_frame

DAYS = 28
FIRST = dt.date(2025, 10, 1)


def cumulate(mean, variance, rho):
    """Mean and variance of the demand of the days up to each."""
    squares, roots = np.cumsum(variance), np.cumsum(np.sqrt(variance))
    return np.cumsum(mean), (1 - rho) * squares + rho * roots**2


def supply(**units):
    coming = np.zeros(DAYS)
    for name, number in units.items():
        coming[int(name[1:])] = number
    return coming


def one(on_hand, coming, mean, variance, rho, **rest):
    made = project_days([on_hand], [coming], [mean], [variance], [rho], [rest.get("waits", False)])
    return [figure[0] for figure in made]


@pytest.mark.parametrize("rho", [0.0, 0.05, 0.4])
def test_without_receipts_it_is_the_law_of_the_sum_of_days(rho):
    mean = 0.6 * (1 + 0.5 * np.sin(np.arange(DAYS)))
    variance = 1.8 * mean
    closing, lost, out = one(9, supply(), mean, variance, rho)
    total, spread = cumulate(mean, variance, rho)
    sold = compute_expected_sales(total, spread, 9)
    assert closing == pytest.approx(9 - sold, abs=1e-6)
    assert lost.cumsum() == pytest.approx(total - sold, abs=1e-6)
    assert out == pytest.approx(compute_survival(total, spread, 9), abs=1e-6)


def simulate(on_hand, coming, mean, variance, rho):
    """Closing stock and chance of an empty shelf, days with a common gamma factor."""
    rng, paths = np.random.default_rng(5), 100_000
    common = rho * np.sqrt(variance).sum() ** 2 / mean.sum() ** 2
    factor = rng.gamma(1 / common, common, paths) if common else np.ones(paths)
    stock = np.full(paths, float(on_hand))
    closing, out = np.zeros(DAYS), np.zeros(DAYS)
    for day in range(DAYS):
        m, v = mean[day] * factor, (1 - rho) * variance[day] * factor
        demand = rng.negative_binomial(m * m / (v - m), m / v)
        stock = np.maximum(stock + coming[day] - demand, 0)
        closing[day], out[day] = stock.mean(), (stock == 0).mean()
    return closing, out


@pytest.mark.parametrize(
    ("on_hand", "coming", "daily", "ratio", "rho"),
    [
        (0, supply(d3=5, d10=6), 1.0, 2.0, 0.2),
        (4, supply(d5=3, d9=4, d15=10), 0.6, 2.0, 0.3),
        (4, supply(d5=3, d9=4, d15=10), 0.6, 2.0, 0.03),
        (2, supply(d14=20), 0.5, 1.6, 0.0),
        (10, supply(d2=3, d5=3, d8=3, d11=3, d14=3, d17=3), 2.0, 2.0, 0.1),
        (40, supply(d7=30, d14=30), 8.0, 2.5, 0.15),
        (900, supply(d9=700, d20=800), 90.0, 30.0, 0.1),
    ],
)
def test_with_receipts_it_agrees_with_simulation(on_hand, coming, daily, ratio, rho):
    mean = daily * (1 + 0.3 * np.sin(2 * np.pi * np.arange(DAYS) / 7))
    closing, _, out = one(on_hand, coming, mean, ratio * mean, rho)
    truth, empty = simulate(on_hand, coming, mean, ratio * mean, rho)
    # Within 2 % of all that there is to sell, and 4 points.
    assert np.abs(closing - truth).max() < 0.02 * (on_hand + coming.sum())
    assert np.abs(out - empty).max() < 0.04


def test_what_is_lost_before_the_goods_come_stays_lost():
    mean = np.full(DAYS, 2.0)
    closing, lost, out = one(0, supply(d10=1000), mean, 1.5 * mean, 0.0)
    assert lost == pytest.approx([2.0] * 10 + [0.0] * 18, abs=1e-6)
    assert out[:10] == pytest.approx(np.ones(10))
    assert out[10:] == pytest.approx(np.zeros(18), abs=1e-6)
    assert closing[-1] == pytest.approx(1000 - 18 * 2)


def test_where_customers_wait_nothing_is_lost_and_stock_may_be_owed():
    mean = np.full(DAYS, 2.0)
    closing, lost, out = one(6, supply(d10=30), mean, 1.5 * mean, 0.1, waits=True)
    assert lost.sum() == 0
    assert closing == pytest.approx(6 + supply(d10=30).cumsum() - 2 * np.arange(1, DAYS + 1))
    total, spread = cumulate(mean, 1.5 * mean, 0.1)
    there = (6 + supply(d10=30).cumsum()).astype(int)
    assert out == pytest.approx(compute_survival(total, spread, there), abs=1e-6)


def test_no_demand_and_no_stock():
    nothing = np.zeros(DAYS)
    closing, lost, out = one(5, supply(d3=2), nothing, nothing, 0.0)
    assert closing.tolist() == [5.0] * 3 + [7.0] * 25
    assert lost.sum() == out.sum() == 0
    assert one(0, supply(), nothing, nothing, 0.0)[2].tolist() == [1.0] * DAYS


def test_figures_stay_in_bounds_and_add_up_whatever_comes():
    rng = np.random.default_rng(3)
    pairs = 300
    on_hand = rng.poisson(5, pairs)
    coming = (rng.random((pairs, DAYS)) < 0.1) * rng.integers(1, 40, (pairs, DAYS))
    mean = rng.gamma(0.3, 2, (pairs, 1)) * rng.random((pairs, DAYS))
    variance = mean * (1 + rng.gamma(1, 2, (pairs, 1)))
    made = project_days(on_hand, coming, mean, variance, rng.random(pairs), np.zeros(pairs, bool))
    assert (made.closing >= 0).all()
    assert (made.lost >= 0).all()
    assert (made.lost <= mean).all()
    assert ((made.out_chance >= 0) & (made.out_chance <= 1)).all()
    left = on_hand + coming.sum(axis=1) - mean.sum(axis=1) + made.lost.sum(axis=1)
    assert made.closing[:, -1] == pytest.approx(left, abs=1e-9)


def test_bad_values_are_named():
    fine = np.ones(DAYS)
    with pytest.raises(ValueError, match=r"supply\[0, 3\] is -1"):
        one(1, supply(d3=-1), fine, fine, 0.0)
    with pytest.raises(ValueError, match=r"correlation\[0\] is 1.5"):
        one(1, supply(), fine, fine, 1.5)


def pairs_of(*rows):
    return pl.DataFrame(
        [(sku, place, "north", units, waits) for sku, place, units, waits in rows],
        schema=["sku", "location", "region", "available", "waits"],
        orient="row",
    )


def demand(*pairs):
    return pl.DataFrame(
        [
            (sku, place, FIRST + dt.timedelta(day), 1.0, 1.5, 0.0)
            for sku, place in pairs
            for day in range(DAYS)
        ],
        schema=["sku", "location", "day", "mean", "variance", "correlation"],
        orient="row",
    )


def test_a_day_of_a_pair_adds_up_by_hand():
    day = FIRST + dt.timedelta(2)
    receipts = pl.DataFrame(
        {
            "sku": ["a", "a", "z"],
            "location": "s",
            "due_on": [day, FIRST + dt.timedelta(99), day],
            "units": [40, 7, 9],
        }
    )
    moves = pl.DataFrame(
        {
            "sku": "a",
            "location": ["s", "s", "t"],
            "day": [FIRST, day, day],
            "planned_in": [0, 5, 6],
            "planned_out": [30, 0, 0],
        }
    )
    made = project_stock(
        pairs_of(("a", "s", 100, False), ("a", "t", 0, True), ("b", "t", 3, False)),
        demand(("a", "s"), ("a", "t")),
        receipts,
        moves,
        first_day=FIRST,
        days=DAYS,
    )
    stored = CONTRACTS["projected_stock"].conform(made.with_columns(business_date=FIRST))
    assert stored.height == 3 * DAYS
    three = stored.filter(sku="a", location="s").head(3)
    assert three["planned_out"].to_list() == [30, 0, 0]
    assert three["receipts"].to_list() == [0, 0, 40]
    assert three["planned_in"].to_list() == [0, 0, 5]
    assert three["opening"].to_list() == pytest.approx([100, 69, 68])
    assert three["closing"].to_list() == pytest.approx([69, 68, 112])
    owed = stored.filter(sku="a", location="t")
    assert owed["closing"].to_list()[:3] == pytest.approx([-1, -2, 3])
    idle = stored.filter(sku="b")
    assert idle["closing"].to_list() == [3.0] * DAYS


FIGURES = ["mean", "variance", "correlation", "common_variation"]


def daily(*rows, days=DAYS):
    """Frame `daily_demand` from (sku, location, mean a day, variance, correlation)."""
    return pl.DataFrame(
        [
            (sku, place, FIRST + dt.timedelta(number), mean, variance, rho, 0.0)
            for sku, place, mean, variance, rho in rows
            for number in range(days)
        ],
        schema=[
            *["sku", "location", "date", "mean", "variance", "correlation", "common_variation"]
        ],
        orient="row",
    )


def test_weeks_follow_the_days_and_take_what_comes_in_them():
    pair = pairs_of(("a", "s", 50, False)).with_columns(weeks=2, wait_days=0)
    known = daily(("a", "s", 1.0, 1.5, 0.1))
    running = RunningDemand.of(known, FIRST)
    stretches = Stretches(FIRST, DAYS, 2)
    asked = estimate_demand_ahead(pair, known, running, stretches)
    late = [FIRST + dt.timedelta(DAYS), FIRST + dt.timedelta(DAYS + 7)]
    receipts = pl.DataFrame({"sku": "a", "location": "s", "due_on": late, "units": [5, 7]})
    moves = find_frame(PlannedMoves).empty()
    made = project_stock(pair, asked, receipts, moves, first_day=FIRST, days=DAYS)
    CONTRACTS["projected_stock"].conform(made.with_columns(business_date=FIRST))
    weeks = made.filter(days=7)
    assert weeks["day"].to_list() == [FIRST + dt.timedelta(DAYS + n) for n in (6, 13)]
    assert weeks["receipts"].to_list() == [5, 7]
    assert weeks["demand"].to_list() == pytest.approx([7.0, 7.0])
    assert made["closing"].to_list()[-1] == pytest.approx(
        50 + 12 - made["demand"].sum() + made["lost"].sum()
    )
    # What all days vary by is what the plan takes them to.
    windows = pl.DataFrame(
        {"sku": "a", "location": "s", "days": 42.0, "lead_time_sd": 0.0, "wait_days": 0}
    )
    (whole,) = sum_window_demand(running, windows)["variance"]
    squares, roots = asked["variance"].sum(), asked["variance"].sqrt().sum()
    assert 0.9 * squares + 0.1 * roots**2 == pytest.approx(whole)


def test_what_launches_later_is_asked_for_from_its_launch_on():
    late = daily(("a", "s", 2.0, 3.0, 0.0)).with_columns(pl.col("date") + dt.timedelta(30))
    stretches, running = Stretches(FIRST, DAYS, 2), RunningDemand.of(late, FIRST)
    pair = pairs_of(("a", "s", 50, False)).with_columns(weeks=2, wait_days=30)
    asked = estimate_demand_ahead(pair, late, running, stretches)
    # Of the first week five days are on sale.
    assert asked["mean"].to_list() == pytest.approx([10.0, 14.0])
    place = pl.DataFrame(
        {"sku": "a", "location": "s", "node": "dc", "above_level": 0, "wait_days": [30]}
    )
    drawn = estimate_draws(place, running, stretches)
    assert drawn["mean"].to_list() == pytest.approx([0.0] * DAYS + [10.0, 14.0])


def test_a_node_is_asked_for_what_its_places_draw_to_be_at_their_levels():
    """One is far above its level, one at it, one below: against paths of a base-stock policy."""
    rates, above = {"s": 0.4, "t": 2.0, "u": 1.0}, {"s": 6, "t": 0, "u": -5}
    places = pl.DataFrame(
        {
            "sku": "a",
            "location": [*rates],
            "node": "dc",
            "above_level": [*above.values()],
            "wait_days": 0,
        }
    )
    known = daily(*(("a", name, rate, 1.5 * rate, 0.0) for name, rate in rates.items()))
    drawn = estimate_draws(places, RunningDemand.of(known, FIRST), Stretches(FIRST, DAYS, 0))
    rng, paths = np.random.default_rng(3), 20_000
    asked = np.zeros((paths, DAYS))
    for name, rate in rates.items():
        demand = rng.negative_binomial(2 * rate, 2 / 3, (paths, DAYS)).cumsum(axis=1)
        asked += np.maximum(demand - above[name], 0)
    assert drawn["mean"].cum_sum().to_list() == pytest.approx(asked.mean(axis=0), abs=0.1)
    assert drawn["variance"].cum_sum().to_list()[-1] == pytest.approx(asked[:, -1].var(), rel=0.1)
    assert drawn["location"].unique().to_list() == ["dc"]


def test_no_pairs_no_rows():
    receipts = pl.DataFrame(
        schema={"sku": pl.String, "location": pl.String, "due_on": pl.Date, "units": pl.Int64}
    )
    moves = pl.DataFrame(
        schema={
            "sku": pl.String,
            "location": pl.String,
            "day": pl.Date,
            "planned_in": pl.Int64,
            "planned_out": pl.Int64,
        }
    )
    nobody = pairs_of(("a", "s", 1, False)).clear()
    made = project_stock(nobody, demand(("a", "s")), receipts, moves, first_day=FIRST, days=DAYS)
    assert made.is_empty()
    CONTRACTS["projected_stock"].conform(made.with_columns(business_date=pl.lit(FIRST)))
