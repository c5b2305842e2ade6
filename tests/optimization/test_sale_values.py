"""What a sale earns, by hand: announced offers, receipts, returns, and what is wrong with them."""

import datetime as dt

import polars as pl
import pytest

from governance.kinds import list_reasons
from optimization.levels.order_up_to import CAUTIONS as OF_LEVELS
from optimization.value import SaleRecords, compute_sale_margin, value_sales
from optimization.value.sale_values import CAUTIONS
from quality_checks.checks import judge_left_stock, judge_prices
from quality_checks.contracts import (
    AnnouncedOffers,
    CategoryPrices,
    DailyDemand,
    Economics,
    PaidSales,
    PairReturns,
    PlanningPairs,
    find_contract,
    find_frame,
)

FIRST = dt.date(2025, 10, 1)
ECONOMICS = Economics(
    holding_rate_per_year=0.2,
    markdown_loss_share=0.0,
    exit_loss_share=0.5,
    service_ceiling=0.99,
    holding_horizon_days=100,
    return_handling_cost=2.0,
    service_floor={},
)
SHOE = {
    "sku": "SHOE",
    "location": "S1",
    "region": "R",
    "kind": "store",
    "status": "active",
    "category": "shoes",
    "supply_location": "DC",
    "unit_cost": 36.52,
    "unit_price": 91.95,
    "lead_time_mean": 2.0,
    "review_days": 1.0,
    "on_hand": 3,
    "launch_date": dt.date(2024, 1, 1),
    "exit_date": dt.date(2025, 10, 13),
}


def day(offset):
    return FIRST + dt.timedelta(days=offset)


def pairs(*changes):
    schema = {
        name: dtype for name, dtype in find_contract(PlanningPairs).schema.items() if name in SHOE
    }
    return pl.DataFrame([SHOE | change for change in changes], schema=schema)


def filled(model, *rows):
    return pl.DataFrame(list(rows), schema=find_frame(model).schema)


def demand(**by_place):
    """Demand by day at places, from the first day on."""
    rows = [
        {
            "sku": "SHOE",
            "location": place,
            "date": day(offset),
            "mean": float(mean),
            "variance": 1.0,
            "correlation": 0.0,
            "common_variation": 0.0,
        }
        for place, means in by_place.items()
        for offset, mean in enumerate(means)
    ]
    return filled(DailyDemand, *rows)


def offer(location="S1", start=-30, end=30, sku="SHOE", **terms):
    ends = None if end is None else day(end)
    row = {"sku": sku, "location": location, "starts_on": day(start), "ends_on": ends}
    return row | {"price": None, "discount": None} | terms


def records(offers=(), paid=(), categories=(), returns=()):
    return SaleRecords(
        filled(AnnouncedOffers, *offers),
        filled(PaidSales, *paid),
        filled(CategoryPrices, *categories),
        filled(PairReturns, *returns),
    )


def paid(units, price, location="S1", sku="SHOE", offset=-3):
    row = {"sku": sku, "location": location, "date": day(offset)}
    return row | {"units": units, "net_value": units * price}


def returned(rate, resalable, location="S1", sku="SHOE"):
    row = {"sku": sku, "location": location}
    return row | {"return_rate": rate, "resalable_share": resalable}


SHOES = {"category": "shoes", "units": 1000, "net_value": 9e4, "list_value": 1e5, "cost_value": 4e4}
MARKDOWN = offer(price=55.17, start=0, end=12)
STAYS = {"exit_date": None}


def value(known, given, forecast=None, economics=ECONOMICS):
    ahead = demand(S1=[1.0] * 28) if forecast is None else forecast
    return value_sales(known, ahead, given, economics, first_day=FIRST)


def one(given=None, **changes):
    rows = value(pairs(changes), records() if given is None else given).lines
    return rows.row(0, named=True)


def test_a_shoe_marked_down_until_its_exit_earns_its_markdown_price_less_cost():
    line = one(records([MARKDOWN]))
    assert line["selling_price"] == pytest.approx(55.17)
    assert line["sale_margin"] == pytest.approx(18.65)
    assert (line["basis"], line["cautions"]) == ("markdown", "returns_not_known")
    # It arrives on day 2, and is sold for a week or until its last day on sale.
    assert (line["sells_from"], line["sells_to"]) == (day(2), day(8))


def test_returns_take_the_margin_the_goods_and_the_handling():
    line = one(records([MARKDOWN], returns=[returned(0.1, 0.8)]))
    # 0.9 x 18.65 - 0.1 x 0.2 x 36.52 - 0.1 x 2.
    assert line["sale_margin"] == pytest.approx(15.8546)
    assert (line["return_cost"], line["cautions"]) == (2.0, "")
    frame = pl.DataFrame([line | {"supplier_price": 30.0}])
    of_supplier = frame.select(compute_sale_margin("supplier_price")).item()
    assert of_supplier == pytest.approx(0.9 * 25.17 - 0.1 * 0.2 * 30.0 - 0.2)


def test_a_price_is_the_mean_over_the_days_of_sale_by_their_demand():
    # Days 2 to 8: on 2 and 3 at 50 %, with a demand of 3 each against 1 on the other five.
    ahead = demand(S1=[9.0, 9.0, 3.0, 3.0, *[1.0] * 24])
    given = records([offer(discount=0.5, start=0, end=3)])
    line = value(pairs(STAYS), given, ahead).lines.row(0, named=True)
    assert line["selling_price"] == pytest.approx(91.95 * (6 * 0.5 + 5) / 11)
    assert line["basis"] == "promotion"


def test_the_lowest_entry_and_the_largest_discount_of_a_day_hold():
    offers = [
        offer(price=80.0),
        offer(price=60.0),
        offer(discount=0.1),
        offer(discount=0.25),
        offer("S2", price=40.0),
        offer(price=45.0, start=-9, end=-1),
    ]
    line = one(records(offers), **STAYS)
    assert line["selling_price"] == pytest.approx(60 * 0.75)
    assert line["basis"] == "promotion"


def test_a_price_list_alone_and_no_offer_at_all():
    line = one(records([offer(price=80.0)]), **STAYS)
    assert (line["selling_price"], line["basis"]) == (pytest.approx(80.0), "price_list")
    line = one(**STAYS)
    assert (line["selling_price"], line["basis"]) == (pytest.approx(91.95), "list_price")


def test_an_item_that_leaves_before_the_goods_come_is_valued_by_its_last_days():
    late = {"lead_time_mean": 60.0}
    line = one(records([offer(price=50.0, start=6, end=12)]), **late)
    assert (line["sells_from"], line["sells_to"]) == (day(6), day(12))
    assert line["selling_price"] == pytest.approx(50.0)


def test_a_launch_sells_from_its_first_day():
    line = one(launch_date=day(20), exit_date=None)
    assert (line["sells_from"], line["sells_to"]) == (day(20), day(26))


NODE = {"location": "DC", "kind": "dc", "supply_location": None, "lead_time_mean": 10.0,
        "review_days": 7.0, **STAYS}  # fmt: skip


def test_a_dc_earns_what_the_pairs_it_feeds_earn_by_their_demand():
    known = pairs(STAYS, {"location": "S2", **STAYS}, NODE)
    ahead = demand(S1=[3.0] * 28, S2=[1.0] * 28)
    given = records(
        [offer("S2", discount=0.4)], returns=[returned(0.1, 1.0), returned(0.3, 0.5, "S2")]
    )
    line = value(known, given, ahead).lines.filter(location="DC").row(0, named=True)
    assert line["selling_price"] == pytest.approx(91.95 * (3 + 0.6) / 4)
    assert line["return_rate"] == pytest.approx((3 * 0.1 + 0.3) / 4)
    # Of 0.3 + 0.3 units that come back, 0.3 + 0.15 can be sold again.
    assert line["resalable_share"] == pytest.approx(0.75)
    # Ordered tonight: at the DC on day 10, at a store two days later; the next order a week on.
    assert (line["sells_from"], line["sells_to"]) == (day(12), day(18))


def test_later_than_offers_are_known_an_item_sells_at_its_category_s_usual_share():
    far = {"lead_time_mean": 40.0, **STAYS}
    line = one(records(categories=[SHOES]), **far)
    assert line["selling_price"] == pytest.approx(91.95 * 0.9)
    assert (line["basis"], line["announced_price"]) == ("usual_price", pytest.approx(91.95))
    known = one(records([offer(price=70.0, end=None)], categories=[SHOES]), **far)
    assert known["selling_price"] == pytest.approx(70.0)


@pytest.mark.parametrize("end", [None, 900])
def test_a_promotion_that_never_ends_is_a_markdown_under_way(end):
    line = one(records([offer(discount=0.4, end=end)]), lead_time_mean=100.0, **STAYS)
    assert line["selling_price"] == pytest.approx(91.95 * 0.6)
    assert (line["basis"], line["cautions"]) == (
        "markdown",
        "promotion_without_end;returns_not_known",
    )


def test_a_shop_that_sells_below_what_is_announced_is_believed_by_its_receipts():
    line = one(records(paid=[paid(30, 55.17)]), **STAYS)
    # Nothing is known of it elsewhere: (30 x 0.6 + 10 x 1) / 40.
    assert line["selling_price"] == pytest.approx(91.95 * 0.7)
    assert line["basis"] == "realised_price"
    assert line["cautions"] == "paid_below_announced;returns_not_known"
    assert line["realised_price"] == pytest.approx(55.17)


def test_receipts_with_tax_are_named_and_lift_no_price_above_the_list_price():
    line = one(records(paid=[paid(90, 91.95 * 1.19)]), **STAYS)
    assert line["selling_price"] == pytest.approx(91.95)
    assert line["cautions"] == "paid_above_announced;returns_not_known"
    # An announced promotion that the shop does not give is lifted to the list price at most.
    given = records([offer(discount=0.3)], paid=[paid(90, 91.95)])
    assert one(given, **STAYS)["selling_price"] == pytest.approx(
        91.95 * 0.7 * (90 / 0.7 + 10) / 100
    )


def test_what_an_item_sells_for_elsewhere_tells_of_a_shop_that_sold_none():
    known = pairs(STAYS, {"location": "S2", **STAYS})
    lines = value(known, records(paid=[paid(30, 55.17)])).lines
    assert lines.filter(location="S2")["selling_price"].item() == pytest.approx(91.95 * 0.7)


def test_a_promotion_that_is_over_is_no_disagreement():
    over = offer(discount=0.4, start=-10, end=-1)
    line = one(records([over], paid=[paid(30, 55.17)]), **STAYS)
    assert (line["selling_price"], line["basis"]) == (pytest.approx(91.95), "list_price")


def test_a_few_sales_do_not_outweigh_documents():
    assert one(records(paid=[paid(2, 55.17)]), **STAYS)["basis"] == "list_price"


@pytest.mark.parametrize(
    ("list_price", "caution"),
    [
        (None, "no_list_price"),
        (0.0, "no_list_price"),
        (0.01, "list_price_not_believed"),
        (30.0, "list_price_below_cost"),
    ],
)
def test_a_bad_list_price_gives_way_to_what_was_paid_and_to_the_category(list_price, caution):
    bad = {"unit_price": list_price, **STAYS}
    line = one(records(paid=[paid(30, 80.0)], categories=[SHOES]), **bad)
    # Shoes sell at 9 / 4 of their cost, 82.17.
    assert line["selling_price"] == pytest.approx((30 * 80 + 10 * 82.17) / 40)
    assert (line["basis"], line["announced_price"]) == ("realised_price", None)
    assert line["cautions"] == f"{caution};returns_not_known"
    unsold = one(records(categories=[SHOES]), **bad)
    assert unsold["selling_price"] == pytest.approx(82.17)
    assert unsold["basis"] == "category_ratio"


@pytest.mark.parametrize("price", [0.0, 0.01, 300.0, 919.5])
def test_an_entry_of_a_cent_or_with_its_point_in_the_wrong_place_is_not_believed(price):
    line = one(records([offer(price=price)]), **STAYS)
    assert line["selling_price"] == pytest.approx(91.95)
    assert line["cautions"] == "offer_not_believed;returns_not_known"


def test_a_list_price_with_its_point_in_the_wrong_place_is_not_believed():
    line = one(records(paid=[paid(30, 80.0)], categories=[SHOES]), unit_price=919.5, **STAYS)
    assert line["selling_price"] == pytest.approx((30 * 80 + 10 * 82.17) / 40)
    assert line["basis"] == "realised_price"
    assert "list_price_not_believed" in line["cautions"]
    # Nothing was sold yet: it may have a margin that its category has not.
    unsold = one(records(categories=[SHOES]), unit_price=919.5, **STAYS)
    assert (unsold["selling_price"], unsold["basis"]) == (919.5, "list_price")


def test_an_entry_of_an_item_without_list_price_or_sales_is_believed():
    line = one(records([offer(price=300.0)], categories=[SHOES]), unit_price=None, **STAYS)
    assert line["selling_price"] == 300.0
    assert "offer_not_believed" not in line["cautions"]


def test_a_clearance_leaves_the_list_price_alone():
    line = one(records(paid=[paid(30, 20.0)], categories=[SHOES]), **STAYS)
    assert "list_price_not_believed" not in line["cautions"]


def test_an_entry_above_an_inflated_list_price_is_held_against_what_is_paid():
    line = one(
        records([offer(price=919.5)], paid=[paid(30, 80.0)], categories=[SHOES]),
        unit_price=919.5,
        **STAYS,
    )
    assert "offer_not_believed" in line["cautions"]
    assert line["selling_price"] == pytest.approx((30 * 80 + 10 * 82.17) / 40)


def test_what_nothing_prices_is_named_and_never_worth_nothing():
    known = pairs({"unit_price": None, **STAYS}, {"sku": "OTHER", **STAYS})
    plan = value(known, records())
    assert plan.left_out.rows() == [("SHOE", "S1", "no_price")]
    line = plan.lines.filter(sku="SHOE").row(0, named=True)
    assert (line["selling_price"], line["sale_margin"], line["basis"]) == (None, None, None)
    assert line["cautions"] == "no_list_price;returns_not_known;no_price"


def test_a_sale_below_cost_is_named_and_loses():
    line = one(records([offer(price=30.0)], returns=[returned(0.0, 1.0)]), **STAYS)
    assert line["sale_margin"] == pytest.approx(-6.52)
    assert line["cautions"] == "sells_below_cost"


def test_stock_of_an_item_that_has_left_the_range_is_worth_its_salvage():
    gone = {"status": "exited", "exit_date": day(-5)}
    line = one(records(returns=[returned(0.2, 0.5)]), **gone)
    assert line["selling_price"] == pytest.approx(18.26)
    assert (line["sale_margin"], line["basis"]) == (pytest.approx(-18.26), "salvage")
    assert line["cautions"] == "left_range_with_stock"
    assert one(on_hand=0, **gone)["cautions"] == "returns_not_known"


GONE = {"status": "exited", "exit_date": day(-5)}
BAD = {
    "a list price of zero": (STAYS | {"unit_price": 0.0}, {}, "no_list_price"),
    "a list price of a cent": (STAYS | {"unit_price": 0.01}, {}, "list_price_not_believed"),
    "an entry of zero": (STAYS, {"offers": [offer(price=0.0)]}, "offer_not_believed"),
    "an entry of a cent": (STAYS, {"offers": [offer(price=0.01)]}, "offer_not_believed"),
    "a list price below cost": (STAYS | {"unit_price": 30.0}, {}, "list_price_below_cost"),
    "a promotion that never ends": (
        STAYS, {"offers": [offer(discount=0.4, end=None)]}, "promotion_without_end",
    ),
    "no price": (STAYS | {"unit_price": None}, {"categories": []}, "no_price"),
    "an exit in the past with stock on hand": (GONE, {}, "left_range_with_stock"),
    "the same of an item that is active still": (
        {"exit_date": day(-1)}, {}, "left_range_with_stock",
    ),
}  # fmt: skip
"""Bad input -> the pair, what is on record besides, and the code that names it."""


@pytest.mark.parametrize("case", BAD)
def test_a_bad_price_is_named_on_its_pair_and_a_sound_one_is_not(case):
    """What is sold and its price are known of both, and of like items."""
    changes, given, code = BAD[case]
    usual = {"categories": [SHOES], "returns": [returned(0.1, 1.0), returned(0.1, 1.0, "S2")]}
    known = pairs(changes, {"location": "S2", **STAYS})
    lines = value(known, records(**usual | given)).lines
    named = lines.filter(pl.col("cautions").str.split(";").list.contains(code))
    assert named["location"].to_list() == ["S1"]
    outcome = judge_prices(lines)
    # Stock past its season is no fault of a price: it has a check of its own.
    left = judge_left_stock(lines, known).failing
    worth = [3 * 18.26] if code == "left_range_with_stock" else []
    assert left["salvage_value"].to_list() == pytest.approx(worth)
    expected = [] if code == "left_range_with_stock" else ["S1"]
    assert outcome.failing["location"].to_list() == expected
    assert outcome.passed == (not expected)


def test_every_code_of_a_price_or_a_level_has_words_on_an_action():
    # What nothing prices gets no action: the check `planned` names it.
    assert {*CAUTIONS, *OF_LEVELS} - {"no_price"} <= list_reasons().keys()


def test_ranges_of_skus_and_the_order_of_rows_change_nothing():
    known = pairs(STAYS, {"location": "S2", **STAYS}, NODE, {"sku": "OTHER", **STAYS})
    given = records([offer(discount=0.3)], [paid(9, 70.0)], [SHOES], [returned(0.1, 0.5)])
    ahead = demand(S1=[3.0] * 28, S2=[1.0] * 28)
    whole = value(known, given, ahead).lines
    turned = SaleRecords(given.offers, given.paid.reverse(), given.categories, given.returns)
    assert value(known.reverse(), turned, ahead.reverse()).lines.equals(whole)
    parts = [value(known.filter(sku=sku), given, ahead).lines for sku in ("OTHER", "SHOE")]
    assert pl.concat(parts).equals(whole)


def test_no_pairs_have_no_values():
    assert value(pairs(), records()).lines.is_empty()
