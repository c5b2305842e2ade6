"""What changed prices brought since, against the price that they replaced."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from forecasting.price_response import judge_price_outcomes, summarize_price_outcomes
from quality_checks.contracts import ChangedPrices, find_frame

SLOPE = -2.0


def changed(*changes):
    row = {
        "action_id": "a", "kind": "markdown", "sku": "K", "zone": "*",
        "first_day": dt.date(2025, 9, 1), "last_day": dt.date(2025, 9, 14),
        "other_price": 40.0, "asked_price": 20.0, "paid_price": 20.0,
        "promoted_share": 1.0, "quantity": 100,
        "salvage": 5.0, "slope": SLOPE, "slope_sd": 0.0, "sold_then": 80.0,
        "days": 14, "known_days": 14, "sold": 60, "demand": 60.0,
    }  # fmt: skip
    rows = [row | change for change in changes]
    return find_frame(ChangedPrices).read(
        pl.DataFrame(
            rows, schema_overrides=dict.fromkeys(("paid_price", "promoted_share"), pl.Float64)
        )
    )


def judged(*changes):
    return judge_price_outcomes(changed(*changes)).to_dicts()


def test_half_the_price_sold_four_times_as_much():
    (row,) = judged({})
    assert row["sold_otherwise"] == pytest.approx(60 / 4)
    # 60 at 20 instead of 15 at 40, and 45 fewer left at 5 each.
    assert row["gain"] == pytest.approx(60 * 20 - 15 * 40 - 45 * 5)
    assert (row["gain_low"], row["gain_high"]) == pytest.approx((row["gain"], row["gain"]))
    assert row["implemented"]
    assert (row["sell_through"], row["expected_sell_through"]) == (0.6, 0.8)


def test_a_price_that_was_held_is_held_against_the_lower_one_which_sells_what_there_is():
    held = {"kind": "markdown_deferral", "other_price": 20.0, "asked_price": 40.0}
    (row,) = judged(held | {"paid_price": 40.0, "sold": 50, "demand": 50.0})
    assert row["sold_otherwise"] == 100
    assert row["gain"] == pytest.approx(50 * 35 - 100 * 15)


def test_a_price_that_nobody_set_gains_nothing_and_says_so():
    (row,) = judged({"paid_price": 40.0})
    assert row["gain"] == pytest.approx(0)
    assert not row["implemented"]


def test_where_more_sold_than_there_were_receipts_since_would_have_sold_at_the_other_price_too():
    (row,) = judged({"paid_price": 40.0, "sold": 120, "demand": 120.0})
    assert row["sold_otherwise"] == pytest.approx(120)
    assert row["gain"] == pytest.approx(0)
    assert row["sell_through"] == pytest.approx(1.2)


def test_a_coupon_on_the_lower_price_is_no_price_that_tills_did_not_take():
    (row,) = judged({"paid_price": 18.0})
    assert row["implemented"]


def test_a_promotion_comes_off_either_price():
    """A third off the 40 that was held leaves 26.7, nearer to the 20 that was not asked for."""
    held = {"kind": "markdown_deferral", "other_price": 20.0, "asked_price": 40.0}
    off = {"paid_price": 80 / 3, "promoted_share": 2 / 3, "sold": 10, "demand": 10.0}
    (row,) = judged(held | off)
    assert row["implemented"]
    # Half of that would have sold four times as much.
    assert row["sold_otherwise"] == pytest.approx(40)
    assert row["gain"] == pytest.approx(10 * (80 / 3 - 5) - 40 * (40 / 3 - 5))
    # A promotion on a price that nobody lowered is no markdown.
    (row,) = judged({"paid_price": 80 / 3, "promoted_share": 2 / 3})
    assert not row["implemented"]


def test_nothing_sold_leaves_open_what_was_paid():
    (row,) = judged({"paid_price": None, "promoted_share": None, "sold": 0, "demand": 0.0})
    assert row["implemented"] is None
    assert row["gain"] == 0


def test_days_that_are_not_known_are_brought_up_or_leave_it_unjudged():
    most, few = judged(
        {"known_days": 7, "sold": 30, "demand": 30.0}, {"action_id": "b", "known_days": 7}
    )
    assert (most["sold"], most["known_share"]) == (60, 0.5)
    assert few["sold"] == 120
    assert judged({"known_days": 6}) == []


def test_the_interval_holds_the_gain_of_four_fifths_of_responses():
    (row,) = judged({"slope_sd": 0.5})
    draws = np.random.default_rng(1).normal(SLOPE, 0.5, 100_000)
    otherwise = np.minimum(60 * 2.0**draws, 100)
    gains = 60 * 15 - otherwise * 35
    inside = (gains >= row["gain_low"]) & (gains <= row["gain_high"])
    assert inside.mean() == pytest.approx(0.8, abs=0.01)
    assert row["gain"] == pytest.approx(gains.mean(), rel=0.02)


def test_the_summary_adds_up_by_kind():
    table = summarize_price_outcomes(
        judge_price_outcomes(changed({}, {"action_id": "b", "paid_price": 40.0}))
    )
    assert table.row(0) == ("markdown", 2, 0.5, 120.0, 75.0, 375.0)


def test_a_frame_that_breaks_its_contract_is_refused():
    with pytest.raises(ValueError, match="asked_price"):
        judge_price_outcomes(changed({}).with_columns(asked_price=0.0))
