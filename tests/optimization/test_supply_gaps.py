"""When a DC has nothing for its places, and what they lose: by hand, and against played days."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from forecasting.distribution import RunningDemand
from optimization.projection import (
    Stretches,
    estimate_draws,
    find_supply_gaps,
    project_stock,
)
from quality_checks.contracts import CONTRACTS, DatedGoods, GapPlaces, PlannedMoves, find_frame

FIRST = dt.date(2025, 10, 1)
DAYS = 28
RATIO = 1.5
"""Variance of a day's demand over its mean."""

RATES = {"a": 0.5, "b": 2.0, "c": 1.0}
LEVELS = {"a": 4, "b": 10, "c": 6}


def day(number):
    return FIRST + dt.timedelta(number)


def expected(rates):
    """Frame `daily_demand`: the same units on every day."""
    return pl.DataFrame(
        [
            ("k", place, day(number), rate, RATIO * rate, 0.0, 0.0)
            for place, rate in rates.items()
            for number in range(DAYS)
        ],
        schema=["sku", "location", "date", "mean", "variance", "correlation", "common_variation"],
        orient="row",
    )


def find(  # noqa: PLR0913  # stock, goods, and what differs from place to place
    above, stock, goods=(), *, waits=False, lane="1111111", protection=20.0
):
    """Gaps of a DC of `stock` units after tonight's plan, and goods that come (day, units)."""
    rates, levels, names = RATES, LEVELS, [*RATES]
    places = pl.DataFrame(
        {
            "sku": "k", "location": names, "node": "dc", "region": "north",
            "above_level": [above[name] for name in names], "wait_days": 0,
            "order_up_to": [levels[name] for name in names], "underage_cost": 10.0, "waits": waits,
            "order_weekdays": lane, "open_weekdays": "1111111", "lead_time_mean": 1.0,
        },
        schema=find_frame(GapPlaces).schema,
    )  # fmt: skip
    running, stretches = RunningDemand.of(expected(rates), FIRST), Stretches(FIRST, DAYS, 0)
    node = {"sku": "k", "location": "dc"}
    coming = pl.DataFrame(
        [("k", "dc", day(number), units) for number, units in goods],
        schema=find_frame(DatedGoods).schema,
        orient="row",
    )
    projected = project_stock(
        pl.DataFrame([{**node, "region": "north", "available": stock, "waits": True}]),
        estimate_draws(places, running, stretches),
        coming.rename({"day": "due_on"}),
        find_frame(PlannedMoves).empty(),
        first_day=FIRST,
        days=DAYS,
    )
    nodes = pl.DataFrame([{**node, "protection_days": protection}])
    gaps = find_supply_gaps(projected, nodes, places, coming, running, first_day=FIRST)
    return CONTRACTS["supply_gaps"].conform(gaps.with_columns(business_date=FIRST))


def play(above, stock, until):
    """Units that each place loses up to `until` days, filled up each evening while some is left."""
    rates, levels, paths = RATES, LEVELS, 20_000
    rng = np.random.default_rng(11)
    held = {name: np.full(paths, float(levels[name] + above[name])) for name in rates}
    node, lost = np.full(paths, float(stock)), {name: np.zeros(paths) for name in rates}
    for _ in range(until):
        for name, rate in rates.items():
            asked = rng.negative_binomial(rate / (RATIO - 1), 1 / RATIO, paths)
            lost[name] += np.maximum(asked - held[name], 0)
            held[name] = np.maximum(held[name] - asked, 0)
        wanted = {name: np.maximum(levels[name] - held[name], 0) for name in rates}
        share = np.minimum(node / np.maximum(sum(wanted.values()), 1e-9), 1)
        for name in rates:
            held[name] += share * wanted[name]
            node -= share * wanted[name]
    return {name: units.mean() for name, units in lost.items()}


@pytest.mark.parametrize(
    ("above", "stock"),
    [
        ({"a": 0, "b": 0, "c": 0}, 0),
        ({"a": 0, "b": 0, "c": 0}, 12),
        ({"a": 5, "b": 0, "c": 0}, 12),
        ({"a": 0, "b": -6, "c": -3}, 4),
        ({"a": 0, "b": -6, "c": -3}, 20),
    ],
)
def test_what_places_lose_is_what_played_days_say(above, stock):
    made = find(above, stock, [(15, 200)])
    assert made["goods_on"].unique().to_list() == [day(15)]
    # Goods of day 15 ship on day 16 and come a day later, so that 17 days have to do without.
    assert made["there_on"].unique().to_list() == [day(17)]
    truth = play(above, stock, 17)
    for place, lost, margin in made.select("location", "lost_units", "lost_margin").iter_rows():
        assert lost == pytest.approx(truth[place], abs=0.03 * 17 * RATES[place] + 0.1)
        assert margin == pytest.approx(10 * lost)


def test_goods_that_are_too_few_serve_a_share_of_what_is_lacking():
    made = find(dict.fromkeys(RATES, 0), 0, [(15, 5)])
    lacking = made["lacking_units"].sum()
    # By then all places are all but empty.
    assert 17 < lacking < 20
    assert made["goods_share"].to_list() == pytest.approx([5 / lacking] * 3)
    assert find(dict.fromkeys(RATES, 0), 0, [(15, 50)])["goods_share"][0] == 1


def test_a_gap_without_goods_ends_with_those_of_the_next_order():
    made = find(dict.fromkeys(RATES, 0), 0, [(25, 50)], protection=19.5)
    assert made["goods_on"].to_list() == made["goods_share"].to_list() == [None] * 3
    assert made["there_on"].unique().to_list() == [day(20)]


def test_a_lane_that_ships_on_fridays_brings_the_goods_later():
    # Day 15 is a Thursday, and day 14 a Wednesday.
    friday = find(dict.fromkeys(RATES, 0), 0, [(15, 50)], lane="0000100")
    assert friday["there_on"].unique().to_list() == [day(17)]
    wednesday = find(dict.fromkeys(RATES, 0), 0, [(15, 50)], lane="0010000")
    assert wednesday["there_on"].unique().to_list() == [day(22)]


def test_where_customers_wait_nothing_is_lost_and_all_is_lacking():
    made = find(dict.fromkeys(RATES, 0), 0, [(15, 50)], waits=True)
    assert made["lost_units"].sum() == 0
    assert made["lacking_units"].sum() == pytest.approx(15 * sum(RATES.values()))


def test_a_dc_that_lasts_has_no_gap():
    assert find(dict.fromkeys(RATES, 0), 500).is_empty()
    assert find(dict.fromkeys(RATES, 0), 0, [(0, 500)]).is_empty()
    # It runs empty once its next order's goods are there.
    assert find(dict.fromkeys(RATES, 0), 40, protection=8.0).is_empty()
