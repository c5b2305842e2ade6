"""Scores of chances, on figures that can be worked out by hand, and beside scikit-learn."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import brier_score_loss, roc_auc_score

from forecasting.evaluation.chances import score_chances, tabulate_reliability


@pytest.fixture(scope="module")
def drawn():
    chance = np.random.default_rng(3)
    odds = chance.normal(-2, 1, 20_000)
    return chance.random(len(odds)) < expit(odds), odds


def test_scores_are_those_of_scikit_learn(drawn):
    happened, odds = drawn
    said = np.round(expit(odds), 2)
    found = score_chances(happened, said, base_rate=0.15)
    assert found["auc"] == pytest.approx(roc_auc_score(happened, said))
    assert found["brier"] == pytest.approx(brier_score_loss(happened, said))


def test_true_chances_lie_on_the_line(drawn):
    happened, odds = drawn
    found = score_chances(happened, expit(odds), base_rate=0.15)
    assert found["slope"] == pytest.approx(1, abs=0.05)
    assert found["intercept"] == pytest.approx(0, abs=0.08)
    assert found["skill"] > 0.05


def test_chances_twice_as_bold_have_half_the_slope(drawn):
    happened, odds = drawn
    found = score_chances(happened, expit(2 * odds), base_rate=0.15)
    assert found["slope"] == pytest.approx(0.5, abs=0.03)


def test_who_says_the_base_rate_has_no_skill():
    found = score_chances(np.array([True, False]), np.array([0.3, 0.3]), base_rate=0.3)
    assert found == {
        "auc": 0.5,
        "brier": pytest.approx(0.29),
        "skill": pytest.approx(0),
        "slope": None,
        "intercept": None,
    }


def test_what_cannot_be_told_is_missing():
    nothing = score_chances(np.array([False, False]), np.array([0.1, 0.4]), base_rate=0.2)
    assert nothing["auc"] is nothing["slope"] is None
    assert nothing["brier"] == pytest.approx(0.085)
    parted = score_chances(np.array([False, True]), np.array([0.1, 0.4]), base_rate=0.2)
    assert parted["auc"] == 1
    assert parted["slope"] is None
    assert score_chances(np.zeros(0, bool), np.zeros(0), base_rate=0.2)["brier"] is None


def test_reliability_tells_where_chances_are_wrong():
    said = np.repeat([0.1, 0.9], 10)
    happened = np.repeat([True, False, True, False], [1, 9, 5, 5])
    found = tabulate_reliability(happened, said, bins=2)
    assert found.rows() == [
        (1, 10, pytest.approx(0.1), 0.1),
        (2, 10, pytest.approx(0.9), 0.5),
    ]
    assert tabulate_reliability(happened[:3], said[:3], bins=5).height == 3
