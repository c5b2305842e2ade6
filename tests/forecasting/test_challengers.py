"""The backtest of level models against simulated truth and theory, and what the choice does."""

import datetime as dt
import math

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from forecasting.baseline.challengers import backtest_challengers, choose_level_models
from forecasting.baseline.forecast import (
    DEFAULT_CHOICE,
    LEVEL_MODELS,
    clear_days_after_exit,
    forecast_baseline,
    pair_classes,
)

START = dt.date(2024, 1, 1)
H = 14


def day(index):
    return START + dt.timedelta(days=index)


def rows(units):
    """Rows of Unconstrained; units is series x days, NaN where unknown."""
    series, days = units.shape
    at = np.tile(np.arange(days), series)
    demand = pl.Series(units.ravel().astype(float)).fill_nan(None)
    return pl.DataFrame(
        {
            "region": "north",
            "sku": [f"k{i:04}" for i in range(series) for _ in range(days)],
            "location": "s1",
            "date": pl.Series([day(i) for i in range(days)])[at],
            "sales": demand.cast(pl.Int64),
            "demand": demand,
            "censored": False,
            "closed": False,
        }
    )


def of(scores, model):
    return scores.filter(pl.col("model") == model)


@pytest.fixture(scope="module")
def steady():
    """200 pairs of stationary Poisson demand of 4 a day over 140 days."""
    return np.random.default_rng(1).poisson(4, (200, 140)).astype(float)


@pytest.fixture(scope="module")
def steady_scores(steady):
    return backtest_challengers(rows(steady), horizon=H, as_of=day(139), seed=0)


def test_every_model_is_near_the_least_error_of_stationary_demand(steady_scores):
    # Mean absolute deviation of a Poisson of whole mean m: 2 m^(m + 1) exp(-m) / m!
    least = 2 * 4**5 * math.exp(-4) / math.factorial(4) / 4
    models = steady_scores.filter(pl.col("class") == "smooth")
    assert set(models["model"]) == {*LEVEL_MODELS, "WeekdayMean"}
    means = models.group_by("model").agg(pl.col("wape", "bias").mean())
    level = means.filter(pl.col("model") != "WeekdayMean")
    assert level["wape"].is_between(0.97 * least, 1.08 * least).all()
    assert level["bias"].is_between(-0.06, 0.06).all()
    # Four observations a weekday carry a quarter more variance than none.
    assert of(means, "WeekdayMean")["wape"].item() > level["wape"].max()
    assert of(models, "WeekdayMean")["pinball"].is_null().all()


def test_origins_lie_a_horizon_apart_and_score_each_day_once(steady_scores):
    ses = of(steady_scores, "TSB").filter(pl.col("class") == "smooth")
    assert ses["origin"].to_list() == [day(139 - 3 * H), day(139 - 2 * H), day(139 - H)]
    assert (ses["days"] == ses["series"] * H).all()


def test_the_chosen_model_forecasts_stationary_demand_better(steady, steady_scores):
    choice = choose_level_models(steady_scores)
    # Weights fitted to a level that never moves are flatter than the fixed ones.
    assert choice["smooth"] in {"ADIDA", "AutoETS"}

    def error(found):
        return float(((found["mean"] - 4) ** 2).mean())

    history = rows(steady)
    default = forecast_baseline(history, horizon=H, as_of=day(139))
    chosen = forecast_baseline(history, horizon=H, as_of=day(139), choice=choice)
    assert error(chosen) < error(default)
    assert set(chosen["model"]) <= {choice["smooth"], "TSB"}


def test_croston_overshoots_demand_that_dies():
    """Croston's level stays up while nothing sells (Teunter, Syntetos and Babai 2011)."""
    rng = np.random.default_rng(2)
    chance = np.where(np.arange(140) < 100, 0.5, 0.5 * 0.97 ** (np.arange(140) - 100))
    units = rng.binomial(1, chance, (200, 140)) * rng.poisson(5, (200, 140))
    scores = backtest_challengers(rows(units), horizon=H, as_of=day(139), seed=0)
    # Its factor of 0.95 takes away a small part of that only.
    late = scores.filter(pl.col("origin") == day(139 - H))
    kind = "lumpy" if "lumpy" in late["class"] else "intermittent"
    late = late.filter(pl.col("class") == kind)
    assert of(late, "CrostonSBA")["bias"].item() > of(late, "TSB")["bias"].item() > 0
    assert choose_level_models(scores)[kind] != "CrostonSBA"


def test_weekday_mean_repeats_a_week():
    units = np.tile([3.0, 0, 1, 2, 5, 9, 7], (3, 10))
    scores = backtest_challengers(rows(units), horizon=H, as_of=day(69), seed=0)
    mean = of(scores, "WeekdayMean")
    assert mean["wape"].to_list() == pytest.approx([0.0] * 3)
    assert mean["bias"].to_list() == pytest.approx([0.0] * 3)


def test_nothing_after_the_date_is_read_and_row_order_does_not_matter(steady):
    all_rows = rows(steady[:20])
    cut = all_rows.filter(pl.col("date") <= day(100))
    asked = {"horizon": H, "as_of": day(100), "seed": 3}
    found = backtest_challengers(all_rows, **asked)
    assert_frame_equal(found, backtest_challengers(cut, **asked))
    shuffled = all_rows.sample(fraction=1, shuffle=True, seed=1)
    assert_frame_equal(found, backtest_challengers(shuffled, **asked))


def test_days_whose_sales_are_not_demand_are_not_scored(steady):
    last = pl.col("date") > day(139 - H)
    weekend = pl.col("date").dt.weekday() > 5
    marred = rows(steady[:30]).with_columns(
        censored=last & weekend, demand=pl.when(last & weekend).then(9e3).otherwise("demand")
    )
    found = backtest_challengers(marred, horizon=H, as_of=day(139), seed=0)
    tsb = of(found, "TSB").filter(origin=day(139 - H)).select("series", "days", "wape").sum()
    assert tsb.row(0)[:2] == (30, 30 * 10)
    assert tsb["wape"].item() < 1


def test_at_most_five_hundred_series_of_a_class_are_drawn():
    units = np.random.default_rng(4).poisson(6, (560, 42))
    asked = {"horizon": 7, "as_of": day(41)}
    scores = backtest_challengers(rows(units), seed=1, **asked)
    assert set(scores["series"]) == {500}
    other = backtest_challengers(rows(units), seed=2, **asked)
    assert scores["wape"].to_list() != other["wape"].to_list()


def test_choice_is_by_mean_over_origins_where_it_pays_with_ties_by_name():
    def scored(kind, model, values, days=9999):
        return [
            {
                "class": kind,
                "model": model,
                "origin": day(i),
                "series": 9,
                "days": days,
                "wape": 0.0,
                "bias": 0.0,
                "pinball": value,
            }
            for i, value in enumerate(values)
        ]

    scores = pl.DataFrame(
        [
            *scored("smooth", "TSB", [1.0, 5.0]),
            *scored("smooth", "ADIDA", [2.0, 2.0]),
            *scored("smooth", "AutoETS", [3.0, 1.0]),
            *scored("smooth", "SimpleExponentialSmoothing", [2.1, 2.1]),
            *scored("smooth", "WeekdayMean", [None, None]),
            *scored("intermittent", "TSB", [1.0, 1.0]),
            *scored("intermittent", "ADIDA", [0.992, 0.992]),
            *scored("lumpy", "TSB", [1.0, 1.0], days=10),
            *scored("erratic", "SimpleExponentialSmoothing", [1.0, 1.0]),
        ],
        schema_overrides={"pinball": pl.Float64},
    )
    assert choose_level_models(scores) == {
        "smooth": "ADIDA",
        "erratic": "SimpleExponentialSmoothing",
        "intermittent": "TSB",
    }


def test_no_choice_is_the_default_choice(steady):
    history = rows(steady[:10])
    assert_frame_equal(
        forecast_baseline(history, horizon=H, as_of=day(139)),
        forecast_baseline(history, horizon=H, as_of=day(139), choice=DEFAULT_CHOICE),
    )


@pytest.mark.parametrize("model", sorted(LEVEL_MODELS))
def test_every_model_takes_constant_empty_and_broken_series(model):
    units = np.full((4, 60), 3.0)
    units[1] = 0
    units[2, ::2] = np.nan
    units[3, :50] = np.nan
    choice = dict.fromkeys(DEFAULT_CHOICE, model)
    found = forecast_baseline(rows(units), horizon=H, as_of=day(59), choice=choice)
    assert found.height == 4 * H
    assert found["mean"].is_finite().all()
    assert found["variance"].is_finite().all()
    of_three = found.filter(pl.col("sku").is_in(["k0000", "k0002"]))
    assert of_three["mean"].is_between(2.5, 3.3).all()
    assert set(of_three["model"]) == {model}


@pytest.mark.parametrize("model", sorted(LEVEL_MODELS))
def test_a_pair_that_stopped_selling_long_ago_decays(model):
    rng = np.random.default_rng(6)
    alive = rng.poisson(2.0, (20, 250)).astype(float)
    dead = alive.copy()
    dead[:, 100:] = 0
    history = rows(np.vstack([alive, dead]))
    choice = dict.fromkeys(DEFAULT_CHOICE, model)
    found = forecast_baseline(history, horizon=H, as_of=day(249), choice=choice)
    mean = found.group_by("sku", maintain_order=True).agg(pl.col("mean").mean())["mean"]
    assert (mean[:20] > 1).all()
    assert (mean[20:] < 0.1).all()


def test_class_names_series_without_much_history_new():
    units = np.full((2, 60), 3.0)
    units[1, :50] = np.nan
    assert pair_classes(rows(units), day(59))["class"].to_list() == ["smooth", "new"]


def test_forecast_ends_with_the_item(steady):
    forecast = forecast_baseline(rows(steady[:3]), horizon=H, as_of=day(139))
    products = pl.DataFrame(
        {"sku": ["k0000", "k0001"], "exit_date": [day(141), None]},
        schema_overrides={"exit_date": pl.Date},
    )
    found = clear_days_after_exit(forecast, products)
    sold = found.filter(pl.col("mean") > 0).group_by("sku", maintain_order=True).len()
    # Its last day on sale still sells: two of the days ahead.
    assert sold.rows() == [("k0000", 2), ("k0001", H), ("k0002", H)]
    over = found.filter(pl.col("mean") == 0)
    assert over["date"].min() == day(142)
    assert over["variance"].to_list() == [0.0] * (H - 2)
    kept = pl.col("sku") != "k0000"
    assert_frame_equal(found.filter(kept), forecast.filter(kept))


def test_refusals(steady):
    history = rows(steady[:2])
    with pytest.raises(ValueError, match="horizon must be at least 1"):
        backtest_challengers(history, horizon=0, as_of=day(139), seed=0)
    with pytest.raises(ValueError, match="no series has a history"):
        backtest_challengers(history, horizon=H, as_of=day(15), seed=0)
    with pytest.raises(ValueError, match="Prophet is not a model"):
        forecast_baseline(history, horizon=H, as_of=day(139), choice={"smooth": "Prophet"})
    with pytest.raises(ValueError, match="bumpy is not a class"):
        forecast_baseline(history, horizon=H, as_of=day(139), choice={"bumpy": "TSB"})
    twice = pl.DataFrame({"sku": ["a", "a"], "exit_date": [day(1), day(2)]})
    with pytest.raises(ValueError, match="sku a comes more than once"):
        clear_days_after_exit(forecast_baseline(history, horizon=H, as_of=day(139)), twice)
