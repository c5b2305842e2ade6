"""A conjugate model in closed form, changes of demand that must be followed, calibration."""

import numpy as np
import pytest
from scipy import stats

from forecasting.online.adaptive_demand import AdaptiveDemand
from forecasting.online.beliefs import Beliefs, Models, begin_segment, learn_demand

NOBODY = np.random.default_rng(0)
COUNT = 4_000


def forecast(history, periods=5, seed=1):
    """Mean of the predictive distribution after the series, by period ahead."""
    demand = AdaptiveDemand(history[:5])
    for value in history[5:]:
        demand.observe(value)
    return demand.paths(periods, COUNT, np.random.default_rng(seed)).mean(axis=0)


def test_a_steady_level_is_the_conjugate_normal_model():
    """Log density of all values and posterior against the closed form of the joint Student t."""
    models = Models(
        logarithmic=np.array([False]),
        transition=np.eye(3)[None],
        design=np.array([[1.0, 0.0, 0.0]]),
        discount=np.ones(1),
        spread=np.array([[0.5, 0.0, 0.0]]),
        restarts=np.array([True]),
        share=np.ones(1),
    )
    beliefs = Beliefs(
        np.zeros(1, dtype=np.int64), np.zeros(1), np.zeros((1, 3)), np.zeros((1, 3, 3)),
        np.zeros(1), np.zeros(1),
    )  # fmt: skip
    values = np.array([90.0, 120.0, 70.0, 101.0, 133.0])
    level, degrees = 100.0, 6.0
    assert begin_segment(models, beliefs, 0, level, 0.04, degrees, 1.0, True) == 1
    noise, ratio = float(beliefs.noise[0]), float(beliefs.covariance[0, 0, 0])
    assert ratio * noise == pytest.approx((0.5 * (level + 0.5)) ** 2)
    count, seen, _ = learn_demand(models, beliefs, 1, values[0])
    first = stats.t(degrees, level, np.sqrt(noise * (1 + ratio)))
    assert count == 1
    # Weights are normalised: the density itself shows against a second, equal belief.
    pair = Beliefs(*(np.concatenate([part, part]) for part in beliefs))
    begin_segment(models, pair, 0, level, 0.04, degrees, 1.0, True)
    begin_segment(models, pair, 1, level * 2, 0.04, degrees, 1.0, True)
    learn_demand(models, pair, 2, values[0])
    other = stats.t(degrees, 200, np.sqrt(0.04 * 200.5**2 + 200 + (0.5 * 200.5) ** 2))
    odds = np.exp(pair.log_weight[0] - pair.log_weight[1])
    assert odds == pytest.approx(first.pdf(values[0]) / other.pdf(values[0]))
    for value in values[1:]:
        count, seen, _ = learn_demand(models, beliefs, count, value)
    precision = 1 / ratio + len(values)
    mean = (level / ratio + values.sum()) / precision
    residual = (values**2).sum() + level**2 / ratio - precision * mean**2
    assert beliefs.degrees[0] == degrees + len(values)
    assert seen == pytest.approx(mean)
    assert beliefs.covariance[0, 0, 0] == pytest.approx(1 / precision)
    assert beliefs.noise[0] == pytest.approx((degrees * noise + residual) / (degrees + len(values)))


def test_intervals_of_steady_demand_hold_what_they_say():
    rng = np.random.default_rng(2)
    inside = []
    for _ in range(60):
        series = np.maximum(rng.normal(100, 25, 40), 0)
        demand = AdaptiveDemand(series[:5])
        for value in series[5:-1]:
            demand.observe(value)
        low, high = np.quantile(demand.paths(1, 500, rng)[:, 0], [0.1, 0.9])
        inside.append(low <= series[-1] <= high)
    # 80 % of 60 are 48, with a standard deviation of 3.
    assert 39 <= sum(inside) <= 57


def test_a_new_level_is_followed_within_a_few_periods():
    rng = np.random.default_rng(3)
    series = np.concatenate([rng.normal(100, 15, 25), rng.normal(300, 30, 4)])
    assert forecast(series)[0] == pytest.approx(300, rel=0.15)


def test_a_collapse_is_followed_too():
    rng = np.random.default_rng(4)
    series = np.concatenate([rng.poisson(200, 25), rng.poisson(10, 4)]).astype(float)
    assert forecast(series)[0] < 30


def test_a_trend_is_carried_on():
    rng = np.random.default_rng(5)
    series = 50 + 4 * np.arange(40) + rng.normal(0, 8, 40)
    assert forecast(series, 6) == pytest.approx(50 + 4 * np.arange(40, 46), rel=0.1)


def test_a_wave_is_found():
    rng = np.random.default_rng(6)
    time = np.arange(53)
    wave = 100 + 50 * np.sin(2 * np.pi * time / 8)
    found = forecast((wave + rng.normal(0, 10, 53))[:45], 8)
    assert np.abs(found - wave[45:]).mean() < 0.3 * np.abs(wave[45:] - 100).mean()


def test_nothing_sold_is_demand_too():
    found = forecast(np.zeros(20))
    assert (found >= 0).all()
    assert (found < 1).all()


def test_paths_are_of_their_seed():
    demand = AdaptiveDemand([3, 5, 4, 6, 2])
    first = demand.paths(4, 10, np.random.default_rng(1))
    assert (first == demand.paths(4, 10, np.random.default_rng(1))).all()
    assert (first != demand.paths(4, 10, np.random.default_rng(2))).any()


@pytest.mark.parametrize(
    ("history", "message"),
    [
        ([], "at least one value"),
        ([1.0, -2.0], "period 1 must be finite"),
        ([1.0, np.nan], "period 1 must be finite"),
    ],
)
def test_bad_history_is_refused(history, message):
    with pytest.raises(ValueError, match=message):
        AdaptiveDemand(history)


def test_bad_demand_is_refused():
    demand = AdaptiveDemand([1.0, 2.0])
    with pytest.raises(ValueError, match="period 3"):
        demand.observe(np.inf)
