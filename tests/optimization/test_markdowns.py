"""Price paths of seasons: against known answers, budgets, options, and a check that can fail."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from optimization.feasibility import find_price_problems
from optimization.markdown import Season, answer_prices, plan_markdowns, solve_season
from quality_checks.contracts import (
    CONTRACTS,
    AnnouncedOffers,
    MarkdownRules,
    SeasonPlaces,
    find_frame,
)

FIRST = dt.date(2026, 1, 5)
END = FIRST + dt.timedelta(days=69)
RULES = MarkdownRules(ladder=[0.2, 0.5], least_days_between_steps=14)
NO_OFFERS, NO_PLACES = (find_frame(one).empty() for one in (AnnouncedOffers, SeasonPlaces))
NO_MOVES = CONTRACTS["season_moves"].empty()


def season(mean, stock, *, locks=1, lock=0):
    """Poisson demand by week and price, without returns or a cost of stock; salvage is 20."""
    demand, price = np.array(mean, dtype=float), np.array([100.0, 80.0, 50.0])
    none = np.zeros(len(demand))
    return Season(
        demand[None], demand[None], np.ones(1), none, price, price, none, 20.0, stock, locks, lock
    )


def item(sku="a", zone="*", **changes):
    row = {
        "sku": sku, "zone": zone, "region": "*", "department": "d", "family": sku,
        "season_end": END, "leaves": True, "stock": 300, "list_price": 100.0, "price": 100.0,
        "floor_price": 0.0,
        "unit_cost": 40.0, "salvage": 20.0, "keeping_cost": 0.1, "return_rate": 0.1,
        "resalable_share": 0.9, "return_cost": 2.0, "slope": -2.0, "slope_sd": 0.3,
        "locked_weeks": 0, "planned_on": None, "planned_price": None,
        "cautions": "",
    }  # fmt: skip
    return row | changes


def frames(*rows, mean=5.0):
    """Frames `season_items` and `season_weeks` of items that sell alike."""
    items = pl.DataFrame(
        rows, schema_overrides={"planned_on": pl.Date, "planned_price": pl.Float64}
    )
    weeks = items.select("sku", "zone", base_price="list_price").join(
        pl.DataFrame({"week": range(10), "mean": [mean] * 10, "variance": [1.6 * mean] * 10}),
        how="cross",
    )
    return items, weeks.with_columns(pl.col("base_price").fill_null(100.0))


def rooms(**left):
    schema = {"department": pl.String, "room": pl.Float64}
    return pl.DataFrame(list(left.items()), schema=schema, orient="row")


def plan(items, weeks, *, moves=NO_MOVES, room=None, rules=RULES):
    left = rooms() if room is None else rooms(d=room)
    return plan_markdowns(items, weeks, moves, left, rules, first_day=FIRST)


def test_one_unit_and_one_week_are_worked_out_by_hand():
    solved = solve_season(season([[0.5, 1.0, 2.0]], stock=1))
    chance = 1 - np.exp(-np.array([0.5, 1.0, 2.0]))
    worth = chance * np.array([100, 80, 50]) + (1 - chance) * 20
    assert solved.value_rungs() == pytest.approx(worth)


def test_a_lower_price_never_rises_again_and_waits_for_its_time():
    # Nobody buys at 100 in the first week, all in the second: stepping down is final.
    mean = [[0.0, 0.0, 3.0], [50.0, 50.0, 50.0]]
    worth = solve_season(season(mean, stock=2)).value_rungs()
    assert worth[0] == pytest.approx(200.0)
    assert worth[2] == pytest.approx(100.0)
    locked = solve_season(season(mean, stock=2, locks=2, lock=2)).value_rungs()
    assert locked.tolist() == [pytest.approx(200.0), -np.inf, -np.inf]
    # The second week may not step again after one in the first.
    falling = [[9.0, 9.0, 9.0], [0.0, 0.0, 9.0]]
    free, bound = (solve_season(season(falling, 12, locks=n)).value_rungs()[1] for n in (1, 2))
    assert bound < free - 50


def test_with_ever_more_time_it_nears_the_fluid_limit():
    # Gallego and van Ryzin 1994: relative to the fluid bound the gap shrinks with the scale.
    shares = []
    for scale in (1, 16):
        mean = np.tile([2.0, 4.0, 12.0], (8, 1)) * scale
        stock = 40 * scale
        # Fluid: units at 80 until they sell out, the rest of the weeks at 50.
        best = max(
            80 * 4 * w + 50 * min(12 * (8 - w), 40 - 4 * w) + 20 * max(40 - 4 * w - 12 * (8 - w), 0)
            for w in np.linspace(0, 8, 801)
        )
        solved = solve_season(season(mean, stock))
        shares.append(solved.value_stock(np.array([float(stock)]))[0] / (best * scale))
    assert shares[0] < shares[1] < 1.0
    assert shares[1] > 0.97


def test_three_slopes_have_the_moments_of_their_doubt():
    answer = answer_prices(
        np.array([10.0]), np.array([15.0]), np.array([100.0]), np.array([100.0, 50.0]),
        slope=-2.0, slope_sd=0.4,
    )  # fmt: skip
    assert answer.mean[:, 0, 0] == pytest.approx([10.0] * 3)
    assert answer.variance[:, 0, 0] == pytest.approx([15.0] * 3)
    draws = np.random.default_rng(3).normal(-2.0, 0.4, 400_000)
    level = 10 * 0.5**draws
    mean, variance = (answer.chance @ part[:, 0, 1] for part in (answer.mean, answer.variance))
    assert mean == pytest.approx(level.mean(), rel=0.01)
    assert variance == pytest.approx((level + 5 / 100 * level**2).mean(), rel=0.02)
    between = answer.chance @ (answer.mean[:, 0, 1] - mean) ** 2
    assert between == pytest.approx(level.var(), rel=0.05)
    # No sale rises with the price, however wide the doubt.
    wide = answer_prices(
        np.array([10.0]), np.array([15.0]), np.array([100.0]), np.array([100.0, 50.0]),
        slope=-0.5, slope_sd=2.0,
    )  # fmt: skip
    assert wide.mean[:, 0, 1].min() == 10.0


def test_too_much_stock_is_marked_down_and_a_season_that_sells_is_not():
    given = frames(item("a", stock=300), item("b", stock=30), item("c", stock=0))
    found = plan(*given)
    assert found.markdowns["sku"].to_list() == ["a"]
    line = found.markdowns.row(0, named=True)
    assert (line["new_price"], line["due_on"], line["quantity"]) == (50.0, FIRST, 300)
    assert line["sold_then"] > line["sold_as_is"]
    assert line["rejected"].startswith("hold the price for a week")
    options = found.options.filter(sku="b")
    assert options.filter(verdict="chosen")["option"].to_list() == ["hold"]
    assert {"hold", "markdown", "no_markdown"} == {*options["option"]}
    assert "c" not in found.options["sku"]


def test_a_planned_fall_waits_where_the_stock_sells_without_it():
    planned = {"planned_on": FIRST + dt.timedelta(days=9), "planned_price": 80.0}
    found = plan(*frames(item("a", stock=45, **planned), item("b", stock=120, **planned)))
    assert found.deferrals["sku"].to_list() == ["a"]
    line = found.deferrals.row(0, named=True)
    assert (line["old_price"], line["new_price"]) == (100.0, 80.0)
    assert planned["planned_on"] < line["due_on"] <= END
    assert found.options.filter(sku="b", verdict="chosen")["option"].to_list() != ["hold"]


def test_budget_goes_where_it_gains_most_and_the_bound_holds():
    given = frames(*(item(f"s{n}", stock=200 + 40 * n) for n in range(5)))
    free = plan(*given)
    money = (free.markdowns["old_price"] - free.markdowns["new_price"]) * free.markdowns["quantity"]
    tight = plan(*given, room=0.6 * money.sum())
    assert tight.markdowns.height < free.markdowns.height
    assert tight.value <= tight.bound <= free.bound + 1e-6
    assert tight.value > 0.995 * tight.bound
    assert (tight.markdowns["limit_price"] > 0).all()
    spent = tight.options.filter(verdict="the budget of the department is spent")
    assert spent.height > 0


PRICE_FAULTS = {
    "off_ladder": {"new_price": 66.6},
    "no_fall": {"new_price": 100.0},
    "price_in_force": {"old_price": 90.0},
    "units_of_zone": {"quantity": 12},
    "price_day": {"due_on": END},
    "stated_worth": {"proceeds_then": 20_000.0},
    "stated_family_worth": {"family_worth": 1.0},
    "stated_gain": {"margin_kept": 9_999.0},
    "least_price_gain": {"margin_kept": 0.0},
    "stated_gain_chance": {"gain_chance": 0.5},
    "unknown_season": {"sku": "z"},
    "better_price": {"new_price": 80.0, "proceeds_then": 8_000.0},
}


FACT_FAULTS = ("price_twice", "markdown_budget", "below_floor", "step_too_soon", "family_apart")
"""Faults that need other facts than the plan was made from."""


def problems(markdowns, deferrals, given, *, room=1e9, rules=RULES):
    items, weeks = given
    return find_price_problems(
        markdowns,
        deferrals,
        items,
        weeks,
        rooms=rooms(d=room),
        places=NO_PLACES,
        offers=NO_OFFERS,
        rules=rules,
        first_day=FIRST,
    )["check"].to_list()


@pytest.mark.parametrize("fault", PRICE_FAULTS)
def test_faults_of_a_plan_are_found(fault):
    given = frames(item())
    found = plan(*given)
    assert problems(found.markdowns, found.deferrals, given) == []
    broken = found.markdowns.with_columns(
        pl.lit(value).cast(found.markdowns.schema[name]).alias(name)
        for name, value in PRICE_FAULTS[fault].items()
    )
    assert fault in problems(broken, found.deferrals, given)


def test_faults_of_the_facts_are_found():
    given = frames(item())
    found = plan(*given)
    twice = pl.concat([found.markdowns, found.markdowns])
    seen = [
        problems(twice, found.deferrals, given),
        problems(found.markdowns, found.deferrals, given, room=10.0),
        problems(found.markdowns, found.deferrals, frames(item(floor_price=60.0))),
        problems(found.markdowns, found.deferrals, frames(item(locked_weeks=1))),
        problems(found.markdowns, found.deferrals, frames(item(), item("b", family="a"))),
    ]
    for check, found_there in zip(FACT_FAULTS, seen, strict=True):
        assert check in found_there
