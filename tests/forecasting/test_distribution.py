"""The negative binomial against scipy and simulation; window sums against hand and simulation."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from scipy import stats

from forecasting.distribution.counts import (
    compute_expected_sales,
    compute_survival,
    find_quantile,
    interpolate_quantiles,
)
from forecasting.distribution.running_demand import RunningDemand
from forecasting.distribution.windows import sum_echelon_demand, sum_window_demand

DAY = dt.date(2025, 3, 1)


def forecast_of(  # noqa: PLR0913  # what a forecast says
    means, variances, *, correlation=0.0, common=0.0, sku="a", location="s1"
):
    days = len(means)
    return pl.DataFrame(
        {
            "sku": [sku] * days,
            "location": [location] * days,
            "date": [DAY + dt.timedelta(days=i) for i in range(days)],
            "mean": [float(m) for m in means],
            "variance": [float(v) for v in variances],
            "correlation": [float(correlation)] * days,
            "common_variation": [float(common)] * days,
        }
    )


def window(days, lead_time_sd=0.0, sku="a", location="s1", wait=0):
    return pl.DataFrame(
        {
            "sku": [sku],
            "location": [location],
            "days": [float(days)],
            "lead_time_sd": [float(lead_time_sd)],
            "wait_days": [wait],
        }
    )


def demand_in(forecast, windows):
    return sum_window_demand(RunningDemand.of(forecast, DAY), windows)


def test_matches_scipy_for_a_known_negative_binomial():
    # r = 2, p = 2/7: mean 5, variance 17.5.
    reference = stats.nbinom(2, 2 / 7)
    p = np.array([0.0, 0.05, 0.5, 0.9, 0.999])
    assert find_quantile(5, 17.5, p).tolist() == [0, *reference.ppf(p[1:]).astype(int)]
    k = np.arange(40)
    assert compute_survival(5, 17.5, k) == pytest.approx(reference.sf(k - 1))
    assert compute_survival(5, 17.5, 0) == pytest.approx(1)


def test_poisson_where_the_variance_does_not_exceed_the_mean():
    for variance in (0.0, 3.0, 5.0):
        assert find_quantile(5, variance, 0.9) == stats.poisson(5).ppf(0.9)
        assert compute_survival(5, variance, 3) == pytest.approx(stats.poisson(5).sf(2))


def test_families_meet_where_variance_approaches_the_mean():
    for step in (1e-5, 1e-8, 1e-10):
        assert compute_survival(5, 5 * (1 + step), 7) == pytest.approx(
            stats.poisson(5).sf(6), rel=1e-4
        )
        assert compute_expected_sales(5, 5 * (1 + step), 5) == pytest.approx(4.1227, abs=1e-3)


def test_point_mass_at_zero():
    assert find_quantile(0, 0, 0.99) == 0
    assert compute_survival(0, 4, [0, 1]).tolist() == [1, 0]
    assert compute_expected_sales(0, 0, 10) == 0


def test_expected_sales_known_value_and_brute_force():
    # Poisson(5) demand and 5 in stock sell 4.12 on average.
    assert compute_expected_sales(5, 5, 5) == pytest.approx(4.12, abs=0.005)
    demand = np.arange(3000)
    pmf = stats.nbinom.pmf(demand, 0.8, 0.8 / (0.8 + 12))
    variance = 12 + 12**2 / 0.8
    for stock in (0, 1, 7, 60):
        brute = float((np.minimum(demand, stock) * pmf).sum())
        assert compute_expected_sales(12, variance, stock) == pytest.approx(brute, abs=1e-8)


def test_refuses_what_is_not_a_distribution():
    with pytest.raises(
        ValueError, match=r"mean must be finite and not negative: -1\.0 at position 1"
    ):
        find_quantile([1, -1], 1, 0.5)
    with pytest.raises(ValueError, match="variance must be finite"):
        compute_survival(1, np.inf, 1)
    with pytest.raises(ValueError, match="p must lie"):
        find_quantile(1, 1, 1.0)
    with pytest.raises(ValueError, match="stock must not be negative"):
        compute_expected_sales(1, 1, -1)


def test_window_by_hand():
    # Sums of s^2 = 4 + 9 and (s1 + s2)^2 = 25; the lead time adds (30 / 2)^2 * 0.25.
    forecast = forecast_of([10, 20, 5], [4, 9, 1], correlation=0.5)
    found = demand_in(forecast, window(2, lead_time_sd=0.5))
    assert found["mean"].item() == 30
    assert found["variance"].item() == pytest.approx(0.5 * 13 + 0.5 * 25 + 56.25)


def test_last_day_counts_as_a_fraction():
    forecast = forecast_of([10, 20], [4, 9])
    found = demand_in(forecast, window(1.25))
    assert found["mean"].item() == pytest.approx(15)
    assert found["variance"].item() == pytest.approx(4 + 0.25 * 9)


def test_beyond_the_horizon_the_last_week_goes_on():
    forecast = forecast_of([100] * 3 + [7] * 7, [50] * 3 + [9] * 7, correlation=1)
    found = demand_in(forecast, window(14))
    assert found["mean"].item() == pytest.approx(300 + 7 * 11)
    assert found["variance"].item() == pytest.approx((3 * 50**0.5 + 11 * 3) ** 2)


def test_window_against_simulation():
    # Days share a factor with squared variation 0.2, lead time is uniform on 3, 5 and 7 days.
    rng = np.random.default_rng(7)
    runs, mean, shared = 400_000, 4.0, 0.2
    factor = rng.gamma(1 / shared, shared, runs)
    days = rng.choice([3, 5, 7], runs)
    demand = rng.poisson(mean * factor * days)
    variance = mean + shared * mean**2
    forecast = forecast_of([mean] * 10, [variance] * 10, correlation=shared * mean**2 / variance)
    found = demand_in(forecast, window(5, lead_time_sd=days.std()))
    assert found["mean"].item() == pytest.approx(demand.mean(), rel=0.01)
    # The formula takes lead time and the common factor as not interacting: 2 % of the variance.
    assert found["variance"].item() == pytest.approx(demand.var(), rel=0.1)


def test_windows_keep_their_order_and_pairs_without_forecast_are_left_out():
    forecast = pl.concat([forecast_of([1], [1]), forecast_of([2], [2], location="s2")])
    windows = pl.concat([window(1, location="s2"), window(1, location="s3"), window(1)])
    found = demand_in(forecast, windows)
    assert found["location"].to_list() == ["s2", "s1"]
    assert demand_in(forecast.clear(), windows).schema == found.schema
    assert demand_in(forecast.clear(), windows).is_empty()


def test_refuses_bad_windows_and_ragged_forecasts():
    with pytest.raises(
        ValueError, match=r"sku a, location s1 is 0\.0; it must be: number, above 0"
    ):
        demand_in(forecast_of([1], [1]), window(0))
    with pytest.raises(ValueError, match="days of sku a, location s1 is nan"):
        demand_in(forecast_of([1], [1]), window(float("nan")))
    ragged = forecast_of([1, 2, 3], [1, 2, 3])[[0, 2]]
    with pytest.raises(ValueError, match="a at s1 has 2 rows for 3 days"):
        demand_in(ragged, window(1))
    with pytest.raises(ValueError, match="a at s1 has 2 rows for 3 days"):
        demand_in(forecast_of([1, 2, 3], [1, 2, 3])[1:], window(1))


def test_nothing_sells_in_the_wait_and_a_later_forecast_counts_from_its_own_days():
    early = forecast_of([5, 5, 5, 5], [4, 4, 4, 4])
    assert demand_in(early, window(3, wait=2))["mean"].item() == 5
    assert demand_in(early, window(2, wait=2))["mean"].item() == 0
    # On sale from the 40th day: two days of its forecast, and one like their mean.
    late = forecast_of([3, 5], [1, 1]).with_columns(pl.col("date") + dt.timedelta(days=40))
    found = demand_in(
        pl.concat([early, late.with_columns(sku=pl.lit("b"))]), window(43, sku="b", wait=40)
    )
    assert found["mean"].item() == 3 + 5 + 4
    assert found["variance"].item() == pytest.approx(3)
    # A forecast that ends before the launch says nothing of it.
    assert demand_in(early, window(43, wait=40)).is_empty()


def test_an_echelon_is_the_sum_of_its_members_and_has_one_lead_time():
    pairs = [
        forecast_of([3, 4, 5], [6, 6, 6], correlation=0.4),
        forecast_of([1, 1, 1], [2, 2, 2], correlation=0.1, location="s2"),
    ]
    members = pl.DataFrame(
        {
            "sku": ["a", "a", "a"],
            "location": ["s1", "s2", "dc"],
            "node": ["dc"] * 3,
            "wait_days": [0, 1, 0],
            "lead_time_sd": [9.0, 9.0, 9.0],  # their own, which is not the node's
        }
    )
    nodes = pl.concat([window(3, location="elsewhere"), window(3, 0.5, location="dc")])
    total = sum_echelon_demand(RunningDemand.of(pl.concat(pairs), DAY), nodes, members)
    apart = [demand_in(pairs[0], window(3)), demand_in(pairs[1], window(3, location="s2", wait=1))]
    assert total.select("location", "mean").rows() == [("dc", 14.0)]
    assert total["variance"].item() == pytest.approx(
        sum(w["variance"].item() for w in apart) + (14 / 3 * 0.5) ** 2
    )


def test_what_locations_share_is_not_averaged_out():
    # Days of two places by a factor of both, one of the place and one of the day.
    rng = np.random.default_rng(5)
    runs, days, mean = 20_000, 10, 6.0
    season = rng.gamma(1 / 0.1, 0.1, (runs, 1, 1))
    place = rng.gamma(1 / 0.05, 0.05, (runs, 2, 1))
    demand = rng.poisson(mean * season * place * np.ones(days)).sum(axis=(1, 2))
    variance = mean + (1.1 * 1.05 - 1) * mean**2
    pairs = [
        forecast_of(
            [mean] * days,
            [variance] * days,
            correlation=(variance - mean) / variance,
            common=0.1,
            location=name,
        )
        for name in ("s1", "s2")
    ]
    members = pl.DataFrame(
        {"sku": ["a", "a"], "location": ["s1", "s2"], "node": ["dc", "dc"], "wait_days": [0, 0]}
    )
    node = window(days, location="dc")
    found = sum_echelon_demand(RunningDemand.of(pl.concat(pairs), DAY), node, members)
    assert found["mean"].item() == pytest.approx(demand.mean(), rel=0.01)
    assert found["variance"].item() == pytest.approx(demand.var(), rel=0.03)


@pytest.mark.parametrize(
    ("mean", "variance"), [(0.02, 0.02), (0.4, 0.9), (3, 3), (12.5, 40), (80, 900), (600, 700)]
)
def test_interpolated_quantiles_invert_the_mid_distribution(mean, variance):
    levels = np.linspace(0.02, 0.98, 25)
    law = (
        stats.nbinom(mean**2 / (variance - mean), mean / variance)
        if variance > mean
        else stats.poisson(mean)
    )
    units = np.arange(int(mean + 20 * variance**0.5) + 20)
    middle = law.cdf(units - 1) + law.pmf(units) / 2
    direct = np.interp(levels, np.r_[0, middle], np.r_[-1, units]).clip(0)
    found = interpolate_quantiles([mean], [variance], levels)[:, 0]
    assert found == pytest.approx(direct, rel=1e-3, abs=1e-3)


def test_interpolated_quantiles_far_above_zero():
    levels = [0.05, 0.1, 0.5, 0.9, 0.95]
    for mean, variance in ((5_000, 5_000), (2_000, 4_000), (1e6, 2e6)):
        found = interpolate_quantiles([mean], [variance], levels)[:, 0]
        law = stats.nbinom(mean**2 / max(variance - mean, 1e-3), mean / max(variance, mean + 1e-3))
        assert found == pytest.approx(law.ppf(levels), abs=0.03 * variance**0.5 + 1)


def test_interpolated_quantiles_of_no_demand_are_zero():
    assert (interpolate_quantiles([0.0, 0.0], [0.0, 3.0], [0.1, 0.9]) == 0).all()
    assert interpolate_quantiles([], [], [0.1, 0.9]).shape == (2, 0)


@pytest.mark.parametrize("levels", [[0.0, 0.5], [0.5, 1.0], [0.5, 0.5], [0.9, 0.1], [float("nan")]])
def test_interpolated_quantiles_refuse_bad_levels(levels):
    with pytest.raises(ValueError, match="levels must increase"):
        interpolate_quantiles([1.0], [1.0], levels)


def test_interpolated_quantiles_refuse_bad_moments():
    with pytest.raises(ValueError, match="mean must be finite and not negative: nan at position 1"):
        interpolate_quantiles([1.0, float("nan")], [1.0, 1.0], [0.5])
    with pytest.raises(ValueError, match="variance must be finite and not negative"):
        interpolate_quantiles([1.0], [-1.0], [0.5])


def weeks_of(factors, drift=None, sku="A"):
    """Seasons of an item from DAY on."""
    return pl.DataFrame(
        {
            "sku": [sku] * len(factors),
            "week": [DAY + dt.timedelta(days=7 * week) for week in range(len(factors))],
            "factor": [float(factor) for factor in factors],
            "level_variance": drift or [0.0] * len(factors),
        }
    )


def flat_forecast(sku="A", location="S", mean=2.0, days=14):
    """A forecast of the same Poisson demand each day."""
    return pl.DataFrame(
        {
            "sku": [sku] * days,
            "location": [location] * days,
            "date": [DAY + dt.timedelta(days=day) for day in range(days)],
            "mean": [mean] * days,
            "variance": [mean] * days,
            "correlation": [0.0] * days,
            "common_variation": [0.0] * days,
        }
    )


def window_of(days, sku="A", location="S"):
    return pl.DataFrame(
        {
            "sku": [sku],
            "location": [location],
            "days": [float(days)],
            "lead_time_sd": [0.0],
            "wait_days": [0],
        }
    )


def test_weeks_beyond_the_forecast_follow_their_factors():
    seasons = weeks_of([1, 2, 4, 8])
    found = sum_window_demand(RunningDemand.of(flat_forecast(), DAY, seasons), window_of(24.5))
    # 14 days of 2, then relative to the tail's factor 2: 7 days of 4 and 3.5 days of 8.
    assert found["mean"].item() == pytest.approx(28 + 28 + 28)
    # Poisson stays Poisson.
    assert found["variance"].item() == pytest.approx(28 + 28 + 28)


def test_beyond_the_last_week_the_last_factor_holds_and_unknown_items_stay_flat():
    seasons = weeks_of([1, 1, 3])
    found = sum_window_demand(RunningDemand.of(flat_forecast(), DAY, seasons), window_of(28))
    assert found["mean"].item() == pytest.approx(28 + 7 * 6 + 7 * 6)
    none = sum_window_demand(RunningDemand.of(flat_forecast(), DAY, seasons.clear()), window_of(28))
    assert none["mean"].item() == pytest.approx(56)
    other = sum_window_demand(
        RunningDemand.of(flat_forecast("B"), DAY, seasons), window_of(28, "B")
    )
    assert other["mean"].item() == pytest.approx(56)


def test_seasons_do_not_touch_windows_within_the_forecast():
    seasons = weeks_of([1, 5, 9, 9], drift=[0.0, 0.5, 1.0, 1.0])
    alone = sum_window_demand(RunningDemand.of(flat_forecast(), DAY), window_of(14))
    found = sum_window_demand(RunningDemand.of(flat_forecast(), DAY, seasons), window_of(14))
    assert found.equals(alone)


def test_what_a_level_has_strayed_by_a_week_stays():
    drift = [0.0, 0.0, 0.04, 0.09]
    seasons = weeks_of([1, 1, 1, 1], drift=drift)
    found = sum_window_demand(RunningDemand.of(flat_forecast(), DAY, seasons), window_of(28))
    # 0.04 of what the last two weeks demand, squared, and 0.05 more of the last one.
    assert found["variance"].item() == pytest.approx(56 + 0.04 * 28**2 + 0.05 * 14**2)


def test_drift_is_common_to_the_places_of_an_item():
    drift = [0.0, 0.0, 0.04, 0.04]
    seasons = weeks_of([1, 1, 1, 1], drift=drift)
    members = pl.DataFrame(
        {"sku": ["A"] * 2, "location": ["S", "T"], "node": ["D"] * 2, "wait_days": [0, 0]}
    )
    forecast = pl.concat([flat_forecast(), flat_forecast(location="T", mean=3.0)])
    found = sum_echelon_demand(
        RunningDemand.of(forecast, DAY, seasons), window_of(28, location="D"), members
    )
    assert found["mean"].item() == pytest.approx(140)
    assert found["variance"].item() == pytest.approx(140 + 0.04 * 70**2)


def test_drift_that_came_before_a_late_forecasts_end_counts_whole():
    # An item that launches in the third week: its forecast ends after the first drift.
    late = flat_forecast().with_columns(pl.col("date").dt.offset_by("14d"))
    window = window_of(42).with_columns(wait_days=pl.lit(14, pl.Int64))
    seasons = weeks_of([1] * 6, drift=[0.0, 0.0, 0.04, 0.04, 0.04, 0.04])
    found = sum_window_demand(RunningDemand.of(late, DAY, seasons), window)
    assert found["mean"].item() == pytest.approx(56)
    assert found["variance"].item() == pytest.approx(56 + 0.04 * 28**2)
