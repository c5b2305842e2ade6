"""New items and launches have their own offers, and not those of what stands in for them."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from forecasting.global_model import MODEL, fit_model
from forecasting.night import Assortment, PricedOffers, forecast_demand

SKUS = [f"i{sku:02d}" for sku in range(10)]
STAND_INS = {"trained": "i00", "fallback": "i01"}
PRICE = 0.75
WEEK = 7
"""Days at the end of the forecast on which what stands in is promoted."""
LATE = 4
"""Days of the forecast from the launch on."""


@pytest.fixture(scope="module")
def made(retailer, promotion):
    """A night on which the trained model knows all items but one, and new ones are like these."""
    history = retailer.history.filter(pl.col("sku").is_in(SKUS))
    as_of, places = history["date"].max(), history.select("location").unique().sort("location")
    last = as_of + dt.timedelta(days=retailer.mean_ahead.shape[1])
    new = pl.DataFrame(
        [
            (f"{kind} {like}", like, launch)
            for like in STAND_INS.values()
            for kind, launch in (
                ("promoted", as_of + dt.timedelta(days=1)),
                ("plain", as_of + dt.timedelta(days=1)),
                ("launch", last - dt.timedelta(days=LATE - 1)),
            )
        ],
        schema=["sku", "like_sku", "launch_date"],
        orient="row",
    )
    promoted = [sku for like in STAND_INS.values() for sku in (like, f"promoted {like}")]
    past = retailer.frames["offers"].filter(pl.col("date") <= as_of, pl.col("sku").is_in(SKUS))
    ahead = (
        pl.DataFrame({"sku": promoted})
        .join(places, how="cross")
        .join(
            pl.DataFrame({"date": [last - dt.timedelta(days=back) for back in range(WEEK)]}),
            how="cross",
        )
        .with_columns(price=PRICE, promoted=True, announced_on=pl.lit(as_of))
    )
    offers = pl.concat([past.select(ahead.columns), ahead])
    products = pl.DataFrame({"sku": [*SKUS, *new["sku"]]}).with_columns(
        department=pl.lit("food"),
        category=pl.lit("food"),
        list_price=1.0,
        exit_date=pl.lit(None, pl.Date),
    )
    never = pl.lit(None, pl.Date)
    by_model = history.filter(pl.col("sku") != STAND_INS["fallback"])
    panel = retailer.panel(by_model, offers=offers)
    model, _ = fit_model(panel, seed=7)
    return forecast_demand(
        history,
        Assortment(
            new.join(places, how="cross").with_columns(region=pl.lit("north")),
            products,
            places.with_columns(opened_on=never, closed_on=never),
        ),
        as_of=as_of,
        horizon=(last - as_of).days,
        model=model,
        panel=panel,
        priced=PricedOffers(
            offers, products.select("sku", slope=pl.lit(np.log(promotion) / np.log(PRICE)))
        ),
    )


def units(rows, sku):
    """Units of an item over all places, by day."""
    found = rows.filter(pl.col("sku") == sku)
    return found.group_by("date").agg(pl.col("mean").sum()).sort("date")["mean"].to_numpy()


@pytest.mark.parametrize("by", STAND_INS)
def test_a_new_item_is_promoted_once_if_at_all(made, promotion, by):
    like = STAND_INS[by]
    models = made.by_day.filter(pl.col("sku") == like)["model"].unique().to_list()
    assert (models == [MODEL]) == (by == "trained")
    old = units(made.by_day, like)
    # The same weekdays, promoted and not: the trained model has found by itself what it does.
    assert old[-WEEK:].sum() == pytest.approx(promotion * old[:WEEK].sum(), rel=0.1)
    assert units(made.by_day, f"promoted {like}") == pytest.approx(old)
    plain = units(made.by_day, f"plain {like}")
    assert plain[:WEEK] == pytest.approx(old[:WEEK])
    assert plain[WEEK:] == pytest.approx(old[WEEK:] / promotion)


@pytest.mark.parametrize("by", STAND_INS)
def test_a_launch_does_not_go_on_as_a_promotion_of_its_stand_in(made, promotion, by):
    like = STAND_INS[by]
    week = units(made.by_day, like)[-WEEK:] / promotion
    from_launch = np.roll(np.tile(week, 2), LATE)
    assert units(made.launches, f"launch {like}") == pytest.approx(from_launch)
