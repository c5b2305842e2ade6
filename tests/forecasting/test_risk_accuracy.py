"""Stated chances of order lines, judged by what became of them."""

import numpy as np
import polars as pl
import pytest

from forecasting.evaluation import list_outcomes, score_order_risks
from quality_checks.checks import judge_lane_risks, judge_order_risks

SCHEMA = {
    "po": pl.String,
    "line": pl.Int64,
    "late_chance": pl.Float64,
    "late_week_chance": pl.Float64,
    "days_late": pl.Int64,
    "came": pl.Boolean,
}


def judged(*rows):
    """Lines of chance, days late and whether they came."""
    return pl.DataFrame(
        [
            {
                "po": f"P{number:05}",
                "line": 1,
                "late_chance": chance,
                "late_week_chance": chance / 2,
                "days_late": days,
                "came": came,
            }
            for number, (chance, days, came) in enumerate(rows)
        ],
        schema=SCHEMA,
    )


def test_an_open_line_counts_once_its_days_have_passed():
    lines = judged((0.2, 3, False), (0.2, 9, False), (0.2, -4, True), (0.2, -4, False))
    assert list_outcomes(lines, 0)["late"].to_list() == [True, True, False]
    assert list_outcomes(lines, 7)["late"].to_list() == [True, False]


def many(stated, true):
    """2,000 lines of which some state one chance and are late by another."""
    rng = np.random.default_rng(3)
    which = rng.integers(0, len(stated), 2000)
    late = rng.random(2000) < np.array(true)[which]
    return judged(*((stated[w], 9 if day else 0, True) for w, day in zip(which, late, strict=True)))


def test_chances_that_hold_have_slope_one():
    accuracy = score_order_risks(many([0.1, 0.5, 0.9], [0.1, 0.5, 0.9]))
    row = accuracy.row(0, named=True)
    assert row["late_days"] == 0
    assert row["slope"] == pytest.approx(1.0, abs=0.15)
    assert row["stated"] == pytest.approx(row["share"], abs=0.03)
    assert row["skill"] > 0.3
    assert judge_order_risks(accuracy.filter(late_days=0)).passed


@pytest.mark.parametrize(
    ("stated", "true"),
    [([0.05, 0.95], [0.4, 0.6]), ([0.1, 0.2], [0.4, 0.5])],
    ids=["too bold", "too low"],
)
def test_chances_that_do_not_hold_are_told(stated, true):
    accuracy = score_order_risks(many(stated, true)).filter(late_days=0)
    outcome = judge_order_risks(accuracy)
    assert not outcome.passed
    assert "more than 0 days late" in outcome.message
    of_lanes = judge_lane_risks(accuracy)
    assert (of_lanes.check.name, of_lanes.passed) == ("lanes_hold", False)


def test_few_lines_tell_nothing():
    accuracy = score_order_risks(judged(*[(0.9, 0, True)] * 20))
    assert accuracy["slope"].to_list() == [None, None]
    assert judge_order_risks(accuracy).passed


def test_nothing_known_is_no_row():
    assert score_order_risks(judged((0.3, -5, False))).is_empty()
    assert score_order_risks(judged()).is_empty()
