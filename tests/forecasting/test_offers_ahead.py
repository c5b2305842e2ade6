"""Offers in the forecast: out of what past days teach, on the days ahead, and not beyond them."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from forecasting.adjust import add_offers, add_offers_of_weeks, find_usual_offers
from forecasting.baseline import forecast_baseline
from forecasting.distribution import sum_window_demand
from forecasting.distribution.running_demand import RunningDemand
from forecasting.price_response import measure_offer_effects

START = dt.date(2025, 1, 6)
DAYS = 182
AS_OF = START + dt.timedelta(days=DAYS - 1)
ITEMS = pl.DataFrame({"sku": ["A"], "category": ["shirts"]})
RESPONSES = pl.DataFrame({"sku": ["A"], "slope": [-1.0]})
PLACES = [f"s{number:02d}" for number in range(40)]


def offered(days, price=0.5, *, promoted=True, places=PLACES, told=dt.timedelta(days=-28)):
    """Frame `offers` of item A, `days` counted from AS_OF."""
    dates = [AS_OF + dt.timedelta(days=day) for day in days]
    return pl.DataFrame(
        {
            "sku": "A", "location": place, "date": date, "price": price, "promoted": promoted,
            "announced_on": date + told,
        }
        for place in places for date in dates
    )  # fmt: skip


def history(mean):
    """Rows of the contract Unconstrained: Poisson demand of item A at every place."""
    rng = np.random.default_rng(3)
    return pl.concat(
        pl.DataFrame(
            {
                "region": "north", "sku": "A", "location": place,
                "date": [START + dt.timedelta(days=day) for day in range(DAYS)],
                "demand": rng.poisson(mean).astype(float), "censored": False, "closed": False,
            }
        )
        for place in PLACES
    )  # fmt: skip


def forecast(offers, mean):
    """The forecast by day, and the weeks ahead, of item A with what is offered."""
    past, effects = history(mean), measure_offer_effects(offers, RESPONSES)
    plain = forecast_baseline(past, horizon=28, as_of=AS_OF, offers=effects)
    usual = find_usual_offers(past, effects, ITEMS)
    by_day = add_offers(plain, effects, usual, as_of=AS_OF)
    weeks = pl.DataFrame(
        {
            "sku": "A", "week": [AS_OF + dt.timedelta(days=1 + 7 * week) for week in range(52)],
            "factor": 1.0, "offers": 1.0, "level_variance": 0.0,
        }
    )  # fmt: skip
    return by_day, add_offers_of_weeks(weeks, by_day, effects, usual, as_of=AS_OF)


def window(made, days):
    """Units that the mean place is expected to ask for from AS_OF on."""
    by_day, weeks = made
    demand = RunningDemand.of(by_day, AS_OF + dt.timedelta(days=1), weeks)
    asked = pl.DataFrame(
        {
            "sku": "A", "location": PLACES, "days": float(days), "lead_time_sd": 0.0,
            "wait_days": 0.0,
        }
    )  # fmt: skip
    return sum_window_demand(demand, asked)["mean"].mean()


PROMOTED = np.isin(np.arange(DAYS) - DAYS + 1, np.arange(-12, 1))
"""The last thirteen days: what a smoothed level would take for its own."""


def test_a_promotion_that_ends_is_neither_level_nor_chance():
    mean = np.where(PROMOTED, 8.0, 4.0)
    offers = offered(range(-12, 4))
    by_day, _ = forecast(offers, mean)
    blind = forecast_baseline(history(mean), horizon=28, as_of=AS_OF)
    of_days = by_day.group_by("date", maintain_order=True).agg(pl.col("mean").mean())["mean"]
    assert of_days[:3].mean() == pytest.approx(8.0, rel=0.06)
    assert of_days[3:].mean() == pytest.approx(4.0, rel=0.06)
    assert blind["mean"].mean() > 6.0

    def over_poisson(made):
        return ((made["variance"] - made["mean"]) / made["mean"] ** 2).mean()

    assert over_poisson(by_day) < over_poisson(blind) / 2


def test_windows_go_on_without_a_promotion_that_ends_and_with_what_is_usual():
    # A promotion ran on 13 of 182 days, and one runs through the last week of the forecast.
    mean = np.where(PROMOTED, 8.0, 4.0)
    made = forecast(offered([*range(-12, 1), *range(22, 29)]), mean)
    before = made[0].filter(pl.col("date") <= AS_OF + dt.timedelta(days=21))
    level = before["mean"].mean()
    ahead = window(made, 28)
    assert ahead == pytest.approx(level * (21 + 14), rel=0.01)
    usual = 1 + 13 / DAYS
    assert window(made, 84) - ahead == pytest.approx(56 * level * usual, rel=0.01)


@pytest.mark.parametrize("promoted", [True, False])
def test_what_lasts_through_all_days_ahead_goes_on(promoted):
    offers = offered(range(-DAYS + 1, 29), promoted=promoted)
    made = forecast(offers, np.full(DAYS, 6.0))
    assert window(made, 28) == pytest.approx(28 * 6.0, rel=0.05)
    assert window(made, 84) == pytest.approx(3 * window(made, 28), rel=0.01)


def test_what_is_told_on_its_day_or_is_no_price_does_nothing():
    unseen = offered(range(-3, 1), told=dt.timedelta(0))
    assert measure_offer_effects(unseen, RESPONSES).is_empty()
    assert measure_offer_effects(offered([1], price=0.0), RESPONSES).is_empty()
    assert measure_offer_effects(offered([1], price=0.01), RESPONSES).is_empty()
    late = offered([-3], told=dt.timedelta(days=100))
    assert measure_offer_effects(late, RESPONSES)["effect"].unique().to_list() == [2.0]
    # An item of which no response is known sells as it does.
    assert measure_offer_effects(late, RESPONSES.clear()).is_empty()
