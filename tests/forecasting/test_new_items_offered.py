"""New items and launches have their own offers, and not those of what stands in for them."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from conftest import AS_OF, HORIZON, LOCATIONS, PROMOTION

from forecasting.global_model import MODEL, fit_model
from forecasting.night import Assortment, PricedOffers, forecast_demand

PLACES = [f"s{place:02d}" for place in range(LOCATIONS)]
SKUS = [f"i{sku:02d}" for sku in range(10)]
STAND_INS = {"trained": "i00", "fallback": "i01"}
PRICE = 0.75
FIRST, LAST = (AS_OF + dt.timedelta(days=day) for day in (1, HORIZON))
LAUNCH = LAST - dt.timedelta(days=3)
WEEK = pl.date_range(LAST - dt.timedelta(days=6), LAST, eager=True)
"""The last week of the forecast, in which what stands in is promoted."""


def promoted(sku):
    """Frame `offers` of an item: a promotion in the last week, everywhere."""
    days = pl.DataFrame({"date": WEEK}).join(pl.DataFrame({"location": PLACES}), how="cross")
    told = pl.lit(AS_OF)
    return days.select(
        pl.lit(sku).alias("sku"), "location", "date",
        price=PRICE, promoted=True, announced_on=told,
    )  # fmt: skip


@pytest.fixture(scope="module")
def made(retailer):
    """A night on which the trained model knows all items but one, and new ones are like these."""
    new = [(f"{kind} {like}", like, when) for like in STAND_INS.values()
           for kind, when in (("as", FIRST), ("plain", FIRST), ("launch", LAUNCH))]  # fmt: skip
    history = retailer.history.filter(pl.col("sku").is_in(SKUS))
    past = retailer.frames["offers"].filter(pl.col("date") <= AS_OF, pl.col("sku").is_in(SKUS))
    offers = pl.concat(
        [past.select(promoted("").columns)]
        + [promoted(sku) for like in STAND_INS.values() for sku in (like, f"as {like}")]
    )
    skus = [*SKUS, *(sku for sku, *_ in new)]
    products = pl.DataFrame({"sku": skus}).with_columns(
        department=pl.lit("food"), category=pl.lit("food"), list_price=1.0,
        exit_date=pl.lit(None, pl.Date),
    )  # fmt: skip
    places = pl.DataFrame({"location": PLACES})
    items = pl.DataFrame(new, schema=["sku", "like_sku", "launch_date"], orient="row")
    by_model = history.filter(pl.col("sku") != STAND_INS["fallback"])
    panel = retailer.panel(by_model, offers=offers)
    model, _ = fit_model(panel, seed=7)
    slope = np.log(PROMOTION) / np.log(PRICE)
    return forecast_demand(
        history,
        Assortment(
            items.join(places, how="cross").with_columns(region=pl.lit("north")),
            products,
            places.with_columns(
                opened_on=pl.lit(None, pl.Date), closed_on=pl.lit(None, pl.Date)
            ),
        ),
        as_of=AS_OF,
        horizon=HORIZON,
        model=model,
        panel=panel,
        priced=PricedOffers(offers, products.select("sku", slope=pl.lit(slope))),
    )  # fmt: skip


def units(rows, sku):
    """Units of an item over all places, by day."""
    found = rows.filter(pl.col("sku") == sku).sort("date", "location")
    assert found.height == HORIZON * LOCATIONS
    return found["mean"].to_numpy().reshape(HORIZON, LOCATIONS).sum(axis=1)


@pytest.mark.parametrize("by", STAND_INS)
def test_a_new_item_is_promoted_once_if_at_all(made, by):
    like = STAND_INS[by]
    model = made.by_day.filter(pl.col("sku") == like)["model"].unique().to_list()
    assert (model == [MODEL]) == (by == "trained")
    old = units(made.by_day, like)
    assert units(made.by_day, f"as {like}") == pytest.approx(old)
    on = np.arange(HORIZON) >= HORIZON - len(WEEK)
    assert units(made.by_day, f"plain {like}") == pytest.approx(old / np.where(on, PROMOTION, 1))
    # The same weekdays: the model has found by itself what the promotion does.
    assert old[on].sum() == pytest.approx(PROMOTION * old[~on].sum(), rel=0.1)


@pytest.mark.parametrize("by", STAND_INS)
def test_a_launch_does_not_go_on_as_a_promotion_of_its_stand_in(made, by):
    like = STAND_INS[by]
    plain = units(made.by_day, like)[-len(WEEK) :] / PROMOTION
    from_launch = np.roll(np.tile(plain, 2), (LAST - LAUNCH).days + 1)
    assert units(made.launches, f"launch {like}") == pytest.approx(from_launch)
