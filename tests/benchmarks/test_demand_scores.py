"""Scores by hand, by theory, and what is refused; peers on a history whose answer is known."""

import datetime as dt

import numpy as np
import pytest
from scipy import stats

from benchmarks.demand import summary
from benchmarks.demand_peers import SAMPLED, Measured, run_peers
from benchmarks.demand_scores import LEVELS, score

MONDAY = dt.date(2024, 1, 1)


def flat(values):
    """The same quantile at all levels."""
    return np.stack([np.array(values, dtype=np.float32)] * len(LEVELS))


def test_levels_are_nineteen_steps_of_five_percent():
    assert len(LEVELS) == 19
    assert LEVELS[0] == 0.05
    assert LEVELS[9] == 0.5
    assert LEVELS[-1] == 0.95


def test_by_hand():
    actual = np.array([[4, 0], [6, 10]])
    in_stock = np.array([[True, True], [True, False]])
    mean = np.array([[5.0, 1.0], [3.0, 99.0]])
    # Counted days: 4 against 5, 0 against 1 and 6 against 3. Errors 1, 1, -3 on 10 units.
    found = score(actual, in_stock, mean, flat([[5, 1], [3, 99]]))
    assert found["wape"] == pytest.approx(0.5)
    assert found["bias"] == pytest.approx(-0.1)
    # Mean over levels of (1 - p) is 0.5, of p too: losses 0.5, 0.5 and 1.5.
    assert found["pinball"] == pytest.approx(2.5 / 3)
    assert found["coverage"] == {"50": 0.0, "80": 0.0, "90": 0.0}


def test_pinball_of_a_single_level_by_hand():
    quantiles = flat([[8.0]])
    quantiles[18] = 12.0
    # Against 10 units, 18 levels lie 2 below (loss 2p), that of 0.95 lies 2 above (loss 0.05 x 2).
    expected = (2 * sum(LEVELS[:18]) + 0.05 * 2) / 19
    found = score(np.array([[10]]), np.array([[True]]), np.array([[10.0]]), quantiles)
    assert found["pinball"] == pytest.approx(expected)


def test_coverage_counts_the_ends_of_the_interval():
    quantiles = np.arange(1.0, 20.0).reshape(19, 1, 1).repeat(4, axis=2)
    # The 50 % interval is [5, 15], the 80 % one [2, 18], the 90 % one [1, 19].
    actual = np.array([[5, 2, 19, 20]])
    found = score(actual, actual > 0, np.full((1, 4), 10.0), quantiles)
    assert found["coverage"] == {"50": 0.25, "80": 0.5, "90": 0.75}


def test_the_true_distribution_is_calibrated_and_hard_to_beat():
    rng = np.random.default_rng(3)
    actual = rng.normal(100, 10, (200, 100)).round().astype(int)
    everywhere = np.ones(actual.shape, dtype=bool)

    def of(spread):
        quantiles = stats.norm.ppf(LEVELS, 100, spread)[:, None, None] * np.ones(actual.shape)
        return score(actual, everywhere, np.full(actual.shape, 100.0), quantiles)

    true = of(10)
    assert true["coverage"]["80"] == pytest.approx(0.8, abs=0.03)
    assert true["coverage"]["90"] == pytest.approx(0.9, abs=0.03)
    assert true["pinball"] < min(of(5)["pinball"], of(20)["pinball"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mean": np.zeros((1, 3))}, "shape"),
        ({"quantiles": np.zeros((18, 1, 2))}, "shape"),
        ({"in_stock": np.array([[False, False]])}, "0 days in stock"),
        ({"mean": np.array([[np.nan, 1.0]])}, "not a finite number"),
        ({"quantiles": flat([[np.nan, 1.0]])}, "not a finite number"),
    ],
)
def test_refusals(change, message):
    good = {
        "actual": np.array([[1, 2]]),
        "in_stock": np.array([[True, True]]),
        "mean": np.array([[1.0, 2.0]]),
        "quantiles": flat([[1.0, 2.0]]),
    }
    with pytest.raises(ValueError, match=message):
        score(**{**good, **change})


def test_weekly_peers_know_a_week_that_repeats():
    week = np.array([3, 0, 1, 2, 5, 9, 7])
    units = np.stack([np.tile(week, 9), 2 * np.tile(week, 9)])
    for found in run_peers(units, MONDAY, 14, ["SeasonalNaive", "SeasonalWindowAverage"]):
        wanted = np.stack([np.tile(week, 2), 2 * np.tile(week, 2)])
        np.testing.assert_allclose(found.mean, wanted, atol=1e-5)
        np.testing.assert_allclose(found.quantiles[18], wanted, atol=1e-5)


@pytest.mark.parametrize("name", ["CrostonSBA", "TSB", "LightGBM"])
def test_quantiles_of_peers_rise_and_never_fall_below_zero(name):
    units = np.random.default_rng(5).poisson(0.7, (30, 63))
    (found,) = run_peers(units, MONDAY, 14, [name])
    assert found.mean.shape == (30, 14)
    assert found.quantiles.shape == (19, 30, 14)
    assert found.mean.mean() == pytest.approx(0.7, abs=0.2)
    assert (np.diff(found.quantiles, axis=0) >= 0).all()
    assert found.quantiles.min() >= 0
    assert found.seconds > 0


def test_a_slow_peer_sees_some_series_and_says_which(monkeypatch):
    monkeypatch.setitem(SAMPLED, "SeasonalNaive", 3)
    units = np.tile(np.arange(10)[:, None], (1, 63))
    (found,) = run_peers(units, MONDAY, 14, ["SeasonalNaive"])
    assert len(found.rows) == 3
    np.testing.assert_allclose(found.mean[:, 0], found.rows)


def test_ours_is_compared_with_the_best_of_each_kind():
    ratios = {
        "TSB": {"wape": 0.8, "pinball": 0.7},
        "AutoETS": {"wape": 0.9, "pinball": 0.6},
        "LightGBM": {"wape": 0.95, "pinball": 0.75},
    }
    assert summary(ratios) == {
        "wape_to_best_statistical": 0.9,
        "wape_to_mlforecast": 0.95,
        "pinball_to_best": 0.75,
    }
    only = summary({"LightGBM": ratios["LightGBM"]})
    assert only["wape_to_best_statistical"] is None


def test_peers_refuse_what_they_cannot_do():
    with pytest.raises(ValueError, match="'Prophet'"):
        run_peers(np.ones((1, 90), dtype=int), MONDAY, 14, ["Prophet"])
    with pytest.raises(ValueError, match="40 days"):
        run_peers(np.ones((1, 40), dtype=int), MONDAY, 14, ["TSB"])


def test_measured_sees_the_memory_of_its_body():
    with Measured() as measured:
        before = measured.peak_mb
        block = np.ones(25_000_000)
    assert block.nbytes / 2**20 == pytest.approx(190.7, abs=0.1)
    assert measured.peak_mb - before == pytest.approx(191, abs=40)
    assert measured.seconds > 0
