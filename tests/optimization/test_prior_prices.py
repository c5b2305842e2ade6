"""From which price reductions are counted: histories by hand, promotions, steps, launches, gaps."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from optimization.feasibility import find_price_problems
from optimization.feasibility.prior_prices import count_reductions
from optimization.markdown import plan_markdowns
from optimization.markdown.prior_prices import find_prior_prices
from quality_checks.contracts import (
    CONTRACTS,
    AnnouncedOffers,
    MarkdownRules,
    PriorPriceRules,
    find_frame,
)

TODAY = dt.date(2026, 3, 1)
FIRST = dt.date(2026, 3, 2)
LAUNCH = dt.date(2025, 9, 1)


def ago(days):
    """The day so many days before prices may change: 1 is the day that closed."""
    return FIRST - dt.timedelta(days=days)


def sellers(*changes):
    row = {
        "sku": "a", "location": "S1", "zone": "*", "region": "north", "unit_price": 50.0,
        "launch_date": LAUNCH, "owned": 300, "leaves": True, "daily": 1.0,
    }  # fmt: skip
    rows = [row | change for change in changes or ({},)]
    schema = {"unit_price": pl.Float64, "launch_date": pl.Date}
    return pl.DataFrame(rows, schema_overrides=schema)


def offers(*rows):
    """Entries and promotions at S1: first day, last day, price, discount."""
    told = [("a", "S1", *row) for row in rows]
    empty = find_frame(AnnouncedOffers).empty()
    return pl.DataFrame(told, schema=empty.schema, orient="row")


def rules(**stated):
    return MarkdownRules(ladder=[0.2, 0.5], prior_prices={"*": PriorPriceRules(**stated)})


ENDED = (ago(29), ago(20), 30.0, None)
"""A price that ended long ago, and within thirty days."""


@pytest.mark.parametrize(
    ("history", "stated", "lowest"),
    [
        ([], {}, 50.0),
        ([ENDED], {}, 30.0),
        ([ENDED], {"days": 19}, 50.0),
        # Its last day is the twentieth before: the first that counts.
        ([ENDED], {"days": 20}, 30.0),
        # A promotion comes off the list price, or the price of the list; the larger of two counts.
        ([(ago(9), ago(8), None, 0.2)], {}, 40.0),
        ([(ago(9), ago(8), None, 0.2), (ago(9), ago(8), None, 0.1)], {}, 40.0),
        ([ENDED, (ago(25), ago(24), None, 0.5)], {}, 15.0),
        # What begins tomorrow has been asked of nobody; a price of nothing is none.
        ([(FIRST, None, 20.0, None)], {}, 50.0),
        ([(ago(9), ago(8), 0.0, None)], {}, 50.0),
        # Of two prices of one day the lower was asked.
        ([(ago(9), ago(9), 45.0, None), (ago(9), ago(9), 44.0, None)], {}, 44.0),
        # Each step by itself, or all of a campaign from the price before the first.
        ([(ago(20), None, 40.0, None)], {}, 40.0),
        ([(ago(20), None, 40.0, None)], {"steps_within_days": 20}, 50.0),
        ([(ago(20), None, 40.0, None)], {"steps_within_days": 19}, 40.0),
        (
            [(ago(40), None, 40.0, None), (ago(20), None, 30.0, None)],
            {"steps_within_days": 20}, 50.0,
        ),
        # The first fall was too long before the second to be of its campaign.
        (
            [(ago(41), None, 40.0, None), (ago(20), None, 30.0, None)],
            {"steps_within_days": 20}, 40.0,
        ),
        # A rise between ends the campaign.
        (
            [(ago(30), ago(21), 40.0, None), (ago(15), None, 45.0, None)],
            {"steps_within_days": 30}, 40.0,
        ),
        # The days before the campaign count as many as ever, a promotion in them, too.
        (
            [(ago(45), ago(44), None, 0.4), (ago(20), None, 40.0, None)],
            {"steps_within_days": 20}, 30.0,
        ),
    ],
)  # fmt: skip
def test_the_lowest_price_of_the_days_that_count(history, stated, lowest):
    found = find_prior_prices(sellers(), offers(*history), rules(**stated), business_date=TODAY)
    assert found.select("lowest", "prior_held").rows() == [(pytest.approx(lowest), False)]


def test_of_an_item_that_was_launched_since_the_days_on_sale_count():
    before_launch = offers((ago(20), ago(15), 30.0, None))
    launched = sellers({"launch_date": ago(10)})
    found = find_prior_prices(launched, before_launch, rules(), business_date=TODAY)
    assert found["lowest"].to_list() == [50.0]
    # On sale from tomorrow on: there is no day that could count.
    tomorrow = find_prior_prices(
        sellers({"launch_date": FIRST}), offers(), rules(), business_date=TODAY
    )
    assert tomorrow["prior_held"].to_list() == [True]


@pytest.mark.parametrize(("unknown", "held"), [("hold", True), ("price_in_force", False)])
def test_policy_says_what_holds_where_a_day_has_no_known_price(unknown, held):
    dark = sellers({"unit_price": None})
    since = offers((ago(20), None, 40.0, None))
    found = find_prior_prices(dark, since, rules(unknown=unknown), business_date=TODAY)
    assert found.select("prior_held", "in_force").rows() == [(held, not held)]
    # Twenty days are known from first to last.
    told = rules(unknown=unknown, days=20)
    whole = find_prior_prices(dark, since, told, business_date=TODAY)
    assert whole.select("lowest", "prior_held", "in_force").rows() == [(40.0, False, False)]


def test_a_zone_keeps_the_strictest_rule_of_its_places_and_others_have_none():
    there = sellers(
        {}, {"location": "S2", "region": "south"}, {"location": "S3", "region": "west"},
        {"location": "S3", "region": "west", "sku": "b"},
    )  # fmt: skip
    policy = MarkdownRules(
        prior_prices={"north": PriorPriceRules(most_off=0.5), "south": PriorPriceRules(days=7)}
    )
    history = offers((ago(9), ago(8), 30.0, None), (ago(3), ago(3), 45.0, None)).with_columns(
        location=pl.Series(["S2", "S2"])
    )
    found = find_prior_prices(there, history, policy, business_date=TODAY)
    assert found.select("sku", "lowest", "most_off").rows() == [("a", 45.0, 0.5)]


def season(**changes):
    row = {
        "sku": "a", "zone": "*", "region": "*", "department": "d", "family": "a",
        "season_end": FIRST + dt.timedelta(days=69), "leaves": True, "stock": 300,
        "list_price": 50.0, "price": 50.0, "floor_price": 0.0, "unit_cost": 20.0, "salvage": 8.0,
        "keeping_cost": 0.05, "return_rate": 0.0, "resalable_share": 1.0, "return_cost": 0.0,
        "slope": -2.5, "slope_sd": 0.2, "locked_weeks": 0, "planned_on": None,
        "planned_price": None, "cautions": "", "prior_price": 50.0, "prior_floor": 0.0,
        "prior_held": False,
    }  # fmt: skip
    schema = {"planned_on": pl.Date, "planned_price": pl.Float64, "prior_price": pl.Float64,
              "prior_floor": pl.Float64}  # fmt: skip
    return pl.DataFrame([row | changes], schema_overrides=schema)


WEEKS = pl.DataFrame({"week": range(10), "mean": [5.0] * 10, "variance": [8.0] * 10}).select(
    pl.lit("a").alias("sku"), pl.lit("*").alias("zone"), "week", "mean", "variance",
    base_price=pl.lit(50.0),
)  # fmt: skip
ROOMS = pl.DataFrame(schema={"department": pl.String, "room": pl.Float64})


def plan(items):
    moves = CONTRACTS["season_moves"].empty()
    return plan_markdowns(items, WEEKS, moves, ROOMS, rules(), first_day=FIRST)


@pytest.mark.parametrize(
    ("changes", "offered", "words"),
    [
        ({}, [25.0, 40.0], {}),
        ({"prior_price": 40.0}, [25.0], {40.0: "no reduction from 40.00"}),
        (
            {"prior_price": 20.0, "prior_floor": 18.0}, [],
            {40.0: "no reduction", 25.0: "no reduction"},
        ),
        ({"prior_floor": 30.0, "floor_price": 30.0}, [40.0], {25.0: "too far below 50.00"}),
        (
            {"prior_price": None, "prior_floor": None, "prior_held": True}, [],
            {40.0: "is not known", 25.0: "is not known"},
        ),
        # Without the rule nothing is forbidden, and nothing said of it.
        ({"prior_price": None, "prior_floor": None}, [25.0, 40.0], {}),
    ],
)  # fmt: skip
def test_a_price_that_is_no_reduction_is_not_offered_and_says_why(changes, offered, words):
    options = plan(season(**changes)).options.filter(option="markdown").sort("new_price")
    free = options.filter(pl.col("worth").is_not_null())
    assert free["new_price"].to_list() == offered
    barred = dict(options.filter(pl.col("worth").is_null()).select("new_price", "verdict").rows())
    assert barred.keys() == words.keys()
    assert all(words[price] in verdict for price, verdict in barred.items())


def problems(markdowns, items, history, stated):
    empty = plan(items).deferrals.clear()
    return find_price_problems(
        markdowns, empty, items, WEEKS, rooms=ROOMS, places=sellers(), offers=history,
        rules=rules(**stated), first_day=FIRST,
    )["check"].to_list()  # fmt: skip


def test_the_check_counts_days_apart_and_finds_what_is_counted_from_another_price():
    found = plan(season()).markdowns
    assert found.select("new_price", "prior_price").rows() == [(25.0, 50.0)]
    assert problems(found, season(), offers(), {}) == []
    # It was sold for 24 lately.
    lately = offers((ago(9), ago(8), 24.0, None))
    assert {"prior_price", "no_reduction"} <= set(problems(found, season(), lately, {}))
    assert "reduced_too_far" in problems(found, season(), offers(), {"most_off": 0.4})
    dark = season(list_price=None)
    assert "no_reduction" in problems(found, dark, offers(), {})


def test_plan_and_check_count_alike_whatever_the_history():
    draws = np.random.default_rng(5)
    line = pl.DataFrame({"sku": ["a"], "zone": ["*"], "list_price": [50.0], "price": [50.0]})
    for _ in range(60):
        starts = draws.integers(1, 90, 5)
        lasts = draws.integers(0, 40, 5)
        history = offers(
            *(
                (
                    ago(int(start)), None if last > 35 else ago(int(max(start - last, -5))),
                    float(draws.integers(20, 50)) if draws.random() < 0.7 else None, None,
                )
                for start, last in zip(starts, lasts, strict=True)
            ),
            (ago(int(starts[0])), ago(1), None, 0.1),
        )  # fmt: skip
        stated = rules(
            steps_within_days=int(draws.integers(0, 40)), days=int(draws.integers(1, 60))
        )
        (planned,) = find_prior_prices(sellers(), history, stated, business_date=TODAY)["lowest"]
        (counted,) = count_reductions(line, sellers(), history, stated, FIRST)["counted_from"]
        assert planned == pytest.approx(counted)
