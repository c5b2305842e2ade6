"""Is the forecast there, is it plausible, and do records hide an empty shelf."""

import datetime as dt
import math

import polars as pl
import pytest
from scipy import stats

from quality_checks.checks.demand import judge_forecast, judge_phantom

TODAY = dt.date(2025, 9, 30)


def history(series, *, region="north", days=28, censored=False):
    """Rows of `Unconstrained` from sku -> a day's demand, the same every day; None is unknown."""
    dates = [TODAY - dt.timedelta(days=n) for n in range(days)]
    schema = {"region": pl.String, "sku": pl.String, "location": pl.String, "date": pl.Date}
    schema |= {
        "sales": pl.Int64,
        "demand": pl.Float64,
        "censored": pl.Boolean,
        "suspected": pl.Boolean,
    }
    rows = [
        (region, sku, "s1", day, demand, demand, censored, False)
        for sku, demand in series.items()
        for day in dates
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def forecast(series, *, region="north", variance=None, correlation=0.0, days=28):
    """Rows of `Forecast` from sku -> mean a day."""
    schema = {"region": pl.String, "sku": pl.String, "location": pl.String, "date": pl.Date}
    schema |= {"mean": pl.Float64, "variance": pl.Float64, "correlation": pl.Float64}
    rows = [
        (region, sku, "s1", TODAY + dt.timedelta(days=n), mean, variance or mean, correlation)
        for sku, mean in series.items()
        for n in range(1, days + 1)
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def position(**available):
    return pl.DataFrame(
        {
            "sku": list(available),
            "location": "s1",
            "available": pl.Series(available.values(), dtype=pl.Int64),
        }
    )


def judged(predicted, past):
    return {outcome.check.name: outcome for outcome in judge_forecast(predicted, past)}


def test_a_pair_without_a_forecast_is_named_and_warns():
    found = judged(forecast({"a": 5.0}), history({"a": 5, "b": 5}))["complete"]
    assert found.failing.rows() == [("b", "s1")]
    assert found.message == "1 pairs have no forecast and are not planned"
    assert not found.check.blocking


def test_a_forecast_like_its_history_passes():
    found = judged(forecast({"a": 5.0, "b": 1.0}), history({"a": 5, "b": 1}))
    assert all(outcome.passed for outcome in found.values())


@pytest.mark.parametrize(("mean", "plausible"), [(20.0, True), (20.1, False), (1.24, False)])
def test_a_region_beyond_four_times_its_history_blocks(mean, plausible):
    found = judged(forecast({"a": mean}), history({"a": 5}))["plausible"]
    assert found.passed is plausible
    assert found.check.blocking
    if not plausible:
        row = found.failing.row(0, named=True)
        assert row == {
            "region": "north",
            "observed": pytest.approx(35),
            "expected": pytest.approx(7 * mean),
        }


def test_regions_are_judged_one_by_one():
    past = pl.concat([history({"a": 5}), history({"b": 5}, region="south")])
    ahead = pl.concat([forecast({"a": 5.0}), forecast({"b": 50.0}, region="south")])
    assert judged(ahead, past)["plausible"].failing["region"].to_list() == ["south"]


def test_only_the_first_week_and_the_last_four_weeks_count():
    past = pl.concat(
        [
            history({"a": 5}),
            history({"a": 500}).with_columns(pl.col("date") - pl.duration(days=28)),
        ]
    )
    ahead = forecast({"a": 5.0}).with_columns(
        mean=pl.when(pl.col("date") > TODAY + dt.timedelta(days=7)).then(500.0).otherwise("mean")
    )
    assert judged(ahead, past)["plausible"].passed


def test_few_units_are_too_few_to_judge():
    assert judged(forecast({"a": 2.8}), history({"a": 0}))["plausible"].passed
    assert not judged(forecast({"a": 2.9}), history({"a": 0}))["plausible"].passed


def test_unknown_days_are_not_a_fall_of_demand():
    past = history({"a": 5}).with_columns(
        demand=pl.when(pl.col("date").dt.day() > 4).then(None).otherwise("demand")
    )
    assert past["demand"].null_count() > 20
    assert judged(forecast({"a": 5.0}), past)["plausible"].passed


def test_pairs_without_a_known_day_are_left_out_on_both_sides():
    launched = judged(forecast({"a": 5.0, "new": 50.0}), history({"a": 5, "new": None}))
    assert launched["plausible"].passed
    nothing_known = judged(forecast({"new": 50.0}), history({"new": None}))
    assert nothing_known["plausible"].passed


def test_stock_that_does_not_sell_is_suspect():
    found = judge_phantom(forecast({"a": 1.0}), history({"a": 0}), position(a=4))
    row = found.failing.row(0, named=True)
    assert (row["sku"], row["available"], row["days"]) == ("a", 4, 14)
    assert row["probability"] == pytest.approx(math.exp(-14))
    assert found.message == "1 pairs may hold stock only on paper"
    assert not found.check.blocking


def test_the_probability_of_silence_is_that_of_the_negative_binomial():
    # 14 days of mean 3 and variance 12: mean 42, variance 168, so r = 14 and p = 1 / 4.
    found = judge_phantom(forecast({"a": 3.0}, variance=12.0), history({"a": 0}), position(a=1))
    assert found.failing["probability"][0] == pytest.approx(stats.nbinom.pmf(0, 14, 0.25))


@pytest.mark.parametrize(
    ("mean", "variance", "suspect"),
    # exp(-14 m) is below 0.001 from m = 0.4934 on; spread makes silence likelier.
    [(0.50, 0.50, True), (0.49, 0.49, False), (0.50, 5.0, False), (0.0, None, False)],
)
def test_silence_that_is_probable_is_not_suspect(mean, variance, suspect):
    ahead = forecast({"a": mean}, variance=variance)
    assert judge_phantom(ahead, history({"a": 0}), position(a=4)).passed is not suspect


@pytest.mark.parametrize(
    ("past", "stock"),
    [
        (history({"a": 0}), position(a=0)),
        (history({"a": 0}), position(a=None)),
        (history({"a": 0}), position(b=4)),
        (history({"a": 0}, censored=True), position(a=4)),
        (history({"a": None}), position(a=4)),
        (history({"a": 1}), position(a=4)),
    ],
    ids=["no stock", "unknown stock", "not placed", "stocked out", "unknown sales", "sells"],
)
def test_nothing_is_suspect_without_stock_and_known_silence(past, stock):
    assert judge_phantom(forecast({"a": 5.0}), past, stock).passed


def test_an_older_sale_does_not_clear_and_a_recent_one_does():
    def sold(days_ago):
        day = TODAY - dt.timedelta(days=days_ago)
        sales = pl.when(pl.col("date") == day).then(1).otherwise("sales")
        return history({"a": 0}).with_columns(sales=sales)

    ahead = forecast({"a": 2.0})
    assert not judge_phantom(ahead, sold(14), position(a=4)).passed
    assert judge_phantom(ahead, sold(13), position(a=4)).passed


def test_the_least_probable_silence_comes_first():
    found = judge_phantom(
        forecast({"a": 1.0, "b": 2.0, "c": 2.0}),
        history({"a": 0, "b": 0, "c": 0}),
        position(c=1, b=1, a=1),
    )
    assert found.failing["sku"].to_list() == ["b", "c", "a"]


def test_days_that_go_together_make_silence_likelier():
    # 14 silent days of mean 0.5: exp(-7) = 0.0009 where days are independent.
    past, stock = history({"a": 0}), position(a=4)
    assert not judge_phantom(forecast({"a": 0.5}), past, stock).passed
    # With correlation 0.2 the variance of the sum is 3.6 means: (1 / 3.6) ** (7 / 2.6) = 0.032.
    assert judge_phantom(forecast({"a": 0.5}, correlation=0.2), past, stock).passed
