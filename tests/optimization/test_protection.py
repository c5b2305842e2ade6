"""Windows of demand: a pair's own over lead time and review, a node's over its echelon."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from optimization.levels import Outlook, list_member_shares
from optimization.levels.windows import build_echelon_windows, build_local_windows
from quality_checks.contracts import ReceiptsDue, find_frame

FIRST = dt.date(2025, 10, 1)  # a Wednesday
NIGHT = {"first_day": FIRST, "waiting_kinds": ["ecom"]}
NO_RECEIPTS = find_frame(ReceiptsDue).empty()
EVERY_OTHER = "1010101"  # a Wednesday is followed by Friday and Sunday
STOCK = ("on_hand", "reserved", "damaged", "in_transit", "on_order")
PROPOSED = ("proposed_inbound", "proposed_outbound")


def pair(location, supply, lead, review, **stock):
    row = {
        "sku": "A",
        "location": location,
        "status": "active",
        "kind": "store",
        "supply_location": supply,
        "lead_time_mean": lead,
        "lead_time_sd": 0.0,
        "review_days": review,
        "order_weekdays": "1111111" if review == 1.0 else EVERY_OTHER,
        "open_weekdays": "1111111",
        "launch_date": FIRST - dt.timedelta(days=400),
        "exit_date": None,
        "next_receipt_days": None if supply else lead + review,
        "shelf_life_days": None,
        "least_remaining_days": None,
        "yield_mean": 1.0,
        "yield_sd": 0.0,
        **dict.fromkeys((*STOCK, *PROPOSED), 0),
        **stock,
    }
    free = (row["on_hand"] or 0) - row["reserved"] - row["damaged"] - row["proposed_outbound"]
    return {**row, "available": None if row["on_hand"] is None else free}


PAIRS = [
    pair("D1", None, 10.0, 7.0, on_hand=100, on_order=30, proposed_outbound=5, reserved=2),
    pair("S1", "D1", 1.0, 2.0, on_hand=4, in_transit=3, damaged=1),
    pair("S2", "D1", 1.0, 4.0, on_hand=6, proposed_inbound=5, order_weekdays="0010001"),
]


def forecast(**means):
    """28 independent Poisson days of each location."""
    return pl.DataFrame(
        [
            {
                "sku": "A",
                "location": location,
                "date": FIRST + dt.timedelta(days=day),
                "mean": mean,
                "variance": mean,
                "correlation": 0.0,
                "common_variation": 0.0,
            }
            for location, mean in means.items()
            for day in range(28)
        ]
    )


def frame(*rows):
    units = dict.fromkeys((*STOCK, *PROPOSED, "available"), pl.Int64)
    days = {"exit_date": pl.Date}
    return pl.DataFrame(rows, schema_overrides={**units, **days, "lead_time_mean": pl.Float64})


def local(*rows, **means):
    outlook = Outlook(forecast(**means), NO_RECEIPTS)
    return build_local_windows(frame(*rows), outlook, **NIGHT)


def echelon(*rows, **means):
    outlook = Outlook(forecast(**means), NO_RECEIPTS)
    return build_echelon_windows(frame(*rows), outlook, **NIGHT)


def days_ahead(days):
    return FIRST + dt.timedelta(days=days)


def test_a_dc_fed_pair_answers_for_the_days_until_the_next_order_arrives():
    got = local(*PAIRS, S1=2.0, S2=1.0)
    # Orders on Wednesday; the next on Friday, and for S2 on Sunday; a day on the way.
    assert got.select("location", "echelon", "protection_days", "demand_mean").rows() == [
        ("S1", False, 3.0, 6.0),
        ("S2", False, 5.0, 5.0),
    ]
    assert got["demand_variance"].to_list() == pytest.approx([6.0, 5.0])
    assert got["daily_demand"].to_list() == pytest.approx([2.0, 1.0])
    assert not got["run_down"].any()


def test_a_supplier_fed_node_answers_for_all_it_supplies():
    got = echelon(*PAIRS, S1=2.0, S2=1.0).row(0, named=True)
    # 10 + 7 days, and the mean of 1 + 2 and 1 + 4 below.
    assert got["protection_days"] == pytest.approx(21.0)
    assert got["demand_mean"] == pytest.approx(63.0)
    # The order's own date rests on the supplier's lead time alone.
    assert got["lead_time_mean"] == pytest.approx(10.0)
    # 100 - 2 + 30 - 5 at the DC, 4 - 1 + 3 and 6 + 5 at the stores: the proposal cancels out.
    assert got["inventory_position"] == 123 + 6 + 11


def test_what_members_ask_for_and_have_is_told_apart():
    windows = pl.DataFrame({"sku": ["A"], "location": ["D1"], "days": [21.0]})
    outlook = Outlook(forecast(S1=2.0, S2=1.0, D1=1.0), NO_RECEIPTS)
    owing = pair("S3", "D1", 1.0, 2.0, on_hand=1, reserved=4)
    rows = frame(*PAIRS, owing, pair("S4", "D1", 1.0, 2.0, on_hand=None))
    got = list_member_shares(rows, outlook, windows, first_day=FIRST)
    # The DC sells a quarter itself; the third store sells nothing, and the fourth is not known.
    assert got.rows() == [
        ("A", "D1", "S1", 0.5, 6), ("A", "D1", "S2", 0.25, 11), ("A", "D1", "S3", 0.0, 0),
    ]  # fmt: skip


def test_demand_whose_stock_is_unknown_is_not_bought_for():
    got = echelon(*PAIRS[:2], pair("S2", "D1", 1.0, 4.0, on_hand=None), S1=2.0, S2=1.0)
    assert got["protection_days"].to_list() == pytest.approx([20.0])
    assert got["demand_mean"].to_list() == pytest.approx([40.0])


def test_a_node_with_unknown_stock_has_no_position():
    got = echelon(pair("D1", None, 10.0, 7.0, on_hand=None), PAIRS[1], S1=2.0)
    assert got["inventory_position"].to_list() == [None]


def test_what_is_not_known_stays_missing_and_what_is_not_active_is_left_out():
    pairs = [pair("S1", "D1", None, 2.0), pair("S2", "D1", 1.0, 4.0, status="blocked")]
    got = local(*pairs, S1=2.0, S2=1.0)
    assert got.select("location", "protection_days", "demand_mean").rows() == [("S1", None, None)]


def test_a_missing_deviation_or_an_empty_window_stops_no_other_pair():
    pairs = [pair("S1", "D1", 1.0, 2.0, lead_time_sd=None), pair("S2", "D1", 1.0, 2.0),
             pair("S3", "D1", 1.0, 2.0, exit_date=days_ahead(-1))]  # fmt: skip
    got = local(*pairs, S1=2.0, S2=1.0, S3=1.0)
    assert got["demand_mean"].to_list() == [None, 3.0, None]


@pytest.mark.parametrize(("exit_in", "days", "run_down"), [(1, 2.0, True), (2, 3.0, False)])
def test_the_window_ends_with_the_item(exit_in, days, run_down):
    # Sold on the day of the exit, too: with the exit in one day that is two days.
    got = local(pair("S1", "D1", 1.0, 2.0, exit_date=days_ahead(exit_in)), S1=2.0).row(
        0, named=True
    )
    assert (got["protection_days"], got["run_down"]) == (days, run_down)
    assert got["demand_mean"] == pytest.approx(2 * days)


def test_an_order_that_would_arrive_after_the_exit_is_known_to_be_too_late():
    dc = pair("D1", None, 10.0, 7.0, on_hand=0, lead_time_sd=3.0)
    late, early = (
        echelon({**dc, "exit_date": days_ahead(days)}, PAIRS[1], S1=2.0).row(0, named=True)
        for days in (9, 10)
    )
    assert (late["arrives_in_time"], early["arrives_in_time"]) == (False, True)
    assert early["run_down"]
    # The exit is a date: the spread of lead times does not move it.
    assert early["demand_variance"] == pytest.approx(22.0)


def test_demand_before_the_launch_counts_for_no_level():
    rows = [pair("S1", "D1", 1.0, 2.0, launch_date=days_ahead(n)) for n in (1, 3)]
    near, far = (local(row, S1=2.0).row(0, named=True) for row in rows)
    assert (near["demand_mean"], near["launched"]) == (4.0, True)
    assert (far["demand_mean"], far["launched"]) == (0.0, False)
    # Beyond the horizon of 28 days the days are like those after the launch on the 25th.
    dc = pair("D1", None, 28.0, 2.0, on_hand=0, launch_date=days_ahead(25))
    got = echelon(dc, {**PAIRS[1], "launch_date": days_ahead(25)}, S1=2.0).row(0, named=True)
    assert got["protection_days"] == pytest.approx(33.0)
    assert got["demand_mean"] == pytest.approx(2.0 * (33 - 25))


def test_a_launch_beyond_the_horizon_counts_by_the_forecast_of_its_first_days():
    launch = days_ahead(40)
    first_days = forecast(S1=2.0).with_columns(pl.col("date") + dt.timedelta(days=40))
    dc = pair("D1", None, 42.0, 2.0, on_hand=0, launch_date=launch)
    rows = frame(dc, {**PAIRS[1], "launch_date": launch})
    got = build_echelon_windows(rows, Outlook(first_days, NO_RECEIPTS), **NIGHT).row(0, named=True)
    assert got["protection_days"] == pytest.approx(47.0)
    assert (got["demand_mean"], got["launched"]) == (pytest.approx(2.0 * 7), True)
    # Without it nothing is known of a demand that will come.
    got = build_echelon_windows(rows, Outlook(forecast(S1=2.0), NO_RECEIPTS), **NIGHT).row(
        0, named=True
    )
    assert got["demand_mean"] is None


def test_a_store_that_opens_later_adds_its_demand_from_then_on():
    later = {**PAIRS[2], "launch_date": days_ahead(11)}
    got = echelon(PAIRS[0], PAIRS[1], later, S1=2.0, S2=1.0).row(0, named=True)
    assert got["protection_days"] == pytest.approx(21.0)
    assert got["demand_mean"] == pytest.approx(2.0 * 21 + 1.0 * 10)


def test_short_shipments_drain_the_stock_as_orders_in_the_window_do():
    short = {"yield_mean": 0.8, "yield_sd": 0.3}
    empty = pair("S1", "D1", 1.0, 2.0)
    got = echelon(pair("D1", None, 10.0, 7.0, **short), empty, S1=2.0).row(0, named=True)
    assert got["demand_mean"] == pytest.approx(40.0)  # 20 days
    # The variance is that of orders of 7 days' demand over the yield, 20 / 7 of them on average;
    # what is short in the mean is of tonight's order, a deviation above what is asked for.
    rng = np.random.default_rng(3)
    order, orders = 14 / 0.8, 20 / 7
    a = 0.8 * (0.8 * 0.2 / 0.3**2 - 1)  # a beta share with this mean and deviation
    lost = order * (1 - rng.beta(a, a / 4, 400_000))
    tonight = (40 + 40**0.5) / 0.8
    assert got["shortfall_mean"] == pytest.approx(tonight / order * lost.mean(), rel=0.01)
    assert got["shortfall_variance"] == pytest.approx(orders * lost.var(), rel=0.01)
    # Without any record a supplier is taken to deliver in full.
    unknown = {"yield_mean": None, "yield_sd": None}
    whole = echelon(pair("D1", None, 10.0, 7.0, on_hand=0, **unknown), PAIRS[1], S1=2.0)
    assert whole.select("shortfall_mean", "shortfall_variance").row(0) == (0.0, 0.0)


def test_only_what_is_ordered_tonight_is_left_short_as_what_comes_counts_by_its_share():
    def short(**stock):
        dc = pair("D1", None, 10.0, 7.0, yield_mean=0.8, yield_sd=0.0, **stock)
        return echelon(dc, PAIRS[1], S1=2.0)["shortfall_mean"].item()

    # 40 units are asked for in 20 days, 14 of them in a review; the store below has 6.
    wanted = 40 + 40**0.5
    assert short(on_hand=0) == pytest.approx((wanted - 6) / 4)
    assert short(on_hand=4, on_order=10) == pytest.approx((wanted - 20) / 4)
    # A review's demand is ordered each time, however much is there.
    assert short(on_hand=35) == short(on_hand=400) == pytest.approx(14 / 4)
    assert short(on_hand=None) == pytest.approx(wanted / 4)


def test_a_closure_before_the_next_order_lengthens_the_window():
    dc = pair("D1", None, 10.0, 7.0, on_hand=0, next_receipt_days=22.0)
    got = echelon(dc, PAIRS[1], S1=2.0)
    # Its goods come after 22 days, and the store's own days follow.
    assert got["protection_days"].to_list() == pytest.approx([22 + 3])
