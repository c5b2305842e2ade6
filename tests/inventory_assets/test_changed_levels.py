"""Levels that people have changed: which pairs, to what, until when, and which do not hold."""

from datetime import timedelta

import polars as pl
import pytest
from landing_folder import at, day, put

from governance import open_store
from governance.level_changes import record_landed_level_changes
from governance.people import Charge, Identity, change_identity, make_token
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


@pytest.fixture
def levelled(shop):
    """A at two stores, whose level was 10 before the change and is another since."""
    for number, level in ((5, 9), (6, 10), (8, 99), (TODAY, 1000)):
        for store in ("S1", "S2"):
            put(shop, "targets", number, **{**PAIR, "location": store}, order_up_to=level)
    return shop


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path / 'decisions.sqlite'}")
    yield opened
    opened.close()


def change_levels(shop, store, number):
    """Levels that hold for the day after one, DC aside, and what is refused."""
    known = shop.warehouse.known
    standing, refused = record_landed_level_changes(
        store,
        shop.warehouse.query("level_words", day(number)),
        known("locations", day(number)).select("location", "region"),
        known("products", day(number)).select("sku", "category"),
    )
    found = shop.warehouse.query("changed_levels", day(number), frames={"standing": standing})
    return found.filter(pl.col("location") != "DC1"), refused


def changed(shop, store, *changes):
    shop.send("level_changes", 7, [{**CHANGE, **each} for each in changes])
    shop.load_all(TODAY)
    return change_levels(shop, store, TODAY)[0]


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
def test_a_change_bounds_the_level_by_that_of_the_plan_before_it(
    levelled, store, changes, expected
):
    found = changed(levelled, store, *changes)
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
def test_a_change_holds_where_and_when_it_says(levelled, store, said, touched):
    found = changed(levelled, store, said)
    assert set(found.filter(sku="A")["location"]) == touched


def test_a_change_that_precedes_every_plan_goes_by_the_first_one_from_then_on(levelled, store):
    first = {"starts_on": day(5), "ends_on": day(20)}
    assert bounds(changed(levelled, store, first))["S1"] == (14, None)
    # On the first night there is nothing to go by; and no level is multiplied twice.
    levelled.send("level_changes", 4, [{**CHANGE, **first, "decided_at": at(4)}])
    levelled.load_all(5)
    assert change_levels(levelled, store, 5)[0].is_empty()
    put(levelled, "changed_levels", 5, **PAIR, level_change="other;c1", level_before=6,
        least_level=9, most_level=None)  # fmt: skip
    found = change_levels(levelled, store, TODAY)[0]
    assert bounds(found) == {"S1": (15, None), "S2": (14, None)}


def test_a_later_word_on_a_change_takes_its_place(levelled, store):
    assert bounds(changed(levelled, store, {}))["S1"] == (15, None)
    ended = {**CHANGE, "ends_on": day(9), "decided_at": at(9)}
    levelled.send("level_changes", 9, [ended])
    levelled.load_all(TODAY)
    assert change_levels(levelled, store, TODAY)[0].is_empty()
    # What was planned before stays as it was known then.
    assert change_levels(levelled, store, 7)[0].height == 2


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
def test_a_change_does_not_go_by_what_another_made_of_the_level(
    levelled, store, earlier, said, expected
):
    changed(levelled, store, earlier, {"change_id": "c2", "decided_at": at(7), **said})
    for number in (7, 8, 9):
        found = change_levels(levelled, store, number)[0]
        bounded = found.filter(location="S1").to_dicts()
        for row in bounded:
            put(levelled, "changed_levels", number, **row)
        level = bounded[0]["least_level"] if bounded else 99
        put(levelled, "targets", number, **PAIR, order_up_to=level)
    found = change_levels(levelled, store, TODAY)[0]
    assert bounds(found)["S1"] == expected


def test_rows_that_nobody_can_mean_wait_by_name(levelled, store):
    changed(
        levelled,
        store,
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


def test_bounds_reach_every_plan_by_way_of_the_pair(levelled, store):
    changed(levelled, store, freeze())
    for location, least, most in (("S1", 5, 5), ("S2", 7, None)):
        key = {"sku": "A", "location": location, "region": "north"}
        put(levelled, "position", TODAY, **key)
        put(levelled, "changed_levels", TODAY, **key, level_change="c2", least_level=least,
            most_level=most, level_before=None)  # fmt: skip
    pairs = levelled.warehouse.query("planning_pairs", day(TODAY), recent_days=14)
    told = pairs.filter(sku="A").select("presentation_min", "shelf_max", "level_change").rows()
    own = levelled.warehouse.known("item_locations", day(TODAY)).filter(sku="A", location="S2")
    assert told[0] == (5, 5, "c2")
    assert told[1] == (7, own["shelf_max"][0], "c2")


def test_a_pair_is_shown_with_the_bounds_that_its_level_kept(levelled, store):
    chosen = {"sku": "A", "location": "S1"}
    changed(levelled, store, freeze())
    bounded = {**chosen, "region": "north", "presentation_min": 5, "shelf_max": 6}
    put(levelled, "planning_pairs", TODAY, **bounded, supply_location="DC1")
    shown = levelled.warehouse.query(
        "shown_stock", day(TODAY), frames={"chosen": pl.DataFrame([chosen])}
    )
    told = shown.select("order_up_to", "presentation_min", "shelf_max", "supply_location")
    assert told.rows() == [(1000, 5, 6, "DC1")]


def test_a_change_that_holds_nowhere_is_named_with_why(levelled, store):
    refused = pl.DataFrame({"change_id": ["c1"], "problem": ["eve is not entered."]})
    found = changed(
        levelled, store, {}, minimum(3, location="S1"), freeze(sku="A", location="DC1"),
        {"change_id": "over", "ends_on": day(8)},
    )  # fmt: skip
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


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ({"author": "eve"}, "eve is not entered"),
        ({"author": "sue", "region": "south"}, "sue"),
        ({"role": "auditor"}, "changes no levels"),
    ],
)
def test_a_word_that_is_refused_leaves_the_one_before_it_in_force(levelled, store, word, why):
    enter(store, ann="north", sue="south")
    mine = {"region": "north"}
    assert bounds(changed(levelled, store, mine))["S1"] == (15, None)
    levelled.send("level_changes", 9, [{**CHANGE, **mine, "ends_on": day(8), **word}])
    levelled.load_all(TODAY)
    for _ in range(2):
        found, refused = change_levels(levelled, store, TODAY)
        assert bounds(found) == {"S1": (15, None)}
        assert refused["change_id"].to_list() == ["c1"]
        assert why in refused["problem"][0]
    known = levelled.warehouse.known("level_changes", day(TODAY))
    outcome = judge_level_changes(known, refused, found, day(TODAY) + timedelta(days=1))
    assert outcome.failing["problem"].to_list() == refused["problem"].to_list()


def test_a_change_that_is_ended_outranks_no_later_one(levelled, store):
    item = {"change_id": "c2", "factor": 0.5, "decided_at": at(7)}
    category = {**CHANGE, "sku": "*", "category": "shirts"}
    assert bounds(changed(levelled, store, category, item))["S1"] == (None, 5)
    levelled.send("level_changes", 9, [{**category, "ends_on": day(12), "decided_at": at(9)}])
    levelled.load_all(TODAY)
    found, _ = change_levels(levelled, store, TODAY)
    assert bounds(found.filter(sku="A"))["S1"] == (None, 5)
    assert set(found.filter(sku="A")["level_change"]) == {"c2"}


def enter(store, **regions):
    """Ada, the administrator, and planners of a region each."""
    first = Identity(name="ada", charges=(Charge(role="administrator"),))
    change_identity(store, first, token=None, reason="set-up", at=at(1))
    root = make_token(store, "ada", expires_on=day(9), token=None, at=at(1))
    for name, region in regions.items():
        planner = Identity(name=name, charges=(Charge(role="planner", regions=(region,)),))
        change_identity(store, planner, token=root, reason="joins", at=at(1))
