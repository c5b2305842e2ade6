"""Attributes of items by hand."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from forecasting.attributes import ENDING_DAYS, YOUNG_DAYS, attribute_features, build_attributes

START = dt.date(2025, 3, 3)


def day(number):
    return START + dt.timedelta(days=number)


ITEMS = pl.DataFrame(
    {
        "sku": ["a", "b", "c", "d"],
        "category": ["food", "food", "food", "toys"],
        "list_price": [1.0, 2.0, 8.0, 50.0],
        "launch_date": [day(-900), day(40), None, day(0)],
        "exit_date": [None, day(60), day(70), day(900)],
        "exit_announced_on": [None, day(-5), day(55), day(-5)],
    }
)
PAIRS = pl.DataFrame({"sku": ["a", "b", "b", "c", "d", "unknown"]})


def features(pair, origin, target):
    attributes = build_attributes(ITEMS, PAIRS, start=START)
    asked = (np.array([number]) for number in (pair, origin, target))
    return attribute_features(attributes, *asked)[0]


def test_by_hand():
    assert features(0, 50, 52) == pytest.approx([np.log(1 / 2), YOUNG_DAYS, np.nan], nan_ok=True)
    assert features(1, 50, 52) == pytest.approx([0, 12, 8])
    assert features(2, 50, 52) == pytest.approx([0, 12, 8])
    assert features(4, 50, 52) == pytest.approx([0, 52, ENDING_DAYS])
    assert np.isnan(features(5, 50, 52)).all()


def test_an_end_is_not_seen_before_it_is_announced():
    assert np.isnan(features(3, 54, 60)[2])
    assert features(3, 55, 60)[2] == 10


@pytest.mark.parametrize("price", [0.0, float("nan"), float("inf")])
def test_refuses_what_is_no_price(price):
    items = ITEMS.with_columns(
        list_price=pl.when(pl.col("sku") == "c").then(price).otherwise("list_price")
    )
    with pytest.raises(ValueError, match="item c"):
        build_attributes(items, PAIRS, start=START)


def test_refuses_an_item_twice():
    with pytest.raises(ValueError, match="item a"):
        build_attributes(pl.concat([ITEMS, ITEMS.head(1)]), PAIRS, start=START)
