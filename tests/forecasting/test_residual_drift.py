"""Drift of errors: known numbers, detection, and false alarms by simulation."""

import datetime as dt
import math

import numpy as np
import polars as pl
import pytest

from forecasting.lifecycle.residual_drift import FALSE_ALARM, measure_residual_drift

TODAY = dt.date(2025, 6, 30)
BEGIN = 56
"""Days of history that tell what to expect."""


def errors(rng, days, *, level=1.0, **noise_of):
    """Rows of ForecastAccuracy: sales are Poisson around an AR(1) factor of the forecast."""
    segments, spread, tied = (
        noise_of.get(name, usual)
        for name, usual in (("segments", 20), ("spread", 0.1), ("tied", 0))
    )
    noise = rng.standard_normal((segments, days))
    for day in range(1, days):
        noise[:, day] = tied * noise[:, day - 1] + math.sqrt(1 - tied**2) * noise[:, day]
    weekday = np.array([0.8, 0.8, 0.9, 1.0, 1.2, 1.4, 0.9])[np.arange(days) % 7]
    forecast = rng.uniform(300, 900, (segments, 1)) * weekday
    expected = forecast * np.exp(spread * noise - spread**2 / 2) * np.broadcast_to(level, days)
    actual = rng.poisson(expected).astype(float)
    # Errors of single pairs are larger than that of their sum and follow the level.
    absolute = 0.3 * forecast * rng.gamma(60, 1 / 60, (segments, days)) + np.abs(actual - forecast)
    dates = [TODAY - dt.timedelta(days=days - 1 - day) for day in range(days)]
    return pl.DataFrame(
        {
            "business_date": dates * segments,
            "region": "north",
            "category": np.repeat([f"c{n:02d}" for n in range(segments)], days),
            "lead_days": 1,
            "pairs": 100,
            "actual": actual.ravel(),
            "forecast": forecast.ravel(),
            "absolute_error": absolute.ravel(),
        }
    )


def test_summed_figures_by_hand():
    def day(n, category, lead, numbers):
        at = TODAY - dt.timedelta(days=n)
        return (at, "north", category, lead, 10, *map(float, numbers))

    rows = [day(n, "a", lead, (80, 100, 30)) for n in range(7) for lead in (1, 2)]
    rows += [day(n, "a", 1, (100, 100, 10)) for n in range(7, 35)]
    columns = ["business_date", "region", "category", "lead_days", "pairs"]
    columns += ["actual", "forecast", "absolute_error"]
    frame = pl.DataFrame(rows, schema=columns, orient="row")
    row = measure_residual_drift(frame, frame).row(0, named=True)
    assert (row["region"], row["category"], row["days"], row["actual"]) == ("north", "a", 7, 1120)
    assert row["wape"] == pytest.approx(30 / 80)
    assert row["expected_wape"] == pytest.approx(0.1)
    assert row["bias"] == pytest.approx(0.2)
    assert row["expected_bias"] == 0
    # Errors never moved, so s is that of Poisson sales of 100 a day, and 0.2 lies within the cut;
    # one of the seven days is left out.
    assert row["bias_z"] == pytest.approx(0.2 / (0.1 * math.sqrt(1 / 6 + 1 / 28)))
    assert row["wape_z"] == pytest.approx(row["bias_z"])
    assert row["drifted"]


def test_false_alarms_are_as_rare_as_stated():
    rng = np.random.default_rng(3)
    for tied in (0.0, 0.4):
        nights = [errors(rng, BEGIN + 7, tied=tied) for _ in range(150)]
        alarms = sum(measure_residual_drift(night, night)["drifted"].any() for night in nights)
        # On 20 segments together; far below the stated rate, which holds with a bad day as well.
        assert alarms / 150 <= FALSE_ALARM


@pytest.mark.parametrize("level", [1.25, 0.75])
def test_a_level_shift_by_a_quarter_is_found_within_about_a_week(level):
    rng = np.random.default_rng(4)
    shift = np.where(np.arange(BEGIN + 7) < BEGIN, 1.0, level)
    found = [
        measure_residual_drift(night, night)["drifted"].mean()
        for night in (errors(rng, BEGIN + 7, level=shift) for _ in range(10))
    ]
    assert np.mean(found) > 0.8


@pytest.mark.parametrize("factor", [0.0, 0.3, 4.0])
def test_a_bad_day_in_every_segment_is_not_drift(factor):
    rng = np.random.default_rng(6)
    alarms = 0
    for night in range(70):
        level = np.where(np.arange(BEGIN + 7) == BEGIN + night % 7, factor, 1.0)
        rows = errors(rng, BEGIN + 7, level=level)
        alarms += measure_residual_drift(rows, rows)["drifted"].any()
    assert alarms / 70 <= FALSE_ALARM + 3 * math.sqrt(FALSE_ALARM / 70)


def test_one_bad_day_of_a_quiet_segment_is_never_drift():
    rng = np.random.default_rng(14)
    level = np.where(np.arange(BEGIN + 7) == BEGIN + 3, 100.0, 1.0)
    rows = errors(rng, BEGIN + 7, level=level, spread=0.0)
    assert not measure_residual_drift(rows, rows)["drifted"].any()


def test_a_bad_day_in_the_past_does_not_blind():
    rng = np.random.default_rng(7)
    level = np.where(np.arange(BEGIN + 7) < BEGIN, 1.0, 1.4)
    level[[10, 30]] = 6.0
    night = errors(rng, BEGIN + 7, level=level)
    assert measure_residual_drift(night, night)["drifted"].mean() > 0.9


def test_larger_errors_without_bias_are_drift():
    rng = np.random.default_rng(8)
    night = errors(rng, BEGIN + 7)
    recent = pl.col("business_date") > TODAY - dt.timedelta(days=7)
    worse = night.with_columns(
        absolute_error=pl.when(recent)
        .then(pl.col("absolute_error") * 1.6)
        .otherwise("absolute_error")
    )
    found = measure_residual_drift(worse, worse)
    assert found["drifted"].mean() > 0.9
    assert found["bias"].abs().max() < 0.2


def test_certain_but_harmless_bias_is_not_drift():
    rng = np.random.default_rng(9)
    shift = np.where(np.arange(BEGIN + 7) < BEGIN, 1.0, 1.05)
    night = errors(rng, BEGIN + 7, level=shift, spread=0.001, segments=3).with_columns(
        pl.col("actual", "forecast", "absolute_error") * 1000
    )
    found = measure_residual_drift(night, night)
    assert not found["drifted"].any()


def test_only_the_segment_that_moved_is_named():
    rng = np.random.default_rng(10)
    shift = np.where(np.arange(BEGIN + 7) < BEGIN, 1.0, 1.5)
    moved = errors(rng, BEGIN + 7, segments=1, level=shift).with_columns(region=pl.lit("south"))
    night = pl.concat([errors(rng, BEGIN + 7), moved]).sample(fraction=1.0, shuffle=True, seed=1)
    found = measure_residual_drift(night, night)
    assert found.filter("drifted").select("region", "category").rows() == [("south", "c00")]
    assert found.equals(measure_residual_drift(night.reverse(), night))
    assert found.select("region", "category").rows() == sorted(
        found.select("region", "category").rows()
    )


def test_segments_without_enough_days_are_not_judged():
    rng = np.random.default_rng(11)
    night = errors(rng, 7 + 14, segments=2, level=3.0)
    begun = pl.col("business_date") > TODAY - dt.timedelta(days=20)
    short = night.filter((pl.col("category") == "c00") | begun)
    past = short.with_columns(forecast=pl.col("actual"))
    found = measure_residual_drift(short, past)
    assert found["drifted"].to_list() == [True, False]
    assert found["bias_z"].is_null().to_list() == [False, True]
    unknown = measure_residual_drift(night, past.clear())
    assert unknown["days"].to_list() == [7, 7]
    assert unknown["expected_wape"].null_count() == 2
    assert not unknown["drifted"].any()


def test_nothing_to_judge():
    night = errors(np.random.default_rng(12), 20)
    assert measure_residual_drift(night.clear(), night).is_empty()
    assert measure_residual_drift(night.clear(), night.clear()).is_empty()


@pytest.mark.parametrize("value", [-1.0, None, math.nan])
@pytest.mark.parametrize("name", ["actual", "forecast", "absolute_error"])
def test_bad_rows_are_named(name, value):
    night = errors(np.random.default_rng(13), 20, segments=1)
    worst = pl.col("business_date") == TODAY - dt.timedelta(days=2)
    bad = night.with_columns(pl.when(worst).then(pl.lit(value)).otherwise(name).alias(name))
    with pytest.raises(ValueError, match=f"north, c00 on 2025-06-28: {name} is {value}"):
        measure_residual_drift(bad, night)
