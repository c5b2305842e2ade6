"""Causes of a change in stock: by books made by hand, each cause by itself, and their sums."""

import numpy as np
import polars as pl
import pytest
from explained_books import SINCE, UNTIL, days, lines, stocks

from optimization.causes import (
    explain_exceptions,
    explain_stocks,
    find_wrong_shares,
    find_wrong_sums,
    list_upstream,
    name_stocks,
)
from quality_checks.checks import judge_causes, judge_shares
from quality_checks.contracts import ExceptionScope, PlansBefore, find_contract, find_frame


def explain(known=None, by_day=None, documents=None):
    known = stocks() if known is None else known
    by_day = days() if by_day is None else by_day
    documents = lines() if documents is None else documents
    found = explain_stocks(known, by_day, documents)
    assert find_wrong_sums(found).is_empty()
    return found


def units(found):
    return dict(found.select("cause", "units").iter_rows())


def test_nothing_differs_where_a_plan_came_true():
    found = explain()
    assert found.select("cause", "units", "share").rows() == [("as_planned", 0.0, 1.0)]


@pytest.mark.parametrize(
    ("change", "cause", "by"),
    [
        ({"inventory_position": 9}, "allocation_cut", -5),
        ({"closing": 9, "arrived": 5, "released": 1}, "not_released", -5),
        ({"closing": 11, "arrived": 7}, "not_shipped", -3),
        ({"closing": 16, "arrived": 12}, "extra_supply", 2),
        ({"inventory_position": 17}, "above_level", 3),
        ({"closing": 12, "sent_away": 2}, "transfer_out", -2),
        ({"closing": 16, "returned": 2}, "returns", 2),
        ({"returns_expected": 3.5}, "returns", -3.5),
        ({"closing": 8, "counted": -6}, "count_correction", -6),
        ({"closing": 13, "adjusted": -1}, "adjustment", -1),
        ({"closing": 11, "damaged": 3}, "damage", -3),
        ({"closing": 10, "reserved": 4}, "reserved", -4),
        ({"closing": 9}, "unbooked", -5),
        ({"closing": 12, "sold": 8}, "other_nodes", -2),
        ({"closing": 12, "sold": 8, "credited": 8}, "bulk_sale", -2),
    ],
)
def test_a_change_of_the_books_has_its_cause(change, cause, by):
    found = explain(stocks(change))
    assert units(found) == pytest.approx({cause: by})
    assert found["share"].to_list() == [1.0]


def test_documents_are_late_while_they_are_open_and_short_when_they_are_done():
    lacking = stocks({"closing": 11, "arrived": 7})
    late = explain(lacking, documents=lines({"arrived": 1, "still_open": True}))
    short = explain(lacking, documents=lines({"arrived": 1, "supplier": "v1"}))
    assert units(late) == {"late_receipt": -3}
    assert units(short) == {"short_receipt": -3}
    assert "transfer t1, due on 2025-09-04" in late["words"][0]
    assert "of v1" in short["words"][0]


def test_demand_beyond_the_forecast_is_the_promotions_on_days_that_have_one():
    sold = {"demand": 9.0, "sales": 9}
    usual = stocks({"closing": 0, "sold": 20, "credited": 20})
    mean = days(sold, sold, correlation=0.0)
    promoted = {"promoted_now": True, "price_now": 0.8}
    told = days(sold | promoted, sold | promoted, correlation=0.0)
    before = days(
        sold | promoted | {"promoted_then": True}, sold | promoted | {"promoted_then": True}
    )
    assert units(explain(usual, mean)) == {"demand_level": -14}
    assert units(explain(usual, told)) == {"unannounced_promotion": -14}
    assert units(explain(usual, before))["promotion"] == pytest.approx(-14, abs=0.5)


def test_units_that_nobody_could_buy_count_as_demand():
    found = explain(
        stocks({"closing": 0, "sold": 20, "credited": 20}),
        days({"demand": 16.0, "sales": 9}, {"demand": 9.0, "sales": 9}, correlation=0.0),
    )
    assert units(found) == {"demand_level": -21}
    assert found["observed"][0] == -7


def test_a_level_that_all_days_share_is_not_laid_to_the_promotion():
    """Days of twice the forecast beside a promoted day of twice as much again."""
    twice = {"demand": 4.0, "sales": 4}
    by_day = days(
        {"demand": 8.0, "sales": 8, "promoted_now": True},
        twice,
        twice,
        correlation=1.0,
        variance=9e9,
    )
    found = units(explain(stocks({"closing": 4, "sold": 16, "credited": 16}), by_day))
    # The level adds 2 of the promoted day before the promotion and 4 after it; likewise that one.
    assert found == pytest.approx({"demand_level": -(2 + 2 + 3), "unannounced_promotion": -3})


def test_days_without_known_sales_are_named_and_not_taken_for_zero():
    found = explain(
        stocks({"closing": 14, "sold": 4, "credited": 4}), days({"demand": None, "sales": None})
    )
    # Two units less were booked than forecast, and as many are gone from the shelf.
    assert units(found) == {"as_planned": 0}
    gone = explain(
        stocks({"closing": 10, "sold": 4, "credited": 4}), days({"demand": None, "sales": None})
    )
    assert units(gone) == {"sales_unknown": -4}


def test_a_cut_for_want_of_stock_is_passed_on_to_what_the_dc_lacks():
    short = {"inventory_position": 8, "planned": 0, "released": 0, "left_out": "dc_empty"}
    mine = {"closing": 8, "arrived": 4, "upstream": "2"}
    above = {"stock": "2", "asked": False, "location": "dc", "echelon": True, "until": SINCE}
    of_dc = above | {"planned": 0, "released": 0, "goods_due": False, "closing": 3, "arrived": 0}
    known = stocks(short | mine, of_dc | {"since": SINCE.replace(month=8), "counted": -1})
    lacking = lines(
        {}, {"stock": "2", "document": "p", "arrived": 0, "still_open": True, "units": 3}
    )
    # The DC: 10 and 3 to come, of which 6 leave with customers, 1 by a count and 3 are late.
    by_day = pl.concat([days(), days(stock="2", location="s", sales=2)])
    found = explain(known, by_day, lacking)
    assert found.select("cause", "place", "units").rows() == [
        ("count_correction", "dc", -3.0),
        ("late_receipt", "dc", -9.0),
    ]


def test_stocks_are_named_and_know_the_one_upstream():
    row = {
        "sku": "a",
        "echelon": False,
        "goods_due": True,
        "order_up_to": 5,
        "inventory_position": 1,
        "planned": 0,
        "released": 0,
        "left_out": "dc_empty",
        "limit": None,
    }
    mine = [
        row | {"location": "s", "supply_location": "dc", "since": SINCE, "until": UNTIL},
        row
        | {
            "location": "t",
            "supply_location": "dc",
            "since": SINCE,
            "until": UNTIL,
            "left_out": "limit_full",
        },
    ]
    schema = find_frame(PlansBefore).schema
    plans = pl.DataFrame(mine, schema=schema)
    wanted = list_upstream(plans)
    assert wanted.rows() == [("a", "dc", SINCE)]
    above = pl.DataFrame(
        [
            row
            | {
                "location": "dc",
                "supply_location": None,
                "since": SINCE.replace(month=8),
                "until": SINCE,
                "echelon": True,
            }
        ],
        schema=schema,
    )
    named = name_stocks(plans, above)
    assert named.select("stock", "asked", "upstream").rows() == [
        ("a|s|2025-09-04", True, "a|dc|2025-09-01"),
        ("a|t|2025-09-04", True, None),
        ("a|dc|2025-09-01", False, None),
    ]


def scope(*rows):
    schema = find_contract(ExceptionScope).schema
    names = ["exception_id", "sku", "location", "side"]
    return pl.DataFrame(
        [dict.fromkeys(schema.names()) | dict(zip(names, row, strict=True)) for row in rows],
        schema=schema,
    )


def test_an_exception_has_the_causes_of_the_item_locations_that_run_short():
    known = stocks(
        {"closing": 8, "counted": -6, "returned": 0},
        {"stock": "2", "location": "t", "closing": 12, "sent_away": 2},
        {"stock": "3", "location": "u", "closing": 16, "returned": 2},
    )
    by_day = pl.concat([days(), days(stock="2", location="t"), days(stock="3", location="u")])
    documents = lines({}, {"stock": "2"}, {"stock": "3"})
    causes = explain_stocks(known, by_day, documents)
    found = explain_exceptions(
        scope(
            ("e1", "a", "s", "short"),
            ("e1", "a", "t", "short"),
            ("e1", "a", "u", "over"),
            ("e2", "a", "u", "over"),
            ("e3", "a", "u", "short"),
            ("e4", "a", "x", "short"),
            ("e5", "a", "s", "neither"),
        ),
        causes,
    )
    assert found.select("exception_id", "cause", "rank", "share", "units").rows() == [
        ("e1", "count_correction", 1, 0.75, -6.0),
        ("e1", "transfer_out", 2, 0.25, -2.0),
        ("e2", "returns", 1, 1.0, 2.0),
        ("e3", "as_planned", 1, 1.0, 0.0),
        ("e4", "unknown", 1, 1.0, 0.0),
    ]
    assert found["words"][0] == (
        "75%: Corrections by counts took 6 units of 1 item-location, most at s."
    )
    assert find_wrong_shares(found).is_empty()


def test_the_order_of_rows_changes_nothing():
    known = stocks(
        {"closing": 8, "counted": -6, "sold": 9, "credited": 9},
        {"stock": "2", "location": "t", "closing": 12, "sent_away": 2},
    )
    by_day = pl.concat([days(demand=3.1, sales=3), days(stock="2", location="t", demand=1.7)])
    documents = lines({}, {"stock": "2"}, {"stock": "2", "line": 2, "arrived": None})
    found = explain_stocks(known, by_day, documents)
    turned = explain_stocks(known.reverse(), by_day.reverse(), documents.reverse())
    assert found.equals(turned)
    rows = scope(("e", "a", "s", "short"), ("e", "a", "t", "short"), ("d", "a", "t", "over"))
    assert explain_exceptions(rows, found).equals(
        explain_exceptions(rows.reverse(), found.reverse())
    )


def test_checks_fire_on_sums_and_shares_that_are_wrong():
    found = explain(stocks({"closing": 9, "counted": -1, "returned": 1}))
    shares = explain_exceptions(scope(("e", "a", "s", "short")), found)
    assert judge_causes(find_wrong_sums(found)).passed
    assert judge_shares(find_wrong_shares(shares)).passed
    for wrong in (pl.col("units") + 1e-3, pl.col("share") * 0.99):
        outcome = judge_causes(find_wrong_sums(found.with_columns(wrong)))
        assert not outcome.passed
        assert outcome.failing.select("sku", "location").rows() == [("a", "s")]
    assert not judge_shares(find_wrong_shares(shares.with_columns(pl.col("share") * 0.99))).passed


def test_terms_sum_to_the_change_whatever_the_books_say():
    draw = np.random.default_rng(7)
    for _ in range(60):
        moved = {
            name: int(draw.integers(0, 10))
            for name in (
                "opening",
                "closing",
                "arrived",
                "sent_away",
                "sold",
                "credited",
                "returned",
                "planned",
                "released",
                "order_up_to",
                "inventory_position",
            )
        } | {
            name: int(draw.integers(-5, 6))
            for name in ("counted", "adjusted", "damaged", "reserved")
        }
        moved |= {"goods_due": draw.random() < 0.7, "returns_expected": draw.random()}
        by_day = days(
            *[
                {
                    "forecast": draw.random() * 4,
                    "demand": None if draw.random() < 0.5 else draw.random() * 9,
                    "sales": int(draw.integers(0, 4)),
                    "promoted_now": draw.random() < 0.5,
                    "promoted_then": draw.random() < 0.5,
                    "event": draw.random() < 0.3,
                    "price_now": 1.0 if draw.random() < 0.5 else 0.7,
                    "correlation": draw.random(),
                }
                for _ in range(3)
            ]
        ).with_columns(sales=pl.when(pl.col("demand").is_not_null()).then("sales"))
        documents = lines(
            *[
                {
                    "line": number,
                    "units": int(draw.integers(1, 10)),
                    "arrived": None if draw.random() < 0.5 else int(draw.integers(0, 10)),
                    "still_open": draw.random() < 0.5,
                }
                for number in range(1, 4)
            ]
        )
        known = stocks(moved)
        found = explain(known, by_day, documents)
        row = known.row(0, named=True)
        lost = (by_day["demand"] - by_day["sales"]).sum()
        if found.height:
            assert found["observed"][0] == pytest.approx(row["closing"] - lost)
