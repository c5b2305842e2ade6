"""Prices where nobody knows the slope for sure: by hand, by draws, and what doubt changes."""

import numpy as np
import pytest
from test_markdowns import RULES, frames, item, plan, problems

from optimization.markdown import (
    Season,
    answer_prices,
    play_season,
    solve_season,
)
from quality_checks.contracts import MarkdownRules


def test_holding_is_worth_what_a_week_tells():
    # One unit: 0.5 sell a week at 100; at 70 as many, or 3.
    mean, prices = np.array([[[0.5, 0.5]] * 2, [[0.5, 3.0]] * 2]), np.array([100.0, 70.0])
    few, many = 1 - np.exp(-np.array([0.5, 3.0]))
    blind = max(few * 100, (few * 70 + many * 70) / 2)
    known = (max(few * 100, few * 70) + max(few * 100, many * 70)) / 2
    assert known > blind + 5
    for told in (0.0, 0.3, 1.0):
        learns = np.array([told, 0.0])
        season = Season(
            mean, mean, np.array([0.5, 0.5]), learns, prices, prices, np.zeros(2), 0.0, 1, 1, 0
        )
        later = (1 - told) * blind + told * known
        worth = few * 100 + (1 - few) * later
        assert solve_season(season).value_rungs()[0] == pytest.approx(worth)


def unsure_season(*, told, stock=30, slope=-1.8, slope_sd=0.9):
    forecast = np.linspace(5.0, 3.0, 6)
    prices = np.array([100.0, 80.0, 50.0])
    answer = answer_prices(
        forecast, 1.4 * forecast, np.full(6, 100.0), prices, slope=slope, slope_sd=slope_sd
    )
    learns = np.full(6, told)
    return Season(*answer, learns, prices, prices, np.full(6, 0.5), 20.0, stock, 2, 0)


def sell(season, choice, rng):
    """Worth of a season that is sold once: the slope stays the same, and a week may tell it."""
    slope = rng.choice(len(season.chance), p=season.chance)
    stock, rung, lock, known, worth = season.stock, 0, 0, False, 0.0
    for week, keeping in enumerate(season.keeping):
        new = choice[1 + slope if known else 0, week, rung, stock] if lock == 0 else rung
        rung, lock = new, season.locks - 1 if new > rung else max(lock - 1, 0)
        mean, variance = season.mean[slope, week, rung], season.variance[slope, week, rung]
        demand = rng.negative_binomial(mean**2 / (variance - mean), mean / variance)
        sold = min(demand, stock)
        worth += sold * season.proceeds[rung] - keeping * (stock - sold / 2)
        stock -= sold
        known = known or rng.random() < season.told[week]
    return worth + season.salvage * stock


def test_worth_is_what_draws_of_one_slope_a_season_earn():
    season = unsure_season(told=0.2)
    solved = solve_season(season)
    rng = np.random.default_rng(5)
    drawn = np.array([sell(season, solved.choice, rng) for _ in range(6_000)])
    expected = solved.value_stock(np.array([30.0]))[0]
    assert drawn.mean() == pytest.approx(expected, abs=4 * drawn.std() / np.sqrt(len(drawn)))
    free = play_season(solved, np.full(6, -1))
    assert free.value == pytest.approx(expected)
    assert free.sold.sum() + free.left == pytest.approx(30.0)
    assert free.at_rung.sum(1) == pytest.approx(np.ones(6))


def test_what_is_learnt_is_never_worth_less_than_nothing():
    never, soon, now = (
        solve_season(unsure_season(told=told)).value_rungs() for told in (0.0, 0.3, 1.0)
    )
    assert (never <= soon + 1e-9).all()
    assert (soon <= now + 1e-9).all()
    # What may still be decided gains by knowing more than what cannot be taken back.
    assert now[0] - never[0] > now[1] - never[1] > now[2] - never[2] - 1e-9


def test_doubt_asks_more_of_a_markdown_and_less_of_its_depth():
    def price(stock, slope_sd, slope=-1.6):
        given = frames(item("a", stock=stock, slope=slope, slope_sd=slope_sd))
        found = plan(*given)
        assert problems(found.markdowns, found.deferrals, given) == []
        return found.markdowns["new_price"].to_list()

    # A little over: the price is held where the slope is unsure. Far over: it falls by less.
    assert (price(90, 0.3), price(90, 0.8)) == ([80.0], [])
    assert (price(300, 0.4, -2.6), price(300, 0.8, -2.6)) == ([50.0], [80.0])
    assert price(30, 0.0) == price(30, 0.8) == []


def test_the_more_a_week_is_taken_to_tell_the_surer_a_markdown_must_be():
    given = frames(item("a", stock=90, slope=-1.6, slope_sd=0.4))
    plans = {}
    for told in (0.0, 1.0):
        rules = MarkdownRules(**(RULES.model_dump() | {"told_in_a_week": told}))
        plans[told] = plan(*given, rules=rules)
        assert problems(plans[told].markdowns, plans[told].deferrals, given, rules=rules) == []
    assert plans[0.0].markdowns["new_price"].to_list() == [80.0]
    assert plans[1.0].markdowns.is_empty()
    # The check weighs by policy, too: what did not wait for the week is named.
    found = problems(plans[0.0].markdowns, plans[0.0].deferrals, given, rules=rules)
    assert "better_price" in found


def test_chance_to_gain_is_that_of_draws_of_slope_and_demand():
    (line,) = plan(
        *frames(item("a", stock=120, slope_sd=0.6, return_rate=0.0))
    ).markdowns.to_dicts()
    rng = np.random.default_rng(11)
    slope, demand = (
        rng.normal(-2.0, 0.6, 200_000),
        rng.negative_binomial(50 / 0.6, 1 / 1.6, 200_000),
    )
    old, new = line["old_price"] - 20, line["new_price"] - 20
    lower = demand * (line["new_price"] / line["old_price"]) ** slope
    gains = new * np.minimum(lower, 120) > old * np.minimum(demand, 120)
    assert 0.6 < line["gain_chance"] < 0.95
    assert line["gain_chance"] == pytest.approx(gains.mean(), abs=0.01)
