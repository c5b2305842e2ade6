"""Attributes of items by hand."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from forecasting.global_model.attributes import (
    ENDING_DAYS,
    YOUNG_DAYS,
    attribute_features,
    build_attributes,
)

START = dt.date(2025, 3, 3)


def day(number):
    return START + dt.timedelta(days=number)


ITEMS = pl.DataFrame(
    {
        "sku": ["a", "b", "c", "d"],
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
    assert features(0, 50, 52) == pytest.approx([YOUNG_DAYS, np.nan], nan_ok=True)
    assert features(1, 50, 52) == pytest.approx([12, 8])
    assert features(2, 50, 52) == pytest.approx([12, 8])
    assert features(4, 50, 52) == pytest.approx([52, ENDING_DAYS])
    assert np.isnan(features(5, 50, 52)).all()


def test_an_end_is_not_seen_before_it_is_announced():
    assert np.isnan(features(3, 54, 60)[1])
    assert features(3, 55, 60)[1] == 10


def test_refuses_an_item_twice():
    with pytest.raises(ValueError, match="item_dates: sku a comes more than once"):
        build_attributes(pl.concat([ITEMS, ITEMS.head(1)]), PAIRS, start=START)
