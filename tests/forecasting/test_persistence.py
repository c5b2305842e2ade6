"""How much of a day's deviation lasts: measured on days whose truth is known."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from forecasting.history.persistence import DEFAULT_PERSISTENCE, day_persistence

DAYS = 40


def hourly(rate_of_day, rate_of_half):
    """Two hours a day, around noon, of 300 pairs with 12 units a day on average."""
    before = np.random.default_rng(2).poisson(6 * rate_of_day * rate_of_half[0])
    after = np.random.default_rng(3).poisson(6 * rate_of_day * rate_of_half[1])
    pairs, days = before.shape
    frame = pl.DataFrame(
        {
            "sku": np.repeat([f"i{n}" for n in range(pairs)], days),
            "location": "s1",
            "date": [dt.date(2024, 1, 1) + dt.timedelta(days=d) for d in range(days)] * pairs,
            "before": before.ravel(),
            "after": after.ravel(),
        }
    )
    parts = [(9, "before"), (15, "after")]
    return pl.concat(
        frame.select("sku", "location", "date", hour=pl.lit(h), units=name) for h, name in parts
    )


def gamma(shape, size, seed):
    return np.random.default_rng(seed).gamma(shape, 1 / shape, size)


def test_a_rate_that_holds_all_day_persists():
    day = gamma(4, (300, DAYS), 1)
    assert day_persistence(hourly(day, np.ones((2, 300, DAYS)))) == pytest.approx(1, abs=0.1)


def test_halves_of_their_own_do_not():
    halves = gamma(4, (2, 300, DAYS), 1)
    assert day_persistence(hourly(np.ones((300, DAYS)), halves)) < 0.1


def test_both_at_once_are_shared_out():
    # Variance of the day's rate: 1/8 lasting; halves of 1/4 each add 1/8 and 1/64 to the day.
    found = day_persistence(hourly(gamma(8, (300, DAYS), 1), gamma(4, (2, 300, DAYS), 4)))
    whole = (1 + 1 / 8) * (1 + 1 / 8) - 1
    assert found == pytest.approx((1 / 8) / whole, abs=0.08)


def test_too_little_to_measure_takes_the_default():
    day = hourly(np.ones((1, 3)), np.ones((2, 1, 3)))
    assert day_persistence(day) == DEFAULT_PERSISTENCE
