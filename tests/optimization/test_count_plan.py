"""Stock records that are worth a count."""

import numpy as np
import polars as pl
import pytest
from test_channel_buffers import RECORDS
from test_channel_buffers import random_case as random_online_case

from optimization.counting import plan_counts
from optimization.feasibility import find_count_problems
from quality_checks.contracts import CountingRules, LineRules

LINES = LineRules(labour_cost_per_hour=20.0)
RULES = CountingRules(count_seconds=90, horizon_days=29, most_counts=3, least_gain=1.0)
"""A count costs half; what a wrong record costs is charged for 28 days where nobody else counts."""


def pair(**changes):
    """Four units that are all but sure to sell, reviewed once a week, not counted for 90 days."""
    row = {
        "sku": "a", "location": "s", "region": "north", "available": 4, "on_hand": 5,
        "inventory_position": 4, "days_uncounted": 90, "not_found": False, "record_chance": 1.0,
        "review_days": 7.0, "daily_demand": 0.5, "count_rate": 0.0,
        "open_demand_mean": 0.0, "open_demand_variance": 0.0, "sold_before": 4,
        "underage_cost": 10.0, "overage_cost": 0.0, "surplus_step": 0.0, "surplus_most": 0.0,
        "value_level": 9,
    }  # fmt: skip
    return pl.DataFrame([row | changes])


def counts_of(*pairs, rules=RULES, records=RECORDS):
    given = pl.concat(pairs)
    found = plan_counts(given, records, rules, LINES)
    problems = find_count_problems(found, given, records, rules, LINES)
    assert problems.is_empty(), problems
    return found


def test_a_count_keeps_the_margin_of_the_units_that_would_be_replaced():
    """Missing are 0.4 (1 + 3) / 2 = 0.8 of units worth 10, each of 28 / 7 = 4 reviews."""
    found = counts_of(pair()).row(0, named=True)
    assert found["wrong_chance"] == pytest.approx(0.4)
    assert found["missing_mean"] == pytest.approx(0.8)
    assert found["lost_a_review"] == pytest.approx(8.0)
    assert (found["reviews"], found["margin_kept"]) == pytest.approx((4.0, 32.0))
    assert found["count_cost"] == pytest.approx(0.5)
    # A single missing unit is worth the count, so it gains whenever the record is wrong.
    assert found["gain_chance"] == pytest.approx(0.4)
    assert (found["quantity"], found["on_record"], found["urgency_days"]) == (2, 5, 8.0)
    assert found["reason"] == "long_uncounted"


def test_stock_on_paper_only_is_counted_whatever_counts_have_found():
    """Nine in ten that nothing is there, else as ever: 0.9 x 4 + 0.1 x 0.8 units."""
    found = counts_of(pair(record_chance=0.1, days_uncounted=0), pair(sku="b", record_chance=0.1))
    assert found["missing_mean"].to_list() == pytest.approx([3.6, 3.68])
    assert found["reason"].to_list() == ["phantom_stock"] * 2


def test_what_the_location_looked_for_in_vain_is_counted_for_that():
    found = counts_of(pair(), pair(sku="b", not_found=True))
    assert found["short_chance"].to_list() == pytest.approx([0.4, 0.8])
    assert found["reason"].to_list() == ["long_uncounted", "not_found"]
    # Where nothing was ever learned of such items, it is not why.
    silent = RECORDS.with_columns(unfound_odds=1.0)
    assert counts_of(pair(not_found=True), records=silent)["reason"].item() == "long_uncounted"


def test_a_count_gains_only_where_enough_is_missing():
    """Of a position far above the level only the third unit below the record would be replaced."""
    # Worth of units 4, 3, 2, 1: nothing, nothing, 10, 10; less than three missing cost nothing.
    found = counts_of(pair(sold_before=2)).row(0, named=True)
    assert found["lost_a_review"] == pytest.approx(0.2 * 10)
    assert found["gain_chance"] == pytest.approx(0.2)


def test_what_another_count_will_find_soon_costs_little():
    """At a count in ten days a wrong record lasts (1 - exp(-2.9)) / 0.1 days, less the one."""
    found = counts_of(pair(count_rate=0.1)).row(0, named=True)
    assert found["reviews"] == pytest.approx(((1 - np.exp(-2.9)) / 0.1 - 1) / 7)


def test_what_nobody_would_replace_is_not_counted():
    assert counts_of(pair(sold_before=0)).is_empty()
    assert counts_of(pair(days_uncounted=0)).is_empty()
    # A review only now and then: less than the least gain is lost until the record is found.
    assert counts_of(pair(review_days=28.0, underage_cost=1.8)).is_empty()


def test_each_location_takes_the_counts_that_gain_most():
    costs = {"a": 3, "b": 9, "c": 5, "d": 5, "e": 4}
    pairs = [pair(sku=sku, underage_cost=cost) for sku, cost in costs.items()]
    assert counts_of(*pairs)["sku"].to_list() == ["b", "c", "d"]
    none = RULES.model_copy(update={"most_counts": 0})
    assert counts_of(*pairs, rules=none).is_empty()


def random_case(seed):
    """What is sold online there, told by channel, as records that can be counted."""
    pairs, records, _ = random_online_case(seed)
    rng = np.random.default_rng(seed)
    known = pairs.drop("channel", "shelf_demand", "sale_margin").with_columns(
        on_hand=pl.col("available") + pl.Series(rng.integers(0, 3, len(pairs))),
        review_days=pl.Series(rng.choice([1.0, 3.5, 7.0], len(pairs))),
        daily_demand=pl.Series(rng.gamma(1.0, 1.0, len(pairs))),
        count_rate=pl.Series(rng.choice([0.0, 0.01, 0.05], len(pairs))),
    )
    return known, records


@pytest.mark.parametrize("seed", range(4))
def test_another_sum_of_the_same_chances_finds_the_same_counts(seed):
    pairs, records = random_case(seed)
    found = counts_of(pairs, records=records)
    assert 0 < len(found) <= 6
    assert plan_counts(pairs.reverse(), records, RULES, LINES).equals(found)


COUNT_FAULTS = {
    "unknown_record": {"on_record": 9},
    "stated_chance": {"wrong_chance": 0.9},
    "stated_benefit": {"margin_kept": 33.0},
}


@pytest.mark.parametrize("check", COUNT_FAULTS)
def test_a_wrong_count_is_told(check):
    found = counts_of(pair()).with_columns(
        pl.lit(value).alias(name) for name, value in COUNT_FAULTS[check].items()
    )
    told = find_count_problems(found, pair(), RECORDS, RULES, LINES)
    assert told["check"].to_list() == [check]


def test_a_count_that_does_not_pay_is_told():
    found = counts_of(pair())
    dear = RULES.model_copy(update={"least_gain": 32.0})
    told = find_count_problems(found, pair(), RECORDS, dear, LINES)
    assert told["check"].to_list() == ["count_pays"]


def test_a_better_count_that_was_left_out_is_told_and_one_too_many():
    costs = {"a": 3, "b": 9, "c": 5, "d": 4}
    pairs = pl.concat([pair(sku=sku, underage_cost=cost) for sku, cost in costs.items()])
    all_of_them = RULES.model_copy(update={"most_counts": 4})
    found = plan_counts(pairs, RECORDS, all_of_them, LINES)
    told = find_count_problems(found, pairs, RECORDS, RULES, LINES)
    assert told["check"].to_list() == ["most_counts"]
    for left_out in ("sku != 'b'", "sku = 'a'"):
        some = found.sql(f"SELECT * FROM self WHERE {left_out}")
        told = find_count_problems(some, pairs, RECORDS, RULES, LINES)
        assert set(told["check"]) == {"better_count"}
        assert "sku b, location s" in told["keys"].to_list()
