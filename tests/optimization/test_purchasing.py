import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from positioning_instances import AS_OF, ECONOMICS, NO_RETURNS, items
from scipy import stats

from governance.kinds import KINDS
from optimization.feasibility import find_purchase_problems
from optimization.purchasing.plan import plan_purchases
from quality_checks.contracts import CONTRACTS


def item(**changes):
    row = {
        "sku": "K",
        "destination": "DC",
        "region": "R",
        "supplier": "V",
        "status": "active",
        "inventory_position": 20,
        "order_up_to": 50,
        "demand_mean": 40.0,
        "demand_variance": 40.0,
        "protection_days": 20.0,
        "daily_demand": 2.0,
        "unit_price": 10.0,
        "selling_price": 25.0,
        **NO_RETURNS,
        "minimum_order_quantity": 1,
        "order_multiple": 1,
        "lead_time_mean": 12.5,
        "valid_from": dt.date(2026, 1, 1),
        "valid_to": None,
    }
    return pl.DataFrame(
        {**row, **changes},
        schema_overrides={"inventory_position": pl.Int64, "valid_to": pl.Date},
    )


def planned(economics=ECONOMICS, **changes):
    return plan_purchases(item(**changes), economics, as_of=AS_OF)


def order(economics=ECONOMICS, **changes):
    return planned(economics, **changes).lines.row(0, named=True)


def test_the_shortfall_is_ordered():
    got = order()
    assert (got["quantity"], got["binding"], got["reason"]) == (30, "order_up_to", "below_target")
    # The order goes out on 1 April and takes 13 whole days.
    assert got["requested_on"] == dt.date(2026, 4, 14)
    assert got["urgency_days"] == 10
    CONTRACTS["purchase_plan"].conform(planned().lines.with_columns(business_date=AS_OF))


def test_what_is_on_order_or_proposed_is_not_ordered_again():
    lines, left_out = planned(inventory_position=50)
    assert lines.is_empty()
    assert left_out.is_empty()


@pytest.mark.parametrize(
    ("minimum", "multiple", "quantity", "binding"),
    [
        (1, 12, 36, "order_multiple"),
        (1, 15, 30, "order_up_to"),
        (40, 1, 40, "minimum_order_quantity"),
        (40, 12, 48, "minimum_order_quantity"),
        (33, 12, 36, "order_multiple"),
    ],
)
def test_minimum_and_multiple(minimum, multiple, quantity, binding):
    got = order(minimum_order_quantity=minimum, order_multiple=multiple)
    assert got["quantity"] == quantity
    assert got["packs"] * multiple == quantity
    assert got["binding"] == binding
    assert got["reason"] in KINDS["purchase_order"].reasons


def test_margin_and_holding_by_hand():
    got = order(inventory_position=38, order_up_to=40, demand_variance=40.0)
    # Units 39 and 40 sell within the window with P(D >= 39) and P(D >= 40), and on day 19.5
    # and 20 at two a day, 7 and 7.5 days after the order comes in.
    sold = stats.poisson.sf([38, 39], 40).sum()
    assert got["margin_kept"] == pytest.approx(15 * sold)
    assert got["holding_cost"] == pytest.approx(10 * (0.25 + 0.1) / 365 * (7 + 7.5))
    assert got["rejected"].startswith("order of 1 worth ")


@settings(deadline=None)
@given(
    position=st.integers(-50, 200),
    quantity=st.integers(1, 400),
    daily=st.one_of(st.just(0.0), st.floats(0.01, 40)),
    lead=st.floats(0, 60),
    horizon=st.floats(0.1, 200),
)
def test_holding_time_is_that_of_every_unit_in_turn(position, quantity, daily, lead, horizon):
    economics = ECONOMICS.model_copy(
        update={
            "holding_rate_per_year": 1.0,
            "markdown_loss_share": 0.0,
            "holding_horizon_days": horizon,
        }
    )
    got = order(
        economics,
        inventory_position=position,
        order_up_to=position + quantity if position + quantity > 0 else 1,
        daily_demand=daily,
        lead_time_mean=lead,
    )
    days = 0.0
    for unit in range(position + 1, position + got["quantity"] + 1):
        sold_on = unit / daily if daily else (0.0 if unit <= 0 else 1e12)
        days += min(max(sold_on - lead, 0.0), horizon)
    assert got["holding_cost"] == pytest.approx(10 * days / 365, rel=1e-6, abs=1e-6)


def test_a_minimum_that_does_not_pay_waits_and_says_so():
    lines, left_out = planned(minimum_order_quantity=5000)
    assert lines.is_empty()
    row = left_out.row(0, named=True)
    assert row["problem"] == "minimum_not_worth_holding"
    assert row["quantity"] == 5000
    assert row["holding_cost"] > row["margin_kept"] > 0
    # The same order without a minimum is one that the level asks for.
    assert order(inventory_position=-4950)["quantity"] == 5000


def test_no_demand_does_not_break_the_arithmetic():
    got = order(demand_mean=0.0, demand_variance=0.0, daily_demand=0.0)
    assert got["margin_kept"] == 0
    assert got["holding_cost"] == pytest.approx(10 * 30 * (0.25 + 0.1))
    assert got["urgency_days"] is None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"inventory_position": None}, "stock_unknown"),
        ({"status": "delisted"}, "not_replenished"),
        ({"valid_to": AS_OF}, "terms_not_valid"),
        ({"valid_from": AS_OF + dt.timedelta(days=2)}, "terms_not_valid"),
    ],
)
def test_what_cannot_be_ordered_is_told(changes, problem):
    lines, left_out = planned(**changes)
    assert lines.is_empty()
    assert left_out.select("sku", "destination", "supplier", "problem").rows() == [
        ("K", "DC", "V", problem)
    ]


def test_the_margin_of_an_order_is_net_of_returns_at_the_supplier_s_price():
    # A sale earns 0.9 (25 - 10) - 0.1 (0.5 x 10 + 2) = 12.8 instead of 15.
    back = {"return_rate": 0.1, "resalable_share": 0.5, "return_cost": 2.0}
    kept = order()["margin_kept"]
    assert order(**back)["margin_kept"] == pytest.approx(kept * 12.8 / 15)


def test_terms_hold_on_their_first_and_last_day():
    day = AS_OF + dt.timedelta(days=1)
    assert order(valid_from=day, valid_to=day)["quantity"] == 30


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"unit_price": -1.0}, "purchase_items: unit_price of sku K, destination DC is -1.0"),
        ({"order_multiple": 0}, "order_multiple of sku K, destination DC is 0"),
        ({"order_up_to": None}, "order_up_to of sku K, destination DC is None"),
    ],
)
def test_bad_items_are_named(changes, words):
    with pytest.raises(ValueError, match=words):
        planned(**changes)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_any_plan_is_feasible_and_repeats(seed):
    frame = items(np.random.default_rng(seed), 30)
    plan = plan_purchases(frame, ECONOMICS, as_of=AS_OF)
    assert find_purchase_problems(plan.lines, frame, as_of=AS_OF).rows() == []
    again = plan_purchases(frame.reverse(), ECONOMICS, as_of=AS_OF)
    assert again.lines.equals(plan.lines)
    assert again.left_out.equals(plan.left_out)
