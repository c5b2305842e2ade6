"""The levels of a forecast: they sum up and agree, and a bottom that is none is refused."""

import datetime as dt
import itertools

import numpy as np
import polars as pl
import pytest

from forecasting.evaluation.levels import LEVELS, forecast_levels

START = dt.date(2024, 1, 1)
CATEGORY = {"k1": "c1", "k2": "c1", "k3": "c2"}
REGION = {"s1": "north", "s2": "north", "s3": "south", "s4": "south"}
PAIRS = list(itertools.product(CATEGORY, REGION))


def bottom_of(mean, variance):
    """A bottom forecast of all pairs; mean and variance are pairs x days."""
    return pl.DataFrame(
        [
            {
                "sku": sku,
                "location": location,
                "region": REGION[location],
                "category": CATEGORY[sku],
                "date": START + dt.timedelta(days=ahead),
                "mean": float(mean[row, ahead]),
                "variance": float(variance[row, ahead]),
            }
            for row, (sku, location) in enumerate(PAIRS)
            for ahead in range(mean.shape[1])
        ]
    )


@pytest.fixture
def wide():
    """Mean and variance of three days."""
    rng = np.random.default_rng(1)
    return rng.uniform(80, 120, (12, 3)), rng.uniform(0.5, 30, (12, 3))


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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"region": pl.lit("east")}, "s1"),
        ({"category": pl.lit("c9")}, "k1"),
        ({"mean": pl.lit(-1.0)}, "mean of sku k1, location s1"),
        ({"variance": pl.lit(float("nan"))}, "variance of sku k1, location s1"),
        ({"category": pl.lit(None, pl.String)}, "category of sku k1, location s1"),
        ({"location": pl.lit("s2")}, "sku k1, location s2, .*comes more than once"),
    ],
)
def test_a_bottom_that_is_no_forecast_of_a_tree_is_refused(wide, change, message):
    first = (pl.col("sku") == "k1") & (pl.col("location") == "s1") & (pl.col("date") == START)
    bad = bottom_of(*wide).with_columns(
        **{name: pl.when(first).then(value).otherwise(name) for name, value in change.items()}
    )
    with pytest.raises(ValueError, match=message):
        forecast_levels(bad)
