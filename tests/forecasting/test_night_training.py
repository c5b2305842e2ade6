"""The fallback that a challenger is held against is the one that would plan."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from forecasting.night import Assortment, KnownThen, PastWeeks, PricedOffers
from forecasting.night.training import score_fallback
from forecasting.outlook import estimate_outlook
from quality_checks.contracts import (
    EventDays,
    ItemGroups,
    ItemWeeks,
    LocationOpenings,
    NewItems,
    Offers,
    find_frame,
)

START, DAYS = dt.date(2025, 1, 6), 182
LAST = START + dt.timedelta(days=DAYS - 1)
NIGHT = LAST - dt.timedelta(days=14)
PLACES = [f"s{number:02d}" for number in range(40)]
PROMOTED = range(DAYS - 27, DAYS - 14)
"""The thirteen days up to the night: what comes after it is at full price."""


@pytest.fixture(scope="module")
def history():
    """Poisson demand of one item, twice as much on promoted days."""
    rng = np.random.default_rng(3)
    mean = np.where(np.isin(np.arange(DAYS), PROMOTED), 8.0, 4.0)
    return pl.concat(
        pl.DataFrame(
            {
                "region": "north", "sku": "A", "location": place,
                "date": [START + dt.timedelta(days=day) for day in range(DAYS)],
                "sales": 0, "demand": rng.poisson(mean).astype(float), "censored": False,
                "closed": False,
            }
        )
        for place in PLACES
    )  # fmt: skip


def offers():
    """Frame `offers` of the promotion."""
    days = [START + dt.timedelta(days=day) for day in PROMOTED]
    return pl.DataFrame(
        {
            "sku": "A", "location": place, "date": day, "price": 0.5, "promoted": True,
            "announced_on": START,
        }
        for place in PLACES for day in days
    )  # fmt: skip


def scored(history, known):
    products = pl.DataFrame(
        {"sku": ["A"], "style": ["A"], "category": ["shirts"], "department": ["d"],
         "launch_date": [START], "exit_date": [None], "list_price": [10.0], "like_sku": [None]},
        schema_overrides={"exit_date": pl.Date, "like_sku": pl.String},
    )  # fmt: skip
    night = KnownThen(
        as_of=NIGHT,
        past=PastWeeks(
            find_frame(ItemWeeks).empty(),
            products.select(find_frame(ItemGroups).schema.names()),
            find_frame(EventDays).empty(),
        ),
        priced=PricedOffers(known, pl.DataFrame({"sku": ["A"], "slope": [-1.0]})),
    )
    assortment = Assortment(
        find_frame(NewItems).empty(), products, find_frame(LocationOpenings).empty()
    )
    _, (scores,) = score_fallback(history, assortment, [night], LAST, seed=1)
    return scores


def test_a_promotion_that_ended_is_not_held_against_the_fallback(history):
    none = find_frame(Offers).empty()
    knowing, blind = scored(history, offers()), scored(history, none)
    assert knowing["origin"] == blind["origin"] == NIGHT
    assert abs(knowing["bias"]) < 0.05
    assert blind["bias"] > 0.4
    assert knowing["pinball"] < 0.8 * blind["pinball"]


def test_a_retailer_of_whom_no_week_is_known_has_no_season():
    items = pl.DataFrame(
        {"sku": ["A"], "style": ["A"], "department": ["d"], "category": ["shirts"],
         "launch_date": [START], "exit_date": [None]},
        schema_overrides={"exit_date": pl.Date},
    )  # fmt: skip
    weeks, events = find_frame(ItemWeeks).empty(), find_frame(EventDays).empty()
    found = estimate_outlook(weeks, items, events, as_of=LAST, horizon=28)
    assert found.factors["season"].unique().to_list() in ([1.0], [])
    assert found.factors["event"].unique().to_list() in ([1.0], [])
