"""The replay's forecast knows the offers that the shipped one knows, and how demand answers."""

import numpy as np
import polars as pl
import pytest

from forecasting.price_response import LEARNT_DAYS
from simulation.replay.demo import build_demo_scenario
from simulation.replay.night_offers import priced_offers
from simulation.replay.night_responses import learn_responses, list_priced_days
from simulation.replay.world import ReplayWorld
from simulation.retailer import build_world, size_retailer

DAYS = 150
SETTINGS = size_retailer("tiny").model_copy(update={"days": DAYS})


@pytest.fixture(scope="module")
def seen():
    world = ReplayWorld(build_demo_scenario(SETTINGS, 7))
    for _ in range(DAYS - 40):
        world.trade()
        # Full shelves: what sells is what is wanted.
        world.on_hand[:] = 1000
    return world.seen()


def test_days_are_priced_as_they_were_and_hold_all_that_sold(seen, policy):
    # What demand is estimated from does not bound what teaches prices.
    days = list_priced_days(seen, policy.model_copy(update={"history_days": 28}))
    masters = seen.masters
    last = days.filter(date=masters.date(seen.day))
    for row in last.iter_rows(named=True):
        at = (
            masters.pairs.with_row_index("pair")
            .filter(
                pl.col("sku") == row["sku"],
                (pl.col("region") == row["place"]) & (pl.col("kind") == "store")
                | (pl.col("location") == row["place"]),
            )["pair"]
            .to_numpy()
        )
        assert row["units"] == seen.sold[-1, at].sum()
        assert row["price"] == pytest.approx(seen.price[-1, at[0]] / masters.list_price[at[0]])
    # Items that have left the range teach nothing any more.
    assert seen.day < LEARNT_DAYS
    assert days["units"].sum() == seen.sold[:, masters.exit >= seen.day].sum()
    assert days["usual"].sum() == pytest.approx(days["units"].sum(), rel=0.02)


def test_responses_learnt_from_what_is_seen_lie_near_the_true_ones(seen, policy):
    found = learn_responses(seen, policy)
    products = build_world(SETTINGS, 7).network.products
    truth = pl.DataFrame({"sku": products.names, "truth": -products.elasticity})
    both = found.join(truth, on="sku").filter(pl.col("changes") > 0)
    within = (both["slope"] - both["truth"]).abs() < 2 * both["slope_sd"]
    assert both.height > 0
    assert within.mean() > 0.8


def test_offers_are_those_known_and_not_of_the_whole_range(seen, policy):
    found = priced_offers(seen, policy, 28).offers
    told = seen.masters.offers
    today = seen.masters.date(seen.day)
    assert (found["announced_on"] <= today).all()
    assert (found["date"] > today).any()
    whole = told.filter("whole_range").select("sku", "location", "date")
    own = told.filter(~pl.col("whole_range")).select("sku", "location", "date")
    assert found.join(whole.join(own, on=whole.columns, how="anti"), on=whole.columns,
                      how="semi").is_empty()  # fmt: skip
    assert np.all(found["price"].to_numpy() <= 1.0)
