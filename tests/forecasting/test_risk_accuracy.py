"""Stated chances of order lines, judged by what became of them."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from forecasting.evaluation import list_outcomes, score_order_risks
from quality_checks.checks import judge_lane_risks, judge_order_risks
from quality_checks.contracts import JudgedRisks, find_frame

FIRST = dt.date(2026, 1, 1)


def judged(*rows):
    """Lines of chance, days late, whether they came and whether they were short, a line a day."""
    return pl.DataFrame(
        [
            {
                "po": f"P{number:05}",
                "line": 1,
                "late_chance": chance,
                "late_week_chance": chance / 2,
                "short_chance": chance,
                "stated_on": FIRST + dt.timedelta(days=number),
                "days_late": days,
                "came": came,
                "short": short,
            }
            for number, (chance, days, came, short) in enumerate(rows)
        ],
        schema=find_frame(JudgedRisks).schema,
    )


def test_an_open_line_counts_once_its_days_have_passed():
    lines = judged(
        (0.2, 3, False, None), (0.2, 9, False, None), (0.2, -4, True, False), (0.2, -4, False, None)
    )
    assert list_outcomes(lines, "late")["happened"].to_list() == [True, True, False]
    assert list_outcomes(lines, "late_week")["happened"].to_list() == [True, False]


def test_a_line_is_short_or_not_once_it_has_closed_and_something_was_said():
    lines = judged((0.2, 3, True, True), (0.3, 9, False, None), (0.4, -4, True, False))
    assert list_outcomes(lines, "short").select("chance", "happened").rows() == [
        (0.2, True),
        (0.4, False),
    ]
    unsaid = lines.with_columns(short_chance=pl.lit(None, pl.Float64))
    assert list_outcomes(unsaid, "short").is_empty()
    assert set(score_order_risks(unsaid, "lanes")["outcome"]) == {"late", "late_week"}


def many(stated, true, true_later=None):
    """2,000 lines of which some state one chance, and are late and short by another.

    The later half of them may have a third.
    """
    rng = np.random.default_rng(3)
    which = rng.integers(0, len(stated), 2000)
    by = np.array([true] * 1000 + [true_later or true] * 1000)[np.arange(2000), which]
    late, short = rng.random(2000) < by, rng.random(2000) < by
    return judged(
        *(
            (stated[w], 9 if day else 0, True, bool(few))
            for w, day, few in zip(which, late, short, strict=True)
        )
    )


def score(lines, *parts, outcome="late", chances="open_lines"):
    accuracy = score_order_risks(lines, chances).filter(outcome=outcome)
    return accuracy.filter(pl.col("part").is_in(parts or ["all", "earlier", "recent"]))


@pytest.mark.parametrize("outcome", ["late", "short"])
def test_chances_that_hold_have_slope_one(outcome):
    accuracy = score(many([0.1, 0.5, 0.9], [0.1, 0.5, 0.9]), outcome=outcome)
    assert accuracy.select("part", "lines").rows() == [
        ("all", 2000), ("earlier", 1000), ("recent", 1000),
    ]  # fmt: skip
    row = accuracy.row(0, named=True)
    assert row["slope"] == pytest.approx(1.0, abs=0.15)
    assert row["stated"] == pytest.approx(row["share"], abs=0.03)
    assert row["skill"] > 0.3
    assert judge_order_risks(accuracy).passed


@pytest.mark.parametrize(
    ("stated", "true", "words"),
    [
        ([0.05, 0.95], [0.4, 0.6], "late (all lines, too bold)"),
        ([0.1, 0.2], [0.4, 0.5], "late (all lines, off)"),
        ([0.45, 0.55], [0.35, 0.65], "late (all lines, too timid)"),
    ],
    ids=["too bold", "too low", "too timid"],
)
def test_chances_that_do_not_hold_are_told(stated, true, words):
    lines = many(stated, true)
    outcome = judge_order_risks(score(lines, "all"))
    assert not outcome.passed
    assert words in outcome.message
    assert words.replace("late", "short") in judge_order_risks(
        score(lines, "all", outcome="short")
    ).message  # fmt: skip
    of_lanes = score(lines, "all", chances="lanes")
    assert judge_order_risks(of_lanes).passed
    found = judge_lane_risks(of_lanes)
    assert (found.check.name, found.passed) == ("lanes_hold", False)


def test_chances_that_held_before_and_hold_no_longer_have_drifted():
    # Over the whole window they are off by seven points, of late by fourteen.
    lines = many([0.3, 0.5], [0.3, 0.5], true_later=[0.44, 0.64])
    accuracy = score(lines)
    assert judge_order_risks(accuracy.filter(part="all")).passed
    outcome = judge_order_risks(accuracy)
    assert outcome.failing["part"].to_list() == ["recent"]
    # What erred to one side and now to the other has drifted, though neither is far off.
    turned = score(many([0.3, 0.5], [0.23, 0.43], true_later=[0.37, 0.57]))
    assert judge_order_risks(turned.filter(part="all")).passed
    found = judge_order_risks(turned)
    assert found.failing.select("part", "problem").rows() == [("recent", "drifted")]


def test_what_was_off_before_and_holds_by_now_is_no_news():
    accuracy = score(many([0.3, 0.5], [0.3, 0.5])).with_columns(
        stated=pl.when(part="earlier").then(pl.col("share") + 0.11).otherwise("stated")
    )
    assert judge_order_risks(accuracy.filter(pl.col("part") != "recent")).passed


def test_few_lines_tell_nothing():
    accuracy = score_order_risks(judged(*[(0.9, 0, True, False)] * 20), "open_lines")
    assert accuracy["slope"].null_count() == accuracy.height == 9
    assert judge_order_risks(accuracy).passed


def test_nothing_known_is_no_row():
    assert score_order_risks(judged((0.3, -5, False, None)), "lanes").is_empty()
    assert score_order_risks(judged(), "lanes").is_empty()
