"""Baseline forecasts against simulated truth, bad input, and real sales."""

import datetime as dt
import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from forecasting.baseline.forecast import classify, clear_closed_days, forecast_baseline
from forecasting.distribution.counts import find_quantile
from forecasting.distribution.running_demand import RunningDemand
from forecasting.distribution.windows import sum_window_demand
from forecasting.history.unconstrain import unconstrain_demand
from quality_checks.contracts import CONTRACTS

START = dt.date(2024, 1, 1)
SHARED = Path(os.environ.get("PLENISH_SHARED_DATA", "../shared/data"))


def rows(series, *, closed_weekdays=()):
    """Rows of Unconstrained from {(sku, location): values}; NaN means unknown."""
    frames = []
    for (sku, location), values in series.items():
        dates = [START + dt.timedelta(days=i) for i in range(len(values))]
        closed = [date.weekday() in closed_weekdays for date in dates]
        demand = [
            None if c or np.isnan(v) else float(v) for v, c in zip(values, closed, strict=True)
        ]
        frames.append(
            pl.DataFrame(
                {
                    "region": "north",
                    "sku": sku,
                    "location": location,
                    "date": dates,
                    "sales": pl.Series(demand, dtype=pl.Float64).cast(pl.Int64),
                    "demand": pl.Series(demand, dtype=pl.Float64),
                    "censored": False,
                    "closed": closed,
                }
            )
        )
    return pl.concat(frames)


def last_day(days):
    return START + dt.timedelta(days=days - 1)


def of(found, sku, location="s1"):
    return found.filter(pl.col("sku") == sku, pl.col("location") == location)


@pytest.fixture(scope="module")
def simulated():
    """200 pairs, negative binomial with alpha 0.5 and a weekday pattern, and 28 days more."""
    rng = np.random.default_rng(11)
    profile = np.array([0.8, 0.8, 0.8, 0.8, 1.0, 1.6, 1.2])
    days = 182 + 28
    level = np.exp(rng.normal(0.8, 0.8, 200))
    mean = level[:, None] * profile[np.arange(days) % 7]
    demand = rng.negative_binomial(2, 2 / (2 + mean)).astype(float)
    names = [(f"k{i // 10:02d}", f"s{i % 10}") for i in range(200)]
    history = rows({name: demand[i, :182] for i, name in enumerate(names)})
    found = forecast_baseline(history, horizon=28, as_of=last_day(182))
    return history, found, mean[:, 182:], demand[:, 182:]


def test_contract_and_completeness(simulated):
    _, found, mean, _ = simulated
    conformed = CONTRACTS["forecast"].conform(
        found.with_columns(business_date=pl.lit(last_day(182)))
    )
    assert conformed.height == mean.size
    assert conformed.drop("business_date").equals(found.select(conformed.columns[1:]))
    assert found["date"].min() == last_day(183)
    assert set(found["model"]) <= {"SimpleExponentialSmoothing", "TSB"}


def test_recovers_means_weekdays_and_dispersion(simulated):
    _, found, mean, _ = simulated
    ours = found["mean"].to_numpy().reshape(mean.shape)
    assert ours.sum() == pytest.approx(mean.sum(), rel=0.05)
    by_weekday = ours.reshape(-1, 4, 7).sum(axis=(0, 1)) / ours.sum()
    truth = mean.reshape(-1, 4, 7).sum(axis=(0, 1)) / mean.sum()
    assert by_weekday == pytest.approx(truth, rel=0.05)
    alpha = ((found["variance"] - found["mean"]) / found["mean"] ** 2).median()
    assert alpha == pytest.approx(0.5, abs=0.12)


def test_intervals_of_sums_cover_what_they_say(simulated):
    _, found, _, demand = simulated
    pairs = found.select("sku", "location").unique(maintain_order=True)
    windows = pairs.with_columns(days=pl.lit(14.0), lead_time_sd=pl.lit(0.0), wait_days=0)
    sums = sum_window_demand(RunningDemand.of(found, found["date"].min()), windows)
    low = find_quantile(sums["mean"], sums["variance"], 0.1)
    high = find_quantile(sums["mean"], sums["variance"], 0.9)
    sold = demand[:, :14].sum(axis=1)
    assert 0.74 < ((sold >= low) & (sold <= high)).mean() < 0.92


def test_same_rows_in_any_order_give_the_same_forecast(simulated):
    history, found, _, _ = simulated
    shuffled = history.sample(fraction=1.0, shuffle=True, seed=4)
    assert forecast_baseline(shuffled, horizon=28, as_of=last_day(182)).equals(found)


def test_reads_nothing_after_as_of(simulated):
    history, _, _, _ = simulated
    early = last_day(150)
    ours = forecast_baseline(history, horizon=7, as_of=early)
    assert ours.equals(
        forecast_baseline(history.filter(pl.col("date") <= early), horizon=7, as_of=early)
    )


def test_classes_of_syntetos_boylan_croston():
    nan = np.nan
    demand = np.array(
        [
            [5, 6, 5, 4, 5, 6, 5, 4],  # every day, even
            [1, 30, 1, 1, 25, 1, 1, 40],  # every day, uneven
            [0, 2, 0, 0, 2, 0, 0, 2],  # every 2.67 days, even
            [0, 1, 0, 0, 30, 0, 0, 1],  # every 2.67 days, uneven
            [0, 0, 0, 0, 0, 0, 0, 0],
            [nan] * 8,
            [nan, 3, 3, nan, 3, nan, nan, 3],  # every known day
        ]
    )
    assert classify(demand).tolist() == [
        "smooth",
        "erratic",
        "intermittent",
        "lumpy",
        "intermittent",
        "unknown",
        "smooth",
    ]


def test_unknown_days_are_not_zero():
    rng = np.random.default_rng(2)
    values = rng.poisson(6, 120).astype(float)
    gaps = values.copy()
    gaps[rng.random(120) < 0.4] = np.nan
    gaps[80:115] = np.nan
    found = forecast_baseline(
        rows({("a", "s1"): values, ("b", "s1"): gaps}), horizon=7, as_of=last_day(120)
    )
    assert of(found, "b")["mean"].mean() == pytest.approx(6, rel=0.15)


def test_days_without_rows_are_unknown():
    values = np.full(60, 4.0)
    sparse = rows({("a", "s1"): values}).filter(pl.col("date").dt.day() % 3 == 0)
    found = forecast_baseline(sparse, horizon=7, as_of=last_day(70))
    assert found["mean"].to_numpy() == pytest.approx(4, rel=0.1)


def test_a_weekly_day_of_rest_is_forecast_at_zero_and_a_closed_store_is_not():
    rng = np.random.default_rng(2)
    values = rng.poisson(6, 84).astype(float)
    resting = rows({("a", "s1"): values}, closed_weekdays=(6,))
    shut = rows({("a", "s2"): values}).with_columns(
        closed=pl.col("date") > last_day(50),
        demand=pl.when(pl.col("date") <= last_day(50)).then("demand"),
    )
    found = forecast_baseline(pl.concat([resting, shut]), horizon=14, as_of=last_day(84))
    sunday = pl.col("date").dt.weekday() == 7
    rest = of(found, "a").filter(sunday)
    assert rest["mean"].to_list() == [0, 0]
    assert rest["variance"].to_list() == [0, 0]
    assert of(found, "a").filter(~sunday)["mean"].min() > 3
    assert of(found, "a", "s2")["mean"].min() > 3


def test_no_listed_pair_is_forecast_at_zero():
    values = np.full(180, 2.0)
    zeros = np.zeros(180)
    unknown = np.full(180, np.nan)
    found = forecast_baseline(
        rows(
            {
                ("a", "s1"): values,
                ("a", "s2"): zeros,
                ("a", "s3"): unknown,
                ("b", "s2"): zeros,
                ("c", "s1"): unknown,
            }
        ),
        horizon=7,
        as_of=last_day(180),
    )
    sold, never, unseen = (of(found, "a", name) for name in ("s1", "s2", "s3"))
    assert 0 < never["mean"].max() < 0.2
    assert 0 < of(found, "b", "s2")["mean"].max() < 0.1
    assert unseen["model"].unique().to_list() == ["pooled"]
    assert never["mean"].max() < unseen["mean"].min() < sold["mean"].max()
    spread = (pl.col("variance") / pl.col("mean") ** 2).mean()
    assert unseen.select(spread).item() > 2 * sold.select(spread).item()
    assert "c" not in found["sku"].to_list()


def test_a_new_series_leans_on_its_sku():
    rng = np.random.default_rng(8)
    series = {("a", f"s{i}"): rng.poisson(5, 100).astype(float) for i in range(8)}
    one = np.full(100, np.nan)
    one[-1] = 30
    found = forecast_baseline(rows({**series, ("a", "new"): one}), horizon=7, as_of=last_day(100))
    new = of(found, "a", "new")
    assert new["model"].unique().to_list() == ["HistoricAverage"]
    assert 5 < new["mean"].mean() < 30
    assert new["variance"].mean() > 2 * of(found, "a", "s1")["variance"].mean()


def test_a_spike_neither_crashes_nor_takes_over():
    rng = np.random.default_rng(8)
    series = {("a", f"s{i}"): rng.poisson(5, 150).astype(float) for i in range(6)}
    clean = forecast_baseline(rows(series), horizon=7, as_of=last_day(150))
    for day in (60, 149):
        spiked = {key: values.copy() for key, values in series.items()}
        spiked["a", "s0"][day] = 5000
        found = forecast_baseline(rows(spiked), horizon=7, as_of=last_day(150))
        assert of(found, "a", "s0")["mean"].mean() < 4 * of(clean, "a", "s0")["mean"].mean()
        assert of(found, "a", "s3")["mean"].mean() == pytest.approx(
            of(clean, "a", "s3")["mean"].mean(), rel=0.35
        )
        assert (found["variance"] < 10 * found["mean"] ** 2 + found["mean"]).all()


def test_one_day_in_all_is_a_forecast_too():
    found = forecast_baseline(rows({("a", "s1"): [3.0]}), horizon=3, as_of=START)
    assert found.height == 3
    assert (found["variance"] > found["mean"]).all()


def test_no_rows_no_forecast():
    empty = rows({("a", "s1"): [3.0]}).clear()
    assert forecast_baseline(empty, horizon=3, as_of=START).is_empty()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0])
def test_refuses_what_is_no_demand(value):
    history = rows({("a", "s1"): [1.0] * 5, ("b", "s1"): [1.0] * 5}).with_columns(
        demand=pl.when(pl.col("sku") == "b", pl.col("date") == last_day(4))
        .then(value)
        .otherwise("demand")
    )
    with pytest.raises(ValueError, match="demand of sku b, location s1, date 2024-01-04"):
        forecast_baseline(history, horizon=3, as_of=last_day(5))


def test_refuses_duplicates_and_an_empty_horizon():
    history = rows({("a", "s1"): [1.0] * 5})
    twice = pl.concat([history, history.filter(pl.col("date") == last_day(2))])
    with pytest.raises(ValueError, match="sku a, location s1, date 2024-01-02 comes more"):
        forecast_baseline(twice, horizon=3, as_of=last_day(5))
    with pytest.raises(ValueError, match="horizon must be at least 1"):
        forecast_baseline(history, horizon=0, as_of=last_day(5))


def test_beats_seasonal_naive_on_real_sales():
    path = SHARED / "freshretailnet50k" / "daily.parquet"
    if not path.exists():
        pytest.skip(f"FreshRetailNet-50K is not at {path}")
    cutoff = dt.date(2024, 5, 28)
    sales = (
        pl.scan_parquet(path)
        .filter(pl.col("store_id") < 6)
        .select(
            region=pl.col("city_id").cast(pl.String),
            sku=pl.col("product_id").cast(pl.String),
            location=pl.col("store_id").cast(pl.String),
            date="dt",
            sales=(pl.col("sale_amount") * 10).round().cast(pl.Int64),
            out_of_stock=pl.col("stockout_hours_6_22") > 0,
            stockout_hours=pl.col("stockout_hours_6_22").cast(pl.Int64),
            closed=pl.lit(False),
        )
        .collect()
    )
    known = unconstrain_demand(sales.filter(pl.col("date") <= cutoff))
    found = forecast_baseline(known, horizon=14, as_of=cutoff)
    key = ["sku", "location", "weekday"]
    weekday = pl.col("date").dt.weekday().alias("weekday")
    naive = sales.filter(
        pl.col("date") <= cutoff, pl.col("date") > cutoff - dt.timedelta(days=7)
    ).select("sku", "location", weekday, naive="sales")
    compared = (
        found.join(sales.filter(~pl.col("out_of_stock")), on=["sku", "location", "date"])
        .with_columns(weekday)
        .join(naive, on=key)
    )
    error = (compared["mean"] - compared["sales"]).abs().sum()
    naive_error = (compared["naive"] - compared["sales"]).abs().sum()
    assert compared.height > 1000
    assert error < 0.95 * naive_error


def test_nothing_sells_before_a_location_opens_and_after_it_closed():
    days = [dt.date(2025, 6, 2) + dt.timedelta(days=n) for n in range(4)]
    moments = dict.fromkeys(("mean", "variance", "mean_in_stock", "variance_in_stock"), 2.0)
    forecast = pl.DataFrame(
        [{"location": place, "date": day, **moments} for place in "abc" for day in days]
    )
    locations = pl.DataFrame(
        {
            "location": ["a", "b"],
            "opened_on": [days[1], None],
            "closed_on": [None, days[2]],
        }
    )
    found = clear_closed_days(forecast, locations)
    assert found.columns == forecast.columns
    sold = found.filter(pl.col("mean") > 0)
    assert sold.equals(sold.filter(pl.col("variance_in_stock") == 2))
    by_place = {place: sold.filter(location=place)["date"].to_list() for place in "abc"}
    assert by_place == {"a": days[1:], "b": days[:2], "c": days}
    with pytest.raises(ValueError, match="location a comes more than once"):
        clear_closed_days(forecast, pl.concat([locations, locations.head(1)]))


def weeks_of(factor, skus=("a",), first=START):
    """Frame of past factors, a week each from `first` on."""
    return pl.DataFrame(
        [
            {"sku": sku, "week": first + dt.timedelta(days=7 * week), "factor": float(value)}
            for sku in skus
            for week, value in enumerate(factor)
        ]
    )


def test_a_past_season_that_is_known_is_neither_level_nor_chance():
    rng = np.random.default_rng(4)
    season = np.where(np.arange(24) % 8 < 3, 2.5, 1.0)
    mean = 4 * np.repeat(season, 7)
    history = rows({("a", f"s{i:02d}"): rng.poisson(mean).astype(float) for i in range(80)})
    blind = forecast_baseline(history, horizon=7, as_of=last_day(168))
    knowing = forecast_baseline(history, horizon=7, as_of=last_day(168), past=weeks_of(season))
    assert knowing["mean"].mean() == pytest.approx(4.0, rel=0.05)
    over_poisson = {
        name: ((made["variance"] - made["mean"]) / made["mean"] ** 2).mean()
        for name, made in {"blind": blind, "knowing": knowing}.items()
    }
    # The errors of the level are all that is left of it.
    assert over_poisson["knowing"] < 0.02
    assert over_poisson["blind"] > 0.1
    assert knowing["correlation"].max() < blind["correlation"].min()


def test_days_and_items_without_a_past_factor_are_like_today():
    history = rows({("a", "s1"): [3.0] * 60, ("b", "s1"): [1.0, 2.0] * 30})
    known = forecast_baseline(history, horizon=7, as_of=last_day(60))
    other_item = forecast_baseline(
        history, horizon=7, as_of=last_day(60), past=weeks_of([2.0] * 8, skus=["z"])
    )
    before = START - dt.timedelta(days=28)
    other_days = forecast_baseline(
        history, horizon=7, as_of=last_day(60), past=weeks_of([2.0] * 4, ["a", "b"], before)
    )
    assert other_item.equals(known)
    assert other_days.equals(known)
