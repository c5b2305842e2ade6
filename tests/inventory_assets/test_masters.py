"""Masters that contradict each other or what sold: facts win by a rule, a check names them."""

import pytest
from landing_folder import day, sale

from quality_checks.checks import judge_masters
from quality_checks.contracts import CONTRACTS

LAST = 60
SELLING = range(1, LAST + 1)


def land(shop, *, items=(), stores=(), sold=()):
    """Masters as they stand on the last day, and sales: (sku, location, days)."""
    if items:
        shop.send("products", LAST, list(items))
    if stores:
        shop.send("locations", LAST, list(stores))
    rows = [
        sale(f"{sku}-{store}-{number}", number, sku=sku, location=store)
        for sku, store, days in sold
        for number in days
    ]
    # History begins with the first file; all else comes in one, since many take long to load.
    shop.send("pos_sales", 1, [sale("first", 1, sku="B", location="S2")])
    shop.send("pos_sales", LAST, rows, part="1")
    shop.load_all(LAST)
    for name in ("trading_days", "demand_history"):
        shop.rebuild(name, LAST)


def contradictions(shop):
    """(kind, code) -> (starts_on, ends_on), as the asset stores them."""
    found = shop.warehouse.query("dates_in_force", day(LAST))
    shop.warehouse.write(CONTRACTS["dates_in_force"], day(LAST), found)
    rows = found.select("kind", "code", "starts_on", "ends_on").iter_rows()
    return {(kind, code): dates for kind, code, *dates in rows}


def openings(shop):
    rows = shop.warehouse.query("location_openings", day(LAST)).iter_rows()
    return {location: dates for location, *dates in rows}


@pytest.mark.parametrize(
    ("dates", "days", "expected"),
    [
        # Closed for a refit, and open again since: also before its first sale.
        ({"opened_on": day(50), "closed_on": day(20)}, range(51, 61), [day(50), None]),
        ({"opened_on": day(50), "closed_on": day(20)}, range(1, 20), [day(50), None]),
        ({"opened_on": None, "closed_on": day(20)}, SELLING, [None, None]),
        ({"opened_on": day(80), "closed_on": None}, range(55, 61), [day(55), None]),
    ],
)
def test_a_location_that_opened_again_or_sells_is_open(shop, dates, days, expected):
    store = {"location": "S1", **dates}
    land(shop, stores=[store], sold=[("A", "S1", days), ("A", "S2", SELLING)])
    assert contradictions(shop) == {("location", "S1"): expected}
    assert openings(shop)["S1"] == expected
    assert openings(shop)["S2"] == [None, None]


@pytest.mark.parametrize("days", [range(1, 40), [*range(1, 40), 60]])
def test_a_closed_location_stays_closed_whatever_one_line_says(shop, days):
    store = {"location": "S1", "closed_on": day(40)}
    land(shop, stores=[store], sold=[("A", "S1", days), ("A", "S2", SELLING)])
    assert contradictions(shop) == {}
    assert openings(shop)["S1"] == [None, day(40)]


def test_days_between_closing_and_opening_again_are_closed(shop):
    store = {"location": "S1", "opened_on": day(50), "closed_on": day(20)}
    sold = [("A", "S1", [*range(1, 20), 55]), ("A", "S2", SELLING)]
    land(shop, stores=[store], sold=sold)

    def status(number):
        rows = shop.warehouse.read(CONTRACTS["trading_days"], day(number))
        return rows.filter(location="S1")["status"].item()

    assert [status(number) for number in (19, 20, 49, 50, 55)] == [
        "open",
        "closed",
        "closed",
        "missing",
        "open",
    ]


def test_a_location_that_sells_on_its_days_of_rest_is_named(shop):
    store = {"location": "S1", "open_weekdays": "0111110"}
    land(shop, stores=[store], sold=[("A", "S1", range(40, 61)), ("A", "S2", SELLING)])
    assert contradictions(shop) == {("location", "S1"): [None, None]}


@pytest.mark.parametrize(
    ("dates", "days", "expected"),
    [
        ({"launch_date": day(90)}, SELLING, [day(1), None]),
        ({"launch_date": day(57)}, SELLING, [day(1), None]),
        ({"launch_date": day(30), "exit_date": day(10)}, range(31, 61), [day(30), None]),
        ({"launch_date": day(1), "exit_date": day(50)}, SELLING, [day(1), day(50)]),
    ],
)
def test_an_item_that_sells_is_on_sale_and_one_past_its_exit_is_only_named(
    shop, dates, days, expected
):
    land(shop, items=[{"sku": "A", **dates}, {"sku": "B"}], sold=[("A", "S1", days)])
    assert contradictions(shop) == {("item", "A"): expected}
    item = shop.warehouse.query("items_on_sale", day(LAST)).filter(sku="A")
    assert list(item.select("launch_date", "exit_date").row(0)) == expected


@pytest.mark.parametrize(
    ("dates", "days"),
    [
        ({"launch_date": day(90)}, [60]),
        ({"launch_date": day(58)}, range(58, 61)),
        ({"launch_date": day(1), "exit_date": day(50)}, range(1, 52)),
        ({"launch_date": day(1), "exit_date": day(90)}, SELLING),
    ],
)
def test_masters_that_fit_what_sold_stand(shop, dates, days):
    sold = [("A", "S1", days), ("B", "S1", SELLING)]
    land(shop, items=[{"sku": "A", **dates}, {"sku": "B"}], sold=sold)
    assert contradictions(shop) == {}


def test_masters_that_contradict_each_other_are_named(shop):
    items = [{"sku": "A", "barcode": "40", "supplier": "V2"}, {"sku": "B", "barcode": "40"}]
    stores = [{"location": "S1", "closed_on": day(20)}, {"location": "s 1"}]
    stores.append({"location": "S2", "kind": "dc"})
    shop.send("suppliers", LAST, [{"supplier": "V2"}])
    terms = {"contract_lead_time_days": 9, "minimum_order_quantity": 1, "order_multiple": 1}
    terms |= {"unit_price": 4.0, "currency": "EUR", "preferred": True, "valid_from": day(0)}
    # For a hundred, and for one.
    dear = {**terms, "unit_price": 400.0}
    shop.send("item_suppliers", LAST, [{"sku": sku, "supplier": "V1", **dear} for sku in "AB"])
    items[1] |= {"unit_cost": 100.0}
    items += [{"sku": f"C{number}"} for number in range(5)] + [{"sku": "D", "volume": 1_000.0}]
    items[-1] |= {"shelf_life_days": 9, "least_remaining_days": 10}
    items[-2] |= {"shelf_life_days": 9, "least_remaining_days": 9}
    sold = [("A", "S1", SELLING), ("B", "S2", range(50, 61)), ("A", "s 1", range(55, 61))]
    land(shop, items=items, stores=stores, sold=sold)
    dates = shop.warehouse.query("dates_in_force", day(LAST))
    (outcome,) = judge_masters(dates, shop.warehouse.query("contradicting_masters", day(LAST)))
    assert outcome.failing.select("code", "problem").rows() == [
        ("S1", f"sells after it closed on {day(20)}: open"),
        ("A", "V1 asks 400.0 a unit, which costs 4.0"),
        ("A", "its supplier V2 has no terms for it: it is bought on those of V1"),
        ("A", "shares its barcode 40 with another item"),
        ("B", "shares its barcode 40 with another item"),
        ("D", "has a volume of 1000.0, where half of its category has 1.0 or less"),
        ("D", "must have 10 days left on receipt, of a shelf life of 9"),
        ("S1", "differs from s 1 in case, blanks or leading zeros only"),
        ("S2", "is a DC, and sold on 11 of the last 14 days: nothing of it is planned"),
        ("s 1", "differs from S1 in case, blanks or leading zeros only"),
        ("s 1", "has no active item, and sold on 6 of the last 14 days: nothing of it is planned"),
    ]
    assert not outcome.check.blocking
    (fine,) = judge_masters(dates.clear(), shop.warehouse.query("contradicting_masters", day(0)))
    assert fine.passed


def test_packs_minimums_and_presentations_with_zeros_too_many_are_named(shop):
    items = [f"C{number}" for number in range(5)]
    shop.send(
        "products", 0, [{"sku": sku, "case_pack": 600 if sku == "C0" else 6} for sku in items]
    )
    shown = {"C1": 4_000, "C2": 0}
    shop.send(
        "item_locations",
        0,
        [
            {"sku": sku, "location": place, "presentation_min": 4}
            | ({"presentation_min": shown[sku]} if sku in shown and place == "S1" else {})
            for sku in items
            for place in ("S1", "S2")
        ],
    )
    terms = {"supplier": "V1", "contract_lead_time_days": 9, "order_multiple": 1, "currency": "EUR"}
    terms |= {"unit_price": 4.0, "preferred": True, "valid_from": day(0)}
    # One unit is a minimum beside hundreds, and 99 times as much may be meant.
    least = dict(zip(items, (200, 1, 20_000, 200, 19_800), strict=True))
    rows = [{"sku": sku, **terms, "minimum_order_quantity": least[sku]} for sku in items]
    shop.send("item_suppliers", 0, rows)
    shop.load_all(0)
    usual = "where half of its category has"
    assert shop.warehouse.query("contradicting_masters", day(0)).rows() == [
        ("item", "C0", f"has a case pack of 600.0, {usual} 6.0 or less"),
        ("item", "C1", f"has a presentation minimum of 4000.0 at S1, {usual} 4.0 or less"),
        ("item", "C2", f"has a minimum order of 20000.0 at V1, {usual} 200.0 or less"),
    ]


def test_a_lead_time_of_more_than_a_year_is_named_while_it_is_agreed(shop):
    terms = {"sku": "A", "supplier": "V1", "minimum_order_quantity": 1, "order_multiple": 1}
    terms |= {"unit_price": 4.0, "currency": "EUR", "preferred": True, "valid_from": day(0)}
    for days in (365, 364):
        shop.send("item_suppliers", 366 - days, [terms | {"contract_lead_time_days": days}])
    shop.load_all(2)
    said = "V1 agrees to deliver it in 365 days, more than a year"
    assert shop.warehouse.query("contradicting_masters", day(1)).rows() == [("item", "A", said)]
    assert shop.warehouse.query("contradicting_masters", day(2)).is_empty()


def test_a_region_that_its_locations_have_left_is_named_by_what_it_no_longer_does(shop):
    offer = {"scope": "all", "scope_value": "*", "region": "north", "channel": "*"}
    offer |= {"starts_on": day(1), "discount": 0.2}
    ends = {"P1": day(9), "P2": None, "P3": day(1)}
    shop.send("promotions", 1, [{**offer, "promo_id": key, "ends_on": ends[key]} for key in ends])
    shop.load_all(1)
    assert shop.warehouse.query("contradicting_masters", day(1)).is_empty()
    moved = [{"location": location, "region": "south"} for location in ("S1", "S2")]
    moved.append({"location": "DC1", "region": "south", "kind": "dc"})
    shop.send("locations", 2, moved)
    shop.load_all(2)
    assert shop.warehouse.query("contradicting_masters", day(2)).rows() == [
        (
            "region",
            "north",
            "has no location: 2 promotions and events ahead, such as promotion P1, do nothing",
        )
    ]
