"""Sizes of a style and colour have one price: one step, one deferral, and a check of its own."""

import datetime as dt
from itertools import product

import polars as pl
import pytest
from test_markdowns import END, FIRST, RULES, frames, item, plan, problems

from quality_checks.contracts import MarkdownRules

FALL = {"planned_on": FIRST + dt.timedelta(days=9), "planned_price": 80.0}


def size(sku, **changes):
    return item(sku, family="s/red", **changes)


def prices(found):
    return dict(found.markdowns.select("sku", "new_price").iter_rows())


def test_sizes_take_one_step_the_best_of_all_pairs_that_agree():
    alone = plan(*frames(item("a", stock=200), item("b", stock=300)))
    assert prices(alone) == {"a": 80.0, "b": 50.0}
    given = frames(size("a", stock=200), size("b", stock=300))
    found = plan(*given)
    worth = {
        (row["sku"], row["new_price"]): row["worth"]
        for row in alone.options.filter(pl.col("option").is_in(["hold", "markdown"])).to_dicts()
    }
    by_price = {price: worth["a", price] + worth["b", price] for price in (100.0, 80.0, 50.0)}
    best = max(by_price, key=by_price.__getitem__)
    assert best < 100
    assert prices(found) == {"a": best, "b": best}
    assert found.markdowns["family_size"].to_list() == [2, 2]
    assert found.markdowns["family_worth"].to_list() == pytest.approx([by_price[best]] * 2)
    other = max(value for price, value in by_price.items() if price != best)
    benefits = found.markdowns.select(
        pl.col("margin_kept") - pl.col("margin_given_up") - pl.col("holding_cost")
    ).to_series()
    assert [float(text.split()[-1]) for text in found.markdowns["rejected"]] == pytest.approx(
        (benefits + other - by_price[best]).to_list(), abs=0.01
    )
    assert problems(found.markdowns, found.deferrals, given) == []
    assert found.value == pytest.approx(found.bound) == pytest.approx(by_price[best])


def test_full_price_is_kept_where_the_others_would_lose_more_than_one_gains():
    found = plan(*frames(size("a", stock=45), size("b", stock=45), size("c", stock=110)))
    assert prices(found) == {}
    alone = plan(*frames(item("c", stock=110)))
    assert prices(alone) != {}
    chosen = found.options.filter(verdict="chosen")
    assert chosen["option"].to_list() == ["hold"] * 3
    assert chosen["family_worth"].n_unique() == 1


@pytest.mark.parametrize(
    ("held", "stock", "fallen"),
    [
        # A last fall too recent, and a brand that never falls, keep all at their price.
        ({"locked_weeks": 1}, 300, {}),
        ({"floor_price": 100.0}, 300, {}),
        # A floor above the half leaves a fifth; who is there already stays, locked or not.
        ({"floor_price": 60.0}, 200, {"a": 80.0, "b": 80.0}),
        ({"floor_price": 60.0, "price": 80.0}, 200, {"b": 80.0}),
        ({"locked_weeks": 1, "price": 50.0}, 300, {"b": 50.0}),
        # Shares are of each list price.
        ({"list_price": 120.0, "price": 120.0}, 300, {"a": 60.0, "b": 50.0}),
        # What the list lowers this week waits for the list.
        ({"planned_on": FIRST, "planned_price": 50.0}, 300, {"b": 50.0}),
    ],
)
def test_what_one_may_not_take_none_takes_and_none_comes_up(held, stock, fallen):
    given = frames(size("a", **held), size("b", stock=stock))
    found = plan(*given)
    assert prices(found) == fallen
    assert problems(found.markdowns, found.deferrals, given) == []
    if held.get("floor_price") == 60.0:
        barred = found.options.filter(sku="b", option="markdown", new_price=50.0)
        assert barred["family_worth"].to_list() == [None]
        assert barred["verdict"].to_list() == ["not all that are priced together can take it"]


def test_a_size_that_nobody_asks_for_steps_with_the_others_and_the_check_agrees():
    items, weeks = frames(size("a", stock=200), size("b", stock=300), size("dead", stock=5))
    none = pl.col("sku") == "dead"
    quiet = weeks.with_columns(
        pl.when(none).then(0.0).otherwise(name).alias(name) for name in ("mean", "variance")
    )
    found = plan(items, quiet)
    assert set(prices(found)) == {"a", "b", "dead"}
    assert found.markdowns.filter(sku="dead")["gain_chance"].to_list() == [0.0]
    assert problems(found.markdowns, found.deferrals, (items, quiet)) == []


def test_zones_and_departments_decide_by_themselves():
    found = plan(
        *frames(
            size("a", zone="north", stock=30),
            size("a", zone="south"),
            size("b", zone="north", stock=30),
            size("c", zone="south", department="e", stock=30),
        )
    )
    assert found.markdowns.select("sku", "zone").rows() == [("a", "south")]


def test_a_planned_fall_waits_for_all_or_for_none():
    slow, quick = {"stock": 120, **FALL}, {"stock": 30, **FALL}
    alone = plan(*frames(item("a", **quick), item("b", **slow)))
    assert alone.deferrals["sku"].to_list() == ["a"]
    together = plan(*frames(size("a", **quick), size("b", **slow)))
    assert together.deferrals.is_empty()
    given = frames(size("a", **quick), size("b", **(quick | {"stock": 45})), size("c", stock=30))
    put_off = plan(*given)
    assert put_off.deferrals["sku"].to_list() == ["a", "b"]
    assert put_off.deferrals["due_on"].n_unique() == 1
    assert problems(put_off.markdowns, put_off.deferrals, given) == []
    half = put_off.deferrals.head(1)
    assert "family_apart" in problems(put_off.markdowns, half, given)
    assert FALL["planned_on"] < put_off.deferrals["due_on"][0] <= END


def test_a_budget_is_drawn_by_all_sizes_and_the_bound_holds():
    rows = [
        item(f"{family}{number}", family=family, stock=150 + 50 * number)
        for family, number in product("pqr", range(2))
    ]
    free = plan(*frames(*rows))
    money = (free.markdowns["old_price"] - free.markdowns["new_price"]) * free.markdowns["quantity"]
    room = 0.5 * money.sum()
    found = plan(*frames(*rows), room=room)
    drawn = (pl.col("old_price") - pl.col("new_price")) * pl.col("quantity")
    assert found.markdowns.select(drawn.sum()).item() <= room
    counts = found.markdowns.group_by("family").agg(pl.col("sku", "new_price").n_unique())
    assert set(counts["sku"]) == {2}
    assert set(counts["new_price"]) == {1}
    assert found.value <= found.bound <= free.bound + 1e-6
    assert problems(found.markdowns, found.deferrals, frames(*rows), room=room) == []


def test_half_a_decision_and_a_worse_price_are_found():
    given = frames(size("a", stock=200), size("b", stock=300))
    found = plan(*given)
    one, other = found.markdowns.head(1), found.markdowns.tail(1)
    assert "family_apart" in problems(one, found.deferrals, given)
    apart = pl.concat([one, other.with_columns(new_price=pl.lit(80.0))])
    assert "family_apart" in problems(apart, found.deferrals, given)
    # The price that is best for the first alone is not best for both.
    worse = found.markdowns.with_columns(new_price=pl.lit(80.0))
    assert "better_price" in problems(worse, found.deferrals, given)
    assert "family_apart" not in problems(worse, found.deferrals, given)


def test_least_gain_is_asked_of_the_family():
    given = frames(size("a", stock=150), size("b", stock=150))
    gain = sum(
        row["margin_kept"] - row["margin_given_up"] - row["holding_cost"]
        for row in plan(*given).markdowns.to_dicts()
    )
    for share, lines in ((0.75, 2), (1.1, 0)):
        rules = MarkdownRules(**(RULES.model_dump() | {"least_gain": gain * share}))
        found = plan(*given, rules=rules)
        assert found.markdowns.height == lines
        assert problems(found.markdowns, found.deferrals, given, rules=rules) == []
