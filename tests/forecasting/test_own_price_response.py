"""Slopes by the retailer's own changes of price, against a truth that is known."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from forecasting.price_response import estimate_price_responses
from forecasting.price_response.changes import find_price_changes

FIRST = dt.date(2025, 1, 1)
DAYS = 182


def history(slopes, *, seed=5, level=6.0, effect=0.0, places=("north", "south")):
    """Frame `priced_days` of items with promotions of 20 to 40 %, in a season that rises."""
    rng = np.random.default_rng(seed)
    season = 1 + np.arange(DAYS) / DAYS
    rows = []
    for number, slope in enumerate(slopes):
        trend = np.exp(np.cumsum(0.02 * rng.standard_normal(DAYS)))
        price, promoted = np.ones(DAYS), np.zeros(DAYS, dtype=bool)
        for start in rng.choice(np.arange(14, DAYS - 14, 15), 4, replace=False):
            price[start : start + 10] = 1 - rng.choice([0.2, 0.3, 0.4])
            promoted[start : start + 10] = True
        lift = price**slope * np.exp(effect * promoted)
        for place in places:
            units = rng.poisson(level * season * trend * lift)
            rows.append(
                pl.DataFrame(
                    {
                        "sku": f"i{number:02}", "style": f"s{number // 4}", "category": "c",
                        "place": place, "date": [FIRST + dt.timedelta(days=d) for d in range(DAYS)],
                        "price": price, "promoted": promoted, "units": units.astype(float),
                        "usual": np.full(DAYS, units.mean()),
                    }
                )
            )  # fmt: skip
    days = pl.concat(rows)
    return days, days.select("sku", "style", "category").unique(maintain_order=True)


def test_a_change_is_told_by_the_days_on_both_sides():
    days, _ = history([-2.0])
    changes = find_price_changes(days)
    assert changes.height == 16
    begins, ends = changes.filter(promoted=1), changes.filter(promoted=-1)
    assert (begins["step"] < 0).all()
    assert (ends["step"] > 0).all()
    assert begins["usual_before"].min() > 0


def test_slopes_come_with_an_honest_width():
    rng = np.random.default_rng(8)
    truth = np.repeat(-2.0 + 0.5 * rng.standard_normal(12), 4)
    days, items = history(truth)
    found = estimate_price_responses(days, items)
    off = (found["slope"].to_numpy() - truth) / found["slope_sd"].to_numpy()
    assert (found["slope"] < 0).all()
    assert np.abs(found["slope"].to_numpy() - truth).mean() < 0.25
    assert (np.abs(off) < 1.2816).mean() >= 0.65
    assert found["slope_sd"].mean() < 0.4
    # Shrunk slopes are nearer to the truth than the items' own.
    own = np.abs(found["own_slope"].to_numpy() - truth).mean()
    assert np.abs(found["slope"].to_numpy() - truth).mean() < own


def test_an_item_without_a_change_is_as_its_style_and_less_sure():
    days, items = history([-1.5] * 8)
    silent = pl.DataFrame(
        {"sku": ["new", "other"], "style": ["s0", "x"], "category": ["c", "elsewhere"]}
    )
    found = estimate_price_responses(days, pl.concat([items, silent]))
    new, other = (found.filter(sku=sku).row(0, named=True) for sku in ("new", "other"))
    assert new["slope"] == pytest.approx(-1.5, abs=0.4)
    assert (new["changes"], new["own_slope"]) == (0, None)
    known = found.filter(pl.col("changes") > 0)
    assert known["slope_sd"].max() < new["slope_sd"] < other["slope_sd"]


def test_nothing_known_is_the_published_mean_and_wide():
    days, items = history([-1.5])
    found = estimate_price_responses(days.clear(), items).row(0, named=True)
    assert found["slope"] == pytest.approx(-2.62, abs=0.001)
    assert found["slope_sd"] > 1.5
    assert (found["basis"], found["changes"]) == ("assumed", 0)


def test_what_a_promotion_does_besides_is_not_the_price():
    plain, shown = (
        estimate_price_responses(*history([-1.5] * 40, effect=effect))["slope"].mean()
        for effect in (0.0, 0.2)
    )
    assert plain == pytest.approx(-1.5, abs=0.2)
    # Laid on the price, a lift by a fifth would move the slope by more than a half.
    assert shown == pytest.approx(-1.5, abs=0.4)


def test_the_luck_of_a_promotion_moves_a_slope_once_and_is_in_its_width():
    # Its days are told by its begin and by its end: twice the same luck, and not two draws of it.
    truth = [-1.5] * 60
    found = estimate_price_responses(*history(truth, level=1.0, places=("north",)))
    off = (found["own_slope"] + 1.5) / found["own_slope_sd"]
    assert (off**2).mean() ** 0.5 == pytest.approx(1.0, abs=0.2)


def test_slopes_do_not_lean_to_zero_where_few_sell():
    found = estimate_price_responses(*history([-2.0] * 120, level=0.15, places=("north",)))
    weight = found["own_slope_sd"] ** -2
    mean = (found["own_slope"] * weight).sum() / weight.sum()
    # By logs of what sold it would be half a step nearer to zero.
    assert mean == pytest.approx(-2.0, abs=0.4)


def test_what_no_one_knows_of_promotions_is_in_the_width_of_all_items():
    # All prices fall by the same share, and with a promotion: nothing tells one from the other.
    days, items = history([-1.5] * 24)
    alike = days.with_columns(
        price=pl.when("promoted").then(0.7).otherwise(1.0), units=pl.col("usual")
    )
    found = estimate_price_responses(alike, items)
    assert found["slope_sd"].min() > 0.5 / -np.log(0.7) * 0.6
