"""Prices of a planned retailer: learnt, weighed, checked, and one option chosen of each."""

import polars as pl
import pytest
from simulated import LAST, warehouse_of

from quality_checks.contracts import CONTRACTS


@pytest.fixture(scope="module")
def read(planned):
    return lambda table: warehouse_of(planned).read(CONTRACTS[table], LAST)


def test_every_item_has_a_response_that_falls(read, planned):
    found = read("price_responses")
    products = warehouse_of(planned).known("products", LAST)
    assert found["sku"].to_list() == products["sku"].unique().sort().to_list()
    assert (found["slope"] < 0).all()
    assert found["changes"].sum() > 0


def test_of_each_season_one_option_is_chosen_and_none_is_worth_more_by_the_least_gain(read):
    options = read("markdown_options")
    assert options.height > 0
    chosen = options.filter(verdict="chosen")
    zones = options.select("sku", "zone").unique()
    assert chosen.height == chosen.select("sku", "zone").n_unique() == zones.height
    best = options.filter(pl.col("option") != "transfer").join(
        chosen.select("sku", "zone", taken="family_worth"), on=["sku", "zone"]
    )
    # Of the policy that ships: 25, of all that are priced together.
    assert (best["family_worth"] - best["taken"]).max() <= 25.0 + 1e-6


def test_sizes_of_a_style_and_colour_do_the_same(read):
    chosen = read("markdown_options").filter(verdict="chosen")
    products = read("planning_pairs").select("sku", "style", "colour").unique()
    family = ["style", "colour", "zone"]
    done = chosen.join(products, on="sku").group_by(family).agg(
        sizes=pl.len(),
        options=pl.col("option").n_unique(),
        prices=pl.col("new_price").n_unique(),
        worth=pl.col("family_worth").n_unique(),
    )  # fmt: skip
    assert done["sizes"].max() > 1
    assert done.select(pl.col("options", "prices", "worth").max()).row(0) == (1, 1, 1)


def test_plans_are_feasible_and_stand_among_the_actions(read):
    outcomes = read("check_outcomes").filter(pl.col("asset").str.starts_with("plans.markdown_plan"))
    assert outcomes.filter(check="feasible")["passed"].to_list() == [True]
    planned = read("markdown_plan").height + read("deferral_plan").height
    kinds = read("proposals").filter(pl.col("kind").str.starts_with("markdown"))
    assert kinds.height == planned
