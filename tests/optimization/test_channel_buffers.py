"""Units that are kept back from online channels."""

import numpy as np
import polars as pl
import pytest

from optimization.buffers import set_channel_buffers
from optimization.feasibility import find_buffer_problems

RULES = {"update_minutes": 60, "unserved_cost": 10.0}
RECORDS = pl.DataFrame(
    {
        "location": ["s"] * 3,
        "record_from": [1] * 3,
        "units": [0, 1, 3],
        "short_rate": [-np.log(0.6) / 90] * 3,
        "unfound_odds": [6.0] * 3,
        "more_share": [1.0, 0.5, 0.0],
    }
)
"""After 90 days six in ten records are right; of the others half lack a unit, and half three."""


def pair(**changes):
    """Four units of which the node sells none itself: a unit left over costs next to nothing."""
    row = {
        "sku": "a", "location": "s", "channel": "ecom", "region": "north", "available": 4,
        "inventory_position": 4, "days_uncounted": 90, "not_found": False, "record_chance": 1.0,
        "shelf_demand": 0.0, "sale_margin": 20.0,
        "open_demand_mean": 0.0, "open_demand_variance": 0.0, "sold_before": 0,
        "underage_cost": 20.0, "overage_cost": 0.0, "surplus_step": 0.0, "surplus_most": 0.0,
        "value_level": 9,
    }  # fmt: skip
    return pl.DataFrame([row | changes])


def buffer_of(rules=RULES, records=RECORDS, **changes):
    found = set_channel_buffers(pair(**changes), records, **rules)
    problems = find_buffer_problems(found, pair(**changes), records, **rules)
    assert problems.is_empty(), problems
    return found.row(0, named=True)


@pytest.mark.parametrize(
    ("margin", "buffer", "chance"),
    # The last unit of all is there with chance 0.6, which pays from a margin of 20 / 3 on at a cost
    # of 10; the last but one with 0.8, which pays from 2.5; the last but three for certain.
    [(7.0, 0, 0.6), (6.0, 1, 0.8), (2.6, 1, 0.8), (2.4, 3, 1.0)],
)
def test_a_unit_is_offered_from_the_chance_on_that_pays(margin, buffer, chance):
    found = buffer_of(sale_margin=margin)
    assert (found["buffer"], found["offered"]) == (buffer, 4 - buffer)
    assert found["there_chance"] == pytest.approx(chance)
    assert found["least_chance"] == pytest.approx(10 / (margin + 10))
    assert found["binding"] == ("record" if buffer else "none")


def test_a_unit_that_is_worth_more_at_the_node_is_kept_for_it():
    """What the node is all but sure to sell itself, at the margin of the channel, is its own."""
    found = buffer_of(sold_before=4)
    assert (found["buffer"], found["binding"]) == (4, "value")
    assert found["offered"] == 0
    assert found["there_chance"] is None
    assert buffer_of(sold_before=1)["buffer"] == 1


def test_what_the_node_looked_for_in_vain_is_hardly_there():
    """Six times the odds of four in ten that the record is short are eight in ten."""
    found = buffer_of(not_found=True, sale_margin=100.0)
    assert found["short_chance"] == pytest.approx(0.8)
    assert found["there_chance"] == pytest.approx(0.2)
    assert found["not_found"]
    # The last but one is there with 0.6, which does not pay as the 0.8 of others does.
    assert [buffer_of(not_found=gone, sale_margin=6.0)["buffer"] for gone in (True, False)] == [
        3,
        1,
    ]
    # Right after a count nothing can be missing yet.
    assert buffer_of(not_found=True, days_uncounted=0)["short_chance"] == 0


def test_what_the_shelf_sells_before_the_next_report_may_be_gone():
    """Three units an hour at the shelf: of a right record b are left with P(W <= b)."""
    sure = RECORDS.with_columns(short_rate=0.0)
    found = buffer_of(records=sure, shelf_demand=36.0, available=12, inventory_position=12)
    chances = np.exp(-3.0) * np.cumsum([1, 3, 9 / 2, 27 / 6, 81 / 24])
    least = 10 / 30
    assert found["buffer"] == int(np.argmax(chances > least))
    assert found["there_chance"] == pytest.approx(chances[found["buffer"]])
    seldom = RULES | {"update_minutes": 0}
    assert buffer_of(seldom, sure, shelf_demand=36.0)["buffer"] == 0


def test_stock_on_paper_only_is_hardly_offered():
    found = buffer_of(record_chance=0.1)
    assert (found["buffer"], found["binding"]) == (4, "record")
    free = RULES | {"unserved_cost": 0.0}
    assert buffer_of(free, record_chance=0.1)["buffer"] == 0


def random_case(seed):
    rng = np.random.default_rng(seed)
    count = 60
    available = rng.integers(1, 30, count)
    pairs = pl.DataFrame(
        {
            "sku": [f"i{number:02}" for number in range(count)],
            "location": rng.choice(["s", "t"], count),
            "channel": rng.choice(["ecom", "marketplace", "click_and_collect"], count),
            "region": ["north"] * count,
            "available": available,
            "inventory_position": available + rng.integers(-5, 20, count),
            "days_uncounted": rng.integers(0, 200, count),
            "not_found": rng.random(count) < 0.3,
            "record_chance": np.where(rng.random(count) < 0.1, 0.1, 1.0),
            "shelf_demand": rng.gamma(1.0, 8.0, count),
            "sale_margin": rng.normal(10, 8, count),
            "open_demand_mean": (mean := rng.gamma(2.0, 5.0, count)),
            "open_demand_variance": mean * rng.choice([1.0, 2.0], count),
            "sold_before": rng.integers(0, 4, count),
            "underage_cost": rng.gamma(2.0, 5.0, count),
            "overage_cost": rng.gamma(1.0, 1.0, count),
            "surplus_step": rng.gamma(1.0, 0.1, count),
            "surplus_most": np.full(count, 2.0),
            "value_level": rng.integers(0, 30, count),
        }
    )
    records = pl.DataFrame(
        {
            "location": ["s"] * 6 + ["t"] * 6,
            "record_from": [1, 1, 1, 6, 6, 6] * 2,
            "units": [0, 1, 3, 0, 2, 5] * 2,
            "short_rate": np.repeat(rng.gamma(1.0, 0.01, 4), 3),
            "unfound_odds": [4.0] * 12,
            "more_share": [1.0, 0.4, 0.0] * 4,
        }
    )
    rules = {"update_minutes": 90, "unserved_cost": float(rng.gamma(2.0, 5.0))}
    return pairs, records, rules


@pytest.mark.parametrize("seed", range(6))
def test_another_sum_of_the_same_chances_finds_the_same_buffers(seed):
    pairs, records, rules = random_case(seed)
    found = set_channel_buffers(pairs, records, **rules)
    assert find_buffer_problems(found, pairs, records, **rules).is_empty()
    assert found["buffer"].n_unique() > 3
    assert set_channel_buffers(pairs.reverse(), records, **rules).equals(found)


BUFFER_FAULTS = {
    "buffer_units": {"offered": 9},
    "buffer_pays": {"buffer": 0, "offered": 4, "there_chance": 0.6},
    "least_buffer": {"buffer": 3, "offered": 1, "there_chance": 1.0},
    "stated_chance": {"there_chance": 0.9},
    "stated_unit_worth": {"unit_value": 3.0},
}


@pytest.mark.parametrize("check", BUFFER_FAULTS)
def test_a_wrong_buffer_is_told(check):
    given = pair(sale_margin=6.0), RECORDS
    found = set_channel_buffers(*given, **RULES).with_columns(
        pl.lit(value).alias(name) for name, value in BUFFER_FAULTS[check].items()
    )
    assert find_buffer_problems(found, *given, **RULES)["check"].to_list() == [check]


def test_a_pair_without_a_buffer_is_told():
    given = pair(), RECORDS
    none = set_channel_buffers(*given, **RULES).clear()
    assert find_buffer_problems(none, *given, **RULES)["check"].to_list() == ["buffer_units"]
