"""Promotion by paired backtests with guardrails, and when the fallback plans."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from forecasting.lifecycle.champion import LEVEL, choose_model, judge_challenger

ORIGIN = dt.date(2025, 3, 3)


def scores(pinball, *, wape=0.4, bias=0.01, coverage=0.8):
    count = len(pinball)
    return pl.DataFrame(
        {
            "origin": [ORIGIN + dt.timedelta(days=28 * n) for n in range(count)],
            "pinball": [float(value) for value in pinball],
            "wape": np.broadcast_to(wape, count).astype(float),
            "bias": np.broadcast_to(bias, count).astype(float),
            "coverage_80": np.broadcast_to(coverage, count).astype(float),
        }
    )


BEFORE = [1.00, 1.40, 0.80, 1.20, 1.10, 0.90]
BETTER = [0.95, 1.34, 0.77, 1.13, 1.05, 0.86]
BASELINE = scores([1.3, 1.7, 1.1, 1.5, 1.4, 1.2])


def test_a_clear_winner_is_promoted_and_says_by_how_much():
    verdict = judge_challenger(scores(BETTER), scores(BEFORE), BASELINE)
    assert verdict.promote
    # 6.10 against 6.40 is 4.7 % less; differences .05 .06 .03 .07 .05 .04: mean .05, sd .0141,
    # t = 8.66 on 5 degrees of freedom.
    assert verdict.reason.startswith(
        "pinball loss 4.7% below the champion's over 6 origins, p = 0.000; "
    )
    assert "below the baseline's" in verdict.reason


def test_pairing_sees_what_the_means_hide():
    # Origins differ far more than models: unpaired, 0.05 against a spread of 0.22 is nothing.
    assert judge_challenger(scores(BETTER), scores(BEFORE), BASELINE).promote
    mixed = scores([BETTER[n] for n in (2, 0, 1, 5, 3, 4)])
    verdict = judge_challenger(mixed, scores(BEFORE), BASELINE)
    assert not verdict.promote
    assert "p = 0." in verdict.reason
    assert "at most 0.1 is needed" in verdict.reason


def test_one_great_origin_is_not_a_win():
    verdict = judge_challenger(scores([*BEFORE[:5], 0.3]), scores(BEFORE), BASELINE)
    assert not verdict.promote
    assert "9.4% below the champion's" in verdict.reason


@pytest.mark.parametrize(("factor", "promote"), [(0.989, True), (0.991, False), (1.05, False)])
def test_a_gain_below_the_margin_is_not_worth_a_change(factor, promote):
    verdict = judge_challenger(scores(factor * np.array(BEFORE)), scores(BEFORE), BASELINE)
    assert verdict.promote is promote
    if factor > 1:
        assert "5.0% above the champion's" in verdict.reason


def test_the_same_model_is_not_promoted_over_itself():
    assert not judge_challenger(scores(BEFORE), scores(BEFORE), BASELINE).promote


def test_the_first_model_must_beat_the_baseline():
    assert judge_challenger(scores(BEFORE), None, BASELINE).promote
    verdict = judge_challenger(BASELINE, None, scores(BEFORE))
    assert not verdict.promote
    assert "above the baseline's" in verdict.reason


def test_beating_a_champion_worse_than_the_baseline_is_not_enough():
    verdict = judge_challenger(scores(BETTER), scores(BEFORE), scores([0.5] * 6))
    assert not verdict.promote
    assert "the baseline's" in verdict.reason
    assert "champion" not in verdict.reason


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"bias": 0.031}, "bias 3.1% is too far behind the champion's 1.0%"),
        ({"bias": -0.031}, "bias -3.1%"),
        ({"coverage": 0.77}, "coverage of the 80 % interval 77.0%"),
        ({"coverage": 0.83}, "coverage of the 80 % interval 83.0%"),
        ({"wape": 0.41}, "WAPE 41.0% is too far behind the champion's 40.0%"),
    ],
)
def test_guardrails_hold_a_winner_back(changes, word):
    verdict = judge_challenger(scores(BETTER, **changes), scores(BEFORE), BASELINE)
    assert not verdict.promote
    assert word in verdict.reason
    assert "pinball" not in verdict.reason


def test_guardrails_compare_with_the_incumbent_and_not_with_perfection():
    biased = {"bias": 0.1, "coverage": 0.6, "wape": 0.7}
    assert judge_challenger(scores(BETTER, **biased), scores(BEFORE, **biased), BASELINE).promote
    # Biases of both signs cancel in the mean of a year, as they do for stock.
    swinging = scores(BETTER, bias=[0.1, -0.1] * 3)
    assert judge_challenger(swinging, scores(BEFORE), BASELINE).promote


def test_a_rival_whose_biases_cancel_is_no_less_biased():
    swinging, steady = scores(BEFORE, bias=[0.1, -0.1] * 3), scores(BETTER, bias=-0.1)
    assert judge_challenger(steady, swinging, BASELINE).promote
    worse = judge_challenger(scores(BETTER, bias=-0.13), swinging, BASELINE)
    assert "bias -13.0% is too far behind" in worse.reason


def test_few_origins_promote_nothing():
    verdict = judge_challenger(scores(BETTER[:3]), scores(BEFORE[:3]), BASELINE.head(3))
    assert verdict.reason == "scored on 3 origins, at least 4 are needed"
    assert not verdict.promote


def test_an_equal_challenger_is_seldom_promoted():
    rng = np.random.default_rng(11)
    baseline = scores(np.full(6, 2.0))
    wins = 0
    for _ in range(400):
        common = rng.normal(1, 0.2, 6)
        one, two = common + rng.normal(0, 0.05, (2, 6))
        wins += judge_challenger(scores(one), scores(two), baseline).promote
    # Binomial with the level's rate: three standard deviations are 4.5 points.
    assert wins / 400 <= LEVEL + 0.045


def test_row_order_does_not_matter():
    shuffled = scores(BETTER).sample(fraction=1.0, shuffle=True, seed=3)
    straight = judge_challenger(scores(BETTER), scores(BEFORE), BASELINE)
    assert judge_challenger(shuffled, scores(BEFORE), BASELINE.reverse()) == straight


@pytest.mark.parametrize(
    ("challenger", "message"),
    [
        (scores(BETTER).head(5), "challenger and champion were not scored on the same origins"),
        (scores(BETTER).vstack(scores(BETTER).head(1)), "challenger has an origin twice"),
        (scores([*BETTER[:5], float("nan")]), "origin 2025-07-21: pinball is nan"),
        (scores(BETTER).clear(), "challenger has no scores"),
    ],
)
def test_scores_that_cannot_be_compared_are_refused(challenger, message):
    with pytest.raises(ValueError, match=message):
        judge_challenger(challenger, scores(BEFORE), BASELINE)


def inputs(*, drifted=0, missing_now=0.02):
    return pl.DataFrame(
        {
            "feature": [f"f{n}" for n in range(10)],
            "missing_then": 0.02,
            "missing_now": [missing_now] + [0.02] * 9,
            "drifted": [n < drifted for n in range(10)],
        }
    )


def residuals(*drifted):
    """Segments that sell 70, 20 and 10 units."""
    return pl.DataFrame({"actual": [70.0, 20.0, 10.0], "drifted": [n in drifted for n in range(3)]})


def chosen(champion="v7", **changes):
    asked = {"fault": None, "inputs": inputs(), "residuals": residuals()}
    return choose_model(champion, **(asked | changes))


def test_the_champion_plans_when_all_is_well():
    assert chosen().use_champion
    assert chosen().reason == "champion v7 plans"
    assert chosen(inputs=inputs().clear(), residuals=residuals().clear()).use_champion


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"champion": None}, "the fallback plans: there is no champion yet"),
        (
            {"champion": None, "fault": "trees.txt is missing"},
            "the champion does not load: trees.txt is missing",
        ),
        ({"inputs": inputs(drifted=3)}, "3 of 10 features drifted"),
        (
            {"inputs": inputs(missing_now=0.6)},
            "feature f0 is missing in 60% of rows, 2% in training",
        ),
        (
            {"residuals": residuals(0)},
            "errors drifted in 1 of 3 segments with 70% of the units sold",
        ),
        ({"residuals": residuals(1, 2)}, "2 of 3 segments with 30% of the units sold"),
    ],
)
def test_the_fallback_plans_and_says_why(changes, words):
    choice = chosen(**changes)
    assert not choice.use_champion
    assert choice.reason.startswith("the fallback plans: ")
    assert words in choice.reason


@pytest.mark.parametrize(
    "changes",
    [
        {"inputs": inputs(drifted=2)},
        {"inputs": inputs(missing_now=0.5)},
        {"residuals": residuals(1)},
    ],
)
def test_a_little_drift_is_for_a_person_to_judge(changes):
    assert chosen(**changes).use_champion


def test_all_reasons_are_given():
    reason = chosen(inputs=inputs(drifted=9), residuals=residuals(0)).reason
    assert reason == (
        "the fallback plans: 9 of 10 features drifted; "
        "errors drifted in 1 of 3 segments with 70% of the units sold"
    )
