"""Levels that people have changed: which pairs, to what, until when, and which do not hold."""

from datetime import timedelta

import duckdb
import polars as pl
import pytest
from landing_folder import at, day, put

from quality_checks.checks import judge_level_changes
from quality_checks.contracts import CONTRACTS

TODAY = 10
PAIR = {"sku": "A", "location": "S1", "region": "north"}
CHANGE = {
    "change_id": "c1",
    "change": "factor",
    "factor": 1.5,
    "minimum": None,
    "sku": "A",
    "location": "*",
    "region": "*",
    "category": "*",
    "author": "ann",
    "role": "planner",
    "starts_on": day(8),
    "ends_on": day(14),
    "reason": "fair",
    "decided_at": at(6),
}
NOBODY = duckdb.sql("SELECT '' AS change_id WHERE FALSE").pl()


@pytest.fixture
def levelled(shop):
    """A at two stores, whose level was 10 before the change and is another since."""
    for number, level in ((5, 9), (6, 10), (8, 99), (TODAY, 1000)):
        for store in ("S1", "S2"):
            put(shop, "targets", number, **{**PAIR, "location": store}, order_up_to=level)
    return shop


def changed(shop, *changes, refused=NOBODY):
    shop.send("level_changes", 7, [{**CHANGE, **each} for each in changes])
    shop.load_all(TODAY)
    found = shop.warehouse.query("changed_levels", day(TODAY), frames={"refused": refused})
    return found.filter(pl.col("location") != "DC1")


def bounds(frame):
    return {row["location"]: (row["least_level"], row["most_level"]) for row in frame.to_dicts()}


def freeze(**said):
    return {"change_id": "c2", "change": "freeze", "factor": None, **said}


def minimum(units, **said):
    return {"change_id": "c3", "change": "minimum", "factor": None, "minimum": units, **said}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([{}], (15, None)),
        ([{"factor": 1.01}], (11, None)),
        # 0.7 of 10 is a hair below 7 as a float.
        ([{"factor": 0.7}], (None, 7)),
        ([freeze()], (10, 10)),
        ([minimum(12)], (12, None)),
        ([freeze(), {}], (15, 15)),
        ([{"factor": 0.5}, minimum(8)], (8, 8)),
        ([{}, {"change_id": "c9", "factor": 2.0, "decided_at": at(7)}], (20, None)),
    ],
)
def test_a_change_bounds_the_level_by_that_of_the_plan_before_it(levelled, changes, expected):
    found = changed(levelled, *changes)
    assert bounds(found) == {"S1": expected, "S2": expected}
    # Of two of a sort the one that was decided last is named alone.
    newest = {each.get("change", "factor"): each.get("change_id", "c1") for each in changes}
    assert found["level_change"].to_list() == [";".join(sorted(newest.values()))] * 2


@pytest.mark.parametrize(
    ("said", "touched"),
    [
        ({"location": "S2"}, {"S2"}),
        ({"sku": "*", "category": "shirts"}, {"S1", "S2"}),
        ({"sku": "*", "region": "north", "location": "S1"}, {"S1"}),
        # Its first plan is that of the day before, its last one too.
        ({"starts_on": day(11)}, {"S1", "S2"}),
        ({"starts_on": day(12)}, set()),
        ({"ends_on": day(11)}, {"S1", "S2"}),
        ({"ends_on": day(10)}, set()),
        # No plan was made before it began: the first one is gone by.
        ({"starts_on": day(5)}, {"S1", "S2"}),
    ],
)
def test_a_change_holds_where_and_when_it_says(levelled, said, touched):
    found = changed(levelled, said)
    assert set(found.filter(sku="A")["location"]) == touched


def test_a_change_that_precedes_every_plan_goes_by_the_first_one_from_then_on(levelled):
    first = {"starts_on": day(5), "ends_on": day(20)}
    assert bounds(changed(levelled, first))["S1"] == (14, None)
    again = levelled.warehouse.query
    # On the first night there is nothing to go by; and no level is multiplied twice.
    levelled.send("level_changes", 4, [{**CHANGE, **first, "decided_at": at(4)}])
    levelled.load_all(5)
    assert again("changed_levels", day(5), frames={"refused": NOBODY}).is_empty()
    put(levelled, "changed_levels", 5, **PAIR, level_change="other;c1", level_before=6,
        least_level=9, most_level=None)  # fmt: skip
    found = again("changed_levels", day(TODAY), frames={"refused": NOBODY})
    assert bounds(found) == {"S1": (15, None), "S2": (14, None)}


def test_a_later_word_on_a_change_takes_its_place(levelled):
    assert bounds(changed(levelled, {}))["S1"] == (15, None)
    ended = {**CHANGE, "ends_on": day(9), "decided_at": at(9)}
    levelled.send("level_changes", 9, [ended])
    levelled.load_all(TODAY)
    query = levelled.warehouse.query
    assert query("changed_levels", day(TODAY), frames={"refused": NOBODY}).is_empty()
    # What was planned before stays as it was known then.
    assert query("changed_levels", day(7), frames={"refused": NOBODY}).height == 2


@pytest.mark.parametrize(
    ("earlier", "said", "expected"),
    [
        # Week by week, or while the one before still holds.
        ({"ends_on": day(9)}, {"starts_on": day(10)}, (15, None)),
        ({}, {"starts_on": day(10)}, (15, None)),
        ({"ends_on": day(9)}, freeze(starts_on=day(10)), (10, 10)),
        # A level that is its own again in between is gone by.
        ({"ends_on": day(8)}, {"starts_on": day(11)}, (149, None)),
    ],
)
def test_a_change_does_not_go_by_what_another_made_of_the_level(levelled, earlier, said, expected):
    changed(levelled, earlier, {"change_id": "c2", "decided_at": at(7), **said})
    for number in (7, 8, 9):
        found = levelled.warehouse.query("changed_levels", day(number), frames={"refused": NOBODY})
        bounded = found.filter(location="S1").to_dicts()
        for row in bounded:
            put(levelled, "changed_levels", number, **row)
        level = bounded[0]["least_level"] if bounded else 99
        put(levelled, "targets", number, **PAIR, order_up_to=level)
    found = levelled.warehouse.query("changed_levels", day(TODAY), frames={"refused": NOBODY})
    assert bounds(found)["S1"] == expected


def test_rows_that_nobody_can_mean_wait_by_name(levelled):
    changed(
        levelled,
        {"change_id": "b1", "sku": "nobody"},
        {"change_id": "b2", "ends_on": day(7)},
        {"change_id": "b3", "factor": 0.0},
        {"change_id": "b4", "factor": 100.0},
        {"change_id": "b5", "sku": "*"},
        {"change_id": "b6", "category": "none"},
    )
    waiting = {row: field for _, row, field, _ in levelled.waiting("level_changes")}
    assert sorted(waiting) == [1, 2, 3, 4, 5, 6]
    assert (waiting[1], waiting[3], waiting[4], waiting[6]) == (
        "sku", "factor", "factor", "category"
    )  # fmt: skip


def test_bounds_reach_every_plan_by_way_of_the_pair(levelled):
    changed(levelled, freeze())
    for store, least, most in (("S1", 5, 5), ("S2", 7, None)):
        key = {"sku": "A", "location": store, "region": "north"}
        put(levelled, "position", TODAY, **key)
        put(levelled, "changed_levels", TODAY, **key, level_change="c2", least_level=least,
            most_level=most, level_before=None)  # fmt: skip
    pairs = levelled.warehouse.query("planning_pairs", day(TODAY), recent_days=14)
    told = pairs.filter(sku="A").select("presentation_min", "shelf_max", "level_change").rows()
    own = levelled.warehouse.known("item_locations", day(TODAY)).filter(sku="A", location="S2")
    assert told[0] == (5, 5, "c2")
    assert told[1] == (7, own["shelf_max"][0], "c2")


def test_a_pair_is_shown_with_the_bounds_that_its_level_kept(levelled):
    chosen = {"sku": "A", "location": "S1"}
    changed(levelled, freeze())
    bounded = {**chosen, "region": "north", "presentation_min": 5, "shelf_max": 6}
    put(levelled, "planning_pairs", TODAY, **bounded, supply_location="DC1")
    shown = levelled.warehouse.query(
        "shown_stock", day(TODAY), frames={"chosen": pl.DataFrame([chosen])}
    )
    told = shown.select("order_up_to", "presentation_min", "shelf_max", "supply_location")
    assert told.rows() == [(1000, 5, 6, "DC1")]


def test_a_change_that_holds_nowhere_is_named_with_why(levelled):
    refused = pl.DataFrame({"change_id": ["c1"], "problem": ["eve is not entered."]})
    found = changed(levelled, {}, minimum(3, location="S1"), freeze(sku="A", location="DC1"),
                    {"change_id": "over", "ends_on": day(8)}, refused=refused)  # fmt: skip
    known = levelled.warehouse.known("level_changes", day(TODAY))
    outcome = judge_level_changes(known, refused, found, day(TODAY) + timedelta(days=1))
    assert not outcome.passed
    assert outcome.failing.select("change_id", "problem").rows() == [
        ("c1", "eve is not entered."),
        ("c2", outcome.failing["problem"][1]),
    ]
    assert "no plan was made before" in outcome.failing["problem"][1]
    none = CONTRACTS["level_changes"].empty()
    assert judge_level_changes(none, refused, found, day(TODAY)).passed
