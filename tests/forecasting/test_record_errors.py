"""How fast stock records come to state too much, learned from counts."""

import numpy as np
import polars as pl
import pytest

from forecasting.records import estimate_record_errors

PLACES = pl.DataFrame({"location": ["A", "B"], "region": ["north", "north"]})


def counted(rows, *, not_found=False):
    """Counts of (location, recorded, counted, days since the one before)."""
    return pl.DataFrame(
        [
            {
                "count_id": f"{number:05}", "location": place, "recorded": recorded,
                "counted": found, "days": days, "not_found": not_found,
            }
            for number, (place, recorded, found, days) in enumerate(rows)
        ],
        schema={
            "count_id": pl.String, "location": pl.String, "recorded": pl.Int64,
            "counted": pl.Int64, "days": pl.Int64, "not_found": pl.Boolean,
        },
    )  # fmt: skip


def rate_of(errors, location, size=3):
    row = errors.filter(location=location, record_from=size, units=0)
    return row["short_rate"].item()


def test_without_counts_one_record_in_ten_is_short_after_a_quarter_and_by_one_unit():
    errors = estimate_record_errors(counted([]), PLACES)
    assert errors["counts"].unique().to_list() == [0]
    assert errors.filter(location="A")["record_from"].unique().to_list() == [1, 3, 6, 11, 21, 51]
    assert 1 - np.exp(-90 * rate_of(errors, "A")) == pytest.approx(0.1)
    assert errors.filter(location="B", record_from=3).select("units", "more_share").rows() == [
        (0, 1.0),
        (1, 0.0),
    ]


def test_the_rate_is_found_whatever_the_days_between_counts():
    rng = np.random.default_rng(5)
    days = rng.choice([10, 60, 300], 6000)
    short = rng.random(6000) < 1 - np.exp(-0.004 * days)
    rows = [("A", 4, 3 if lacks else 4, int(d)) for lacks, d in zip(short, days, strict=True)]
    assert rate_of(estimate_record_errors(counted(rows), PLACES), "B") == pytest.approx(
        0.004, rel=0.06
    )


def test_a_location_of_many_counts_speaks_for_itself_and_one_of_few_for_the_others():
    """A becomes short twice as fast as B, of which few counts are known; C has none."""
    rows = [("A", 4, 2 if number < 400 else 4, 90) for number in range(1000)]
    rows += [("B", 4, 2 if number < 200 else 4, 90) for number in range(1000)]
    places = pl.DataFrame({"location": ["A", "B", "C"], "region": ["north"] * 3})
    errors = estimate_record_errors(counted(rows), places)
    usual = rate_of(errors, "C")
    assert rate_of(errors, "A") / usual == pytest.approx(405 / (1000 * 0.3 + 5), rel=0.01)
    assert rate_of(errors, "B") / usual == pytest.approx(205 / (1000 * 0.3 + 5), rel=0.01)
    few = estimate_record_errors(counted([*rows, *[("C", 4, 4, 90)] * 3]), places)
    assert 0.8 * usual < rate_of(few, "C") < usual


def test_what_has_too_much_is_not_short_and_records_without_stock_promise_nothing():
    rows = [("A", 4, 9, 30), ("A", 0, 3, 30), ("A", -2, 0, 30)]
    errors = estimate_record_errors(counted(rows), PLACES).filter(units=0)
    row = errors.filter(location="A", record_from=3).row(0, named=True)
    assert (row["counts"], row["short_counts"]) == (1, 0)
    assert errors["counts"].sum() == 1


def test_the_share_that_lacks_more_is_that_of_the_counts_and_of_one_unit_added():
    """Of records of three to five 1, 3 and 3 units are missing, and 1 is added: half lack more."""
    rows = [("A", 5, 4, 30), ("A", 5, 2, 30), ("B", 4, 1, 30)]
    own = estimate_record_errors(counted(rows), PLACES).filter(location="A", record_from=3)
    assert own.select("units", "more_share").rows() == [(0, 1.0), (1, 0.5), (3, 0.0)]


def odds_after(usual, in_vain):
    """The odds learned from counts of (location, recorded, counted, days) beside those in vain."""
    counts = pl.concat([counted(usual), counted(in_vain, not_found=True)])
    numbered = counts.with_columns(count_id=pl.int_range(pl.len()).cast(pl.String))
    errors = estimate_record_errors(numbered, PLACES)
    (odds,) = errors["unfound_odds"].unique().to_list()
    return odds, rate_of(errors, "A")


def test_what_nodes_did_not_find_is_short_as_much_likelier_as_its_counts_have_shown():
    """One record in ten is short after 90 days, and of those looked for in vain one in two."""
    rng = np.random.default_rng(11)
    usual = [("A", 4, 3 if number % 10 == 0 else 4, 90) for number in range(5000)]
    days = rng.choice([30, 90, 300], 4000)
    rate = -np.log(0.9) / 90
    right = np.exp(-rate * days)
    short = rng.random(4000) < 9 * (1 - right) / (right + 9 * (1 - right))
    rows = [("A", 4, 1 if lacks else 4, int(d)) for lacks, d in zip(short, days, strict=True)]
    odds, learned = odds_after(usual, rows)
    assert odds == pytest.approx(9, rel=0.1)
    # What was counted since somebody looked in vain says nothing of how fast other records go.
    assert learned == pytest.approx(odds_after(usual, [])[1])


def test_few_such_counts_tell_little_and_none_makes_a_record_surer():
    usual = [("A", 4, 3 if number % 10 == 0 else 4, 90) for number in range(1000)]
    assert odds_after(usual, [])[0] == pytest.approx(1.0)
    assert odds_after(usual, [("A", 4, 4, 90)] * 200)[0] == pytest.approx(1.0)
    gone = [("A", 4, 0, 90)]
    few, many = odds_after(usual, gone * 2)[0], odds_after(usual, gone * 40)[0]
    # Two short of two: 2 (0.1 B / (0.9 + 0.1 B)) + 2 B / (1 + B) = 3.
    terms = 2 * 0.1 * few / (0.9 + 0.1 * few) + 2 * few / (1 + few)
    assert terms == pytest.approx(3.0, abs=0.02)
    assert 1 < few < many
