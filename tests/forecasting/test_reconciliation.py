"""Levels that agree: against the dense formula, simulated truth, and bad input."""

import datetime as dt
import itertools

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from forecasting.aggregates import forecast_aggregates
from forecasting.hierarchy import LEVELS, forecast_levels
from forecasting.reconciliation import backtest_reconciliation, lowers_error, reconcile

START = dt.date(2024, 1, 1)
CATEGORY = {"k1": "c1", "k2": "c1", "k3": "c2"}
REGION = {"s1": "north", "s2": "north", "s3": "south", "s4": "south"}
PAIRS = list(itertools.product(CATEGORY, REGION))


def day(index):
    return START + dt.timedelta(days=index)


def bottom_of(mean, variance):
    """A bottom forecast of all pairs; mean and variance are pairs x days."""
    days = mean.shape[1]
    return pl.DataFrame(
        [
            {
                "sku": sku,
                "location": location,
                "region": REGION[location],
                "category": CATEGORY[sku],
                "date": day(ahead),
                "mean": float(mean[row, ahead]),
                "variance": float(variance[row, ahead]),
            }
            for row, (sku, location) in enumerate(PAIRS)
            for ahead in range(days)
        ]
    )


def at(level, mean, variance, date=START, **keys):
    """A row of aggregates."""
    return {
        "level": level,
        "sku": keys.get("sku"),
        "category": keys.get("category"),
        "region": keys.get("region"),
        "date": date,
        "mean": mean,
        "variance": variance,
    }


def aggregates_of(*rows):
    schema = dict.fromkeys(("level", "sku", "category", "region"), pl.String)
    return pl.DataFrame(
        list(rows), schema={**schema, "date": pl.Date, "mean": float, "variance": float}
    )


def matrix_of(rows):
    """Which pairs each row of aggregates sums up."""
    return np.array(
        [
            [
                row["sku"] in (None, sku)
                and row["category"] in (None, CATEGORY[sku])
                and row["region"] in (None, REGION[location])
                for sku, location in PAIRS
            ]
            for row in rows
        ],
        dtype=float,
    )


def minimum_trace(b, w_b, a, w_a, c):
    gain = np.diag(w_b) @ c.T @ np.linalg.inv(np.diag(w_a) + c @ np.diag(w_b) @ c.T)
    return b + gain @ (a - c @ b)


@pytest.fixture
def wide():
    """Bottom of three days with means so large that no bound is met."""
    rng = np.random.default_rng(1)
    return rng.uniform(80, 120, (12, 3)), rng.uniform(0.5, 30, (12, 3))


@pytest.mark.parametrize("lacking", [0, 5])
def test_equals_the_dense_formula_and_agrees(wide, lacking):
    mean, variance = wide
    rng = np.random.default_rng(2)
    bottom = bottom_of(mean, variance)
    rows = forecast_levels(bottom).rows(named=True)
    kept = sorted(rng.permutation(len(rows))[lacking * 3 :])
    rows = [
        {
            **rows[i],
            "mean": rows[i]["mean"] * rng.uniform(0.9, 1.1),
            "variance": rng.uniform(1, 40),
        }
        for i in kept
    ]
    found = reconcile(bottom, aggregates_of(*rows))
    dense = np.empty_like(mean)
    for ahead in range(3):
        own = [row for row in rows if row["date"] == day(ahead)]
        dense[:, ahead] = minimum_trace(
            mean[:, ahead],
            variance[:, ahead],
            np.array([row["mean"] for row in own]),
            np.array([row["variance"] for row in own]),
            matrix_of(own),
        )
    np.testing.assert_allclose(found["mean"].to_numpy().reshape(12, 3), dense, atol=1e-8)
    levels = forecast_levels(found)
    summed = [
        (matrix_of([row]) @ dense[:, (row["date"] - START).days]).item()
        for row in levels.rows(named=True)
    ]
    np.testing.assert_allclose(levels["mean"].to_numpy(), summed, atol=1e-6)


def test_levels_sum_up_and_agree_with_each_other(wide):
    mean, variance = wide
    levels = forecast_levels(bottom_of(mean, variance))
    of_level = levels.group_by("level", "date").agg(pl.col("mean", "variance").sum())
    assert set(of_level["level"]) == set(LEVELS)
    for level in LEVELS:
        sums = of_level.filter(pl.col("level") == level).sort("date")
        np.testing.assert_allclose(sums["mean"].to_numpy(), mean.sum(axis=0))
        np.testing.assert_allclose(sums["variance"].to_numpy(), variance.sum(axis=0))
    one = levels.filter(
        pl.col("level") == "sku_region", pl.col("sku") == "k2", pl.col("region") == "south"
    )
    np.testing.assert_allclose(one["mean"].to_numpy(), mean[6] + mean[7])
    assert set(one["category"]) == {"c1"}


def test_without_aggregates_nothing_moves(wide):
    bottom = bottom_of(*wide)
    found = reconcile(bottom.sample(fraction=1, shuffle=True, seed=1), aggregates_of())
    assert_frame_equal(found, bottom.sort("sku", "location", "date"))


def test_better_informed_totals_improve_every_level_as_theory_says():
    rng = np.random.default_rng(3)
    days = 400
    truth = rng.uniform(50, 100, (12, days))
    error, own_error = 6.0, 2.0
    bottom = bottom_of(truth + rng.normal(0, error, truth.shape), np.full(truth.shape, error**2))
    total = truth.sum(axis=0) + rng.normal(0, own_error, days)
    aggregates = aggregates_of(
        *[at("total", total[ahead], own_error**2, day(ahead)) for ahead in range(days)]
    )
    found = reconcile(bottom, aggregates)

    def squared(frame):
        return float(((frame["mean"].to_numpy().reshape(12, days) - truth) ** 2).mean())

    def squared_total(frame):
        sums = frame["mean"].to_numpy().reshape(12, days).sum(axis=0)
        return float(((sums - truth.sum(axis=0)) ** 2).mean())

    # Posterior variances with a sum observed: v - v^2 / (n v + w), and n v w / (n v + w).
    both = 12 * error**2 + own_error**2
    assert squared(bottom) == pytest.approx(error**2, rel=0.05)
    assert squared(found) == pytest.approx(error**2 - error**4 / both, rel=0.05)
    assert squared(found) < squared(bottom)
    assert squared_total(found) == pytest.approx(12 * error**2 * own_error**2 / both, rel=0.2)


def test_never_negative_and_sums_are_kept():
    mean = np.array([1.0, 40.0, 2.0, 30.0, *[10.0] * 8])[:, None]
    variance = np.array([30.0, 30.0, 50.0, 1.0, *[5.0] * 8])[:, None]
    exact = aggregates_of(
        at("sku_region", 15.0, 0.0, sku="k1", category="c1", region="north"),
        at("total", 60.0, 0.0),
    )
    found = reconcile(bottom_of(mean, variance), exact)
    assert found["mean"].min() >= 0
    north = found.filter(pl.col("sku") == "k1", pl.col("region") == "north")["mean"]
    # Both would lose 13 units: the first has one, so all is left to the second.
    assert north.to_list() == pytest.approx([0.0, 15.0])
    assert found["mean"].sum() == pytest.approx(60.0)


def test_days_of_rest_stay_at_zero():
    mean, variance = np.full((12, 1), 5.0), np.full((12, 1), 5.0)
    mean[3] = variance[3] = 0
    found = reconcile(bottom_of(mean, variance), aggregates_of(at("total", 110.0, 1.0)))
    assert found["mean"][3] == 0
    assert found["mean"].sum() > 100


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"region": pl.lit("east")}, "location s1 lies in more than one region: east, north"),
        ({"category": pl.lit("c9")}, "sku k1 lies in more than one category"),
        ({"mean": pl.lit(-1.0)}, "mean or variance .* sku k1, location s1"),
        ({"variance": pl.lit(float("nan"))}, "mean or variance"),
        ({"category": pl.lit(None, pl.String)}, "without a key"),
        ({"location": pl.lit("s2")}, "more than once"),
    ],
)
def test_bottom_is_refused(wide, change, message):
    first = (pl.col("sku") == "k1") & (pl.col("location") == "s1") & (pl.col("date") == START)
    bad = bottom_of(*wide).with_columns(
        **{name: pl.when(first).then(value).otherwise(name) for name, value in change.items()}
    )
    with pytest.raises(ValueError, match=message):
        reconcile(bad, aggregates_of())
    with pytest.raises(ValueError, match=message):
        forecast_levels(bad)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([at("city", 1.0, 1.0)], "city is not a level"),
        ([at("total", 1.0, None)], "mean or variance"),
        ([at("total", 1.0, 1.0), at("total", 2.0, 1.0)], "more than once"),
        ([at("category_region", 1.0, 1.0, category="c1")], "without a key"),
        ([at("category_region", 1.0, 1.0, category="c7", region="north")], "bottom lacks.*c7"),
        ([at("total", 1.0, 1.0, day(9))], "bottom lacks"),
    ],
)
def test_aggregates_are_refused(wide, rows, message):
    with pytest.raises(ValueError, match=message):
        reconcile(bottom_of(*wide), aggregates_of(*rows))


def history_of(units, *, closed_sundays=False):
    """Rows of Unconstrained with a category; units is pairs x days, NaN where unknown."""
    frames = []
    for (sku, location), values in zip(PAIRS, units, strict=True):
        dates = [day(i) for i in range(len(values))]
        closed = [closed_sundays and date.weekday() == 6 for date in dates]
        demand = pl.Series(values).fill_nan(None).cast(pl.Float64)
        frames.append(
            pl.DataFrame(
                {
                    "region": REGION[location],
                    "sku": sku,
                    "location": location,
                    "category": CATEGORY[sku],
                    "date": dates,
                    "demand": demand,
                    "closed": closed,
                    "censored": False,
                }
            ).with_columns(demand=pl.when(~pl.col("closed")).then("demand"))
        )
    return pl.concat(frames)


def totals(found):
    return found.filter(pl.col("level") == "total").sort("date")


def test_aggregates_know_the_week_and_that_unknown_is_not_zero():
    week = np.array([3.0, 4, 5, 6, 8, 12, 10])
    units = np.tile(week, (12, 12))
    units[:6, 30:50] = np.nan
    units[:, 60] = np.nan
    found = forecast_aggregates(history_of(units), horizon=14, as_of=day(83))
    np.testing.assert_allclose(totals(found)["mean"].to_numpy(), 12 * np.tile(week, 2), rtol=0.02)
    assert found.group_by("level").len().sort("level").rows() == [
        ("category_region", 4 * 14),
        ("sku_region", 6 * 14),
        ("total", 14),
    ]
    # The keys fit those of the bottom.
    ones = np.ones((12, 98))
    bottom = bottom_of(ones, ones).filter(pl.col("date") > day(83))
    assert reconcile(bottom, found)["mean"].mean() > 1


def test_closed_days_are_forecast_at_zero():
    units = np.random.default_rng(4).poisson(20, (12, 84)).astype(float)
    found = totals(
        forecast_aggregates(history_of(units, closed_sundays=True), horizon=7, as_of=day(83))
    )
    sunday = found.filter(pl.col("date").dt.weekday() == 7)["mean"].item()
    assert sunday < 12
    assert found.filter(pl.col("date").dt.weekday() < 7)["mean"].mean() == pytest.approx(
        240, rel=0.05
    )


def test_variance_of_independent_demand_is_that_of_its_sum():
    units = np.random.default_rng(5).negative_binomial(4, 0.2, (12, 210)).astype(float)
    # Mean 16 and variance 80 each.
    found = totals(forecast_aggregates(history_of(units), horizon=14, as_of=day(209)))
    assert found["mean"].mean() == pytest.approx(12 * 16, rel=0.05)
    assert found["variance"].mean() == pytest.approx(12 * 80, rel=0.25)


def test_short_histories_and_skus_never_seen_give_no_aggregate():
    units = np.full((12, 60), 5.0)
    units[:4, :40] = np.nan
    units[8:] = np.nan
    found = forecast_aggregates(history_of(units), horizon=7, as_of=day(59))
    assert set(found["sku"].drop_nulls()) == {"k2"}
    assert set(found["category"].drop_nulls()) == {"c1"}


def test_a_sku_that_never_sold_keeps_a_variance():
    units = np.full((12, 60), 5.0)
    units[:4] = 0
    found = forecast_aggregates(history_of(units), horizon=7, as_of=day(59))
    dead = found.filter(pl.col("sku") == "k1")
    assert (dead["mean"] < 0.05).all()
    assert (dead["variance"] > 0).all()


def test_the_future_is_not_read():
    units = np.random.default_rng(6).poisson(5, (12, 90)).astype(float)
    history = history_of(units)
    past = history.filter(pl.col("date") <= day(69))
    assert_frame_equal(
        forecast_aggregates(history, horizon=7, as_of=day(69)),
        forecast_aggregates(past, horizon=7, as_of=day(69)),
    )
    with pytest.raises(ValueError, match="horizon must be at least 1"):
        forecast_aggregates(history, horizon=0, as_of=day(69))


def constant(level, variance):
    """A forecaster that says the same of every pair and day."""

    def forecaster(demand, *, horizon, as_of):
        pairs = demand.select("sku", "location", "region").unique()
        dates = pl.DataFrame({"date": [as_of + dt.timedelta(days=1 + i) for i in range(horizon)]})
        return pairs.join(dates, how="cross").with_columns(
            mean=pl.lit(level), variance=pl.lit(variance)
        )

    return forecaster


def test_backtest_says_that_a_biased_bottom_gains():
    history = history_of(np.full((12, 80), 10.0))
    asked = {"horizon": 7, "as_of": day(79)}
    scores = backtest_reconciliation(history, **asked, forecaster=constant(15.0, 30.0))
    assert scores["origin"].to_list() == [day(65), day(72)] * 4
    assert scores["level"].unique(maintain_order=True).to_list() == ["sku_location", *LEVELS]
    assert scores["wape_bottom_up"].to_list() == pytest.approx([0.5] * 8)
    # Own forecasts of 10 a pair have the variance of Poisson counts, a third of that of the bottom.
    assert (scores["wape_reconciled"] < 0.25).all()
    assert lowers_error(scores)


def test_backtest_says_that_the_truth_gains_nothing():
    units = np.random.default_rng(7).poisson(10, (12, 80)).astype(float)
    scores = backtest_reconciliation(
        history_of(units), horizon=7, as_of=day(79), forecaster=constant(10.0, 10.0)
    )
    worse = scores["wape_reconciled"] - scores["wape_bottom_up"]
    assert worse.is_between(-0.05, 0.05).all()
    assert worse.filter(scores["level"] == "total").mean() > -0.01


def test_backtest_with_the_baseline_counts_known_days_only():
    rng = np.random.default_rng(8)
    units = rng.poisson(10, (12, 80)).astype(float)
    units[:, 75] = np.nan
    scores = backtest_reconciliation(history_of(units), horizon=7, as_of=day(79), origins=1)
    # The mean absolute deviation of a Poisson of mean 10 is 2.5.
    assert scores["wape_bottom_up"][0] == pytest.approx(0.25, abs=0.05)
    with pytest.raises(ValueError, match="origins must be"):
        backtest_reconciliation(history_of(units), horizon=7, as_of=day(79), origins=0)
    with pytest.raises(ValueError, match="no pair has a history"):
        backtest_reconciliation(history_of(units), horizon=7, as_of=day(3), origins=1)
    units[:, 73:] = 0
    with pytest.raises(ValueError, match="nothing sold"):
        backtest_reconciliation(history_of(units), horizon=7, as_of=day(79), origins=1)
