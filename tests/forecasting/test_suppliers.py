"""Scorecards and lead times by hand, by simulation, and on real deliveries."""

import datetime as dt
import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from forecasting.supply.closures import add_closures
from forecasting.supply.suppliers import estimate_lead_times, score_suppliers
from quality_checks.contracts import (
    CONTRACTS,
    DeliveryRecord,
    SupplierCalendars,
    SupplierClosures,
    find_frame,
)

NO_CALENDARS = find_frame(SupplierCalendars).empty()
AS_OF = dt.date(2025, 6, 30)
SHARED = Path(os.environ.get("PLENISH_SHARED_DATA", "../shared/data"))


def day(text):
    return None if text is None else dt.date.fromisoformat(f"2025-{text}")


def orders(lines):
    """PurchaseOrders from (supplier, ordered, asked, delivered, quantity, delivered, status)."""
    return CONTRACTS["purchase_orders"].conform(
        pl.DataFrame(
            [
                {
                    "po": f"po{number:06d}",
                    "line": 1,
                    "supplier": supplier,
                    "sku": "a",
                    "destination": "dc",
                    "ordered_on": ordered,
                    "requested_on": asked,
                    "confirmed_on": None,
                    "estimated_on": None,
                    "delivered_on": delivered,
                    "ordered_quantity": quantity,
                    "confirmed_quantity": None,
                    "delivered_quantity": came,
                    "unit_price": 1.0,
                    "status": status,
                    "proposal_ref": None,
                }
                for number, (supplier, ordered, asked, delivered, quantity, came, status) in (
                    enumerate(lines)
                )
            ],
            infer_schema_length=None,
        )
    )


def three_suppliers():
    lines = [
        ("A", "05-20", "06-05", "06-04", 100, 100, "received"),
        ("A", "05-22", "06-10", "06-14", 50, 40, "received"),
        ("A", "06-01", "06-20", None, 50, 0, "confirmed"),
        ("A", "06-25", "07-20", None, 80, 0, "open"),
        ("A", "05-25", "06-12", None, 999, 0, "cancelled"),
        ("A", "03-01", "03-20", "03-25", 70, 70, "received"),
        ("B", "06-01", "06-11", "06-11", 10, 12, "received"),
        ("C", "06-20", "07-30", None, 10, 0, "shipped"),
    ]
    return orders([(s, day(o), day(r), day(d), q, c, st) for s, o, r, d, q, c, st in lines])


def test_scorecard_by_hand():
    found = score_suppliers(three_suppliers(), as_of=AS_OF, window_days=30)
    conformed = CONTRACTS["supplier_scorecard"].conform(found)
    assert conformed["supplier"].to_list() == ["A", "B", "C"]
    assert conformed.select("order_lines", "ordered_units", "otif", "fill_rate").rows() == [
        (3, 200, 0.5, 0.7),
        (1, 10, 1.0, 1.0),
        (0, 0, None, None),
    ]
    assert conformed.select("open_lines", "overdue_lines").rows() == [(2, 1), (0, 0), (1, 0)]
    # Two of four lines are late. Kleinman's rho is 2/3, so the prior weighs half a line; the least
    # is one: (2 + 0.5) / 4, 0.5 / 2 and the prior itself.
    assert conformed["p_late"].to_list() == pytest.approx([0.625, 0.25, 0.5])
    assert (conformed["business_date"] == AS_OF).all()


def test_lines_confirmed_in_full_are_short_more_seldom_than_all():
    came = (day("06-05"), day("06-10"), day("06-10"), 10)
    lines = orders([("A", *came, 10 if number < 80 else 9, "received") for number in range(100)])
    # Of the 20 short ones the supplier had told 15.
    told = pl.Series([10] * 85 + [9] * 15)
    card = score_suppliers(
        lines.with_columns(confirmed_quantity=told), as_of=AS_OF, window_days=60
    ).row(0, named=True)
    # Half a case in one line, worth ten lines, is added to 20 of 100 and to 5 of 85.
    assert card["p_short"] == pytest.approx((20 + 10 * 20.5 / 101) / 110)
    assert card["p_short_confirmed"] == pytest.approx((5 + 10 * 5.5 / 86) / 95)
    # Where nothing was ever confirmed, that says nothing.
    untold = score_suppliers(lines, as_of=AS_OF, window_days=60).row(0, named=True)
    assert untold["p_short_confirmed"] == untold["p_short"]


def test_an_order_due_today_and_still_open_is_late():
    found = score_suppliers(
        orders([("A", day("06-20"), AS_OF, None, 5, 0, "open")]), as_of=AS_OF, window_days=10
    )
    assert found.select("order_lines", "overdue_lines", "otif").row(0) == (1, 1, 0.0)
    # Late for certain, against a base rate of (1 + 1/2) / (1 + 1), by default worth ten lines.
    assert found["p_late"].item() == pytest.approx((1 + 10 * 0.75) / 11)


def test_rates_shrink_as_a_beta_binomial_demands():
    # 300 suppliers with rates from beta(2, 6): prior mean 0.25, worth 8 lines.
    rng = np.random.default_rng(9)
    rates = rng.beta(2, 6, 300)
    late = rng.binomial(25, rates)
    lines = [
        (
            f"s{i:03d}",
            day("05-01"),
            day("06-10"),
            day("06-12") if k < late[i] else day("06-10"),
            1,
            1,
            "received",
        )
        for i in range(300)
        for k in range(25)
    ]
    found = score_suppliers(orders(lines), as_of=AS_OF, window_days=60)["p_late"].to_numpy()
    assert found == pytest.approx((late + 2) / (25 + 8), abs=0.03)
    assert ((found - rates) ** 2).mean() < ((late / 25 - rates) ** 2).mean()


def test_lead_times_of_many_lines_are_their_own_and_without_lines_those_of_all():
    # A needs twice the 10 days asked of it, give or take; N, asked for 30 days, never delivered.
    rng = np.random.default_rng(1)
    needed = rng.integers(16, 25, 400)
    start = day("05-20")
    lines = [
        ("A", start, start + dt.timedelta(10), start + dt.timedelta(int(d)), 1, 1, "received")
        for d in needed
    ]
    lines.append(("N", AS_OF, AS_OF + dt.timedelta(30), None, 1, 0, "open"))
    found = score_suppliers(orders(lines), as_of=AS_OF, window_days=60)
    ours, new = found.row(0, named=True), found.row(1, named=True)
    assert ours["lead_time_mean"] == pytest.approx(needed.mean(), rel=0.01)
    assert ours["lead_time_sd"] == pytest.approx(needed.std(), rel=0.02)
    assert ours["lead_time_p50"] == pytest.approx(np.quantile(needed, 0.5), abs=1)
    assert ours["lead_time_p90"] == pytest.approx(np.quantile(needed, 0.9), abs=1)
    assert new["lead_time_mean"] == pytest.approx(3 * needed.mean(), rel=0.02)
    assert new["lead_time_p90"] == pytest.approx(3 * np.quantile(needed, 0.9), abs=3)


def test_overdue_lines_lengthen_the_lead_time():
    asked, ordered = day("06-24"), day("06-14")
    on_time = [("A", ordered, asked, asked, 1, 1, "received")] * 5
    overdue = [("A", ordered, asked, None, 1, 0, "open")] * 5
    calm = score_suppliers(orders(on_time), as_of=AS_OF, window_days=60)
    held = score_suppliers(orders(on_time + overdue), as_of=AS_OF, window_days=60)
    assert calm["lead_time_mean"].item() == pytest.approx(10)
    assert calm["lead_time_sd"].item() == pytest.approx(0)
    # Half the lines have taken 16 days so far, and most likely still come: 0.895 of them, as the
    # prior line has it, 0.1 exp(-6 / 7) against 0.005.
    chance = 0.1 * np.exp(-6 / 7) / (0.1 * np.exp(-6 / 7) + 0.005)
    # Pooled multiples are 1 and 1.6; five points' worth of them weigh as the supplier's own.
    own = (5 * 10 + 5 * chance * 16) / (5 + 5 * chance)
    assert held["lead_time_mean"].item() == pytest.approx(own, abs=0.2)
    assert held["lead_time_p90"].item() == pytest.approx(16, abs=0.1)


def test_a_forgotten_line_teaches_nothing_about_the_others():
    ordered, asked = day("05-10"), day("05-20")
    came = [("A", ordered, asked, asked + dt.timedelta(k), 1, 1, "received") for k in range(10)]
    forgotten = ("A", day("01-02"), day("01-12"), None, 300, 60, "confirmed")
    calm = score_suppliers(orders(came), as_of=AS_OF, window_days=365)
    held = score_suppliers(orders([*came, forgotten]), as_of=AS_OF, window_days=365)
    assert held["overdue_lines"].item() == 1
    for figure in ("lead_time_mean", "lead_time_sd", "lead_time_p50", "lead_time_p90"):
        assert held[figure].item() == pytest.approx(calm[figure].item(), abs=0.01), figure


def test_a_day_asked_for_before_the_order_or_beyond_reach_says_nothing_of_lead_times():
    good = ("A", day("06-01"), day("06-11"), day("06-11"), 1, 1, "received")
    before = ("A", day("06-20"), day("06-10"), day("06-25"), 1, 1, "received")
    far = ("A", dt.date(2024, 5, 10), day("06-14"), day("06-14"), 1, 1, "received")
    found = score_suppliers(orders([good, before, far]), as_of=AS_OF, window_days=365)
    assert found["order_lines"].item() == 3
    assert found["lead_time_mean"].item() == pytest.approx(10)


def test_a_delivery_before_its_order_has_no_lead_time():
    lines = [
        ("A", day("06-10"), day("06-20"), day("06-01"), 1, 1, "received"),
        ("A", day("06-01"), day("06-11"), day("06-11"), 1, 1, "received"),
    ]
    found = score_suppliers(orders(lines), as_of=AS_OF, window_days=60)
    assert found["lead_time_mean"].item() == pytest.approx(10)


def test_no_orders_no_rows_and_no_window_is_refused():
    assert score_suppliers(three_suppliers().clear(), as_of=AS_OF, window_days=30).is_empty()
    with pytest.raises(ValueError, match="window_days must be at least 1"):
        score_suppliers(three_suppliers(), as_of=AS_OF, window_days=0)


def cards(rows):
    return pl.DataFrame(
        [
            {"supplier": s, "order_lines": n, "lead_time_mean": m, "lead_time_sd": sd}
            for s, n, m, sd in rows
        ],
        schema={
            "supplier": pl.String,
            "order_lines": pl.Int64,
            "lead_time_mean": pl.Float64,
            "lead_time_sd": pl.Float64,
        },
    )


def terms(rows):
    return pl.DataFrame(
        rows,
        schema=["sku", "supplier", "contract_lead_time_days", "unit_price", "preferred"],
        orient="row",
    )


def lanes(rows):
    return pl.DataFrame(
        rows,
        schema=["origin", "destination", "transit_days", "order_weekdays", "allowed"],
        orient="row",
    )


def pairs(rows):
    return pl.DataFrame(
        rows,
        schema={
            "sku": pl.String,
            "location": pl.String,
            "supply_location": pl.String,
            "supplier": pl.String,
        },
        orient="row",
    )


def test_lead_times_by_hand():
    found, problems = estimate_lead_times(
        pairs(
            [
                ("a", "s1", "dc", "A"),
                ("a", "s2", "dc", "A"),
                ("a", "s3", "dc", "A"),
                ("a", "s4", "dc", "A"),
                ("a", "dc", None, "A"),
                ("b", "dc", None, "A"),
                ("c", "dc", None, "A"),
                ("d", "dc", None, "X"),
                ("e", "dc", None, "N"),
                ("f", "dc", None, None),
            ]
        ),
        cards([("A", 15, 20.0, 4.0), ("B", 0, 40.0, 8.0)]),
        terms(
            [
                ("a", "A", 12, 5.0, True),
                ("b", "A", 12, 5.0, False),
                ("b", "B", 30, 9.0, True),
                ("b", "C", 10, 9.0, True),
                ("e", "N", 10, 1.0, False),
            ]
        ),
        lanes(
            [
                ("dc", "s1", 2, "1010100", True),
                ("dc", "s2", 2, "1111111", False),
                ("dc", "s4", 2, "0000000", True),
            ]
        ),
        NO_CALENDARS,
        supplier_review_days=14,
    )
    closures = find_frame(SupplierClosures).empty()
    whole = add_closures(
        found, closures, NO_CALENDARS, find_frame(DeliveryRecord).empty(), as_of=AS_OF
    )
    assert CONTRACTS["lead_times"].conform(whole.with_columns(business_date=AS_OF)).height == 5
    by_key = {(row[0], row[1]): row[2:] for row in found.rows()}
    assert by_key["a", "s1"] == ("dc", None, 2.0, 0.0, pytest.approx(7 / 3))
    # 15 lines of 20 days and 5 of the contract's 12.
    assert by_key["a", "dc"] == (None, "A", 18.0, 4.0, 14.0)
    # The first by name of two preferred at one price, without lines of its own: the contract's.
    assert by_key["b", "dc"] == (None, "B", 30.0, 8.0, 14.0)
    # No terms, so the scorecard alone.
    assert by_key["c", "dc"] == (None, "A", 20.0, 4.0, 14.0)
    # No orders yet: the contract, and the variation of all suppliers, 12 days in 60.
    assert by_key["e", "dc"] == (None, "N", 10.0, pytest.approx(2.0), 14.0)
    assert problems.rows() == [
        ("a", "s2", "no allowed lane from dc to s2"),
        ("a", "s3", "no allowed lane from dc to s3"),
        ("a", "s4", "the lane from dc ships on no weekday"),
        ("d", "dc", "supplier X has neither terms nor orders"),
        ("f", "dc", "no supplier is known for the sku"),
    ]


def test_review_days_must_be_days():
    empty = lanes([("dc", "s1", 2, "1010100", True)]).clear()
    with pytest.raises(ValueError, match="supplier_review_days"):
        estimate_lead_times(
            pairs([]),
            cards([]),
            terms([("a", "A", 1, 1.0, True)]),
            empty,
            NO_CALENDARS,
            supplier_review_days=0,
        )


def test_a_supplier_is_asked_on_its_order_days_and_not_more_often_than_policy_asks():
    items = pairs([(sku, "dc", None, sku.upper()) for sku in "abcd"])
    agreed = terms([(sku, sku.upper(), 10, 1.0, True) for sku in "abcd"])
    days = {"A": "0100000", "B": "0100100", "C": "0000000"}
    calendars = pl.DataFrame(list(days.items()), schema=NO_CALENDARS.schema, orient="row")
    no_lanes = lanes([("dc", "s1", 2, "1010100", True)]).clear()

    def review(policy):
        found, problems = estimate_lead_times(
            items, cards([]), agreed, no_lanes, calendars, supplier_review_days=policy
        )
        assert problems.rows() == [("c", "dc", "supplier C takes orders on no weekday")]
        return found["review_days"].to_list()

    assert review(1) == [7.0, 3.5, 1.0]
    assert review(5) == [7.0, 5.0, 5.0]
    assert review(14) == [14.0, 14.0, 14.0]


def test_shrunk_lateness_beats_raw_rates_on_real_deliveries():
    path = SHARED / "scms" / "deliveries.parquet"
    if not path.exists():
        pytest.skip(f"USAID SCMS deliveries are not at {path}")
    lines = pl.read_parquet(path).filter(
        pl.col("vendor") != "SCMS from RDC",
        pl.col("po_sent_date").is_not_null(),
        pl.col("line_item_quantity") >= 1,
    )
    ours, raw = [], []
    for year in range(2009, 2014):
        as_of = dt.date(year, 1, 1)
        card, ahead = _forward(lines, as_of)
        rate = card.join(ahead, on="supplier")
        ours.append(((rate["p_late"] - rate["late"]) ** 2).sum())
        raw.append(((rate["raw"] - rate["late"]) ** 2).sum())
    assert sum(ours) < sum(raw)


def _forward(lines, as_of):
    """Scorecard of two years with the raw rates beside it, and the lateness of the next year."""
    open_still = pl.col("delivered_to_client_date") > as_of
    history = lines.filter(pl.col("po_sent_date") <= as_of).select(
        po="id",
        line=pl.lit(1),
        supplier="vendor",
        ordered_on="po_sent_date",
        requested_on="scheduled_delivery_date",
        delivered_on=pl.when(~open_still).then("delivered_to_client_date"),
        ordered_quantity=pl.col("line_item_quantity").cast(pl.Int64),
        confirmed_quantity=pl.lit(None, pl.Int64),
        delivered_quantity=pl.when(~open_still).then("line_item_quantity").otherwise(0),
        status=pl.when(open_still).then(pl.lit("open")).otherwise(pl.lit("received")),
    )
    due = history.filter(
        pl.col("requested_on") <= as_of, pl.col("requested_on") > as_of - dt.timedelta(days=730)
    )
    late = (pl.col("delivered_on") > pl.col("requested_on")).fill_null(value=True)
    raw = due.group_by("supplier").agg(raw=late.mean())
    card = score_suppliers(history, as_of=as_of, window_days=730).join(raw, on="supplier")
    coming = pl.col("scheduled_delivery_date")
    ahead = lines.filter(coming > as_of, coming <= as_of + dt.timedelta(days=365)).select(
        supplier="vendor", late=(pl.col("days_late") > 0).cast(pl.Float64)
    )
    return card, ahead
