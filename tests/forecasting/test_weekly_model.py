"""Weekly forecasts on demand whose law is known, and on what is missing or wrong."""

import numpy as np
import pytest

from forecasting.weekly.history import WeeklyHistory, group_sums
from forecasting.weekly.levels import WeeklyLevels
from forecasting.weekly.model import WeeklyModel
from forecasting.weekly.seasons import Step, seasonal_ratios, seasons

WEEKS, SERIES = 130, 60
PEAK = 45
FIT = {"shape": "region", "likeness": ("range",), "horizon": 3, "seed": 1}


def history_of(demand, groups=None):
    n, weeks = demand.shape
    groups = groups or {
        "region": np.arange(n) % 2,
        "range": np.arange(n) % 5,
    }
    return WeeklyHistory(demand.astype(float), np.arange(weeks) % 52 + 1, groups)


@pytest.fixture(scope="module")
def simulated():
    """Negative binomial demand, alpha 0.5, tripled in one week of the year; and its true means."""
    rng = np.random.default_rng(5)
    mean = rng.gamma(2.0, 1.5, SERIES)[:, None] * np.ones(WEEKS + 3)
    mean[:, np.arange(WEEKS + 3) % 52 == PEAK] *= 3
    demand = rng.poisson(rng.gamma(2.0, mean / 2.0)).astype(float)
    return demand, mean


def test_forecast_of_stationary_demand_is_near_its_mean(simulated):
    demand, mean = simulated
    history = history_of(demand[:, :WEEKS])
    found = WeeklyModel.fit(history, **FIT).forecast(history)
    assert found.mean.shape == found.variance.shape == (SERIES, 3)
    assert found.mean.sum() == pytest.approx(mean[:, WEEKS:].sum(), rel=0.1)
    assert np.abs(found.mean - mean[:, WEEKS:]).mean() < 0.25 * mean[:, WEEKS:].mean()


def test_dispersion_is_recovered(simulated):
    demand, _ = simulated
    alpha = WeeklyModel.fit(history_of(demand[:, :WEEKS]), **FIT).alpha
    # Uncertain levels come on top of the 0.5 of demand itself.
    assert 0.4 < np.median(alpha) < 0.8


def test_a_peak_of_the_year_is_foreseen(simulated):
    demand, _ = simulated
    origin = 52 + PEAK - 2
    ahead = WeeklyLevels(history_of(demand[:, : origin + 1]), "region", ("range",), 3).forecast(
        origin
    )
    assert ahead[:, 1].sum() / ahead[:, 0].sum() == pytest.approx(3.0, rel=0.35)


def test_unknown_weeks_are_not_zero(simulated):
    demand, _ = simulated
    gaps = demand[:, :WEEKS].copy()
    gaps[np.random.default_rng(1).random(gaps.shape) < 0.3] = np.nan
    with_gaps = WeeklyModel.fit(history_of(gaps), **FIT).forecast(history_of(gaps)).mean
    whole = history_of(demand[:, :WEEKS])
    assert with_gaps.sum() == pytest.approx(
        WeeklyModel.fit(whole, **FIT).forecast(whole).mean.sum(), rel=0.1
    )


def test_what_comes_later_changes_nothing(simulated):
    demand, _ = simulated
    whole, cut = history_of(demand), history_of(demand[:, :100])
    late = WeeklyLevels(whole, "region", ("range",), 3)
    early = WeeklyLevels(cut, "region", ("range",), 3)
    # Spikes are judged by the weeks around them, and here there are none.
    assert np.allclose(late.season(99), early.season(99))
    assert np.allclose(late.forecast(99), early.forecast(99))


def test_a_series_without_any_known_week_takes_the_level_of_its_like(simulated):
    demand, mean = simulated
    demand = demand[:, :WEEKS].copy()
    demand[7] = np.nan
    history = history_of(demand)
    found = WeeklyModel.fit(history, **FIT).forecast(history).mean
    assert np.isfinite(found).all()
    assert 0.3 * mean.mean() < found[7].mean() < 3 * mean.mean()


def test_short_history_falls_back_on_the_statistical_forecast(simulated):
    demand, _ = simulated
    history = history_of(demand[:, :60])
    model = WeeklyModel.fit(history, **FIT)
    assert not model.boosters
    statistical = WeeklyLevels(history, "region", ("range",), 3).forecast(59)
    assert np.allclose(model.forecast(history).mean, statistical)
    with pytest.raises(ValueError, match="43 are needed"):
        WeeklyModel.fit(history_of(demand[:, :30]), **FIT)


def test_the_same_seed_gives_the_same_forecast(simulated):
    demand, _ = simulated
    history = history_of(demand[:, :WEEKS])
    first, second = (WeeklyModel.fit(history, **FIT).forecast(history) for _ in range(2))
    assert first.mean.tobytes() == second.mean.tobytes()


def test_seasonal_ratio_of_all_series_is_units_over_level():
    demand = np.full((4, 80), 10.0)
    demand[:, 40] = 30.0
    history = history_of(demand)
    ratios = seasonal_ratios(history, [Step(np.zeros(4, dtype=int), 0.0, 0)])
    around = (demand[0, 14:67].sum() + demand[0, 14:67].mean()) / 54
    assert ratios[:, 40] == pytest.approx(30.0 / around)
    assert seasons(ratios, 20)[:, 92] == pytest.approx(ratios[:, 40])


def test_group_sums_by_hand():
    assert group_sums(np.array([1, 0, 1]), np.array([1.0, 2.0, 4.0])).tolist() == [5, 2, 5]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"demand": np.array([[1.0, -2.0]])}, r"demand\[0, 1\] is -2"),
        ({"week_of_year": np.array([1])}, "week_of_year has shape"),
        ({"groups": {"store": np.array([0, 1])}}, "group store has shape"),
    ],
)
def test_bad_history_is_refused(change, message):
    good = {
        "demand": np.array([[1.0, np.nan]]),
        "week_of_year": np.array([1, 2]),
        "groups": {"store": np.array([0])},
    }
    WeeklyHistory(**good)
    with pytest.raises(ValueError, match=message):
        WeeklyHistory(**(good | change))
